//! Limits that no request of the window met: usage plans without traffic, and settings of methods nobody calls.

use std::collections::HashSet;

use gwcost_core::model::limits::{LimitId, LimitScope};
use gwcost_core::model::settings::{RegionSettings, Snapshot};

use super::result::Unused;

/// Keys with the stages that they asked: account, region, API, stage, key.
pub type SeenKeys = HashSet<[String; 5]>;

/// What of a snapshot met no request; `met` are the limits that did.
pub fn unused(snapshot: &Snapshot, seen: &SeenKeys, met: &HashSet<LimitId>) -> Vec<Unused> {
    snapshot.regions.iter().flat_map(|settings| of_region(settings, seen, met)).collect()
}

fn of_region(settings: &RegionSettings, seen: &SeenKeys, met: &HashSet<LimitId>) -> Vec<Unused> {
    let unused = |kind, name| Unused {
        kind,
        account: settings.account.clone(),
        region: settings.region.clone(),
        name,
    };
    let mut found = Vec::new();
    for plan in settings.usage_plans.iter().flatten() {
        // Nobody knows whose plan it is: nothing is said.
        let Some(keys) = &plan.keys else { continue };
        let asked = |key: &String, api: &String, stage: &String| {
            seen.contains(&[&settings.account, &settings.region, api, stage, key].map(String::clone))
        };
        let used = keys.iter().any(|key| plan.stages.iter().any(|of| asked(key, &of.api, &of.stage)));
        if !used {
            found.push(unused("usage_plan", plan.name.clone().unwrap_or_else(|| plan.id.clone())));
        }
    }
    let of_method = |api: &str, stage: &str, route: Option<&str>, method: Option<&str>| {
        met.iter().any(|id| {
            id.scope == LimitScope::Method
                && (&id.account, &id.region) == (&settings.account, &settings.region)
                && id.api.as_deref() == Some(api)
                && id.stage.as_deref() == Some(stage)
                && (route.is_none() || id.route.as_deref() == route)
                && (method.is_none() || id.method.as_deref() == method)
        })
    };
    for api in settings.rest_apis.iter().flatten() {
        for stage in api.stages.iter().flatten() {
            for (key, own) in &stage.method_settings {
                let limits = own.throttle.as_ref().is_some_and(|throttle| throttle.limit().is_some());
                if limits && !key.is_all() && !of_method(&api.id, &stage.name, key.path(), key.method()) {
                    found.push(unused("method_settings", format!("{}/{} {key}", api.id, stage.name)));
                }
            }
        }
    }
    for api in settings.v2_apis.iter().flatten() {
        for stage in api.stages.iter().flatten() {
            for (key, own) in &stage.route_settings {
                let (method, route) = match key.split_once(' ') {
                    Some((method, route)) => (Some(method), route),
                    None => (None, key.as_str()),
                };
                let limits = own.throttle.as_ref().is_some_and(|throttle| throttle.limit().is_some());
                if limits && !of_method(&api.id, &stage.name, Some(route), method) {
                    found.push(unused("method_settings", format!("{}/{} {key}", api.id, stage.name)));
                }
            }
        }
    }
    found
}
