//! The JSON interface, `gwcost/placement/1`: documented, versioned, in this key order.

use std::collections::BTreeMap;
use std::io::{self, Write};

use gwcost_core::model::Window;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::analysis::placement::{Alternative, ApiPlacement, PlacementAnalysis};
use crate::geo::Milliseconds;
use crate::report::fields::plain;
use crate::report::recommendation::{RecommendationJson, StepJson};

/// The name and version of this shape. A change of meaning changes the number.
pub const SCHEMA: &str = "gwcost/placement/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    window: Ends,
    logged: Option<Ends>,
    filters: BTreeMap<&'static str, &'a str>,
    currency: &'a str,
    rate_card: Vec<Rate<'a>>,
    rates_at: Option<&'a str>,
    countries: Option<Countries<'a>>,
    apis: Vec<Api<'a>>,
    notes: &'a [String],
    assumptions: &'a [String],
    overrides: &'a [String],
}

#[derive(Serialize)]
struct Ends {
    from: String,
    to: String,
}

impl Ends {
    fn of(window: &Window) -> Ends {
        Ends { from: window.from_rfc3339(), to: window.to_rfc3339() }
    }
}

#[derive(Serialize)]
struct Rate<'a> {
    region: &'a str,
    meter: &'a str,
    effective: &'a str,
    confidence: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct Countries<'a> {
    file: &'a str,
    kind: &'a str,
    made_on: Option<&'a str>,
    credit: Option<&'a str>,
}

#[derive(Serialize)]
struct Api<'a> {
    account: &'a str,
    region: &'a str,
    api: &'a str,
    stage: &'a str,
    api_kind: &'static str,
    endpoint: Option<&'a str>,
    requests: u64,
    response_bytes: Option<u64>,
    callers: Vec<Caller<'a>>,
    unknown_share: Option<String>,
    proxied: bool,
    overhead_p50_ms: Option<i64>,
    overhead_p95_ms: Option<i64>,
    alternatives: Vec<Choice<'a>>,
    recommendations: Vec<RecommendationJson<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Caller<'a> {
    country: Option<&'a str>,
    requests: u64,
    response_bytes: u64,
    share: String,
}

#[derive(Serialize)]
struct Choice<'a> {
    name: &'static str,
    as_is: bool,
    ttl_seconds: Option<u32>,
    plan: Option<&'a str>,
    regions: &'a [String],
    cost: Option<String>,
    cost_low: Option<String>,
    cost_high: Option<String>,
    cost_per_month: Option<String>,
    delta: Option<String>,
    delta_per_month: Option<String>,
    unpriced: Option<&'a str>,
    hit_ratio_low: Option<String>,
    hit_ratio_high: Option<String>,
    latency_p50_ms: Option<[u32; 2]>,
    latency_p95_ms: Option<[u32; 2]>,
    connect_p50_ms: Option<[u32; 2]>,
    connect_p95_ms: Option<[u32; 2]>,
    changes: Vec<Change<'a>>,
    verdict: &'static str,
    blockers: Vec<Obstacle<'a>>,
    apply: Vec<StepJson<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    country: &'a str,
    now_ms: u32,
    then_ms: u32,
}

#[derive(Serialize)]
struct Obstacle<'a> {
    name: &'static str,
    what: &'static str,
    hard: bool,
    methods: &'a [String],
}

/// Writes an analysis of placement as one JSON document and a newline.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn json(analysis: &PlacementAnalysis, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        window: Ends::of(&analysis.window),
        logged: analysis.logged.as_ref().map(Ends::of),
        filters: analysis.filters.iter().map(|(dimension, glob)| (dimension.name(), glob.as_str())).collect(),
        currency: &analysis.currency,
        rate_card: analysis
            .rates
            .iter()
            .map(|rate| Rate {
                region: &rate.region,
                meter: &rate.meter,
                effective: &rate.effective,
                confidence: &rate.confidence,
                source: &rate.source,
            })
            .collect(),
        rates_at: analysis.rates_at.as_deref(),
        countries: analysis.countries.as_ref().map(|source| Countries {
            file: &source.name,
            kind: &source.kind,
            made_on: source.made_on.as_deref(),
            credit: source.credit,
        }),
        apis: analysis.apis.iter().map(Api::of).collect(),
        notes: &analysis.notes,
        assumptions: &analysis.assumptions,
        overrides: &analysis.overrides,
    };
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer(&mut out, &document)?;
    out.write_all(b"\n")?;
    out.flush()
}

impl<'a> Api<'a> {
    fn of(api: &'a ApiPlacement) -> Api<'a> {
        Api {
            account: &api.id.account,
            region: &api.id.region,
            api: &api.id.api,
            stage: &api.id.stage,
            api_kind: api.kind.name(),
            endpoint: api.endpoint.as_deref(),
            requests: api.requests,
            response_bytes: api.response_bytes,
            callers: api
                .callers
                .iter()
                .map(|caller| Caller {
                    country: caller.country.as_deref(),
                    requests: caller.requests,
                    response_bytes: caller.response_bytes,
                    share: plain(caller.share),
                })
                .collect(),
            unknown_share: api.unknown_share.map(plain),
            proxied: api.proxied,
            overhead_p50_ms: api.overhead.p50_ms,
            overhead_p95_ms: api.overhead.p95_ms,
            alternatives: api.alternatives.iter().map(Choice::of).collect(),
            recommendations: api.recommendations.iter().map(RecommendationJson::of).collect(),
            notes: &api.notes,
        }
    }
}

impl<'a> Choice<'a> {
    fn of(one: &'a Alternative) -> Choice<'a> {
        let text = |value: Option<Decimal>| value.map(plain);
        let range = |ms: Milliseconds| [ms.low, ms.high];
        Choice {
            name: one.name,
            as_is: one.as_is,
            ttl_seconds: one.ttl_seconds,
            plan: one.plan.as_deref(),
            regions: &one.regions,
            cost: text(one.cost),
            cost_low: text(one.cost_low),
            cost_high: text(one.cost_high),
            cost_per_month: text(one.cost_per_month),
            delta: text(one.delta),
            delta_per_month: text(one.delta_per_month),
            unpriced: one.unpriced.as_deref(),
            hit_ratio_low: text(one.hit_ratio_low),
            hit_ratio_high: text(one.hit_ratio_high),
            latency_p50_ms: one.latency.map(|spread| range(spread.p50)),
            latency_p95_ms: one.latency.map(|spread| range(spread.p95)),
            connect_p50_ms: one.connect.map(|spread| range(spread.p50)),
            connect_p95_ms: one.connect.map(|spread| range(spread.p95)),
            changes: one
                .changes
                .iter()
                .map(|change| Change {
                    country: &change.country,
                    now_ms: change.now_ms,
                    then_ms: change.then_ms,
                })
                .collect(),
            verdict: one.verdict.name(),
            blockers: one
                .blockers
                .iter()
                .map(|blocker| Obstacle {
                    name: blocker.name,
                    what: blocker.what,
                    hard: blocker.hard,
                    methods: &blocker.methods,
                })
                .collect(),
            apply: one.apply.iter().map(StepJson::of).collect(),
        }
    }
}
