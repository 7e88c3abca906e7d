//! What each group of requests costs.

use std::collections::BTreeSet;

use gwcost_core::model::{RouteLimits, Window};
use gwcost_core::pricing::HttpMetering;

use super::AnalysisError;
use super::catalog::Catalog;
use super::coverage::coverage;
use super::coverage_notes::coverage_notes;
use super::dimension::Dimension;
use super::filter::Filters;
use super::frame::requests;
use super::metric_scale::{scale_note, two_totals};
use super::notes;
use super::other_routes::RouteMerge;
use super::percentile::percentiles;
use super::query::{INTEGRATION_LATENCY, LATENCY, Queries};
use super::result::{CostAnalysis, CostRow};
use super::row::{SortKey, add_percentiles, rows};
use super::usage::Leaves;
use super::used::{Used, metric_scale};
use crate::lake::Lake;

/// What is asked.
#[derive(Clone, Debug)]
pub struct CostQuestion {
    /// The half-open UTC window.
    pub window: Window,
    /// What to group by; not empty.
    pub by: Vec<Dimension>,
    /// What to show; the rest still fills tiers.
    pub filters: Filters,
    /// What to sort by.
    pub sort: SortKey,
    /// Rows to keep; `None` keeps all.
    pub top: Option<usize>,
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
    /// How many routes made from paths are kept in each stage.
    pub limits: RouteLimits,
    /// Also work out what each day cost.
    pub days: bool,
}

/// Answers the question over a lake.
///
/// # Errors
/// [`AnalysisError`].
pub fn cost(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &CostQuestion,
) -> Result<CostAnalysis, AnalysisError> {
    let window = question.window;
    let covered = coverage(lake, queries, window, &question.filters)?;
    let scale = match covered {
        Some(_) => metric_scale(lake, queries, catalog, window)?,
        None => None,
    };
    let asked = catalog.scale_to_metrics();
    let used = Used::new(lake, queries, catalog, question, scale.as_ref().filter(|_| asked), &question.by)?;
    let selected = |key: &_| used.merge.selects(key);
    let (mut answer, total) = rows(&used.leaves, &used.priced, &question.by, selected);
    add_latencies(lake, queries, question, &used.leaves, &used.merge, &mut answer)?;
    question.sort.sort(&mut answer);
    if let Some(top) = question.top {
        answer.truncate(top);
    }
    let days = if question.days { used.day_costs()? } else { Vec::new() };

    let merged = used.merge.routes_merged(&used.leaves);
    let mut quality = notes::quality(lake, window, &used.leaves, question.metering, selected, merged);
    let by_metrics = match &scale {
        Some(scale) => {
            let other = (!asked).then_some(scale);
            let other = Used::new(lake, queries, catalog, question, other, &[])?;
            Some(two_totals(asked, &total, &other.total()))
        }
        None => None,
    };
    quality.notes.splice(0..0, scale_note(catalog, by_metrics.as_ref()));
    if let Some(coverage) = covered {
        quality.coverage = coverage.share();
        quality.notes.splice(0..0, coverage_notes(&coverage));
        quality.coverage_by_stage = Some(coverage.stages);
    }
    let assumptions = notes::assumptions(
        catalog,
        total.unbilled_requests > 0,
        total.undetermined_requests > 0,
        &used.around,
    );
    Ok(CostAnalysis {
        window,
        dimensions: question.by.clone(),
        filters: question.filters.typed().to_vec(),
        http_metering: question.metering.name().to_owned(),
        allocation: catalog.allocation().name().to_owned(),
        currency: catalog.currency().to_owned(),
        total,
        rows: answer,
        days,
        unpriced: used.priced.unpriced,
        rates: used.priced.rates.into_iter().collect(),
        rates_at: catalog.rates_at().map(|month| month.to_string()),
        quality,
        by_metrics,
        assumptions,
        overrides: Vec::new(),
    })
}

fn add_latencies(
    lake: &Lake,
    queries: &Queries,
    question: &CostQuestion,
    counted: &Leaves,
    merge: &RouteMerge<'_>,
    answer: &mut [CostRow],
) -> Result<(), AnalysisError> {
    let values = |dimension: Dimension| -> Vec<&str> {
        let distinct: BTreeSet<&str> =
            counted.keys().filter_map(|key| key.endpoint.value(dimension)).collect();
        distinct.into_iter().collect()
    };
    let by = &question.by;
    let concerned = merge.concerns(by);
    // Which routes are merged, and so which are selected, is then not for the engine to say.
    let (dimensions, filters) = match concerned {
        true => (RouteMerge::dimensions(by), merge.without_route()),
        false => (by.clone(), &question.filters),
    };
    let mut found = Vec::new();
    for query in [LATENCY, INTEGRATION_LATENCY] {
        let frame = filters.apply(requests(lake, question.window, &dimensions)?, values);
        let result = queries.run(query, frame, &dimensions)?;
        let group = |values| if concerned { merge.group(by, values) } else { Some(values) };
        found.push(percentiles(&result, query, &dimensions, group)?);
    }
    if let [latency, integration] = found.as_slice() {
        add_percentiles(answer, latency, integration);
    }
    Ok(())
}
