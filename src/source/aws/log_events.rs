//! All events of a log group in some windows, each once: FilterLogEvents, several slices at a time.
//!
//! Slices are read side by side and handed out in the order of time, each when its last page has come.
//! The last page is the one without a token; an empty page with one is not the end. A slice that was begun
//! and must be cut is thrown away whole and read again in parts, so nothing depends on the order of events.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_cloudwatchlogs::Client;
use gwcost_core::framing::Event;
use gwcost_core::model::Window;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{AbortHandle, JoinSet};

use super::log_pages::{Fetched, Pages};
use super::log_slices::{Slicer, by_hour};
use super::logs::LogGroup;
use super::pace::Gate;
use super::{Aws, AwsError};

/// Batches that wait for the reader.
const WAITING: usize = 2;
/// Slices that are begun before their turn, beyond the requests under way.
const SPARE: u32 = 2;
/// No further slice is begun while complete ones hold so many bytes of text before their turn.
const HELD_BYTES: usize = 48 << 20;

/// The events of a part of one UTC hour.
///
/// Batches come in the order of time and touch each other within a window, so an hour is complete when a
/// batch ends with it. Hours without events have a batch too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogBatch {
    /// The part of the hour.
    pub window: Window,
    /// Its events, in the order in which they came; numbered over all batches.
    pub events: Vec<Event>,
}

/// How a reading went; the numbers go on while it is under way.
#[derive(Debug, Default)]
pub struct LogReading {
    pub(super) pages: AtomicU64,
    pub(super) empty_pages: AtomicU64,
    pub(super) dropped_pages: AtomicU64,
    pub(super) repeated: AtomicU64,
    pub(super) throttled: AtomicU64,
    pub(super) outside: AtomicU64,
}

/// The counts of a [`LogReading`] at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCounts {
    /// Pages that came.
    pub pages: u64,
    /// Those of them without events.
    pub empty_pages: u64,
    /// Those of them that were read in vain, because their slice was cut.
    pub dropped_pages: u64,
    /// Requests that failed even after the SDK's retries, and were sent again.
    pub repeated: u64,
    /// How often AWS throttled.
    pub throttled: u64,
    /// Events outside the window that was asked for; they were left out.
    pub outside: u64,
}

impl LogReading {
    /// The counts by now.
    pub fn counts(&self) -> LogCounts {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        LogCounts {
            pages: get(&self.pages),
            empty_pages: get(&self.empty_pages),
            dropped_pages: get(&self.dropped_pages),
            repeated: get(&self.repeated),
            throttled: get(&self.throttled),
            outside: get(&self.outside),
        }
    }
}

/// What goes from the tasks to the reader.
enum Message {
    Batch(LogBatch),
    Failed(AwsError),
    /// Everything was handed out. Without it the channel's end means that the runtime has stopped.
    End,
}

/// Events as they come. Dropping it stops the fetching.
pub struct LogEvents {
    receiver: Receiver<Message>,
    task: AbortHandle,
    group: LogGroup,
    reading: Arc<LogReading>,
    ordinal: u64,
    current: std::vec::IntoIter<Event>,
    ended: bool,
}

impl Aws {
    /// The events of a log group with `from_ms <= timestamp < to_ms`. Not for use inside of a task: it
    /// waits.
    pub fn log_events(&self, group: &LogGroup, from_ms: i64, to_ms: i64) -> LogEvents {
        self.log_events_in(group, vec![Window { from_ms, to_ms }])
    }

    /// The events of a log group in windows that are in the order of time and do not overlap.
    pub fn log_events_in(&self, group: &LogGroup, windows: Vec<Window>) -> LogEvents {
        LogEvents::start(self.handle(), self.logs_client(group), group, windows)
    }
}

impl LogEvents {
    /// Starts to read with a client of the group's Region.
    pub fn start(handle: &Handle, client: Client, group: &LogGroup, windows: Vec<Window>) -> LogEvents {
        let (sender, receiver) = channel(WAITING);
        let reading = Arc::new(LogReading::default());
        let gate = Gate::new();
        let pages = Pages::new(client, group.clone(), Arc::clone(&gate), Arc::clone(&reading));
        let deliverer = Deliverer {
            pages: Arc::new(pages),
            gate,
            slicer: Slicer::new(windows),
            slots: VecDeque::new(),
            tasks: JoinSet::new(),
            held: 0,
            failed: false,
            sender,
        };
        let task = handle.spawn(deliverer.run()).abort_handle();
        let current = Vec::new().into_iter();
        LogEvents { receiver, task, group: group.clone(), reading, ordinal: 0, current, ended: false }
    }

    /// The next batch, or `None` at the end. An error is the end as well; hours before it are complete.
    ///
    /// # Errors
    /// [`AwsError`].
    pub fn next_batch(&mut self) -> Result<Option<LogBatch>, AwsError> {
        if self.ended {
            return Ok(None);
        }
        match self.receiver.blocking_recv() {
            Some(Message::Batch(mut batch)) => {
                for event in &mut batch.events {
                    event.ordinal = self.ordinal;
                    self.ordinal += 1;
                }
                Ok(Some(batch))
            }
            Some(Message::End) => {
                self.ended = true;
                Ok(None)
            }
            Some(Message::Failed(error)) => {
                self.ended = true;
                Err(error)
            }
            None => {
                self.ended = true;
                Err(AwsError::Unavailable {
                    action: "logs:FilterLogEvents".to_owned(),
                    resource: format!("log group {}", self.group.name),
                    message: "the fetching stopped before its end".to_owned(),
                })
            }
        }
    }

    /// How it goes.
    pub fn reading(&self) -> Arc<LogReading> {
        Arc::clone(&self.reading)
    }
}

impl Iterator for LogEvents {
    type Item = Result<Event, AwsError>;

    fn next(&mut self) -> Option<Result<Event, AwsError>> {
        loop {
            if let Some(event) = self.current.next() {
                return Some(Ok(event));
            }
            match self.next_batch() {
                Ok(Some(batch)) => self.current = batch.events.into_iter(),
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Drop for LogEvents {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A slice in its turn.
struct Slot {
    slice: Window,
    state: State,
}

enum State {
    /// Not begun.
    Planned,
    /// A task reads it.
    UnderWay,
    /// Read to its end.
    Whole(Vec<Event>),
    /// Not to be read.
    Failed(AwsError),
}

/// Keeps tasks going and hands out what they bring, in order.
struct Deliverer {
    pages: Arc<Pages>,
    gate: Arc<Gate>,
    slicer: Slicer,
    slots: VecDeque<Slot>,
    tasks: JoinSet<(Window, Result<Fetched, AwsError>)>,
    /// Bytes of text in whole slices that wait for their turn.
    held: usize,
    /// A slice failed, so none after it is begun.
    failed: bool,
    sender: Sender<Message>,
}

impl Deliverer {
    async fn run(mut self) {
        loop {
            self.begin();
            if !self.hand_out().await {
                return;
            }
            if self.slots.is_empty() {
                if self.slicer.is_empty() {
                    // Nobody is there to hear it if the reader has gone.
                    let _ = self.sender.send(Message::End).await;
                    return;
                }
                continue;
            }
            // A task that panicked is missed in its slot: the reader is told that fetching stopped.
            let Some(Ok((slice, fetched))) = self.tasks.join_next().await else { return };
            self.note(slice, fetched);
        }
    }

    /// Begins as many slices as may be under way: those of slices that were cut first.
    fn begin(&mut self) {
        let most = (self.gate.limit() + SPARE) as usize;
        let mut at = 0;
        while self.tasks.len() < most {
            match self.slots.get_mut(at) {
                Some(slot) => {
                    if matches!(slot.state, State::Planned) {
                        slot.state = State::UnderWay;
                        let (pages, slice) = (Arc::clone(&self.pages), slot.slice);
                        self.tasks.spawn(async move { (slice, pages.fetch(slice).await) });
                    }
                    at += 1;
                }
                None if self.failed || self.held >= HELD_BYTES => return,
                None => {
                    let Some(slice) = self.slicer.next() else { return };
                    self.slots.push_back(Slot { slice, state: State::Planned });
                }
            }
        }
    }

    /// Hands out whole slices from the front; false when it is over.
    async fn hand_out(&mut self) -> bool {
        while let Some(slot) = self.slots.pop_front() {
            match slot.state {
                State::Whole(events) => {
                    self.held -= size(&events);
                    for batch in batches(slot.slice, events) {
                        if self.sender.send(Message::Batch(batch)).await.is_err() {
                            return false;
                        }
                    }
                }
                State::Failed(error) => {
                    let _ = self.sender.send(Message::Failed(error)).await;
                    return false;
                }
                State::Planned | State::UnderWay => {
                    self.slots.push_front(slot);
                    return true;
                }
            }
        }
        true
    }

    /// Takes in what came of a slice.
    fn note(&mut self, slice: Window, fetched: Result<Fetched, AwsError>) {
        let Some(at) = self.slots.iter().position(|slot| slot.slice == slice) else { return };
        match fetched {
            Ok(Fetched::Whole(events, extent)) => {
                self.slicer.learn(slice, extent);
                self.held += size(&events);
                self.slots[at].state = State::Whole(events);
            }
            Ok(Fetched::TooMuch(extent)) => {
                let parts = self.slicer.cut(slice, extent);
                tracing::debug!(%slice, parts = parts.len(), "cut");
                self.slots.remove(at);
                for part in parts.into_iter().rev() {
                    self.slots.insert(at, Slot { slice: part, state: State::Planned });
                }
            }
            Err(error) => {
                self.failed = true;
                self.slots[at].state = State::Failed(error);
            }
        }
    }
}

fn size(events: &[Event]) -> usize {
    events.iter().map(|event| event.text.len()).sum()
}

/// The events of a slice by the hours that it touches.
fn batches(slice: Window, events: Vec<Event>) -> Vec<LogBatch> {
    let mut batches: Vec<LogBatch> =
        by_hour(slice).map(|window| LogBatch { window, events: Vec::new() }).collect();
    for event in events {
        let at = event.time_ms.unwrap_or(slice.from_ms);
        let hour = batches.partition_point(|batch| batch.window.to_ms <= at);
        if let Some(batch) = batches.get_mut(hour) {
            batch.events.push(event);
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::aws::log_hours::HOUR_MS;

    #[test]
    fn a_slice_is_handed_out_by_the_hour_and_empty_hours_too() {
        let event = |time_ms| Event { time_ms: Some(time_ms), ..Event::default() };
        let slice = Window { from_ms: HOUR_MS / 2, to_ms: 4 * HOUR_MS };
        let events = [HOUR_MS - 1, 4 * HOUR_MS - 1, HOUR_MS, HOUR_MS / 2].map(event).to_vec();
        let batches = batches(slice, events);
        let times: Vec<Vec<i64>> = batches
            .iter()
            .map(|batch| batch.events.iter().filter_map(|event| event.time_ms).collect())
            .collect();
        assert_eq!(times, [vec![HOUR_MS - 1, HOUR_MS / 2], vec![HOUR_MS], vec![], vec![4 * HOUR_MS - 1]]);
        assert!(batches.windows(2).all(|pair| pair[0].window.to_ms == pair[1].window.from_ms));
    }
}
