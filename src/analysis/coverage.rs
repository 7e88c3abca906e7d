//! How much of what CloudWatch counted the log holds, by stage and UTC day.
//!
//! Compared are whole hours that lie in the window and that CloudWatch was asked about late enough. Method
//! and route play no part: a stage has a count of its own.

use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::metrics::{HOUR_MS, Level, SETTLES_AFTER_MS, Statistic};
use gwcost_core::model::{ApiKind, DAY_MS, Window, parse_instant};
use rust_decimal::Decimal;

use super::AnalysisError;
use super::coverage_day::{CountedHours, CoverageDay, LoggedHours, Verdict, share};
use super::dimension::Dimension;
use super::evidence::Table;
use super::filter::Filters;
use super::frame::requests;
use super::query::{COVERAGE, Queries};
use crate::lake::{Lake, MetricRow, MetricsLook, metrics_looks, visit_metrics};

/// The dimensions of a stage in an hour.
const BY: [Dimension; 5] =
    [Dimension::Account, Dimension::Region, Dimension::Api, Dimension::Stage, Dimension::Hour];

/// A stage of an API.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StageKey {
    /// Twelve digits.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// The API's id.
    pub api: String,
    /// The stage's name.
    pub stage: String,
}

/// A stage's log and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageCoverage {
    /// The stage.
    pub stage: StageKey,
    /// The kind of API.
    pub kind: ApiKind,
    /// The days on which anything was logged or counted, in order.
    pub days: Vec<CoverageDay>,
    /// What CloudWatch was asked for, where it was: `orders` as the API's name.
    pub asked_as: Option<String>,
    /// Other APIs with the same series, so that nothing can be attributed.
    pub shared_with: Vec<String>,
}

/// All stages of a window, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Those that have anything logged or counted.
    pub stages: Vec<StageCoverage>,
}

/// Holds the log against the metrics in the lake. `None`: it has no metrics of the window and the selected
/// stages, so there is nothing to compare with.
///
/// # Errors
/// [`AnalysisError`].
pub fn coverage(
    lake: &Lake,
    queries: &Queries,
    window: Window,
    filters: &Filters,
) -> Result<Option<Coverage>, AnalysisError> {
    let filters = filters.without(Dimension::Method).without(Dimension::Route).without(Dimension::Country);
    let selected = |key: &StageKey| filters.select(|dimension| key.value(dimension));
    let mut stages: BTreeMap<StageKey, Stage> = BTreeMap::new();
    for look in metrics_looks(lake.records()).filter(|look| window.overlaps(look.from_ms, look.to_ms - 1)) {
        let key = StageKey::of_look(look);
        let Ok(kind) = look.api_kind.parse::<ApiKind>() else { continue };
        if selected(&key) {
            stages.entry(key).or_insert_with(|| Stage::new(kind)).asked(look, window);
        }
    }
    if stages.is_empty() {
        return Ok(None);
    }
    // Whole days, because compared hours lie in them; what is outside is left out hour by hour.
    visit_metrics(lake, window, |row| {
        if row.level != Level::Stage.name() || row.statistic != Statistic::Sum.name() {
            return;
        }
        if !matches!(row.metric, "Count" | "ConnectCount" | "MessageCount") {
            return;
        }
        if let Some(stage) = stages.get_mut(&StageKey::of_row(&row)) {
            stage.count(&row);
        }
    })?;
    add_logged(lake, queries, window, &selected, &mut stages)?;
    let stages =
        stages.into_iter().map(|(key, stage)| stage.compare(key)).filter(|stage| !stage.days.is_empty());
    Ok(Some(Coverage { stages: stages.collect() }))
}

fn add_logged(
    lake: &Lake,
    queries: &Queries,
    window: Window,
    selected: &impl Fn(&StageKey) -> bool,
    stages: &mut BTreeMap<StageKey, Stage>,
) -> Result<(), AnalysisError> {
    let frame = queries.run(COVERAGE, requests(lake, window, &BY, None)?, &BY)?;
    let table = Table::new(&frame, COVERAGE);
    let columns = BY.iter().map(|dimension| table.text(dimension.name())).collect::<Result<Vec<_>, _>>()?;
    let (kind, event) = (table.text("api_kind")?, table.text("event_type")?);
    let (rows, throttled) = (table.integer("requests")?, table.integer("throttled")?);
    let damaged =
        |column: &str| AnalysisError::Column { query: COVERAGE.file.to_owned(), column: column.to_owned() };
    for row in 0..table.rows() {
        let text = |column: usize| columns[column].get(row).unwrap_or_default().to_owned();
        let key = StageKey { account: text(0), region: text(1), api: text(2), stage: text(3) };
        if !selected(&key) {
            continue;
        }
        let hour_ms = parse_instant(&text(4)).map_err(|_| damaged("hour"))?;
        let kind: ApiKind =
            kind.get(row).and_then(|kind| kind.parse().ok()).ok_or_else(|| damaged("api_kind"))?;
        let requests = rows.get(row).unwrap_or(0).unsigned_abs();
        let event = event.get(row).filter(|_| kind == ApiKind::WebSocket);
        let of = |name: &str| if event == Some(name) { requests } else { 0 };
        let logged = LoggedHours {
            requests,
            throttled: throttled.get(row).unwrap_or(0).unsigned_abs(),
            connects: of("CONNECT"),
            messages: of("MESSAGE"),
            unknown: if kind == ApiKind::WebSocket && event.is_none() { requests } else { 0 },
        };
        stages.entry(key).or_insert_with(|| Stage::new(kind)).log(hour_ms, logged);
    }
    Ok(())
}

/// What is known of a stage while it is being gathered.
struct Stage {
    kind: ApiKind,
    days: BTreeMap<i64, Day>,
    asked_as: Option<String>,
    shared_with: BTreeSet<String>,
}

#[derive(Default)]
struct Day {
    /// CloudWatch was asked about it.
    asked: bool,
    /// The hours that are compared; `None` where there are none.
    compared: Option<Window>,
    /// What is logged in these hours.
    logged: LoggedHours,
    /// What is logged in all hours of the window.
    all: LoggedHours,
    counted: CountedHours,
}

impl Stage {
    fn new(kind: ApiKind) -> Stage {
        Stage { kind, days: BTreeMap::new(), asked_as: None, shared_with: BTreeSet::new() }
    }

    fn asked(&mut self, look: &MetricsLook, window: Window) {
        if !look.shared_with.is_empty() {
            self.shared_with.extend(look.shared_with.iter().cloned());
            return;
        }
        self.asked_as = Some(look.api_name.clone());
        let up = |ms: i64| (ms + HOUR_MS - 1).div_euclid(HOUR_MS) * HOUR_MS;
        let down = |ms: i64| ms.div_euclid(HOUR_MS) * HOUR_MS;
        let from_ms = up(window.from_ms).max(up(look.from_ms));
        let settled = down(look.fetched_at_ms - SETTLES_AFTER_MS);
        let to_ms = down(window.to_ms).min(down(look.to_ms)).min(settled);
        let day = self.days.entry(look.day()).or_default();
        day.asked = true;
        day.compared = Window::new(from_ms, to_ms).ok();
    }

    fn count(&mut self, row: &MetricRow<&str>) {
        let Some(day) = self.days.get_mut(&row.start_ms.div_euclid(DAY_MS)) else { return };
        let inside =
            day.compared.is_some_and(|hours| hours.from_ms <= row.start_ms && row.end_ms() <= hours.to_ms);
        if !inside {
            return;
        }
        let sum = match row.metric {
            "Count" => &mut day.counted.requests,
            "ConnectCount" => &mut day.counted.connects,
            _ => &mut day.counted.messages,
        };
        *sum = Some(sum.unwrap_or(0) + row.value.unsigned_abs());
    }

    fn log(&mut self, hour_ms: i64, logged: LoggedHours) {
        let day = self.days.entry(hour_ms.div_euclid(DAY_MS)).or_default();
        day.all.add(logged);
        if day.compared.is_some_and(|hours| hours.contains(hour_ms)) {
            day.logged.add(logged);
        }
    }

    fn compare(self, stage: StageKey) -> StageCoverage {
        let kind = self.kind;
        let days = self.days.into_iter().filter_map(|(number, day)| {
            let name = day_name(number);
            match day.compared {
                Some(hours) => {
                    let hours = u32::try_from((hours.to_ms - hours.from_ms) / HOUR_MS).unwrap_or(0);
                    CoverageDay::compare(kind, name, hours, day.logged, day.counted)
                }
                None => CoverageDay::without_hours(kind, name, day.all, day.asked),
            }
        });
        let days = days.collect();
        let shared_with = self.shared_with.into_iter().collect();
        StageCoverage { stage, kind, days, asked_as: self.asked_as, shared_with }
    }
}

impl LoggedHours {
    fn add(&mut self, other: LoggedHours) {
        self.requests += other.requests;
        self.throttled += other.throttled;
        self.connects += other.connects;
        self.messages += other.messages;
        self.unknown += other.unknown;
    }
}

impl StageKey {
    fn of_look(look: &MetricsLook) -> StageKey {
        StageKey {
            account: look.account.clone(),
            region: look.region.clone(),
            api: look.api.clone(),
            stage: look.stage.clone(),
        }
    }

    /// The stage of a value.
    pub(super) fn of_row(row: &MetricRow<&str>) -> StageKey {
        StageKey {
            account: row.account.to_owned(),
            region: row.region.to_owned(),
            api: row.api.to_owned(),
            stage: row.stage.to_owned(),
        }
    }

    fn value(&self, dimension: Dimension) -> Option<&str> {
        match dimension {
            Dimension::Account => Some(&self.account),
            Dimension::Region => Some(&self.region),
            Dimension::Api => Some(&self.api),
            Dimension::Stage => Some(&self.stage),
            _ => None,
        }
    }
}

impl StageCoverage {
    /// What is counted: `requests`, or `connections` of a WebSocket API.
    pub fn counts(&self) -> &'static str {
        if self.kind == ApiKind::WebSocket { "connections" } else { "requests" }
    }

    /// What the log holds of the counted and what was counted, over the days that could be compared. `None`:
    /// none could.
    pub fn held_of_counted(&self) -> Option<(u64, u64)> {
        let mut sum = None;
        for day in &self.days {
            if let (Some(held), Some(counted)) = (day.held(), day.counted) {
                let (all_held, all_counted) = sum.get_or_insert((0, 0));
                *all_held += held;
                *all_counted += counted;
            }
        }
        sum
    }

    /// What of the counted the log holds, 0 to 1.
    pub fn share(&self) -> Option<Decimal> {
        let (held, counted) = self.held_of_counted()?;
        share(held, counted)
    }

    /// What the log holds of the compared days, more than was counted included.
    pub fn logged(&self) -> u64 {
        self.days.iter().filter(|day| day.counted.is_some()).map(|day| day.logged).sum()
    }

    /// The worst verdict of its days.
    pub fn verdict(&self) -> Verdict {
        self.days.iter().map(|day| day.verdict).max().unwrap_or(Verdict::Complete)
    }
}

impl Coverage {
    /// What the log holds of the requests that CloudWatch counted, over all REST and HTTP stages and days that
    /// could be compared. Where the log holds more than was counted, that does not make up for less elsewhere.
    pub fn held_of_counted(&self) -> Option<(u64, u64)> {
        let calls = self.stages.iter().filter(|stage| stage.kind != ApiKind::WebSocket);
        calls
            .filter_map(StageCoverage::held_of_counted)
            .reduce(|one, other| (one.0 + other.0, one.1 + other.1))
    }

    /// The same as a part of 1.
    pub fn share(&self) -> Option<Decimal> {
        let (held, counted) = self.held_of_counted()?;
        share(held, counted)
    }

    /// For each stage and day: what is logged, and what was counted. Logged usage of that day times counted over
    /// logged is the usage that CloudWatch counted, spread as the log spreads it. Only whole days of which
    /// something is logged: nothing can be spread by an empty log.
    pub fn factors(&self) -> impl Iterator<Item = (&StageKey, &str, u64, u64)> {
        self.stages.iter().filter(|stage| stage.kind != ApiKind::WebSocket).flat_map(|stage| {
            let whole = stage.days.iter().filter(|day| day.hours == 24 && day.logged > 0);
            whole.filter_map(|day| Some((&stage.stage, day.day.as_str(), day.logged, day.counted?)))
        })
    }
}

/// `2026-10-31` of a day counted from 1970-01-01.
fn day_name(day: i64) -> String {
    let text = Window { from_ms: day * DAY_MS, to_ms: day * DAY_MS }.from_rfc3339();
    text.get(..10).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(kind: ApiKind, days: &[(u32, u64, Option<u64>)]) -> StageCoverage {
        let text = str::to_owned;
        let stage =
            StageKey { account: text("1"), region: text("us-east-1"), api: text("a"), stage: text("prod") };
        let day = |(index, (hours, logged, counted)): (usize, &(u32, u64, Option<u64>))| {
            let logged = LoggedHours { requests: *logged, connects: *logged, ..LoggedHours::default() };
            let counted = CountedHours { requests: *counted, connects: *counted, messages: None };
            CoverageDay::compare(kind, day_name(20_727 + index as i64), *hours, logged, counted)
        };
        let days = days.iter().enumerate().filter_map(day).collect();
        StageCoverage { stage, kind, days, asked_as: None, shared_with: Vec::new() }
    }

    #[test]
    fn factors_are_whole_days_that_something_can_be_spread_by() {
        let days = [(24, 10, Some(40)), (7, 10, Some(40)), (24, 0, Some(5)), (24, 3, None), (24, 9, Some(6))];
        let coverage = Coverage {
            stages: vec![stage(ApiKind::Rest, &days), stage(ApiKind::WebSocket, &[(24, 1, Some(2))])],
        };
        let factors: Vec<(&str, u64, u64)> =
            coverage.factors().map(|(_, day, logged, counted)| (day, logged, counted)).collect();
        assert_eq!(factors, [("2026-10-01", 10, 40), ("2026-10-05", 9, 6)]);
        // 10 + 10 + 0 + 6 of 40 + 40 + 5 + 6: more on one day does not make up for less on another.
        assert_eq!(coverage.held_of_counted(), Some((26, 91)));
        assert_eq!(coverage.stages[0].verdict(), Verdict::Partial);
        assert_eq!(coverage.stages[1].counts(), "connections");
    }

    #[test]
    fn without_a_count_there_is_no_share() {
        let coverage = Coverage { stages: vec![stage(ApiKind::Http, &[(24, 3, None)])] };
        assert_eq!((coverage.held_of_counted(), coverage.share()), (None, None));
        assert_eq!(coverage.stages[0].verdict(), Verdict::NoMetrics);
    }
}
