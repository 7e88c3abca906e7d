//! After the last row: what needs more passes over the arrivals that were kept, and the answer.

use std::collections::{HashMap, HashSet, VecDeque};
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

use gwcost_core::model::DAY_MS;
use gwcost_core::model::limits::{LimitId, LimitSource};
use rust_decimal::prelude::ToPrimitive;

use super::closest::closest;
use super::explore::{Explored, explore};
use super::low::LowMoments;
use super::result::{Closest, Contributor, FrontierPoint, LimitHeadroom, ThrottleAnalysis};
use super::run::{Known, Run};
use super::unused::{SeenKeys, unused};
use super::watch::Watch;
use crate::analysis::AnalysisError;
use crate::analysis::trend::{Trend, reaches};

/// Buckets for which bursts are suggested: those with most requests.
const MOST_SUGGESTED: usize = 100;

/// Clients that hammer, as many as are named.
const MOST_HAMMERING: usize = 20;

/// How much of its first or last hour a day may lack to count as whole: a log hardly begins with the hour.
const DAYS_EDGE_MS: i64 = 3_600_000;

/// What was found of a watch.
struct ExploredWatch {
    id: LimitId,
    headroom: Option<LimitHeadroom>,
    found: Explored,
}

impl Run<'_> {
    /// After the last row; `covered` are the lake's first and last request.
    ///
    /// # Errors
    /// [`AnalysisError::Aside`] when arrivals cannot be read again.
    pub fn finish(mut self, covered: Option<(i64, i64)>) -> Result<ThrottleAnalysis, AnalysisError> {
        let whole_days = self.whole_days(covered);
        let mut order: Vec<usize> =
            (0..self.watches.len()).filter(|number| self.watches[*number].selected).collect();
        // Of a bucket with the same requests in all of them, the one with a limit has more to say.
        order.sort_by_key(|number| {
            let watch = &self.watches[*number];
            (std::cmp::Reverse(watch.arrivals), watch.source.is_none())
        });
        let mut limits_of: HashMap<&LimitId, usize> = HashMap::new();
        for watch in self.watches.iter().filter(|watch| watch.holds()) {
            *limits_of.entry(&watch.id).or_default() += 1;
        }
        let changed: HashSet<LimitId> =
            limits_of.into_iter().filter(|(_, limits)| *limits > 1).map(|(id, _)| id.clone()).collect();
        let (mut limits, mut frontier, mut suggested) = (Vec::new(), Vec::new(), Vec::new());
        for explored in self.explore(&order, whole_days, &changed)? {
            limits.extend(explored.headroom);
            // One set of points for a bucket, whatever limits it has.
            if frontier.iter().all(|point: &FrontierPoint| point.id != explored.id) {
                frontier.extend(explored.found.frontier);
                suggested.extend(explored.found.suggested);
            }
        }
        let closest = self.closest(&limits, covered)?;
        limits.sort_by(|one: &LimitHeadroom, other| {
            let typed = |of: &LimitHeadroom| of.source != LimitSource::Typed;
            (typed(one), &one.id, one.held).cmp(&(typed(other), &other.id, other.held))
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
            settings_taken_ms: self.eras.latest().map(|settings| settings.taken_at_ms),
            settings_changed_ms: self.eras.changes().to_vec(),
            settings_assumed_until_ms: self.eras.assumed_until_ms(),
            closest,
            limits,
            chains: self.chains.found(&self.watches),
            frontier,
            suggested,
            contributors,
            quotas: self.quotas.found(),
            unused: self.eras.latest().map_or_else(Vec::new, |settings| unused(settings, &keys, &met)),
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
        changed: &HashSet<LimitId>,
    ) -> Result<Vec<ExploredWatch>, AnalysisError> {
        let (spill, eras) = (&self.spill, self.eras);
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
                let explored = explore(watch, spill, place < MOST_SUGGESTED).map(|found| {
                    let held = (watch.holds() && changed.contains(&watch.id))
                        .then(|| eras.span(watch.first_era, watch.last_era));
                    ExploredWatch {
                        id: watch.id.clone(),
                        headroom: headroom(watch, &found, held, whole_days),
                        found,
                    }
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

    /// The limit that leaves least room, around the hour of its lowest level.
    fn closest(
        &self,
        limits: &[LimitHeadroom],
        covered: Option<(i64, i64)>,
    ) -> Result<Option<Closest>, AnalysisError> {
        let known = limits.iter().filter_map(|limit| Some((limit, limit.growth?.to_first_refusal)));
        let tightest = known.min_by(|(one, growth), (other, least)| {
            let typed = |of: &LimitHeadroom| of.source == LimitSource::Typed;
            (typed(one), growth, &one.id).cmp(&(typed(other), least, &other.id))
        });
        let Some((tightest, _)) = tightest else { return Ok(None) };
        let is = |watch: &&Watch| {
            watch.id == tightest.id && watch.limit == tightest.limit && watch.source == Some(tightest.source)
        };
        let Some(watch) = self.watches.iter().find(is) else { return Ok(None) };
        let window = self.question.window;
        let (first, last) = covered.unwrap_or((window.from_ms, window.to_ms));
        let logged = (window.from_ms.max(first), window.to_ms.min(last.saturating_add(1)));
        closest(watch, &self.spill, tightest.held.unwrap_or(logged), logged).map_err(AnalysisError::aside)
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
fn headroom(
    watch: &Watch,
    explored: &Explored,
    held: Option<(i64, i64)>,
    whole_days: (i64, i64),
) -> Option<LimitHeadroom> {
    let whole_days = held.map_or(whole_days, |(from, to)| {
        let (first, end) = whole_days;
        (
            first.max(from.div_euclid(DAY_MS) + i64::from(from.rem_euclid(DAY_MS) > 0)),
            end.min(to.div_euclid(DAY_MS)),
        )
    });
    Some(LimitHeadroom {
        id: watch.id.clone(),
        held,
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
