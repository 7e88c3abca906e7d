//! What moved when something left its season: the value of a dimension that makes most of the excess.

use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::{DAY_MS, Window};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::AnalysisError;
use super::anomalies::{Anomaly, Measure};
use super::dimension::Dimension;
use super::evidence::Table;
use super::frame::requests;
use super::query::{Queries, TRAFFIC};
use crate::lake::Lake;

/// The part of an excess that one value must make to be its cause.
const MAIN_PART: f64 = 0.6;

/// Which value of which dimension moved: held against the same hours of the weeks before.
pub(super) fn cause(
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
        let values: BTreeSet<&Option<String>> = now.keys().chain(before.keys()).collect();
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
