//! A pass over the log in time order: each request finds its stage, its method and its key, and goes to the
//! kernels.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use gwcost_core::model::{ApiKind, Window};
use gwcost_core::simulate::{CacheArrival, KeySample, SAMPLE_PARTS, TtlCache};

use super::columns::{Rows, WANTED};
use super::key::KeyHash;
use super::result::StageId;
use super::stage::StageReplay;
use super::{CacheQuestion, LARGEST_RESPONSE};
use crate::analysis::AnalysisError;
use crate::analysis::dimension::Dimension;
use crate::lake::{Column, Lake, replay};

/// Requests to kinds of API that have no cache.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skipped {
    pub(super) http: u64,
    pub(super) websocket: u64,
}

/// What is known of a request's stage.
#[derive(Clone, Copy)]
enum Found {
    Stage(usize),
    WebSocket,
    LeftOut,
}

/// Kernels and tallies of all stages.
pub(super) struct Pass<'q> {
    pub(super) question: &'q CacheQuestion,
    pub(super) stages: Vec<StageReplay>,
    pub(super) skipped: Skipped,
    keys: KeySample,
    /// Halvings that this pass replays; those of `keys` are more once it is full.
    halvings: u32,
    index: HashMap<u128, Found>,
    hash: KeyHash,
}

/// A request on its way to a kernel.
pub(super) struct Taken {
    /// The stage by its place.
    pub(super) stage: usize,
    /// What the kernel gets, its group being the method's.
    pub(super) arrival: CacheArrival,
    /// The part of the sample that its key is in.
    pub(super) part: u32,
}

impl<'q> Pass<'q> {
    /// A pass that replays one of each `2^halvings` keys.
    pub(super) fn new(question: &'q CacheQuestion, halvings: u32) -> Pass<'q> {
        let each = KeySample::BYTES_PER_KEY + TtlCache::bytes_per_key(question.ttls.len());
        let most = usize::try_from(question.memory).unwrap_or(usize::MAX) / each;
        Pass {
            question,
            stages: Vec::new(),
            skipped: Skipped::default(),
            keys: KeySample::new(most.max(SAMPLE_PARTS), halvings),
            halvings,
            index: HashMap::new(),
            hash: KeyHash::default(),
        }
    }

    /// There were too many keys: what was counted is no answer, but [`Pass::halvings`] is known.
    pub(super) fn is_full(&self) -> bool {
        self.keys.is_full()
    }

    /// How many times keys were halved.
    pub(super) fn halvings(&self) -> u32 {
        self.keys.halvings()
    }

    /// Replays a period.
    pub(super) fn run(&mut self, lake: &Lake, period: Window) -> Result<(), AnalysisError> {
        for batch in replay(lake, period, &self.columns())?.ahead() {
            self.batch(&batch?)?;
        }
        Ok(())
    }

    pub(super) fn columns(&self) -> Vec<Column> {
        let mut columns = WANTED.to_vec();
        columns.push(Column::Principal);
        columns.extend(self.question.key.iter().filter(|column| **column != Column::Principal));
        if self.question.divided.is_some() && !columns.contains(&Column::ClientNetwork) {
            columns.push(Column::ClientNetwork);
        }
        columns
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), AnalysisError> {
        let rows = Rows::of(batch, &self.question.key);
        for row in 0..rows.count {
            let Some((stage, group)) = self.place(&rows, row, true) else { continue };
            self.authorize(stage, &rows, row);
            if let Some(taken) = self.take(stage, group, &rows, row, true) {
                let group = match self.halvings {
                    0 => taken.arrival.group,
                    _ => taken.arrival.group * SAMPLE_PARTS as u32 + taken.part,
                };
                self.stages[stage].answers.push(CacheArrival { group, ..taken.arrival });
            }
        }
        for stage in &mut self.stages {
            stage.answers.flush()?;
            stage.authorizer.flush()?;
        }
        Ok(())
    }

    /// The arrivals of a batch, without counting anything again.
    pub(super) fn arrivals(&mut self, batch: &RecordBatch, mut each: impl FnMut(Taken)) {
        let rows = Rows::of(batch, &self.question.key);
        for row in 0..rows.count {
            if let Some((stage, group)) = self.place(&rows, row, false) {
                self.take(stage, group, &rows, row, false).into_iter().for_each(&mut each);
            }
        }
    }

    /// The stage and the group of a row; `None` where it is left out.
    fn place(&mut self, rows: &Rows<'_>, row: usize, counting: bool) -> Option<(usize, u32)> {
        let place = rows.place.map(|text| text.get(row).unwrap_or_default());
        let key = place.iter().fold(self.hash.begin(b's', 0), |key, text| key.field(Some(*text))).hash();
        let found = match self.index.get(&key) {
            Some(found) => *found,
            None => {
                let found = self.find(place, rows.kind.get(row));
                self.index.insert(key, found);
                found
            }
        };
        let at = match found {
            Found::Stage(at) => at,
            Found::WebSocket => {
                self.skipped.websocket += u64::from(counting);
                return None;
            }
            Found::LeftOut => return None,
        };
        let stage = &mut self.stages[at];
        let endpoint = (rows.method.get(row), rows.route.get(row));
        let group = stage.group(&mut self.hash, endpoint, self.question)?;
        if counting {
            stage.requests += 1;
            self.skipped.http += u64::from(!stage.kind_can_cache(self.question));
        }
        Some((at, group))
    }

    fn find(&mut self, place: [&str; 4], kind: Option<&str>) -> Found {
        let dimensions = [Dimension::Account, Dimension::Region, Dimension::Api, Dimension::Stage];
        let filters = &self.question.filters;
        if !dimensions.iter().zip(place).all(|(dimension, text)| filters.matches(*dimension, text)) {
            return Found::LeftOut;
        }
        let kind = kind.and_then(|kind| kind.parse().ok()).unwrap_or(ApiKind::Rest);
        if kind == ApiKind::WebSocket {
            return Found::WebSocket;
        }
        let [account, region, api, stage] = place.map(str::to_owned);
        let id = StageId { account, region, api, stage };
        self.stages.push(StageReplay::new(id, kind, self.question));
        Found::Stage(self.stages.len() - 1)
    }

    /// The request as one that a cache could answer; `None` if none could, or its key is not in the sample.
    fn take(&mut self, at: usize, group: u32, rows: &Rows<'_>, row: usize, counting: bool) -> Option<Taken> {
        let question = self.question;
        let stage = &mut self.stages[at];
        if !stage.kind_can_cache(question) {
            return None;
        }
        let bytes = rows.response_bytes(row);
        let left_out = &mut stage.left_out;
        let method = rows.method.get(row).unwrap_or_default();
        let reason = if !question.methods.iter().any(|cached| cached.eq_ignore_ascii_case(method)) {
            Some(&mut left_out.method)
        } else if rows.status(row) != Some(200) {
            Some(&mut left_out.status)
        } else if rows.transfer_mode.get(row).is_some_and(|mode| mode.starts_with("STREAM")) {
            Some(&mut left_out.streamed)
        } else if bytes.is_some_and(|bytes| bytes > LARGEST_RESPONSE) {
            Some(&mut left_out.too_large)
        } else if rows.path.get(row).is_none() {
            Some(&mut left_out.without_path)
        } else {
            None
        };
        if let Some(reason) = reason {
            *reason += u64::from(counting);
            return None;
        }
        let latency_ms = rows.integration_latency(row);
        let of_group = stage.groups.get_mut(group as usize)?;
        let key = self.hash.begin(b'k', at as u64).field(rows.method.get(row)).field(rows.path.get(row));
        for (field, missing) in rows.key.iter().zip(&mut stage.key_missing) {
            let value = field.get(row);
            *missing += u64::from(counting && value.is_none());
            key.field(value);
        }
        if let Some(divided) = &question.divided {
            key.field(rows.network.get(row).and_then(|network| divided.get(network).copied()));
        }
        if !of_group.configured.per_caller.is_empty() {
            key.field(rows.principal.get(row));
        }
        let key_hash = key.hash();
        if counting {
            of_group.cacheable += 1;
            stage.unsized_requests += u64::from(bytes.is_none());
            stage.answers.count(latency_ms);
        }
        let key = self.keys.number(key_hash, &mut stage.answers.keys)?;
        let bytes = bytes.and_then(|bytes| u32::try_from(bytes).ok()).unwrap_or(0);
        let arrival = CacheArrival { time_ms: rows.time_ms(row), key, group, bytes, latency_ms };
        Some(Taken { stage: at, arrival, part: KeySample::part(key_hash) })
    }

    /// A request whose caller an authorizer knows asks it, unless its answer was kept.
    fn authorize(&mut self, at: usize, rows: &Rows<'_>, row: usize) {
        let Some(principal) = rows.principal.get(row) else { return };
        let replayed = &mut self.stages[at].authorizer;
        let latency_ms = rows.authorizer_latency(row);
        replayed.count(latency_ms);
        let hash = self.hash.begin(b'a', at as u64).field(Some(principal)).hash();
        if let Some(key) = self.keys.number(hash, &mut replayed.keys) {
            let time_ms = rows.time_ms(row);
            replayed.push(CacheArrival { time_ms, key, group: 0, bytes: 0, latency_ms });
        }
    }
}
