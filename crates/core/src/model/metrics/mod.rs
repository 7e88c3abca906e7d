//! What CloudWatch counts of API Gateway: which series there are, which are worth asking for, and when.
//!
//! Everything here is of the namespace `AWS/ApiGateway` and pure: asking is `source::aws`, keeping is `lake`.
//! One rule holds in all of it. **Series of different dimension sets count the same requests again**, so they
//! are never added up: a stage's count is its own series, not the sum of its methods'.
//!
//! Sources: "Amazon API Gateway dimensions and metrics", "Working with metrics for HTTP APIs" and "Monitoring
//! WebSocket API execution with CloudWatch metrics" in the API Gateway Developer Guide; GetMetricData,
//! ListMetrics and GetMetricStatistics in the CloudWatch API Reference.

mod asked;
mod limits;
mod look;
mod scope;
mod stages;
mod whole;

pub use asked::{Asked, Level, Statistic, asked, queries_of};
pub use limits::{MOST_POINTS, MOST_QUERIES, days_at_once, queries_per_call};
pub use look::{
    DayPlan, HOUR_MS, PERIOD_SECONDS, RETENTION, SETTLES_AFTER_MS, day_window, finest_period, is_settled,
    plan_days,
};
pub use scope::{Cut, MetricScope, metric_api_name};
pub use stages::{MetricsStage, metrics_stages};
pub use whole::{NotWhole, whole};

/// The namespace of every metric of API Gateway.
pub const NAMESPACE: &str = "AWS/ApiGateway";
