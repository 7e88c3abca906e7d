//! Questions put to the lake: one file for each, and what they share.
//!
//! Queries count, the model prices: SQL returns integers by endpoint, month and billing evidence;
//! `gwcost_core::pricing` makes money of them.

pub mod advise;
pub mod anomalies;
mod anomaly_series;
mod bill;
mod breakdown;
pub mod cache;
mod catalog;
pub mod chargeback;
mod clients;
mod cost;
mod country;
mod coverage;
mod coverage_day;
mod coverage_notes;
pub mod diff;
pub mod dimension;
mod evidence;
mod filter;
pub mod forecast;
mod frame;
mod full;
mod gate;
mod hourly;
mod local_time;
mod metric_scale;
mod metric_sums;
mod minutes;
mod movers;
mod notes;
mod other_routes;
mod percentile;
pub mod placement;
mod places;
mod pricing;
mod private_apis;
mod query;
mod result;
mod routes;
mod row;
mod season;
pub mod service;
mod sql;
mod sql_text;
mod throttle;
mod tier_use;
mod trend;
mod usage;
mod used;
pub mod waste;

pub use bill::{BillQuestion, bill};
pub use breakdown::breakdown;
pub use catalog::{ALLOWANCES_FILE, Catalog, Quote};
pub use clients::Clients;
pub use cost::{CostQuestion, cost};
pub use coverage::{Coverage, StageCoverage, StageKey, coverage};
pub use coverage_day::{CoverageDay, Verdict};
pub use dimension::{Dimension, UnknownDimension, parse_dimensions};
pub use filter::{FilterError, Filters};
pub use frame::requests;
pub use full::{FullCost, FullParts, LogSink, Part, Stated, StatedFunction, add_full_cost};
pub use gate::{GateAnalysis, GateError, GateOutcome, GateQuestion, GateResult, gate};
pub use hourly::{HourlyUsage, Hours};
pub use local_time::{LocalTime, local_time};
pub use metric_sums::{CacheCounts, MethodKey, MetricSum, MetricSums, metric_sums};
pub use movers::{Mover, movers};
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
pub use sql::{Cell, SqlAnswer, SqlColumn, SqlTable, TABLES, sql, sql_to_parquet};
pub use sql_text::{SqlTextError, fill};
pub use throttle::{
    Agreement, Basis, ChainReplay, Closest, Contributor, Disagreement, FrontierPoint, Growth, Hammering,
    HourOfWeek, LimitHeadroom, LowMoment, Observed, QuotaUse, Refused, Suggested, ThrottleAnalysis,
    ThrottleQuestion, Unused, throttle,
};
pub use tier_use::{TierUse, TierUses, tier_uses};
pub use trend::{LEAST_DAYS, Line, Trend};

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
    /// SQL that somebody typed and that cannot be run.
    #[error("{problem}")]
    Sql {
        /// What is wrong, and what would be accepted.
        problem: String,
    },
    /// A tier of one's own that crosses tiers of the list, so that its list price is not one.
    #[error(
        "{meter} in {region}: {tier} of your own rate crosses tiers of the list, so there is no one list price"
    )]
    ListPrice {
        /// AWS region code.
        region: String,
        /// The meter's name.
        meter: String,
        /// The tier in words.
        tier: String,
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
