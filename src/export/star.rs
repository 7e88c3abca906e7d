//! From what analyses found to the rows of the star.

use gwcost_core::pricing::{QUANTITY_DECIMALS, rounded};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::id::key;
use super::latency_bucket::bucket;
use super::rows::{Rows, Value, amount, count, maybe, maybe_count, text};
use super::star_columns::{
    BILL_LINES, CACHE_OPTIONS, CLIENT, CLIENT_COST_DAILY, DATA_QUALITY, ENDPOINT, ENDPOINT_COST_DAILY,
    ENDPOINT_LATENCY_HOURLY, ENDPOINT_USAGE_HOURLY, RATE, THROTTLE_HEADROOM,
};
use crate::analysis::cache::CacheAnalysis;
use crate::analysis::{
    Bill, CostAnalysis, CostRow, HourlyUsage, LimitHeadroom, Measures, RateUse, ThrottleAnalysis,
};

/// Everything of a month but its hours.
pub struct MonthOfFigures<'a> {
    /// By account, region, API, API kind, stage, method, route and day.
    pub endpoints: &'a CostAnalysis,
    /// By account, region, key, API, stage and day.
    pub clients: &'a CostAnalysis,
    /// The bill.
    pub bill: &'a Bill,
}

/// The key of an endpoint: account, region, API, API kind, stage, method, route.
fn endpoint_id(values: &[Option<String>]) -> String {
    key(values.iter().take(7).map(Option::as_deref))
}

fn client_id(values: &[Option<String>]) -> String {
    key(values.iter().take(3).map(Option::as_deref))
}

fn rate_id(region: &str, meter: &str, effective: &str) -> String {
    key([region, meter, effective].map(Some))
}

fn value(values: &[Option<String>], at: usize) -> Value {
    maybe(values.get(at).and_then(Option::as_deref))
}

/// A value that every row of the lake has.
fn known(values: &[Option<String>], at: usize) -> Value {
    text(values.get(at).and_then(Option::as_deref).unwrap_or_default())
}

fn day(values: &[Option<String>], at: usize) -> Value {
    let day = values.get(at).and_then(Option::as_deref).and_then(|day| day.parse().ok());
    day.map_or(Value::Null, Value::Date)
}

fn measures(measures: &Measures, currency: &str) -> [Value; 11] {
    [
        count(measures.requests),
        count(measures.billable_requests),
        count(measures.unbilled_requests),
        count(measures.undetermined_requests),
        maybe_count(measures.response_bytes),
        text(currency),
        amount(measures.request_cost),
        amount(measures.transfer_cost),
        amount(measures.cost),
        amount(measures.cost_low),
        amount(measures.cost_high),
    ]
}

/// The rows of `endpoint_cost_daily`.
pub fn endpoint_days(figures: &MonthOfFigures<'_>) -> Rows {
    let mut rows = Rows::new(&ENDPOINT_COST_DAILY);
    for row in &figures.endpoints.rows {
        let mut values = vec![text(&endpoint_id(&row.values)), day(&row.values, 7)];
        values.extend(measures(&row.measures, &figures.endpoints.currency));
        values.extend([row.latency.p50_ms, row.latency.p95_ms, row.latency.p99_ms].map(millis));
        rows.push(values);
    }
    rows.sort_unique();
    rows
}

fn millis(value: Option<i64>) -> Value {
    value.map_or(Value::Null, Value::Integer)
}

/// The rows of `client_cost_daily`.
pub fn client_days(figures: &MonthOfFigures<'_>) -> Rows {
    let mut rows = Rows::new(&CLIENT_COST_DAILY);
    for row in &figures.clients.rows {
        let at = &row.values;
        let mut values = vec![text(&client_id(at)), known(at, 3), known(at, 4), day(at, 5)];
        values.extend(measures(&row.measures, &figures.clients.currency));
        rows.push(values);
    }
    rows.sort_unique();
    rows
}

/// The rows of `endpoint_usage_hourly` and of `endpoint_latency_hourly`.
pub fn hours(usage: &[HourlyUsage]) -> (Rows, Rows) {
    let (mut hours, mut latencies) = (Rows::new(&ENDPOINT_USAGE_HOURLY), Rows::new(&ENDPOINT_LATENCY_HOURLY));
    for of in usage {
        let [account, region, api, stage, method, route] = &of.endpoint;
        let kind = Some(of.api_kind.clone());
        let names = [account, region, api, &kind, stage, method, route].map(Option::clone);
        let id = endpoint_id(&names);
        // `2026-10-31T12:00Z` lacks the seconds.
        let instant = of.hour.replace(":00Z", ":00:00Z").parse::<Timestamp>();
        let hour = instant.map_or(Value::Null, |hour| Value::Time(hour.as_millisecond()));
        hours.push(vec![
            text(&id),
            hour.clone(),
            count(of.requests),
            count(of.billable_requests),
            count(of.with_status),
            count(of.errors),
            maybe_count(of.response_bytes),
            count(of.latencies.iter().map(|(_, requests)| requests).sum()),
        ]);
        let mut buckets: Vec<((i64, i64), u64)> = Vec::new();
        for (latency, requests) in &of.latencies {
            let bounds = bucket(*latency);
            match buckets.last_mut() {
                Some((last, sum)) if *last == bounds => *sum += requests,
                _ => buckets.push((bounds, *requests)),
            }
        }
        for ((from, below), requests) in buckets {
            let bounds = [Value::Integer(from), Value::Integer(below)];
            let [from, below] = bounds;
            latencies.push(vec![text(&id), hour.clone(), from, below, count(requests)]);
        }
    }
    hours.sort_unique();
    latencies.sort_unique();
    (hours, latencies)
}

/// The rows of `bill_lines`.
pub fn bill_lines(bill: &Bill) -> Rows {
    let mut rows = Rows::new(&BILL_LINES);
    for (at, line) in bill.lines.iter().enumerate() {
        rows.push(vec![
            count(at as u64 + 1),
            text(&line.account),
            text(&line.region),
            text(&line.meter),
            maybe(line.usage_type.as_deref()),
            text(&line.tier),
            Value::Decimal(line.quantity.round_dp(QUANTITY_DECIMALS)),
            text(&line.unit),
            Value::Decimal(line.rate),
            text(&bill.currency),
            Value::Decimal(line.amount),
            text(&rate_id(&line.region, &line.meter, &line.effective)),
        ]);
    }
    rows
}

/// The rows of `cache_options`.
pub fn cache_options(found: &CacheAnalysis) -> Rows {
    let mut rows = Rows::new(&CACHE_OPTIONS);
    for stage in &found.stages {
        for option in &stage.options {
            let size = option.size.and_then(|size| size.gb().parse::<Decimal>().ok());
            rows.push(vec![
                text(&stage.id.account),
                text(&stage.id.region),
                text(&stage.id.api),
                text(&stage.id.stage),
                count(u64::from(option.ttl_seconds)),
                amount(size),
                count(stage.requests),
                count(stage.cacheable_requests),
                count(option.hits),
                text(option.basis.name()),
                amount(option.hit_ratio.map(|ratio| ratio.round_dp(6))),
                count(option.peak_live_bytes),
                text(&found.currency),
                amount(option.cache_cost.map(rounded)),
                amount(option.backend_saved.map(rounded)),
                amount(option.net.map(rounded)),
                amount(option.break_even_cost_per_call.map(rounded)),
                maybe_count(option.mean_age_ms),
            ]);
        }
    }
    rows
}

/// The rows of `throttle_headroom`.
pub fn throttle_headroom(found: &ThrottleAnalysis) -> Rows {
    let mut rows = Rows::new(&THROTTLE_HEADROOM);
    for limit in &found.limits {
        rows.push(headroom(limit));
    }
    rows.sort_unique();
    rows
}

fn headroom(limit: &LimitHeadroom) -> Vec<Value> {
    let six = |value: Decimal| value.round_dp(6);
    let id = &limit.id;
    vec![
        text(id.scope.name()),
        text(&id.account),
        text(&id.region),
        maybe(id.api.as_deref()),
        maybe(id.stage.as_deref()),
        maybe(id.method.as_deref()),
        maybe(id.route.as_deref()),
        maybe(id.plan.as_deref()),
        maybe(id.key.as_deref()),
        amount(limit.limit.as_ref().map(|limit| six(limit.rate))),
        maybe_count(limit.limit.as_ref().map(|limit| limit.burst)),
        text(limit.source.name()),
        count(limit.arrivals),
        maybe_count(limit.refused.map(|refused| refused.low)),
        maybe_count(limit.refused.map(|refused| refused.high)),
        count(limit.observed.throttled),
        maybe_count(limit.peak_1s.as_ref().map(|peak| peak.arrivals)),
        amount(limit.lowest.as_ref().map(|lowest| six(lowest.tokens))),
        amount(limit.growth.map(|growth| six(growth.to_first_refusal))),
    ]
}

/// The rows of `data_quality`.
pub fn data_quality(figures: &MonthOfFigures<'_>) -> Rows {
    let mut rows = Rows::new(&DATA_QUALITY);
    let quality = &figures.endpoints.quality;
    let nothing = || vec![Value::Null; 5];
    for (fact, lines) in [
        ("lines", quality.lines),
        ("rejects", quality.rejects),
        ("duplicates", quality.duplicates),
        ("possible_duplicates", quality.possible_duplicates),
    ] {
        let mut row = vec![text(fact)];
        row.extend(nothing());
        row.extend([count(lines), Value::Null, Value::Null, Value::Null]);
        rows.push(row);
    }
    for stage in quality.coverage_by_stage.iter().flatten() {
        for of_day in &stage.days {
            rows.push(vec![
                text("coverage"),
                text(&stage.stage.account),
                text(&stage.stage.region),
                text(&stage.stage.api),
                text(&stage.stage.stage),
                of_day.day.parse().map_or(Value::Null, Value::Date),
                count(of_day.logged),
                maybe_count(of_day.counted),
                Value::Null,
                text(of_day.verdict.name()),
            ]);
        }
    }
    for usage in &figures.bill.unpriced {
        let quantity =
            usage.quantity.parse::<Decimal>().ok().map(|quantity| quantity.round_dp(QUANTITY_DECIMALS));
        rows.push(vec![
            text("unpriced"),
            text(&usage.account),
            text(&usage.region),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            amount(quantity),
            text(&format!("{}: {}", usage.meter, usage.reason)),
        ]);
    }
    for note in &quality.notes {
        let mut row = vec![text("note")];
        row.extend(nothing());
        row.extend([Value::Null, Value::Null, Value::Null, text(note)]);
        rows.push(row);
    }
    rows
}

/// The rows of `endpoint`, `client` and `rate`.
pub fn dimensions(figures: &MonthOfFigures<'_>) -> [Rows; 3] {
    let mut endpoints = Rows::new(&ENDPOINT);
    let mut clients = Rows::new(&CLIENT);
    let mut rates = Rows::new(&RATE);
    for CostRow { values, .. } in &figures.endpoints.rows {
        let mut row = vec![text(&endpoint_id(values))];
        row.extend((0..5).map(|at| known(values, at)));
        row.extend([value(values, 5), value(values, 6)]);
        endpoints.push(row);
    }
    for CostRow { values, .. } in &figures.clients.rows {
        clients.push(vec![text(&client_id(values)), known(values, 0), known(values, 1), value(values, 2)]);
    }
    for rate in &figures.bill.rates {
        let RateUse { region, meter, effective, confidence, source, card, tiers } = rate;
        let tiers: Vec<String> = tiers.iter().map(|(tier, price)| format!("{tier}: {price}")).collect();
        let mut row = vec![text(&rate_id(region, meter, effective))];
        row.extend([region, meter, effective, confidence, source, card].map(|fact| text(fact)));
        row.push(text(&tiers.join("; ")));
        rates.push(row);
    }
    for rows in [&mut endpoints, &mut clients, &mut rates] {
        rows.sort_unique();
    }
    [endpoints, clients, rates]
}
