//! The threads of a transaction: one reads and hands out parts of units, the others turn them into rows.

use std::collections::HashMap;

use crossbeam_channel::{bounded, unbounded};

use super::IngestError;
use super::feeder::Feeder;
use super::worker::{Parcel, work};
use crate::lake::{Finished, StagedWriter, Transaction, UnitRecord, UnitTally, WritableLake};

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

    /// So many more bytes of log events, and how many.
    fn events(&self, bytes: u64, events: u64);

    /// So many hours of log groups are to be fetched, beside those before.
    fn expect_hours(&self, hours: u64);

    /// An hour of a log group is complete.
    fn hour(&self);
}

/// An input that was left out, and why.
#[derive(Debug)]
pub struct Failure {
    /// The input.
    pub name: String,
    /// A sentence.
    pub reason: String,
    /// AWS refused it.
    pub refused: bool,
}

impl Failure {
    pub(super) fn new(name: impl Into<String>, reason: impl Into<String>) -> Failure {
        Failure { name: name.into(), reason: reason.into(), refused: false }
    }
}

/// Hours of log groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourCounts {
    /// Hours that were fetched and committed, also for another look.
    pub fetched: u64,
    /// Those of them in which the group holds no event.
    pub empty: u64,
    /// Hours that the lake holds and that nothing can be added to.
    pub settled: u64,
    /// Hours whose events CloudWatch Logs has deleted.
    pub expired: u64,
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
    /// Stored bytes that were read; of log events, those of their texts.
    pub bytes_in: u64,
    /// Hours of log groups.
    pub hours: HourCounts,
}

impl Summary {
    /// Adds what came of further inputs.
    pub fn add(&mut self, other: Summary) {
        self.units.extend(other.units);
        self.skipped += other.skipped;
        self.replaced += other.replaced;
        self.failures.extend(other.failures);
        self.bytes_in += other.bytes_in;
        self.hours.fetched += other.hours.fetched;
        self.hours.empty += other.hours.empty;
        self.hours.settled += other.hours.settled;
        self.hours.expired += other.hours.expired;
    }
}

/// What a run goes on with from transaction to transaction.
pub(super) struct Run<'r> {
    pub options: &'r Options,
    pub progress: &'r dyn Progress,
    pub summary: Summary,
}

/// What was seen of the units of a transaction.
pub(super) type Tallies = HashMap<i64, UnitTally>;

impl Run<'_> {
    /// One transaction: `feed` hands out parts until it is full, `judge` takes units out that cannot be
    /// meant, and the rest is committed.
    pub fn transaction(
        &mut self,
        lake: &mut WritableLake,
        feed: impl FnOnce(&mut Feeder<'_, '_>) -> Result<(), IngestError>,
        judge: impl FnOnce(&mut Transaction<'_>, &Tallies) -> Vec<Failure>,
    ) -> Result<(), IngestError> {
        let next_unit = lake.next_unit();
        let mut transaction = Transaction::begin(lake)?;
        let folder = transaction.folder().to_owned();
        let (sender, receiver) = bounded::<Parcel>(2 * self.options.workers as usize);
        // As many blocks as are under way can come back, so it need not be bounded.
        let (done, recycled) = unbounded::<Vec<u8>>();
        let workers = std::thread::scope(|scope| -> Result<Vec<Finished>, IngestError> {
            let handles: Vec<_> = (0..self.options.workers)
                .map(|worker| {
                    let (receiver, done, folder) = (receiver.clone(), done.clone(), &folder);
                    scope.spawn(move || work(&receiver, &done, StagedWriter::new(folder, worker)))
                })
                .collect();
            drop(receiver);
            let mut feeder = Feeder {
                transaction: &mut transaction,
                sender,
                recycled: &recycled,
                options: self.options,
                progress: self.progress,
                summary: &mut self.summary,
                next_unit,
                bytes: 0,
                units: 0,
            };
            feed(&mut feeder)?;
            drop(feeder);
            handles.into_iter().map(|handle| handle.join().map_err(|_| IngestError::Worker)?).collect()
        })?;
        let mut tallies = Tallies::new();
        for worker in &workers {
            for (unit, tally) in worker.tallies() {
                tallies.entry(*unit).or_default().add(tally);
            }
        }
        self.summary.failures.extend(judge(&mut transaction, &tallies));
        self.summary.replaced += transaction.replaced().len() as u64;
        let units = transaction.commit(workers, &self.options.written_at)?;
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
        self.summary.units.extend(units);
        Ok(())
    }
}
