//! Quality of service beside cost: errors, availability, latency, and how much of it is the backend's.
//!
//! The thresholds are those at which AWS's own guides for API Gateway set their example alarms; gates can use others.

use std::collections::BTreeMap;

use gwcost_core::model::{RouteLimits, Window};
use gwcost_core::pricing::HttpMetering;
use rust_decimal::Decimal;

use super::AnalysisError;
use super::catalog::Catalog;
use super::cost::{CostQuestion, cost};
use super::dimension::Dimension;
use super::evidence::Table;
use super::filter::Filters;
use super::frame::requests;
use super::query::{INTEGRATION_LATENCY, LATENCY, Queries, QueryFile};
use super::result::Percentiles;
use super::row::SortKey;
use crate::lake::Lake;

/// What is asked.
#[derive(Clone, Debug)]
pub struct ServiceQuestion {
    /// The half-open UTC window.
    pub window: Window,
    /// What to group by; not empty, and without the status.
    pub by: Vec<Dimension>,
    /// What to show; the rest still fills tiers.
    pub filters: Filters,
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
    /// Bounds of what is good.
    pub thresholds: Thresholds,
}

/// Bounds of what is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// The part of requests with a 4xx, at most.
    pub client_errors: Decimal,
    /// The part of requests with a 5xx, at most.
    pub server_errors: Decimal,
    /// The 99th percentile of latency, at most.
    pub p99_ms: i64,
    /// The 99th percentile of the integration's latency, at most.
    pub integration_p99_ms: i64,
}

impl Default for Thresholds {
    /// 4xx above 1 %, 5xx above 0.1 %, p99 above 1,000 ms, the integration above 500 ms.
    fn default() -> Self {
        Thresholds {
            client_errors: Decimal::new(1, 2),
            server_errors: Decimal::new(1, 3),
            p99_ms: 1000,
            integration_p99_ms: 500,
        }
    }
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Service {
    /// The half-open UTC window.
    pub window: Window,
    /// The dimensions of [`ServiceRow::values`].
    pub by: Vec<Dimension>,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// Those with most breaches first, then the costliest.
    pub rows: Vec<ServiceRow>,
    /// The bounds that were held to.
    pub thresholds: Thresholds,
}

/// One group.
#[derive(Clone, Debug, Default)]
pub struct ServiceRow {
    /// Its values.
    pub values: Vec<Option<String>>,
    /// Requests.
    pub requests: u64,
    /// What they cost; `None` where nothing of it could be priced.
    pub cost: Option<Decimal>,
    /// Requests with a status.
    pub with_status: u64,
    /// Those with a 4xx.
    pub client_errors: u64,
    /// Those with a 5xx.
    pub server_errors: u64,
    /// Latency as the caller saw it.
    pub latency: Percentiles,
    /// Latency of the integration.
    pub integration_latency: Percentiles,
    /// The integration's part of all time that callers waited, 0 to 1; `None` where either was not logged.
    pub integration_share: Option<Decimal>,
    /// The bounds that do not hold.
    pub breaches: Vec<Breach>,
}

/// A bound that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// Too many 4xx.
    ClientErrors,
    /// Too many 5xx.
    ServerErrors,
    /// Callers wait too long.
    Latency,
    /// The backend takes too long.
    IntegrationLatency,
}

impl Breach {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Breach::ClientErrors => "client_errors",
            Breach::ServerErrors => "server_errors",
            Breach::Latency => "p99_ms",
            Breach::IntegrationLatency => "integration_p99_ms",
        }
    }
}

impl ServiceRow {
    /// The part of requests with a 4xx.
    pub fn client_error_rate(&self) -> Option<Decimal> {
        rate(self.client_errors, self.with_status)
    }

    /// The part of requests with a 5xx.
    pub fn server_error_rate(&self) -> Option<Decimal> {
        rate(self.server_errors, self.with_status)
    }

    /// The part of requests that were not answered with a 5xx.
    pub fn availability(&self) -> Option<Decimal> {
        Some(Decimal::ONE - self.server_error_rate()?)
    }

    fn held_to(&self, bounds: &Thresholds) -> Vec<Breach> {
        let above = |rate: Option<Decimal>, bound| rate.is_some_and(|rate| rate > bound);
        let slow = |latency: Option<i64>, bound| latency.is_some_and(|latency| latency > bound);
        [
            (above(self.client_error_rate(), bounds.client_errors), Breach::ClientErrors),
            (above(self.server_error_rate(), bounds.server_errors), Breach::ServerErrors),
            (slow(self.latency.p99_ms, bounds.p99_ms), Breach::Latency),
            (slow(self.integration_latency.p99_ms, bounds.integration_p99_ms), Breach::IntegrationLatency),
        ]
        .into_iter()
        .filter_map(|(is, breach)| is.then_some(breach))
        .collect()
    }
}

fn rate(part: u64, whole: u64) -> Option<Decimal> {
    (whole > 0).then(|| (Decimal::from(part) / Decimal::from(whole)).round_dp(6).normalize())
}

/// Looks at the quality of service.
///
/// # Errors
/// [`AnalysisError`].
pub fn service(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &ServiceQuestion,
) -> Result<Service, AnalysisError> {
    let by: Vec<Dimension> =
        question.by.iter().copied().filter(|dimension| *dimension != Dimension::Status).collect();
    let asked = |by: Vec<Dimension>| CostQuestion {
        window: question.window,
        by,
        filters: question.filters.clone(),
        sort: SortKey::default(),
        top: None,
        metering: question.metering,
        // Percentiles and times are asked for by the route's own name.
        limits: RouteLimits::new(usize::MAX, BTreeMap::new()),
        days: false,
    };
    let whole = cost(lake, queries, catalog, &asked(by.clone()))?;
    let by_status = cost(lake, queries, catalog, &asked([&by[..], &[Dimension::Status]].concat()))?;
    let mut rows: BTreeMap<Vec<Option<String>>, ServiceRow> = BTreeMap::new();
    for row in whole.rows {
        let entry = ServiceRow {
            values: row.values.clone(),
            requests: row.measures.requests,
            cost: row.measures.cost,
            latency: row.latency,
            integration_latency: row.integration_latency,
            ..ServiceRow::default()
        };
        rows.insert(row.values, entry);
    }
    for row in by_status.rows {
        let [values @ .., Some(status)] = row.values.as_slice() else { continue };
        let (Some(entry), Ok(status)) = (rows.get_mut(values), status.parse::<u16>()) else { continue };
        entry.with_status += row.measures.requests;
        match status {
            400..500 => entry.client_errors += row.measures.requests,
            500.. => entry.server_errors += row.measures.requests,
            _ => {}
        }
    }
    let waited = times(lake, queries, question, &by, LATENCY)?;
    let behind = times(lake, queries, question, &by, INTEGRATION_LATENCY)?;
    let mut rows: Vec<ServiceRow> = rows
        .into_values()
        .map(|mut row| {
            let share = waited.get(&row.values).zip(behind.get(&row.values));
            // Requests that the backend never saw have no time of it, which is none.
            row.integration_share = share.and_then(|(waited, behind)| rate((*behind).min(*waited), *waited));
            row.breaches = row.held_to(&question.thresholds);
            row
        })
        .collect();
    rows.sort_by(|one, other| {
        let key = |row: &ServiceRow| (row.breaches.len(), row.cost, row.requests);
        key(other).cmp(&key(one)).then_with(|| one.values.cmp(&other.values))
    });
    Ok(Service {
        window: question.window,
        by,
        currency: whole.currency,
        rows,
        thresholds: question.thresholds,
    })
}

/// Milliseconds of all requests of a group together.
fn times(
    lake: &Lake,
    queries: &Queries,
    question: &ServiceQuestion,
    by: &[Dimension],
    query: QueryFile,
) -> Result<BTreeMap<Vec<Option<String>>, u64>, AnalysisError> {
    let frame = queries.run(query, requests(lake, question.window, by, queries.countries())?, by)?;
    let table = Table::new(&frame, query);
    let columns =
        by.iter().map(|dimension| table.dimension(dimension.name())).collect::<Result<Vec<_>, _>>()?;
    let (latency, count) = (table.integer(query.keys[0])?, table.integer("requests")?);
    let mut sums: BTreeMap<Vec<Option<String>>, u64> = BTreeMap::new();
    for row in 0..table.rows() {
        let (Some(latency), Some(count)) = (latency.get(row), count.get(row)) else { continue };
        let values = columns.iter().map(|column| column[row].clone()).collect();
        let sum = sums.entry(values).or_default();
        *sum = sum.saturating_add(latency.unsigned_abs().saturating_mul(count.unsigned_abs()));
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_held_to_strictly() {
        let row = |client_errors, server_errors, p99| ServiceRow {
            with_status: 1000,
            client_errors,
            server_errors,
            latency: Percentiles { p99_ms: Some(p99), ..Percentiles::default() },
            integration_latency: Percentiles { p99_ms: Some(501), ..Percentiles::default() },
            ..ServiceRow::default()
        };
        let bounds = Thresholds::default();
        assert_eq!(row(10, 1, 1000).held_to(&bounds), [Breach::IntegrationLatency]);
        assert_eq!(row(11, 2, 1001).held_to(&bounds).len(), 4);
        assert_eq!(row(0, 2, 1).availability(), Some("0.998".parse().unwrap()));
        assert_eq!(ServiceRow::default().held_to(&bounds), []);
    }
}
