//! Tables for dashboards: a small star of Parquet files, and FOCUS. It knows neither terminals nor prices.
//!
//! Figures come from `analysis`, files go through `lake`'s writer. Every table is written aside, whole, and then
//! swapped in, a file at a time, so that no reader sees half of one.

mod column;
mod ddl;
mod error;
mod focus;
mod focus_columns;
mod id;
mod latency_bucket;
mod rows;
mod star;
mod star_columns;
mod swap;

pub use column::{Column, Kind, Table};
pub use ddl::{Dialect, ddl};
pub use error::ExportError;
pub use focus::{FocusVersion, focus_table};
pub use rows::Rows;
pub use star::{
    MonthOfFigures, bill_lines, cache_options, client_days, data_quality, dimensions, endpoint_days, hours,
    throttle_headroom,
};
pub use star_columns::STAR;
pub use swap::Aside;
