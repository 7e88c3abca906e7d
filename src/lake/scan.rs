//! The lake as a lazy frame: the files that committed records list, cut to a window.

use std::path::PathBuf;

use gwcost_core::model::Window;
use polars::prelude::{
    DataType, IntoLazy, LazyFrame, PlRefPath, PolarsResult, ScanArgsParquet, TimeUnit, col, lit,
};

use super::columns::{Column, Kind};
use super::root::Lake;

/// The requests of a window and the files that they are in.
pub struct Scan {
    /// One row for each request, the columns of [`Column`].
    pub frame: LazyFrame,
    /// The files that are read.
    pub files: Vec<PathBuf>,
}

/// A lazy frame over the requests of a window. `time` is a naive UTC timestamp in milliseconds.
///
/// # Errors
/// When polars cannot open a file.
pub fn scan(lake: &Lake, window: Window) -> PolarsResult<Scan> {
    let files: Vec<PathBuf> = lake.request_files(window).into_iter().map(|(path, _)| path).collect();
    if files.is_empty() {
        return Ok(Scan { frame: empty_frame(), files });
    }
    let paths = files.iter().map(|path| PlRefPath::try_from_path(path)).collect::<PolarsResult<Vec<_>>>()?;
    let arguments = ScanArgsParquet {
        glob: false,
        allow_missing_columns: true,
        cache: false,
        ..ScanArgsParquet::default()
    };
    let time = col(Column::Time.name());
    // Comparing the stored timestamp with timestamps lets polars skip row groups by statistics.
    let instant = |ms: i64| lit(ms).cast(DataType::Datetime(TimeUnit::Milliseconds, None));
    let naive = time.clone().cast(DataType::Int64).cast(DataType::Datetime(TimeUnit::Milliseconds, None));
    let frame = LazyFrame::scan_parquet_files(paths.into_iter().collect(), arguments)?
        .with_column(naive.alias(Column::Time.name()))
        .filter(time.clone().gt_eq(instant(window.from_ms)).and(time.lt(instant(window.to_ms))));
    Ok(Scan { frame, files })
}

fn empty_frame() -> LazyFrame {
    let schema: polars::prelude::Schema = Column::ALL
        .iter()
        .map(|column| {
            let data_type = match column.kind() {
                Kind::Text => DataType::String,
                Kind::Integer => DataType::Int64,
                Kind::Boolean => DataType::Boolean,
                Kind::Time => DataType::Datetime(TimeUnit::Milliseconds, None),
            };
            polars::prelude::Field::new(column.name().into(), data_type)
        })
        .collect();
    polars::prelude::DataFrame::empty_with_schema(&schema).lazy()
}
