//! Reading from AWS, against servers of its protocols on loopback.

mod cbor;
mod client;
mod cloudwatch;
mod http;
mod ingest_metrics;
mod ingest_s3;
mod log_events;
mod log_group;
mod metrics;
mod moto;
mod recorded;
mod s3;
mod s3_server;
mod settings_moto;
mod settings_pages;
mod shapes;
