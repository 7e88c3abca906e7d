//! What a throttling analysis found, as plain values.

use gwcost_core::model::Window;
use gwcost_core::model::limits::{LimitGap, LimitId, LimitSource};
use gwcost_core::model::settings::{Limit, Quota};
use gwcost_core::simulate::{Lowest, Peak};
use rust_decimal::Decimal;

use crate::analysis::trend::Trend;

/// The answer to a [`ThrottleQuestion`](super::ThrottleQuestion).
#[derive(Clone, Debug)]
pub struct ThrottleAnalysis {
    /// The window.
    pub window: Window,
    /// When the settings were taken, in milliseconds of Unix time. `None` without settings.
    pub settings_taken_ms: Option<i64>,
    /// When settings changed inside the window.
    pub settings_changed_ms: Vec<i64>,
    /// Until when nobody had looked at the settings of some region, so that those that were read first are taken.
    pub settings_assumed_until_ms: Option<i64>,
    /// The limit that leaves least room, in detail.
    pub closest: Option<Closest>,
    /// Each limit that a selected request meets, replayed alone.
    pub limits: Vec<LimitHeadroom>,
    /// The limits replayed together, for each series of limits that requests meet.
    pub chains: Vec<ChainReplay>,
    /// The smallest burst that refuses nothing, by rate.
    pub frontier: Vec<FrontierPoint>,
    /// What could be set.
    pub suggested: Vec<Suggested>,
    /// Who filled the accounts' buckets at their lowest moments.
    pub contributors: Vec<LowMoment>,
    /// Use of the quotas of usage plans.
    pub quotas: Vec<QuotaUse>,
    /// Usage plans and method limits that no request met.
    pub unused: Vec<Unused>,
    /// Clients that went on right after they were refused.
    pub hammering: Vec<Hammering>,
    /// Clients with refusals beyond those that were remembered.
    pub clients_forgotten: u64,
    /// What the settings left open, with the number of requests.
    pub gaps: Vec<(LimitGap, u64)>,
    /// Buckets for which no bursts are suggested, because there are too many.
    pub not_suggested: usize,
}

/// What was really refused, as far as the log says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Requests with the response type `THROTTLED`: by some limit of their chain.
    pub throttled: u64,
    /// Requests with `QUOTA_EXCEEDED`.
    pub quota_exceeded: u64,
    /// Requests with status 429 in a log without response types: API Gateway's or the backend's.
    pub untyped_429: u64,
}

/// A limit, and how near the traffic came.
#[derive(Clone, Debug)]
pub struct LimitHeadroom {
    /// Which bucket.
    pub id: LimitId,
    /// Rate and burst. `None`: nobody knows them.
    pub limit: Option<Limit>,
    /// The part of the window in which it held, half-open; figures are of that time. `None`: all of it, as far as
    /// settings say.
    pub held: Option<(i64, i64)>,
    /// Whose word it is.
    pub source: LimitSource,
    /// Requests that met it, refused ones included.
    pub arrivals: u64,
    /// Requests that it would have refused. `None` where it is not known, or cannot be replayed.
    pub refused: Option<Refused>,
    /// What was really refused of the requests that met it, by it or by another limit.
    pub observed: Observed,
    /// Most arrivals in 1 s.
    pub peak_1s: Option<Peak>,
    /// Most arrivals in 10 s.
    pub peak_10s: Option<Peak>,
    /// Most arrivals in 60 s.
    pub peak_60s: Option<Peak>,
    /// Its lowest level.
    pub lowest: Option<Lowest>,
    /// By which factor traffic may grow.
    pub growth: Option<Growth>,
    /// When it will refuse for the first time, if the last weeks go on: by least squares on the daily peaks, from
    /// the end of the last whole day.
    pub first_refusal: Option<Trend>,
    /// How exactly the log says when requests arrived, in milliseconds: that of the coarsest line.
    pub resolution_ms: i64,
}

/// How many requests a limit refuses: between these, where the log holds seconds only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// With arrivals spread evenly within their second.
    pub low: u64,
    /// With all arrivals of a second at once.
    pub high: u64,
}

/// By which factor traffic may grow until a limit refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The largest that refuses nothing.
    pub to_first_refusal: Decimal,
    /// The largest that refuses at most 0.1 %.
    pub to_0_1_percent: Decimal,
    /// The largest that refuses at most 1 %.
    pub to_1_percent: Decimal,
}

/// A series of limits, replayed together.
#[derive(Clone, Debug)]
pub struct ChainReplay {
    /// The limits, the innermost first, with what each refused.
    pub limits: Vec<(LimitId, u64)>,
    /// Whether each of them is known and could be replayed.
    pub complete: bool,
    /// Requests that met this series.
    pub arrivals: u64,
    /// Requests that some limit of it refused.
    pub refused: u64,
    /// What was really refused.
    pub observed: Observed,
    /// Requests that both refused, only the replay did, only API Gateway did.
    pub agreement: Agreement,
    /// The minutes in which they disagreed most.
    pub disagreements: Vec<Disagreement>,
}

/// Replay and log side by side, request by request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Refused in both.
    pub both: u64,
    /// Refused in the replay, and answered in the log.
    pub only_replay: u64,
    /// Refused in the log, and let through by the replay.
    pub only_log: u64,
}

/// A minute in which replay and log disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The minute's first millisecond.
    pub at_ms: i64,
    /// Refused in the replay only.
    pub only_replay: u64,
    /// Refused in the log only.
    pub only_log: u64,
}

/// The limit that leaves least room: what a picture shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closest {
    /// Which bucket.
    pub id: LimitId,
    /// Rate and burst.
    pub limit: Limit,
    /// The beginning of the hour around its lowest level, in milliseconds of Unix time.
    pub from_ms: i64,
    /// The length of a step.
    pub step_ms: i64,
    /// The fewest tokens that were left in each step.
    pub tokens: Vec<Decimal>,
    /// How busy the hours of the week are that the log covers.
    pub week: Vec<HourOfWeek>,
}

/// An hour of the week in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourOfWeek {
    /// 0 is Monday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
    /// Requests a second on average, two decimals.
    pub requests_per_second: Decimal,
    /// The most in 1 s.
    pub peak_1s: u64,
}

/// A rate with the smallest burst that refuses nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontierPoint {
    /// Which bucket.
    pub id: LimitId,
    /// Requests a second.
    pub rate: Decimal,
    /// The burst.
    pub burst: u64,
}

/// What a suggested rate is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The 99th percentile of the seconds that had requests.
    P99,
    /// The busiest 60 s.
    Peak60,
    /// The busiest 10 s.
    Peak10,
}

impl Basis {
    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Basis::P99 => "p99",
            Basis::Peak60 => "peak_60s",
            Basis::Peak10 => "peak_10s",
        }
    }
}

/// A limit that could be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggested {
    /// Which bucket.
    pub id: LimitId,
    /// What the rate is taken from.
    pub basis: Basis,
    /// Requests a second.
    pub rate: Decimal,
    /// The part of the traffic that passes, in percent.
    pub passes_percent: Decimal,
    /// The smallest burst with which it does.
    pub burst: u64,
    /// By which factor traffic may grow with the two next figures.
    pub margin: Decimal,
    /// The rate with that margin.
    pub rate_with_margin: Decimal,
    /// The burst with that margin.
    pub burst_with_margin: u64,
}

/// Who filled a bucket when it was low.
#[derive(Clone, Debug)]
pub struct LowMoment {
    /// Which bucket.
    pub id: LimitId,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Tokens that were left.
    pub tokens: Decimal,
    /// The milliseconds up to that moment that were looked at.
    pub looked_back_ms: i64,
    /// Requests in them.
    pub arrivals: u64,
    /// Those who sent most, the most first.
    pub by: Vec<Contributor>,
}

/// A part of the requests at a low moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributor {
    /// The API's id.
    pub api: String,
    /// The stage.
    pub stage: String,
    /// The method.
    pub method: Option<String>,
    /// The route.
    pub route: Option<String>,
    /// The API key's id.
    pub key: Option<String>,
    /// Requests.
    pub arrivals: u64,
}

/// An API key's use of its plan's quota in the period in which it used most of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaUse {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The usage plan's id.
    pub plan: String,
    /// The API key's id.
    pub key: String,
    /// The quota.
    pub quota: Quota,
    /// The period's beginning, in milliseconds of Unix time.
    pub start_ms: i64,
    /// What the key has in that period.
    pub allowed: u64,
    /// Requests of the window in that period, refused ones included.
    pub used: u64,
}

/// Something that limits requests and met none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// `usage_plan` or `method_settings`.
    pub kind: &'static str,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The plan's id, or the API, stage and key of the method settings.
    pub name: String,
}

/// A client that went on right after it was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hammering {
    /// The API key's id, or the client's network.
    pub client: String,
    /// Whether `client` is an API key.
    pub is_key: bool,
    /// Requests of it that were refused.
    pub refused: u64,
    /// Requests of it within a second after a refusal.
    pub again_within_1s: u64,
    /// Most refusals in a row.
    pub most_in_a_row: u64,
}
