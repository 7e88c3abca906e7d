//! The parts after the endpoints: clients, meters, budgets, limits, caches. Each says why, where it is empty.

use rust_decimal::Decimal;

use super::bars::{Bar, MOST, bars, short};
use super::{ColumnView, Found, Outlook, Report, SectionView, TableView, outlook};
use crate::analysis::cache::{Best, CacheAnalysis, StageCache};
use crate::analysis::{
    Bill, CostAnalysis, CostRow, GateAnalysis, GateOutcome, LimitHeadroom, ThrottleAnalysis,
};
use crate::report::check;
use crate::report::inert::inert;
use crate::report::number::{UNKNOWN, amount, cents_top_down, count, decimals_for, money, percent};

/// Rows of a section's table.
const ROWS: usize = 10;

/// A limit with less room than this is worth a warning.
const TIGHT: Decimal = Decimal::TWO;

/// All of them, in order.
pub(super) fn sections(report: &Report) -> Vec<SectionView> {
    let currency = &report.analysis.currency;
    vec![
        outlook(report, "recommendations", "Recommendations", |all| &all.advice, outlook::recommendations),
        outlook(report, "forecast", "Forecast", |all| &all.forecast, outlook::forecast),
        clients(&report.clients, &report.analysis),
        of(section("meters", "Meters"), &report.bill, meters),
        of(section("budgets", "Budgets and checks"), &report.checks, checks),
        of(section("throttle", "Limits"), &report.throttle, throttle),
        of(section("cache", "Caches"), &report.cache, |found, section| caches(found, section, currency)),
        outlook(report, "placement", "Placement", |all| &all.placement, outlook::placement),
        outlook(report, "waste", "Waste", |all| &all.waste, outlook::waste),
        outlook(report, "anomalies", "Anomalies", |all| &all.anomalies, outlook::anomalies),
    ]
}

/// A section of the outlook, which can be missing as a whole.
fn outlook<T>(
    report: &Report,
    id: &str,
    title: &str,
    part: impl Fn(&Outlook) -> &Found<T>,
    fill: impl FnOnce(&T, &mut SectionView),
) -> SectionView {
    match &report.outlook {
        Ok(all) => of(section(id, title), part(all), fill),
        Err(reason) => SectionView { missing: Some(inert(reason)), ..section(id, title) },
    }
}

fn section(id: &str, title: &str) -> SectionView {
    SectionView { id: id.to_owned(), title: title.to_owned(), ..SectionView::default() }
}

/// Fills a section, or says why it is empty.
fn of<T>(mut section: SectionView, found: &Found<T>, fill: impl FnOnce(&T, &mut SectionView)) -> SectionView {
    match found {
        Ok(found) => fill(found, &mut section),
        Err(reason) => section.missing = Some(inert(reason)),
    }
    section
}

pub(super) fn column(title: &'static str, number: bool, code: bool, secondary: bool) -> ColumnView {
    ColumnView { title, number, code, secondary }
}

fn more(all: usize) -> String {
    if all > ROWS { count((all - ROWS) as u64) } else { String::new() }
}

fn clients(rows: &[CostRow], analysis: &CostAnalysis) -> SectionView {
    let mut section = section("clients", "Clients");
    if rows.iter().all(|row| row.values.first().is_none_or(Option::is_none)) {
        let reason = "No request of the window has the id of an API key: log $context.identity.apiKeyId to see cost by \
                      client.";
        section.missing = Some(reason.to_owned());
        return section;
    }
    let mut rows: Vec<&CostRow> = rows.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.measures.cost, row.measures.requests)));
    let total = analysis.total.cost.unwrap_or_default();
    let decimals = decimals_for(total);
    let parts: Vec<Decimal> = rows.iter().map(|row| row.measures.cost.unwrap_or_default()).collect();
    let shown = cents_top_down(total, &parts, decimals);
    let named = |row: &CostRow| match row.values.first().and_then(Option::as_deref) {
        Some(key) => inert(key),
        None => "without a key".to_owned(),
    };
    let cells = rows.iter().zip(shown).take(ROWS).map(|(row, cost)| {
        vec![
            named(row),
            count(row.measures.requests),
            row.measures.cost.map_or_else(|| UNKNOWN.to_owned(), |_| amount(cost, decimals)),
            row.share.map_or_else(|| UNKNOWN.to_owned(), percent),
            row.error_rate.map_or_else(|| UNKNOWN.to_owned(), percent),
        ]
    });
    section.table = Some(TableView {
        caption: format!("Cost in {} by API key", analysis.currency),
        columns: vec![
            column("API key", false, true, false),
            column("requests", true, false, false),
            column("cost", true, false, false),
            column("share", true, false, true),
            column("errors", true, false, true),
        ],
        rows: cells.collect(),
        total: Vec::new(),
        more: more(rows.len()),
    });
    section
}

fn meters(bill: &Bill, section: &mut SectionView) {
    if bill.lines.is_empty() {
        section.missing = Some("Nothing that was used has a price.".to_owned());
        return;
    }
    let total = bill.total.cost.unwrap_or_default();
    let decimals = decimals_for(total);
    let parts: Vec<Decimal> = bill.lines.iter().map(|line| line.amount).collect();
    let shown = cents_top_down(total, &parts, decimals);
    let mut lines: Vec<_> = bill.lines.iter().zip(shown).collect();
    lines.sort_by_key(|(line, _)| std::cmp::Reverse(line.amount));
    let cells = lines.iter().take(ROWS).map(|(line, shown)| {
        vec![
            line.meter.clone(),
            inert(&line.region),
            inert(&line.account),
            line.tier.clone(),
            format!("{} {}", amount(line.quantity, line.quantity.normalize().scale().min(3)), line.unit),
            format!("{}", line.rate.normalize()),
            amount(*shown, decimals),
        ]
    });
    section.lead = Some(
        "As AWS's bill lays it out: gwcost bill --explain says which requests a line is made of.".to_owned(),
    );
    section.table = Some(TableView {
        caption: format!("Cost in {} by meter and tier", bill.currency),
        columns: vec![
            column("meter", false, true, false),
            column("region", false, false, false),
            column("account", false, true, true),
            column("tier", false, false, true),
            column("quantity", true, false, false),
            column("rate", true, false, true),
            column("cost", true, false, false),
        ],
        rows: cells.collect(),
        total: Vec::new(),
        more: more(lines.len()),
    });
}

fn checks(answer: &GateAnalysis, section: &mut SectionView) {
    let failed = answer.failures().count() as u64;
    section.lead = Some(match failed {
        0 => format!("All of {} are kept.", crate::report::counted(answer.results.len() as u64, "check")),
        _ => format!(
            "{} of {} failed.",
            count(failed),
            crate::report::counted(answer.results.len() as u64, "check")
        ),
    });
    let mut shown: Vec<_> = answer.results.iter().collect();
    shown.sort_by_key(|result| !result.outcome.fails());
    let word = |outcome: GateOutcome| match outcome {
        GateOutcome::Held => "kept",
        GateOutcome::Broken => "failed",
        GateOutcome::Unknown => "not known",
        GateOutcome::Empty => "nothing there",
    };
    let cells = shown
        .iter()
        .take(ROWS)
        .map(|result| vec![word(result.outcome).to_owned(), inert(&check::sentence(answer, result))]);
    section.table = Some(TableView {
        caption: "The [[check]]s of gwcost.toml".to_owned(),
        columns: vec![column("result", false, false, false), column("check", false, false, false)],
        rows: cells.collect(),
        total: Vec::new(),
        more: more(shown.len()),
    });
}

fn throttle(answer: &ThrottleAnalysis, section: &mut SectionView) {
    let mut known: Vec<(&LimitHeadroom, Decimal)> =
        answer.limits.iter().filter_map(|limit| Some((limit, limit.growth?.to_first_refusal))).collect();
    known.sort_by_key(|(_, growth)| *growth);
    let Some((tightest, least)) = known.first() else {
        section.missing =
            Some("No limit that requests met is known: gwcost ingest settings: asks AWS.".to_owned());
        return;
    };
    let name = |limit: &LimitHeadroom| inert(&format!("{} {}", limit.id.scope, limit.id.name()));
    section.lead = Some(match *least < Decimal::ONE {
        true => format!("The limit of {} refuses requests already.", name(tightest)),
        false => format!(
            "Traffic may grow {}-fold until the first request is refused, by the limit of {}.",
            least.normalize(),
            name(tightest)
        ),
    });
    let refused: u64 = answer.limits.iter().map(|limit| limit.observed.throttled).max().unwrap_or_default();
    if refused > 0 {
        section
            .notes
            .push(format!("{} of the log were throttled.", crate::report::counted(refused, "request")));
    }
    let full = Decimal::ONE;
    let drawn = known
        .iter()
        .take(MOST)
        .map(|(limit, growth)| Bar {
            name: short(&name(limit)),
            place: String::new(),
            value: format!("{}x", growth.normalize()),
            amount: if growth.is_zero() { full } else { (full / growth).min(full) },
            second: Decimal::ZERO,
            warn: *growth < TIGHT,
        })
        .collect();
    let said = "How full each limit was at its busiest moment; its value is by how much traffic may grow."
        .to_owned();
    section.bars = bars("How full limits were", said, full, drawn);
}

fn caches(answer: &CacheAnalysis, section: &mut SectionView, currency: &str) {
    let stages: Vec<&StageCache> = answer
        .stages
        .iter()
        .filter(|stage| stage.observed.is_some() || stage.cacheable_requests > 0)
        .collect();
    if stages.is_empty() {
        section.missing = Some("No stage of a REST API with a request that a cache could answer.".to_owned());
        return;
    }
    let dollars = |value: Option<Decimal>| {
        value.map_or_else(
            || UNKNOWN.to_owned(),
            |value| {
                let sign = if value.is_sign_negative() { "−" } else { "" };
                format!("{sign}{}", money(value.abs(), decimals_for(value.abs()), currency))
            },
        )
    };
    let cells = stages.iter().take(ROWS).map(|stage| {
        let there = stage.observed.as_ref();
        let most = stage.options.iter().filter_map(|option| option.hit_ratio).max();
        let advice = match &stage.best {
            Some(Best::Off) if there.is_some() => "switch the cache off".to_owned(),
            Some(Best::Off) => "no cache".to_owned(),
            Some(Best::Cache { ttl_seconds, size, .. }) => format!("{size} GB with a TTL of {ttl_seconds} s"),
            None => "cannot be told without what a call of the backend costs".to_owned(),
        };
        let net = match &stage.best {
            Some(Best::Cache { net_per_month, .. }) => *net_per_month,
            _ => None,
        };
        vec![
            inert(&format!("{}/{}", stage.id.api, stage.id.stage)),
            there.map_or_else(|| "none".to_owned(), |cache| format!("{} GB", cache.size_gb.normalize())),
            there.and_then(|cache| cache.hit_ratio).map_or_else(|| UNKNOWN.to_owned(), percent),
            most.map_or_else(|| UNKNOWN.to_owned(), percent),
            dollars(there.and_then(|cache| cache.net)),
            advice,
            dollars(net),
        ]
    });
    section.table = Some(TableView {
        caption: "Caches of stages: what is there, and what would pay".to_owned(),
        columns: vec![
            column("stage", false, true, false),
            column("cache", false, false, false),
            column("hits", true, false, false),
            column("hits, at most", true, false, true),
            column("net now", true, false, true),
            column("what pays best", false, false, false),
            column("net a month", true, false, true),
        ],
        rows: cells.collect(),
        total: Vec::new(),
        more: more(stages.len()),
    });
    let ratio = |stage: &&&StageCache| stage.options.iter().filter_map(|option| option.hit_ratio).max();
    let drawn: Vec<Bar> = stages
        .iter()
        .filter_map(|stage| Some((stage, ratio(&stage)?)))
        .take(MOST)
        .map(|(stage, most)| {
            let now = stage.observed.as_ref().and_then(|cache| cache.hit_ratio);
            let text = match now {
                Some(now) => format!("{} now, {} at most", percent(now), percent(most)),
                None => format!("{} at most", percent(most)),
            };
            Bar {
                name: short(&inert(&format!("{}/{}", stage.id.api, stage.id.stage))),
                place: String::new(),
                value: text,
                amount: most,
                second: (most - now.unwrap_or_default()).max(Decimal::ZERO),
                warn: false,
            }
        })
        .collect();
    let said =
        "The part of the requests that a cache answers, and that one with the longest TTL could.".to_owned();
    section.bars = bars("Hit ratio", said, Decimal::ONE, drawn);
    if let Some(bars) = &mut section.bars {
        bars.legend = vec!["hits now".to_owned(), "hits that a cache could have".to_owned()];
    }
    section.notes = answer.notes.iter().map(|note| inert(note)).collect();
}
