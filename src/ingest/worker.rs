//! One worker thread: parts of units become lines, lines become rows.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use gwcost_core::framing::{Block, Event, next_seam};
use gwcost_core::log_format::Reader;

use super::IngestError;
use crate::lake::{Finished, Place, StagedWriter, UnitContext};

/// What holds for every line of a unit.
pub(super) struct Unit {
    pub context: UnitContext,
    pub reader: Arc<Reader>,
}

/// A part of a unit, for one worker.
pub(super) enum Part {
    /// Lines.
    Lines(Block),
    /// JSON objects back to back.
    Objects(Block),
    /// Events with their own times.
    Events(Vec<Event>),
}

/// A part with its unit.
pub(super) type Parcel = (Arc<Unit>, Part);

/// A line without the byte order mark that a file may begin with.
fn without_mark(line: &[u8], offset: u64) -> &[u8] {
    if offset == 0 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line }
}

/// One worker: lines of whatever parts it gets.
///
/// The memory of lines that were read goes back through `done`.
pub(super) fn work(
    receiver: &Receiver<Parcel>,
    done: &Sender<Vec<u8>>,
    mut writer: StagedWriter,
) -> Result<Finished, IngestError> {
    for (unit, part) in receiver {
        match part {
            Part::Lines(block) if block.cut => {
                writer.too_long(&unit.context, signed(block.offset), &block.bytes)?;
            }
            Part::Lines(block) => {
                write_parts(&mut writer, &unit, &block, |rest| {
                    memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)
                })?;
                // At the end of the input nobody takes it any more.
                let _ = done.send(block.bytes);
            }
            Part::Objects(block) => {
                write_parts(&mut writer, &unit, &block, |rest| next_seam(rest, 0).unwrap_or(rest.len()))?;
            }
            Part::Events(events) => {
                for event in events {
                    let text = event.text.trim_ascii();
                    let place = Place {
                        offset: signed(event.ordinal),
                        time_ms: event.time_ms,
                        event_id: event.id.as_deref(),
                    };
                    if !text.is_empty() {
                        writer.line(&unit.reader, &unit.context, text, place)?;
                    }
                }
            }
        }
    }
    Ok(writer.finish()?)
}

/// Writes the lines or objects of a block; `end` finds where the first one of the rest ends.
fn write_parts(
    writer: &mut StagedWriter,
    unit: &Unit,
    block: &Block,
    end: impl Fn(&[u8]) -> usize,
) -> Result<(), IngestError> {
    let mut offset = block.offset;
    let mut rest = block.bytes.as_slice();
    while !rest.is_empty() {
        let (line, later) = rest.split_at(end(rest));
        let text = without_mark(line, offset).trim_ascii();
        if !text.is_empty() {
            let place = Place { offset: signed(offset), ..Place::default() };
            writer.line(&unit.reader, &unit.context, text, place)?;
        }
        offset += line.len() as u64;
        rest = later;
    }
    Ok(())
}

fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}
