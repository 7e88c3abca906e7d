//! The frame that queries see as `requests`: a window of the lake with the dimensions cut from time.

use gwcost_core::model::Window;
use polars::prelude::{LazyFrame, col};

use super::AnalysisError;
use super::dimension::Dimension;
use crate::lake::{Column, Lake, scan};

/// The requests of a window, with every dimension that is asked for (and the month) as a column.
pub fn requests(lake: &Lake, window: Window, dimensions: &[Dimension]) -> Result<LazyFrame, AnalysisError> {
    lake.check_files(window)?;
    let scan = scan(lake, window).map_err(AnalysisError::engine("cannot read the lake"))?;
    let mut wanted = vec![Dimension::Month];
    wanted.extend(dimensions.iter().filter(|dimension| **dimension != Dimension::Month));
    let derived: Vec<_> = wanted
        .into_iter()
        .filter_map(|dimension| {
            let format = dimension.time_format()?;
            Some(col(Column::Time.name()).dt().strftime(format).alias(dimension.name()))
        })
        .collect();
    Ok(scan.frame.with_columns(derived))
}
