//! The open connections of a WebSocket API, and what happens on them next.
//!
//! Events of one connection share its id and the time it was opened. Only so many connections are
//! kept, and none past the age at which API Gateway itself ends them: those that are let go have no
//! DISCONNECT, as happens in real logs.

use std::collections::VecDeque;

use super::client::Client;
use super::rng::Rng;

/// The most connections that are kept open.
const MOST_OPEN: usize = 2_000;
/// From this age on a connection closes at the next opportunity, in ms.
const OLD_MS: i64 = 105 * 60_000;
/// API Gateway's limit for the life of a connection, in ms.
const OLDEST_MS: i64 = 120 * 60_000;

/// One connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    /// What its id is made of.
    pub(super) id: u64,
    /// When it was opened, UTC epoch ms.
    pub(super) connected_at: i64,
    /// Who opened it.
    pub(super) client: Client,
}

/// What happens next.
#[derive(Debug)]
pub(super) enum Event {
    /// Somebody connects; nothing is open until [`Sockets::open`].
    Connect,
    /// A message on an open connection.
    Message(Connection),
    /// A connection has been closed.
    Disconnect(Connection),
}

/// The open connections, oldest first.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    open: VecDeque<Connection>,
}

impl Sockets {
    /// Draws what happens at this time: ten connects to nine disconnects to eighty-one messages.
    pub(super) fn next_event(&mut self, rng: &mut Rng, time_ms: i64) -> Event {
        let age = |connection: &Connection| time_ms - connection.connected_at;
        while self.open.front().is_some_and(|oldest| age(oldest) >= OLDEST_MS) {
            self.open.pop_front();
        }
        let roll = rng.below(100);
        let overdue =
            self.open.len() >= MOST_OPEN || self.open.front().is_some_and(|oldest| age(oldest) >= OLD_MS);
        // One overdue connection in ten is forgotten and so never seen to close.
        if overdue
            && let Some(oldest) = self.open.pop_front()
            && !roll.is_multiple_of(10)
        {
            return Event::Disconnect(oldest);
        }
        if self.open.is_empty() || roll < 10 {
            return Event::Connect;
        }
        let place = rng.below(self.open.len() as u64) as usize;
        if roll < 19
            && let Some(closed) = self.open.remove(place)
        {
            return Event::Disconnect(closed);
        }
        self.open.get(place).map_or(Event::Connect, |&connection| Event::Message(connection))
    }

    /// Keeps a connection that the gateway accepted.
    pub(super) fn open(&mut self, connection: Connection) {
        self.open.push_back(connection);
    }
}
