//! A limit as a flat record: an element of `limits` in JSON, and a line of CSV.

use std::io;

use serde::Serialize;

use super::json::{decimal, time};
use crate::analysis::{LimitHeadroom, ThrottleAnalysis};
use crate::report::csv::neutral;

/// Writes the limits as CSV, with the columns of a limit in JSON. What is not known is empty.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn csv(analysis: &ThrottleAnalysis, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let written = analysis.limits.iter().try_for_each(|limit| writer.serialize(Row::new(limit).inert()));
    written.map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })?;
    writer.flush()
}

/// A limit: flat, so that it is a line of CSV as well.
#[derive(Serialize)]
pub(super) struct Row {
    scope: &'static str,
    name: String,
    account: String,
    region: String,
    api: Option<String>,
    stage: Option<String>,
    method: Option<String>,
    route: Option<String>,
    key: Option<String>,
    rate: Option<String>,
    burst: Option<u64>,
    source: &'static str,
    arrivals: u64,
    refused: Option<u64>,
    refused_low: Option<u64>,
    refused_high: Option<u64>,
    observed_throttled: u64,
    peak_1s: Option<u64>,
    peak_1s_at: Option<String>,
    peak_10s: Option<u64>,
    peak_60s: Option<u64>,
    lowest_tokens: Option<String>,
    lowest_at: Option<String>,
    growth_to_first_refusal: Option<String>,
    growth_to_0_1_percent: Option<String>,
    growth_to_1_percent: Option<String>,
    resolution_ms: i64,
    plan: Option<String>,
    observed_quota_exceeded: u64,
    observed_untyped_429: u64,
    peak_10s_at: Option<String>,
    peak_60s_at: Option<String>,
    days_of_data: Option<u64>,
    days_to_first_refusal: Option<String>,
    days_to_first_refusal_low: Option<String>,
    days_to_first_refusal_high: Option<String>,
    held_from: Option<String>,
    held_to: Option<String>,
}

impl Row {
    /// The limit with its figures.
    pub(super) fn new(limit: &LimitHeadroom) -> Row {
        let id = &limit.id;
        let trend = limit.first_refusal;
        Row {
            scope: id.scope.name(),
            name: id.name(),
            account: id.account.clone(),
            region: id.region.clone(),
            api: id.api.clone(),
            stage: id.stage.clone(),
            method: id.method.clone(),
            route: id.route.clone(),
            key: id.key.clone(),
            rate: limit.limit.map(|limit| decimal(limit.rate)),
            burst: limit.limit.map(|limit| limit.burst),
            source: limit.source.name(),
            arrivals: limit.arrivals,
            refused: limit.refused.map(|refused| refused.high),
            refused_low: limit.refused.map(|refused| refused.low),
            refused_high: limit.refused.map(|refused| refused.high),
            observed_throttled: limit.observed.throttled,
            peak_1s: limit.peak_1s.map(|peak| peak.arrivals),
            peak_1s_at: limit.peak_1s.map(|peak| time(peak.at_ms)),
            peak_10s: limit.peak_10s.map(|peak| peak.arrivals),
            peak_60s: limit.peak_60s.map(|peak| peak.arrivals),
            lowest_tokens: limit.lowest.map(|lowest| decimal(lowest.tokens)),
            lowest_at: limit.lowest.map(|lowest| time(lowest.at_ms)),
            growth_to_first_refusal: limit.growth.map(|growth| decimal(growth.to_first_refusal)),
            growth_to_0_1_percent: limit.growth.map(|growth| decimal(growth.to_0_1_percent)),
            growth_to_1_percent: limit.growth.map(|growth| decimal(growth.to_1_percent)),
            resolution_ms: limit.resolution_ms,
            plan: id.plan.clone(),
            observed_quota_exceeded: limit.observed.quota_exceeded,
            observed_untyped_429: limit.observed.untyped_429,
            peak_10s_at: limit.peak_10s.map(|peak| time(peak.at_ms)),
            peak_60s_at: limit.peak_60s.map(|peak| time(peak.at_ms)),
            days_of_data: trend.map(|trend| trend.days_of_data),
            days_to_first_refusal: trend.and_then(|trend| trend.days).map(decimal),
            days_to_first_refusal_low: trend.and_then(|trend| trend.days_low).map(decimal),
            days_to_first_refusal_high: trend.and_then(|trend| trend.days_high).map(decimal),
            held_from: limit.held.map(|(from_ms, _)| time(from_ms)),
            held_to: limit.held.map(|(_, to_ms)| time(to_ms)),
        }
    }

    /// With text that no spreadsheet runs.
    fn inert(mut self) -> Row {
        let texts = [
            &mut self.api,
            &mut self.stage,
            &mut self.method,
            &mut self.route,
            &mut self.key,
            &mut self.plan,
        ];
        for text in texts.into_iter().flatten() {
            *text = neutral(text).into_owned();
        }
        for text in [&mut self.name, &mut self.account, &mut self.region] {
            *text = neutral(text).into_owned();
        }
        self
    }
}
