//! The SQL files: their text, the columns they must return, and running them.

use std::sync::Arc;

use polars::prelude::{DataFrame, DataType, Engine, LazyFrame};
use polars::sql::SQLContext;

use super::AnalysisError;
use super::clients::Clients;
use super::dimension::Dimension;
use crate::geo::Countries;

/// A query that gwcost runs, and what it must return beside its dimensions.
#[derive(Clone, Copy, Debug)]
pub struct QueryFile {
    /// Its file in `queries/`.
    pub file: &'static str,
    /// Columns that it groups by itself.
    pub keys: &'static [&'static str],
    /// Columns that it counts or adds up.
    pub measures: &'static [&'static str],
}

/// Requests and bytes by billing evidence.
pub const USAGE: QueryFile = QueryFile {
    file: "usage.sql",
    keys: &[
        "month",
        "api_kind",
        "status",
        "response_type",
        "response_type_logged",
        "integration_reached",
        "authorizer_failed",
        "event_type",
        "metered_response_bytes",
        "metered_request_bytes",
        "response_sized",
        "request_sized",
    ],
    measures: &["requests", "response_bytes", "templated"],
};

/// How often each latency occurred.
pub const LATENCY: QueryFile =
    QueryFile { file: "latency.sql", keys: &["latency_ms"], measures: &["requests"] };

/// How often each integration latency occurred.
pub const INTEGRATION_LATENCY: QueryFile =
    QueryFile { file: "integration-latency.sql", keys: &["integration_latency_ms"], measures: &["requests"] };

/// Rows to hold against CloudWatch's metrics.
pub const COVERAGE: QueryFile = QueryFile {
    file: "coverage.sql",
    keys: &["api_kind", "event_type"],
    measures: &["requests", "throttled"],
};

/// What requests make other services do.
pub const NEIGHBOURS: QueryFile = QueryFile {
    file: "neighbours.sql",
    keys: &["month", "api_kind", "long_line_bytes"],
    measures: &[
        "requests",
        "line_bytes",
        "integration_calls",
        "integration_ms",
        "authorizer_logged",
        "authorizer_calls",
        "authorizer_ms",
    ],
};

/// Requests that failed. Only `gwcost query` runs it.
pub const ERRORS: QueryFile =
    QueryFile { file: "errors.sql", keys: &["error_status", "response_type"], measures: &["requests"] };

/// Who calls. Only `gwcost query` runs it.
pub const CALLERS: QueryFile = QueryFile {
    file: "callers.sql",
    keys: &["principal", "client_network", "user_agent"],
    measures: &["requests"],
};

/// Requests, errors and bytes by dimensions alone.
pub const TRAFFIC: QueryFile = QueryFile {
    file: "traffic.sql",
    keys: &[],
    measures: &["requests", "with_status", "errors", "sized", "response_bytes"],
};

/// Every query that has a name.
pub const QUERIES: [QueryFile; 8] =
    [USAGE, LATENCY, INTEGRATION_LATENCY, COVERAGE, NEIGHBOURS, TRAFFIC, ERRORS, CALLERS];

/// The texts of the queries, embedded or a user's own, what looks countries up, and how clients are named.
#[derive(Clone, Debug)]
pub struct Queries {
    texts: Vec<(String, String)>,
    countries: Option<Arc<Countries>>,
    clients: Clients,
}

impl Queries {
    /// Queries by file name.
    pub fn new(texts: Vec<(String, String)>) -> Queries {
        Queries { texts, countries: None, clients: Clients::default() }
    }

    /// Lets questions group by country.
    pub fn know(&mut self, countries: Option<Countries>) {
        self.countries = countries.map(Arc::new);
    }

    /// The country database; `None` without one.
    pub fn countries(&self) -> Option<&Countries> {
        self.countries.as_deref()
    }

    /// The same queries, with plans and tags to group by.
    pub fn with_clients(mut self, clients: Clients) -> Queries {
        self.clients = clients;
        self
    }

    /// How clients are named.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Runs a query over `frame`, registered as `requests`; streaming, in bounded memory.
    ///
    /// # Errors
    /// [`AnalysisError`] names the query and what is wrong with it.
    pub fn run(
        &self,
        query: QueryFile,
        frame: LazyFrame,
        dimensions: &[Dimension],
    ) -> Result<DataFrame, AnalysisError> {
        let text = self
            .texts
            .iter()
            .find(|(name, _)| name == query.file)
            .map(|(_, text)| text.as_str())
            .unwrap_or_default();
        let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.name()).collect();
        let text = text.replace("{dimensions}", &names.join(", "));
        let doing = || format!("query {}", query.file);
        tracing::debug!(query = query.file, sql = text, "running");
        let mut context = SQLContext::new();
        context.register("requests", self.clients.name(frame, dimensions));
        let lazy = context.execute(&text).map_err(AnalysisError::engine(&doing()))?;
        // A single query without sinks, so there is a single result.
        let mut frame = lazy
            .collect_with_engine(Engine::Streaming)
            .map_err(AnalysisError::engine(&doing()))?
            .unwrap_single();
        for name in query.keys.iter().chain(query.measures) {
            let column = frame.column(name).map_err(|_| AnalysisError::Column {
                query: query.file.to_owned(),
                column: (*name).to_owned(),
            })?;
            // Counts come in the engine's index type, sums of nothing in none at all.
            if column.dtype().is_primitive_numeric() || column.dtype() == &DataType::Null {
                let column = column.cast(&DataType::Int64).map_err(AnalysisError::engine(&doing()))?;
                frame.with_column(column).map_err(AnalysisError::engine(&doing()))?;
            }
        }
        Ok(frame)
    }
}
