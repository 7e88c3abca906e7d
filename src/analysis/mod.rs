//! Questions put to the lake: one file for each, and what they share.
//!
//! Queries count, the model prices: SQL returns integers by endpoint, month and billing evidence;
//! `gwcost_core::pricing` makes money of them.

mod bill;
pub mod cache;
mod catalog;
mod cost;
mod coverage;
mod coverage_day;
mod coverage_notes;
pub mod dimension;
mod evidence;
mod filter;
mod frame;
mod metric_scale;
mod metric_sums;
mod minutes;
mod notes;
mod other_routes;
mod percentile;
mod places;
mod pricing;
mod query;
mod result;
mod routes;
mod row;
mod throttle;
mod usage;
mod used;

pub use bill::{BillQuestion, bill};
pub use catalog::{ALLOWANCES_FILE, Catalog, Quote};
pub use cost::{CostQuestion, cost};
pub use coverage::{Coverage, StageCoverage, StageKey, coverage};
pub use coverage_day::{CoverageDay, Verdict};
pub use dimension::{Dimension, UnknownDimension, parse_dimensions};
pub use filter::{FilterError, Filters};
pub use frame::requests;
pub use metric_sums::{CacheCounts, MethodKey, MetricSum, MetricSums, metric_sums};
pub use other_routes::OTHER;
pub use places::places;
pub use query::{QUERIES, Queries, QueryFile};
pub use result::{
    Bill, BillLine, ByMetrics, ConnectionMinutes, CostAnalysis, CostRow, Credit, DayCost, Measures,
    Percentiles, PoolUse, Quality, RateUse, Unpriced, UseOfEndpoint,
};
pub use routes::{
    RouteOrigin, RouteSurvey, RouteVariable, Suggestion, Survey, SurveyedApi, SurveyedRoute, survey_lake,
};
pub use row::{SortError, SortKey};
pub use throttle::{
    Agreement, Basis, ChainReplay, Contributor, Disagreement, FrontierPoint, Growth, Hammering,
    LimitHeadroom, LowMoment, Observed, QuotaUse, Refused, Suggested, ThrottleAnalysis, ThrottleQuestion,
    Trend, Unused, throttle,
};

use std::io;

use gwcost_core::pricing::{AmountOverflow, CardError};
use gwcost_core::simulate::TtlError;

use crate::lake::LakeError;

/// An analysis that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// The engine said no.
    #[error("{doing}: {source}")]
    Engine {
        /// What was tried: the query's name.
        doing: String,
        /// Its word.
        source: Box<polars::error::PolarsError>,
    },
    /// A query that does not return what it must.
    #[error(
        "query {query} returns no column {column:?} of the expected type: see `gwcost assets show queries/{query}`"
    )]
    Column {
        /// The query's file name.
        query: String,
        /// The column.
        column: String,
    },
    /// A lake that is damaged.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A rate card that cannot be used.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A figure too large to be exact.
    #[error(transparent)]
    Overflow(#[from] AmountOverflow),
    /// The temporary file for arrivals that are looked at more than once.
    #[error("cannot keep arrivals in a temporary file: {0}")]
    Aside(#[source] io::Error),
    /// TTLs that cannot be replayed.
    #[error(transparent)]
    Ttl(#[from] TtlError),
}

impl AnalysisError {
    fn aside(error: io::Error) -> AnalysisError {
        AnalysisError::Aside(error)
    }

    fn engine(doing: &str) -> impl FnOnce(polars::error::PolarsError) -> AnalysisError {
        let doing = doing.to_owned();
        move |source| AnalysisError::Engine { doing, source: Box::new(source) }
    }
}
