//! What an hour of a log group held, as one number, whatever the order in which its events came.

use gwcost_core::framing::Event;

/// Sorts the events of a part of an hour by time, id and text, which is the order of the log, and leaves out
/// those that came twice. Parts come in the order of time, so the whole hour is sorted.
pub(super) fn sort(events: &mut Vec<Event>) {
    events.sort_unstable_by(|one, other| key(one).cmp(&key(other)));
    events.dedup_by(|one, other| one.id.is_some() && key(one) == key(other));
}

fn key(event: &Event) -> (Option<i64>, Option<&str>, &[u8]) {
    (event.time_ms, event.id.as_deref(), &event.text)
}

/// BLAKE3 over the sorted events: of each its time in milliseconds (64 bits, little endian), then its id and
/// its text, each with its length before it (64 bits, little endian). What has no id has an empty one.
#[derive(Default)]
pub(super) struct HourDigest(blake3::Hasher);

impl HourDigest {
    /// The next event.
    pub fn add(&mut self, event: &Event) {
        self.0.update(&event.time_ms.unwrap_or(i64::MIN).to_le_bytes());
        for part in [event.id.as_deref().unwrap_or_default().as_bytes(), &event.text] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    /// Of all events, hexadecimal.
    pub fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(time_ms: i64, id: &str, text: &str) -> Event {
        Event { ordinal: 0, time_ms: Some(time_ms), id: Some(id.to_owned()), text: text.into() }
    }

    fn digest(parts: &[Vec<Event>]) -> String {
        let mut digest = HourDigest::default();
        for part in parts {
            let mut part = part.clone();
            sort(&mut part);
            part.iter().for_each(|event| digest.add(event));
        }
        digest.finish()
    }

    #[test]
    fn what_is_in_an_event_counts_and_where_it_is_too() {
        let of = |id: &str, text: &str| digest(&[vec![event(1, id, text)]]);
        assert_ne!(of("ab", "c"), of("a", "bc"));
        assert_ne!(of("a", "b"), of("a", "c"));
        assert_ne!(digest(&[vec![event(1, "a", "b")]]), digest(&[vec![event(2, "a", "b")]]));
        assert_eq!(digest(&[]), digest(&[vec![]]));
        assert_eq!(of("a", "b"), digest(&[vec![event(1, "a", "b"), event(1, "a", "b")]]), "it came twice");
    }

    proptest! {
        /// Neither the order in which events came nor the cuts between parts change anything.
        #[test]
        fn the_order_does_not_count(
            times in proptest::collection::vec((0..50_i64, 0..4_u8), 0..60),
            seed in any::<u64>(),
            cut in 0..50_i64,
        ) {
            let whole: Vec<Event> =
                times.iter().enumerate().map(|(n, (at, id))| event(*at, &id.to_string(), &n.to_string())).collect();
            let mut mixed = whole.clone();
            // A shuffle by a hash of place and seed.
            mixed.sort_by_key(|event| blake3::hash(&[&event.text[..], &seed.to_le_bytes()].concat()).to_hex());
            let before = |event: &&Event| event.time_ms < Some(cut);
            let parts: [Vec<Event>; 2] = [
                mixed.iter().filter(before).cloned().collect(),
                mixed.iter().filter(|event| !before(event)).cloned().collect(),
            ];
            prop_assert_eq!(digest(&[whole]), digest(&parts));
        }
    }
}
