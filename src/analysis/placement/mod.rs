//! Where an API could stand, what that would cost, and how far it would be from its callers.
//!
//! Queries count by country, `gwcost_core::pricing` prices what each alternative would use on top of everybody
//! else's usage, `geo` estimates the distances, and a replay says what CloudFront's cache would answer.

mod advice;
mod alternatives;
mod apply;
mod bills;
mod blockers;
mod callers;
mod hits;
mod result;
mod sentences;
mod usage;

pub use result::{
    Alternative, ApiPlacement, Blocker, CallerShare, CountryChange, CountrySource, PlacementAnalysis, Verdict,
};

use std::collections::HashMap;

use gwcost_core::model::settings::{RegionSettings, RestApi, RestStage, Snapshot};
use gwcost_core::model::{ApiKind, Window, day_of_ms};
use gwcost_core::pricing::{CacheRates, HttpMetering};
use rust_decimal::Decimal;

use super::AnalysisError;
use super::cache::{CacheQuestion, CallPrice, CardRates, StageId, cache, logged};
use super::catalog::Catalog;
use super::cost::{count, count_around, count_as_other_kind, overheads};
use super::country::networks;
use super::dimension::Dimension;
use super::filter::Filters;
use super::pricing::price;
use super::query::Queries;
use super::result::{CostRow, Measures};
use super::row::rows;
use super::usage::LeafKey;
use crate::lake::{Column, Lake};
use advice::Counted;
use alternatives::Subject;
use bills::Pools;
use usage::StageUse;

/// What identifies a stage.
const STAGE: [Dimension; 5] =
    [Dimension::Account, Dimension::Region, Dimension::Api, Dimension::Stage, Dimension::ApiKind];

/// How long a browser keeps the answer to a preflight at most, in seconds.
const PREFLIGHT_SECONDS: u32 = 7200;

/// What is asked.
#[derive(Clone, Debug)]
pub struct PlacementQuestion {
    /// The half-open UTC window.
    pub window: Window,
    /// Now.
    pub now_ms: i64,
    /// What to look at: account, region, API, stage.
    pub filters: Filters,
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
    /// TTLs of CloudFront's cache in seconds, each once.
    pub ttls: Vec<u32>,
    /// Bytes that keys of replays may take.
    pub memory: u64,
    /// Zones in which a private API's endpoint stands.
    pub zones: u32,
    /// To which part text compresses: 3 is a third.
    pub compression_ratio: Decimal,
    /// What is configured, where it is known.
    pub settings: Option<Snapshot>,
}

/// Answers the question over a lake.
///
/// # Errors
/// [`AnalysisError`].
pub fn placement(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &PlacementQuestion,
) -> Result<PlacementAnalysis, AnalysisError> {
    let window = question.window;
    let usage = |window| count(lake, queries, catalog, question.metering, window, &[Dimension::Country]);
    let around = count_around(lake, window, catalog.allocation(), usage)?;
    let counted = usage(window)?;
    let other = count_as_other_kind(lake, queries, catalog, question.metering, window)?;
    let selected = |key: &LeafKey| question.filters.select(|dimension| key.endpoint.value(dimension));
    let priced = price(catalog, &counted, &around, selected)?;
    let (billed, _) = rows(&counted, &priced, &STAGE, selected);
    let stages = usage::stages(catalog, &counted, &other, selected);
    let used = networks(lake, queries, window)?;
    let by_stage = callers::by_stage(&used);
    let geographies =
        queries.countries().map(|countries| callers::geographies(&used, countries)).unwrap_or_default();
    let hits = hits::hits(lake, catalog, question, geographies)?;
    let spared = spared_preflights(lake, catalog, question, &stages)?;
    let overheads = overheads(lake, queries, window, &STAGE[..4])?;
    let pools = Pools::new(catalog, usage::filled(catalog, &counted, &around));
    let logged = logged(lake, window);
    let rates = CardRates::new(catalog, day_of_ms(window.from_ms));

    let mut apis = Vec::new();
    let mut websocket = 0;
    for stage in &stages {
        if stage.kind == ApiKind::WebSocket {
            websocket += stage.requests;
            continue;
        }
        let Some(measures) = measures_of(&billed, stage) else { continue };
        let region =
            question.settings.as_ref().and_then(|all| all.region(&stage.id.account, &stage.id.region));
        let network = by_stage.get(&stage.id).copied().unwrap_or_default();
        let proxied = network.are_a_proxy();
        let subject = Subject {
            question,
            pools: &pools,
            stage,
            measures,
            logged,
            settings: region.and_then(|region| rest_stage(region, &stage.id)),
            has_plan: region.is_some_and(|region| has_plan(region, &stage.id)),
            is_throttled_by_method: region.is_some_and(|region| is_throttled_by_method(region, &stage.id)),
            hits: hits.get(&stage.id).map(Vec::as_slice),
            are_callers: !proxied,
        };
        let counts = Counted {
            spared_preflights: spared.get(&stage.id).copied(),
            by_route: by_route(&counted, stage),
            lambda: rates.lambda(&stage.id.region),
        };
        let alternatives = subject.alternatives()?;
        let recommendations = subject.recommendations(&alternatives, &counts)?;
        let shares = if queries.countries().is_some() { callers::shares(stage) } else { Vec::new() };
        let known: u64 = shares
            .iter()
            .filter(|share| callers::country(share.country.as_deref()).is_some())
            .map(|share| share.requests)
            .sum();
        let unknown = stage.requests.saturating_sub(if proxied { 0 } else { known });
        let mut api = ApiPlacement {
            id: stage.id.clone(),
            kind: stage.kind,
            endpoint: subject
                .settings
                .and_then(|(api, _)| api.endpoint_types.first())
                .map(ToString::to_string),
            requests: stage.requests,
            response_bytes: measures.response_bytes,
            callers: shares,
            unknown_share: Some(callers::ratio(unknown, stage.requests)),
            proxied,
            overhead: overheads.get(&key(&stage.id)).copied().unwrap_or_default(),
            alternatives,
            recommendations,
            notes: Vec::new(),
        };
        api.notes = sentences::of_api(&api, &subject, network, queries.countries());
        apis.push(api);
    }
    apis.sort_by(|one, other| other.requests.cmp(&one.requests).then_with(|| one.id.cmp(&other.id)));
    let countries = queries.countries().map(|countries| CountrySource {
        name: countries.name().to_owned(),
        kind: countries.kind().to_owned(),
        made_on: countries.made_on(),
        credit: countries.credit(),
    });
    Ok(PlacementAnalysis {
        window,
        logged,
        filters: question.filters.typed().to_vec(),
        currency: catalog.currency().to_owned(),
        rates: pools.into_used().into_iter().collect(),
        rates_at: catalog.rates_at().map(|month| month.to_string()),
        notes: sentences::notes(lake, question, &apis, websocket, countries.is_some()),
        assumptions: sentences::assumptions(catalog, question),
        countries,
        apis,
        overrides: Vec::new(),
    })
}

fn measures_of<'r>(billed: &'r [CostRow], stage: &StageUse) -> Option<&'r Measures> {
    let StageId { account, region, api, stage: name } = &stage.id;
    let wanted = [account, region, api, name, &stage.kind.name().to_owned()].map(|text| Some(text.clone()));
    billed.iter().find(|row| row.values == wanted).map(|row| &row.measures)
}

fn key(id: &StageId) -> Vec<Option<String>> {
    [&id.account, &id.region, &id.api, &id.stage].map(|text| Some(text.clone())).to_vec()
}

fn rest_stage<'s>(region: &'s RegionSettings, id: &StageId) -> Option<(&'s RestApi, &'s RestStage)> {
    let api = region.rest_api(&id.api)?;
    Some((api, api.stage(&id.stage)?))
}

fn has_plan(region: &RegionSettings, id: &StageId) -> bool {
    let plans = region.usage_plans.iter().flatten();
    plans.flat_map(|plan| &plan.stages).any(|of| of.api == id.api && of.stage == id.stage)
}

fn is_throttled_by_method(region: &RegionSettings, id: &StageId) -> bool {
    let plans = region.usage_plans.iter().flatten();
    let mut of = plans.flat_map(|plan| &plan.stages).filter(|of| of.api == id.api && of.stage == id.stage);
    of.any(|of| !of.method_throttles.is_empty())
}

fn by_route(counted: &super::usage::Leaves, stage: &StageUse) -> Vec<(String, String, u64)> {
    let mut sums: std::collections::BTreeMap<(String, String), u64> = std::collections::BTreeMap::new();
    for (key, leaf) in counted {
        let value = |dimension| key.endpoint.value(dimension).unwrap_or_default();
        let StageId { account, region, api, stage: name } = &stage.id;
        let is = value(Dimension::Account) == account
            && value(Dimension::Region) == region
            && value(Dimension::Api) == api
            && value(Dimension::Stage) == name;
        if is {
            let endpoint = (value(Dimension::Method).to_owned(), value(Dimension::Route).to_owned());
            *sums.entry(endpoint).or_default() += leaf.requests;
        }
    }
    sums.into_iter().map(|((method, route), requests)| (method, route, requests)).collect()
}

/// OPTIONS requests of each stage that a browser would not have sent had it kept the answer before.
fn spared_preflights(
    lake: &Lake,
    catalog: &Catalog,
    question: &PlacementQuestion,
    stages: &[StageUse],
) -> Result<HashMap<StageId, u64>, AnalysisError> {
    if stages.iter().all(|stage| stage.preflights == 0) {
        return Ok(HashMap::new());
    }
    let rates = CardRates::new(catalog, day_of_ms(question.window.from_ms));
    let asked = CacheQuestion {
        window: question.window,
        now_ms: question.now_ms,
        filters: question.filters.clone(),
        ttls: vec![PREFLIGHT_SECONDS],
        sizes: Vec::new(),
        methods: vec!["OPTIONS".to_owned()],
        key: vec![Column::ClientNetwork, Column::UserAgent],
        divided: None,
        shared: true,
        backend: CallPrice::Unknown,
        authorizer: CallPrice::Unknown,
        authorizer_ttls: Vec::new(),
        memory: question.memory,
        currency: String::new(),
        settings: None,
        history: Vec::new(),
        counts: HashMap::new(),
    };
    let answer = cache(lake, &rates, &asked)?;
    let of = |stage: super::cache::StageCache| {
        let hits = stage.options.iter().find(|option| option.size.is_none())?.hits;
        Some((stage.id, hits))
    };
    Ok(answer.stages.into_iter().filter_map(of).collect())
}
