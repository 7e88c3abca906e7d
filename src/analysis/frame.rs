//! The frame that queries see as `requests`: a window of the lake with the dimensions cut from time.

use gwcost_core::model::Window;
use polars::prelude::{LazyFrame, col};

use super::AnalysisError;
use super::country::with_country;
use super::dimension::Dimension;
use crate::geo::Countries;
use crate::lake::{Column, Lake, scan};

/// The requests of a window, with every dimension that is asked for (and the month) as a column. Countries are
/// looked up in `countries`, and null without.
///
/// # Errors
/// [`AnalysisError`] when a file is missing or cannot be read.
pub fn requests(
    lake: &Lake,
    window: Window,
    dimensions: &[Dimension],
    countries: Option<&Countries>,
) -> Result<LazyFrame, AnalysisError> {
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
    let frame = scan.frame.with_columns(derived);
    if dimensions.contains(&Dimension::Country) { with_country(frame, countries) } else { Ok(frame) }
}
