//! From the rows of `usage.sql` to leaves: the smallest groups that a price is shared out to.

use std::collections::BTreeMap;

use gwcost_core::model::{ApiKind, Month};
use gwcost_core::pricing::{
    Billed, BillingRules, Evidence, HttpMetering, Units, http_units, rest_streamed_units,
    websocket_message_units,
};
use jiff::civil::Date;
use polars::prelude::DataFrame;

use super::AnalysisError;
use super::dimension::Dimension;
use super::evidence::Table;
use super::query::USAGE;

/// The dimensions that `usage.sql` groups by anyway.
const OF_QUERY: [Dimension; 3] = [Dimension::Month, Dimension::ApiKind, Dimension::Status];

/// An endpoint of one kind: account, region, API, stage, method, route.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    /// Values of [`Dimension::ENDPOINT`], in that order.
    pub values: [Option<String>; 6],
    /// The kind of API.
    pub kind: ApiKind,
}

impl Endpoint {
    /// A dimension of the endpoint; `None` for others and for what the log did not say.
    pub fn value(&self, dimension: Dimension) -> Option<&str> {
        if dimension == Dimension::ApiKind {
            return Some(self.kind.name());
        }
        let at = Dimension::ENDPOINT.iter().position(|of_endpoint| *of_endpoint == dimension)?;
        self.values[at].as_deref()
    }

    /// The account, never absent in the lake.
    pub fn account(&self) -> &str {
        self.values[0].as_deref().unwrap_or_default()
    }

    /// The region, never absent in the lake.
    pub fn region(&self) -> &str {
        self.values[1].as_deref().unwrap_or_default()
    }
}

/// A leaf: an endpoint in a month, divided by the dimensions that endpoints do not have.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeafKey {
    /// The month comes first: pools are of one month, and leaves of an endpoint stand together.
    pub month: Month,
    /// Whose calls they are.
    pub endpoint: Endpoint,
    /// The day whose rates hold: the month's or the window's first, or one on which a rate changes.
    pub since: Date,
    /// Values of the further dimensions asked for, in their order.
    pub further: Vec<Option<String>>,
}

/// What a leaf used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaf {
    /// Lines of the log.
    pub requests: u64,
    /// Billed requests.
    pub billable: u64,
    /// Requests that are not billed.
    pub unbilled: u64,
    /// Requests that may be.
    pub undetermined: u64,
    /// Requests with a status.
    pub with_status: u64,
    /// Requests with status 400 and above.
    pub errors: u64,
    /// Requests with a response size.
    pub sized: u64,
    /// Requests whose route was made from the path.
    pub templated: u64,
    /// Units of the kind's own meter.
    pub calls: Units,
    /// Bytes to the internet.
    pub transfer: Units,
}

/// All leaves of a window, in order.
pub type Leaves = BTreeMap<LeafKey, Leaf>;

/// The dimensions that the query must be asked for to group by `by`: the endpoint's and whatever
/// else is neither an endpoint's nor grouped by the query itself.
pub fn query_dimensions(by: &[Dimension]) -> Vec<Dimension> {
    let mut dimensions = Dimension::ENDPOINT.to_vec();
    dimensions.extend(
        by.iter()
            .filter(|dimension| !Dimension::ENDPOINT.contains(dimension) && !OF_QUERY.contains(dimension)),
    );
    dimensions
}

/// The dimensions that divide an endpoint's leaves.
pub fn further_dimensions(by: &[Dimension]) -> Vec<Dimension> {
    by.iter()
        .filter(|dimension| !Dimension::ENDPOINT.contains(dimension) && **dimension != Dimension::ApiKind)
        .copied()
        .collect()
}

/// Counts units from a result of `usage.sql` that was asked for `query_dimensions(by)`. No rate changes in the
/// counted window but at the beginning of a month; `first_day` is the window's.
///
/// # Errors
/// [`AnalysisError::Column`] when the query was replaced by one that returns something else.
pub fn leaves(
    frame: &DataFrame,
    by: &[Dimension],
    rules: &BillingRules,
    metering: HttpMetering,
    first_day: Date,
) -> Result<Leaves, AnalysisError> {
    let table = Table::new(frame, USAGE);
    let columns = |dimensions: &[Dimension]| {
        dimensions.iter().map(|dimension| table.dimension(dimension.name())).collect::<Result<Vec<_>, _>>()
    };
    let endpoint_columns = columns(&Dimension::ENDPOINT)?;
    let further_columns = columns(&further_dimensions(by))?;
    let (month, kind) = (table.text("month")?, table.text("api_kind")?);
    let (status, response_type) = (table.integer("status")?, table.text("response_type")?);
    let type_logged = table.boolean("response_type_logged")?;
    let (reached, failed) = (table.boolean("integration_reached")?, table.boolean("authorizer_failed")?);
    let event = table.text("event_type")?;
    let metered_response = table.integer("metered_response_bytes")?;
    let metered_request = table.integer("metered_request_bytes")?;
    let (response_sized, request_sized) = (table.boolean("response_sized")?, table.boolean("request_sized")?);
    let (requests, bytes, templated) =
        (table.integer("requests")?, table.integer("response_bytes")?, table.integer("templated")?);

    let damaged =
        |column: &str| AnalysisError::Column { query: USAGE.file.to_owned(), column: column.to_owned() };
    let mut leaves = Leaves::new();
    for row in 0..table.rows() {
        let kind: ApiKind =
            kind.get(row).and_then(|kind| kind.parse().ok()).ok_or_else(|| damaged("api_kind"))?;
        let month: Month =
            month.get(row).and_then(|month| month.parse().ok()).ok_or_else(|| damaged("month"))?;
        let count = requests.get(row).unwrap_or(0).unsigned_abs();
        let evidence = Evidence {
            response_type_logged: type_logged.get(row).unwrap_or(false),
            response_type: response_type.get(row),
            status: status.get(row),
            integration_reached: reached.get(row).unwrap_or(false),
            authorizer_failed: failed.get(row).unwrap_or(false),
        };
        let billed = rules.billed(&evidence);
        let size = |metered: Option<i64>, sized: bool| sized.then(|| metered.unwrap_or(0).unsigned_abs());
        let response_known = response_sized.get(row).unwrap_or(false);
        let units = match kind {
            // Only streamed responses of more than one increment are told apart by their size.
            ApiKind::Rest => rest_streamed_units(count, metered_response.get(row).map(i64::unsigned_abs)),
            ApiKind::Http => http_units(
                count,
                size(metered_response.get(row), response_known),
                size(metered_request.get(row), request_sized.get(row).unwrap_or(false)),
                metering,
            ),
            ApiKind::WebSocket => match event.get(row) {
                // Opening, closing or being refused a connection is no message.
                Some("CONNECT" | "DISCONNECT" | "NONE") => Units::default(),
                _ => websocket_message_units(count),
            },
        };
        let endpoint =
            Endpoint { values: std::array::from_fn(|column| endpoint_columns[column][row].clone()), kind };
        let further = further_columns.iter().map(|column| column[row].clone()).collect();
        let since = first_day.max(month.first_day());
        let leaf = leaves.entry(LeafKey { month, endpoint, since, further }).or_default();
        leaf.add(count, billed, units, bytes.get(row).filter(|_| response_known).map(i64::unsigned_abs));
        leaf.templated += templated.get(row).unwrap_or(0).unsigned_abs();
        if let Some(status) = status.get(row) {
            leaf.with_status += count;
            leaf.errors += if status >= 400 { count } else { 0 };
        }
    }
    Ok(leaves)
}

impl Leaf {
    fn add(&mut self, count: u64, billed: Billed, units: Units, bytes: Option<u64>) {
        self.requests += count;
        let paid = match billed {
            Billed::Yes => {
                self.billable += count;
                units
            }
            Billed::No => {
                self.unbilled += count;
                Units::default()
            }
            Billed::Undetermined => {
                self.undetermined += count;
                Units { low: 0, ..units }
            }
        };
        self.calls.add(paid);
        if let Some(bytes) = bytes {
            self.sized += count;
            // Whether the body of an unbilled response pays transfer is not documented.
            let low = if billed == Billed::Yes { bytes } else { 0 };
            self.transfer.add(Units { base: bytes, low, high: bytes });
        }
    }
}
