//! What each group of requests costs.

use std::collections::{BTreeSet, HashMap};

use gwcost_core::model::{ApiKind, RouteLimits, Window, day_of_ms};
use gwcost_core::pricing::HttpMetering;
use polars::prelude::{col, lit, when};

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
use super::percentile::{GroupKey, percentiles};
use super::private_apis::private_apis;
use super::query::{INTEGRATION_LATENCY, LATENCY, Queries, USAGE};
use super::result::{CostAnalysis, CostRow, Percentiles};
use super::row::{SortKey, add_percentiles, rows};
use super::usage::{LeafKey, Leaves, further_dimensions, leaves, query_dimensions};
use super::used::{Used, metric_scale};
pub(super) use super::used::{count, count_around};
use crate::lake::{Column, Lake};

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

impl CostQuestion {
    /// Whether countries have to be known.
    pub fn needs_countries(&self) -> bool {
        self.by.contains(&Dimension::Country) || self.filters.are_on(Dimension::Country)
    }

    /// What usage is counted by: what is grouped by, and last the country, where it is filtered.
    pub(super) fn counted_by(&self, by: &[Dimension]) -> Vec<Dimension> {
        let mut counted = by.to_vec();
        if self.filters.are_on(Dimension::Country) && !by.contains(&Dimension::Country) {
            counted.push(Dimension::Country);
        }
        counted
    }

    /// Whether the country of a leaf is selected, which was counted by [`CostQuestion::counted_by`].
    pub(super) fn selects_country(&self, by: &[Dimension], key: &LeafKey) -> bool {
        let further = further_dimensions(&self.counted_by(by));
        match further.iter().position(|dimension| *dimension == Dimension::Country) {
            Some(at) if self.filters.are_on(Dimension::Country) => key.further[at]
                .as_deref()
                .is_some_and(|country| self.filters.matches(Dimension::Country, country)),
            _ => true,
        }
    }
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
    let catalog = &private_apis(lake, catalog)?;
    let covered = coverage(lake, queries, window, &question.filters)?;
    let scale = match covered {
        Some(_) => metric_scale(lake, queries, catalog, window)?,
        None => None,
    };
    let asked = catalog.scale_to_metrics();
    // Endpoints have no country: it is asked for apart.
    let filters = question.filters.without(Dimension::Country);
    let used = |scale, by: &[Dimension]| Used::new(lake, queries, catalog, question, &filters, scale, by);
    let other = scale.as_ref().map(|scale| used((!asked).then_some(scale), &[])).transpose()?;
    let used = used(scale.as_ref().filter(|_| asked), &question.by)?;
    let selected = |key: &LeafKey| used.selects(key);
    let (mut answer, total) = rows(&used.leaves, &used.priced, &question.by, selected);
    add_latencies(lake, queries, question, &used.leaves, &used.merge, &mut answer)?;
    question.sort.sort(&mut answer);
    if let Some(top) = question.top {
        answer.truncate(top);
    }
    let days = if question.days { used.day_costs()? } else { Vec::new() };

    let merged = used.merge.routes_merged(&used.leaves);
    let mut quality = notes::quality(lake, window, &used.leaves, question.metering, selected, merged);
    let by_metrics = other.map(|other| two_totals(asked, &total, &other.total()));
    quality.notes.splice(0..0, scale_note(catalog, by_metrics.as_ref()));
    if let Some(coverage) = covered {
        quality.coverage = coverage.share();
        quality.notes.splice(0..0, coverage_notes(&coverage));
        quality.coverage_by_stage = Some(coverage.stages);
    }
    let mut assumptions = notes::assumptions(
        catalog,
        total.unbilled_requests > 0,
        total.undetermined_requests > 0,
        &used.around,
    );
    assumptions.extend(queries.clients().said(&question.by));
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
        full: None,
        assumptions,
        overrides: Vec::new(),
    })
}

/// Counts the same as [`count`] by country, as if REST APIs were HTTP APIs and the other way round: what requests
/// would be on the other kind's meter.
pub(super) fn count_as_other_kind(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    metering: HttpMetering,
    window: Window,
) -> Result<Leaves, AnalysisError> {
    let dimensions = query_dimensions(&[]);
    let mut counted = Leaves::new();
    let kind = || col(Column::ApiKind.name());
    let name = |kind: ApiKind| lit(kind.name());
    let other = when(kind().eq(name(ApiKind::Rest)))
        .then(name(ApiKind::Http))
        .when(kind().eq(name(ApiKind::Http)))
        .then(name(ApiKind::Rest))
        .otherwise(kind())
        .alias(Column::ApiKind.name());
    for part in window.cut_at(&catalog.changes()) {
        let frame = requests(lake, part, &dimensions, None)?.with_column(other.clone());
        let frame = queries.run(USAGE, frame, &dimensions)?;
        counted.extend(leaves(&frame, &[], catalog.rules(), metering, day_of_ms(part.from_ms))?);
    }
    Ok(counted)
}

/// Percentiles of what API Gateway itself took: latency less the integration's, of requests with both.
pub(super) fn overheads(
    lake: &Lake,
    queries: &Queries,
    window: Window,
    by: &[Dimension],
) -> Result<HashMap<GroupKey, Percentiles>, AnalysisError> {
    let own = col(Column::LatencyMs.name()) - col(Column::IntegrationLatencyMs.name());
    let frame = requests(lake, window, by, None)?.with_column(own.alias(Column::LatencyMs.name()));
    percentiles(&queries.run(LATENCY, frame, by)?, LATENCY, by, Some)
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
    let filters = merge.filters();
    let concerned = merge.concerns(by);
    // Which routes are merged, and so which are selected, is then not for the engine to say.
    let (dimensions, filters) = match concerned {
        true => (RouteMerge::dimensions(by), merge.without_route()),
        false => (by.clone(), filters),
    };
    let in_country = question.filters.only(Dimension::Country);
    let at = further_dimensions(&question.counted_by(by)).iter().position(|of| *of == Dimension::Country);
    let countries: BTreeSet<String> =
        at.map(|at| counted.keys().filter_map(|key| key.further[at].clone()).collect()).unwrap_or_default();
    let mut found = Vec::new();
    for query in [LATENCY, INTEGRATION_LATENCY] {
        let frame = requests(lake, question.window, &question.counted_by(&dimensions), queries.countries())?;
        let frame = in_country
            .apply(filters.apply(frame, values), |_| countries.iter().map(String::as_str).collect());
        let result = queries.run(query, frame, &dimensions)?;
        let group = |values| if concerned { merge.group(by, values) } else { Some(values) };
        found.push(percentiles(&result, query, &dimensions, group)?);
    }
    if let [latency, integration] = found.as_slice() {
        add_percentiles(answer, latency, integration);
    }
    Ok(())
}
