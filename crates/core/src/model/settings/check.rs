//! What must hold in a snapshot beyond its shape: each thing stands once, or its cost would count twice.

use std::collections::HashSet;

use super::{RegionSettings, SettingsError, Snapshot};

/// Checks accounts, and that regions, APIs, stages, plans, keys and resources stand once.
pub(super) fn check(snapshot: &Snapshot) -> Result<(), SettingsError> {
    if snapshot.confirmed_at_ms.is_some_and(|confirmed| confirmed < snapshot.taken_at_ms) {
        let problem = "before taken_at: expected the time of a later reading that found the same".to_owned();
        return Err(invalid("confirmed_at".to_owned(), problem));
    }
    let mut places = HashSet::new();
    for (index, settings) in snapshot.regions.iter().enumerate() {
        let place = format!("regions[{index}]");
        let account = &settings.account;
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            let problem = format!("{account:?} is no account id: expected twelve digits, as in 111122223333");
            return Err(invalid(format!("{place}.account"), problem));
        }
        let code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if settings.region.is_empty() || !settings.region.bytes().all(code) {
            let problem = format!("{:?} is no region: expected a code, as in us-east-1", settings.region);
            return Err(invalid(format!("{place}.region"), problem));
        }
        if !places.insert((account, &settings.region)) {
            let problem = format!("account {account} in {} stands twice", settings.region);
            return Err(invalid(place, problem));
        }
        region(&place, settings)?;
    }
    Ok(())
}

fn region(place: &str, settings: &RegionSettings) -> Result<(), SettingsError> {
    let rest = settings.rest_apis.iter().flatten();
    let v2 = settings.v2_apis.iter().flatten();
    once(place, "API", rest.map(|api| api.id.as_str()).chain(v2.map(|api| api.id.as_str())))?;
    once(place, "usage plan", settings.usage_plans.iter().flatten().map(|plan| plan.id.as_str()))?;
    once(place, "API key", settings.api_keys.iter().flatten().map(|key| key.id.as_str()))?;
    for (index, api) in settings.rest_apis.iter().flatten().enumerate() {
        let place = format!("{place}.rest_apis[{index}]");
        once(&place, "stage", api.stages.iter().flatten().map(|stage| stage.name.as_str()))?;
        once(&place, "resource", api.resources.iter().flatten().map(|resource| resource.path.as_str()))?;
        for (index, resource) in api.resources.iter().flatten().enumerate() {
            let place = format!("{place}.resources[{index}]");
            once(&place, "method", resource.methods.iter().map(|method| method.http_method.as_str()))?;
        }
    }
    for (index, api) in settings.v2_apis.iter().flatten().enumerate() {
        let place = format!("{place}.v2_apis[{index}]");
        once(&place, "stage", api.stages.iter().flatten().map(|stage| stage.name.as_str()))?;
        once(&place, "route", api.routes.iter().flatten().map(|route| route.key.as_str()))?;
    }
    Ok(())
}

fn once<'a>(place: &str, what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), SettingsError> {
    let mut seen = HashSet::new();
    for name in names {
        if name.is_empty() {
            return Err(invalid(place.to_owned(), format!("the {what} has an empty name or id")));
        }
        if !seen.insert(name) {
            return Err(invalid(place.to_owned(), format!("the {what} {name:?} stands twice")));
        }
    }
    Ok(())
}

fn invalid(place: String, problem: String) -> SettingsError {
    SettingsError::Value { place, problem, at: String::new() }
}
