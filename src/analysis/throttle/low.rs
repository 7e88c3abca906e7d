//! Who filled a bucket at its lowest moments: the requests of the seconds before.

use std::collections::HashMap;

use gwcost_core::simulate::Lowest;

use super::result::{Contributor, LowMoment};
use super::watch::Watch;

/// How far is looked back from a low moment, in milliseconds.
pub const LOOK_BACK_MS: i64 = 10_000;

/// Low moments of a bucket that are shown: those of different hours.
const MOST_MOMENTS: usize = 3;

/// Contributors that are named.
const MOST_CONTRIBUTORS: usize = 10;

/// A request of the hour: when, and whose.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Milliseconds of Unix time.
    pub ms: i64,
    /// The caller's number.
    pub caller: u32,
}

/// The lowest moments of a bucket.
#[derive(Clone, Debug, Default)]
pub struct LowMoments {
    moments: Vec<(Lowest, HashMap<u32, u64>)>,
}

impl LowMoments {
    /// Looks at an hour's lowest moment; `seen` are its requests and those shortly before, in time order, and
    /// `meets` says which callers meet the bucket.
    pub fn look(&mut self, lowest: Lowest, seen: &[Seen], meets: impl Fn(u32) -> bool) {
        let worst = self.moments.last().map(|(worst, _)| worst.tokens);
        if self.moments.len() >= MOST_MOMENTS && worst.is_some_and(|worst| worst <= lowest.tokens) {
            return;
        }
        let from = seen.partition_point(|one| one.ms <= lowest.at_ms - LOOK_BACK_MS);
        let to = seen.partition_point(|one| one.ms <= lowest.at_ms);
        let mut callers: HashMap<u32, u64> = HashMap::new();
        for one in seen.get(from..to).unwrap_or_default() {
            if meets(one.caller) {
                *callers.entry(one.caller).or_default() += 1;
            }
        }
        self.moments.push((lowest, callers));
        self.moments.sort_by_key(|(lowest, _)| (lowest.tokens, lowest.at_ms));
        self.moments.truncate(MOST_MOMENTS);
    }

    /// The moments with names.
    pub fn found(self, watch: &Watch, name: impl Fn(u32, u64) -> Option<Contributor>) -> Vec<LowMoment> {
        let moment = |(lowest, callers): (Lowest, HashMap<u32, u64>)| {
            let mut by: Vec<Contributor> =
                callers.iter().filter_map(|(caller, arrivals)| name(*caller, *arrivals)).collect();
            by.sort_by(|one, other| {
                let place =
                    |of: &Contributor| (of.api.clone(), of.stage.clone(), of.route.clone(), of.key.clone());
                other.arrivals.cmp(&one.arrivals).then_with(|| place(one).cmp(&place(other)))
            });
            by.truncate(MOST_CONTRIBUTORS);
            LowMoment {
                id: watch.id.clone(),
                at_ms: lowest.at_ms,
                tokens: lowest.tokens,
                looked_back_ms: LOOK_BACK_MS,
                arrivals: callers.values().sum(),
                by,
            }
        };
        self.moments.into_iter().map(moment).collect()
    }
}
