//! One pass over the lake: who calls, which buckets that drains, what the replay and the log say.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

use arrow::array::RecordBatch;
use gwcost_core::model::DAY_MS;
use gwcost_core::model::limits::{Caller, LimitGap, LimitId, LimitScope, LimitSource, Limits};
use rust_decimal::prelude::ToPrimitive;

use super::ThrottleQuestion;
use super::chains::Chains;
use super::clients::Clients;
use super::explore::{Explored, explore};
use super::low::{LOOK_BACK_MS, LowMoments, Seen};
use super::quotas::Quotas;
use super::result::{Contributor, FrontierPoint, LimitHeadroom, ThrottleAnalysis};
use super::rows::Rows;
use super::spill::Spill;
use super::unused::{SeenKeys, unused};
use super::watch::Watch;
use crate::analysis::trend::{Trend, reaches};
use crate::analysis::{AnalysisError, Dimension};

/// Buckets for which bursts are suggested: those with most requests.
const MOST_SUGGESTED: usize = 100;

/// Clients that hammer, as many as are named.
const MOST_HAMMERING: usize = 20;

/// How much of its first or last hour a day may lack to count as whole: a log hardly begins with the hour.
const DAYS_EDGE_MS: i64 = 3_600_000;

/// The state of a run.
pub struct Run<'q> {
    question: &'q ThrottleQuestion<'q>,
    limits: Limits<'q>,
    numbers: HashMap<u128, u32>,
    callers: Vec<Known>,
    watches: Vec<Watch>,
    watch_numbers: HashMap<(LimitId, Option<LimitSource>), usize>,
    lows: HashMap<usize, LowMoments>,
    chains: Chains,
    quotas: Quotas,
    clients: Clients,
    gaps: BTreeMap<LimitGap, u64>,
    spill: Spill,
    /// The requests of the hour, and those shortly before it.
    seen: Vec<Seen>,
    /// Watches with arrivals in this hour.
    touched: Vec<usize>,
    buffer: Vec<u8>,
}

/// What was found of a watch.
struct ExploredWatch {
    id: LimitId,
    headroom: Option<LimitHeadroom>,
    found: Explored,
}

/// A caller, with what its requests meet.
struct Known {
    api: String,
    stage: String,
    method: Option<String>,
    route: Option<String>,
    key: Option<String>,
    account: String,
    region: String,
    selected: bool,
    watches: Vec<usize>,
    chain: usize,
    quota: Option<usize>,
    gaps: Vec<LimitGap>,
}

impl<'q> Run<'q> {
    /// Before the first row.
    pub fn new(question: &'q ThrottleQuestion<'q>) -> Run<'q> {
        Run {
            question,
            limits: Limits::new(question.settings),
            numbers: HashMap::new(),
            callers: Vec::new(),
            watches: Vec::new(),
            watch_numbers: HashMap::new(),
            lows: HashMap::new(),
            chains: Chains::default(),
            quotas: Quotas::default(),
            clients: Clients::default(),
            gaps: BTreeMap::new(),
            spill: Spill::new(),
            seen: Vec::new(),
            touched: Vec::new(),
            buffer: Vec::new(),
        }
    }

    /// The rows of the next hour, in time order.
    ///
    /// # Errors
    /// [`AnalysisError::Aside`] when arrivals cannot be kept aside.
    pub fn hour(&mut self, batch: &RecordBatch) -> Result<(), AnalysisError> {
        let rows = Rows::new(batch);
        for row in 0..rows.len() {
            let number = self.caller(&rows, row);
            let (ms, answer) = (rows.ms(row), rows.answer(row));
            self.seen.push(Seen { ms, caller: number });
            let Some(caller) = self.callers.get(number as usize) else { continue };
            for &watch in &caller.watches {
                let Some(of) = self.watches.get_mut(watch) else { continue };
                if of.arrive(ms, rows.resolution_ms(row)) {
                    self.touched.push(watch);
                }
                answer.count(&mut of.observed);
            }
            self.chains.arrive(caller.chain, ms, answer);
            if let Some(quota) = caller.quota {
                self.quotas.arrive(quota, ms);
            }
            if caller.selected {
                self.clients.arrive(ms, rows.key(row), rows.network(row), answer.is_refused());
                for gap in &caller.gaps {
                    *self.gaps.entry(*gap).or_default() += 1;
                }
            }
        }
        self.close_hour()
    }

    fn close_hour(&mut self) -> Result<(), AnalysisError> {
        for watch in std::mem::take(&mut self.touched) {
            let Some(of) = self.watches.get_mut(watch) else { continue };
            let lowest = of.close_hour(&mut self.spill).map_err(AnalysisError::aside)?;
            let account = of.id.scope == LimitScope::Account;
            if let Some(lowest) = lowest.filter(|_| account) {
                let callers = &self.callers;
                let meets = |caller: u32| {
                    callers.get(caller as usize).is_some_and(|caller| caller.watches.contains(&watch))
                };
                self.lows.entry(watch).or_default().look(lowest, &self.seen, meets);
            }
        }
        let last = self.seen.last().map_or(0, |seen| seen.ms);
        let stale = self.seen.partition_point(|seen| seen.ms <= last - LOOK_BACK_MS);
        self.seen.drain(..stale);
        Ok(())
    }

    fn caller(&mut self, rows: &Rows<'_>, row: usize) -> u32 {
        let digest = rows.caller_digest(row, &mut self.buffer);
        if let Some(known) = self.numbers.get(&digest) {
            return *known;
        }
        let known = self.know(&rows.caller(row));
        // More callers than that do not fit into memory.
        let number = u32::try_from(self.callers.len()).unwrap_or(u32::MAX);
        self.callers.push(known);
        self.numbers.insert(digest, number);
        number
    }

    /// Looks up what the requests of a caller meet.
    fn know(&mut self, caller: &Caller<'_>) -> Known {
        let selected = self.question.filters.select(|dimension| match dimension {
            Dimension::Account => Some(caller.account),
            Dimension::Region => Some(caller.region),
            Dimension::Api => Some(caller.api),
            Dimension::Stage => Some(caller.stage),
            Dimension::Method => caller.method,
            Dimension::Route => caller.route,
            Dimension::Key => caller.key,
            _ => None,
        });
        let applied = self.limits.of(caller);
        let mut series = Vec::new();
        let mut met: Vec<LimitId> = Vec::new();
        for limit in applied.limits {
            met.push(limit.id.clone());
            series.push(self.watch(limit.id, limit.limit, Some(limit.source)));
        }
        let mut watches = series.clone();
        if let Some((scope, limit)) = self.question.typed
            && let Some(id) = LimitId::of(scope, caller)
        {
            met.push(id.clone());
            watches.push(self.watch(id, Some(limit), Some(LimitSource::Typed)));
        }
        // What no limit is for yet, and one could be set for.
        for scope in [LimitScope::Stage, LimitScope::Key] {
            let taken = met.iter().any(|id| id.scope == scope);
            if let Some(id) = LimitId::of(scope, caller).filter(|_| !taken) {
                watches.push(self.watch(id, None, None));
            }
        }
        let quota = self.limits.quota(caller).map(|quota| self.quotas.number(quota));
        let chain = self.chains.number(&series, &self.watches);
        if selected {
            self.chains.select(chain);
            quota.iter().for_each(|quota| self.quotas.select(*quota));
            for &watch in &watches {
                if let Some(of) = self.watches.get_mut(watch) {
                    of.selected = true;
                }
            }
        }
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Known {
            api: caller.api.to_owned(),
            stage: caller.stage.to_owned(),
            method: owned(caller.method),
            route: owned(caller.route),
            key: owned(caller.key),
            account: caller.account.to_owned(),
            region: caller.region.to_owned(),
            selected,
            watches,
            chain,
            quota,
            gaps: applied.gaps,
        }
    }

    fn watch(
        &mut self,
        id: LimitId,
        limit: Option<gwcost_core::model::settings::Limit>,
        source: Option<LimitSource>,
    ) -> usize {
        // A limit that is typed and one that holds are two, of one bucket's requests.
        let typed = source.filter(|source| *source == LimitSource::Typed);
        *self.watch_numbers.entry((id.clone(), typed)).or_insert_with(|| {
            self.watches.push(Watch::new(id, limit, source));
            self.watches.len() - 1
        })
    }

    /// After the last row; `covered` are the lake's first and last request.
    ///
    /// # Errors
    /// [`AnalysisError::Aside`] when arrivals cannot be read again.
    pub fn finish(mut self, covered: Option<(i64, i64)>) -> Result<ThrottleAnalysis, AnalysisError> {
        let whole_days = self.whole_days(covered);
        let mut order: Vec<usize> =
            (0..self.watches.len()).filter(|number| self.watches[*number].selected).collect();
        order.sort_by_key(|number| std::cmp::Reverse(self.watches[*number].arrivals));
        let (mut limits, mut frontier, mut suggested) = (Vec::new(), Vec::new(), Vec::new());
        for explored in self.explore(&order, whole_days)? {
            limits.extend(explored.headroom);
            // One set of points for a bucket, whatever limits it has.
            if frontier.iter().all(|point: &FrontierPoint| point.id != explored.id) {
                frontier.extend(explored.found.frontier);
                suggested.extend(explored.found.suggested);
            }
        }
        limits.sort_by(|one: &LimitHeadroom, other| {
            let typed = |of: &LimitHeadroom| of.source != LimitSource::Typed;
            (typed(one), &one.id).cmp(&(typed(other), &other.id))
        });
        let mut contributors = Vec::new();
        let mut lows: Vec<(usize, LowMoments)> = self.lows.drain().collect();
        lows.sort_by_key(|(number, _)| *number);
        for (number, low) in lows {
            if !self.watches[number].selected {
                continue;
            }
            let callers = &self.callers;
            let name = |caller: u32, arrivals| {
                let known = callers.get(caller as usize)?;
                Some(Contributor {
                    api: known.api.clone(),
                    stage: known.stage.clone(),
                    method: known.method.clone(),
                    route: known.route.clone(),
                    key: known.key.clone(),
                    arrivals,
                })
            };
            contributors.extend(low.found(&self.watches[number], name));
        }
        let met: HashSet<LimitId> = self.watches.iter().map(|watch| watch.id.clone()).collect();
        let keys = self.seen_keys();
        let (hammering, clients_forgotten) = self.clients.hammering(MOST_HAMMERING);
        Ok(ThrottleAnalysis {
            window: self.question.window,
            settings_taken_ms: self.question.settings.map(|settings| settings.taken_at_ms),
            limits,
            chains: self.chains.found(&self.watches),
            frontier,
            suggested,
            contributors,
            quotas: self.quotas.found(),
            unused: self.question.settings.map_or_else(Vec::new, |settings| unused(settings, &keys, &met)),
            hammering,
            clients_forgotten,
            gaps: self.gaps.into_iter().collect(),
            not_suggested: order.len().saturating_sub(MOST_SUGGESTED),
        })
    }

    /// Goes over the arrivals of these watches once more, on all cores; the answers are in the same order.
    fn explore(
        &mut self,
        order: &[usize],
        whole_days: (i64, i64),
    ) -> Result<Vec<ExploredWatch>, AnalysisError> {
        let spill = &self.spill;
        let mut watches: Vec<Option<&mut Watch>> = self.watches.iter_mut().map(Some).collect();
        let todo: VecDeque<(usize, &mut Watch)> = order
            .iter()
            .enumerate()
            .filter_map(|(place, number)| Some((place, watches.get_mut(*number)?.take()?)))
            .collect();
        let (todo, done) = (Mutex::new(todo), Mutex::new(Vec::new()));
        let work = || {
            loop {
                let next = todo.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some((place, watch)) = next else { break };
                let explored = explore(watch, spill, place < MOST_SUGGESTED).map(|found| ExploredWatch {
                    id: watch.id.clone(),
                    headroom: headroom(watch, &found, whole_days),
                    found,
                });
                done.lock().unwrap_or_else(PoisonError::into_inner).push((place, explored));
            }
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(order.len());
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, explored)| explored.map_err(AnalysisError::aside)).collect()
    }

    fn seen_keys(&self) -> SeenKeys {
        let of = |known: &Known| {
            let key = known.key.clone()?;
            Some([known.account.clone(), known.region.clone(), known.api.clone(), known.stage.clone(), key])
        };
        self.callers.iter().filter_map(of).collect()
    }

    /// The first day that is whole, and the first one after those, counted from 1970.
    fn whole_days(&self, covered: Option<(i64, i64)>) -> (i64, i64) {
        let window = self.question.window;
        let (first, last) = covered.unwrap_or((window.from_ms, window.to_ms));
        let from = window.from_ms.max(first - DAYS_EDGE_MS);
        let to = window.to_ms.min(last.saturating_add(DAYS_EDGE_MS));
        (from.div_euclid(DAY_MS) + i64::from(from.rem_euclid(DAY_MS) > 0), to.div_euclid(DAY_MS))
    }
}

/// What is said of a watch that is a limit.
fn headroom(watch: &Watch, explored: &Explored, whole_days: (i64, i64)) -> Option<LimitHeadroom> {
    Some(LimitHeadroom {
        id: watch.id.clone(),
        limit: watch.limit,
        source: watch.source?,
        arrivals: watch.arrivals,
        refused: watch.refused(),
        observed: watch.observed,
        peak_1s: watch.peaks[0],
        peak_10s: watch.peaks[1],
        peak_60s: watch.peaks[2],
        lowest: watch.lowest,
        growth: explored.growth,
        first_refusal: first_refusal(watch, explored, whole_days),
        resolution_ms: watch.resolution_ms,
    })
}

/// When daily peaks reach what the window's peak may grow to.
fn first_refusal(watch: &Watch, explored: &Explored, (from, to): (i64, i64)) -> Option<Trend> {
    let growth = explored.growth?.to_first_refusal.to_f64()?;
    let peak = watch.peaks[0]?.arrivals.to_f64()?;
    let days: Vec<(i64, u64)> =
        watch.day_peaks.range(from..to.max(from)).map(|(day, peak)| (*day, *peak)).collect();
    // Where the limit refuses already, there is no first refusal to come.
    if growth < 1.0 { None } else { reaches(&days, growth * peak) }
}
