//! The threads of an ingest: one reads and hands out blocks, the others turn them into rows.

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::sync::Arc;

use crossbeam_channel::{Sender, bounded};
use gwcost_core::framing::{Blocks, Events, Framing};

use super::IngestError;
use super::job::Job;
use super::worker::{Parcel, Part, Unit, work};
use crate::lake::{
    Draft, Finished, Reading, Seen, StagedWriter, Transaction, UnitRecord, UnitTally, WritableLake,
};
use crate::source::{Input, Opened, SourceError, Tally, digests_at, open};

/// Stored bytes after which a transaction is committed and the next one begun.
const TRANSACTION_BYTES: u64 = 256 * 1024 * 1024;
/// Units after which a transaction is committed.
const TRANSACTION_UNITS: usize = 4096;

/// How to ingest.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads that read lines and write Parquet.
    pub workers: u32,
    /// Read content again that is in the lake in another reading, and take that one out.
    pub replace: bool,
    /// The time of the run, RFC 3339.
    pub written_at: String,
}

/// Told how far it is.
pub trait Progress {
    /// So many more bytes of input, as stored, and the lines that they hold.
    fn advance(&self, stored: u64, lines: &[u8]);
}

/// An input that was left out, and why.
#[derive(Debug)]
pub struct Failure {
    /// The input.
    pub name: String,
    /// A sentence.
    pub reason: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Summary {
    /// The units that were committed.
    pub units: Vec<UnitRecord>,
    /// Inputs that the lake held already.
    pub skipped: u64,
    /// Units that gave way to a newer reading of the same content or place.
    pub replaced: u64,
    /// Inputs that could not be used.
    pub failures: Vec<Failure>,
    /// Stored bytes that were read.
    pub bytes_in: u64,
}

/// Bytes of events that are handed out together.
const EVENTS_BYTES: usize = 512 * 1024;

/// Reads all jobs into the lake.
///
/// # Errors
/// [`IngestError`] when the lake cannot be written; an unusable input is a [`Failure`] instead.
pub fn run(
    lake: &mut WritableLake,
    jobs: Vec<Job>,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Summary, IngestError> {
    let mut summary = Summary::default();
    let mut jobs = jobs.into_iter().peekable();
    while jobs.peek().is_some() {
        let next_unit = lake.next_unit();
        let mut transaction = Transaction::begin(lake)?;
        let folder = transaction.folder().to_owned();
        let (sender, receiver) = bounded::<Parcel>(2 * options.workers as usize);
        let workers = std::thread::scope(|scope| -> Result<Vec<Finished>, IngestError> {
            let handles: Vec<_> = (0..options.workers)
                .map(|worker| {
                    let (receiver, folder) = (receiver.clone(), &folder);
                    scope.spawn(move || work(&receiver, StagedWriter::new(folder, worker)))
                })
                .collect();
            drop(receiver);
            let mut feeder = Feeder {
                transaction: &mut transaction,
                sender,
                options,
                progress,
                summary: &mut summary,
                next_unit,
                bytes: 0,
                units: 0,
            };
            while feeder.bytes < TRANSACTION_BYTES && feeder.units < TRANSACTION_UNITS {
                let Some(job) = jobs.next() else { break };
                if !feeder.feed(&job)? {
                    // The workers are gone; the reason is in their result.
                    break;
                }
            }
            drop(feeder);
            handles.into_iter().map(|handle| handle.join().map_err(|_| IngestError::Worker)?).collect()
        })?;
        let refused = refuse(&mut transaction, &workers);
        summary.failures.extend(refused);
        summary.replaced += transaction.replaced().len() as u64;
        let units = transaction.commit(workers, &options.written_at)?;
        for unit in &units {
            tracing::info!(
                source = unit.source,
                lines = unit.lines,
                rows = unit.rows,
                rejects = unit.rejects,
                duplicates = unit.duplicates,
                "committed"
            );
        }
        summary.units.extend(units);
    }
    Ok(summary)
}

/// Takes units out that cannot be meant: none of their lines could be read, or lines lack a fact
/// that only a person can add.
fn refuse(transaction: &mut Transaction<'_>, workers: &[Finished]) -> Vec<Failure> {
    let mut tallies: HashMap<i64, UnitTally> = HashMap::new();
    for worker in workers {
        for (unit, tally) in worker.tallies() {
            tallies.entry(*unit).or_default().add(tally);
        }
    }
    let mut failures = Vec::new();
    let units: Vec<(i64, String)> =
        transaction.drafts().map(|draft| (draft.number, draft.source.clone())).collect();
    for (unit, name) in units {
        let tally = tallies.remove(&unit).unwrap_or_default();
        if tally.lines == 0 {
            // Nothing to remember: the next look may find something.
            transaction.withdraw(unit);
        } else if let Some((missing, count)) = tally.missing_fact() {
            transaction.withdraw(unit);
            let reason = format!("{count} of {} lines: {missing}; nothing of it was kept", tally.lines);
            failures.push(Failure { name, reason });
        } else if tally.rows == 0 {
            transaction.withdraw(unit);
            let commonest = tally.reject_reasons.iter().max_by_key(|(_, count)| **count);
            let reason = commonest.map_or("", |(reason, _)| reason.as_str());
            let reason = format!(
                "none of its {} lines could be read (most often: {reason}); is it in another format?",
                tally.lines
            );
            failures.push(Failure { name, reason });
        }
    }
    failures
}

struct Feeder<'a, 'lake> {
    transaction: &'a mut Transaction<'lake>,
    sender: Sender<Parcel>,
    options: &'a Options,
    progress: &'a dyn Progress,
    summary: &'a mut Summary,
    next_unit: i64,
    bytes: u64,
    units: usize,
}

impl Feeder<'_, '_> {
    /// Hands out one input; false when nobody takes blocks any more.
    fn feed(&mut self, job: &Job) -> Result<bool, IngestError> {
        let (name, reading) = (job.input.name(), job.reading());
        let mut replaces = Vec::new();
        if let Input::File(path) = &job.input {
            // Only content of a size that is known can be known: others are hashed as they are read.
            let known =
                std::fs::metadata(path).map_err(SourceError::io(&name, "cannot open")).and_then(|data| {
                    let lengths = self.transaction.sizes_to_compare(&name, data.len());
                    digests_at(&job.input, &lengths).map(|digests| (data.len(), digests))
                });
            let wanted = match known {
                Ok((bytes, digests)) => {
                    let seen = self.transaction.seen(&name, bytes, &digests, &reading);
                    self.wanted(&name, &reading, seen, bytes)
                }
                Err(error) => {
                    self.fail(name, without_name(&error));
                    return Ok(true);
                }
            };
            let Some(units) = wanted else { return Ok(true) };
            replaces = units;
        }
        let number = self.next_unit;
        self.next_unit += 1;
        let unit = Arc::new(Unit { context: job.context(number), reader: job.reader() });
        let (opened, framing, tally) = match open(&job.input, job.framing, job.format.is_json()) {
            Ok(opened) => opened,
            Err(error) => {
                self.fail(name, without_name(&error));
                return Ok(true);
            }
        };
        tracing::debug!(source = name, framing = framing.name(), "reading");
        if !framing.has_time() && !job.format.has_time() {
            let reason = "the format holds neither $context.requestTime nor $context.requestTimeEpoch, \
                          and a plain file says nothing else about when its lines were written";
            self.fail(name, reason.to_owned());
            return Ok(true);
        }
        let sent = match opened {
            Opened::Blocks(blocks) => self.send_blocks(&unit, blocks, framing, &tally),
            Opened::Events(events) => self.send_events(&unit, events, &tally),
        };
        match sent {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(error) => {
                self.transaction.abandon(number);
                let place = tally.bytes();
                let reason =
                    format!("cannot be read past stored byte {place}: {error}; nothing of it was kept");
                self.fail(name, reason);
                return Ok(true);
            }
        }
        let (bytes, digest) = (tally.bytes(), tally.digest());
        if !matches!(job.input, Input::File(_)) {
            let digests = HashMap::from([(bytes, digest.clone())]);
            let seen = self.transaction.seen(&name, bytes, &digests, &reading);
            match self.wanted(&name, &reading, seen, bytes) {
                Some(units) => replaces = units,
                None => {
                    self.transaction.abandon(number);
                    return Ok(true);
                }
            }
        }
        self.units += 1;
        self.transaction.add(Draft { number, source: name, digest, bytes, reading, replaces });
        Ok(true)
    }

    /// The units that give way to content, or `None` if it is not to be read.
    fn wanted(&mut self, name: &str, reading: &Reading, seen: Seen, bytes: u64) -> Option<Vec<i64>> {
        match seen {
            Seen::New => Some(Vec::new()),
            Seen::Same => {
                self.summary.skipped += 1;
                self.progress.advance(bytes, &[]);
                None
            }
            Seen::Grown(unit) => Some(vec![unit]),
            Seen::Otherwise { units, .. }
                if self.options.replace && !units.iter().any(|unit| self.transaction.brings(*unit)) =>
            {
                Some(units)
            }
            Seen::Otherwise { reading: other, source, units } => {
                let way_out = if units.iter().any(|unit| self.transaction.brings(*unit)) {
                    "this same run read it: give each file one reading"
                } else {
                    "add --replace to read it again and take the other reading out"
                };
                let from = if source == name { "before" } else { source.as_str() };
                let difference = reading.difference(&other);
                self.fail(
                    name.to_owned(),
                    format!("this content was read from {from} in another way ({difference}); {way_out}"),
                );
                None
            }
        }
    }

    fn send_blocks(
        &mut self,
        unit: &Arc<Unit>,
        mut blocks: Blocks<Box<dyn BufRead>>,
        framing: Framing,
        tally: &Tally,
    ) -> io::Result<bool> {
        let mut before = 0;
        while let Some(block) = blocks.next_block()? {
            before = self.note(before, tally, &block.bytes);
            let part = if framing == Framing::Objects { Part::Objects(block) } else { Part::Lines(block) };
            if self.sender.send((Arc::clone(unit), part)).is_err() {
                return Ok(false);
            }
        }
        // The rest of a line that was too long belongs to no block.
        self.note(before, tally, &[]);
        Ok(true)
    }

    fn send_events(&mut self, unit: &Arc<Unit>, mut events: Events, tally: &Tally) -> io::Result<bool> {
        let (mut before, mut held, mut waiting) = (0, 0, Vec::new());
        loop {
            let event = events.next_event()?;
            let ended = event.is_none();
            if let Some(event) = event {
                held += event.text.len();
                waiting.push(event);
            }
            if held >= EVENTS_BYTES || (ended && !waiting.is_empty()) {
                before = self.note(before, tally, &[]);
                held = 0;
                if self.sender.send((Arc::clone(unit), Part::Events(std::mem::take(&mut waiting)))).is_err() {
                    return Ok(false);
                }
            }
            if ended {
                self.note(before, tally, &[]);
                return Ok(true);
            }
        }
    }

    /// Counts what was read since `before` stored bytes; the answer is what was read by now.
    fn note(&mut self, before: u64, tally: &Tally, lines: &[u8]) -> u64 {
        let now = tally.bytes();
        self.progress.advance(now - before, lines);
        self.bytes += now - before;
        self.summary.bytes_in += now - before;
        now
    }

    fn fail(&mut self, name: String, reason: String) {
        self.summary.failures.push(Failure { name, reason });
    }
}

fn without_name(error: &SourceError) -> String {
    match error {
        SourceError::Io { doing, source, .. } => format!("{doing}: {source}"),
        other => other.to_string(),
    }
}
