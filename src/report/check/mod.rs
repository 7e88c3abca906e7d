//! Checks as people and programs read them: a table, JSON, JUnit XML, SARIF.

mod json;
mod junit;
mod sarif;

pub use json::json;
pub use junit::junit;
pub use sarif::sarif;

use gwcost_core::model::{GateMeasure, GateUnit};
use rust_decimal::Decimal;

use super::inert::inert;
use super::listing::{Listed, listing_without_total, sentences};
use super::number::{UNKNOWN, count, decimals_for, money, percent, signed};
use super::period::period;
use super::table::{Terminal, wrap};
use crate::analysis::{GateAnalysis, GateOutcome, GateResult};

/// What a table shows: what failed, and with `all` also what did not.
pub fn table(answer: &GateAnalysis, all: bool, terminal: &Terminal) -> String {
    let mut text = String::new();
    for line in wrap(&headline(answer), terminal.width) {
        text += &if terminal.color { format!("\u{1b}[1m{line}\u{1b}[0m\n") } else { format!("{line}\n") };
    }
    if let Some(problem) = &answer.window_problem {
        text += &sentences(&[format!("failed: {problem}")], terminal);
    }
    let mut shown: Vec<&GateResult> =
        answer.results.iter().filter(|result| all || result.outcome.fails()).collect();
    shown.sort_by_key(|result| !result.outcome.fails());
    if !shown.is_empty() {
        text.push('\n');
        text += &listing_without_total(columns(answer, &shown), terminal);
    }
    if !answer.notes.is_empty() {
        text.push('\n');
        let notes: Vec<String> = answer.notes.iter().map(|note| inert(&format!("note: {note}"))).collect();
        text += &sentences(&notes, terminal);
    }
    text
}

/// `October 2026: 2 of 14 checks failed, 48,000 requests`.
fn headline(answer: &GateAnalysis) -> String {
    let period = period(&answer.window);
    let all = answer.results.len();
    let failed = answer.failures().count();
    let requests = super::notes::counted(answer.requests, "request");
    let checks = if all == 1 { "check" } else { "checks" };
    match failed {
        0 => format!("{period}: {all} {checks} kept, {requests}"),
        _ => format!("{period}: {failed} of {all} {checks} failed, {requests}"),
    }
}

fn columns(answer: &GateAnalysis, shown: &[&GateResult]) -> Vec<Listed> {
    let column = |title, number, keep, cell: &dyn Fn(&GateResult) -> String| Listed {
        title,
        number,
        keep,
        cells: shown.iter().map(|result| cell(result)).collect(),
        total: String::new(),
    };
    vec![
        column("result", false, None, &|result| outcome(result.outcome).to_owned()),
        column("rule", false, Some(2), &|result| result.rule.clone()),
        column("measure", false, None, &|result| result.measure.name().to_owned()),
        column("of", false, None, &|result| result.subject.clone()),
        column("found", true, None, &|result| found(answer, result)),
        column("limit", true, None, &|result| limit(answer, result)),
        column("because", false, Some(1), &|result| result.reason.clone().unwrap_or_default()),
    ]
}

fn outcome(outcome: GateOutcome) -> &'static str {
    match outcome {
        GateOutcome::Held => "kept",
        GateOutcome::Broken => "FAILED",
        GateOutcome::Unknown => "NOT KNOWN",
        GateOutcome::Empty => "empty",
    }
}

/// The figure as a person writes it.
fn found(answer: &GateAnalysis, result: &GateResult) -> String {
    result.found.map_or_else(|| UNKNOWN.to_owned(), |found| figure(answer, result, found))
}

/// The limit as a person writes it, with the side on which a figure must be.
fn limit(answer: &GateAnalysis, result: &GateResult) -> String {
    let side = if result.measure.is_least() { "≥" } else { "≤" };
    format!("{side} {}", figure(answer, result, result.limit))
}

fn figure(answer: &GateAnalysis, result: &GateResult, value: Decimal) -> String {
    match result.measure.unit() {
        GateUnit::Money => {
            // Both figures with the same decimals, so that the difference is seen.
            let least = [Some(value), result.found, Some(result.limit)].into_iter().flatten();
            let least = least.map(|value| value.abs()).filter(|value| !value.is_zero()).min();
            // Cents, and as many digits more as a small amount has.
            let rounded = value.round_dp(decimals_for(least.unwrap_or_default()));
            let decimals = rounded.normalize().scale().max(2);
            money(value, decimals, &answer.currency)
        }
        GateUnit::Part if result.measure == GateMeasure::GrowthPerWeek => {
            let sign = if value.is_sign_negative() { "-" } else { "+" };
            format!("{sign}{}", percent(value.abs()))
        }
        GateUnit::Part => percent(value),
        GateUnit::Millis => format!("{} ms", signed(i64::try_from(value).unwrap_or(i64::MAX))),
        GateUnit::Factor => format!("{}x", value.normalize()),
    }
}

/// `orders: p95 of latency of o7r4k2m9xq/prod in us-east-1 is 452 ms, the limit is at most 300 ms`.
pub fn sentence(answer: &GateAnalysis, result: &GateResult) -> String {
    let side = if result.measure.is_least() { "at least" } else { "at most" };
    let limit = figure(answer, result, result.limit);
    let (rule, title, of) = (&result.rule, result.measure.title(), &result.subject);
    match (result.found, &result.reason) {
        (Some(found), reason) => {
            let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!(
                "{rule}: {title} of {of} is {}, allowed is {side} {limit}{reason}",
                figure(answer, result, found)
            )
        }
        (None, reason) => {
            let reason = reason.as_deref().unwrap_or("it is not known");
            format!("{rule}: {title} of {of} cannot be held to {side} {limit}: {reason}")
        }
    }
}

/// `12 checks, 2 failed`, for what counts tests.
fn total(answer: &GateAnalysis) -> String {
    let failed = u64::try_from(answer.failures().count()).unwrap_or(u64::MAX);
    format!("{} failed", count(failed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gwcost_core::model::Window;

    pub(super) fn answer() -> GateAnalysis {
        let result = |measure, subject: &str, found: Option<&str>, limit: &str, outcome| GateResult {
            rule: "orders".to_owned(),
            measure,
            subject: subject.to_owned(),
            found: found.map(|text| text.parse().unwrap()),
            limit: limit.parse().unwrap(),
            outcome,
            reason: found.is_none().then(|| "some usage has no price".to_owned()),
        };
        GateAnalysis {
            window: Window { from_ms: 1_790_812_800_000, to_ms: 1_793_491_200_000 },
            currency: "USD".to_owned(),
            requests: 1000,
            window_problem: None,
            allow_empty: false,
            results: vec![
                result(GateMeasure::Budget, "api o7*", Some("120.5"), "100", GateOutcome::Broken),
                result(
                    GateMeasure::Latency(95),
                    "a1/prod GET /<script>\u{202e}",
                    Some("250"),
                    "300",
                    GateOutcome::Held,
                ),
                result(GateMeasure::CostPer1000, "a1/prod", None, "0.02", GateOutcome::Unknown),
            ],
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_table_is_quiet_about_what_is_kept() {
        let quiet = table(&answer(), false, &Terminal::default());
        assert!(quiet.starts_with("October 2026: 2 of 3 checks failed, 1,000 requests\n"), "{quiet}");
        assert!(
            !quiet.contains("p95_ms") && quiet.contains("$120.50") && quiet.contains("≤ $100.00"),
            "{quiet}"
        );
        let all = table(&answer(), true, &Terminal::default());
        assert!(all.contains("p95_ms") && all.contains("\\u{202e}"), "{all}");
    }

    #[test]
    fn a_failure_says_all_of_it_in_a_sentence() {
        let answer = answer();
        let said: Vec<String> = answer.failures().map(|result| sentence(&answer, result)).collect();
        assert_eq!(
            said[0],
            "orders: cost against the budget of api o7* is $120.50, allowed is at most $100.00"
        );
        assert!(said[1].ends_with("cannot be held to at most $0.02: some usage has no price"), "{}", said[1]);
    }

    #[test]
    fn what_programs_read_is_well_formed_whatever_the_route() {
        let written = |write: fn(&GateAnalysis, &mut dyn std::io::Write) -> std::io::Result<()>| {
            let mut text = Vec::new();
            write(&answer(), &mut text).unwrap();
            String::from_utf8(text).unwrap()
        };
        let xml = written(junit);
        assert!(xml.contains("&lt;script>") || xml.contains("&lt;script&gt;"), "{xml}");
        assert!(xml.contains("failures=\"1\"") && xml.contains("errors=\"1\""), "{xml}");
        for text in [written(json), written(sarif)] {
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(value.is_object());
        }
        let sarif: serde_json::Value = serde_json::from_str(&written(sarif)).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
        assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "budget");
    }
}
