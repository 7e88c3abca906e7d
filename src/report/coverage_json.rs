//! `quality.coverage_by_stage` of the JSON interface: each stage, and each day of it.

use serde::Serialize;

use super::fields::Field;
use crate::analysis::{CoverageDay, StageCoverage};

/// A stage.
#[derive(Serialize)]
pub(super) struct StageFigures<'a> {
    account: &'a str,
    region: &'a str,
    api: &'a str,
    api_kind: &'static str,
    stage: &'a str,
    counts: &'static str,
    logged: u64,
    counted: Option<u64>,
    share: Field<'static>,
    verdict: &'static str,
    shared_with: &'a [String],
    days: Vec<DayFigures<'a>>,
}

#[derive(Serialize)]
struct DayFigures<'a> {
    day: &'a str,
    hours: u32,
    logged: u64,
    counted: Option<u64>,
    share: Field<'static>,
    messages_logged: Option<u64>,
    messages_counted: Option<u64>,
    verdict: &'static str,
}

impl<'a> StageFigures<'a> {
    pub(super) fn of_all(stages: &'a [StageCoverage]) -> Vec<StageFigures<'a>> {
        stages.iter().map(StageFigures::of).collect()
    }

    fn of(stage: &'a StageCoverage) -> StageFigures<'a> {
        StageFigures {
            account: &stage.stage.account,
            region: &stage.stage.region,
            api: &stage.stage.api,
            api_kind: stage.kind.name(),
            stage: &stage.stage.stage,
            counts: stage.counts(),
            logged: stage.logged(),
            counted: stage.held_of_counted().map(|(_, counted)| counted),
            share: stage.share().into(),
            verdict: stage.verdict().name(),
            shared_with: &stage.shared_with,
            days: stage.days.iter().map(DayFigures::of).collect(),
        }
    }
}

impl<'a> DayFigures<'a> {
    fn of(day: &'a CoverageDay) -> DayFigures<'a> {
        let (messages_logged, messages_counted) = day.messages.unzip();
        DayFigures {
            day: &day.day,
            hours: day.hours,
            logged: day.logged,
            counted: day.counted,
            share: day.share().into(),
            messages_logged,
            messages_counted,
            verdict: day.verdict.name(),
        }
    }
}
