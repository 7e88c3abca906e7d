//! Stages and authorizers as people read them: a heading, sentences, a table; then the notes.

use rust_decimal::Decimal;

use super::Shown;
use crate::analysis::cache::{
    AuthorizerCache, Basis, Best, CacheAnalysis, CacheOption, MethodCache, Observed, StageCache,
};
use crate::report::inert::{inert, value};
use crate::report::listing::Listed;
use crate::report::notes::counted;
use crate::report::number::{UNKNOWN, bytes, count, decimals_for, money, percent};
use crate::report::spark::spark as bars;

/// Methods of a stage that are listed.
const METHODS: usize = 10;

/// A heading, sentences and a table.
pub(super) struct Section {
    /// What it is of, inert.
    pub(super) heading: String,
    /// Sentences under it, inert.
    pub(super) lines: Vec<String>,
    /// A table, perhaps without rows.
    pub(super) columns: Vec<Listed>,
}

/// Everything but the notes.
pub(super) fn sections(analysis: &CacheAnalysis, shown: Shown) -> Vec<Section> {
    let currency = analysis.currency.as_str();
    let mut sections = Vec::new();
    for stage in &analysis.stages {
        let mut lines = vec![counts(stage)];
        lines.extend(stage.observed.as_ref().map(|observed| now(observed, currency)));
        lines.extend(best(stage, currency));
        lines.extend(stage.findings.iter().map(|finding| inert(&format!("note: {finding}"))));
        let options = rows(stage, shown);
        lines.extend(spark(stage));
        sections.push(Section {
            heading: inert(&stage.id.to_string()),
            lines,
            columns: options_table(&options, currency),
        });
        if !stage.methods.is_empty() {
            sections.push(methods(stage, currency));
        }
    }
    sections.extend(analysis.authorizers.iter().map(|authorizer| asked(authorizer, currency)));
    sections
}

/// The sentences that hold for all of it, inert.
pub(super) fn notes(analysis: &CacheAnalysis) -> Vec<String> {
    let mut notes: Vec<String> = analysis.notes.iter().map(|note| format!("note: {note}")).collect();
    notes.extend(analysis.assumptions.iter().map(|assumption| format!("assumed: {assumption}")));
    notes.extend(analysis.rates.iter().map(|rate| {
        let price = money(rate.rate, rate.rate.normalize().scale().max(2), &analysis.currency);
        format!("rate: {} in {}: {price} per {} ({})", rate.what, rate.region, rate.unit, rate.source)
    }));
    notes.iter().map(|note| inert(note)).collect()
}

fn counts(stage: &StageCache) -> String {
    let requests = counted(stage.requests, "request");
    if stage.cacheable_requests == 0 {
        return format!("{requests}, none of which a cache could answer");
    }
    let key = inert(&stage.key_basis.join(", "));
    format!(
        "{requests}, {} of which a cache could answer; {} by {key}",
        count(stage.cacheable_requests),
        counted(stage.distinct_keys, "key"),
    )
}

/// An amount with its sign, or that it is not known.
fn dollars(value: Option<Decimal>, currency: &str) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| money(value, decimals_for(value), currency))
}

fn now(observed: &Observed, currency: &str) -> String {
    let known = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
    let money = |value: Option<Decimal>| known(value.map(|value| dollars(Some(value), currency)));
    let mut text = format!(
        "now: a cache of {} GB for {} h, {}; hits {}, misses {}; saved {}, net {}",
        observed.size_gb,
        observed.hours.round_dp(2).normalize(),
        money(observed.cache_cost),
        known(observed.hits.map(count)),
        known(observed.misses.map(count)),
        money(observed.backend_saved),
        money(observed.net),
    );
    if let Some(ratio) = observed.hit_ratio {
        text.push_str(&format!("; hit ratio {}", percent(ratio)));
    }
    if let Some(hits) = observed.break_even_hits_per_hour {
        text.push_str(&format!(
            "; pays from {} hits an hour on",
            u64::try_from(hits).map_or_else(|_| hits.to_string(), count)
        ));
    }
    text
}

fn best(stage: &StageCache, currency: &str) -> Option<String> {
    Some(match stage.best.as_ref()? {
        Best::Off => "best: no cache; none saves more than it costs".to_owned(),
        Best::Cache { ttl_seconds, size, net, net_per_month } => format!(
            "best: {size} GB with a TTL of {ttl_seconds} s, net {} ({} a month)",
            dollars(Some(*net), currency),
            dollars(*net_per_month, currency)
        ),
    })
}

/// Hit ratios by TTL as a line of bars, from none to all.
fn spark(stage: &StageCache) -> Option<String> {
    let mut ratios: Vec<(u32, Decimal)> = stage
        .options
        .iter()
        .filter(|option| option.size.is_none())
        .filter_map(|option| Some((option.ttl_seconds, option.hit_ratio?)))
        .collect();
    ratios.sort_unstable();
    let ((first, _), (last, _)) = (ratios.first()?, ratios.last()?);
    if first == last {
        return None;
    }
    let bars = bars(ratios.iter().map(|(_, ratio)| *ratio), Decimal::ONE);
    Some(format!("hit ratio from TTL {first} s to {last} s: {bars}"))
}

/// The options that are shown.
fn rows(stage: &StageCache, shown: Shown) -> Vec<&CacheOption> {
    if shown == Shown::All {
        return stage.options.iter().collect();
    }
    let mut ttls: Vec<u32> = stage.options.iter().map(|option| option.ttl_seconds).collect();
    ttls.dedup();
    ttls.into_iter().filter_map(|ttl| of_ttl(stage, ttl)).collect()
}

/// The size of a TTL that pays best; where nobody knows, the smallest that everything fits, else none.
fn of_ttl(stage: &StageCache, ttl: u32) -> Option<&CacheOption> {
    let options = || stage.options.iter().filter(move |option| option.ttl_seconds == ttl);
    let estimated = |option: &CacheOption| {
        options().any(|other| other.basis == Basis::LruEstimate && other.size == option.size)
    };
    let real = || options().filter(move |option| option.basis == Basis::LruEstimate || !estimated(option));
    real()
        .filter(|option| option.size.is_some() && option.net.is_some())
        .max_by_key(|option| (option.net, std::cmp::Reverse(option.size)))
        .or_else(|| real().find(|option| option.size.is_some() && option.basis != Basis::LruEstimate))
        .or_else(|| options().find(|option| option.size.is_none()))
}

fn figures<T>(title: &'static str, keep: Option<u8>, rows: &[T], cell: impl Fn(&T) -> String) -> Listed {
    Listed { title, number: true, keep, cells: rows.iter().map(cell).collect(), total: String::new() }
}

fn known(value: Option<u64>, show: impl Fn(u64) -> String) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), show)
}

fn share(value: Option<Decimal>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), percent)
}

/// Milliseconds as seconds, to the tenth.
fn seconds(ms: u64) -> String {
    let tenths = ms / 100;
    format!("{}.{}", count(tenths / 10), tenths % 10)
}

fn options_table(options: &[&CacheOption], currency: &str) -> Vec<Listed> {
    let figure = |title, keep, cell: &dyn Fn(&CacheOption) -> String| {
        figures(title, keep, options, |option| cell(option))
    };
    let errors = options.iter().any(|option| option.hit_ratio_error.is_some());
    let mut columns = vec![
        figure("TTL s", None, &|option| count(u64::from(option.ttl_seconds))),
        figure("size GB", None, &|option| {
            option.size.map_or_else(|| "any".to_owned(), |size| size.to_string())
        }),
        figure("hit ratio", None, &|option| share(option.hit_ratio)),
        figure("±", Some(98), &|option| share(option.hit_ratio_error)),
        figure("hits", Some(100), &|option| count(option.hits)),
        figure("early", Some(40), &|option| count(option.early_hits)),
        figure("peak", Some(60), &|option| bytes(option.peak_live_bytes)),
        figure("saved", Some(95), &|option| dollars(option.backend_saved, currency)),
        figure("cache", Some(94), &|option| dollars(option.cache_cost, currency)),
        figure("net", Some(96), &|option| dollars(option.net, currency)),
        figure("net a month", Some(97), &|option| dollars(option.net_per_month, currency)),
        figure("pays from, a call", Some(70), &|option| dollars(option.break_even_cost_per_call, currency)),
        figure("time saved s", Some(80), &|option| known(option.time_saved_ms, seconds)),
        figure("mean age s", Some(85), &|option| known(option.mean_age_ms, seconds)),
        figure("p95 age s", Some(84), &|option| known(option.p95_age_ms, seconds)),
        Listed { number: false, ..figure("basis", Some(90), &|option| basis(option.basis).to_owned()) },
    ];
    columns.retain(|column| column.title != "±" || errors);
    columns
}

fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Exact => "exact",
        Basis::UpperBound => "upper bound",
        Basis::LruEstimate => "LRU estimate",
        Basis::Sample => "sample",
    }
}

fn methods(stage: &StageCache, currency: &str) -> Section {
    let all: Vec<&MethodCache> = stage.methods.iter().take(METHODS).collect();
    let ttl = stage.methods.first().map_or(0, |method| method.ttl_seconds);
    let word = |answer: Option<bool>| match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => UNKNOWN,
    };
    let text = |title, keep, cell: &dyn Fn(&MethodCache) -> String| Listed {
        number: false,
        ..figures(title, keep, &all, |method| cell(method))
    };
    let figure = |title, keep, cell: &dyn Fn(&MethodCache) -> String| {
        figures(title, keep, &all, |method| cell(method))
    };
    let columns = vec![
        text("method", Some(90), &|method| value(method.method.as_deref())),
        text("route", None, &|method| value(method.route.as_deref())),
        figure("cacheable", Some(80), &|method| count(method.cacheable_requests)),
        figure("hits", Some(85), &|method| count(method.hits)),
        figure("hit ratio", None, &|method| share(method.hit_ratio)),
        figure("saved", Some(95), &|method| dollars(method.backend_saved, currency)),
        figure("real hits", Some(60), &|method| {
            method.observed.map_or_else(|| UNKNOWN.to_owned(), |counts| count(counts.hits))
        }),
        figure("cached now", Some(70), &|method| word(method.cached).to_owned()),
        figure("worth caching", Some(94), &|method| word(method.worth_caching).to_owned()),
    ];
    let more = stage.methods.len().saturating_sub(METHODS);
    let lines = if more > 0 {
        vec![format!("{} with fewer requests are not shown", counted(more as u64, "method"))]
    } else {
        Vec::new()
    };
    Section {
        heading: inert(&format!("methods of {}/{} at a TTL of {ttl} s", stage.id.api, stage.id.stage)),
        lines,
        columns,
    }
}

fn asked(authorizer: &AuthorizerCache, currency: &str) -> Section {
    let figure = |title, keep, cell: &dyn Fn(&crate::analysis::cache::AuthorizerOption) -> String| {
        figures(title, keep, &authorizer.options, |option| cell(option))
    };
    let mut lines = vec![format!(
        "{} of {}",
        counted(authorizer.requests, "request"),
        counted(authorizer.principals, "caller")
    )];
    if !authorizer.configured.is_empty() {
        lines.push(inert(&format!("configured: {}", authorizer.configured.join("; "))));
    }
    Section {
        heading: inert(&format!("authorizer of {}", authorizer.id)),
        lines,
        columns: vec![
            figure("result TTL s", None, &|option| count(u64::from(option.ttl_seconds))),
            figure("invocations, at least", None, &|option| count(option.invocations)),
            figure("cost", Some(90), &|option| dollars(option.cost, currency)),
            figure("cost a month", Some(91), &|option| dollars(option.cost_per_month, currency)),
        ],
    }
}
