//! Turns what an analysis found into what people and programs read.
//!
//! Nothing is computed here but presentation: rounding so that what is shown adds up, columns that
//! fit a terminal, the geometry of a chart. `fields` says what is reported for programs ([`json`],
//! [`csv`]); `shown` and `sheet` say it for people ([`table()`], [`markdown`], [`view`], [`page`]).

mod by_api;
mod chart;
mod compared;
mod coverage_json;
mod document;
mod fields;
mod fill;
mod fit;
#[cfg(test)]
mod fixture;
mod inert;
mod line_chart;
mod listing;
mod notes;
mod number;
mod period;
mod recommendation;
mod schema;
mod sheet;
mod shown;
mod spark;
mod table;

pub mod advise;
pub mod anomalies;
pub mod bill;
pub mod cache;
pub mod chargeback;
pub mod check;
pub mod csv;
pub mod diff;
pub mod estimate;
pub mod forecast;
pub mod full;
pub mod json;
pub mod markdown;
pub mod page;
pub mod placement;
pub mod query;
pub mod service;
pub mod throttle;
pub mod view;
pub mod waste;

pub use estimate::EstimateView;
pub use inert::inert;
pub use listing::{Listed, listing, listing_without_total, sentences};
pub use notes::counted;
pub use number::{amount, bytes, cents_top_down, count, decimals_for, millis, money, percent};
pub use recommendation::{RecommendationJson, StepJson};
pub use schema::{Described, schema_of};
pub use table::{Terminal, table};
pub use view::View;
