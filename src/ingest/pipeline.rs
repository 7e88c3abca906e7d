//! The threads of an ingest: one reads and hands out blocks, the others turn them into rows.

use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use gwcost_core::log_format::Reader;

use super::IngestError;
use super::job::Job;
use crate::lake::{
    Draft, Finished, LakeError, Reading, Seen, StagedWriter, Transaction, UnitContext, UnitRecord, UnitTally,
    WritableLake,
};
use crate::source::{Block, Blocks, Input, SourceError, Stored, digests_at, open};

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

struct Unit {
    context: UnitContext,
    reader: Arc<Reader>,
    name: String,
    secret: bool,
}

type Parcel = (Arc<Unit>, Block);

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
                "none of its {} lines could be read, most because each {reason}; is it in another format?",
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
        let unit = Arc::new(Unit {
            context: job.context(number),
            reader: job.reader(),
            name: name.clone(),
            secret: job.secret(),
        });
        let stored = match open(&job.input) {
            Ok(stored) => stored,
            Err(error) => {
                self.fail(name, without_name(&error));
                return Ok(true);
            }
        };
        let mut blocks = Blocks::new(stored);
        match self.send_blocks(&unit, &mut blocks) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(error) => {
                self.transaction.abandon(number);
                let place = blocks.reader().stored_bytes();
                let reason =
                    format!("cannot be read past stored byte {place}: {error}; nothing of it was kept");
                self.fail(name, reason);
                return Ok(true);
            }
        }
        let (bytes, digest) = (blocks.reader().stored_bytes(), blocks.reader().digest());
        if job.input == Input::Stdin {
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

    fn send_blocks(&mut self, unit: &Arc<Unit>, blocks: &mut Blocks<Stored>) -> std::io::Result<bool> {
        let mut before = 0;
        while let Some(block) = blocks.next_block()? {
            let stored = blocks.reader().stored_bytes();
            self.progress.advance(stored - before, &block.bytes);
            self.bytes += stored - before;
            self.summary.bytes_in += stored - before;
            before = stored;
            if self.sender.send((Arc::clone(unit), block)).is_err() {
                return Ok(false);
            }
        }
        // The rest of a line that was too long belongs to no block.
        let rest = blocks.reader().stored_bytes() - before;
        self.progress.advance(rest, &[]);
        self.bytes += rest;
        self.summary.bytes_in += rest;
        Ok(true)
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

/// A line without the byte order mark that a file may begin with.
fn without_mark(line: &[u8], offset: u64) -> &[u8] {
    if offset == 0 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line }
}

/// One worker: lines of whatever blocks it gets.
fn work(receiver: &Receiver<Parcel>, mut writer: StagedWriter) -> Result<Finished, IngestError> {
    for (unit, block) in receiver {
        let mut offset = block.offset;
        let write = |writer: &mut StagedWriter, line: &[u8], offset: u64| -> Result<(), LakeError> {
            let offset = i64::try_from(offset).unwrap_or(i64::MAX);
            writer.line(&unit.reader, &unit.context, &unit.name, unit.secret, line, offset)
        };
        if block.cut {
            writer.too_long(&unit.context, &unit.name, unit.secret, offset, &block.bytes)?;
            continue;
        }
        let mut rest = block.bytes.as_slice();
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = without_mark(&rest[..end], offset).trim_ascii();
            if !line.is_empty() {
                write(&mut writer, line, offset)?;
            }
            let taken = (end + 1).min(rest.len());
            offset += taken as u64;
            rest = &rest[taken..];
        }
    }
    Ok(writer.finish()?)
}
