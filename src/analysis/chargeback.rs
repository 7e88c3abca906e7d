//! Who pays for the bill: each customer's part of it, with usage against quota and what the customer pays.
//!
//! A customer is a combination of dimensions, mostly a usage plan. What has no value of them is a customer too,
//! the unattributed one, so that parts add up to the bill to the last decimal.

use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::limits::{AppliedQuota, quota_period_start};
use gwcost_core::model::settings::{Snapshot, UsagePlan};
use gwcost_core::model::{DAY_MS, RouteLimits, Window, day_of_ms};
use gwcost_core::pricing::{HttpMetering, rounded};
use rust_decimal::Decimal;

use super::AnalysisError;
use super::catalog::Catalog;
use super::cost::{CostQuestion, cost, count};
use super::dimension::Dimension;
use super::filter::Filters;
use super::query::Queries;
use super::result::{CostAnalysis, CostRow, Measures};
use super::row::SortKey;
use crate::lake::Lake;

/// What is asked.
#[derive(Clone, Debug)]
pub struct ChargebackQuestion<'a> {
    /// The half-open UTC window.
    pub window: Window,
    /// What makes a customer; not empty.
    pub by: Vec<Dimension>,
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
    /// How many routes made from paths are kept in each stage.
    pub limits: RouteLimits,
    /// Usage plans with their quotas.
    pub settings: Option<&'a Snapshot>,
    /// What customers of plans pay.
    pub prices: Vec<CustomerPrice>,
}

/// What the customers of a usage plan pay a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerPrice {
    /// The plan's name, or its id.
    pub plan: String,
    /// For the whole plan.
    pub price: Decimal,
    /// For each of its keys that sent requests.
    pub price_per_key: Decimal,
    /// For 1,000 requests.
    pub price_per_1000: Decimal,
}

/// The bill by customer.
#[derive(Clone, Debug)]
pub struct Chargeback {
    /// What makes a customer.
    pub by: Vec<Dimension>,
    /// The customers, the costliest first, the unattributed one last.
    pub customers: Vec<Customer>,
    /// The bill that they make up, by customer and endpoint; its rows are the customers'.
    pub bill: CostAnalysis,
}

/// One customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// The values of [`Chargeback::by`].
    pub values: Vec<Option<String>>,
    /// Everything that the customer's requests used.
    pub measures: Measures,
    /// The same by endpoint: the values are those of [`Dimension::ENDPOINT`].
    pub lines: Vec<CostRow>,
    /// API keys against their quotas, each in its fullest period.
    pub quotas: Vec<KeyQuota>,
    /// What the customer pays, where a price is known.
    pub revenue: Option<Decimal>,
    /// Revenue less cost.
    pub margin: Option<Decimal>,
}

impl Customer {
    /// Whether nothing says whose requests these are.
    pub fn is_unattributed(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }
}

/// An API key's use of its quota in the period in which most of it was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyQuota {
    /// The API key's id.
    pub key: String,
    /// The plan's name.
    pub plan: String,
    /// `DAY`, `WEEK` or `MONTH`.
    pub period: String,
    /// The UTC day on which the period begins.
    pub begins: String,
    /// Requests that were sent in it, inside the window.
    pub used: u64,
    /// Requests that the key has in it.
    pub allowed: u64,
}

/// Shares the bill of a window out to customers.
///
/// # Errors
/// [`AnalysisError`].
pub fn chargeback(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &ChargebackQuestion<'_>,
) -> Result<Chargeback, AnalysisError> {
    let others = Dimension::ENDPOINT.into_iter().filter(|dimension| !question.by.contains(dimension));
    let by: Vec<Dimension> = question.by.iter().copied().chain(others).collect();
    let asked = CostQuestion {
        window: question.window,
        by: by.clone(),
        filters: Filters::default(),
        sort: SortKey::default(),
        top: None,
        metering: question.metering,
        limits: question.limits.clone(),
        days: false,
    };
    let bill = cost(lake, queries, catalog, &asked)?;
    let used = used_by_keys(lake, queries, catalog, question)?;
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<CostRow>> = BTreeMap::new();
    for row in &bill.rows {
        let values = row.values[..question.by.len()].to_vec();
        let place = |of: &Dimension| by.iter().position(|dimension| dimension == of);
        let endpoint =
            Dimension::ENDPOINT.iter().map(|of| place(of).and_then(|at| row.values[at].clone())).collect();
        groups.entry(values).or_default().push(CostRow { values: endpoint, ..row.clone() });
    }
    let mut customers: Vec<Customer> =
        groups.into_iter().map(|(values, lines)| customer(question, &used, values, lines)).collect();
    customers.sort_by(|one, other| {
        let last = one.is_unattributed().cmp(&other.is_unattributed());
        last.then(other.measures.cost.cmp(&one.measures.cost)).then_with(|| one.values.cmp(&other.values))
    });
    Ok(Chargeback { by: question.by.clone(), customers, bill })
}

/// Requests of an API key by UTC day.
struct Used {
    account: String,
    region: String,
    plan: Option<String>,
    key: String,
    days: BTreeMap<i64, u64>,
}

fn used_by_keys(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &ChargebackQuestion<'_>,
) -> Result<Vec<Used>, AnalysisError> {
    let asks = |dimension| question.by.contains(&dimension);
    if !asks(Dimension::Plan) && !asks(Dimension::Key) {
        return Ok(Vec::new());
    }
    let by = [Dimension::Key, Dimension::Plan, Dimension::Day];
    let counted = count(lake, queries, catalog, question.metering, question.window, &by)?;
    let mut found: BTreeMap<_, BTreeMap<i64, u64>> = BTreeMap::new();
    for (key, leaf) in &counted {
        let [Some(api_key), plan, Some(day)] = key.further.as_slice() else { continue };
        let Some(day_ms) = day.parse().ok().map(gwcost_core::model::start_of_day_ms) else { continue };
        let (account, region) = (key.endpoint.account().to_owned(), key.endpoint.region().to_owned());
        let days = found.entry((account, region, plan.clone(), api_key.clone())).or_default();
        *days.entry(day_ms).or_default() += leaf.requests;
    }
    let used = |((account, region, plan, key), days)| Used { account, region, plan, key, days };
    Ok(found.into_iter().map(used).collect())
}

fn customer(
    question: &ChargebackQuestion<'_>,
    used: &[Used],
    values: Vec<Option<String>>,
    lines: Vec<CostRow>,
) -> Customer {
    let mut measures = Measures::default();
    for line in &lines {
        measures.add(&line.measures);
    }
    let is = |wanted: Dimension, value: Option<&str>| {
        let at = question.by.iter().position(|dimension| *dimension == wanted);
        at.is_none_or(|at| values[at].as_deref() == value)
    };
    let own: Vec<&Used> = used
        .iter()
        .filter(|of| {
            is(Dimension::Plan, of.plan.as_deref())
                && is(Dimension::Key, Some(&of.key))
                && is(Dimension::Account, Some(&of.account))
                && is(Dimension::Region, Some(&of.region))
        })
        .collect();
    let quotas = own.iter().filter_map(|of| quota(question.settings?, of)).collect();
    let plan_at = question.by.iter().position(|dimension| *dimension == Dimension::Plan);
    let plan = plan_at.and_then(|at| values[at].as_deref());
    let price = plan.and_then(|plan| question.prices.iter().find(|price| price.plan == plan));
    let revenue = price.map(|price| {
        let keys: BTreeSet<&str> = own.iter().map(|of| of.key.as_str()).collect();
        // What is paid for a whole plan is paid by no part of it.
        let whole = if question.by == [Dimension::Plan] { price.price } else { Decimal::ZERO };
        let requests = Decimal::from(measures.requests) / Decimal::ONE_THOUSAND;
        rounded(whole + price.price_per_key * Decimal::from(keys.len()) + price.price_per_1000 * requests)
    });
    let margin = revenue.zip(measures.cost).map(|(revenue, cost)| revenue - cost);
    Customer { values, measures, lines, quotas, revenue, margin }
}

/// A key in the period in which it used most of its quota.
fn quota(settings: &Snapshot, of: &Used) -> Option<KeyQuota> {
    let region = settings.region(&of.account, &of.region)?;
    let name = of.plan.as_deref()?;
    let named = |plan: &&UsagePlan| plan.name.as_deref().unwrap_or(&plan.id) == name;
    let plan = region.plans_of(&of.key)?.into_iter().find(named)?;
    let made = region.api_keys.as_deref().unwrap_or_default().iter().find(|key| key.id == of.key);
    let applied = AppliedQuota {
        account: of.account.clone(),
        region: of.region.clone(),
        plan: plan.id.clone(),
        key: of.key.clone(),
        quota: plan.quota.clone()?,
        key_created_ms: made.and_then(|key| key.created_at_ms),
    };
    let mut periods: BTreeMap<i64, u64> = BTreeMap::new();
    for (day_ms, requests) in &of.days {
        *periods.entry(quota_period_start(&applied.quota.period, *day_ms)?).or_default() += requests;
    }
    let (start_ms, used) = periods.into_iter().max_by_key(|(start, used)| (*used, -start))?;
    Some(KeyQuota {
        key: of.key.clone(),
        plan: name.to_owned(),
        period: applied.quota.period.to_string(),
        begins: day_of_ms(start_ms.div_euclid(DAY_MS) * DAY_MS).to_string(),
        used,
        allowed: applied.allowed(start_ms),
    })
}

impl Measures {
    /// Adds what other requests used. A figure that only one of both has is taken for the sum: callers say what
    /// is not priced.
    pub fn add(&mut self, other: &Measures) {
        self.requests += other.requests;
        self.billable_requests += other.billable_requests;
        self.unbilled_requests += other.unbilled_requests;
        self.undetermined_requests += other.undetermined_requests;
        self.response_bytes = match (self.response_bytes, other.response_bytes) {
            (Some(one), Some(two)) => Some(one + two),
            (one, two) => one.or(two),
        };
        for (sum, more) in [
            (&mut self.request_cost, other.request_cost),
            (&mut self.transfer_cost, other.transfer_cost),
            (&mut self.cost, other.cost),
            (&mut self.cost_low, other.cost_low),
            (&mut self.cost_high, other.cost_high),
        ] {
            *sum = match (*sum, more) {
                (Some(one), Some(two)) => Some((one + two).normalize()),
                (one, two) => one.or(two),
            };
        }
    }
}
