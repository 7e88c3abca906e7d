//! The tables for people, as columns of text.

use rust_decimal::Decimal;

use super::Part;
use crate::analysis::{ChainReplay, LimitHeadroom, Refused, ThrottleAnalysis};
use crate::report::inert::inert;
use crate::report::listing::Listed;
use crate::report::number::{UNKNOWN, amount, count};

/// The tables that have rows.
pub fn parts(analysis: &ThrottleAnalysis, limits: usize, others: usize) -> Vec<Part> {
    let parts = [
        limits_part(analysis, limits),
        chains_part(analysis, others),
        suggested_part(analysis, others),
        contributors_part(analysis, others),
        quotas_part(analysis, others),
        hammering_part(analysis, others),
        unused_part(analysis, others),
    ];
    parts
        .into_iter()
        .filter(|part| part.columns.first().is_some_and(|column| !column.cells.is_empty()))
        .collect()
}

fn text(title: &'static str, cells: Vec<String>) -> Listed {
    Listed { title, number: false, keep: None, cells, total: String::new() }
}

fn figures(title: &'static str, keep: Option<u8>, cells: Vec<String>) -> Listed {
    Listed { title, number: true, keep, cells, total: String::new() }
}

fn known(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| UNKNOWN.to_owned())
}

/// An instant to the second: `2026-10-20 12:00:01`.
fn at(ms: i64) -> String {
    let text = super::json::time(ms);
    text.get(..19).map_or(text.clone(), |second| second.replace('T', " "))
}

/// A limit's name, with the time that it held where that was not all of the window.
fn name(limit: &LimitHeadroom) -> String {
    let name = inert(&limit.id.name());
    match limit.held {
        Some((from_ms, to_ms)) => format!("{name} ({} to {})", minute(from_ms), minute(to_ms)),
        None => name,
    }
}

/// An instant to the minute: `10-20 12:00`.
fn minute(ms: i64) -> String {
    let text = at(ms);
    text.get(5..16).map_or(text.clone(), str::to_owned)
}

/// A decimal with as many places as it needs, two at most.
fn short(value: Decimal) -> String {
    amount(value, value.normalize().scale().min(2))
}

fn range(refused: Refused) -> String {
    if refused.low == refused.high {
        count(refused.high)
    } else {
        format!("{} to {}", count(refused.low), count(refused.high))
    }
}

fn limits_part(analysis: &ThrottleAnalysis, most: usize) -> Part {
    let mut rows: Vec<&LimitHeadroom> = analysis.limits.iter().collect();
    // The tightest first; limits that nobody knows last.
    rows.sort_by_key(|limit| limit.growth.map_or(Decimal::MAX, |growth| growth.to_first_refusal));
    let more = rows.len().saturating_sub(most);
    rows.truncate(most);
    let cells = |cell: &dyn Fn(&LimitHeadroom) -> String| rows.iter().map(|limit| cell(limit)).collect();
    let growth = |factor: Option<Decimal>| known(factor.map(|factor| format!("{}x", short(factor))));
    let observed = |limit: &LimitHeadroom| limit.observed.throttled + limit.observed.untyped_429;
    Part {
        title: "Limits, each replayed alone",
        columns: vec![
            text("scope", cells(&|limit| limit.id.scope.to_string())),
            text("limit", cells(&name)),
            figures("rate", None, cells(&|limit| known(limit.limit.map(|limit| short(limit.rate))))),
            figures("burst", None, cells(&|limit| known(limit.limit.map(|limit| count(limit.burst))))),
            figures("requests", None, cells(&|limit| count(limit.arrivals))),
            figures("refused", None, cells(&|limit| known(limit.refused.map(range)))),
            figures("logged 429s", Some(120), cells(&|limit| count(observed(limit)))),
            figures(
                "peak 1 s",
                Some(130),
                cells(&|limit| known(limit.peak_1s.map(|peak| count(peak.arrivals)))),
            ),
            figures(
                "peak 10 s",
                Some(60),
                cells(&|limit| known(limit.peak_10s.map(|peak| count(peak.arrivals)))),
            ),
            figures(
                "peak 60 s",
                Some(50),
                cells(&|limit| known(limit.peak_60s.map(|peak| count(peak.arrivals)))),
            ),
            figures(
                "lowest tokens",
                Some(110),
                cells(&|limit| known(limit.lowest.map(|lowest| short(lowest.tokens)))),
            ),
            figures("at", Some(90), cells(&|limit| known(limit.lowest.map(|lowest| at(lowest.at_ms))))),
            figures(
                "growth",
                None,
                cells(&|limit| growth(limit.growth.map(|growth| growth.to_first_refusal))),
            ),
            figures(
                "to 0.1 %",
                Some(80),
                cells(&|limit| growth(limit.growth.map(|growth| growth.to_0_1_percent))),
            ),
            figures(
                "to 1 %",
                Some(70),
                cells(&|limit| growth(limit.growth.map(|growth| growth.to_1_percent))),
            ),
            figures(
                "days left",
                Some(40),
                cells(&|limit| {
                    known(limit.first_refusal.and_then(|trend| trend.days).map(|days| amount(days, 0)))
                }),
            ),
            text("source", cells(&|limit| limit.source.name().to_owned())),
        ],
        more,
    }
}

fn chains_part(analysis: &ThrottleAnalysis, most: usize) -> Part {
    // One limit alone is in the table above.
    let mut rows: Vec<&ChainReplay> = analysis
        .chains
        .iter()
        .filter(|chain| {
            chain.limits.len() > 1 || chain.agreement.only_log > 0 || chain.agreement.only_replay > 0
        })
        .collect();
    let more = rows.len().saturating_sub(most);
    rows.truncate(most);
    let cells = |cell: &dyn Fn(&ChainReplay) -> String| rows.iter().map(|chain| cell(chain)).collect();
    let name = |chain: &ChainReplay| {
        let names: Vec<String> = chain.limits.iter().map(|(id, _)| inert(&id.name())).collect();
        names.join(" > ")
    };
    let refused =
        |chain: &ChainReplay| if chain.complete { count(chain.refused) } else { UNKNOWN.to_owned() };
    let observed = |chain: &ChainReplay| chain.observed.throttled + chain.observed.untyped_429;
    Part {
        title: "Limits together, as requests meet them",
        columns: vec![
            text("limits", cells(&name)),
            figures("requests", None, cells(&|chain| count(chain.arrivals))),
            figures("refused", None, cells(&refused)),
            figures("logged 429s", None, cells(&|chain| count(observed(chain)))),
            figures("in both", Some(90), cells(&|chain| count(chain.agreement.both))),
            figures("only replay", Some(80), cells(&|chain| count(chain.agreement.only_replay))),
            figures("only log", Some(70), cells(&|chain| count(chain.agreement.only_log))),
        ],
        more,
    }
}

fn suggested_part(analysis: &ThrottleAnalysis, most: usize) -> Part {
    // All that passes, for people; JSON has the others.
    let rows: Vec<_> =
        analysis.suggested.iter().filter(|one| one.passes_percent == Decimal::ONE_HUNDRED).collect();
    let more = rows.len().saturating_sub(most);
    let rows = &rows[..rows.len().min(most)];
    let cells =
        |cell: &dyn Fn(&crate::analysis::Suggested) -> String| rows.iter().map(|one| cell(one)).collect();
    Part {
        title: "What refuses nothing of this traffic, and with room for half as much again",
        columns: vec![
            text("scope", cells(&|one| one.id.scope.to_string())),
            text("bucket", cells(&|one| inert(&one.id.name()))),
            text("rate of", cells(&|one| one.basis.name().to_owned())),
            figures("rate", None, cells(&|one| short(one.rate))),
            figures("burst", None, cells(&|one| count(one.burst))),
            figures("rate x 1.5", None, cells(&|one| short(one.rate_with_margin))),
            figures("burst x 1.5", None, cells(&|one| count(one.burst_with_margin))),
        ],
        more,
    }
}

fn contributors_part(analysis: &ThrottleAnalysis, most: usize) -> Part {
    let all: Vec<_> = analysis
        .contributors
        .iter()
        .flat_map(|moment| moment.by.iter().map(move |by| (moment, by)))
        .collect();
    let more = all.len().saturating_sub(most);
    let rows = &all[..all.len().min(most)];
    type Row<'a> = (&'a crate::analysis::LowMoment, &'a crate::analysis::Contributor);
    let cells = |cell: &dyn Fn(Row<'_>) -> String| rows.iter().map(|row| cell(*row)).collect();
    let of = |text: &Option<String>| known(text.as_deref().map(inert));
    Part {
        title: "Who filled the accounts' buckets in the 10 s up to their lowest moments",
        columns: vec![
            text("account", cells(&|(moment, _)| inert(&moment.id.name()))),
            text("at", cells(&|(moment, _)| at(moment.at_ms))),
            figures("tokens left", None, cells(&|(moment, _)| short(moment.tokens))),
            text("API", cells(&|(_, by)| inert(&format!("{}/{}", by.api, by.stage)))),
            text("method", cells(&|(_, by)| of(&by.method))),
            text("route", cells(&|(_, by)| of(&by.route))),
            text("key", cells(&|(_, by)| of(&by.key))),
            figures("requests", None, cells(&|(_, by)| count(by.arrivals))),
            figures("of", None, cells(&|(moment, _)| count(moment.arrivals))),
        ],
        more,
    }
}

fn quotas_part(analysis: &ThrottleAnalysis, most: usize) -> Part {
    let more = analysis.quotas.len().saturating_sub(most);
    let rows = &analysis.quotas[..analysis.quotas.len().min(most)];
    let cells = |cell: &dyn Fn(&crate::analysis::QuotaUse) -> String| rows.iter().map(cell).collect();
    Part {
        title: "Quotas, in the period in which most was used",
        columns: vec![
            text("plan", cells(&|of| inert(&of.plan))),
            text("key", cells(&|of| inert(&of.key))),
            text("period", cells(&|of| inert(of.quota.period.as_str()))),
            text("from", cells(&|of| at(of.start_ms))),
            figures("used", None, cells(&|of| count(of.used))),
            figures("allowed", None, cells(&|of| count(of.allowed))),
        ],
        more,
    }
}

fn hammering_part(analysis: &ThrottleAnalysis, most: usize) -> Part {
    let more = analysis.hammering.len().saturating_sub(most);
    let rows = &analysis.hammering[..analysis.hammering.len().min(most)];
    let cells = |cell: &dyn Fn(&crate::analysis::Hammering) -> String| rows.iter().map(cell).collect();
    Part {
        title: "Clients that went on within a second after a 429",
        columns: vec![
            text("client", cells(&|of| inert(&of.client))),
            text("is", cells(&|of| if of.is_key { "API key" } else { "network" }.to_owned())),
            figures("refused", None, cells(&|of| count(of.refused))),
            figures("again within 1 s", None, cells(&|of| count(of.again_within_1s))),
            figures("most in a row", None, cells(&|of| count(of.most_in_a_row))),
        ],
        more,
    }
}

fn unused_part(analysis: &ThrottleAnalysis, most: usize) -> Part {
    let more = analysis.unused.len().saturating_sub(most);
    let rows = &analysis.unused[..analysis.unused.len().min(most)];
    let cells = |cell: &dyn Fn(&crate::analysis::Unused) -> String| rows.iter().map(cell).collect();
    Part {
        title: "Limits that no request of the window met",
        columns: vec![
            text("kind", cells(&|of| of.kind.replace('_', " "))),
            text("account", cells(&|of| inert(&of.account))),
            text("region", cells(&|of| inert(&of.region))),
            text("name", cells(&|of| inert(&of.name))),
        ],
        more,
    }
}
