//! The same cost by other dimensions: one more pass over the lake, several ways to add it up.
//!
//! A report shows days by API, hours of the week and clients. Each pass is grouped by the endpoint and what divides
//! it further; every view of a pass adds up to the same total as the analysis by endpoint.

use super::AnalysisError;
use super::catalog::Catalog;
use super::cost::{CostQuestion, count_around};
use super::dimension::Dimension;
use super::other_routes::RouteMerge;
use super::pricing::price;
use super::private_apis::private_apis;
use super::query::Queries;
use super::result::CostRow;
use super::row::rows;
use super::used::{count_scaled, metric_scale};
use crate::lake::Lake;

/// Rows of a window for each of `views`. A view groups by all of `further`, in that order, and by dimensions of an
/// endpoint as it likes. Of the question, the window, the filters, the metering and the limits of routes count. No
/// row has a latency.
///
/// # Errors
/// [`AnalysisError`].
pub fn breakdown(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &CostQuestion,
    further: &[Dimension],
    views: &[&[Dimension]],
) -> Result<Vec<Vec<CostRow>>, AnalysisError> {
    let catalog = &private_apis(lake, catalog)?;
    let scale = match catalog.scale_to_metrics() {
        true => metric_scale(lake, queries, catalog, question.window)?,
        false => None,
    };
    let usage = |window, by: &[Dimension]| {
        count_scaled(lake, queries, catalog, question.metering, scale.as_ref(), window, by)
    };
    let around = count_around(lake, question.window, catalog.allocation(), |part| usage(part, &[]))?;
    let counted = usage(question.window, further)?;
    let merge = RouteMerge::new(&counted, &question.limits, &question.filters);
    let counted = merge.merge(counted);
    let selected = |key: &_| merge.selects(key);
    let priced = price(catalog, &counted, &around, selected)?;
    Ok(views.iter().map(|by| rows(&counted, &priced, by, selected).0).collect())
}
