//! The JSON interface, `gwcost/cache/1`: documented, versioned, in this key order.

use std::io::{self, Write};

use rust_decimal::Decimal;
use serde::Serialize;

use crate::analysis::cache::{
    AuthorizerCache, Best, CacheAnalysis, CacheOption, LeftOut, MethodCache, Observed, StageCache, StageId,
};
use crate::report::fields::plain;

/// The name and version of this shape. A change of meaning changes the number.
pub const SCHEMA: &str = "gwcost/cache/1";

/// Writes an analysis of caches as one JSON document and a newline.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn write(analysis: &CacheAnalysis, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer(&mut out, &Document::of(analysis))?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    window: Ends,
    replayed: Option<Ends>,
    filters: std::collections::BTreeMap<&'static str, &'a str>,
    shared_cache: bool,
    currency: &'a str,
    rate_card: Vec<Rate<'a>>,
    sample: Option<Sample>,
    stages: Vec<Stage<'a>>,
    authorizers: Vec<Authorizer<'a>>,
    notes: &'a [String],
    assumptions: &'a [String],
}

#[derive(Serialize)]
struct Ends {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Rate<'a> {
    region: &'a str,
    what: &'a str,
    unit: &'a str,
    rate: String,
    source: &'a str,
}

#[derive(Serialize)]
struct Sample {
    one_in: u64,
}

#[derive(Serialize)]
struct Stage<'a> {
    #[serde(flatten)]
    id: Id<'a>,
    observed: Option<Now>,
    requests: u64,
    cacheable_requests: u64,
    left_out: Left,
    unsized_requests: u64,
    distinct_keys: u64,
    key_basis: &'a [String],
    key_lacks: &'a [String],
    options: Vec<Choice>,
    best: Option<Pick>,
    methods: Vec<Method<'a>>,
    findings: &'a [String],
}

#[derive(Serialize)]
struct Id<'a> {
    account: &'a str,
    region: &'a str,
    api: &'a str,
    stage: &'a str,
}

#[derive(Serialize)]
struct Left {
    method: u64,
    status: u64,
    streamed: u64,
    too_large: u64,
    without_path: u64,
}

/// A size that a cache had for a time.
#[derive(Serialize)]
struct Held {
    size_gb: String,
    hours: String,
    cache_cost: Option<String>,
}

#[derive(Serialize)]
struct Now {
    size_gb: String,
    hours: String,
    sizes: Vec<Held>,
    cache_cost: Option<String>,
    hits: Option<u64>,
    misses: Option<u64>,
    hit_ratio: Option<String>,
    backend_saved: Option<String>,
    time_saved_ms: Option<u64>,
    net: Option<String>,
    break_even_hits_per_hour: Option<String>,
}

#[derive(Serialize)]
struct Choice {
    ttl_seconds: u32,
    size_gb: Option<&'static str>,
    hits: u64,
    early_hits: u64,
    hit_ratio: Option<String>,
    hit_ratio_error: Option<String>,
    basis: &'static str,
    peak_live_bytes: u64,
    backend_saved: Option<String>,
    time_saved_ms: Option<u64>,
    cache_cost: Option<String>,
    net: Option<String>,
    net_per_month: Option<String>,
    break_even_cost_per_call: Option<String>,
    mean_age_ms: Option<u64>,
    p95_age_ms: Option<u64>,
}

#[derive(Serialize)]
struct Pick {
    cache: bool,
    ttl_seconds: Option<u32>,
    size_gb: Option<&'static str>,
    net: String,
    net_per_month: Option<String>,
}

#[derive(Serialize)]
struct Method<'a> {
    method: Option<&'a str>,
    route: Option<&'a str>,
    cacheable_requests: u64,
    ttl_seconds: u32,
    hits: u64,
    hit_ratio: Option<String>,
    backend_saved: Option<String>,
    observed_hits: Option<u64>,
    observed_misses: Option<u64>,
    cached: Option<bool>,
    per_caller: bool,
    worth_caching: Option<bool>,
}

#[derive(Serialize)]
struct Authorizer<'a> {
    #[serde(flatten)]
    id: Id<'a>,
    configured: &'a [String],
    requests: u64,
    principals: u64,
    options: Vec<Asked>,
}

#[derive(Serialize)]
struct Asked {
    ttl_seconds: u32,
    invocations: u64,
    cost: Option<String>,
    cost_per_month: Option<String>,
}

fn text(value: Option<Decimal>) -> Option<String> {
    value.map(plain)
}

impl<'a> Document<'a> {
    fn of(analysis: &'a CacheAnalysis) -> Document<'a> {
        let ends = |window: gwcost_core::model::Window| Ends {
            from: window.from_rfc3339(),
            to: window.to_rfc3339(),
        };
        let rate = |rate: &'a crate::analysis::cache::CacheRateUse| Rate {
            region: &rate.region,
            what: &rate.what,
            unit: &rate.unit,
            rate: rate.rate.normalize().to_string(),
            source: &rate.source,
        };
        let filters = analysis.filters.iter().map(|(dimension, glob)| (dimension.name(), glob.as_str()));
        Document {
            schema: SCHEMA,
            window: ends(analysis.window),
            replayed: analysis.replayed.map(ends),
            filters: filters.collect(),
            shared_cache: analysis.shared,
            currency: &analysis.currency,
            rate_card: analysis.rates.iter().map(rate).collect(),
            sample: analysis.sample.map(|sample| Sample { one_in: sample.one_in }),
            stages: analysis.stages.iter().map(Stage::of).collect(),
            authorizers: analysis.authorizers.iter().map(Authorizer::of).collect(),
            notes: &analysis.notes,
            assumptions: &analysis.assumptions,
        }
    }
}

impl<'a> Id<'a> {
    fn of(id: &'a StageId) -> Id<'a> {
        Id { account: &id.account, region: &id.region, api: &id.api, stage: &id.stage }
    }
}

impl<'a> Stage<'a> {
    fn of(stage: &'a StageCache) -> Stage<'a> {
        let LeftOut { method, status, streamed, too_large, without_path } = stage.left_out;
        Stage {
            id: Id::of(&stage.id),
            observed: stage.observed.as_ref().map(Now::of),
            requests: stage.requests,
            cacheable_requests: stage.cacheable_requests,
            left_out: Left { method, status, streamed, too_large, without_path },
            unsized_requests: stage.unsized_requests,
            distinct_keys: stage.distinct_keys,
            key_basis: &stage.key_basis,
            key_lacks: &stage.key_lacks,
            options: stage.options.iter().map(Choice::of).collect(),
            best: stage.best.as_ref().map(Pick::of),
            methods: stage.methods.iter().map(Method::of).collect(),
            findings: &stage.findings,
        }
    }
}

impl Now {
    fn of(observed: &Observed) -> Now {
        Now {
            size_gb: plain(observed.size_gb),
            hours: plain(observed.hours),
            sizes: observed
                .sizes
                .iter()
                .map(|of| Held {
                    size_gb: plain(of.size_gb),
                    hours: plain(of.hours),
                    cache_cost: text(of.cache_cost),
                })
                .collect(),
            cache_cost: text(observed.cache_cost),
            hits: observed.hits,
            misses: observed.misses,
            hit_ratio: text(observed.hit_ratio),
            backend_saved: text(observed.backend_saved),
            time_saved_ms: observed.time_saved_ms,
            net: text(observed.net),
            break_even_hits_per_hour: text(observed.break_even_hits_per_hour),
        }
    }
}

impl Choice {
    fn of(option: &CacheOption) -> Choice {
        Choice {
            ttl_seconds: option.ttl_seconds,
            size_gb: option.size.map(|size| size.gb()),
            hits: option.hits,
            early_hits: option.early_hits,
            hit_ratio: text(option.hit_ratio),
            hit_ratio_error: text(option.hit_ratio_error),
            basis: option.basis.name(),
            peak_live_bytes: option.peak_live_bytes,
            backend_saved: text(option.backend_saved),
            time_saved_ms: option.time_saved_ms,
            cache_cost: text(option.cache_cost),
            net: text(option.net),
            net_per_month: text(option.net_per_month),
            break_even_cost_per_call: text(option.break_even_cost_per_call),
            mean_age_ms: option.mean_age_ms,
            p95_age_ms: option.p95_age_ms,
        }
    }
}

impl Pick {
    fn of(best: &Best) -> Pick {
        match best {
            Best::Off => Pick {
                cache: false,
                ttl_seconds: None,
                size_gb: None,
                net: plain(Decimal::ZERO),
                net_per_month: Some(plain(Decimal::ZERO)),
            },
            Best::Cache { ttl_seconds, size, net, net_per_month } => Pick {
                cache: true,
                ttl_seconds: Some(*ttl_seconds),
                size_gb: Some(size.gb()),
                net: plain(*net),
                net_per_month: text(*net_per_month),
            },
        }
    }
}

impl<'a> Method<'a> {
    fn of(method: &'a MethodCache) -> Method<'a> {
        Method {
            method: method.method.as_deref(),
            route: method.route.as_deref(),
            cacheable_requests: method.cacheable_requests,
            ttl_seconds: method.ttl_seconds,
            hits: method.hits,
            hit_ratio: text(method.hit_ratio),
            backend_saved: text(method.backend_saved),
            observed_hits: method.observed.map(|counts| counts.hits),
            observed_misses: method.observed.map(|counts| counts.misses),
            cached: method.cached,
            per_caller: method.per_caller,
            worth_caching: method.worth_caching,
        }
    }
}

impl<'a> Authorizer<'a> {
    fn of(authorizer: &'a AuthorizerCache) -> Authorizer<'a> {
        let asked = |option: &crate::analysis::cache::AuthorizerOption| Asked {
            ttl_seconds: option.ttl_seconds,
            invocations: option.invocations,
            cost: text(option.cost),
            cost_per_month: text(option.cost_per_month),
        };
        Authorizer {
            id: Id::of(&authorizer.id),
            configured: &authorizer.configured,
            requests: authorizer.requests,
            principals: authorizer.principals,
            options: authorizer.options.iter().map(asked).collect(),
        }
    }
}
