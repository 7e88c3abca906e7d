//! Size by TTL: what each would have answered, spared and cost, and which pays best.

use gwcost_core::model::Window;
use gwcost_core::pricing::{
    Backend, CacheSize, break_even_cost_per_call, cache_bytes, cache_cost, per_month, rounded,
};
use gwcost_core::simulate::{GroupHits, SAMPLE_PARTS, TtlOutcome, sample_error_ppm};
use rust_decimal::{Decimal, RoundingStrategy};

use super::CacheQuestion;
use super::lru_pass::Evicting;
use super::pass::Pass;
use super::prices::Prices;
use super::result::{Basis, Best, CacheOption, MethodCache, StageCache, StageCounts};
use super::sentences;
use super::stage::{Group, Replayed, StageReplay};
use crate::analysis::AnalysisError;
use crate::lake::Column;

/// Decimals of a ratio.
const RATIO_DECIMALS: u32 = 6;

/// What of a sample holds for all.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    /// All requests that could have been answered.
    pub(super) requests: u64,
    /// Those of them that were replayed.
    pub(super) replayed: u64,
}

impl Scale {
    /// A count of the sample as one of all.
    pub(super) fn up(self, count: u64) -> u64 {
        if self.requests == self.replayed {
            return count;
        }
        let all = u128::from(count) * u128::from(self.requests);
        // Nothing counted is larger than what it was counted of.
        u64::try_from(all.checked_div(u128::from(self.replayed)).unwrap_or(0)).unwrap_or(u64::MAX)
    }
}

/// Hits with what is needed to price them.
#[derive(Clone, Copy, Default)]
struct Spared {
    hits: u64,
    untimed: u64,
    latency_ms: u64,
}

impl Spared {
    fn of(groups: &[GroupHits], scale: Scale) -> Spared {
        let sum = |of: fn(&GroupHits) -> u64| scale.up(groups.iter().map(of).sum());
        Spared {
            hits: sum(|group| group.hits),
            untimed: sum(|group| group.untimed_hits),
            latency_ms: sum(|group| group.latency_ms),
        }
    }

    /// Backend time of all hits. One whose own time was not logged, as of an answer that came from a cache, is
    /// taken to be as long as the mean of those that were. `None` where none was.
    fn time_ms(self, replayed: &Replayed) -> Option<u64> {
        let untimed = u128::from(self.untimed) * u128::from(replayed.latency_ms);
        let untimed = match self.untimed {
            0 => 0,
            _ => untimed.checked_div(u128::from(replayed.timed))?,
        };
        (replayed.timed > 0 || self.hits == 0)
            .then(|| self.latency_ms.saturating_add(u64::try_from(untimed).unwrap_or(u64::MAX)))
    }

    fn saved(self, backend: Option<&Backend>, replayed: &Replayed) -> Result<Option<Decimal>, AnalysisError> {
        let Some(backend) = backend else { return Ok(None) };
        let time = if backend.is_timed() { self.time_ms(replayed) } else { Some(0) };
        Ok(time.map(|time| backend.cost(self.hits, time)).transpose()?.map(rounded))
    }
}

/// A part of a whole, 0 to 1; `None` of nothing.
pub(super) fn ratio(part: u64, whole: u64) -> Option<Decimal> {
    let ratio = Decimal::from(part).checked_div(Decimal::from(whole))?;
    Some(ratio.round_dp_with_strategy(RATIO_DECIMALS, RoundingStrategy::MidpointAwayFromZero).normalize())
}

/// A period's milliseconds.
pub(super) fn length_ms(period: Option<Window>) -> u64 {
    period.map_or(0, |period| period.to_ms.saturating_sub(period.from_ms).unsigned_abs())
}

/// One stage's options.
struct Table<'a> {
    prices: &'a Prices<'a>,
    stage: &'a StageReplay,
    scale: Scale,
    backend: Option<Backend>,
    halvings: u32,
    length_ms: u64,
    /// The key that was replayed has all that a real one has.
    key_complete: bool,
}

/// What other caches would have done in a stage; `observed` is not filled in.
pub(super) fn stage(
    question: &CacheQuestion,
    prices: &Prices<'_>,
    pass: &Pass<'_>,
    (at, stage): (usize, &StageReplay),
    evicting: &Evicting,
    period: Option<Window>,
) -> Result<StageCache, AnalysisError> {
    let outcomes = stage.answers.outcome();
    let requests = stage.answers.requests;
    let replayed = outcomes.first().map_or(0, |outcome| outcome.requests);
    let key_lacks = key_lacks(question, stage);
    let table = Table {
        prices,
        stage,
        scale: Scale { requests, replayed },
        backend: prices.backend(&stage.id.region),
        halvings: pass.halvings(),
        length_ms: length_ms(period),
        key_complete: key_lacks.is_empty(),
    };
    let mut options = Vec::new();
    for (ttl, outcome) in question.ttls.iter().zip(&outcomes).filter(|_| requests > 0) {
        options.push(table.option(*ttl, None, outcome, false)?);
        for size in question.sizes.iter().filter(|_| !question.shared) {
            options.push(table.option(*ttl, Some(*size), outcome, false)?);
            if let Some(evicted) = evicting.get(at, *ttl, *size) {
                options.push(table.option(*ttl, Some(*size), evicted, true)?);
            }
        }
    }
    let best = best(&options, table.length_ms);
    let mut answer = StageCache {
        id: stage.id.clone(),
        observed: None,
        requests: stage.requests,
        cacheable_requests: requests,
        left_out: stage.left_out,
        unsized_requests: stage.unsized_requests,
        distinct_keys: u64::from(stage.answers.keys) << pass.halvings(),
        key_basis: if requests > 0 { key_basis(question, stage) } else { Vec::new() },
        key_lacks: if requests > 0 { key_lacks } else { Vec::new() },
        methods: table.methods(question, &outcomes, best.as_ref())?,
        options,
        best,
        findings: Vec::new(),
    };
    answer.findings = sentences::of_replay(question, stage, &answer, table.backend.as_ref());
    Ok(answer)
}

impl Table<'_> {
    fn option(
        &self,
        ttl_seconds: u32,
        size: Option<CacheSize>,
        outcome: &TtlOutcome,
        evicting: bool,
    ) -> Result<CacheOption, AnalysisError> {
        let spared = Spared::of(&outcome.groups, self.scale);
        let peak_live_bytes = outcome.peak_live_bytes << self.halvings;
        let fits = size.is_none_or(|size| peak_live_bytes <= cache_bytes(size));
        // Without every size nobody knows whether all of it fits.
        let surely_fits = size.is_none() || (fits && self.stage.unsized_requests == 0);
        let basis = match (evicting, self.halvings > 0) {
            (true, _) => Basis::LruEstimate,
            (false, true) => Basis::Sample,
            (false, false) if surely_fits && self.key_complete => Basis::Exact,
            (false, false) => Basis::UpperBound,
        };
        let backend_saved = spared.saved(self.backend.as_ref(), &self.stage.answers)?;
        let cache_cost = match size.and_then(|size| self.prices.per_hour(&self.stage.id.region, size)) {
            Some(per_hour) => Some(rounded(cache_cost(per_hour, self.length_ms)?)),
            None => None,
        };
        let net = backend_saved.zip(cache_cost).map(|(saved, cost)| (saved - cost).normalize());
        Ok(CacheOption {
            ttl_seconds,
            size,
            hits: spared.hits,
            early_hits: self.scale.up(outcome.early_hits),
            hit_ratio: ratio(outcome.hits, outcome.requests),
            hit_ratio_error: (self.halvings > 0).then(|| sample_error(&outcome.groups)),
            basis,
            peak_live_bytes,
            backend_saved,
            time_saved_ms: spared.time_ms(&self.stage.answers),
            cache_cost,
            net,
            net_per_month: net.and_then(|net| per_month(net, self.length_ms)).map(rounded),
            break_even_cost_per_call: cache_cost
                .and_then(|cost| break_even_cost_per_call(cost, spared.hits))
                .map(rounded),
            mean_age_ms: outcome.mean_age_ms(),
            p95_age_ms: outcome.p95_age_ms,
        })
    }

    /// The methods at the best TTL, else at the longest.
    fn methods(
        &self,
        question: &CacheQuestion,
        outcomes: &[TtlOutcome],
        best: Option<&Best>,
    ) -> Result<Vec<MethodCache>, AnalysisError> {
        let chosen = match best {
            Some(Best::Cache { ttl_seconds, .. }) => Some(*ttl_seconds),
            _ => question.ttls.iter().max().copied(),
        };
        let Some(ttl_seconds) = chosen else { return Ok(Vec::new()) };
        let outcome =
            question.ttls.iter().position(|ttl| *ttl == ttl_seconds).and_then(|at| outcomes.get(at));
        let parts = if self.halvings > 0 { SAMPLE_PARTS } else { 1 };
        let mut methods = Vec::new();
        for (number, group) in self.stage.groups.iter().enumerate().filter(|(_, group)| group.cacheable > 0) {
            let of_group = outcome.map_or(&[][..], |outcome| outcome.groups.as_slice());
            let counted: Vec<GroupHits> = of_group.iter().skip(number * parts).take(parts).copied().collect();
            let counts = question.counts.get(&self.stage.id);
            methods.push(self.method((group, counts), &counted, ttl_seconds, best)?);
        }
        methods.sort_by(|one, other| {
            let name = |method: &MethodCache| (method.route.clone(), method.method.clone());
            other.cacheable_requests.cmp(&one.cacheable_requests).then_with(|| name(one).cmp(&name(other)))
        });
        Ok(methods)
    }

    fn method(
        &self,
        (group, counts): (&Group, Option<&StageCounts>),
        counted: &[GroupHits],
        ttl_seconds: u32,
        best: Option<&Best>,
    ) -> Result<MethodCache, AnalysisError> {
        let replayed: u64 = counted.iter().map(|part| part.requests).sum();
        let sampled_hits: u64 = counted.iter().map(|part| part.hits).sum();
        let spared = Spared::of(counted, Scale { requests: group.cacheable, replayed });
        Ok(MethodCache {
            method: group.method.clone(),
            route: group.route.clone(),
            cacheable_requests: group.cacheable,
            ttl_seconds,
            hits: spared.hits,
            hit_ratio: ratio(sampled_hits, replayed),
            backend_saved: spared.saved(self.backend.as_ref(), &self.stage.answers)?,
            observed: counts
                .and_then(|counts| counts.methods.get(&(group.method.clone(), group.route.clone())).copied()),
            cached: group.configured.cached.map(|ttl| ttl.is_some()),
            per_caller: !group.configured.per_caller.is_empty(),
            worth_caching: best.map(|best| matches!(best, Best::Cache { .. }) && spared.hits > 0),
        })
    }
}

/// The error of a sample's ratio: parts of the sample stand side by side in each group.
fn sample_error(groups: &[GroupHits]) -> Decimal {
    let mut parts = vec![(0, 0); SAMPLE_PARTS];
    for (number, group) in groups.iter().enumerate() {
        let (requests, hits) = &mut parts[number % SAMPLE_PARTS];
        *requests += group.requests;
        *hits += group.hits;
    }
    Decimal::new(i64::from(sample_error_ppm(&parts)), RATIO_DECIMALS).normalize()
}

/// The option with the largest net, or none of them. Of equal ones, the shorter TTL and the smaller size.
fn best(options: &[CacheOption], length_ms: u64) -> Option<Best> {
    let estimated = |option: &CacheOption| {
        options.iter().any(|other| {
            other.basis == Basis::LruEstimate
                && (other.ttl_seconds, other.size) == (option.ttl_seconds, option.size)
        })
    };
    let mut best: Option<(&CacheOption, CacheSize, Decimal)> = None;
    for option in options {
        let Some((size, net)) = option.size.zip(option.net) else { continue };
        // Where an estimate says how much does not fit, the bound says too much.
        if option.basis != Basis::LruEstimate && estimated(option) {
            continue;
        }
        let rank = (net, std::cmp::Reverse((option.ttl_seconds, size)));
        if best.is_none_or(|(other, size, net)| rank > (net, std::cmp::Reverse((other.ttl_seconds, size)))) {
            best = Some((option, size, net));
        }
    }
    let (option, size, net) = best?;
    Some(if net > Decimal::ZERO {
        let net_per_month = per_month(net, length_ms).map(rounded);
        Best::Cache { ttl_seconds: option.ttl_seconds, size, net, net_per_month }
    } else {
        Best::Off
    })
}

/// The fields of the key that was replayed.
fn key_basis(question: &CacheQuestion, stage: &StageReplay) -> Vec<String> {
    let mut fields = vec![Column::Method.name().to_owned(), Column::Path.name().to_owned()];
    fields.extend(question.key.iter().map(|column| column.name().to_owned()));
    let per_caller = stage.groups.iter().any(|group| !group.configured.per_caller.is_empty());
    if per_caller && !question.key.contains(&Column::Principal) {
        fields.push("principal of methods cached per caller".to_owned());
    }
    fields
}

/// What a real key may have and this one has not. Whoever names the key's fields knows it; else settings do, of
/// methods that are cached; else query strings may be part of it, and no log holds them.
fn key_lacks(question: &CacheQuestion, stage: &StageReplay) -> Vec<String> {
    if !question.key.is_empty() {
        return Vec::new();
    }
    let mut lacks: Vec<String> = Vec::new();
    for group in stage.groups.iter().filter(|group| group.cacheable > 0) {
        match &group.configured.key_lacks {
            Some(parameters) => lacks.extend(parameters.iter().cloned()),
            None => lacks.push("query string".to_owned()),
        }
    }
    lacks.sort();
    lacks.dedup();
    lacks
}
