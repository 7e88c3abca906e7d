//! What hands out parts of units to the workers, and keeps count of them.

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use gwcost_core::framing::{Blocks, Event, Events, Framing};

use super::pipeline::{Failure, Options, Progress, Summary};
use super::worker::{Parcel, Part, Ways};
use crate::lake::{Draft, Reading, Seen, Transaction};
use crate::source::Tally;

/// Stored bytes after which a transaction is committed and the next one begun.
const TRANSACTION_BYTES: u64 = 256 * 1024 * 1024;
/// Units after which a transaction is committed.
const TRANSACTION_UNITS: usize = 4096;
/// Bytes of events that are handed out together.
pub(super) const EVENTS_BYTES: usize = 512 * 1024;

pub(super) struct Feeder<'a, 'lake> {
    pub transaction: &'a mut Transaction<'lake>,
    pub sender: Sender<Parcel>,
    /// Memory of blocks that workers are done with.
    pub recycled: &'a Receiver<Vec<u8>>,
    pub options: &'a Options,
    pub progress: &'a dyn Progress,
    pub summary: &'a mut Summary,
    pub next_unit: i64,
    pub bytes: u64,
    pub units: usize,
}

impl Feeder<'_, '_> {
    /// Whether the transaction should be committed: it holds so many bytes, or as much as one may.
    pub fn is_full(&self, bytes: u64) -> bool {
        self.bytes >= bytes.min(TRANSACTION_BYTES) || self.units >= TRANSACTION_UNITS
    }

    /// A number for a unit.
    pub fn number(&mut self) -> i64 {
        self.next_unit += 1;
        self.next_unit - 1
    }

    /// Hands out a part; false when the workers are gone, the reason is in their result.
    pub fn send(&self, ways: &Arc<Ways>, part: Part) -> bool {
        self.sender.send((Arc::clone(ways), part)).is_ok()
    }

    /// Adds a unit that was read completely.
    pub fn add(&mut self, draft: Draft) {
        self.units += 1;
        self.transaction.add(draft);
    }

    /// Notes an input that is left out.
    pub fn fail(&mut self, failure: Failure) {
        self.summary.failures.push(failure);
    }

    /// The units that give way to content, or `None` if it is not to be read.
    pub fn wanted(&mut self, name: &str, reading: &Reading, seen: Seen, bytes: u64) -> Option<Vec<i64>> {
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
                self.fail(Failure::new(
                    name,
                    format!("this content was read from {from} in another way ({difference}); {way_out}"),
                ));
                None
            }
        }
    }

    /// What is known of content that was read to its end.
    pub fn seen(&self, name: &str, bytes: u64, digest: &str, reading: &Reading) -> Seen {
        let digests = HashMap::from([(bytes, digest.to_owned())]);
        self.transaction.seen(name, bytes, &digests, reading)
    }

    /// Hands out lines or objects.
    pub fn send_blocks(
        &mut self,
        ways: &Arc<Ways>,
        mut blocks: Blocks<Box<dyn BufRead>>,
        framing: Framing,
        tally: &Tally,
    ) -> io::Result<bool> {
        let mut before = 0;
        loop {
            for bytes in self.recycled.try_iter() {
                blocks.recycle(bytes);
            }
            let Some(block) = blocks.next_block()? else { break };
            before = self.note(before, tally, &block.bytes);
            let part = if framing == Framing::Objects { Part::Objects(block) } else { Part::Lines(block) };
            if !self.send(ways, part) {
                return Ok(false);
            }
        }
        // The rest of a line that was too long belongs to no block.
        self.note(before, tally, &[]);
        Ok(true)
    }

    /// Hands out events.
    pub fn send_events(&mut self, ways: &Arc<Ways>, mut events: Events, tally: &Tally) -> io::Result<bool> {
        let (mut before, mut held, mut waiting) = (0, 0, Vec::<Event>::new());
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
                if !self.send(ways, Part::Events(std::mem::take(&mut waiting))) {
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
        self.count(now - before);
        now
    }

    /// Counts bytes that were read.
    pub fn count(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.summary.bytes_in += bytes;
    }
}
