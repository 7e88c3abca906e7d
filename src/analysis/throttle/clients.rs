//! Clients that do not wait: who goes on right after a 429, where API Gateway asks for patience.

use std::collections::HashMap;

use super::result::Hammering;

/// Clients that are remembered; it takes a refusal to be.
const MOST_CLIENTS: usize = 100_000;

/// What counts as going on right away.
const AGAIN_MS: i64 = 1000;

/// Clients that were refused.
#[derive(Debug, Default)]
pub struct Clients {
    by_name: HashMap<(bool, String), Client>,
    forgotten: u64,
}

#[derive(Debug, Default)]
struct Client {
    refused: u64,
    again: u64,
    last_refusal_ms: i64,
    in_a_row: u64,
    most_in_a_row: u64,
}

impl Clients {
    /// A request of a client, known by its key or else by its network, in time order.
    pub fn arrive(&mut self, ms: i64, key: Option<&str>, network: Option<&str>, refused: bool) {
        if self.by_name.is_empty() && !refused {
            return;
        }
        let Some(name) = key.or(network) else { return };
        let name = (key.is_some(), name.to_owned());
        if !refused {
            if let Some(client) = self.by_name.get_mut(&name) {
                client.again += u64::from(ms - client.last_refusal_ms <= AGAIN_MS);
                client.in_a_row = 0;
            }
            return;
        }
        if self.by_name.len() >= MOST_CLIENTS && !self.by_name.contains_key(&name) {
            self.forgotten += 1;
            return;
        }
        let client = self.by_name.entry(name).or_default();
        client.again += u64::from(client.refused > 0 && ms - client.last_refusal_ms <= AGAIN_MS);
        client.refused += 1;
        client.in_a_row += 1;
        client.most_in_a_row = client.most_in_a_row.max(client.in_a_row);
        client.last_refusal_ms = ms;
    }

    /// Those who went on at least once, the worst first; and how many refusals were of clients that are not
    /// remembered.
    pub fn hammering(self, most: usize) -> (Vec<Hammering>, u64) {
        let mut found: Vec<Hammering> = self
            .by_name
            .into_iter()
            .filter(|(_, client)| client.again > 0)
            .map(|((is_key, name), client)| Hammering {
                client: name,
                is_key,
                refused: client.refused,
                again_within_1s: client.again,
                most_in_a_row: client.most_in_a_row,
            })
            .collect();
        found.sort_by(|one, other| {
            other.again_within_1s.cmp(&one.again_within_1s).then_with(|| one.client.cmp(&other.client))
        });
        found.truncate(most);
        (found, self.forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_on_is_named_and_who_waits_is_not() {
        let mut clients = Clients::default();
        for (ms, key, refused) in [
            (0, "eager", true),
            (100, "eager", true),
            (900, "eager", false),
            (1000, "patient", true),
            (1000, "eager", true),
            (5000, "patient", true),
            (9000, "eager", false),
        ] {
            clients.arrive(ms, Some(key), None, refused);
        }
        clients.arrive(9001, None, None, true);
        let (found, forgotten) = clients.hammering(10);
        assert_eq!(found.len(), 1);
        let eager = &found[0];
        assert_eq!((eager.client.as_str(), eager.is_key, eager.refused), ("eager", true, 3));
        assert_eq!((eager.again_within_1s, eager.most_in_a_row, forgotten), (3, 2, 0));
    }
}
