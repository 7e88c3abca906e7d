//! The summary of an ingest, for programs and for people.

use std::collections::BTreeMap;

use serde::Serialize;

use super::places::MetricsOf;
use super::settings::{Ingested, Region};
use crate::ingest::Summary;
use crate::lake::{LakePlace, UnitRecord};
use crate::report::{bytes, counted};

/// The summary's shape for programs.
const SCHEMA: &str = "gwcost/ingest/1";

/// Reasons of rejects that the summary for people names.
const REASONS_SHOWN: usize = 5;

/// The summary as programs read it.
#[derive(Serialize)]
pub struct Figures<'a> {
    schema: &'static str,
    units: u64,
    units_skipped: u64,
    units_replaced: u64,
    units_failed: u64,
    lines: u64,
    rows: u64,
    rejects: u64,
    duplicates: u64,
    possible_duplicates: u64,
    tolerant_lines: u64,
    bytes_in: u64,
    hours_fetched: u64,
    hours_empty: u64,
    hours_settled: u64,
    hours_expired: u64,
    seconds: f64,
    reject_reasons: BTreeMap<String, u64>,
    /// What was read beside logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Vec<Region<'a>>>,
    #[serde(skip_serializing_if = "<[MetricsOf]>::is_empty")]
    metrics: &'a [MetricsOf],
}

impl<'a> Figures<'a> {
    /// Of what came of an ingest in so many seconds.
    pub fn new(summary: &Summary, seconds: f64) -> Figures<'a> {
        let sum = |figure: fn(&UnitRecord) -> u64| summary.units.iter().map(figure).sum();
        let mut reasons = BTreeMap::new();
        for (reason, count) in summary.units.iter().flat_map(|unit| &unit.reject_reasons) {
            *reasons.entry(reason.clone()).or_default() += count;
        }
        Figures {
            schema: SCHEMA,
            units: summary.units.len() as u64,
            units_skipped: summary.skipped,
            units_replaced: summary.replaced,
            units_failed: summary.failures.len() as u64,
            lines: sum(|unit| unit.lines),
            rows: sum(|unit| unit.rows),
            rejects: sum(|unit| unit.rejects),
            duplicates: sum(|unit| unit.duplicates),
            possible_duplicates: sum(|unit| unit.possible_duplicates),
            tolerant_lines: sum(|unit| unit.tolerant),
            bytes_in: summary.bytes_in,
            hours_fetched: summary.hours.fetched,
            hours_empty: summary.hours.empty,
            hours_settled: summary.hours.settled,
            hours_expired: summary.hours.expired,
            seconds: (seconds * 1000.0).round() / 1000.0,
            reject_reasons: reasons,
            settings: None,
            metrics: &[],
        }
    }

    /// With the settings and metrics that the same run read.
    pub fn with(self, settings: Option<&'a Ingested>, metrics: &'a [MetricsOf]) -> Figures<'a> {
        let settings = settings.map(|ingested| ingested.regions.iter().map(Region::of).collect());
        Figures { settings, metrics, ..self }
    }

    /// A few lines for people; `lake` is where the rows went.
    pub fn text(&self, lake: &LakePlace) -> String {
        let mut text = format!(
            "{} from {} in {} ({}) into {}, {:.1} s\n",
            counted(self.rows, "row"),
            counted(self.lines, "line"),
            counted(self.units, "unit"),
            bytes(self.bytes_in),
            lake.display(),
            self.seconds
        );
        let remark = |figure: u64, thing: &str, what: &str| match figure {
            0 => String::new(),
            figure => format!("{} {what}\n", counted(figure, thing)),
        };
        let of_groups = |figure: u64, what: &str| remark(figure, "hour", &format!("of log groups {what}"));
        text += &of_groups(self.hours_fetched, "fetched");
        text += &of_groups(self.hours_empty, "without an event among them");
        text += &of_groups(
            self.hours_settled,
            "skipped: the lake holds them, and nothing is added to them any more",
        );
        text +=
            &of_groups(self.hours_expired, "not there any more: CloudWatch Logs has deleted their events");
        text += &remark(self.units_skipped, "unit", "skipped: the lake holds the same already");
        text += &remark(self.units_replaced, "unit", "replaced by a newer reading");
        text += &remark(self.units_failed, "unit", "failed: see the errors above");
        text += &remark(self.rejects, "line", "rejected, kept in rejects/ with the reason:");
        let mut reasons: Vec<(&String, &u64)> = self.reject_reasons.iter().collect();
        reasons.sort_by(|one, other| other.1.cmp(one.1));
        for (reason, count) in reasons.into_iter().take(REASONS_SHOWN) {
            text += &format!("  {}: {reason}\n", counted(*count, "line"));
        }
        text += &remark(self.duplicates, "duplicate", "left out");
        text += &remark(self.possible_duplicates, "possible duplicate", "kept: equal lines without an id");
        text += &remark(
            self.tolerant_lines,
            "line",
            "read the tolerant way: not exactly as the format prints them",
        );
        text
    }
}
