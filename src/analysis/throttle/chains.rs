//! Series of limits, replayed request by request, side by side with what the log says.

use std::collections::{BTreeMap, HashMap};

use gwcost_core::simulate::{Chain, Turned};

use super::result::{Agreement, ChainReplay, Disagreement, Observed};
use super::rows::Answer;
use super::watch::Watch;

/// Minutes of disagreement that are shown.
const MOST_MINUTES: usize = 5;

const MINUTE_MS: i64 = 60_000;

/// All series that requests meet.
#[derive(Default)]
pub struct Chains {
    buckets: Chain,
    /// The bucket of a watch, where its limit is known and can be replayed.
    bucket_of: HashMap<usize, Option<usize>>,
    watch_of: Vec<usize>,
    series: Vec<Series>,
    by_watches: HashMap<Vec<usize>, usize>,
}

struct Series {
    watches: Vec<usize>,
    buckets: Vec<usize>,
    selected: bool,
    arrivals: u64,
    refused_by: BTreeMap<usize, u64>,
    observed: Observed,
    agreement: Agreement,
    minutes: BTreeMap<i64, (u64, u64)>,
}

impl Chains {
    /// The number of the series of these watches, the innermost first.
    pub fn number(&mut self, numbers: &[usize], watches: &[Watch]) -> usize {
        if let Some(known) = self.by_watches.get(numbers) {
            return *known;
        }
        let mut buckets = Vec::new();
        for &number in numbers {
            let bucket = match self.bucket_of.get(&number) {
                Some(known) => *known,
                None => {
                    let limit = watches.get(number).and_then(|watch| watch.limit);
                    let made = limit.and_then(|limit| self.buckets.add(&limit).ok());
                    if made.is_some() {
                        self.watch_of.push(number);
                    }
                    self.bucket_of.insert(number, made);
                    made
                }
            };
            buckets.extend(bucket);
        }
        self.series.push(Series {
            watches: numbers.to_vec(),
            buckets,
            selected: false,
            arrivals: 0,
            refused_by: BTreeMap::new(),
            observed: Observed::default(),
            agreement: Agreement::default(),
            minutes: BTreeMap::new(),
        });
        self.by_watches.insert(numbers.to_vec(), self.series.len() - 1);
        self.series.len() - 1
    }

    /// Says that a selected request met a series.
    pub fn select(&mut self, number: usize) {
        if let Some(series) = self.series.get_mut(number) {
            series.selected = true;
        }
    }

    /// A request in the order of the log.
    pub fn arrive(&mut self, number: usize, ms: i64, answer: Answer) {
        let Some(series) = self.series.get_mut(number) else { return };
        series.arrivals += 1;
        answer.count(&mut series.observed);
        let turned = self.buckets.arrive(ms, &series.buckets);
        if let Turned::Away(bucket) = turned
            && let Some(watch) = self.watch_of.get(bucket)
        {
            *series.refused_by.entry(*watch).or_default() += 1;
        }
        let (replay, log) = (turned != Turned::Through, answer.is_throttled());
        if replay && log {
            series.agreement.both += 1;
        } else if replay || log {
            let minute = series.minutes.entry(ms.div_euclid(MINUTE_MS) * MINUTE_MS).or_default();
            minute.0 += u64::from(replay);
            minute.1 += u64::from(log);
            series.agreement.only_replay += u64::from(replay);
            series.agreement.only_log += u64::from(log);
        }
    }

    /// What was found of the selected ones, those with most requests first.
    pub fn found(self, watches: &[Watch]) -> Vec<ChainReplay> {
        let mut found: Vec<ChainReplay> = self
            .series
            .into_iter()
            .filter(|series| series.selected)
            .map(|series| {
                let refused_by = |number: &usize| series.refused_by.get(number).copied().unwrap_or_default();
                let limits = series
                    .watches
                    .iter()
                    .filter_map(|number| Some((watches.get(*number)?.id.clone(), refused_by(number))));
                let limits = limits.collect();
                let mut minutes: Vec<Disagreement> = series
                    .minutes
                    .iter()
                    .map(|(at_ms, (only_replay, only_log))| Disagreement {
                        at_ms: *at_ms,
                        only_replay: *only_replay,
                        only_log: *only_log,
                    })
                    .collect();
                minutes.sort_by_key(|minute| {
                    (std::cmp::Reverse(minute.only_replay + minute.only_log), minute.at_ms)
                });
                minutes.truncate(MOST_MINUTES);
                ChainReplay {
                    limits,
                    complete: series.buckets.len() == series.watches.len(),
                    arrivals: series.arrivals,
                    refused: series.refused_by.values().sum(),
                    observed: series.observed,
                    agreement: series.agreement,
                    disagreements: minutes,
                }
            })
            .collect();
        found.sort_by_key(|chain| std::cmp::Reverse(chain.arrivals));
        found
    }
}
