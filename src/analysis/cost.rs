//! What each group of requests costs.

use std::collections::BTreeSet;

use gwcost_core::model::{Month, RouteLimits, Window, day_of_ms};
use gwcost_core::pricing::HttpMetering;

use super::AnalysisError;
use super::catalog::Catalog;
use super::coverage::coverage;
use super::coverage_notes::coverage_notes;
use super::dimension::Dimension;
use super::filter::Filters;
use super::frame::requests;
use super::notes;
use super::other_routes::RouteMerge;
use super::percentile::percentiles;
use super::pricing::price;
use super::query::{INTEGRATION_LATENCY, LATENCY, Queries, USAGE};
use super::result::{CostAnalysis, CostRow, DayCost};
use super::row::{SortKey, add_percentiles, rows};
use super::usage::{Leaves, leaves, query_dimensions};
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
    let usage =
        |window: Window, by: &[Dimension]| count(lake, queries, catalog, question.metering, window, by);
    let before = count_before(lake, window, |before| usage(before, &[]))?;
    let counted = usage(window, &question.by)?;
    let merge = RouteMerge::new(&counted, &question.limits, &question.filters);
    let counted = merge.merge(counted);
    let selected = |key: &_| merge.selects(key);
    let priced = price(catalog, &counted, &before, selected)?;
    let (mut answer, total) = rows(&counted, &priced, &question.by, selected);
    add_latencies(lake, queries, question, &counted, &merge, &mut answer)?;
    question.sort.sort(&mut answer);
    if let Some(top) = question.top {
        answer.truncate(top);
    }
    let days =
        if question.days { day_costs(&usage, catalog, &before, question, &merge)? } else { Vec::new() };

    let mut quality =
        notes::quality(lake, window, &counted, question.metering, selected, merge.routes_merged(&counted));
    if let Some(coverage) = coverage(lake, queries, window, &question.filters)? {
        quality.coverage = coverage.share();
        quality.notes.splice(0..0, coverage_notes(&coverage));
        quality.coverage_by_stage = Some(coverage.stages);
    }
    let mut assumptions =
        notes::assumptions(catalog, total.unbilled_requests > 0, total.undetermined_requests > 0);
    assumptions.extend(queries.clients().said(&question.by));
    Ok(CostAnalysis {
        window,
        dimensions: question.by.clone(),
        filters: question.filters.typed().to_vec(),
        http_metering: question.metering.name().to_owned(),
        currency: catalog.currency().to_owned(),
        total,
        rows: answer,
        days,
        unpriced: priced.unpriced,
        rates: priced.rates.into_iter().collect(),
        rates_at: catalog.rates_at().map(|month| month.to_string()),
        quality,
        assumptions,
        overrides: Vec::new(),
    })
}

/// Counts usage in a window by dimensions, part by part where a rate changes inside a month.
pub(super) fn count(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    metering: HttpMetering,
    window: Window,
    by: &[Dimension],
) -> Result<Leaves, AnalysisError> {
    let dimensions = query_dimensions(by);
    let mut counted = Leaves::new();
    for part in window.cut_at(&catalog.changes()) {
        let frame = queries.run(USAGE, requests(lake, part, &dimensions)?, &dimensions)?;
        counted.extend(leaves(&frame, by, catalog.rules(), metering, day_of_ms(part.from_ms))?);
    }
    Ok(counted)
}

/// Usage of the window's first month before it: where in the tiers the window starts.
pub(super) fn count_before(
    lake: &Lake,
    window: Window,
    usage: impl Fn(Window) -> Result<Leaves, AnalysisError>,
) -> Result<Leaves, AnalysisError> {
    let month_start = Month::of_ms(window.from_ms).start_ms();
    lake.check_files(Window { from_ms: month_start, to_ms: window.to_ms })?;
    match Window::new(month_start, window.from_ms) {
        Ok(before) => usage(before),
        Err(_) => Ok(Leaves::new()),
    }
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

/// Counts a window's usage by dimensions.
type Count<'a> = dyn Fn(Window, &[Dimension]) -> Result<Leaves, AnalysisError> + 'a;

fn day_costs(
    usage: &Count<'_>,
    catalog: &Catalog,
    before: &Leaves,
    question: &CostQuestion,
    merge: &RouteMerge<'_>,
) -> Result<Vec<DayCost>, AnalysisError> {
    let by = [Dimension::Day];
    let counted = merge.merge(usage(question.window, &by)?);
    let selected = |key: &_| merge.selects(key);
    let priced = price(catalog, &counted, before, selected)?;
    let (days, _) = rows(&counted, &priced, &by, selected);
    Ok(days
        .into_iter()
        .filter_map(|row| {
            let day = row.values.into_iter().next().flatten()?;
            Some(DayCost { day, requests: row.measures.requests, cost: row.measures.cost })
        })
        .collect())
}
