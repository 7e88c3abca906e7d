//! What the running month and the next will cost, by API, with an interval.
//!
//! A line through daily costs with a level for each weekday, by least squares, over the last eight weeks of whole
//! days. Days of which the lake holds nothing at all were not seen, and are left out.

use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::{DAY_MS, Month, RouteLimits, Window, start_of_day_ms};
use gwcost_core::pricing::HttpMetering;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::AnalysisError;
use super::catalog::Catalog;
use super::cost::{CostQuestion, cost};
use super::dimension::Dimension;
use super::filter::Filters;
use super::query::Queries;
use super::result::Unpriced;
use super::row::SortKey;
use super::season::{LEAST_DAYS, WeeklyLine};
use crate::lake::Lake;

/// The name of the method, for readers.
pub const METHOD: &str = "least squares over daily costs of up to eight weeks: a line with a level for each weekday; \
                          the interval is of 95 % and takes days as independent";

/// Days that are looked back on.
const DAYS_BACK: i64 = 56;

/// Decimals of a forecast: more would pretend to something.
const DECIMALS: u32 = 6;

/// What is asked.
#[derive(Clone, Debug)]
pub struct ForecastQuestion {
    /// Now, in milliseconds of Unix time.
    pub now_ms: i64,
    /// What to show; the rest still fills tiers.
    pub filters: Filters,
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
    /// How many routes made from paths are kept in each stage.
    pub limits: RouteLimits,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The running month.
    pub month: Month,
    /// Now, RFC 3339.
    pub as_of: String,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// All APIs together.
    pub total: ApiForecast,
    /// Each API, the costliest first.
    pub apis: Vec<ApiForecast>,
    /// Usage that no rate card prices, which is in no figure.
    pub unpriced: Vec<Unpriced>,
}

/// What one API will cost.
#[derive(Clone, Debug)]
pub struct ApiForecast {
    /// Account, region and API; empty for all together.
    pub values: Vec<Option<String>>,
    /// Cost of the running month so far.
    pub so_far: Decimal,
    /// Whole days that were looked at.
    pub days: u64,
    /// The running month; `None` where there are too few days.
    pub this_month: Option<Range>,
    /// The month after it.
    pub next_month: Option<Range>,
}

/// A figure with an interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// What is most likely.
    pub likely: Decimal,
    /// The least.
    pub low: Decimal,
    /// The most.
    pub high: Decimal,
}

/// Forecasts the running and the next month.
///
/// # Errors
/// [`AnalysisError`].
pub fn forecast(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &ForecastQuestion,
) -> Result<Forecast, AnalysisError> {
    let month = Month::of_ms(question.now_ms);
    let today = question.now_ms.div_euclid(DAY_MS);
    let from_ms = ((today - DAYS_BACK) * DAY_MS).min(month.start_ms());
    let window = Window { from_ms, to_ms: question.now_ms.max(from_ms + 1) };
    let asked = CostQuestion {
        window,
        by: vec![Dimension::Account, Dimension::Region, Dimension::Api, Dimension::Day],
        filters: question.filters.clone(),
        sort: SortKey::default(),
        top: None,
        metering: question.metering,
        limits: question.limits.clone(),
        days: false,
    };
    let analysis = cost(lake, queries, catalog, &asked)?;
    let mut series: BTreeMap<Vec<Option<String>>, BTreeMap<i64, Decimal>> = BTreeMap::new();
    for row in &analysis.rows {
        let [values @ .., Some(day)] = row.values.as_slice() else { continue };
        let Ok(date) = day.parse() else { continue };
        let day = start_of_day_ms(date).div_euclid(DAY_MS);
        let cost = row.measures.cost.unwrap_or_default();
        for name in [values.to_vec(), Vec::new()] {
            *series.entry(name).or_default().entry(day).or_default() += cost;
        }
    }
    let seen: BTreeSet<i64> = series.get(&Vec::new()).into_iter().flat_map(BTreeMap::keys).copied().collect();
    let mut all: Vec<ApiForecast> =
        series.into_iter().map(|(values, days)| of_api(values, &days, &seen, month, today)).collect();
    let total = match all.iter().position(|of| of.values.is_empty()) {
        Some(at) => all.remove(at),
        None => of_api(Vec::new(), &BTreeMap::new(), &seen, month, today),
    };
    all.sort_by(|one, other| {
        let size = |of: &ApiForecast| (of.this_month.map(|range| range.likely), of.so_far);
        size(other).cmp(&size(one)).then_with(|| one.values.cmp(&other.values))
    });
    Ok(Forecast {
        month,
        as_of: Window { from_ms: question.now_ms, to_ms: question.now_ms }.from_rfc3339(),
        currency: analysis.currency,
        total,
        apis: all,
        unpriced: analysis.unpriced,
    })
}

fn of_api(
    values: Vec<Option<String>>,
    costs: &BTreeMap<i64, Decimal>,
    seen: &BTreeSet<i64>,
    month: Month,
    today: i64,
) -> ApiForecast {
    let first_of = |month: Month| month.start_ms().div_euclid(DAY_MS);
    let (start, next, after) = (first_of(month), first_of(month.next()), first_of(month.next().next()));
    let so_far: Decimal = costs.range(start..).map(|(_, cost)| *cost).sum();
    let first = costs.keys().next().copied().unwrap_or(today);
    // The first day that an API is seen on is mostly a part of one.
    let whole = if seen.first() == Some(&first) { first } else { first + 1 };
    let days: Vec<(i64, f64)> = seen
        .range(whole.min(today)..today)
        .filter(|day| **day >= today - DAYS_BACK)
        .map(|day| (*day, costs.get(day).and_then(Decimal::to_f64).unwrap_or(0.0)))
        .collect();
    let line = if days.len() < LEAST_DAYS { None } else { WeeklyLine::fit(&days) };
    let range = |known: Decimal, from: i64, to: i64| {
        let expected = line.as_ref()?.sum(from..to);
        let amount = |sum: f64| Decimal::from_f64(sum.max(0.0)).map(|sum| (sum + known).round_dp(DECIMALS));
        Some(Range {
            likely: amount(expected.sum)?.normalize(),
            low: amount(expected.sum - expected.half)?.normalize(),
            high: amount(expected.sum + expected.half)?.normalize(),
        })
    };
    let known: Decimal = costs.range(start..today).map(|(_, cost)| *cost).sum();
    ApiForecast {
        values,
        so_far,
        days: days.len() as u64,
        this_month: range(known, today.max(start), next),
        next_month: range(Decimal::ZERO, next, after),
    }
}
