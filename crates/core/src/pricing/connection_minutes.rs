//! Minutes of WebSocket connections, from the events that a log holds of them.
//!
//! AWS rounds each connection up to a minute and bills the minutes in the months in which they pass. A log
//! holds when connections open and close, and any line of a connection can say when it was opened
//! (`$context.connectedAt`). What it does not hold is a connection's end that is not logged yet, or got lost:
//! API Gateway closes every connection after two hours, so that is its longest.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Units;
use crate::model::Window;

/// API Gateway closes a connection after two hours.
pub const LONGEST_CONNECTION_MS: i64 = 2 * 3_600_000;

const MINUTE_MS: i64 = 60_000;

/// What a log line says of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionEvent {
    /// It was opened.
    Opened,
    /// A message went over it.
    Message,
    /// It was closed.
    Closed,
}

/// A connection, as far as the log knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// When it was opened, in milliseconds of Unix time; the first event where nothing says it.
    pub opened_ms: i64,
    /// The last that was seen of it.
    pub seen_ms: i64,
    /// Whether that was its end.
    pub closed: bool,
}

impl Connection {
    fn at_most_until(&self) -> i64 {
        let longest = self.opened_ms.saturating_add(LONGEST_CONNECTION_MS);
        if self.closed { self.seen_ms.clamp(self.opened_ms, longest) } else { longest }
    }

    /// Minutes billed up to an instant, when the connection ends at `end_ms`: each one that has begun.
    fn begun(&self, until_ms: i64, end_ms: i64) -> u64 {
        let length = until_ms.min(end_ms).saturating_sub(self.opened_ms);
        let minutes = length.max(0).saturating_add(MINUTE_MS - 1) / MINUTE_MS;
        // A connection that ends as it begins is one minute, which passes when it begins.
        let least = i64::from(self.opened_ms < until_ms);
        u64::try_from(minutes.max(least)).unwrap_or(0)
    }

    /// Minutes inside a window. Windows that touch add up, so a month's end splits a connection.
    ///
    /// A connection that was not seen to close is counted until two hours are over; `low` until it was last
    /// seen.
    pub fn minutes(&self, window: Window) -> Units {
        let inside = |end_ms: i64| self.begun(window.to_ms, end_ms) - self.begun(window.from_ms, end_ms);
        let base = inside(self.at_most_until());
        let low = inside(self.seen_ms.min(self.at_most_until()));
        Units { base, low: low.min(base), high: base }
    }
}

/// Pairs what opens connections with what closes them, by the connection's id within its API.
#[derive(Clone, Debug)]
pub struct Pairing<K: Ord> {
    connections: BTreeMap<K, Connection>,
}

impl<K: Ord> Default for Pairing<K> {
    fn default() -> Self {
        Pairing { connections: BTreeMap::new() }
    }
}

impl<K: Ord> Pairing<K> {
    /// Takes a line in, in any order. `connected_ms` is `$context.connectedAt`, where it is logged.
    pub fn event(&mut self, id: K, event: ConnectionEvent, time_ms: i64, connected_ms: Option<i64>) {
        let opened_ms = connected_ms.unwrap_or(time_ms).min(time_ms);
        let closed = event == ConnectionEvent::Closed;
        match self.connections.entry(id) {
            Entry::Vacant(vacant) => {
                vacant.insert(Connection { opened_ms, seen_ms: time_ms, closed });
            }
            Entry::Occupied(mut occupied) => {
                let known = occupied.get_mut();
                known.opened_ms = known.opened_ms.min(opened_ms);
                // A line that was logged after the end does not lengthen the connection.
                if closed {
                    known.seen_ms = if known.closed { known.seen_ms.min(time_ms) } else { time_ms };
                } else if !known.closed {
                    known.seen_ms = known.seen_ms.max(time_ms);
                }
                known.closed |= closed;
            }
        }
    }

    /// How many connections were seen.
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether none was seen.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// The connections, by id.
    pub fn connections(&self) -> impl Iterator<Item = (&K, &Connection)> {
        self.connections.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn minutes(connection: Connection, from_ms: i64, to_ms: i64) -> u64 {
        connection.minutes(Window { from_ms, to_ms }).base
    }

    fn paired(events: &[(ConnectionEvent, i64, Option<i64>)]) -> Connection {
        let mut pairing = Pairing::default();
        for (event, time_ms, connected_ms) in events {
            pairing.event("c", *event, *time_ms, *connected_ms);
        }
        assert_eq!(pairing.len(), 1);
        *pairing.connections().next().unwrap().1
    }

    #[test]
    fn each_connection_is_rounded_up_by_itself() {
        let closed = |length| Connection { opened_ms: 0, seen_ms: length, closed: true };
        assert_eq!([0, 1, 60_000, 60_001].map(|length| minutes(closed(length), 0, HOUR_MS)), [1, 1, 1, 2]);
    }

    #[test]
    fn what_is_not_logged_is_told_by_the_rest() {
        use ConnectionEvent::{Closed, Message, Opened};
        let both = paired(&[(Closed, 90_000, None), (Opened, 0, None)]);
        assert_eq!(minutes(both, 0, HOUR_MS), 2);
        // Opened before the log begins: the line that closes it says when.
        let before = paired(&[(Closed, 10 * 60_000, Some(-5 * 60_000))]);
        assert_eq!(minutes(before, 0, HOUR_MS), 10);
        // Never closed: two hours at most, and at least as long as it was seen.
        let open = paired(&[(Opened, 0, None), (Message, 5 * 60_000, None)]);
        assert_eq!(
            open.minutes(Window { from_ms: 0, to_ms: 9 * HOUR_MS }),
            Units { base: 120, low: 5, high: 120 }
        );
        assert_eq!(minutes(open, 0, HOUR_MS), 60);
        // An end that a clock puts after two hours is one after two hours.
        assert_eq!(
            minutes(Connection { opened_ms: 0, seen_ms: 3 * HOUR_MS, closed: true }, 0, 9 * HOUR_MS),
            120
        );
    }

    #[test]
    fn a_month_end_splits_a_connection() {
        let connection = Connection { opened_ms: -90_000, seen_ms: 45_000, closed: true };
        assert_eq!([minutes(connection, -HOUR_MS, 0), minutes(connection, 0, HOUR_MS)], [2, 1]);
    }

    proptest! {
        #[test]
        fn windows_add_up_and_order_does_not_matter(
            opened in 0i64..10 * HOUR_MS,
            times in prop::collection::vec(0i64..3 * HOUR_MS, 1..6),
            close in proptest::bool::ANY,
            cut in 0i64..14 * HOUR_MS,
        ) {
            let mut events = vec![(ConnectionEvent::Opened, opened, None)];
            events.extend(times.iter().map(|time| (ConnectionEvent::Message, opened + time, None)));
            if close {
                let last = times.iter().max().copied().unwrap_or_default();
                events.push((ConnectionEvent::Closed, opened + last, Some(opened)));
            }
            let forward = paired(&events);
            events.reverse();
            prop_assert_eq!(forward, paired(&events));
            let end = 20 * HOUR_MS;
            for pick in [|units: Units| units.base, |units: Units| units.low] {
                let part = |from_ms, to_ms| pick(forward.minutes(Window { from_ms, to_ms }));
                prop_assert_eq!(part(0, cut) + part(cut, end), part(0, end));
                prop_assert!((1..=120).contains(&part(0, end)));
            }
        }
    }
}
