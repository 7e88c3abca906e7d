//! What an analysis returns: plain values, not yet formatted for anybody.
//!
//! `report` turns these into tables, JSON and pages. Amounts are [`Decimal`] with at most ten
//! decimals; a figure that is not known is `None`, never zero.

use gwcost_core::model::Window;
use gwcost_core::pricing::Meter;
use rust_decimal::Decimal;

use super::coverage::StageCoverage;
use super::dimension::Dimension;
use super::full::FullCost;

/// The cost of what the lake holds of a window, by the dimensions that were asked for.
#[derive(Clone, Debug)]
pub struct CostAnalysis {
    /// The half-open UTC window.
    pub window: Window,
    /// The dimensions of [`CostRow::values`], in order.
    pub dimensions: Vec<Dimension>,
    /// Dimensions and globs that rows had to match; what they left out still fills tiers.
    pub filters: Vec<(Dimension, String)>,
    /// Which bytes an HTTP API was metered by.
    pub http_metering: String,
    /// How a part of a month is billed: `average` or `marginal`.
    pub allocation: String,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// The sum over all rows, before `--top` cuts them.
    pub total: Measures,
    /// One row for each combination of dimensions, in the order asked for.
    pub rows: Vec<CostRow>,
    /// One entry for each UTC day of the window that has requests, in order.
    pub days: Vec<DayCost>,
    /// Usage that no rate card prices.
    pub unpriced: Vec<Unpriced>,
    /// Where the rates come from.
    pub rates: Vec<RateUse>,
    /// The month whose rates were used instead of the window's own (`--rates-at`).
    pub rates_at: Option<String>,
    /// How complete the figures are.
    pub quality: Quality,
    /// The total by what CloudWatch counted, beside that of the log; `None` where the log lacks nothing that could
    /// be added.
    pub by_metrics: Option<ByMetrics>,
    /// What calls cost all told, where that was asked for (`--full`).
    pub full: Option<FullCost>,
    /// What was taken for granted, a sentence each.
    pub assumptions: Vec<String>,
    /// Names of the queries and rate cards that a user's own file replaced, with that file.
    pub overrides: Vec<String>,
}

/// Two totals of one window: of what is logged, and of what CloudWatch counted, spread as the log spreads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByMetrics {
    /// The figures of the analysis are those of what was counted (`--scale-to-metrics`).
    pub applied: bool,
    /// Requests in the log.
    pub requests_logged: u64,
    /// Requests where the log was scaled to what was counted.
    pub requests_counted: u64,
    /// What the logged requests cost; `None` where nothing of it could be priced.
    pub cost_logged: Option<Decimal>,
    /// What the counted ones cost.
    pub cost_counted: Option<Decimal>,
}

/// What is measured of a group of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// Requests in the access log, refused ones included.
    pub requests: u64,
    /// Requests that AWS bills.
    pub billable_requests: u64,
    /// Requests that AWS does not bill (throttled, not authorized, without an API key).
    pub unbilled_requests: u64,
    /// Requests of which the log does not say enough to tell.
    pub undetermined_requests: u64,
    /// Bytes of response bodies; `None` where no size was logged.
    pub response_bytes: Option<u64>,
    /// Dollars for requests or messages; `None` where nothing of it could be priced.
    pub request_cost: Option<Decimal>,
    /// Dollars for transfer to the internet; `None` where no size was logged or no rate is known.
    pub transfer_cost: Option<Decimal>,
    /// The sum of the parts that could be priced, undetermined requests counted as billed.
    pub cost: Option<Decimal>,
    /// The least that the log allows.
    pub cost_low: Option<Decimal>,
    /// The most that the log allows.
    pub cost_high: Option<Decimal>,
}

/// One line of the answer.
#[derive(Clone, Debug)]
pub struct CostRow {
    /// One value for each of [`CostAnalysis::dimensions`]; `None` where the log did not say.
    pub values: Vec<Option<String>>,
    /// The group's figures.
    pub measures: Measures,
    /// The group's part of the total cost, 0 to 1, six decimals.
    pub share: Option<Decimal>,
    /// Dollars per 1,000 requests.
    pub cost_per_1000: Option<Decimal>,
    /// The part of requests with status 400 and above, 0 to 1, six decimals; `None` without statuses.
    pub error_rate: Option<Decimal>,
    /// Latency as the caller saw it.
    pub latency: Percentiles,
    /// Latency of the integration.
    pub integration_latency: Percentiles,
    /// Meters of this group that no rate card prices.
    pub unpriced: Vec<String>,
    /// The route was not logged; it is a pattern made from paths.
    pub templated: bool,
}

/// Exact nearest-rank percentiles in milliseconds; `None` where nothing was logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// The smallest value that at least 50 % of the values do not exceed.
    pub p50_ms: Option<i64>,
    /// The same for 95 %.
    pub p95_ms: Option<i64>,
    /// The same for 99 %.
    pub p99_ms: Option<i64>,
}

/// What one UTC day cost.
#[derive(Clone, Debug)]
pub struct DayCost {
    /// `2026-10-31`.
    pub day: String,
    /// Requests of the day.
    pub requests: u64,
    /// Dollars of the day; `None` where nothing of it could be priced.
    pub cost: Option<Decimal>,
}

/// Usage without a rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpriced {
    /// The account that used it.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// The meter's name, `rest_requests`.
    pub meter: String,
    /// The billing month, `2026-10`.
    pub month: String,
    /// Units of the meter, a decimal string.
    pub quantity: String,
    /// The meter's unit, `requests`.
    pub unit: String,
    /// Why there is no price, a sentence fragment.
    pub reason: String,
}

/// One rate that was used, with its source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateUse {
    /// AWS region code.
    pub region: String,
    /// The meter's name, `rest_requests`.
    pub meter: String,
    /// The first day on which the rate is known to hold.
    pub effective: String,
    /// `published`, `transcribed` or `secondary`.
    pub confidence: String,
    /// Where the rate was read.
    pub source: String,
    /// The rate card's file name, or the user's file that replaced it.
    pub card: String,
    /// Tiers as a person reads them, with their rate: `first 333,000,000 requests`, `0.0000035`.
    pub tiers: Vec<(String, String)>,
}

/// How much the figures can be relied on.
#[derive(Clone, Debug, Default)]
pub struct Quality {
    /// Log lines read, in the units that overlap the window.
    pub lines: u64,
    /// Lines that could not be read; kept in the lake with their reason.
    pub rejects: u64,
    /// Lines dropped because the lake already held the request.
    pub duplicates: u64,
    /// Equal lines without any id: kept.
    pub possible_duplicates: u64,
    /// The part of the requests that AWS counted which the log holds; `None` without metrics.
    pub coverage: Option<Decimal>,
    /// The same by stage and day; `None` without metrics.
    pub coverage_by_stage: Option<Vec<StageCoverage>>,
    /// What a reader must know, a sentence each.
    pub notes: Vec<String>,
}

/// A bill as AWS lays one out: by account, region, meter and tier.
#[derive(Clone, Debug)]
pub struct Bill {
    /// The half-open UTC window.
    pub window: Window,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// How a part of a month is billed: `average` or `marginal`.
    pub allocation: String,
    /// Lines by account, region, meter, month and tier. They add up to the total's cost.
    pub lines: Vec<BillLine>,
    /// What the lines of one pool are made of; lines name theirs by index.
    pub pools: Vec<PoolUse>,
    /// Minutes of WebSocket connections, which are not in the total.
    pub connection_minutes: Vec<ConnectionMinutes>,
    /// What is taken off the whole, as the user states it.
    pub credits: Vec<Credit>,
    /// Lines of other services, which are not in the total; `None` unless asked for (`--full`).
    pub neighbours: Option<Vec<BillLine>>,
    /// The same total as an analysis of this window has.
    pub total: Measures,
    /// Usage that no rate card prices.
    pub unpriced: Vec<Unpriced>,
    /// Where the rates come from.
    pub rates: Vec<RateUse>,
    /// The month whose rates were used instead of the window's own (`--rates-at`).
    pub rates_at: Option<String>,
    /// How complete the figures are.
    pub quality: Quality,
    /// What was taken for granted, a sentence each.
    pub assumptions: Vec<String>,
    /// Names of the queries and rate cards that a user's own file replaced, with that file.
    pub overrides: Vec<String>,
}

impl Bill {
    /// Takes credits off the whole, and says so.
    pub fn take_off(&mut self, credits: Vec<Credit>) {
        if !credits.is_empty() {
            let said = "Credits of your gwcost.toml are taken off the whole; no line and no endpoint has a part of them.";
            self.assumptions.retain(|sentence| !sentence.starts_with("No free allowance"));
            self.assumptions.push(said.to_owned());
        }
        self.credits = credits;
    }

    /// The cost less the credits, which never make it negative; `None` where the cost is not known.
    pub fn due(&self) -> Option<Decimal> {
        let credits: Decimal = self.credits.iter().map(|credit| credit.amount).sum();
        self.total.cost.map(|cost| (cost - credits).max(Decimal::ZERO))
    }
}

/// One meter in one tier.
#[derive(Clone, Debug)]
pub struct BillLine {
    /// The account; those that are billed together with `+` between them.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// The billing month, `2026-10`.
    pub month: String,
    /// The meter's name, `rest_requests`.
    pub meter: String,
    /// As AWS's bill prints it, `USE1-ApiGatewayRequest`; `None` where its prefix is not known.
    pub usage_type: Option<String>,
    /// The tier in words, `first 333,000,000 requests`.
    pub tier: String,
    /// How much, in the unit.
    pub quantity: Decimal,
    /// The meter's unit, `requests`.
    pub unit: String,
    /// Currency per unit.
    pub rate: Decimal,
    /// Quantity times rate, ten decimals at most, rounded so that lines add up.
    pub amount: Decimal,
    /// The first day on which the rate is known to hold.
    pub effective: String,
    /// Its place in [`Bill::pools`].
    pub pool: usize,
}

/// What a pool's quantity is made of.
#[derive(Clone, Debug)]
pub struct PoolUse {
    /// AWS region code.
    pub region: String,
    /// What was counted.
    pub meter: Meter,
    /// Base units that are billed or have no rate.
    pub units: u64,
    /// What of the month had filled the tiers before.
    pub before: Decimal,
    /// The month's quantity whose average rate the window pays; `None` where it is the window's own.
    pub averaged: Option<Decimal>,
    /// The same as a quantity of the unit that is priced.
    pub quantity: Decimal,
    /// Requests in the log.
    pub requests: u64,
    /// Requests that AWS bills.
    pub billable_requests: u64,
    /// Requests that it does not.
    pub unbilled_requests: u64,
    /// Requests of which the log does not say enough.
    pub undetermined_requests: u64,
    /// Requests with a response size.
    pub sized_requests: u64,
    /// How the meter counts, a sentence.
    pub rule: String,
    /// The rate; `None` without one.
    pub rate: Option<RateUse>,
    /// The endpoints that use most of it.
    pub endpoints: Vec<UseOfEndpoint>,
    /// How many endpoints there are.
    pub of_endpoints: usize,
}

/// What one endpoint adds to a pool.
#[derive(Clone, Debug)]
pub struct UseOfEndpoint {
    /// API, stage, method and route.
    pub name: String,
    /// Requests in the log.
    pub requests: u64,
    /// Its quantity, in the meter's unit.
    pub quantity: Decimal,
}

/// Minutes that WebSocket connections were open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionMinutes {
    /// The account; those that are billed together with `+` between them.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// The billing month, `2026-10`.
    pub month: String,
    /// Minutes; connections that were not seen to close count for two hours.
    pub minutes: u64,
    /// Minutes until each connection was last seen.
    pub minutes_seen: u64,
    /// What they cost; `None` without a rate.
    pub amount: Option<Decimal>,
    /// Why there is no price, a sentence fragment.
    pub reason: Option<String>,
}

/// What the user states that AWS takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// What it is called.
    pub name: String,
    /// In the bill's currency.
    pub amount: Decimal,
}
