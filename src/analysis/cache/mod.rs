//! Does a stage's cache pay, and what would another one do: the log replayed with each TTL and size.
//!
//! The kernels of `gwcost_core::simulate` count, `gwcost_core::pricing` prices, settings say what is there now.

mod authorizer;
mod card_rates;
mod columns;
mod counted;
mod key;
mod lru_pass;
mod observed;
mod options;
mod pass;
mod prices;
mod result;
mod sentences;
mod stage;

pub use card_rates::CardRates;
pub use counted::counted;
pub use key::{UnknownKeyField, key_field};
pub use prices::CallPrice;
pub use result::{
    AuthorizerCache, AuthorizerOption, Basis, Best, CacheAnalysis, CacheCounts, CacheOption, CacheRateUse,
    CacheSample, HeldSize, LeftOut, MethodCache, Observed, StageCache, StageCounts, StageId,
};

use std::collections::HashMap;
use std::sync::Arc;

use gwcost_core::model::Window;
use gwcost_core::model::settings::Snapshot;
use gwcost_core::pricing::{CacheRates, CacheSize};

use super::AnalysisError;
use super::filter::Filters;
use crate::lake::{Column, Lake};
use lru_pass::Evicting;
use pass::Pass;
use prices::Prices;

const HOUR_MS: i64 = 3_600_000;

/// The longest TTL of API Gateway's own cache, in seconds.
pub const LONGEST_TTL_SECONDS: u32 = 3600;

/// The largest response that API Gateway keeps, in bytes.
const LARGEST_RESPONSE: u64 = 1_048_576;

/// What is asked.
#[derive(Clone, Debug)]
pub struct CacheQuestion {
    /// The half-open UTC window.
    pub window: Window,
    /// Now: no cache has cost anything after it.
    pub now_ms: i64,
    /// What to look at: account, region, API, stage, route.
    pub filters: Filters,
    /// TTLs in seconds, each once.
    pub ttls: Vec<u32>,
    /// Sizes to price, each once.
    pub sizes: Vec<CacheSize>,
    /// Methods whose answers can be kept, in capitals.
    pub methods: Vec<String>,
    /// Fields of the cache key beside method and path.
    pub key: Vec<Column>,
    /// Which of several caches callers of a network ask, where it is known: each keeps answers of its own.
    pub divided: Option<Arc<HashMap<String, &'static str>>>,
    /// The cache is one of the user's own in front of all kinds of API: no hourly price, any TTL, any size.
    pub shared: bool,
    /// What a call of the backend costs.
    pub backend: CallPrice,
    /// What a call of an authorizer costs.
    pub authorizer: CallPrice,
    /// Result TTLs of authorizers in seconds, each once.
    pub authorizer_ttls: Vec<u32>,
    /// Bytes that keys and their entries may take.
    pub memory: u64,
    /// The currency of the rates.
    pub currency: String,
    /// What is configured, as it was seen last, where it is known.
    pub settings: Option<Snapshot>,
    /// What was configured over time.
    pub history: Vec<Snapshot>,
    /// Hits and misses as AWS counted them, where they are known.
    pub counts: HashMap<StageId, StageCounts>,
}

/// Answers the question over a lake.
///
/// # Errors
/// [`AnalysisError`].
pub fn cache(
    lake: &Lake,
    rates: &dyn CacheRates,
    question: &CacheQuestion,
) -> Result<CacheAnalysis, AnalysisError> {
    lake.check_files(question.window)?;
    let prices = Prices::new(rates, question);
    let period = logged(lake, question.window);
    let mut pass = Pass::new(question, 0);
    if let Some(period) = period {
        pass.run(lake, period)?;
        if pass.is_full() {
            // What the first pass counted says how large a sample fits.
            pass = Pass::new(question, pass.halvings());
            pass.run(lake, period)?;
        }
    }
    let evicting = match period {
        Some(period) if !question.shared => Evicting::run(lake, period, &mut pass)?,
        _ => Evicting::default(),
    };
    let mut stages = Vec::new();
    let mut authorizers = Vec::new();
    for (at, replay) in pass.stages.iter().enumerate() {
        let observed = observed::observed(question, &prices, replay)?;
        if replay.kind_can_cache(question) {
            let outcome = options::stage(question, &prices, &pass, (at, replay), &evicting, period)?;
            stages.push(observed.into_stage(outcome));
        }
        authorizers.extend(authorizer::authorizer(question, &prices, replay, pass.halvings(), period)?);
    }
    stages.extend(observed::without_requests(question, &prices, &pass)?);
    stages.sort_by(|one, other| one.id.cmp(&other.id));
    authorizers.sort_by(|one, other| one.id.cmp(&other.id));
    let sample = (pass.halvings() > 0).then(|| CacheSample { one_in: 1u64 << pass.halvings() });
    let mut answer = CacheAnalysis {
        window: question.window,
        replayed: period,
        filters: question.filters.typed().to_vec(),
        shared: question.shared,
        currency: question.currency.clone(),
        rates: prices.into_used(),
        sample,
        stages,
        authorizers,
        notes: Vec::new(),
        assumptions: sentences::assumptions(question),
    };
    answer.notes = sentences::notes(question, &answer, &pass.skipped);
    Ok(answer)
}

/// The part of a window that the lake covers, in whole hours, as caches are billed. Hits and hours must be of
/// the same time, or a cache would be charged for days of which there is no log.
pub(super) fn logged(lake: &Lake, window: Window) -> Option<Window> {
    let (first, last) = lake.covered()?;
    let from = first.div_euclid(HOUR_MS) * HOUR_MS;
    let to = (last.div_euclid(HOUR_MS) + 1) * HOUR_MS;
    Window::new(window.from_ms.max(from), window.to_ms.min(to)).ok()
}
