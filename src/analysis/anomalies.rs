//! Hours that leave their own season: of APIs, of endpoints and of API keys, with what moved and what it cost.

use std::collections::BTreeMap;

use gwcost_core::model::{DAY_MS, RouteLimits, Window, parse_instant};
use gwcost_core::pricing::{HttpMetering, rounded};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::AnalysisError;
use super::anomaly_series::{Excursion, excursions};
use super::catalog::Catalog;
use super::cost::{CostQuestion, cost};
use super::dimension::Dimension;
use super::evidence::Table;
use super::filter::Filters;
use super::frame::requests;
use super::query::{Queries, TRAFFIC};
use super::row::SortKey;
use super::season::median;
use crate::lake::Lake;

const HOUR_MS: i64 = 3_600_000;

/// Days that are looked back on.
const DAYS_BACK: i64 = 56;

/// Anomalies whose cause is looked for.
const MOST_CAUSES: usize = 20;

/// The part of an excess that one value must make to be its cause.
const MAIN_PART: f64 = 0.6;

/// Requests of a day that a mean size needs.
const LEAST_SIZED: u64 = 100;

/// How many times a mean size must change to be an anomaly.
const LEAST_FACTOR: f64 = 2.0;

/// What is asked.
#[derive(Clone, Debug)]
pub struct AnomalyQuestion {
    /// Anomalies that end in this window are reported.
    pub window: Window,
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
    /// How many routes made from paths are kept in each stage.
    pub limits: RouteLimits,
    /// Dollars that an anomaly costs or spares, at least.
    pub least: Decimal,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Anomalies {
    /// Anomalies that end in this window were asked for.
    pub window: Window,
    /// The hours that were looked at.
    pub history: Window,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// The dearest first.
    pub found: Vec<Anomaly>,
    /// Series that were looked at.
    pub series: u64,
    /// Series that are too short to say anything of.
    pub silent: u64,
}

/// What left its season.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Requests.
    Requests,
    /// Requests with status 400 and above.
    Errors,
    /// Bytes of a response.
    Size,
}

impl Measure {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Requests => "requests",
            Measure::Errors => "errors",
            Measure::Size => "bytes_per_response",
        }
    }
}

/// Hours, or a day, that left their season.
#[derive(Clone, Debug)]
pub struct Anomaly {
    /// What of it.
    pub measure: Measure,
    /// Whose: dimensions with their values.
    pub of: Vec<(Dimension, Option<String>)>,
    /// When.
    pub window: Window,
    /// What was counted; bytes of a mean response for [`Measure::Size`].
    pub actual: u64,
    /// What would have been usual.
    pub expected: u64,
    /// The part of the excess that one value makes, with its dimension: `key`, `k1`, 0.98.
    pub cause: Option<(Dimension, Option<String>, Decimal)>,
    /// What it cost more, or less, so far, at the average cost of such a request.
    pub dollars: Option<Decimal>,
    /// It lasts until the end of what the lake holds.
    pub goes_on: bool,
}

/// Requests, errors and bytes of an hour.
#[derive(Clone, Copy, Default)]
struct Hour {
    requests: u64,
    with_status: u64,
    errors: u64,
    sized: u64,
    bytes: u64,
}

type Values = Vec<Option<String>>;
type Series = BTreeMap<i64, Hour>;

const OF_API: [Dimension; 3] = [Dimension::Account, Dimension::Region, Dimension::Api];
const OF_KEY: [Dimension; 3] = [Dimension::Account, Dimension::Region, Dimension::Key];

/// Looks for anomalies.
///
/// # Errors
/// [`AnalysisError`].
pub fn anomalies(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &AnomalyQuestion,
) -> Result<Anomalies, AnalysisError> {
    let back = question.window.to_ms.div_euclid(DAY_MS) - DAYS_BACK;
    let history =
        Window { from_ms: (back * DAY_MS).min(question.window.from_ms), to_ms: question.window.to_ms };
    let endpoint = Dimension::ENDPOINT;
    let endpoints = hours(lake, queries, history, &endpoint)?;
    let keys = hours(lake, queries, history, &OF_KEY)?;
    let mut apis: BTreeMap<Values, Series> = BTreeMap::new();
    for (values, series) in &endpoints {
        let sum = apis.entry(values[..3].to_vec()).or_default();
        for (hour, of) in series {
            sum.entry(*hour).or_default().add(of);
        }
    }
    let first = apis.values().filter_map(|series| series.keys().next()).min().copied();
    let last = apis.values().filter_map(|series| series.keys().next_back()).max().copied();
    let mut answer = Anomalies {
        window: question.window,
        history,
        currency: catalog.currency().to_owned(),
        found: Vec::new(),
        series: 0,
        silent: 0,
    };
    let (Some(first), Some(last)) = (first, last) else { return Ok(answer) };
    let span = (first, last + 1);
    answer.history.from_ms = answer.history.from_ms.max(first * HOUR_MS);
    let history = answer.history;
    // What is said of an API need not be said of its endpoints and keys again.
    let mut levels = Vec::new();
    for (dimensions, all) in [(&OF_API[..], &apis), (&endpoint[..], &endpoints), (&OF_KEY[..], &keys)] {
        let mut found = Vec::new();
        for (values, series) in all {
            if dimensions == OF_KEY && values[2].is_none() {
                continue;
            }
            answer.series += 1;
            match of_series(dimensions, values, series, span) {
                Some(more) => found.extend(more),
                None => answer.silent += 1,
            }
        }
        levels.push(found);
    }
    for found in levels {
        for anomaly in found {
            let of_window = anomaly.window.to_ms > question.window.from_ms;
            let said = answer.found.iter().any(|known| known.holds(&anomaly));
            if of_window && !said {
                answer.found.push(anomaly);
            }
        }
    }
    price(lake, queries, catalog, question, history, &mut answer.found)?;
    answer.found.retain(|of| of.dollars.is_none_or(|dollars| dollars.abs() >= question.least));
    answer.found.sort_by(|one, other| {
        let size = |of: &Anomaly| of.dollars.unwrap_or_default().abs();
        size(other).cmp(&size(one)).then_with(|| one.window.from_ms.cmp(&other.window.from_ms))
    });
    for anomaly in answer.found.iter_mut().take(MOST_CAUSES) {
        anomaly.cause = cause(lake, queries, anomaly, history)?;
    }
    Ok(answer)
}

/// Hourly figures by some dimensions.
fn hours(
    lake: &Lake,
    queries: &Queries,
    window: Window,
    by: &[Dimension],
) -> Result<BTreeMap<Values, Series>, AnalysisError> {
    let dimensions = [by, &[Dimension::Hour]].concat();
    let frame =
        queries.run(TRAFFIC, requests(lake, window, &dimensions, queries.countries())?, &dimensions)?;
    let table = Table::new(&frame, TRAFFIC);
    let columns =
        by.iter().map(|dimension| table.dimension(dimension.name())).collect::<Result<Vec<_>, _>>()?;
    let hour = table.dimension(Dimension::Hour.name())?;
    let measures = TRAFFIC.measures.iter().map(|name| table.integer(name)).collect::<Result<Vec<_>, _>>()?;
    let mut all: BTreeMap<Values, Series> = BTreeMap::new();
    for (row, hour) in hour.iter().enumerate() {
        // `2026-10-31T12:00Z`
        let start = hour.as_deref().and_then(|text| parse_instant(&text.replace(":00Z", ":00:00Z")).ok());
        let Some(start) = start else { continue };
        let values = columns.iter().map(|column| column[row].clone()).collect();
        let measure = |at: usize| measures.get(at).and_then(|of| of.get(row)).unwrap_or(0).unsigned_abs();
        let of = Hour {
            requests: measure(0),
            with_status: measure(1),
            errors: measure(2),
            sized: measure(3),
            bytes: measure(4),
        };
        all.entry(values).or_default().entry(start.div_euclid(HOUR_MS)).or_default().add(&of);
    }
    Ok(all)
}

impl Hour {
    fn add(&mut self, other: &Hour) {
        self.requests += other.requests;
        self.with_status += other.with_status;
        self.errors += other.errors;
        self.sized += other.sized;
        self.bytes += other.bytes;
    }
}

/// The anomalies of one series; `None` where it is too short.
fn of_series(
    dimensions: &[Dimension],
    values: &[Option<String>],
    series: &Series,
    (first, end): (i64, i64),
) -> Option<Vec<Anomaly>> {
    let start = *series.keys().next()?;
    // A series begins where it was first seen: an API that is new was not silent before.
    let start = if start - first < 24 { first } else { start };
    let counts = |figure: fn(&Hour) -> u64| series.iter().map(|(hour, of)| (*hour, figure(of))).collect();
    let of: Vec<(Dimension, Option<String>)> =
        dimensions.iter().copied().zip(values.iter().cloned()).collect();
    let anomaly = |measure: Measure, excursion: &Excursion| Anomaly {
        measure,
        of: of.clone(),
        window: Window { from_ms: excursion.from_hour * HOUR_MS, to_ms: excursion.to_hour * HOUR_MS },
        actual: excursion.actual,
        expected: excursion.expected.round() as u64,
        cause: None,
        dollars: None,
        goes_on: excursion.to_hour >= end,
    };
    // The last hour is mostly a part of one.
    let requests = excursions(&counts(|of| of.requests), start, end - 1)?;
    let mut found: Vec<Anomaly> = requests.iter().map(|of| anomaly(Measure::Requests, of)).collect();
    for excursion in excursions(&counts(|of| of.errors), start, end - 1)? {
        // More requests bring more errors; the share must have risen too.
        let inside = Window { from_ms: excursion.from_hour, to_ms: excursion.to_hour };
        let sum = |figure: fn(&Hour) -> u64| -> u64 {
            let hours = series.iter().filter(|(hour, _)| inside.contains(**hour));
            hours.map(|(_, of)| figure(of)).sum()
        };
        let (errors, all) = (sum(|of| of.errors), sum(|of| of.with_status));
        let others = series.iter().filter(|(hour, of)| !inside.contains(**hour) && of.with_status > 0);
        let (mut usual_errors, mut usual) = (0u64, 0u64);
        for (_, of) in others {
            usual_errors += of.errors;
            usual += of.with_status;
        }
        let expected = usual_errors as f64 / usual.max(1) as f64 * all as f64;
        if excursion.scales > 0.0 && errors as f64 > 2.0 * expected {
            found.push(Anomaly { expected: expected.round() as u64, ..anomaly(Measure::Errors, &excursion) });
        }
    }
    found.extend(of_sizes(&of, series, end));
    Some(found)
}

/// Days whose mean response is larger by far than that of most days.
fn of_sizes(of: &[(Dimension, Option<String>)], series: &Series, end: i64) -> Vec<Anomaly> {
    let mut days: BTreeMap<i64, Hour> = BTreeMap::new();
    for (hour, of) in series {
        days.entry(hour.div_euclid(24)).or_default().add(of);
    }
    days.retain(|_, of| of.sized >= LEAST_SIZED);
    let mean = |of: &Hour| of.bytes as f64 / of.sized as f64;
    let logs: Vec<f64> = days.values().map(|of| mean(of).max(1.0).ln()).collect();
    let Some(centre) = median(&logs).filter(|_| days.len() >= super::season::LEAST_DAYS) else {
        return Vec::new();
    };
    let Some(scale) = super::season::deviation(&logs, centre) else { return Vec::new() };
    let far = |log: f64| {
        log - centre > LEAST_FACTOR.ln() && log - centre > super::anomaly_series::SIGNIFICANT * scale
    };
    let last_day = (end - 1).div_euclid(24);
    days.iter()
        .zip(&logs)
        .filter(|(_, log)| far(**log))
        .map(|((day, of_day), _)| Anomaly {
            measure: Measure::Size,
            of: of.to_vec(),
            window: Window { from_ms: day * DAY_MS, to_ms: (day + 1) * DAY_MS },
            actual: mean(of_day).round() as u64,
            expected: centre.exp().round() as u64,
            cause: None,
            // Bytes, until they are priced.
            dollars: Decimal::from_f64((mean(of_day) - centre.exp()) * of_day.sized as f64),
            goes_on: *day == last_day,
        })
        .collect()
}

impl Anomaly {
    fn value(&self, dimension: Dimension) -> Option<&str> {
        self.of.iter().find(|(of, _)| *of == dimension)?.1.as_deref()
    }

    /// Whether another one is the same at a closer look: inside of it in time, and of a part of it.
    fn holds(&self, other: &Anomaly) -> bool {
        let overlaps = self.window.from_ms < other.window.to_ms && other.window.from_ms < self.window.to_ms;
        let rises = |of: &Anomaly| of.actual >= of.expected;
        // A key has no API of its own.
        let same = |dimension| match (self.value(dimension), other.value(dimension)) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        overlaps
            && self.measure == other.measure
            && rises(self) == rises(other)
            && OF_API.into_iter().all(same)
    }
}

/// What anomalies cost, at the average cost of their requests, or of their bytes.
fn price(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &AnomalyQuestion,
    history: Window,
    found: &mut [Anomaly],
) -> Result<(), AnalysisError> {
    if found.is_empty() {
        return Ok(());
    }
    let asked = CostQuestion {
        window: history,
        by: [&Dimension::ENDPOINT[..], &[Dimension::Key]].concat(),
        filters: Filters::default(),
        sort: SortKey::default(),
        top: None,
        metering: question.metering,
        limits: question.limits.clone(),
        days: false,
    };
    let analysis = cost(lake, queries, catalog, &asked)?;
    for anomaly in found {
        let mut sum = super::Measures::default();
        for row in &analysis.rows {
            let value = |dimension: &Dimension| {
                let at = asked.by.iter().position(|of| of == dimension);
                at.and_then(|at| row.values[at].clone())
            };
            if anomaly.of.iter().all(|(dimension, wanted)| value(dimension) == *wanted) {
                sum.add(&row.measures);
            }
        }
        let more = Decimal::from(anomaly.actual) - Decimal::from(anomaly.expected);
        anomaly.dollars = match anomaly.measure {
            Measure::Size => anomaly.dollars.and_then(|bytes| {
                let (cost, of) = (sum.transfer_cost?, sum.response_bytes.filter(|bytes| *bytes > 0)?);
                Some(rounded(bytes * cost / Decimal::from(of)))
            }),
            _ => sum
                .cost
                .filter(|_| sum.requests > 0)
                .map(|cost| rounded(more * cost / Decimal::from(sum.requests))),
        };
    }
    Ok(())
}

/// Which value of which dimension moved: held against the same hours of the weeks before.
fn cause(
    lake: &Lake,
    queries: &Queries,
    anomaly: &Anomaly,
    history: Window,
) -> Result<Option<(Dimension, Option<String>, Decimal)>, AnalysisError> {
    const CANDIDATES: [Dimension; 6] = [
        Dimension::Key,
        Dimension::Principal,
        Dimension::Route,
        Dimension::Status,
        Dimension::UserAgentFamily,
        Dimension::Method,
    ];
    if anomaly.measure == Measure::Size {
        return Ok(None);
    }
    let week = 7 * DAY_MS;
    let shifted = |weeks: i64| Window {
        from_ms: anomaly.window.from_ms - weeks * week,
        to_ms: anomaly.window.to_ms - weeks * week,
    };
    let usual: Vec<Window> =
        (1..=4).map(shifted).filter(|window| window.from_ms >= history.from_ms).collect();
    let excess = anomaly.actual as f64 - anomaly.expected as f64;
    let mut best: Option<(Dimension, Option<String>, f64)> = None;
    for dimension in CANDIDATES {
        if anomaly.of.iter().any(|(of, _)| *of == dimension) {
            continue;
        }
        let now = by_value(lake, queries, anomaly, anomaly.window, dimension)?;
        let mut before: BTreeMap<Option<String>, f64> = BTreeMap::new();
        for window in &usual {
            for (value, count) in by_value(lake, queries, anomaly, *window, dimension)? {
                *before.entry(value).or_default() += count as f64 / usual.len() as f64;
            }
        }
        // A dimension that all requests have alike explains nothing.
        let values: std::collections::BTreeSet<&Option<String>> = now.keys().chain(before.keys()).collect();
        if values.len() < 2 {
            continue;
        }
        for value in values {
            let more =
                now.get(value).copied().unwrap_or(0) as f64 - before.get(value).copied().unwrap_or(0.0);
            let part = more / excess;
            if part >= MAIN_PART && best.as_ref().is_none_or(|(.., of)| part > of + 0.02) {
                best = Some((dimension, value.clone(), part));
            }
        }
    }
    Ok(best.and_then(|(dimension, value, part)| {
        Some((dimension, value, Decimal::from_f64(part.min(1.0))?.round_dp(2)))
    }))
}

fn by_value(
    lake: &Lake,
    queries: &Queries,
    anomaly: &Anomaly,
    window: Window,
    dimension: Dimension,
) -> Result<BTreeMap<Option<String>, u64>, AnalysisError> {
    let own: Vec<Dimension> = anomaly.of.iter().map(|(of, _)| *of).collect();
    let dimensions = [&own[..], &[dimension]].concat();
    let frame =
        queries.run(TRAFFIC, requests(lake, window, &dimensions, queries.countries())?, &dimensions)?;
    let table = Table::new(&frame, TRAFFIC);
    let columns = dimensions.iter().map(|of| table.dimension(of.name())).collect::<Result<Vec<_>, _>>()?;
    let count = table.integer(if anomaly.measure == Measure::Errors { "errors" } else { "requests" })?;
    let mut found = BTreeMap::new();
    let Some((values, whose)) = columns.split_last() else { return Ok(found) };
    for (row, value) in values.iter().enumerate() {
        if anomaly.of.iter().zip(whose).all(|((_, wanted), column)| column[row] == *wanted) {
            *found.entry(value.clone()).or_default() += count.get(row).unwrap_or(0).unsigned_abs();
        }
    }
    Ok(found)
}
