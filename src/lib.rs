//! gwcost: what every endpoint behind Amazon API Gateway costs, from its own access logs.
//!
//! The rooms and the directions between them are in ARCHITECTURE.md; a test holds the sources to it.

pub mod analysis;
pub mod assets;
pub mod cli;
pub mod command;
pub mod config;
pub mod demo;
pub mod exit;
pub mod export;
pub mod geo;
pub mod ingest;
pub mod lake;
pub mod logging;
pub mod report;
pub mod source;
pub mod store;
