//! One stage in a replay: what is counted of it, its methods, its caches.

use std::collections::HashMap;

use gwcost_core::model::ApiKind;
use gwcost_core::model::settings::{Method, RestApi, RestStage, Snapshot};
use gwcost_core::simulate::{CacheArrival, TtlCache, TtlError, TtlOutcome};

use super::CacheQuestion;
use super::key::KeyHash;
use super::result::{LeftOut, StageId};
use crate::analysis::dimension::Dimension;
use crate::analysis::filter::Filters;
use crate::analysis::other_routes::OTHER;

/// Methods of a stage that are told apart: a REST API has at most a few hundred resources, but routes that are
/// made from paths are as many as callers make them.
const MOST_GROUPS: usize = 1000;

/// A replay with what is needed to say what its hits spare.
pub(super) struct Replayed {
    ttls_ms: Vec<u32>,
    /// Made for the first arrival: of many stages most have no authorizer, and a replay has its tables.
    cache: Option<TtlCache>,
    /// Requests that could have been answered, whether they are in the sample or not.
    pub(super) requests: u64,
    /// Of these, the ones whose backend time is known.
    pub(super) timed: u64,
    /// The backend time of these.
    pub(super) latency_ms: u64,
    /// Different keys so far.
    pub(super) keys: u32,
    pending: Vec<CacheArrival>,
}

impl Replayed {
    fn new(ttls: &[u32]) -> Replayed {
        Replayed {
            ttls_ms: ttls.iter().map(|ttl| ttl.saturating_mul(1000)).collect(),
            cache: None,
            requests: 0,
            timed: 0,
            latency_ms: 0,
            keys: 0,
            pending: Vec::new(),
        }
    }

    pub(super) fn count(&mut self, latency_ms: Option<u32>) {
        self.requests += 1;
        if let Some(latency) = latency_ms {
            self.timed += 1;
            self.latency_ms += u64::from(latency);
        }
    }

    pub(super) fn push(&mut self, arrival: CacheArrival) {
        self.pending.push(arrival);
    }

    /// Replays what was pushed.
    pub(super) fn flush(&mut self) -> Result<(), TtlError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if self.cache.is_none() {
            self.cache = Some(TtlCache::new(&self.ttls_ms)?);
        }
        if let Some(cache) = &mut self.cache {
            cache.replay(&self.pending);
        }
        self.pending.clear();
        Ok(())
    }

    /// What each TTL did.
    pub(super) fn outcome(&self) -> Vec<TtlOutcome> {
        let nothing = |ttl_ms: &u32| TtlOutcome { ttl_ms: *ttl_ms, ..TtlOutcome::default() };
        match &self.cache {
            Some(cache) => cache.outcome(),
            None => self.ttls_ms.iter().map(nothing).collect(),
        }
    }
}

/// A method and a route.
pub(super) struct Group {
    pub(super) method: Option<String>,
    pub(super) route: Option<String>,
    /// Its requests that a cache could have answered.
    pub(super) cacheable: u64,
    /// What settings say.
    pub(super) configured: Configured,
}

/// What settings say of a method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Configured {
    /// Its answers are kept, for how many seconds; `Some(None)` where they are not kept. `None`: not known.
    pub(super) cached: Option<Option<u32>>,
    /// The key holds what tells callers apart, by these parameters.
    pub(super) per_caller: Vec<String>,
    /// The parameters of the key that the log does not hold. `None`: not known.
    pub(super) key_lacks: Option<Vec<String>>,
}

/// One stage in a replay.
pub(super) struct StageReplay {
    pub(super) id: StageId,
    pub(super) kind: ApiKind,
    /// All of its requests.
    pub(super) requests: u64,
    pub(super) left_out: LeftOut,
    pub(super) unsized_requests: u64,
    /// Requests without a value, for each further field of the key.
    pub(super) key_missing: Vec<u64>,
    pub(super) groups: Vec<Group>,
    /// `None` is a route that the filters leave out.
    group_index: HashMap<u128, Option<u32>>,
    pub(super) answers: Replayed,
    pub(super) authorizer: Replayed,
}

impl StageReplay {
    pub(super) fn new(id: StageId, kind: ApiKind, question: &CacheQuestion) -> StageReplay {
        StageReplay {
            id,
            kind,
            requests: 0,
            left_out: LeftOut::default(),
            unsized_requests: 0,
            key_missing: vec![0; question.key.len()],
            groups: Vec::new(),
            group_index: HashMap::new(),
            answers: Replayed::new(&question.ttls),
            authorizer: Replayed::new(&question.authorizer_ttls),
        }
    }

    /// Whether there can be a cache: API Gateway keeps one for REST APIs only.
    pub(super) fn kind_can_cache(&self, question: &CacheQuestion) -> bool {
        question.shared || self.kind == ApiKind::Rest
    }

    /// The group of a method and route; `None` if the filters leave it out.
    pub(super) fn group(
        &mut self,
        hash: &mut KeyHash,
        (method, route): (Option<&str>, Option<&str>),
        question: &CacheQuestion,
    ) -> Option<u32> {
        let key = hash.begin(b'g', 0).field(method).field(route).hash();
        if let Some(known) = self.group_index.get(&key) {
            return *known;
        }
        let selected = selects(&question.filters, route);
        let number = selected.then(|| self.add_group(method, route, question.settings.as_ref()));
        self.group_index.insert(key, number);
        number
    }

    fn add_group(&mut self, method: Option<&str>, route: Option<&str>, settings: Option<&Snapshot>) -> u32 {
        let named = |method: Option<&str>, route: Option<&str>, configured| Group {
            method: method.map(str::to_owned),
            route: route.map(str::to_owned),
            cacheable: 0,
            configured,
        };
        // The last place is for all that find none.
        if self.groups.len() + 1 < MOST_GROUPS {
            self.groups.push(named(method, route, configured(settings, &self.id, route, method)));
        } else if self.groups.len() < MOST_GROUPS {
            self.groups.push(named(None, Some(OTHER), Configured::default()));
        }
        u32::try_from(self.groups.len() - 1).unwrap_or(u32::MAX)
    }
}

fn selects(filters: &Filters, route: Option<&str>) -> bool {
    match route {
        Some(route) => filters.matches(Dimension::Route, route),
        None => !filters.are_on(Dimension::Route),
    }
}

/// The REST API and the stage of this id in the settings.
pub(super) fn rest_stage<'s>(
    settings: Option<&'s Snapshot>,
    id: &StageId,
) -> Option<(&'s RestApi, &'s RestStage)> {
    let api = settings?.region(&id.account, &id.region)?.rest_api(&id.api)?;
    Some((api, api.stage(&id.stage)?))
}

fn configured(
    settings: Option<&Snapshot>,
    id: &StageId,
    route: Option<&str>,
    method: Option<&str>,
) -> Configured {
    let (Some((api, stage)), Some(route), Some(method)) = (rest_stage(settings, id), route, method) else {
        return Configured::default();
    };
    let own = stage.method_settings_of(route, method);
    let kept = stage.cache_size().is_some() && own.caching_enabled == Some(true);
    let cached = Some(kept.then(|| own.cache_ttl_seconds.unwrap_or(DEFAULT_TTL_SECONDS)));
    let Some(described) = api.method(route, method) else {
        return Configured { cached, ..Configured::default() };
    };
    let parameters = described.integration.iter().flat_map(|integration| &integration.cache_key_parameters);
    let (callers, others): (Vec<&String>, Vec<&String>) = parameters
        .filter(|parameter| !parameter.starts_with("method.request.path."))
        .partition(|parameter| tells_callers_apart(api, described, parameter));
    Configured {
        // Without a cache nobody has chosen a key yet.
        key_lacks: kept.then(|| others.into_iter().cloned().collect()),
        per_caller: callers.into_iter().cloned().collect(),
        cached,
    }
}

/// AWS's default.
const DEFAULT_TTL_SECONDS: u32 = 300;

fn tells_callers_apart(api: &RestApi, method: &Method, parameter: &str) -> bool {
    let named = method.authorizer_id.as_deref();
    let mut authorizers = api.authorizers.iter().flatten();
    let authorizer = authorizers.find(|authorizer| Some(authorizer.id.as_str()) == named);
    parameter.eq_ignore_ascii_case("method.request.header.authorization")
        || authorizer.is_some_and(|authorizer| authorizer.identity_sources.iter().any(|own| own == parameter))
}
