//! What a reader must know of the coverage, in sentences.

use std::cmp::Ordering;

use gwcost_core::model::ApiKind;
use gwcost_core::text::grouped;

use super::coverage::{Coverage, StageCoverage};
use super::coverage_day::{CoverageDay, Verdict};

/// A stage on a day.
type At<'a> = (&'a StageCoverage, &'a CoverageDay);

/// A sentence for each way in which the log is not what CloudWatch counted; none where it is.
pub fn coverage_notes(coverage: &Coverage) -> Vec<String> {
    let mut notes = Vec::new();
    let of = |verdict: Verdict, websocket: bool| -> Vec<At<'_>> {
        coverage
            .stages
            .iter()
            .filter(|stage| (stage.kind == ApiKind::WebSocket) == websocket)
            .flat_map(|stage| stage.days.iter().map(move |day| (stage, day)))
            .filter(|(_, day)| day.verdict == verdict)
            .collect()
    };
    if let (Some((held, counted)), Some(lowest)) =
        (coverage.held_of_counted(), lowest(&of(Verdict::Partial, false)))
    {
        notes.push(format!(
            "the log holds {} of the requests that CloudWatch counted; lowest: {}: {}; AWS does not log every \
             413 and 429, and half a percent is tolerated",
            percent(held, counted),
            place(lowest),
            compared(lowest.1)
        ));
    }
    let partial = of(Verdict::Partial, true);
    if let Some(lowest) = lowest(&partial) {
        notes.push(format!(
            "of WebSocket connections that CloudWatch counted the log lacks some; lowest: {}: {} (messages are \
             counted in both directions and logged in one, so they are not compared)",
            place(lowest),
            compared(lowest.1)
        ));
    }
    let more = [of(Verdict::MoreThanMetrics, false), of(Verdict::MoreThanMetrics, true)].concat();
    if let Some(first) = more.iter().copied().max_by_key(|at| excess(at.1)) {
        notes.push(format!(
            "the log holds more than CloudWatch counted, {}; most: {}: {}: look for logs that were read under \
             two names, or with the wrong API or stage",
            days(more.len()),
            place(first),
            compared(first.1)
        ));
    }
    let without = [of(Verdict::NoMetrics, false), of(Verdict::NoMetrics, true)].concat();
    if let Some(first) = without.first() {
        notes.push(format!(
            "{} of the log could not be compared with CloudWatch, first {}: {}",
            days(without.len()),
            place(*first),
            why(first.0, first.1)
        ));
    }
    let other = of(Verdict::NotComparable, true);
    if let Some(first) = other.first() {
        notes.push(format!(
            "{} of WebSocket logs cannot be compared with CloudWatch, first {}: connections are compared by \
             $context.eventType, and messages to clients may not be logged",
            days(other.len()),
            place(*first)
        ));
    }
    notes
}

/// The one of which the smallest part is there.
fn lowest<'a>(all: &[At<'a>]) -> Option<At<'a>> {
    let part =
        |day: &CoverageDay| (u128::from(day.held().unwrap_or(0)), u128::from(day.counted.unwrap_or(0)));
    all.iter().copied().min_by(|one, other| {
        let ((held, counted), (other_held, other_counted)) = (part(one.1), part(other.1));
        // Of equal parts the one with more requests says more.
        match (held * other_counted).cmp(&(other_held * counted)) {
            Ordering::Equal => other_counted.cmp(&counted),
            order => order,
        }
    })
}

/// By how much more is logged than counted.
fn excess(day: &CoverageDay) -> u64 {
    let of_messages = day.messages.map_or(0, |(logged, counted)| logged.saturating_sub(counted));
    day.logged.saturating_sub(day.counted.unwrap_or(0)).max(of_messages)
}

fn place((stage, day): At<'_>) -> String {
    format!("API {} stage {} on {}", stage.stage.api, stage.stage.stage, day.day)
}

fn compared(day: &CoverageDay) -> String {
    let counted = day.counted.unwrap_or(0);
    let hours = if day.hours == 24 { String::new() } else { format!(" in {} hours", day.hours) };
    match day.messages {
        Some((logged, counted)) if day.verdict == Verdict::MoreThanMetrics && logged > counted => {
            format!("{} messages where {} were counted{hours}", grouped(logged), grouped(counted))
        }
        _ if day.logged > counted => {
            format!("{} where {} were counted{hours}", grouped(day.logged), grouped(counted))
        }
        _ => {
            let part = percent(day.logged, counted);
            format!("{part}, {} of {}{hours}", grouped(day.logged), grouped(counted))
        }
    }
}

fn why(stage: &StageCoverage, day: &CoverageDay) -> String {
    if !stage.shared_with.is_empty() {
        return format!(
            "CloudWatch counts it together with API {}, which has the same name",
            stage.shared_with.join(", ")
        );
    }
    match &stage.asked_as {
        None => "the lake has no metrics of it: `gwcost ingest metrics:` reads them".to_owned(),
        Some(_) if day.hours == 0 => {
            "the lake has no metrics of that day: `gwcost ingest metrics:` reads them".to_owned()
        }
        Some(name) => format!("CloudWatch has no count of it, asked for as {name:?}: was it renamed?"),
    }
}

fn days(count: usize) -> String {
    let days = if count == 1 { "day of a stage" } else { "days of stages" };
    format!("{} {days}", grouped(count as u64))
}

/// A part in percent, rounded down to a tenth, so that only what is complete is 100%.
fn percent(held: u64, counted: u64) -> String {
    let tenths = u128::from(held) * 1000 / u128::from(counted.max(1));
    format!("{}.{}%", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::coverage::StageKey;
    use crate::analysis::coverage_day::{CountedHours, LoggedHours};

    fn stage(kind: ApiKind, api: &str, days: &[(u64, Option<u64>)]) -> StageCoverage {
        let days = days.iter().enumerate().filter_map(|(index, (logged, counted))| {
            let logged = LoggedHours { requests: *logged, connects: *logged, ..LoggedHours::default() };
            let counted = CountedHours { requests: *counted, connects: *counted, messages: *counted };
            CoverageDay::compare(kind, format!("2026-10-{:02}", index + 1), 24, logged, counted)
        });
        StageCoverage {
            stage: StageKey {
                account: "111122223333".to_owned(),
                region: "us-east-1".to_owned(),
                api: api.to_owned(),
                stage: "prod".to_owned(),
            },
            kind,
            days: days.collect(),
            asked_as: Some("orders".to_owned()),
            shared_with: Vec::new(),
        }
    }

    fn notes(stages: Vec<StageCoverage>) -> Vec<String> {
        coverage_notes(&Coverage { stages })
    }

    #[test]
    fn a_complete_log_needs_no_note() {
        let all = [(1000, Some(1000)), (1001, Some(1000))];
        assert_eq!(
            notes(vec![stage(ApiKind::Rest, "a", &all), stage(ApiKind::WebSocket, "w", &all)]),
            [""; 0]
        );
    }

    #[test]
    fn the_lowest_day_is_named() {
        let said = notes(vec![
            stage(ApiKind::Rest, "a", &[(1000, Some(1000)), (410, Some(1000))]),
            stage(ApiKind::Http, "b", &[(99, Some(100)), (3000, Some(2000))]),
        ]);
        // 1000 + 410 + 99 + 2000 of 4100: what is too much does not count.
        assert!(
            said[0].starts_with(
                "the log holds 85.5% of the requests that CloudWatch counted; lowest: API a stage prod on \
                 2026-10-02: 41.0%, 410 of 1,000"
            ),
            "{said:?}"
        );
        assert!(said[1].contains("most: API b stage prod on 2026-10-02: 3,000 where 2,000"), "{said:?}");
        assert_eq!(said.len(), 2);
    }

    #[test]
    fn what_cannot_be_compared_says_why() {
        let mut shared = stage(ApiKind::Rest, "a", &[(5, None)]);
        shared.shared_with = vec!["b".to_owned()];
        assert!(notes(vec![shared])[0].contains("together with API b, which has the same name"));
        let renamed = stage(ApiKind::Rest, "a", &[(5, None)]);
        assert!(notes(vec![renamed])[0].contains("asked for as \"orders\": was it renamed?"));
        let mut never = stage(ApiKind::Rest, "a", &[(5, None), (6, None)]);
        never.asked_as = None;
        let said = notes(vec![never]);
        assert!(
            said[0].starts_with("2 days of stages of the log") && said[0].contains("gwcost ingest metrics:")
        );
    }

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!(percent(9_999, 10_000), "99.9%");
        assert_eq!(percent(10_000, 10_000), "100.0%");
    }
}
