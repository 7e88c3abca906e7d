//! The paths that a lake holds of requests whose route was made from them.

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use gwcost_core::model::{ApiKind, Window, without_stage};

use super::survey::RouteSurvey;
use crate::analysis::AnalysisError;
use crate::lake::{Column, Lake, replay};

/// Adds the paths of all requests in the lake whose route was made from their path.
///
/// # Errors
/// [`AnalysisError`] when a file cannot be read.
pub fn survey_lake(lake: &Lake, survey: &mut RouteSurvey<'_>) -> Result<(), AnalysisError> {
    let Some((first, last)) = lake.covered() else { return Ok(()) };
    let window = Window { from_ms: first, to_ms: last + 1 };
    lake.check_files(window)?;
    let columns = [Column::Api, Column::ApiKind, Column::Stage, Column::Path, Column::RouteTemplated];
    for batch in replay(lake, window, &columns)? {
        let batch = batch?;
        let made =
            batch.column_by_name(Column::RouteTemplated.name()).and_then(|array| array.as_boolean_opt());
        let [api, kind, stage, path] =
            [Column::Api, Column::ApiKind, Column::Stage, Column::Path].map(|column| texts(&batch, column));
        for row in 0..batch.num_rows() {
            let Some(path) = text(path, row) else { continue };
            if made.is_some_and(|made| made.is_valid(row) && made.value(row)) {
                let kind = text(kind, row).and_then(|kind| kind.parse().ok()).unwrap_or(ApiKind::Http);
                let path = without_stage(path, text(stage, row).unwrap_or_default(), kind);
                survey.add(text(api, row).unwrap_or_default(), path);
            }
        }
    }
    Ok(())
}

fn texts(batch: &RecordBatch, column: Column) -> Option<&StringArray> {
    batch.column_by_name(column.name())?.as_string_opt::<i32>()
}

fn text(texts: Option<&StringArray>, row: usize) -> Option<&str> {
    texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row))
}
