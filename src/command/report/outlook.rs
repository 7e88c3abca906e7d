//! What a report says of what to do and of what is to come: waste, placement, recommendations, anomalies, a forecast.

use gwcost_core::model::settings::Snapshot;
use gwcost_core::model::{DAY_MS, Month, Recommendation};
use gwcost_core::simulate::MAX_TTL_MS;
use rust_decimal::Decimal;

use super::super::CommandError;
use super::super::context::{Context, Pricing};
use crate::analysis::advise::advise;
use crate::analysis::anomalies::{Anomalies, AnomalyQuestion, anomalies};
use crate::analysis::cache::CacheAnalysis;
use crate::analysis::forecast::{Forecast, ForecastQuestion, forecast};
use crate::analysis::placement::{PlacementAnalysis, PlacementQuestion, placement};
use crate::analysis::waste::{Waste, WasteQuestion, waste};
use crate::analysis::{CostQuestion, Filters, ThrottleAnalysis};
use crate::lake::Lake;
use crate::report::full::{Found, Outlook};

/// Memory for keys of replays.
const MEMORY: u64 = 1 << 30;

/// TTLs of a cache in front, in seconds.
const TTLS: [u32; 2] = [60, 3600];

/// Everything that is looked at beside the report's own figures.
pub(super) fn outlook(
    (context, lake, pricing): (&Context, &Lake, &Pricing),
    question: &CostQuestion,
    stages: Filters,
    settings: Option<&Snapshot>,
    (cached, limits): (&Found<CacheAnalysis>, &Found<ThrottleAnalysis>),
) -> Result<Outlook, CommandError> {
    let wasted = wasted(lake, pricing, question, settings)?;
    let placed = placed(context, lake, pricing, question, (stages, settings))?;
    let advice = match (&wasted, cached, limits) {
        (Ok(wasted), Ok(cached), Ok(limits)) => {
            let apis = placed.iter().flat_map(|placed| &placed.apis);
            let more: Vec<Recommendation> = apis.flat_map(|api| api.recommendations.clone()).collect();
            Ok(advise(wasted, cached, limits, more))
        }
        (Err(reason), ..) => Err(reason.clone()),
        _ => Err("Caches and limits were not looked at.".to_owned()),
    };
    Ok(Outlook {
        advice,
        waste: wasted,
        placement: placed,
        anomalies: odd(context, lake, pricing, question)?,
        forecast: coming(context, lake, pricing, question)?,
    })
}

fn wasted(
    lake: &Lake,
    pricing: &Pricing,
    question: &CostQuestion,
    settings: Option<&Snapshot>,
) -> Result<Found<Waste>, CommandError> {
    let asked = WasteQuestion {
        window: question.window,
        filters: question.filters.clone(),
        metering: question.metering,
        settings,
    };
    Ok(Ok(waste(lake, &pricing.queries, &pricing.catalog, &asked)?))
}

fn placed(
    context: &Context,
    lake: &Lake,
    pricing: &Pricing,
    question: &CostQuestion,
    (filters, settings): (Filters, Option<&Snapshot>),
) -> Result<Found<PlacementAnalysis>, CommandError> {
    let longest = u32::try_from(MAX_TTL_MS / 1000).unwrap_or(u32::MAX);
    let asked = PlacementQuestion {
        window: question.window,
        now_ms: context.now_ms,
        filters,
        metering: question.metering,
        ttls: TTLS.into_iter().filter(|ttl| *ttl <= longest).collect(),
        memory: MEMORY,
        zones: 2,
        compression_ratio: Decimal::from(3),
        settings: settings.cloned(),
    };
    Ok(Ok(placement(lake, &pricing.queries, &pricing.catalog, &asked)?))
}

fn odd(
    context: &Context,
    lake: &Lake,
    pricing: &Pricing,
    question: &CostQuestion,
) -> Result<Found<Anomalies>, CommandError> {
    if !question.filters.typed().is_empty() {
        return Ok(Err(
            "Anomalies are looked for in the whole lake, and this report is of a part.".to_owned()
        ));
    }
    let asked = AnomalyQuestion {
        window: question.window,
        metering: question.metering,
        limits: question.limits.clone(),
        least: Decimal::ZERO,
    };
    let queries = context.named(&pricing.queries, lake)?;
    Ok(Ok(anomalies(lake, &queries, &pricing.catalog, &asked)?))
}

fn coming(
    context: &Context,
    lake: &Lake,
    pricing: &Pricing,
    question: &CostQuestion,
) -> Result<Found<Forecast>, CommandError> {
    // A month that is over has a cost, and no forecast.
    let running = Month::of_ms(context.now_ms).window();
    if question.window.to_ms <= running.from_ms || question.window.to_ms < context.now_ms - DAY_MS {
        return Ok(Err("A forecast is of the running month, and this window is over.".to_owned()));
    }
    let asked = ForecastQuestion {
        now_ms: context.now_ms,
        filters: question.filters.clone(),
        metering: question.metering,
        limits: question.limits.clone(),
    };
    Ok(Ok(forecast(lake, &pricing.queries, &pricing.catalog, &asked)?))
}
