//! What one row of `metrics/` holds: the value of one statistic of one series in one period. To add a column,
//! add it here, to `MetricRow` and to its arrays in `metrics_file.rs`; files written before read as null.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use super::columns::Kind;

/// The version of the row's shape, in every footer. Adding a nullable column keeps it.
pub const METRICS_SCHEMA_VERSION: u32 = 1;

/// The footer's key for [`METRICS_SCHEMA_VERSION`].
pub const METRICS_VERSION_KEY: &str = "gwcost.metrics_schema_version";

/// A column of `metrics/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricColumn {
    /// The name in Parquet and SQL.
    pub name: &'static str,
    /// How it is stored.
    pub kind: Kind,
    /// Whether every row has a value.
    pub required: bool,
    /// What it holds, with its unit.
    pub description: &'static str,
}

const fn required(name: &'static str, kind: Kind, description: &'static str) -> MetricColumn {
    MetricColumn { name, kind, required: true, description }
}

const fn nullable(name: &'static str, kind: Kind, description: &'static str) -> MetricColumn {
    MetricColumn { name, kind, required: false, description }
}

/// Every column in file order.
pub const METRIC_COLUMNS: [MetricColumn; 17] = [
    required("period_start", Kind::Time, "When the period began."),
    required("period_seconds", Kind::Integer, "How long the period is."),
    required("account", Kind::Text, "Twelve digits, the owner of the API."),
    required("region", Kind::Text, "AWS region code."),
    required("api_kind", Kind::Text, "rest, http or websocket."),
    required("api", Kind::Text, "The API's id."),
    required(
        "api_name",
        Kind::Text,
        "The API's name when it was asked for; a REST API's as CloudWatch has it.",
    ),
    required("stage", Kind::Text, "The stage's name."),
    nullable("method", Kind::Text, "The method, as the series names it; null for a stage."),
    nullable("route", Kind::Text, "The resource or route, as the series names it; null for a stage."),
    required("level", Kind::Text, "stage or method. The two count the same requests: never add them."),
    required(
        "dimensions",
        Kind::Text,
        "The names of the series' dimensions: rows of different ones are never added.",
    ),
    required("metric", Kind::Text, "AWS's name of the metric."),
    required("statistic", Kind::Text, "Sum, SampleCount or Maximum."),
    required(
        "value",
        Kind::Integer,
        "Requests, messages, bytes or milliseconds, as the metric and the statistic say.",
    ),
    required("fetched_at", Kind::Time, "A time before CloudWatch was asked."),
    required("settled", Kind::Boolean, "Nothing is taken to be added to the period any more."),
];

/// The Arrow schema of `metrics/`, its version in the metadata.
pub fn metrics_schema() -> SchemaRef {
    let field = |column: &MetricColumn| Field::new(column.name, column.kind.data_type(), !column.required);
    let fields: Vec<Field> = METRIC_COLUMNS.iter().map(field).collect();
    let metadata = HashMap::from([(METRICS_VERSION_KEY.to_owned(), METRICS_SCHEMA_VERSION.to_string())]);
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change here without a new version breaks lakes and dashboards that exist.
    #[test]
    fn the_schema_is_the_one_of_its_version() {
        let shape: Vec<String> = METRIC_COLUMNS
            .iter()
            .map(|column| {
                format!("{}:{:?}{}", column.name, column.kind, if column.required { "" } else { "?" })
            })
            .collect();
        assert_eq!(METRICS_SCHEMA_VERSION, 1);
        assert_eq!(
            shape.join(" "),
            "period_start:Time period_seconds:Integer account:Text region:Text api_kind:Text api:Text api_name:Text \
             stage:Text method:Text? route:Text? level:Text dimensions:Text metric:Text statistic:Text value:Integer \
             fetched_at:Time settled:Boolean"
        );
    }
}
