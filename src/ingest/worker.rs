//! One worker thread: parts of units become lines, lines become rows.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use gwcost_core::framing::{Block, Event, next_seam};

use super::IngestError;
use crate::lake::{Finished, Place, StagedWriter, Way};

/// The ways in which the lines of a unit are read; one at least.
pub(super) type Ways = Vec<Way>;

/// A part of a unit, for one worker.
pub(super) enum Part {
    /// Lines.
    Lines(Block),
    /// JSON objects back to back.
    Objects(Block),
    /// Events with their own times.
    Events(Vec<Event>),
}

/// A part with the ways of its unit.
pub(super) type Parcel = (Arc<Ways>, Part);

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
    for (ways, part) in receiver {
        match part {
            Part::Lines(block) if block.cut => {
                if let Some(way) = ways.first() {
                    writer.too_long(&way.context, signed(block.offset), &block.bytes)?;
                }
            }
            Part::Lines(block) => {
                write_parts(&mut writer, &ways, &block, |rest| {
                    memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)
                })?;
                // At the end of the input nobody takes it any more.
                let _ = done.send(block.bytes);
            }
            Part::Objects(block) => {
                write_parts(&mut writer, &ways, &block, |rest| next_seam(rest, 0).unwrap_or(rest.len()))?;
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
                        writer.line(&ways, text, place)?;
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
    ways: &[Way],
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
            writer.line(ways, text, place)?;
        }
        offset += line.len() as u64;
        rest = later;
    }
    Ok(())
}

fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}
