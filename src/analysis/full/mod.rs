//! What a call costs all told: cache, log, function, authorizer, firewall and traces beside API Gateway itself.
//!
//! Each part is shared out to the endpoints that cause it: cache hours by the requests of cached methods, the log by
//! the bytes of lines, the rest by what requests did. A part that is not known of one endpoint of a group is not known
//! of the group: it is `None` with a reason, never zero.

mod counts;
mod priced;
mod stated;
mod uses;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gwcost_core::model::settings::{History, Snapshot};
use gwcost_core::model::{ApiKind, Month, Window};
use gwcost_core::pricing::{AMOUNT_DECIMALS, Amount, CacheSize, Meter, largest_remainder, round_to_sum};
use gwcost_core::text::grouped;
use rust_decimal::Decimal;

pub use stated::{LogSink, Stated, StatedFunction};

use super::AnalysisError;
use super::catalog::Catalog;
use super::cost::CostQuestion;
use super::dimension::Dimension;
use super::percentile::GroupKey;
use super::query::Queries;
use super::result::{BillLine, CostAnalysis};
use super::row::value;
use super::usage::{LeafKey, further_dimensions};
use super::used::Used;
use crate::lake::{Lake, latest_settings, snapshots};
use counts::{Counts, counts};
use priced::{PricedUses, price_uses};
use uses::{Logged, Subject, Use};

/// A part of what a call costs beside requests and transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Hours of the stage's cache.
    Cache,
    /// Ingestion of the access log.
    Logging,
    /// The function behind the endpoint.
    Lambda,
    /// The function that authorizes callers.
    Authorizer,
    /// Requests that the firewall looked at.
    Waf,
    /// Recorded traces.
    Xray,
}

impl Part {
    /// Every part, in the order of columns.
    pub const ALL: [Part; 6] =
        [Part::Cache, Part::Logging, Part::Lambda, Part::Authorizer, Part::Waf, Part::Xray];

    /// The name of its column in JSON and CSV.
    pub const fn column(self) -> &'static str {
        match self {
            Part::Cache => "cache_cost",
            Part::Logging => "logging_cost",
            Part::Lambda => "lambda_cost",
            Part::Authorizer => "authorizer_cost",
            Part::Waf => "waf_cost",
            Part::Xray => "xray_cost",
        }
    }
}

/// What a group costs, part by part; `None` is "not known".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FullParts {
    /// By [`Part::ALL`].
    pub parts: [Option<Decimal>; Part::ALL.len()],
    /// The parts with the cost of requests and transfer; `None` where any of it is not known.
    pub full_cost: Option<Decimal>,
}

/// The full cost of an analysis.
#[derive(Clone, Debug, Default)]
pub struct FullCost {
    /// One for each row of the analysis, in its order.
    pub rows: Vec<FullParts>,
    /// Of all rows, before any were cut.
    pub total: FullParts,
    /// The parts as lines of a bill, by account, region, meter, month and tier.
    pub lines: Vec<BillLine>,
}

/// A leaf's use of a part.
struct LeafUse {
    key: LeafKey,
    part: Part,
    used: Use,
}

/// Adds the full cost to an analysis that was made of the same question.
///
/// # Errors
/// [`AnalysisError`].
pub fn add_full_cost(
    analysis: &mut CostAnalysis,
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &CostQuestion,
    stated: &Stated,
    now_ms: i64,
) -> Result<(), AnalysisError> {
    let by = &question.by;
    let filters = question.filters.without(Dimension::Country);
    let used = Used::new(lake, queries, catalog, question, &filters, None, by)?;
    let originals: Vec<(LeafKey, Counts)> =
        counts(lake, queries, catalog, question.window, &question.counted_by(by))?.into_iter().collect();
    let history = snapshots(lake.root())?;
    let latest = latest_settings(lake.root())?;
    let mut logged: BTreeMap<&[Option<String>], Logged> = BTreeMap::new();
    for (key, counts) in &originals {
        let of = logged.entry(&key.endpoint.values[..4]).or_default();
        of.integration |= counts.integration_calls > 0;
        of.authorizer |= counts.authorizer_logged > 0;
    }
    let mut leaves = Vec::new();
    let mut cached: BTreeMap<Stage, Vec<(LeafKey, u64)>> = BTreeMap::new();
    for (key, counts) in &originals {
        let of_stage = logged.get(&key.endpoint.values[..4]).copied().unwrap_or_default();
        let subject = Subject::new(&key.endpoint, counts, of_stage, stated, latest.as_ref());
        if subject.is_cached() {
            cached.entry(Stage::of(key)).or_default().push((key.clone(), counts.requests));
        }
        for (part, used) in [
            (Part::Logging, subject.logging()),
            (Part::Lambda, subject.lambda()),
            (Part::Authorizer, subject.authorizer()),
            (Part::Waf, subject.waf()),
            (Part::Xray, subject.xray()),
        ] {
            leaves.push(LeafUse { key: key.clone(), part, used });
        }
    }
    let until = Window { to_ms: question.window.to_ms.min(now_ms), ..question.window };
    leaves.extend(cache_uses(&originals, &cached, &history, until, latest.is_some()));

    let selected = |key: &LeafKey| used.selects(&used.merge.renamed(key.clone()));
    let PricedUses { amounts, lines, unpriced, reasons } = price_uses(catalog, &leaves, selected)?;
    let further = further_dimensions(by);
    let mut groups: BTreeMap<GroupKey, [Option<Amount>; Part::ALL.len()]> = BTreeMap::new();
    for (leaf, amount) in leaves.iter().zip(amounts) {
        let key = used.merge.renamed(leaf.key.clone());
        if !used.selects(&key) {
            continue;
        }
        let group: GroupKey = by.iter().map(|dimension| value(&key, *dimension, &further)).collect();
        let sum =
            &mut groups.entry(group).or_insert([Some(Amount::ZERO); Part::ALL.len()])[leaf.part as usize];
        *sum = match (*sum, amount) {
            (Some(mut sum), Some(amount)) => {
                sum += amount;
                Some(sum)
            }
            _ => None,
        };
    }
    analysis.full = Some(full_cost(analysis, groups, lines));
    analysis.unpriced.extend(unpriced);
    analysis.quality.notes.extend(notes(&reasons, &history, question.window));
    Ok(())
}

/// Rounds every column so that its known rows add up, and puts rows into the order of the analysis.
fn full_cost(
    analysis: &CostAnalysis,
    groups: BTreeMap<GroupKey, [Option<Amount>; Part::ALL.len()]>,
    lines: Vec<BillLine>,
) -> FullCost {
    let (keys, amounts): (Vec<GroupKey>, Vec<_>) = groups.into_iter().unzip();
    let mut rows: HashMap<GroupKey, FullParts> =
        keys.iter().map(|key| (key.clone(), FullParts::default())).collect();
    let mut total = FullParts::default();
    for part in Part::ALL {
        let at = part as usize;
        let exact: Vec<Decimal> =
            amounts.iter().map(|row| row[at].map_or(Decimal::ZERO, Amount::to_decimal)).collect();
        let (sum, rounded) = round_to_sum(&exact, AMOUNT_DECIMALS);
        for ((key, row), rounded) in keys.iter().zip(&amounts).zip(rounded) {
            if let Some(parts) = rows.get_mut(key) {
                parts.parts[at] = row[at].map(|_| rounded.normalize());
            }
        }
        let all_known = !amounts.is_empty() && amounts.iter().all(|row| row[at].is_some());
        total.parts[at] = all_known.then_some(sum);
    }
    let all_told = |parts: &FullParts, own: Option<Decimal>, whole: bool| {
        let others = parts.parts.iter().try_fold(Decimal::ZERO, |sum, part| part.map(|part| sum + part));
        own.filter(|_| whole).zip(others).map(|(own, others)| (own + others).normalize())
    };
    // A part of the price would pass for all of it.
    total.full_cost = all_told(&total, analysis.total.cost, analysis.unpriced.is_empty());
    let rows = analysis.rows.iter().map(|row| {
        let mut parts = rows.remove(&row.values).unwrap_or_default();
        parts.full_cost = all_told(&parts, row.measures.cost, row.unpriced.is_empty());
        parts
    });
    FullCost { rows: rows.collect(), total, lines }
}

/// A stage in a month.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stage {
    month: Month,
    values: Vec<Option<String>>,
}

impl Stage {
    fn of(key: &LeafKey) -> Stage {
        Stage { month: key.month, values: key.endpoint.values[..4].to_vec() }
    }

    fn value(&self, at: usize) -> &str {
        self.values.get(at).and_then(Option::as_deref).unwrap_or_default()
    }
}

/// Cache hours of every stage, shared out by the requests of cached methods, or by all where none is cached.
fn cache_uses(
    leaves: &[(LeafKey, Counts)],
    cached: &BTreeMap<Stage, Vec<(LeafKey, u64)>>,
    history: &[Snapshot],
    window: Window,
    any_settings: bool,
) -> Vec<LeafUse> {
    let mut stages: BTreeMap<Stage, Vec<(LeafKey, u64)>> = BTreeMap::new();
    // Only REST APIs have caches.
    for (key, counts) in leaves.iter().filter(|(key, _)| key.endpoint.kind == ApiKind::Rest) {
        stages.entry(Stage::of(key)).or_default().push((key.clone(), counts.requests));
    }
    let mut uses = Vec::new();
    for (stage, all) in stages {
        let seconds = match any_settings {
            true => cache_seconds(&stage, history, window),
            false => Err("the lake has no settings of the API (`gwcost ingest settings:`)"),
        };
        let seconds = match seconds {
            Ok(seconds) => seconds,
            Err(reason) => {
                uses.extend(all.into_iter().map(|(key, _)| LeafUse {
                    key,
                    part: Part::Cache,
                    used: Err(reason),
                }));
                continue;
            }
        };
        let sharing = cached.get(&stage).unwrap_or(&all);
        let weights: Vec<u64> = sharing.iter().map(|(_, requests)| *requests).collect();
        for (size, seconds) in seconds {
            let shares = largest_remainder(seconds, &weights);
            uses.extend(sharing.iter().zip(shares).map(|((key, _), share)| LeafUse {
                key: key.clone(),
                part: Part::Cache,
                used: Ok(vec![(Meter::CacheHours(size), share)]),
            }));
        }
    }
    uses
}

/// Seconds of each size of cache that a stage had in the window's part of a month.
fn cache_seconds(
    stage: &Stage,
    history: &[Snapshot],
    window: Window,
) -> Result<BTreeMap<CacheSize, u64>, &'static str> {
    let month = stage.month.window();
    let part = Window { from_ms: window.from_ms.max(month.from_ms), to_ms: window.to_ms.min(month.to_ms) };
    let mut seconds: BTreeMap<CacheSize, u64> = BTreeMap::new();
    for span in History::of(history, stage.value(0), stage.value(1)).spans(part) {
        let api = span.settings.rest_api(stage.value(2)).and_then(|api| api.stage(stage.value(3)));
        let api = api.ok_or("the lake has no settings of the API (`gwcost ingest settings:`)")?;
        let Some(size) = api.cache_size() else { continue };
        let size: CacheSize =
            size.normalize().to_string().parse().map_err(|_| "settings name a cache size that is unknown")?;
        let length = u64::try_from(span.to_ms.saturating_sub(span.from_ms)).unwrap_or(0);
        *seconds.entry(size).or_default() += length.div_euclid(1_000);
    }
    Ok(seconds)
}

fn notes(
    reasons: &BTreeMap<(Part, &'static str), BTreeSet<String>>,
    history: &[Snapshot],
    window: Window,
) -> Vec<String> {
    // What is not known of the same endpoints for the same reason is one sentence.
    let mut alike: BTreeMap<(&str, &BTreeSet<String>), Vec<&str>> = BTreeMap::new();
    for ((part, reason), endpoints) in reasons {
        alike.entry((*reason, endpoints)).or_default().push(part.column());
    }
    let said = |((reason, endpoints), parts): ((&str, &BTreeSet<String>), Vec<&str>)| {
        let count = endpoints.len() as u64;
        let of = if count == 1 { "endpoint" } else { "endpoints" };
        let are = if parts.len() == 1 { "is" } else { "are" };
        format!("{} {are} not known of {} {of}: {reason}", parts.join(", "), grouped(count))
    };
    let mut notes: Vec<String> = alike.into_iter().map(said).collect();
    notes.push(
        "full cost: the integration's latency stands for the function's duration; of logs only ingestion is \
         counted, of firewalls only requests; tiers of other services begin with the window"
            .to_owned(),
    );
    if history.first().is_some_and(|first| first.taken_at_ms > window.from_ms) {
        notes
            .push("settings before the first that the lake has are assumed to have been the same".to_owned());
    }
    notes
}

/// Names an endpoint, to count them.
fn endpoint_name(key: &LeafKey) -> String {
    Dimension::ENDPOINT.map(|dimension| key.endpoint.value(dimension).unwrap_or("–")).join(" ")
}
