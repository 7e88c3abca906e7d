//! What rules are held against, counted once: requests, cost, statuses and latencies of each endpoint.

use std::collections::BTreeMap;

use gwcost_core::model::{DAY_MS, GateMeasure, Window};
use rust_decimal::Decimal;

use super::{GateQuestion, every_route};
use crate::analysis::AnalysisError;
use crate::analysis::catalog::Catalog;
use crate::analysis::cost::{CostQuestion, cost};
use crate::analysis::coverage::StageCoverage;
use crate::analysis::dimension::Dimension;
use crate::analysis::filter::Filters;
use crate::analysis::frame::requests;
use crate::analysis::percentile::latencies;
use crate::analysis::query::{LATENCY, Queries};
use crate::analysis::result::CostAnalysis;
use crate::analysis::row::SortKey;
use crate::lake::Lake;

const WEEK_MS: i64 = 7 * DAY_MS;

/// Account, region, API, stage, method, route.
pub(super) type EndpointKey = [Option<String>; 6];

/// What one endpoint, or several together, came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Figure {
    pub requests: u64,
    /// The part that could be priced.
    pub cost: Decimal,
    /// Something has no price.
    pub unpriced: bool,
    pub with_status: u64,
    pub client_errors: u64,
    pub server_errors: u64,
    /// How often each latency occurred.
    pub latencies: BTreeMap<i64, u64>,
    /// What the last seven days cost, and the seven before.
    pub weeks: [Week; 2],
}

/// A week's cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Week {
    pub requests: u64,
    pub cost: Decimal,
    pub unpriced: bool,
}

/// All of it.
pub(super) struct Figures {
    pub endpoints: BTreeMap<EndpointKey, Figure>,
    pub requests: u64,
    pub days_with_requests: usize,
    /// Days with requests of the last seven days, and of the seven before; nothing where no rule asks.
    pub days_of_weeks: Option<[usize; 2]>,
    pub coverage: Option<Vec<StageCoverage>>,
    pub notes: Vec<String>,
}

impl Figure {
    /// Adds what another endpoint came to.
    pub(super) fn add(&mut self, other: &Figure) {
        self.requests += other.requests;
        self.cost += other.cost;
        self.unpriced |= other.unpriced;
        self.with_status += other.with_status;
        self.client_errors += other.client_errors;
        self.server_errors += other.server_errors;
        for (latency, count) in &other.latencies {
            *self.latencies.entry(*latency).or_default() += count;
        }
        for (week, other) in self.weeks.iter_mut().zip(&other.weeks) {
            week.requests += other.requests;
            week.cost += other.cost;
            week.unpriced |= other.unpriced;
        }
    }
}

impl Figures {
    /// Counts the lake, as far as some rule needs it.
    pub(super) fn count(
        lake: &Lake,
        queries: &Queries,
        catalog: &Catalog,
        question: &GateQuestion<'_>,
    ) -> Result<Figures, AnalysisError> {
        let asks = |wanted: &dyn Fn(GateMeasure) -> bool| {
            question.rules.iter().flat_map(|rule| &rule.limits).any(|(measure, _)| wanted(*measure))
        };
        let window = question.window;
        let mut by = Dimension::ENDPOINT.to_vec();
        by.push(Dimension::Status);
        let ask = |window: Window, by: &[Dimension]| {
            let asked = CostQuestion {
                window,
                by: by.to_vec(),
                filters: Filters::default(),
                sort: SortKey::default(),
                top: None,
                limits: every_route(),
                metering: question.metering,
                days: true,
            };
            cost(lake, queries, catalog, &asked)
        };
        let answer = ask(window, &by)?;
        let mut endpoints = by_endpoint(&answer);
        if asks(&|measure| matches!(measure, GateMeasure::Latency(_))) {
            let frame = requests(lake, window, &Dimension::ENDPOINT, queries.countries())?;
            let result = queries.run(LATENCY, frame, &Dimension::ENDPOINT)?;
            for (key, counts) in latencies(&result, LATENCY, &Dimension::ENDPOINT, Some)? {
                let figure = endpoints.entry(endpoint(&key)).or_default();
                for (latency, count) in counts {
                    *figure.latencies.entry(latency).or_default() += count;
                }
            }
        }
        let mut days_of_weeks = None;
        if asks(&|measure| measure == GateMeasure::GrowthPerWeek) {
            let mut days = [0; 2];
            for (at, days) in days.iter_mut().enumerate() {
                let to_ms = window.to_ms - WEEK_MS * i64::try_from(at).unwrap_or_default();
                let week = ask(Window { from_ms: to_ms - WEEK_MS, to_ms }, &Dimension::ENDPOINT)?;
                *days = week.days.len();
                for (key, figure) in by_endpoint(&week) {
                    endpoints.entry(key).or_default().weeks[at] =
                        Week { requests: figure.requests, cost: figure.cost, unpriced: figure.unpriced };
                }
            }
            days_of_weeks = Some(days);
        }
        Ok(Figures {
            endpoints,
            requests: answer.total.requests,
            days_with_requests: answer.days.len(),
            days_of_weeks,
            coverage: answer.quality.coverage_by_stage,
            notes: answer.quality.notes,
        })
    }
}

fn endpoint(values: &[Option<String>]) -> EndpointKey {
    std::array::from_fn(|at| values.get(at).cloned().flatten())
}

fn by_endpoint(answer: &CostAnalysis) -> BTreeMap<EndpointKey, Figure> {
    let mut endpoints: BTreeMap<EndpointKey, Figure> = BTreeMap::new();
    for row in &answer.rows {
        let figure = endpoints.entry(endpoint(&row.values)).or_default();
        let requests = row.measures.requests;
        figure.requests += requests;
        figure.cost += row.measures.cost.unwrap_or_default();
        figure.unpriced |= row.measures.cost.is_none() || !row.unpriced.is_empty();
        if let Some(status) = row.values.get(6).and_then(Option::as_deref) {
            figure.with_status += requests;
            match status.as_bytes().first() {
                Some(b'4') => figure.client_errors += requests,
                Some(b'5') => figure.server_errors += requests,
                _ => {}
            }
        }
    }
    endpoints
}
