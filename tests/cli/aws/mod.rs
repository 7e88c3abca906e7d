//! Reading from AWS, against servers of its protocols on loopback.

mod cbor;
mod client;
mod cloudwatch;
mod discover;
mod doctor;
mod http;
mod ingest_logs;
mod ingest_logs_crash;
mod ingest_logs_moto;
mod ingest_logs_ways;
mod ingest_metrics;
mod ingest_s3;
mod ingest_s3_again;
mod ingest_settings;
mod log_events;
mod log_group;
mod logs_service;
mod metrics;
mod moto;
mod recorded;
mod s3;
mod s3_server;
mod settings_moto;
mod settings_pages;
mod shapes;
