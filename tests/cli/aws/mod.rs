//! Reading from AWS, against servers of its protocols on loopback.

mod cbor;
mod client;
mod http;
mod ingest_s3;
mod lake_s3;
mod lake_s3_faults;
mod log_events;
mod log_group;
mod moto;
mod recorded;
mod s3;
mod s3_server;
mod settings_moto;
mod settings_pages;
mod shapes;
mod strict_s3;
