//! From a snapshot of settings to the limits that a request meets.

use super::id::{LimitId, LimitScope};
use super::quota::AppliedQuota;
use super::regional::{Regional, regional_default};
use crate::model::ApiKind;
use crate::model::settings::{
    Limit, MethodKey, MethodSettings, PlanStage, RegionSettings, RestStage, Snapshot, ThrottleSource,
    UsagePlan, V2Api, V2Stage,
};

/// What a log says of a request that limits depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caller<'a> {
    /// The account.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// The API's id.
    pub api: &'a str,
    /// The kind of API.
    pub kind: ApiKind,
    /// The stage.
    pub stage: &'a str,
    /// The HTTP method.
    pub method: Option<&'a str>,
    /// The REST resource's path, or the route without its method.
    pub route: Option<&'a str>,
    /// The route is a pattern made from the path: which resource or route took the request is not known.
    pub templated: bool,
    /// The API key's id.
    pub key: Option<&'a str>,
}

/// Whose word a limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitSource {
    /// A method throttle of a usage plan.
    UsagePlanMethod,
    /// A usage plan's throttle.
    UsagePlan,
    /// Settings of the method or route.
    Method,
    /// The stage's default for its methods or routes.
    StageDefault,
    /// AWS's answer to `GetAccount`.
    GetAccount,
    /// Somebody wrote the account's limit down.
    Stated,
    /// AWS's documented default of the region.
    RegionDefault,
    /// Nothing says the limit.
    Unknown,
    /// Somebody asks what if.
    Typed,
}

impl LimitSource {
    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            LimitSource::UsagePlanMethod => "usage_plan_method",
            LimitSource::UsagePlan => "usage_plan",
            LimitSource::Method => "method_settings",
            LimitSource::StageDefault => "stage_default",
            LimitSource::GetAccount => "get_account",
            LimitSource::Stated => "stated",
            LimitSource::RegionDefault => "region_default",
            LimitSource::Unknown => "unknown",
            LimitSource::Typed => "typed",
        }
    }
}

/// A limit that a request meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedLimit {
    /// Which bucket.
    pub id: LimitId,
    /// Rate and burst. `None` where nobody knows them.
    pub limit: Option<Limit>,
    /// Whose word it is.
    pub source: LimitSource,
}

/// Something that the settings leave open for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitGap {
    /// The stage limits its methods, and the log does not say which one the request met.
    RouteNotLogged,
    /// The usage plans, or the keys of one of them, were not read.
    PlansNotRead,
    /// The API or its stages were not read.
    StageNotRead,
}

/// The limits that a request meets, the innermost first, and what could not be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedLimits {
    /// The account's is always there, and is the last.
    pub limits: Vec<AppliedLimit>,
    /// What could not be told.
    pub gaps: Vec<LimitGap>,
}

/// Settings as limits.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    snapshot: Option<&'a Snapshot>,
}

impl<'a> Limits<'a> {
    /// The limits of a snapshot; without one, the account's defaults.
    pub fn new(snapshot: Option<&'a Snapshot>) -> Limits<'a> {
        Limits { snapshot }
    }

    fn region(&self, caller: &Caller<'_>) -> Option<&'a RegionSettings> {
        self.snapshot?.region(caller.account, caller.region)
    }

    /// The limits that a request meets.
    pub fn of(&self, caller: &Caller<'_>) -> AppliedLimits {
        let mut applied = AppliedLimits::default();
        if let Some(settings) = self.region(caller) {
            client(settings, caller, &mut applied);
            stage(settings, caller, &mut applied);
        }
        applied.limits.extend(self.account(caller));
        applied
    }

    /// The quota that a request counts against.
    pub fn quota(&self, caller: &Caller<'_>) -> Option<AppliedQuota> {
        let settings = self.region(caller)?;
        let (plan, _) = plan_of(settings, caller)??;
        let key = caller.key?;
        let known = settings.api_keys.iter().flatten().find(|known| known.id == key);
        Some(AppliedQuota {
            account: caller.account.to_owned(),
            region: caller.region.to_owned(),
            plan: plan.id.clone(),
            key: key.to_owned(),
            quota: plan.quota.clone()?,
            key_created_ms: known.and_then(|known| known.created_at_ms),
        })
    }

    fn account(&self, caller: &Caller<'_>) -> Option<AppliedLimit> {
        let id = LimitId::of(LimitScope::Account, caller)?;
        let stated = self.region(caller).and_then(|settings| settings.account_throttle.as_ref());
        if let Some(stated) = stated
            && let Some(limit) = stated.throttle.limit()
        {
            let source = match stated.source {
                ThrottleSource::GetAccount => LimitSource::GetAccount,
                ThrottleSource::Stated => LimitSource::Stated,
            };
            return Some(AppliedLimit { id, limit: Some(limit), source });
        }
        Some(match regional_default(caller.region) {
            Regional::Default(limit) => {
                AppliedLimit { id, limit: Some(limit), source: LimitSource::RegionDefault }
            }
            Regional::Unknown => AppliedLimit { id, limit: None, source: LimitSource::Unknown },
        })
    }
}

/// The usage plan of a request's key that covers its stage, with what the plan says of the stage.
///
/// `None`: plans were not read. `Some(None)`: there is none.
fn plan_of<'a>(
    settings: &'a RegionSettings,
    caller: &Caller<'_>,
) -> Option<Option<(&'a UsagePlan, &'a PlanStage)>> {
    let Some(key) = caller.key else { return Some(None) };
    let plans = settings.plans_of(key)?;
    Some(plans.into_iter().find_map(|plan| {
        let covers = |stage: &&PlanStage| stage.api == caller.api && stage.stage == caller.stage;
        plan.stages.iter().find(covers).map(|stage| (plan, stage))
    }))
}

/// The client's own limits.
fn client(settings: &RegionSettings, caller: &Caller<'_>, applied: &mut AppliedLimits) {
    let (plan, of_stage) = match plan_of(settings, caller) {
        None => return applied.gaps.push(LimitGap::PlansNotRead),
        Some(None) => return,
        Some(Some(found)) => found,
    };
    match method_of(settings, caller) {
        Some((path, method)) => {
            let keys = MethodKey::chain(path, method);
            // The most special key that says a whole limit.
            let found = keys.iter().rev().find_map(|key| of_stage.method_throttles.get(key)?.limit());
            let id = LimitId::of(LimitScope::KeyMethod, caller);
            if let (Some(limit), Some(id)) = (found, id) {
                let id = LimitId { plan: Some(plan.id.clone()), method: Some(method.to_owned()), ..id };
                let source = LimitSource::UsagePlanMethod;
                applied.limits.push(AppliedLimit { id, limit: Some(limit), source });
            }
        }
        None if !of_stage.method_throttles.is_empty() => applied.gaps.push(LimitGap::RouteNotLogged),
        None => {}
    }
    if let (Some(limit), Some(id)) =
        (plan.throttle.as_ref().and_then(|throttle| throttle.limit()), LimitId::of(LimitScope::Key, caller))
    {
        let id = LimitId { plan: Some(plan.id.clone()), ..id };
        applied.limits.push(AppliedLimit { id, limit: Some(limit), source: LimitSource::UsagePlan });
    }
}

/// The path and method whose settings a REST request meets: `ANY` where that is the method that takes it. `None`
/// where the log does not say.
fn method_of<'c>(settings: &RegionSettings, caller: &Caller<'c>) -> Option<(&'c str, &'c str)> {
    let (path, method) = (caller.route.filter(|_| !caller.templated)?, caller.method?);
    let api = settings.rest_api(caller.api);
    let takes_any =
        api.and_then(|api| api.method(path, method)).is_some_and(|found| found.http_method == "ANY");
    Some((path, if takes_any { "ANY" } else { method }))
}

/// What the stage sets for the request's method or route.
fn stage(settings: &RegionSettings, caller: &Caller<'_>, applied: &mut AppliedLimits) {
    match caller.kind {
        ApiKind::Rest => {
            let api = settings.rest_api(caller.api);
            match api.and_then(|api| api.stage(caller.stage)) {
                Some(stage) => rest_stage(settings, stage, caller, applied),
                None if unread(settings.rest_apis.as_deref(), api, |api| api.stages.is_none()) => {
                    applied.gaps.push(LimitGap::StageNotRead);
                }
                None => {}
            }
        }
        ApiKind::Http | ApiKind::WebSocket => {
            let api = settings.v2_api(caller.api);
            match api.and_then(|api| Some((api, api.stage(caller.stage)?))) {
                Some((api, stage)) => v2_stage(api, stage, caller, applied),
                None if unread(settings.v2_apis.as_deref(), api, |api| api.stages.is_none()) => {
                    applied.gaps.push(LimitGap::StageNotRead);
                }
                None => {}
            }
        }
    }
}

/// Whether a stage that was not found may be there all the same.
fn unread<A>(apis: Option<&[A]>, api: Option<&A>, without_stages: impl Fn(&A) -> bool) -> bool {
    apis.is_none() || api.is_some_and(without_stages)
}

fn rest_stage(
    settings: &RegionSettings,
    stage: &RestStage,
    caller: &Caller<'_>,
    applied: &mut AppliedLimits,
) {
    let Some((path, method)) = method_of(settings, caller) else {
        let limits =
            |own: &MethodSettings| own.throttle.as_ref().is_some_and(|throttle| throttle.limit().is_some());
        // A request that met no resource meets no method's limit.
        if caller.templated && stage.method_settings.values().any(limits) {
            applied.gaps.push(LimitGap::RouteNotLogged);
        }
        return;
    };
    let throttle = stage.method_settings_of(path, method).throttle;
    let own = MethodKey::chain(path, method).iter().any(|key| {
        !key.is_all() && stage.method_settings.get(key).is_some_and(|settings| settings.throttle.is_some())
    });
    if let (Some(limit), Some(id)) =
        (throttle.and_then(|throttle| throttle.limit()), LimitId::of(LimitScope::Method, caller))
    {
        let id = LimitId { method: Some(method.to_owned()), ..id };
        let source = if own { LimitSource::Method } else { LimitSource::StageDefault };
        applied.limits.push(AppliedLimit { id, limit: Some(limit), source });
    }
}

fn v2_stage(api: &V2Api, stage: &V2Stage, caller: &Caller<'_>, applied: &mut AppliedLimits) {
    let Some(route) = caller.route else { return };
    if caller.templated {
        let routes = stage.route_settings.values().chain([&stage.default_route_settings]);
        if routes.filter_map(|own| own.throttle.as_ref()).any(|throttle| throttle.limit().is_some()) {
            applied.gaps.push(LimitGap::RouteNotLogged);
        }
        return;
    }
    let known = |key: &String| {
        stage.route_settings.contains_key(key) || api.routes.iter().flatten().any(|route| route.key == *key)
    };
    let own = caller.method.map(|method| (format!("{method} {route}"), method));
    let any = (format!("ANY {route}"), "ANY");
    let (key, method) = match own {
        // Without a method in its key: `$default`, or a WebSocket route.
        _ if !route.starts_with('/') => (route.to_owned(), None),
        Some((key, method)) if known(&key) || !known(&any.0) => (key, Some(method)),
        _ => (any.0, Some(any.1)),
    };
    let throttle = stage.route_settings_of(&key).throttle;
    let own = stage.route_settings.get(&key).is_some_and(|settings| settings.throttle.is_some());
    if let (Some(limit), Some(id)) =
        (throttle.and_then(|throttle| throttle.limit()), LimitId::of(LimitScope::Method, caller))
    {
        let id = LimitId { method: method.map(str::to_owned), ..id };
        let source = if own { LimitSource::Method } else { LimitSource::StageDefault };
        applied.limits.push(AppliedLimit { id, limit: Some(limit), source });
    }
}
