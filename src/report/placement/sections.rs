//! Each API as people read it: a heading, its alternatives as a table, and what follows.

use gwcost_core::model::Recommendation;
use rust_decimal::Decimal;

use crate::analysis::placement::{Alternative, ApiPlacement, PlacementAnalysis, Verdict};
use crate::geo::Milliseconds;
use crate::report::inert::inert;
use crate::report::listing::Listed;
use crate::report::number::{UNKNOWN, bytes, count, decimals_for, money, percent};

/// Countries that are named.
const COUNTRIES: usize = 6;

/// A heading, a table and sentences.
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) columns: Vec<Listed>,
    pub(super) lines: Vec<String>,
}

/// One for each API.
pub(super) fn sections(analysis: &PlacementAnalysis) -> Vec<Section> {
    analysis
        .apis
        .iter()
        .map(|api| Section {
            heading: inert(&heading(api)),
            columns: table(api, &analysis.currency),
            lines: lines(api, &analysis.currency).iter().map(|line| inert(line)).collect(),
        })
        .collect()
}

/// What holds for all of it.
pub(super) fn notes(analysis: &PlacementAnalysis) -> Vec<String> {
    let mut notes: Vec<String> = analysis.notes.iter().map(|note| format!("note: {note}")).collect();
    notes.extend(analysis.assumptions.iter().map(|assumption| format!("assumed: {assumption}")));
    if let Some(source) = &analysis.countries {
        let made = source.made_on.as_deref().unwrap_or("on an unknown day");
        notes.push(format!("countries: {} of {made} ({})", source.kind, source.name));
        notes.extend(source.credit.map(str::to_owned));
    }
    notes.extend(analysis.overrides.iter().map(|file| format!("replaced: {file}")));
    notes.iter().map(|note| inert(note)).collect()
}

fn heading(api: &ApiPlacement) -> String {
    let size = api.response_bytes.map(|sent| format!(", {}", bytes(sent))).unwrap_or_default();
    let endpoint =
        api.endpoint.as_ref().map(|endpoint| format!(", {}", endpoint.to_lowercase())).unwrap_or_default();
    format!("{} ({}{endpoint}): {} requests{size}", api.id, api.kind, count(api.requests))
}

fn name(alternative: &Alternative) -> String {
    let ttl = match alternative.ttl_seconds {
        Some(0) => ", no cache".to_owned(),
        Some(ttl) => format!(", {ttl} s"),
        None => String::new(),
    };
    let region = match alternative.name {
        "another_region" | "multi_region" => format!(" {}", alternative.regions.join(" + ")),
        _ => String::new(),
    };
    let plan = alternative.plan.as_ref().map(|plan| format!(" {plan}")).unwrap_or_default();
    format!("{}{plan}{region}{ttl}", alternative.name)
}

fn range(of: Option<Milliseconds>) -> String {
    of.map_or_else(|| UNKNOWN.to_owned(), |ms| format!("{}-{}", ms.low, ms.high))
}

fn table(api: &ApiPlacement, currency: &str) -> Vec<Listed> {
    let of = &api.alternatives;
    let most = of.iter().filter_map(|one| one.cost_per_month).max().unwrap_or_default();
    let decimals = decimals_for(most);
    let amount = |value: Option<Decimal>| {
        value.map_or_else(|| UNKNOWN.to_owned(), |value| money(value, decimals, currency))
    };
    let column = |title, number, keep, cell: &dyn Fn(&Alternative) -> String| Listed {
        title,
        number,
        keep,
        cells: of.iter().map(cell).collect(),
        total: String::new(),
    };
    vec![
        column("alternative", false, None, &name),
        column("cost", true, Some(9), &|one| amount(one.cost)),
        column("at least", true, Some(4), &|one| amount(one.cost_low)),
        column("a month", true, None, &|one| amount(one.cost_per_month)),
        column("change a month", true, Some(8), &|one| {
            if one.as_is { "as is".to_owned() } else { amount(one.delta_per_month) }
        }),
        column("hits", true, Some(6), &|one| match (one.hit_ratio_low, one.hit_ratio_high) {
            (Some(low), Some(high)) if low == high => percent(low),
            (Some(low), Some(high)) => format!("{}-{}", percent(low), percent(high)),
            _ => String::new(),
        }),
        column("p50 ms", true, Some(7), &|one| range(one.latency.map(|spread| spread.p50))),
        column("p95 ms", true, Some(5), &|one| range(one.latency.map(|spread| spread.p95))),
        column("connect p50", true, Some(3), &|one| range(one.connect.map(|spread| spread.p50))),
        column("verdict", false, Some(2), &|one| {
            if one.as_is { String::new() } else { words(one.verdict).to_owned() }
        }),
    ]
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::MovesAsIs => "moves as is",
        Verdict::MovesWithWork => "with work",
        Verdict::Cannot => "cannot",
        Verdict::Unknown => "unknown",
    }
}

fn lines(api: &ApiPlacement, currency: &str) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(callers(api));
    if let (Some(p50), Some(p95)) = (api.overhead.p50_ms, api.overhead.p95_ms) {
        lines.push(format!("API Gateway itself took {} ms (p50) and {} ms (p95) of each request", p50, p95));
    }
    if let Some(alternative) =
        api.alternatives.iter().find(|one| one.name == "another_region" && !one.changes.is_empty())
    {
        let changes = alternative.changes.iter();
        let named: Vec<String> = changes
            .map(|change| format!("{} {} to {} ms", change.country, change.now_ms, change.then_ms))
            .collect();
        lines.push(format!("with {}: {}", alternative.regions.join(" + "), named.join(", ")));
    }
    for alternative in
        api.alternatives.iter().filter(|one| one.name == "http_regional" && !one.blockers.is_empty())
    {
        for blocker in &alternative.blockers {
            let methods = match blocker.methods.len() {
                0 => String::new(),
                _ => format!(" ({})", blocker.methods.join(", ")),
            };
            let what = if blocker.hard { "in the way of an HTTP API" } else { "for an HTTP API" };
            lines.push(format!("{what}: {}{methods}", blocker.what));
        }
    }
    let mut reasons: Vec<&str> = api.alternatives.iter().filter_map(|one| one.unpriced.as_deref()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    lines.extend(reasons.into_iter().map(|reason| format!("not priced: {reason}")));
    lines.extend(api.recommendations.iter().map(|one| recommended(one, currency)));
    lines.extend(api.notes.iter().map(|note| format!("note: {note}")));
    lines
}

fn callers(api: &ApiPlacement) -> Option<String> {
    if api.callers.is_empty() {
        return None;
    }
    let name = |country: &Option<String>| country.clone().unwrap_or_else(|| "no address".to_owned());
    let shares = api.callers.iter().take(COUNTRIES);
    let mut named: Vec<String> =
        shares.map(|caller| format!("{} {}", name(&caller.country), percent(caller.share))).collect();
    if api.callers.len() > COUNTRIES {
        named.push(format!("{} more", api.callers.len() - COUNTRIES));
    }
    let whose = if api.proxied { "addresses of a proxy in" } else { "callers in" };
    Some(format!("{whose}: {}", named.join(", ")))
}

fn recommended(one: &Recommendation, currency: &str) -> String {
    let saving = match one.saving {
        Some(saving) if saving.low == saving.high => money(saving.low, decimals_for(saving.low), currency),
        Some(saving) => {
            let decimals = decimals_for(saving.high);
            format!("{} to {}", money(saving.low, decimals, currency), money(saving.high, decimals, currency))
        }
        None => UNKNOWN.to_owned(),
    };
    format!(
        "recommended: {}, saves {saving} a month (effort {}, risk {}): {}",
        one.title,
        one.effort.name(),
        one.risk.name(),
        one.evidence.join("; ")
    )
}
