//! Usage and latencies by endpoint and hour, a day at a time, so that a month needs the memory of a day.

use std::collections::BTreeMap;

use gwcost_core::model::{ApiKind, RouteLimits, Window};
use gwcost_core::pricing::HttpMetering;

use super::AnalysisError;
use super::catalog::Catalog;
use super::cost::count;
use super::dimension::Dimension;
use super::evidence::Table;
use super::filter::Filters;
use super::frame::requests;
use super::other_routes::RouteMerge;
use super::query::{LATENCY, Queries};
use super::usage::Leaves;
use crate::lake::Lake;

/// What one endpoint did in one hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HourlyUsage {
    /// Account, region, API, stage, method, route.
    pub endpoint: [Option<String>; 6],
    /// rest, http or websocket.
    pub api_kind: String,
    /// `2026-10-31T12:00Z`.
    pub hour: String,
    /// Requests in the log.
    pub requests: u64,
    /// Requests that AWS bills.
    pub billable_requests: u64,
    /// Requests with a status.
    pub with_status: u64,
    /// Requests with status 400 and above.
    pub errors: u64,
    /// Bytes of response bodies; `None` where no size was logged.
    pub response_bytes: Option<u64>,
    /// Milliseconds, and how often they occurred, in order.
    pub latencies: Vec<(i64, u64)>,
}

/// A window whose days can be asked for.
pub struct Hours<'a> {
    lake: &'a Lake,
    queries: &'a Queries,
    catalog: &'a Catalog,
    metering: HttpMetering,
    counted: Leaves,
    limits: &'a RouteLimits,
}

/// The endpoint, and what divides it here.
const BY: [Dimension; 8] = [
    Dimension::Account,
    Dimension::Region,
    Dimension::Api,
    Dimension::Stage,
    Dimension::Method,
    Dimension::Route,
    Dimension::ApiKind,
    Dimension::Hour,
];

type Key = (Vec<Option<String>>, String, String);

impl<'a> Hours<'a> {
    /// Counts the whole window first, because it says which routes are `(other)`.
    ///
    /// # Errors
    /// [`AnalysisError`].
    pub fn new(
        lake: &'a Lake,
        queries: &'a Queries,
        catalog: &'a Catalog,
        metering: HttpMetering,
        limits: &'a RouteLimits,
        window: Window,
    ) -> Result<Hours<'a>, AnalysisError> {
        let counted = count(lake, queries, catalog, metering, window, &[])?;
        Ok(Hours { lake, queries, catalog, metering, counted, limits })
    }

    /// The hours of a part of the window, by endpoint and hour.
    ///
    /// # Errors
    /// [`AnalysisError`].
    pub fn of(&self, part: Window) -> Result<Vec<HourlyUsage>, AnalysisError> {
        let all = Filters::default();
        let merge = RouteMerge::new(&self.counted, self.limits, &all);
        let Hours { lake, queries, catalog, metering, .. } = *self;
        let leaves = merge.merge(count(lake, queries, catalog, metering, part, &[Dimension::Hour])?);
        let mut found: BTreeMap<Key, HourlyUsage> = BTreeMap::new();
        for (key, leaf) in leaves {
            let hour = key.further.into_iter().next().flatten().unwrap_or_default();
            let kind = key.endpoint.kind.name().to_owned();
            let endpoint = key.endpoint.values;
            let usage = found.entry((endpoint.to_vec(), kind.clone(), hour.clone())).or_default();
            usage.endpoint = endpoint;
            usage.api_kind = kind;
            usage.hour = hour;
            usage.requests += leaf.requests;
            usage.billable_requests += leaf.billable;
            usage.with_status += leaf.with_status;
            usage.errors += leaf.errors;
            if leaf.sized > 0 {
                *usage.response_bytes.get_or_insert_default() += leaf.transfer.base;
            }
        }
        self.add_latencies(part, &merge, &mut found)?;
        Ok(found.into_values().collect())
    }

    fn add_latencies(
        &self,
        part: Window,
        merge: &RouteMerge<'_>,
        found: &mut BTreeMap<Key, HourlyUsage>,
    ) -> Result<(), AnalysisError> {
        let frame = self.queries.run(LATENCY, requests(self.lake, part, &BY, None)?, &BY)?;
        let table = Table::new(&frame, LATENCY);
        let columns =
            BY.iter().map(|dimension| table.dimension(dimension.name())).collect::<Result<Vec<_>, _>>()?;
        let (latency, requests) = (table.integer(LATENCY.keys[0])?, table.integer("requests")?);
        let mut counts: BTreeMap<(Key, i64), u64> = BTreeMap::new();
        for row in 0..table.rows() {
            let (Some(latency), Some(requests)) = (latency.get(row), requests.get(row)) else { continue };
            let mut values: Vec<Option<String>> = columns.iter().map(|column| column[row].clone()).collect();
            if merge.concerns(&BY) {
                let Some(grouped) = merge.group(&BY, values) else { continue };
                values = grouped;
            }
            let hour = values.pop().flatten().unwrap_or_default();
            let kind = values.pop().flatten().unwrap_or_default();
            // As usage calls it, should the lake say it otherwise.
            let kind = kind.parse::<ApiKind>().map_or(kind, |kind| kind.name().to_owned());
            *counts.entry(((values, kind, hour), latency)).or_default() += requests.unsigned_abs();
        }
        for ((key, latency), requests) in counts {
            if let Some(usage) = found.get_mut(&key) {
                usage.latencies.push((latency, requests));
            }
        }
        Ok(())
    }
}
