//! The coverage of a page: each stage as a whole, and those of its days that are not complete.

use super::inert::inert;
use super::notes::share_text;
use super::number::{UNKNOWN, count};
use super::view::ComparedRow;
use crate::analysis::{CoverageDay, Quality, StageCoverage, Verdict};

/// Rows that a page lists; JSON has all of them.
const LISTED: usize = 200;

/// The rows, and how many were left out.
pub fn compared(quality: &Quality) -> (Vec<ComparedRow>, usize) {
    let stages = quality.coverage_by_stage.as_deref().unwrap_or_default();
    let mut rows: Vec<ComparedRow> = stages.iter().flat_map(of_stage).collect();
    let left_out = rows.len().saturating_sub(LISTED);
    rows.truncate(LISTED);
    (rows, left_out)
}

fn of_stage(stage: &StageCoverage) -> Vec<ComparedRow> {
    let complete = stage.days.iter().filter(|day| day.verdict == Verdict::Complete).count();
    let row = |when: String, logged: u64, counted: Option<u64>, share, verdict: String, whole| ComparedRow {
        api: inert(&stage.stage.api),
        stage: inert(&stage.stage.stage),
        counts: stage.counts().to_owned(),
        when,
        logged: count(logged),
        counted: counted.map_or_else(|| UNKNOWN.to_owned(), count),
        share: share_text(share),
        verdict,
        whole,
    };
    let counted = stage.held_of_counted().map(|(_, counted)| counted);
    let logged =
        if counted.is_some() { stage.logged() } else { stage.days.iter().map(|day| day.logged).sum() };
    let verdict = format!("complete on {complete} of {} days", stage.days.len());
    let mut rows = vec![row("all days".to_owned(), logged, counted, stage.share(), verdict, true)];
    let others = stage.days.iter().filter(|day| day.verdict != Verdict::Complete);
    rows.extend(others.map(|day| row(when(day), day.logged, day.counted, day.share(), said(day), false)));
    rows
}

fn when(day: &CoverageDay) -> String {
    match day.hours {
        0 | 24 => inert(&day.day),
        hours => format!("{}, {hours} hours", inert(&day.day)),
    }
}

fn said(day: &CoverageDay) -> String {
    day.verdict.name().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_page_names_the_days_that_are_not_complete() {
        let (rows, left_out) = compared(&fixture::covered().quality);
        let shown: Vec<String> = rows
            .iter()
            .map(|row| {
                [&row.stage, &row.when, &row.logged, &row.counted, &row.share, &row.verdict]
                    .map(String::as_str)
                    .join("|")
            })
            .collect();
        assert_eq!(
            shown,
            [
                "prod|all days|1,410|2,000|70.5%|complete on 1 of 3 days",
                "prod|2026-10-02|410|1,000|41.0%|partial",
                "prod|2026-10-03|7|–|–|no metrics",
            ]
        );
        assert_eq!(left_out, 0);
        assert!(compared(&fixture::analysis().quality).0.is_empty());
    }
}
