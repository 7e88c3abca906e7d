//! The invoice view of a window: every pool's tiers as lines, which add up to what `cost` finds.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use globset::GlobMatcher;
use gwcost_core::model::{ApiKind, Window};
use gwcost_core::pricing::{AMOUNT_DECIMALS, HttpMetering, Meter, round_to_total};
use gwcost_core::text::grouped;
use rust_decimal::Decimal;

use super::AnalysisError;
use super::catalog::Catalog;
use super::dimension::Dimension;
use super::metric_scale::scaled_or_not;
use super::minutes::connection_minutes;
use super::notes;
use super::pricing::{Priced, PricedPool, price, units};
use super::private_apis::private_apis;
use super::query::Queries;
use super::result::{Bill, BillLine, PoolUse, UseOfEndpoint};
use super::row::rows;
use super::usage::{Leaf, LeafKey};
use super::used::{count_around, count_scaled, metric_scale};
use crate::lake::Lake;

/// How many endpoints an explanation names.
const MOST_ENDPOINTS: usize = 10;

/// What is asked.
#[derive(Clone, Debug)]
pub struct BillQuestion {
    /// The half-open UTC window.
    pub window: Window,
    /// Only accounts that match; a family of accounts is whole or not at all.
    pub account: Option<GlobMatcher>,
    /// Only regions that match.
    pub region: Option<GlobMatcher>,
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
}

impl BillQuestion {
    fn selects(&self, catalog: &Catalog, account: &str, region: &str) -> bool {
        let family = catalog.terms().families.iter().find(|family| family.iter().any(|of| of == account));
        let matches = |account: &str| self.account.as_ref().is_none_or(|glob| glob.is_match(account));
        let account = match family {
            Some(family) => family.iter().any(|account| matches(account)),
            None => matches(account),
        };
        account && self.region.as_ref().is_none_or(|glob| glob.is_match(region))
    }
}

/// Bills what the lake holds of a window.
///
/// # Errors
/// [`AnalysisError`].
pub fn bill(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &BillQuestion,
) -> Result<Bill, AnalysisError> {
    let window = question.window;
    let catalog = &private_apis(lake, catalog)?;
    let scale = match catalog.scale_to_metrics() {
        true => metric_scale(lake, queries, catalog, window)?,
        false => None,
    };
    let usage = |window| count_scaled(lake, queries, catalog, question.metering, scale.as_ref(), window, &[]);
    let around = count_around(lake, window, catalog.allocation(), usage)?;
    let counted = usage(window)?;
    let selected = |key: &LeafKey| question.selects(catalog, key.endpoint.account(), key.endpoint.region());
    let priced = price(catalog, &counted, &around, selected)?;
    let (_, total) = rows(&counted, &priced, &[], selected);
    let keyed: Vec<(&LeafKey, &Leaf)> = counted.iter().collect();
    let pools = priced.pools.iter().map(|pool| pool_use(pool, &keyed)).collect();
    let assumptions =
        notes::assumptions(catalog, total.unbilled_requests > 0, total.undetermined_requests > 0, &around);
    let minutes = match counted.keys().any(|key| key.endpoint.kind == ApiKind::WebSocket) {
        true => {
            let selects = |account: &str, region: &str| question.selects(catalog, account, region);
            connection_minutes(lake, catalog, window, selects)?
        }
        false => Vec::new(),
    };
    let lines = lines(&priced, total.request_cost, total.transfer_cost);
    let mut quality = notes::quality(lake, window, &counted, question.metering, selected, 0);
    quality.notes.splice(0..0, catalog.scale_to_metrics().then(|| scaled_or_not(scale.is_some())));
    Ok(Bill {
        window,
        currency: catalog.currency().to_owned(),
        allocation: catalog.allocation().name().to_owned(),
        lines,
        pools,
        connection_minutes: minutes,
        credits: Vec::new(),
        neighbours: None,
        quality,
        total,
        unpriced: priced.unpriced,
        rates: priced.rates.into_iter().collect(),
        rates_at: catalog.rates_at().map(|month| month.to_string()),
        assumptions,
        overrides: Vec::new(),
    })
}

/// The lines of all pools. Those of calls add up to the one total and those of transfer to the other, exactly.
pub(super) fn lines(priced: &Priced, calls: Option<Decimal>, transfer: Option<Decimal>) -> Vec<BillLine> {
    let is_transfer =
        |pool: &PricedPool| matches!(pool.meter, Meter::InternetTransfer | Meter::PrivateTransfer);
    let mut rounded: BTreeMap<(usize, usize), Decimal> = BTreeMap::new();
    for (of_transfer, total) in [(false, calls), (true, transfer)] {
        let places: Vec<(usize, usize)> = priced
            .pools
            .iter()
            .enumerate()
            .filter(|(_, pool)| is_transfer(pool) == of_transfer)
            .flat_map(|(at, pool)| (0..pool.lines.len()).map(move |line| (at, line)))
            .collect();
        let exact: Vec<Decimal> =
            places.iter().map(|(at, line)| priced.pools[*at].lines[*line].amount.to_decimal()).collect();
        let amounts = round_to_total(&exact, total.unwrap_or_default(), AMOUNT_DECIMALS);
        rounded.extend(places.into_iter().zip(amounts));
    }
    rounded
        .into_iter()
        .map(|((at, line_at), amount)| {
            let (pool, line) = (&priced.pools[at], &priced.pools[at].lines[line_at]);
            let effective = pool.rate.as_ref().map(|rate| rate.effective.clone()).unwrap_or_default();
            BillLine {
                account: pool.account.clone(),
                region: pool.region.clone(),
                month: pool.month.to_string(),
                meter: pool.meter.name().to_owned(),
                usage_type: usage_type(pool),
                tier: line.tier.clone(),
                quantity: pool.meter.quantity(line.units),
                unit: pool.meter.unit().to_owned(),
                rate: line.rate,
                amount,
                effective,
                pool: at,
            }
        })
        .collect()
}

/// The usage type as AWS's bill prints it, where both of its parts are known.
fn usage_type(pool: &PricedPool) -> Option<String> {
    let prefix = gwcost_core::pricing::price_list::prefix_of_region(&pool.region)?;
    Some(format!("{prefix}-{}", pool.meter.usage_type()?))
}

/// What of the log a pool is made of.
fn pool_use(pool: &PricedPool, leaves: &[(&LeafKey, &Leaf)]) -> PoolUse {
    let mut sum = Leaf::default();
    let mut endpoints: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for index in &pool.members {
        let (key, leaf) = leaves[*index];
        sum.merge(leaf);
        let of = |dimension| key.endpoint.value(dimension).unwrap_or("–");
        let named = [Dimension::Api, Dimension::Stage, Dimension::Method, Dimension::Route].map(of).join(" ");
        let entry = endpoints.entry(named).or_default();
        entry.0 += leaf.requests;
        entry.1 = entry.1.saturating_add(units(leaf, pool.meter).base);
    }
    let of_endpoints = endpoints.len();
    let mut endpoints: Vec<(String, (u64, u64))> = endpoints.into_iter().collect();
    endpoints.sort_by_key(|(_, (_, units))| Reverse(*units));
    endpoints.truncate(MOST_ENDPOINTS);
    let quantity = |units: u64| pool.meter.quantity(units);
    let used = units(&sum, pool.meter).base;
    PoolUse {
        region: pool.region.clone(),
        meter: pool.meter,
        units: used,
        before: quantity(pool.placing.start.saturating_add(pool.placing.earlier)),
        averaged: averaged(pool, used).map(quantity),
        quantity: quantity(used),
        requests: sum.requests,
        billable_requests: sum.billable,
        unbilled_requests: sum.unbilled,
        undetermined_requests: sum.undetermined,
        sized_requests: sum.sized,
        rule: rule(pool.meter),
        rate: pool.rate.clone(),
        endpoints: endpoints
            .into_iter()
            .map(|(name, (requests, units))| UseOfEndpoint { name, requests, quantity: quantity(units) })
            .collect(),
        of_endpoints,
    }
}

/// The units of the month whose average the window pays; `None` where it stands by itself.
fn averaged(pool: &PricedPool, used: u64) -> Option<u64> {
    let around = pool.placing.earlier.saturating_add(pool.placing.later);
    (around > 0).then(|| around.saturating_add(used))
}

/// How a meter counts what the log holds, a sentence.
fn rule(meter: Meter) -> String {
    use gwcost_core::pricing::{HTTP_INCREMENT_BYTES, STREAM_INCREMENT_BYTES};
    match meter {
        Meter::RestRequests => format!(
            "each billed request is one, whatever its size; a streamed response is one for every {} bytes that it \
             starts",
            grouped(STREAM_INCREMENT_BYTES)
        ),
        Meter::HttpRequests => {
            format!(
                "each billed request is one for every {} bytes that it starts",
                grouped(HTTP_INCREMENT_BYTES)
            )
        }
        Meter::WebsocketMessages => "each message is one: logs hold no size".to_owned(),
        Meter::InternetTransfer => "bytes of response bodies, a GB being 2^30".to_owned(),
        Meter::PrivateTransfer => {
            "bytes of response bodies of private APIs, by the GB of PrivateLink; request bodies are not logged"
                .to_owned()
        }
        other => format!("counted in {}", other.unit()),
    }
}
