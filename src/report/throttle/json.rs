//! `gwcost/throttle/1`: the interface for programs.

use std::io;

use gwcost_core::model::Window;
use gwcost_core::model::limits::LimitId;
use rust_decimal::Decimal;
use serde::Serialize;

use super::notes;
use super::row::Row;
use crate::analysis::{ChainReplay, Closest, LowMoment, QuotaUse, Suggested, ThrottleAnalysis};

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

/// An instant as RFC 3339 in UTC.
pub(super) fn time(ms: i64) -> String {
    Window { from_ms: ms, to_ms: ms }.from_rfc3339()
}

pub(super) fn decimal(value: Decimal) -> String {
    value.normalize().to_string()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    window: Span,
    settings_taken_at: Option<String>,
    settings_changed_at: Vec<String>,
    settings_assumed_until: Option<String>,
    limits: Vec<Row>,
    chains: Vec<Chain>,
    frontier: Vec<Point>,
    suggested: Vec<Suggestion>,
    contributors: Vec<Moment>,
    quotas: Vec<Quota>,
    unused: Vec<Unused<'a>>,
    hammering: Vec<Client<'a>>,
    closest: Option<Detail>,
    notes: Vec<String>,
}

/// The limit that leaves least room.
#[derive(Serialize)]
struct Detail {
    scope: &'static str,
    name: String,
    rate: String,
    burst: u64,
    from: String,
    step_seconds: i64,
    lowest_tokens: Vec<String>,
    week: Vec<Slot>,
}

/// An hour of the week in UTC; 0 is Monday.
#[derive(Serialize)]
struct Slot {
    weekday: u8,
    hour: u8,
    requests_per_second: String,
    peak_1s: u64,
}

#[derive(Serialize)]
struct Span {
    from: String,
    to: String,
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
            settings_changed_at: analysis.settings_changed_ms.iter().copied().map(time).collect(),
            settings_assumed_until: analysis.settings_assumed_until_ms.map(time),
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
            closest: analysis.closest.as_ref().map(Detail::new),
            notes: notes::notes(analysis),
        }
    }
}

impl Detail {
    fn new(closest: &Closest) -> Detail {
        Detail {
            scope: closest.id.scope.name(),
            name: closest.id.name(),
            rate: decimal(closest.limit.rate),
            burst: closest.limit.burst,
            from: time(closest.from_ms),
            step_seconds: closest.step_ms / 1000,
            lowest_tokens: closest.tokens.iter().copied().map(decimal).collect(),
            week: closest
                .week
                .iter()
                .map(|slot| Slot {
                    weekday: slot.weekday,
                    hour: slot.hour,
                    requests_per_second: decimal(slot.requests_per_second),
                    peak_1s: slot.peak_1s,
                })
                .collect(),
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
