//! What requests made other services do, by endpoint: counted, not yet priced.

use std::collections::BTreeMap;

use gwcost_core::model::{ApiKind, Month, Window, day_of_ms};
use gwcost_core::pricing::firehose_bytes;

use crate::analysis::AnalysisError;
use crate::analysis::catalog::Catalog;
use crate::analysis::dimension::Dimension;
use crate::analysis::evidence::Table;
use crate::analysis::frame::requests;
use crate::analysis::query::{NEIGHBOURS, Queries};
use crate::analysis::usage::{Endpoint, LeafKey, further_dimensions, query_dimensions};
use crate::lake::Lake;

/// What a leaf's requests did beside API Gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines of the log.
    pub requests: u64,
    /// Their bytes.
    pub line_bytes: u64,
    /// The same as Data Firehose bills them.
    pub firehose_bytes: u64,
    /// Requests with a latency of the integration.
    pub integration_calls: u64,
    /// The sum of these, in milliseconds.
    pub integration_ms: u64,
    /// Requests with a latency of an authorizer, zero included.
    pub authorizer_logged: u64,
    /// Requests at which an authorizer was asked.
    pub authorizer_calls: u64,
    /// The sum of its milliseconds.
    pub authorizer_ms: u64,
}

impl Counts {
    /// Adds what another leaf did.
    pub fn add(&mut self, other: &Counts) {
        self.requests += other.requests;
        self.line_bytes += other.line_bytes;
        self.firehose_bytes += other.firehose_bytes;
        self.integration_calls += other.integration_calls;
        self.integration_ms += other.integration_ms;
        self.authorizer_logged += other.authorizer_logged;
        self.authorizer_calls += other.authorizer_calls;
        self.authorizer_ms += other.authorizer_ms;
    }
}

/// Counts a window, part by part where a rate changes inside a month.
pub fn counts(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    window: Window,
    by: &[Dimension],
) -> Result<BTreeMap<LeafKey, Counts>, AnalysisError> {
    let dimensions = query_dimensions(by);
    let mut counted: BTreeMap<LeafKey, Counts> = BTreeMap::new();
    for part in window.cut_at(&catalog.changes()) {
        let frame =
            queries.run(NEIGHBOURS, requests(lake, part, &dimensions, queries.countries())?, &dimensions)?;
        let table = Table::new(&frame, NEIGHBOURS);
        let columns = |dimensions: &[Dimension]| {
            dimensions
                .iter()
                .map(|dimension| table.dimension(dimension.name()))
                .collect::<Result<Vec<_>, _>>()
        };
        let (endpoint, further) = (columns(&Dimension::ENDPOINT)?, columns(&further_dimensions(by))?);
        let (month, kind) = (table.text("month")?, table.text("api_kind")?);
        let long = table.integer("long_line_bytes")?;
        let sums = [
            "requests",
            "line_bytes",
            "integration_calls",
            "integration_ms",
            "authorizer_logged",
            "authorizer_calls",
            "authorizer_ms",
        ]
        .map(|name| table.integer(name));
        let damaged = |column: &str| AnalysisError::Column {
            query: NEIGHBOURS.file.to_owned(),
            column: column.to_owned(),
        };
        let sums = sums.into_iter().collect::<Result<Vec<_>, _>>()?;
        for row in 0..table.rows() {
            let kind: ApiKind =
                kind.get(row).and_then(|kind| kind.parse().ok()).ok_or_else(|| damaged("api_kind"))?;
            let month: Month =
                month.get(row).and_then(|month| month.parse().ok()).ok_or_else(|| damaged("month"))?;
            let sum =
                |at: usize| sums.get(at).and_then(|column| column.get(row)).map_or(0, i64::unsigned_abs);
            let requests = sum(0);
            let key = LeafKey {
                month,
                endpoint: Endpoint {
                    values: std::array::from_fn(|column| endpoint[column][row].clone()),
                    kind,
                },
                since: day_of_ms(part.from_ms).max(month.first_day()),
                further: further.iter().map(|column| column[row].clone()).collect(),
            };
            counted.entry(key).or_default().add(&Counts {
                requests,
                line_bytes: sum(1),
                firehose_bytes: firehose_bytes(requests, long.get(row).map_or(1, i64::unsigned_abs)),
                integration_calls: sum(2),
                integration_ms: sum(3),
                authorizer_logged: sum(4),
                authorizer_calls: sum(5),
                authorizer_ms: sum(6),
            });
        }
    }
    Ok(counted)
}
