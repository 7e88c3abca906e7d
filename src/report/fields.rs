//! THE list of what is reported of a row: names, order, values. JSON and CSV are written from it,
//! so that the two interfaces cannot differ; [`super::sheet`] takes its names from it.
//!
//! To add a measure: a variant here, its name and its value, its place in [`Measure::ROW`], then
//! the key order in the test of `json.rs`; a place in `sheet.rs` if people should see it.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::number::round;
use crate::analysis::{CostRow, FullParts, Measures, Part};

/// Decimals of an amount in JSON and CSV, at most.
const AMOUNT_DECIMALS: u32 = 10;

/// One measured column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Requests in the log.
    Requests,
    /// Requests that AWS bills.
    Billable,
    /// Requests that AWS does not bill.
    Unbilled,
    /// Requests of which the log does not tell.
    Undetermined,
    /// Bytes of response bodies.
    ResponseBytes,
    /// Dollars for requests or messages.
    RequestCost,
    /// Dollars for transfer to the internet.
    TransferCost,
    /// The sum of both.
    Cost,
    /// The least that the log allows.
    CostLow,
    /// The most that the log allows.
    CostHigh,
    /// The part of the total cost.
    Share,
    /// Dollars per 1,000 requests.
    CostPer1000,
    /// The part of requests with status 400 and above.
    ErrorRate,
    /// Median latency as the caller saw it.
    P50,
    /// Its 95th percentile.
    P95,
    /// Its 99th percentile.
    P99,
    /// Median latency of the integration.
    IntegrationP50,
    /// Its 95th percentile.
    IntegrationP95,
    /// Its 99th percentile.
    IntegrationP99,
    /// Whether the route is a pattern made from paths.
    Templated,
    /// Meters that no rate card prices.
    Unpriced,
}

/// A value of a measured column, not yet written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// A number of things.
    Count(u64),
    /// Milliseconds.
    Millis(i64),
    /// An amount or a part of one.
    Decimal(Decimal),
    /// Yes or no.
    Flag(bool),
    /// Some names, perhaps none.
    Names(&'a [String]),
    /// Not known, which is not zero.
    Unknown,
}

impl Measure {
    /// What a total has, in the order of the interface.
    pub const TOTAL: [Measure; 10] = [
        Measure::Requests,
        Measure::Billable,
        Measure::Unbilled,
        Measure::Undetermined,
        Measure::ResponseBytes,
        Measure::RequestCost,
        Measure::TransferCost,
        Measure::Cost,
        Measure::CostLow,
        Measure::CostHigh,
    ];

    /// What a row has after its dimensions and [`Measure::TOTAL`], in the order of the interface.
    pub const ROW: [Measure; 11] = [
        Measure::Share,
        Measure::CostPer1000,
        Measure::ErrorRate,
        Measure::P50,
        Measure::P95,
        Measure::P99,
        Measure::IntegrationP50,
        Measure::IntegrationP95,
        Measure::IntegrationP99,
        Measure::Templated,
        Measure::Unpriced,
    ];

    /// The measures of a row, in the order of the interface.
    pub fn of_a_row() -> impl Iterator<Item = Measure> {
        Measure::TOTAL.into_iter().chain(Measure::ROW)
    }

    /// The name in JSON and CSV.
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Requests => "requests",
            Measure::Billable => "billable_requests",
            Measure::Unbilled => "unbilled_requests",
            Measure::Undetermined => "undetermined_requests",
            Measure::ResponseBytes => "response_bytes",
            Measure::RequestCost => "request_cost",
            Measure::TransferCost => "transfer_cost",
            Measure::Cost => "cost",
            Measure::CostLow => "cost_low",
            Measure::CostHigh => "cost_high",
            Measure::Share => "share",
            Measure::CostPer1000 => "cost_per_1000",
            Measure::ErrorRate => "error_rate",
            Measure::P50 => "p50_ms",
            Measure::P95 => "p95_ms",
            Measure::P99 => "p99_ms",
            Measure::IntegrationP50 => "integration_p50_ms",
            Measure::IntegrationP95 => "integration_p95_ms",
            Measure::IntegrationP99 => "integration_p99_ms",
            Measure::Templated => "templated",
            Measure::Unpriced => "unpriced",
        }
    }

    /// The value in a total; [`Field::Unknown`] for what only rows have.
    pub fn of(self, measures: &Measures) -> Field<'static> {
        match self {
            Measure::Requests => Field::Count(measures.requests),
            Measure::Billable => Field::Count(measures.billable_requests),
            Measure::Unbilled => Field::Count(measures.unbilled_requests),
            Measure::Undetermined => Field::Count(measures.undetermined_requests),
            Measure::ResponseBytes => measures.response_bytes.map_or(Field::Unknown, Field::Count),
            Measure::RequestCost => measures.request_cost.into(),
            Measure::TransferCost => measures.transfer_cost.into(),
            Measure::Cost => measures.cost.into(),
            Measure::CostLow => measures.cost_low.into(),
            Measure::CostHigh => measures.cost_high.into(),
            _ => Field::Unknown,
        }
    }

    /// The value in a row.
    pub fn of_row(self, row: &CostRow) -> Field<'_> {
        match self {
            Measure::Share => row.share.into(),
            Measure::CostPer1000 => row.cost_per_1000.into(),
            Measure::ErrorRate => row.error_rate.into(),
            Measure::P50 => row.latency.p50_ms.into(),
            Measure::P95 => row.latency.p95_ms.into(),
            Measure::P99 => row.latency.p99_ms.into(),
            Measure::IntegrationP50 => row.integration_latency.p50_ms.into(),
            Measure::IntegrationP95 => row.integration_latency.p95_ms.into(),
            Measure::IntegrationP99 => row.integration_latency.p99_ms.into(),
            Measure::Templated => Field::Flag(row.templated),
            Measure::Unpriced => Field::Names(&row.unpriced),
            of_a_total => of_a_total.of(&row.measures),
        }
    }
}

/// The columns of a full cost with their values, in the order of the interface.
pub fn full_fields(parts: &FullParts) -> impl Iterator<Item = (&'static str, Field<'static>)> {
    let values = parts.parts.into_iter().map(Field::from);
    let full_cost = (FULL_COST, Field::from(parts.full_cost));
    Part::ALL.into_iter().map(Part::column).zip(values).chain([full_cost])
}

/// The name of what all parts cost together.
pub const FULL_COST: &str = "full_cost";

impl From<Option<Decimal>> for Field<'_> {
    fn from(value: Option<Decimal>) -> Self {
        value.map_or(Field::Unknown, Field::Decimal)
    }
}

impl From<Option<i64>> for Field<'_> {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Field::Unknown, Field::Millis)
    }
}

/// A decimal as programs read it: plain, without trailing zeros, at most ten decimals.
pub fn plain(value: Decimal) -> String {
    round(value, AMOUNT_DECIMALS).normalize().to_string()
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Field::Count(number) => serializer.serialize_u64(*number),
            Field::Millis(number) => serializer.serialize_i64(*number),
            Field::Decimal(value) => serializer.serialize_str(&plain(*value)),
            Field::Flag(flag) => serializer.serialize_bool(*flag),
            Field::Names(names) => names.serialize(serializer),
            Field::Unknown => serializer.serialize_none(),
        }
    }
}
