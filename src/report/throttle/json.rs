//! `gwcost/throttle/1`: the interface for programs, and its limits as CSV.

use std::io;

use gwcost_core::model::Window;
use gwcost_core::model::limits::LimitId;
use rust_decimal::Decimal;
use serde::Serialize;

use super::notes;
use crate::analysis::{ChainReplay, LimitHeadroom, LowMoment, QuotaUse, Suggested, ThrottleAnalysis};
use crate::report::csv::neutral;

/// The schema's name.
const SCHEMA: &str = "gwcost/throttle/1";

/// Writes the analysis as one JSON document and a line end.
///
/// # Errors
/// What the writer answers.
pub fn json(analysis: &ThrottleAnalysis, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Document::new(analysis))?;
    out.write_all(b"\n")
}

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

/// An instant as RFC 3339 in UTC.
pub(super) fn time(ms: i64) -> String {
    Window { from_ms: ms, to_ms: ms }.from_rfc3339()
}

fn decimal(value: Decimal) -> String {
    value.normalize().to_string()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    window: Span,
    settings_taken_at: Option<String>,
    limits: Vec<Row>,
    chains: Vec<Chain>,
    frontier: Vec<Point>,
    suggested: Vec<Suggestion>,
    contributors: Vec<Moment>,
    quotas: Vec<Quota>,
    unused: Vec<Unused<'a>>,
    hammering: Vec<Client<'a>>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Span {
    from: String,
    to: String,
}

/// A limit: flat, so that it is a line of CSV as well.
#[derive(Serialize)]
struct Row {
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
}

impl Row {
    fn new(limit: &LimitHeadroom) -> Row {
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

#[derive(Serialize)]
struct Chain {
    limits: Vec<Link>,
    complete: bool,
    arrivals: u64,
    refused: Option<u64>,
    observed_throttled: u64,
    observed_quota_exceeded: u64,
    observed_untyped_429: u64,
    refused_in_both: u64,
    refused_only_in_replay: u64,
    refused_only_in_log: u64,
    disagreements: Vec<Minute>,
}

#[derive(Serialize)]
struct Link {
    scope: &'static str,
    name: String,
    refused: u64,
}

#[derive(Serialize)]
struct Minute {
    at: String,
    refused_only_in_replay: u64,
    refused_only_in_log: u64,
}

#[derive(Serialize)]
struct Point {
    scope: &'static str,
    name: String,
    rate: String,
    burst: u64,
}

/// A bucket that something is suggested for.
#[derive(Serialize)]
struct Bucket {
    scope: &'static str,
    name: String,
    account: String,
    region: String,
    api: Option<String>,
    stage: Option<String>,
    method: Option<String>,
    route: Option<String>,
    plan: Option<String>,
    key: Option<String>,
}

#[derive(Serialize)]
struct Suggestion {
    #[serde(flatten)]
    bucket: Bucket,
    basis: &'static str,
    rate: String,
    passes_percent: String,
    burst: u64,
    margin: String,
    rate_with_margin: String,
    burst_with_margin: u64,
}

#[derive(Serialize)]
struct Moment {
    scope: &'static str,
    name: String,
    account: String,
    region: String,
    at: String,
    tokens: String,
    looked_back_ms: i64,
    arrivals: u64,
    by: Vec<By>,
}

#[derive(Serialize)]
struct By {
    api: String,
    stage: String,
    method: Option<String>,
    route: Option<String>,
    key: Option<String>,
    arrivals: u64,
}

#[derive(Serialize)]
struct Quota {
    account: String,
    region: String,
    plan: String,
    key: String,
    period: String,
    from: String,
    limit: u64,
    offset: u32,
    allowed: u64,
    used: u64,
}

#[derive(Serialize)]
struct Unused<'a> {
    kind: &'static str,
    account: &'a str,
    region: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Client<'a> {
    client: &'a str,
    kind: &'static str,
    refused: u64,
    again_within_1s: u64,
    most_in_a_row: u64,
}

impl<'a> Document<'a> {
    fn new(analysis: &'a ThrottleAnalysis) -> Document<'a> {
        let point = |point: &crate::analysis::FrontierPoint| Point {
            scope: point.id.scope.name(),
            name: point.id.name(),
            rate: decimal(point.rate),
            burst: point.burst,
        };
        Document {
            schema: SCHEMA,
            window: Span { from: analysis.window.from_rfc3339(), to: analysis.window.to_rfc3339() },
            settings_taken_at: analysis.settings_taken_ms.map(time),
            limits: analysis.limits.iter().map(Row::new).collect(),
            chains: analysis.chains.iter().map(Chain::new).collect(),
            frontier: analysis.frontier.iter().map(point).collect(),
            suggested: analysis.suggested.iter().map(Suggestion::new).collect(),
            contributors: analysis.contributors.iter().map(Moment::new).collect(),
            quotas: analysis.quotas.iter().map(Quota::new).collect(),
            unused: analysis
                .unused
                .iter()
                .map(|of| Unused { kind: of.kind, account: &of.account, region: &of.region, name: &of.name })
                .collect(),
            hammering: analysis
                .hammering
                .iter()
                .map(|of| Client {
                    client: &of.client,
                    kind: if of.is_key { "key" } else { "network" },
                    refused: of.refused,
                    again_within_1s: of.again_within_1s,
                    most_in_a_row: of.most_in_a_row,
                })
                .collect(),
            notes: notes::notes(analysis),
        }
    }
}

impl Chain {
    fn new(chain: &ChainReplay) -> Chain {
        let link = |(id, refused): &(LimitId, u64)| Link {
            scope: id.scope.name(),
            name: id.name(),
            refused: *refused,
        };
        let minute = |minute: &crate::analysis::Disagreement| Minute {
            at: time(minute.at_ms),
            refused_only_in_replay: minute.only_replay,
            refused_only_in_log: minute.only_log,
        };
        Chain {
            limits: chain.limits.iter().map(link).collect(),
            complete: chain.complete,
            arrivals: chain.arrivals,
            refused: chain.complete.then_some(chain.refused),
            observed_throttled: chain.observed.throttled,
            observed_quota_exceeded: chain.observed.quota_exceeded,
            observed_untyped_429: chain.observed.untyped_429,
            refused_in_both: chain.agreement.both,
            refused_only_in_replay: chain.agreement.only_replay,
            refused_only_in_log: chain.agreement.only_log,
            disagreements: chain.disagreements.iter().map(minute).collect(),
        }
    }
}

impl Suggestion {
    fn new(one: &Suggested) -> Suggestion {
        let id = &one.id;
        Suggestion {
            bucket: Bucket {
                scope: id.scope.name(),
                name: id.name(),
                account: id.account.clone(),
                region: id.region.clone(),
                api: id.api.clone(),
                stage: id.stage.clone(),
                method: id.method.clone(),
                route: id.route.clone(),
                plan: id.plan.clone(),
                key: id.key.clone(),
            },
            basis: one.basis.name(),
            rate: decimal(one.rate),
            passes_percent: decimal(one.passes_percent),
            burst: one.burst,
            margin: decimal(one.margin),
            rate_with_margin: decimal(one.rate_with_margin),
            burst_with_margin: one.burst_with_margin,
        }
    }
}

impl Moment {
    fn new(moment: &LowMoment) -> Moment {
        let by = |by: &crate::analysis::Contributor| By {
            api: by.api.clone(),
            stage: by.stage.clone(),
            method: by.method.clone(),
            route: by.route.clone(),
            key: by.key.clone(),
            arrivals: by.arrivals,
        };
        Moment {
            scope: moment.id.scope.name(),
            name: moment.id.name(),
            account: moment.id.account.clone(),
            region: moment.id.region.clone(),
            at: time(moment.at_ms),
            tokens: decimal(moment.tokens),
            looked_back_ms: moment.looked_back_ms,
            arrivals: moment.arrivals,
            by: moment.by.iter().map(by).collect(),
        }
    }
}

impl Quota {
    fn new(of: &QuotaUse) -> Quota {
        Quota {
            account: of.account.clone(),
            region: of.region.clone(),
            plan: of.plan.clone(),
            key: of.key.clone(),
            period: of.quota.period.to_string(),
            from: time(of.start_ms),
            limit: of.quota.limit,
            offset: of.quota.offset,
            allowed: of.allowed,
            used: of.used,
        }
    }
}
