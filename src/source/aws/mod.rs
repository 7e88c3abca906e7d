//! AWS as a source: who asks, what is in S3, and what went wrong.
//!
//! The only place that names the SDK. It is asynchronous inside; what it offers blocks.

mod connect;
mod control;
mod control_domains;
mod control_plans;
mod control_rest;
mod control_v2;
mod control_values;
mod error;
mod estimate;
mod log_events;
mod log_hours;
mod log_pages;
mod log_slices;
mod logs;
mod metric_pages;
mod metrics;
mod pace;
mod patience;
mod policy;
mod probe;
mod s3;
mod s3_client;
mod s3_layout;
mod s3_part;
mod s3_prefetch;
mod s3_read;
mod s3_walk;

pub use connect::{Aws, AwsOptions, Caller};
pub use control::{CONTROL_PLANE_ACTION, CONTROL_PLANE_PATHS, settings};
pub use error::{AwsError, Call};
pub use estimate::{Charge, Charged, Estimate, LogVolume, Span, VolumeSource, estimate};
pub use log_events::{LogBatch, LogCounts, LogEvents, LogReading};
pub use log_hours::{HourPlan, KnownHour, LogHour, PlannedHour, hour_settles, plan_hours};
pub use logs::{LogGroup, LogGroupError, LogGroupFacts, LogGroupName};
pub use metrics::{
    Listed, METRICS_ACTIONS, MetricFailure, MetricReject, MetricValue, MetricValues, metric_scopes,
    metric_values,
};
pub(crate) use patience::patiently;
pub use policy::{Place, Policy, PolicyScope, Statement, policy};
pub use probe::{Probe, Probing};
pub use s3::{S3Location, S3LocationError, S3Object, S3Objects};
pub(crate) use s3_client::S3Clients;
pub use s3_prefetch::Prefetch;
pub use s3_read::ObjectReader;
