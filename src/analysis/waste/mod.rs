//! What need not have been paid: requests that are errors, retries, preflights, robots or polling, caches that
//! nobody asks, responses that are large, and logs that cost more than they need.
//!
//! Requests are counted exactly, each in one class, and priced at the average cost of a request of their endpoint
//! with their status, which is exact wherever those requests cost the same.

mod pass;
mod standing;

use std::collections::BTreeMap;

use gwcost_core::model::settings::Snapshot;
use gwcost_core::model::{RouteLimits, Window};
use gwcost_core::pricing::{HttpMetering, rounded};
use rust_decimal::Decimal;

use super::AnalysisError;
use super::catalog::Catalog;
use super::cost::{CostQuestion, cost};
use super::dimension::Dimension;
use super::filter::Filters;
use super::query::Queries;
use super::result::{CostAnalysis, Unpriced};
use super::row::SortKey;
use crate::lake::Lake;
pub use pass::{Class, Endpoint, LARGE_BYTES, LEAST_POLLS, LEAST_STORM, RETRY_SECONDS};

/// Milliseconds of a month of 730 hours.
const MONTH_MS: i64 = 730 * 3_600_000;

/// What is asked.
#[derive(Clone, Debug)]
pub struct WasteQuestion<'a> {
    /// The half-open UTC window.
    pub window: Window,
    /// What to show; the rest still fills tiers.
    pub filters: Filters,
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
    /// Caches and logs that stages have.
    pub settings: Option<&'a Snapshot>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Waste {
    /// The half-open UTC window.
    pub window: Window,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// What all requests of the window cost.
    pub cost: Option<Decimal>,
    /// All requests of the window.
    pub requests: u64,
    /// The dearest first.
    pub items: Vec<WasteItem>,
    /// Usage that no rate card prices.
    pub unpriced: Vec<Unpriced>,
    /// What a reader must know, a sentence each.
    pub notes: Vec<String>,
}

/// A kind of waste.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WasteKind {
    /// Errors that AWS bills.
    Errors,
    /// The same again after a failure.
    Retries,
    /// Browsers asking whether they may ask.
    Preflights,
    /// Robots and scanners that say who they are.
    Robots,
    /// Clients that look for what is not there.
    Scans,
    /// The same again and again, without news.
    Polling,
    /// A cache of a stage that nobody asks.
    IdleCache,
    /// Responses of more than a MiB.
    LargeResponses,
    /// Access logs in CloudWatch Logs.
    Logging,
}

impl WasteKind {
    /// The name in JSON, and of a recommendation.
    pub const fn name(self) -> &'static str {
        match self {
            WasteKind::Errors => "billed_errors",
            WasteKind::Retries => "retries",
            WasteKind::Preflights => "preflights",
            WasteKind::Robots => "robots",
            WasteKind::Scans => "scans",
            WasteKind::Polling => "polling",
            WasteKind::IdleCache => "idle_cache",
            WasteKind::LargeResponses => "large_responses",
            WasteKind::Logging => "logging",
        }
    }

    fn of(class: Class) -> WasteKind {
        match class {
            Class::Preflight => WasteKind::Preflights,
            Class::Robot => WasteKind::Robots,
            Class::Storm => WasteKind::Scans,
            Class::Retry => WasteKind::Retries,
            Class::Error => WasteKind::Errors,
            Class::Poll => WasteKind::Polling,
        }
    }

    /// Whether the dollars are in no request: they come beside the bill of requests.
    pub const fn stands_alone(self) -> bool {
        matches!(self, WasteKind::IdleCache | WasteKind::Logging)
    }
}

/// One thing that need not have been paid.
#[derive(Clone, Debug)]
pub struct WasteItem {
    /// What kind of.
    pub kind: WasteKind,
    /// Where: account, region, API, stage, method and route; `None` is all of it, or not logged.
    pub endpoint: Endpoint,
    /// What says more: a robot's family, an error's status and cause.
    pub detail: String,
    /// Requests; `None` where it is not about requests.
    pub requests: Option<u64>,
    /// Bytes of responses, or of log lines.
    pub bytes: Option<u64>,
    /// What it cost in the window; `None` without a rate.
    pub cost: Option<Decimal>,
    /// The same for a month.
    pub a_month: Option<Decimal>,
}

/// Looks for waste.
///
/// # Errors
/// [`AnalysisError`].
pub fn waste(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &WasteQuestion<'_>,
) -> Result<Waste, AnalysisError> {
    let window = question.window;
    let asked = CostQuestion {
        window,
        by: [&Dimension::ENDPOINT[..], &[Dimension::Status]].concat(),
        filters: question.filters.clone(),
        sort: SortKey::default(),
        top: None,
        metering: question.metering,
        // A pass over requests knows every route by its own name.
        limits: RouteLimits::new(usize::MAX, BTreeMap::new()),
        days: false,
    };
    let analysis = cost(lake, queries, catalog, &asked)?;
    let prices = Prices::of(&analysis);
    let filters = &question.filters;
    let found = pass::pass(lake, window, |endpoint| {
        filters.select(|dimension| {
            let at = Dimension::ENDPOINT.iter().position(|of| *of == dimension)?;
            endpoint[at].as_deref()
        })
    })?;
    let mut items: BTreeMap<(WasteKind, Endpoint, String), WasteItem> = BTreeMap::new();
    for ((endpoint, status, class, more), tally) in &found.classes {
        let kind = WasteKind::of(*class);
        // Robots and scanners go everywhere, and it is the API that is kept from them.
        let place = match kind {
            WasteKind::Robots | WasteKind::Scans => {
                let [account, region, api, ..] = endpoint.clone();
                [account, region, api, None, None, None]
            }
            WasteKind::Preflights => {
                let [account, region, api, stage, method, _] = endpoint.clone();
                [account, region, api, stage, method, None]
            }
            _ => endpoint.clone(),
        };
        let detail = match (kind, status) {
            (WasteKind::Errors, Some(status)) => format!("{status} {more}"),
            _ => more.clone(),
        };
        let cost = prices.of_requests(endpoint, *status, tally.requests);
        if kind == WasteKind::Errors && cost.is_some_and(|cost| cost.is_zero()) {
            continue;
        }
        let item = items.entry((kind, place.clone(), detail.clone())).or_insert_with(|| WasteItem {
            kind,
            endpoint: place,
            detail,
            requests: Some(0),
            bytes: Some(0),
            cost: Some(Decimal::ZERO),
            a_month: None,
        });
        item.requests = item.requests.map(|sum| sum + tally.requests);
        item.bytes = item.bytes.map(|sum| sum + tally.bytes);
        // What lacks a price anywhere has none.
        item.cost = item.cost.zip(cost).map(|(sum, cost)| sum + cost);
    }
    let mut items: Vec<WasteItem> = items.into_values().collect();
    for (endpoint, tally) in &found.large {
        items.push(WasteItem {
            kind: WasteKind::LargeResponses,
            endpoint: endpoint.clone(),
            detail: String::new(),
            requests: Some(tally.requests),
            bytes: Some(tally.bytes),
            cost: prices.of_bytes(endpoint, tally.bytes),
            a_month: None,
        });
    }
    items.extend(standing::idle_caches(catalog, question, &found));
    items.extend(standing::logging(catalog, window, &found)?);
    for item in &mut items {
        item.cost = item.cost.map(rounded);
        item.a_month = item.cost.map(|cost| a_month(cost, window));
    }
    items.retain(|item| item.requests != Some(0));
    items.sort_by(|one, other| {
        other.a_month.cmp(&one.a_month).then_with(|| other.requests.cmp(&one.requests)).then_with(|| {
            (one.kind, &one.endpoint, &one.detail).cmp(&(other.kind, &other.endpoint, &other.detail))
        })
    });
    Ok(Waste {
        window,
        currency: analysis.currency.clone(),
        cost: analysis.total.cost,
        requests: analysis.total.requests,
        items,
        notes: notes(question, &found),
        unpriced: analysis.unpriced,
    })
}

/// A cost of a window for a month: as it is for a calendar month, else for 730 hours.
pub fn a_month(cost: Decimal, window: Window) -> Decimal {
    let months = window.months();
    if let [month] = months.as_slice()
        && month.window() == window
    {
        return cost;
    }
    let length = Decimal::from((window.to_ms - window.from_ms).max(1));
    rounded(cost * Decimal::from(MONTH_MS) / length)
}

fn notes(question: &WasteQuestion<'_>, found: &pass::Found) -> Vec<String> {
    let mut notes = Vec::new();
    if found.nameless > 0 {
        notes.push(format!(
            "{} of {} requests name neither a network nor an API key: retries, scans and polling among them cannot \
             be told",
            found.nameless, found.requests
        ));
    }
    if question.settings.is_none() {
        notes.push("the lake holds no settings: idle caches cannot be told".to_owned());
    }
    notes
}

/// What requests and bytes of an endpoint cost on average.
struct Prices {
    requests: BTreeMap<(Endpoint, Option<i64>), (u64, Option<Decimal>)>,
    bytes: BTreeMap<Endpoint, (u64, Option<Decimal>)>,
}

impl Prices {
    fn of(analysis: &CostAnalysis) -> Prices {
        let mut prices = Prices { requests: BTreeMap::new(), bytes: BTreeMap::new() };
        for row in &analysis.rows {
            let [account, region, api, stage, method, route, status] = row.values.as_slice() else {
                continue;
            };
            let endpoint = [account, region, api, stage, method, route].map(Clone::clone);
            let status = status.as_deref().and_then(|status| status.parse().ok());
            let whole = row.measures.cost.filter(|_| row.unpriced.is_empty());
            prices.requests.insert((endpoint.clone(), status), (row.measures.requests, whole));
            if let (Some(bytes), Some(cost)) = (row.measures.response_bytes, row.measures.transfer_cost) {
                let sum = prices.bytes.entry(endpoint).or_insert((0, Some(Decimal::ZERO)));
                sum.0 += bytes;
                sum.1 = sum.1.map(|sum| sum + cost);
            }
        }
        prices
    }

    fn of_requests(&self, endpoint: &Endpoint, status: Option<i64>, requests: u64) -> Option<Decimal> {
        let (all, cost) = self.requests.get(&(endpoint.clone(), status))?;
        part((*cost)?, requests, *all)
    }

    fn of_bytes(&self, endpoint: &Endpoint, bytes: u64) -> Option<Decimal> {
        let (all, cost) = self.bytes.get(endpoint)?;
        part((*cost)?, bytes, *all)
    }
}

fn part(cost: Decimal, of: u64, all: u64) -> Option<Decimal> {
    if of == all {
        return Some(cost);
    }
    cost.checked_mul(Decimal::from(of))?.checked_div(Decimal::from(all))
}
