//! Looks at everything that a report shows; a part that cannot be had becomes a sentence, not an error.

use gwcost_core::model::settings::Snapshot;
use gwcost_core::model::{DAY_MS, GateMeasure, GateRule, Month, Window, day_of_ms};

use super::super::CommandError;
use super::super::context::{Context, Pricing, month_of};
use super::super::timezone::Zone;
use super::Compare;
use super::outlook::outlook;
use crate::analysis::cache::{CacheQuestion, CallPrice, CardRates, LONGEST_TTL_SECONDS, cache, counted};
use crate::analysis::{
    AnalysisError, BillQuestion, CostAnalysis, CostQuestion, CostRow, DayCost, Dimension, Filters,
    GateQuestion, ThrottleQuestion, bill, breakdown, cost, gate, local_time, throttle,
};
use crate::lake::{Lake, latest_settings, snapshots};
use crate::report::full::{Comparison, Found, Made, Report};

/// Memory for keys and entries of caches.
const MEMORY: u64 = 1 << 30;

/// TTLs that caches are replayed with, in seconds.
const TTLS: [u32; 5] = [30, 60, 300, 900, LONGEST_TTL_SECONDS];

/// Gathers a report. What it is made with is filled in by the caller.
pub fn gather(
    context: &Context,
    pricing: &Pricing,
    question: &CostQuestion,
    compare: &Compare,
    zone: &Zone,
) -> Result<Report, CommandError> {
    context.ask_lake(|lake| of_lake(context, lake, pricing, question, compare, zone))
}

fn of_lake(
    context: &Context,
    lake: &Lake,
    pricing: &Pricing,
    question: &CostQuestion,
    compare: &Compare,
    zone: &Zone,
) -> Result<Report, CommandError> {
    let ask = |question: &CostQuestion| cost(lake, &pricing.queries, &pricing.catalog, question);
    let mut analysis = ask(question)?;
    analysis.overrides.clone_from(&pricing.overrides);
    let split = |further: &[Dimension], views: &[&[Dimension]]| {
        breakdown(lake, &pricing.queries, &pricing.catalog, question, further, views)
    };
    let (days, hours) = times(&split, zone, &mut analysis)?;
    let clients = split(&[Dimension::Key], &[&[Dimension::Key]])?;
    let first =
        |mut views: Vec<Vec<CostRow>>| if views.is_empty() { Vec::new() } else { views.swap_remove(0) };
    let before = match compared(compare, question.window)? {
        Some(windows) => before(lake, windows, question, &analysis, &ask)?,
        None => Err("No other period was asked for.".to_owned()),
    };
    let settings = latest_settings(lake.root())?;
    let history = snapshots(lake.root())?;
    let nothing = analysis.total.requests == 0;
    let empty = || "The window holds no request.".to_owned();
    let throttle = if nothing { Err(empty()) } else { throttled(lake, question, &history)? };
    let cache = match nothing {
        true => Err(empty()),
        false => caches(context, lake, pricing, question, (settings.clone(), &history))?,
    };
    let outlook = match nothing {
        true => Err(empty()),
        false => {
            let of = (context, lake, pricing);
            Ok(outlook(of, question, of_stages(question)?, settings.as_ref(), (&cache, &throttle))?)
        }
    };
    Ok(Report {
        before,
        days,
        hours,
        timezone: zone.name.clone(),
        clients: first(clients),
        bill: if nothing { Err(empty()) } else { bill_of(lake, pricing, question)? },
        throttle,
        cache,
        outlook,
        checks: checks(context, lake, pricing, question, (settings.as_ref(), &history))?,
        made: made(lake, context, question.window)?,
        analysis,
    })
}

type Split<'a> = dyn Fn(&[Dimension], &[&[Dimension]]) -> Result<Vec<Vec<CostRow>>, AnalysisError> + 'a;

/// Rows by API and day, and by hour of the week; the analysis gets its days.
fn times(
    split: &Split<'_>,
    zone: &Zone,
    analysis: &mut CostAnalysis,
) -> Result<(Vec<CostRow>, Vec<CostRow>), CommandError> {
    const API: [Dimension; 3] = [Dimension::Account, Dimension::Region, Dimension::Api];
    let by = |time: Dimension| [API[0], API[1], API[2], time];
    if zone.name != "UTC" {
        let rows =
            split(&[Dimension::Hour], &[&by(Dimension::Hour)])?.into_iter().flatten().collect::<Vec<_>>();
        let local = local_time(&rows, &zone.zone);
        analysis.days = local.days;
        return Ok((local.by_day, local.by_hour));
    }
    let mut days = split(&[Dimension::Day], &[&[Dimension::Day], &by(Dimension::Day)])?.into_iter();
    analysis.days = days.next().into_iter().flatten().filter_map(day_cost).collect();
    let by_hour = [Dimension::Weekday, Dimension::HourOfDay];
    let hours = split(&by_hour, &[&by_hour])?.into_iter().flatten().collect();
    Ok((days.flatten().collect(), hours))
}

fn day_cost(row: CostRow) -> Option<DayCost> {
    let day = row.values.into_iter().next().flatten()?;
    Some(DayCost { day, requests: row.measures.requests, cost: row.measures.cost })
}

/// The windows to compare, the one to report first, with equal numbers of days.
fn compared(compare: &Compare, window: Window) -> Result<Option<(Window, Window)>, CommandError> {
    let length = window.to_ms - window.from_ms;
    let other = match compare {
        Compare::None => return Ok(None),
        Compare::Previous => {
            let month = Month::of_ms(window.from_ms);
            match month.window() == window {
                // A month is compared with the month before it, not with 31 days that begin in another one.
                true => month.previous().window(),
                false => Window { from_ms: window.from_ms - length, to_ms: window.from_ms },
            }
        }
        Compare::Month(typed) => month_of("--compare", typed)?.window(),
    };
    let length = length.min(other.to_ms - other.from_ms);
    let cut = |window: Window| Window { from_ms: window.from_ms, to_ms: window.from_ms + length };
    Ok(Some((cut(window), cut(other))))
}

fn before(
    lake: &Lake,
    (now, other): (Window, Window),
    question: &CostQuestion,
    analysis: &CostAnalysis,
    ask: &dyn Fn(&CostQuestion) -> Result<CostAnalysis, AnalysisError>,
) -> Result<Found<Comparison>, CommandError> {
    let span = |window: Window| {
        let day = |ms: i64| {
            Window { from_ms: ms, to_ms: ms }.from_rfc3339().get(..10).unwrap_or_default().to_owned()
        };
        format!("{} to {}", day(window.from_ms), day(window.to_ms - 1))
    };
    match lake.covered() {
        Some((first, last)) if first < other.to_ms && last >= other.from_ms => {
            // A lake that begins inside of the period would make any traffic look like growth.
            if first >= other.from_ms + DAY_MS {
                let began = Window { from_ms: first, to_ms: first }.from_rfc3339();
                return Ok(Err(format!(
                    "The lake begins at {began}, inside of {}: nothing is compared.",
                    span(other)
                )));
            }
        }
        _ => return Ok(Err(format!("The lake holds nothing of {}: nothing is compared.", span(other)))),
    }
    let of = |window: Window| CostQuestion { window, days: true, ..question.clone() };
    let before = ask(&of(other))?;
    if before.total.requests == 0 {
        return Ok(Err(format!("The lake holds nothing of {}: nothing is compared.", span(other))));
    }
    let now = if now == question.window { analysis.clone() } else { ask(&of(now))? };
    if before.days.len() < now.days.len() {
        let (held, of_now) = (before.days.len(), now.days.len());
        return Ok(Err(format!(
            "The lake has requests on {held} days of {}, and on {of_now} of the days to compare them with: nothing is \
             compared.",
            span(other)
        )));
    }
    Ok(Ok(Comparison { now, before }))
}

fn bill_of(
    lake: &Lake,
    pricing: &Pricing,
    question: &CostQuestion,
) -> Result<Found<crate::analysis::Bill>, CommandError> {
    if !question.filters.typed().is_empty() {
        return Ok(Err(
            "A bill is of whole accounts, and this report is of a part: gwcost bill shows it.".to_owned()
        ));
    }
    let asked =
        BillQuestion { window: question.window, account: None, region: None, metering: question.metering };
    Ok(Ok(bill(lake, &pricing.queries, &pricing.catalog, &asked)?))
}

/// The filters that select stages; limits and caches know no others.
fn of_stages(question: &CostQuestion) -> Result<Filters, CommandError> {
    let mut filters = Filters::default();
    for (dimension, pattern) in question.filters.typed() {
        if [Dimension::Account, Dimension::Region, Dimension::Api, Dimension::Stage].contains(dimension) {
            filters.add(*dimension, pattern)?;
        }
    }
    Ok(filters)
}

fn throttled(
    lake: &Lake,
    question: &CostQuestion,
    settings: &[Snapshot],
) -> Result<Found<crate::analysis::ThrottleAnalysis>, CommandError> {
    let asked =
        ThrottleQuestion { window: question.window, filters: of_stages(question)?, settings, typed: None };
    Ok(Ok(throttle(lake, &asked)?))
}

fn caches(
    context: &Context,
    lake: &Lake,
    pricing: &Pricing,
    question: &CostQuestion,
    (settings, history): (Option<Snapshot>, &[Snapshot]),
) -> Result<Found<crate::analysis::cache::CacheAnalysis>, CommandError> {
    let window = question.window;
    let asked = CacheQuestion {
        window,
        now_ms: context.now_ms,
        filters: of_stages(question)?,
        ttls: TTLS.to_vec(),
        sizes: gwcost_core::pricing::CacheSize::ALL.to_vec(),
        methods: vec!["GET".to_owned()],
        key: Vec::new(),
        divided: None,
        shared: false,
        backend: CallPrice::Unknown,
        authorizer: CallPrice::Unknown,
        authorizer_ttls: vec![300],
        memory: MEMORY,
        currency: pricing.catalog.currency().to_owned(),
        counts: counted(lake, window, context.now_ms)?,
        settings,
        history: history.to_vec(),
    };
    let rates = CardRates::new(&pricing.catalog, day_of_ms(window.from_ms));
    Ok(Ok(cache(lake, &rates, &asked)?))
}

/// Budgets and what else needs no replay, as the configuration has them.
fn checks(
    context: &Context,
    lake: &Lake,
    pricing: &Pricing,
    question: &CostQuestion,
    (settings, history): (Option<&Snapshot>, &[Snapshot]),
) -> Result<Found<crate::analysis::GateAnalysis>, CommandError> {
    if context.config.checks.is_empty() {
        return Ok(Err(
            "No [[check]] is in gwcost.toml: a budget would be held against the cost here.".to_owned()
        ));
    }
    let replayed = |measure: GateMeasure| matches!(measure, GateMeasure::Headroom | GateMeasure::CacheNet);
    let without_replays = |rule: &GateRule| {
        let mut rule = rule.clone();
        rule.limits.retain(|(measure, _)| !replayed(*measure));
        rule
    };
    let rules: Vec<GateRule> = context.config.checks.iter().map(without_replays).collect();
    let asked = GateQuestion {
        window: question.window,
        now_ms: context.now_ms,
        rules: &rules,
        metering: question.metering,
        settings,
        history,
        allow_empty: true,
    };
    Ok(Ok(gate(lake, &pricing.queries, &pricing.catalog, &asked)?))
}

/// A digest over what the figures are made of: the units that overlap the window and the pricing and query files.
fn made(lake: &Lake, context: &Context, window: Window) -> Result<Made, CommandError> {
    use crate::assets::Folder;
    let mut hasher = blake3::Hasher::new();
    let inside = |first: Option<i64>, last: Option<i64>| match (first, last) {
        (Some(first), Some(last)) => window.overlaps(first, last),
        _ => false,
    };
    let mut inputs: Vec<(&str, u64)> = lake
        .units()
        .filter(|unit| inside(unit.first_ms, unit.last_ms))
        .map(|unit| (unit.digest.as_str(), unit.rows))
        .collect();
    inputs.sort_unstable();
    for (digest, rows) in &inputs {
        hasher.update(format!("{digest} {rows}\n").as_bytes());
    }
    let mut files = 0;
    for folder in [Folder::Pricing, Folder::Queries] {
        for asset in context.assets.all(folder)? {
            hasher.update(format!("{}\n{}\n", asset.name, asset.text).as_bytes());
            files += 1;
        }
    }
    let inputs = crate::report::counted(inputs.len() as u64, "input");
    Ok(Made {
        digest: hasher.finalize().to_hex().get(..32).unwrap_or_default().to_owned(),
        inputs: format!("{inputs} and {files} rate cards and queries"),
        ..Made::default()
    })
}
