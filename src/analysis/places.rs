//! Which regions and kinds of API the lake holds: what rates are needed for.

use gwcost_core::model::{ApiKind, DAY_MS, Window};
use polars::prelude::{Engine, col};

use super::AnalysisError;
use crate::lake::{Column, Lake, scan};

/// Days before the last request that are looked at: more than any month.
const DAYS: i64 = 35;

/// Regions with the kinds of API in them, of the last month of the lake; sorted, each pair once.
///
/// # Errors
/// [`AnalysisError`] when a file cannot be read.
pub fn places(lake: &Lake) -> Result<Vec<(String, ApiKind)>, AnalysisError> {
    let Some((_, last)) = lake.covered() else { return Ok(Vec::new()) };
    let window = Window { from_ms: last.saturating_sub(DAYS * DAY_MS), to_ms: last + 1 };
    let engine = || AnalysisError::engine("cannot read the lake");
    let columns = [Column::Region, Column::ApiKind].map(|column| col(column.name()));
    lake.check_files(window)?;
    let found = scan(lake, window)
        .map_err(engine())?
        .frame
        .group_by(columns)
        .agg([col(Column::Time.name()).max()])
        .collect_with_engine(Engine::Streaming)
        .map_err(engine())?
        .unwrap_single();
    let texts = |column: Column| -> Result<Vec<String>, AnalysisError> {
        let column = found.column(column.name()).map_err(engine())?;
        let texts = column.as_materialized_series().str().map_err(engine())?;
        Ok(texts.iter().flatten().map(str::to_owned).collect())
    };
    let mut places: Vec<(String, ApiKind)> = texts(Column::Region)?
        .into_iter()
        .zip(texts(Column::ApiKind)?)
        .filter_map(|(region, kind)| Some((region, kind.parse().ok()?)))
        .collect();
    places.sort();
    Ok(places)
}
