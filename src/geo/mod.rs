//! Where callers are: from an address to a country by a database that the user has, and from a country to
//! CloudFront's price geography, to AWS's regions and to edge locations by tables of our own.
//!
//! The tables are facts with their sources (`*.csv` beside this file). Distances and milliseconds are estimates
//! and never touch money, so this room computes in floats.

mod atlas;
mod caller;
mod country;
mod database;
mod latency;
mod mmdb;
mod proxy;

pub use atlas::{Atlas, Country, Edge, GEOGRAPHIES, Point, Region, atlas};
pub use caller::Caller;
pub use country::CountryCode;
pub use database::{Countries, GeoError};
pub use latency::{Milliseconds, Spread, spread};
pub use mmdb::country_database;
pub use proxy::is_cloudfront;
