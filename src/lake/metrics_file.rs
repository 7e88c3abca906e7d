//! One file of `metrics/`: what an account and region counted on one UTC day.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::error::LakeError;
use super::metrics_columns::metrics_schema;
use super::rejects::close;
use super::writer::writer_properties;

/// One row: the value of one statistic of one series in one period. See
/// [`METRIC_COLUMNS`](super::METRIC_COLUMNS).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricRow<Text = String> {
    /// Twelve digits.
    pub account: Text,
    /// AWS region code.
    pub region: Text,
    /// The API's id.
    pub api: Text,
    /// The stage's name.
    pub stage: Text,
    /// `stage` or `method`.
    pub level: Text,
    /// The names of the series' dimensions.
    pub dimensions: Text,
    /// The resource or route; `None` for a stage.
    pub route: Option<Text>,
    /// The method; `None` for a stage.
    pub method: Option<Text>,
    /// AWS's name of the metric.
    pub metric: Text,
    /// `Sum`, `SampleCount` or `Maximum`.
    pub statistic: Text,
    /// The period's first millisecond of Unix time.
    pub start_ms: i64,
    /// The period's length.
    pub period_seconds: i64,
    /// Requests, messages, bytes or milliseconds.
    pub value: i64,
    /// `rest`, `http` or `websocket`.
    pub api_kind: Text,
    /// The API's name.
    pub api_name: Text,
    /// A time before CloudWatch was asked.
    pub fetched_at_ms: i64,
    /// Nothing is taken to be added any more.
    pub settled: bool,
}

impl MetricRow<&str> {
    /// The row on its own.
    pub fn to_owned_row(&self) -> MetricRow {
        MetricRow {
            account: self.account.to_owned(),
            region: self.region.to_owned(),
            api: self.api.to_owned(),
            stage: self.stage.to_owned(),
            level: self.level.to_owned(),
            dimensions: self.dimensions.to_owned(),
            route: self.route.map(str::to_owned),
            method: self.method.map(str::to_owned),
            metric: self.metric.to_owned(),
            statistic: self.statistic.to_owned(),
            start_ms: self.start_ms,
            period_seconds: self.period_seconds,
            value: self.value,
            api_kind: self.api_kind.to_owned(),
            api_name: self.api_name.to_owned(),
            fetched_at_ms: self.fetched_at_ms,
            settled: self.settled,
        }
    }
}

impl<Text> MetricRow<Text> {
    /// The first instant after the period, milliseconds of Unix time.
    pub fn end_ms(&self) -> i64 {
        self.start_ms + self.period_seconds * 1000
    }
}

/// Writes a file, with no rows too; the answer is its size in bytes.
pub(super) fn write_metrics(path: &Path, rows: &[MetricRow]) -> Result<u64, LakeError> {
    let file = File::create(path).map_err(LakeError::writing(path))?;
    let mut writer = ArrowWriter::try_new(file, metrics_schema(), Some(writer_properties()))
        .map_err(LakeError::parquet(path))?;
    writer.write(&batch_of(rows).map_err(LakeError::arrow(path))?).map_err(LakeError::parquet(path))?;
    close(writer, path)
}

fn batch_of(rows: &[MetricRow]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let text = |of: fn(&MetricRow) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let nullable = |of: fn(&MetricRow) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let integer = |of: fn(&MetricRow) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(of)))
    };
    let time = |of: fn(&MetricRow) -> i64| -> ArrayRef {
        let times = TimestampMillisecondArray::from_iter_values(rows.iter().map(of));
        Arc::new(times.with_timezone("UTC"))
    };
    // In the order of METRIC_COLUMNS; the schema refuses another type, a test another order.
    RecordBatch::try_new(
        metrics_schema(),
        vec![
            time(|row| row.start_ms),
            integer(|row| row.period_seconds),
            text(|row| &row.account),
            text(|row| &row.region),
            text(|row| &row.api_kind),
            text(|row| &row.api),
            text(|row| &row.api_name),
            text(|row| &row.stage),
            nullable(|row| row.method.as_deref()),
            nullable(|row| row.route.as_deref()),
            text(|row| &row.level),
            text(|row| &row.dimensions),
            text(|row| &row.metric),
            text(|row| &row.statistic),
            integer(|row| row.value),
            time(|row| row.fetched_at_ms),
            Arc::new(rows.iter().map(|row| Some(row.settled)).collect::<BooleanArray>()),
        ],
    )
}

/// Shows every row of a file to `each`, in the order of the file.
pub(super) fn read_metrics(path: &Path, mut each: impl FnMut(MetricRow<&str>)) -> Result<(), LakeError> {
    let file = File::open(path).map_err(LakeError::reading(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
    for batch in builder.build().map_err(LakeError::parquet(path))? {
        let batch = batch.map_err(LakeError::arrow(path))?;
        visit(&batch, &mut each).map_err(|column| LakeError::Arrow {
            path: path.to_owned(),
            source: arrow::error::ArrowError::SchemaError(format!("no column {column} of the expected type")),
        })?;
    }
    Ok(())
}

/// Shows every row of a batch; the error is the column that is not as it should be.
pub(super) fn visit<'b>(
    batch: &'b RecordBatch,
    each: &mut impl FnMut(MetricRow<&'b str>),
) -> Result<(), &'static str> {
    let column = |name: &'static str| batch.column_by_name(name).ok_or(name);
    let text = |name: &'static str| column(name)?.as_string_opt::<i32>().ok_or(name);
    let integer = |name: &'static str| column(name)?.as_primitive_opt::<Int64Type>().ok_or(name);
    let time = |name: &'static str| column(name)?.as_primitive_opt::<TimestampMillisecondType>().ok_or(name);
    let (account, region, api, stage) = (text("account")?, text("region")?, text("api")?, text("stage")?);
    let (level, dimensions, metric) = (text("level")?, text("dimensions")?, text("metric")?);
    let (statistic, api_kind, api_name) = (text("statistic")?, text("api_kind")?, text("api_name")?);
    let (route, method) = (text("route")?, text("method")?);
    let (start, fetched_at) = (time("period_start")?, time("fetched_at")?);
    let (period, value) = (integer("period_seconds")?, integer("value")?);
    let settled = column("settled")?.as_boolean_opt().ok_or("settled")?;
    let known = |column: &'b StringArray, row: usize| column.is_valid(row).then(|| column.value(row));
    for row in 0..batch.num_rows() {
        each(MetricRow {
            account: account.value(row),
            region: region.value(row),
            api: api.value(row),
            stage: stage.value(row),
            level: level.value(row),
            dimensions: dimensions.value(row),
            route: known(route, row),
            method: known(method, row),
            metric: metric.value(row),
            statistic: statistic.value(row),
            start_ms: start.value(row),
            period_seconds: period.value(row),
            value: value.value(row),
            api_kind: api_kind.value(row),
            api_name: api_name.value(row),
            fetched_at_ms: fetched_at.value(row),
            settled: settled.value(row),
        });
    }
    Ok(())
}
