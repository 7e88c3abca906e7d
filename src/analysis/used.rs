//! A window's usage with its prices: counted part by part, placed in its months, scaled where that is asked for.

use gwcost_core::model::{Month, Window, day_of_ms};
use gwcost_core::pricing::{Allocation, HttpMetering};

use super::AnalysisError;
use super::catalog::Catalog;
use super::cost::CostQuestion;
use super::coverage::coverage;
use super::dimension::Dimension;
use super::filter::Filters;
use super::frame::requests;
use super::metric_scale::MetricScale;
use super::other_routes::RouteMerge;
use super::pricing::{Around, Priced, price};
use super::query::{Queries, USAGE};
use super::result::{DayCost, Measures};
use super::row::rows;
use super::usage::{LeafKey, Leaves, leaves, query_dimensions};
use crate::lake::Lake;

/// What a window used and what it costs: of the log, or of what CloudWatch counted.
pub(super) struct Used<'q> {
    lake: &'q Lake,
    queries: &'q Queries,
    catalog: &'q Catalog,
    question: &'q CostQuestion,
    scale: Option<&'q MetricScale>,
    by: Vec<Dimension>,
    /// What the lake holds of the window's months outside of it.
    pub around: Around,
    /// The window's usage, routes merged.
    pub leaves: Leaves,
    /// Which routes were merged.
    pub merge: RouteMerge<'q>,
    /// What the leaves cost.
    pub priced: Priced,
}

impl<'q> Used<'q> {
    /// Counts by dimensions and prices; with a scale, what was counted instead of what is logged. `filters` are the
    /// question's without the country, which endpoints do not have.
    pub fn new(
        lake: &'q Lake,
        queries: &'q Queries,
        catalog: &'q Catalog,
        question: &'q CostQuestion,
        filters: &'q Filters,
        scale: Option<&'q MetricScale>,
        by: &[Dimension],
    ) -> Result<Used<'q>, AnalysisError> {
        let window = question.window;
        let usage = |window: Window, by: &[Dimension]| {
            count_scaled(lake, queries, catalog, question.metering, scale, window, by)
        };
        let around = count_around(lake, window, catalog.allocation(), |part| usage(part, &[]))?;
        let counted = usage(window, &question.counted_by(by))?;
        let merge = RouteMerge::new(&counted, &question.limits, filters);
        let leaves = merge.merge(counted);
        let selected = |key: &LeafKey| merge.selects(key) && question.selects_country(by, key);
        let priced = price(catalog, &leaves, &around, selected)?;
        let by = by.to_vec();
        Ok(Used { lake, queries, catalog, question, scale, by, around, leaves, merge, priced })
    }

    /// Whether the filters select a leaf.
    pub fn selects(&self, key: &LeafKey) -> bool {
        self.merge.selects(key) && self.question.selects_country(&self.by, key)
    }

    /// The figures of everything that the filters select.
    pub fn total(&self) -> Measures {
        rows(&self.leaves, &self.priced, &self.by, |key| self.selects(key)).1
    }

    /// What each UTC day cost.
    pub fn day_costs(&self) -> Result<Vec<DayCost>, AnalysisError> {
        let by = [Dimension::Day];
        let (metering, window) = (self.question.metering, self.question.window);
        let counted_by = self.question.counted_by(&by);
        let counted =
            count_scaled(self.lake, self.queries, self.catalog, metering, self.scale, window, &counted_by)?;
        let counted = self.merge.merge(counted);
        let selected = |key: &LeafKey| self.merge.selects(key) && self.question.selects_country(&by, key);
        let priced = price(self.catalog, &counted, &self.around, selected)?;
        let (days, _) = rows(&counted, &priced, &by, selected);
        Ok(days
            .into_iter()
            .filter_map(|row| {
                let day = row.values.into_iter().next().flatten()?;
                Some(DayCost { day, requests: row.measures.requests, cost: row.measures.cost })
            })
            .collect())
    }
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
        let frame = requests(lake, part, &dimensions, queries.countries())?;
        let frame = queries.run(USAGE, frame, &dimensions)?;
        counted.extend(leaves(&frame, by, catalog.rules(), metering, day_of_ms(part.from_ms))?);
    }
    Ok(counted)
}

/// Counts usage, scaled to what CloudWatch counted where there is a scale.
pub(super) fn count_scaled(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    metering: HttpMetering,
    scale: Option<&MetricScale>,
    window: Window,
    by: &[Dimension],
) -> Result<Leaves, AnalysisError> {
    match scale {
        None => count(lake, queries, catalog, metering, window, by),
        Some(scale) => {
            let by_day = MetricScale::dimensions(by);
            Ok(scale.apply(by, count(lake, queries, catalog, metering, window, &by_day)?))
        }
    }
}

/// What the log lacks of a window and of its months around it, for all stages: others fill tiers, too.
pub(super) fn metric_scale(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    window: Window,
) -> Result<Option<MetricScale>, AnalysisError> {
    let months = months_of(window, catalog.allocation());
    let coverage = coverage(lake, queries, months, &Filters::default())?;
    Ok(coverage.as_ref().and_then(MetricScale::of))
}

/// Usage of the window's months outside of it: where in the tiers the window stands.
pub(super) fn count_around(
    lake: &Lake,
    window: Window,
    allocation: Allocation,
    usage: impl Fn(Window) -> Result<Leaves, AnalysisError>,
) -> Result<Around, AnalysisError> {
    let months = months_of(window, allocation);
    lake.check_files(months)?;
    // An empty window is none: nothing of the month lies there.
    let count = |from_ms, to_ms| Window::new(from_ms, to_ms).map_or_else(|_| Ok(Leaves::new()), &usage);
    Ok(Around { before: count(months.from_ms, window.from_ms)?, after: count(window.to_ms, months.to_ms)? })
}

/// The window with what of its months says where in the tiers it stands.
fn months_of(window: Window, allocation: Allocation) -> Window {
    let from_ms = Month::of_ms(window.from_ms).start_ms();
    let to_ms = match (allocation, window.months().last()) {
        (Allocation::Average, Some(last)) => last.window().to_ms.max(window.to_ms),
        _ => window.to_ms,
    };
    Window { from_ms, to_ms }
}
