//! One pass over the lake: who calls, which buckets that drains, what the replay and the log say.

use std::collections::{BTreeMap, HashMap};

use arrow::array::RecordBatch;
use gwcost_core::model::limits::{Caller, LimitGap, LimitId, LimitScope, LimitSource, Limits};
use gwcost_core::model::settings::Limit;

use super::ThrottleQuestion;
use super::chains::Chains;
use super::clients::Clients;
use super::eras::Eras;
use super::low::{LOOK_BACK_MS, LowMoments, Seen};
use super::quotas::Quotas;
use super::rows::Rows;
use super::spill::Spill;
use super::watch::Watch;
use crate::analysis::{AnalysisError, Dimension};

/// The state of a run.
pub struct Run<'q> {
    pub(super) question: &'q ThrottleQuestion<'q>,
    pub(super) eras: &'q Eras,
    /// The era of the latest row.
    pub(super) era: usize,
    /// A caller's number, and the era that it was looked up in.
    pub(super) numbers: HashMap<u128, (u32, usize)>,
    pub(super) callers: Vec<Known>,
    pub(super) watches: Vec<Watch>,
    pub(super) watch_numbers: HashMap<(LimitId, Kind), usize>,
    pub(super) lows: HashMap<usize, LowMoments>,
    pub(super) chains: Chains,
    pub(super) quotas: Quotas,
    pub(super) clients: Clients,
    pub(super) gaps: BTreeMap<LimitGap, u64>,
    pub(super) spill: Spill,
    /// The requests of the hour, and those shortly before it.
    pub(super) seen: Vec<Seen>,
    /// Watches with arrivals in this hour.
    pub(super) touched: Vec<usize>,
    pub(super) buffer: Vec<u8>,
}

/// What a bucket is watched for. One whose limit changed is watched for each of its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A limit that holds, and may not be known.
    Limit(Option<Limit>),
    /// One that somebody typed.
    Typed,
    /// What could be set.
    Open,
}

/// A caller, with what its requests meet.
#[derive(PartialEq)]
pub(super) struct Known {
    pub(super) api: String,
    pub(super) stage: String,
    pub(super) method: Option<String>,
    pub(super) route: Option<String>,
    pub(super) key: Option<String>,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) selected: bool,
    pub(super) watches: Vec<usize>,
    pub(super) chain: usize,
    pub(super) quota: Option<usize>,
    pub(super) gaps: Vec<LimitGap>,
}

impl<'q> Run<'q> {
    /// Before the first row.
    pub fn new(question: &'q ThrottleQuestion<'q>, eras: &'q Eras) -> Run<'q> {
        Run {
            question,
            eras,
            era: 0,
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
        self.era = self.eras.era_of(self.era, rows.ms(row));
        let before = self.numbers.get(&digest).copied();
        if let Some((number, era)) = before
            && era == self.era
        {
            return number;
        }
        let known = self.know(&rows.caller(row));
        let same = before.filter(|(number, _)| self.callers.get(*number as usize) == Some(&known));
        let number = same.map_or_else(
            || {
                // More callers than that do not fit into memory.
                let number = u32::try_from(self.callers.len()).unwrap_or(u32::MAX);
                self.callers.push(known);
                number
            },
            |(number, _)| number,
        );
        self.numbers.insert(digest, (number, self.era));
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
        let limits = Limits::new(self.eras.settings(self.era));
        let applied = limits.of(caller);
        let mut series = Vec::new();
        let mut met: Vec<LimitId> = Vec::new();
        for limit in applied.limits {
            met.push(limit.id.clone());
            series.push(self.watch(limit.id, Kind::Limit(limit.limit), limit.limit, Some(limit.source)));
        }
        let mut watches = series.clone();
        if self.eras.are_several() {
            // What could be set is found from all of a bucket's requests, whatever its limits were.
            watches.extend(met.iter().map(|id| self.watch(id.clone(), Kind::Open, None, None)));
        }
        if let Some((scope, limit)) = self.question.typed
            && let Some(id) = LimitId::of(scope, caller)
        {
            met.push(id.clone());
            watches.push(self.watch(id, Kind::Typed, Some(limit), Some(LimitSource::Typed)));
        }
        // What no limit is for yet, and one could be set for.
        for scope in [LimitScope::Stage, LimitScope::Key] {
            let taken = met.iter().any(|id| id.scope == scope);
            if let Some(id) = LimitId::of(scope, caller).filter(|_| !taken) {
                watches.push(self.watch(id, Kind::Open, None, None));
            }
        }
        let quota = limits.quota(caller).map(|quota| self.quotas.number(quota));
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

    fn watch(&mut self, id: LimitId, kind: Kind, limit: Option<Limit>, source: Option<LimitSource>) -> usize {
        let number = *self.watch_numbers.entry((id.clone(), kind)).or_insert_with(|| {
            self.watches.push(Watch::new(id, limit, source, self.era));
            self.watches.len() - 1
        });
        if let Some(watch) = self.watches.get_mut(number) {
            watch.last_era = self.era;
        }
        number
    }
}
