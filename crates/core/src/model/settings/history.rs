//! Settings over time: which held when.
//!
//! A snapshot says what was so at an instant, or at two with the same in between as far as anybody knows. It
//! holds until another one shows otherwise. Before the first one nothing is known, so the first one is taken and
//! every figure that comes of it can say that it was assumed.

use super::{RegionSettings, Snapshot};
use crate::model::Window;

/// A time during which settings did not change, as far as snapshots show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<'a> {
    /// Its first instant, in milliseconds of Unix time.
    pub from_ms: i64,
    /// The first instant after it.
    pub to_ms: i64,
    /// It lies before the first snapshot: nobody looked, and the first snapshot's settings are taken.
    pub assumed: bool,
    /// When the settings were read first.
    pub taken_at_ms: i64,
    /// When they were read last and were still the same. Between then and the end of the span somebody may
    /// have changed them already.
    pub seen_until_ms: i64,
    /// The settings.
    pub settings: &'a RegionSettings,
}

/// What was seen of one account and region, in the order of time.
#[derive(Clone, Debug)]
pub struct History<'a> {
    seen: Vec<(&'a Snapshot, &'a RegionSettings)>,
}

impl<'a> History<'a> {
    /// What snapshots say of an account and region. Of two with the same time the later one in the list counts.
    pub fn of(snapshots: &'a [Snapshot], account: &str, region: &str) -> History<'a> {
        let mut seen: Vec<(&Snapshot, &RegionSettings)> = snapshots
            .iter()
            .filter_map(|snapshot| Some((snapshot, snapshot.region(account, region)?)))
            .collect();
        seen.sort_by_key(|(snapshot, _)| snapshot.taken_at_ms);
        seen.reverse();
        seen.dedup_by_key(|(snapshot, _)| snapshot.taken_at_ms);
        seen.reverse();
        History { seen }
    }

    /// The last snapshot, with what it says of the region.
    pub fn latest(&self) -> Option<(&'a Snapshot, &'a RegionSettings)> {
        self.seen.last().copied()
    }

    /// The settings that held at an instant. `None` without any snapshot.
    pub fn at(&self, ms: i64) -> Option<Span<'a>> {
        self.spans(Window { from_ms: ms, to_ms: ms.saturating_add(1) }).into_iter().next()
    }

    /// The settings that held in a window: spans that follow each other without a gap and fill it. None without
    /// any snapshot.
    pub fn spans(&self, window: Window) -> Vec<Span<'a>> {
        let mut spans = Vec::new();
        let mut add = |from_ms: i64, to_ms: i64, assumed, (snapshot, settings): (&'a Snapshot, _)| {
            let (from_ms, to_ms) = (from_ms.max(window.from_ms), to_ms.min(window.to_ms));
            if from_ms < to_ms {
                spans.push(Span {
                    from_ms,
                    to_ms,
                    assumed,
                    taken_at_ms: snapshot.taken_at_ms,
                    seen_until_ms: snapshot.seen_until_ms(),
                    settings,
                });
            }
        };
        if let Some(first) = self.seen.first() {
            add(i64::MIN, first.0.taken_at_ms, true, *first);
        }
        for (index, seen) in self.seen.iter().enumerate() {
            let next = self.seen.get(index + 1).map_or(i64::MAX, |(next, _)| next.taken_at_ms);
            add(seen.0.taken_at_ms, next, false, *seen);
        }
        spans
    }
}

/// How what was read compares with what was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was known of the account and region at that time or before.
    First,
    /// They were the same since then, in milliseconds of Unix time.
    Unchanged {
        /// When they were read first.
        since_ms: i64,
    },
    /// They were other ones before.
    Changed {
        /// When those were seen last.
        until_ms: i64,
    },
}

/// What has to be written for a history to hold what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Snapshots of one region each, to be written in this order. One of a time that is known replaces the one
    /// that is there.
    pub put: Vec<Snapshot>,
    /// How it compares.
    pub outcome: Outcome,
}

/// Adds what was read at a time to a history whose snapshots hold one region each.
///
/// Settings that did not change only move the time until which they were seen. Settings that were read earlier
/// than others that are known (as from a file) are put between them, and nothing that was seen is forgotten.
pub fn record(history: &[Snapshot], taken_at_ms: i64, settings: RegionSettings) -> Change {
    let seen = History::of(history, &settings.account, &settings.region).seen;
    let Some((before, held)) = seen.into_iter().rfind(|(snapshot, _)| snapshot.taken_at_ms <= taken_at_ms)
    else {
        let put = vec![Snapshot::new(taken_at_ms, vec![settings])];
        return Change { put, outcome: Outcome::First };
    };
    let until_ms = before.seen_until_ms();
    if held.says_the_same(&settings) {
        let later = Snapshot { confirmed_at_ms: Some(taken_at_ms), ..before.clone() };
        let put = if until_ms < taken_at_ms { vec![later] } else { Vec::new() };
        return Change { put, outcome: Outcome::Unchanged { since_ms: before.taken_at_ms } };
    }
    let mut put = Vec::new();
    if until_ms > taken_at_ms {
        // They were as before once more after this.
        put.push(Snapshot::new(until_ms, vec![held.clone()]));
    }
    put.push(Snapshot::new(taken_at_ms, vec![settings]));
    if before.taken_at_ms < taken_at_ms && taken_at_ms <= until_ms {
        put.push(Snapshot { confirmed_at_ms: None, ..before.clone() });
    }
    Change { put, outcome: Outcome::Changed { until_ms: until_ms.min(taken_at_ms) } }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{AccountThrottle, Throttle, ThrottleSource};
    use super::*;

    const ACCOUNT: &str = "111122223333";
    const REGION: &str = "eu-west-1";

    /// Settings that differ by a number.
    fn settings(number: i64) -> RegionSettings {
        let throttle = Throttle { rate: None, burst: Some(number) };
        RegionSettings {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            account_throttle: Some(AccountThrottle { throttle, source: ThrottleSource::Stated }),
            ..RegionSettings::default()
        }
    }

    fn number(span: &Span<'_>) -> i64 {
        span.settings.account_throttle.as_ref().unwrap().throttle.burst.unwrap()
    }

    /// As the lake does it: one file for each time.
    fn write(history: &mut Vec<Snapshot>, change: Change) {
        for snapshot in change.put {
            history.retain(|known| known.taken_at_ms != snapshot.taken_at_ms);
            history.push(snapshot);
        }
        history.sort_by_key(|snapshot| snapshot.taken_at_ms);
    }

    fn at(history: &[Snapshot], ms: i64) -> i64 {
        number(&History::of(history, ACCOUNT, REGION).at(ms).unwrap())
    }

    #[test]
    fn the_first_snapshot_is_assumed_before_it_was_taken() {
        let snapshots = [Snapshot::new(100, vec![settings(1)]), Snapshot::new(200, vec![settings(2)])];
        let history = History::of(&snapshots, ACCOUNT, REGION);
        let spans: Vec<_> = history
            .spans(Window { from_ms: 50, to_ms: 250 })
            .iter()
            .map(|span| (span.from_ms, span.to_ms, span.assumed, number(span)))
            .collect();
        assert_eq!(spans, [(50, 100, true, 1), (100, 200, false, 1), (200, 250, false, 2)]);
        assert!(
            History::of(&snapshots, ACCOUNT, "us-east-1").spans(Window { from_ms: 0, to_ms: 9 }).is_empty()
        );
        assert_eq!(history.latest().unwrap().0.taken_at_ms, 200);
    }

    #[test]
    fn the_same_again_moves_the_time_until_which_it_was_seen() {
        let mut history = Vec::new();
        let first = record(&history, 10, settings(1));
        assert_eq!(first.outcome, Outcome::First);
        write(&mut history, first);
        let mut reworded = settings(1);
        let missing = super::super::Missing {
            what: "VPC links".to_owned(),
            action: "apigateway:GET".to_owned(),
            resource: "*".to_owned(),
            reason: "request 1".to_owned(),
        };
        reworded.missing.push(missing);
        assert_eq!(record(&history, 20, reworded.clone()).outcome, Outcome::Changed { until_ms: 10 });
        let mut again = reworded.clone();
        again.missing[0].reason = "request 2".to_owned();
        assert!(again.says_the_same(&reworded));

        let same = record(&history, 30, settings(1));
        assert_eq!(same.outcome, Outcome::Unchanged { since_ms: 10 });
        write(&mut history, same);
        assert_eq!((history.len(), history[0].seen_until_ms()), (1, 30));
        // What is known already is not written again.
        assert_eq!(record(&history, 20, settings(1)).put, []);
    }

    #[test]
    fn an_older_file_comes_between_and_what_was_seen_later_stays() {
        let mut history = Vec::new();
        for (ms, what) in [(10, 1), (30, 1)] {
            let change = record(&history, ms, settings(what));
            write(&mut history, change);
        }
        let change = record(&history, 20, settings(2));
        write(&mut history, change);
        let seen: Vec<i64> = [10, 19, 20, 29, 30].iter().map(|ms| at(&history, *ms)).collect();
        assert_eq!(seen, [1, 1, 2, 2, 1]);
    }

    proptest! {
        /// A history that is written in the order of time answers as the list of all readings would.
        #[test]
        fn the_latest_reading_before_an_instant_holds_then(
            readings in prop::collection::btree_map(0_i64..60, 0_i64..3, 1..12),
            from in -5_i64..65,
            length in 1_i64..70,
        ) {
            let mut history = Vec::new();
            for (ms, what) in &readings {
                let change = record(&history, *ms, settings(*what));
                write(&mut history, change);
            }
            let first = *readings.first_key_value().unwrap().0;
            let expected = |ms: i64| {
                readings.range(..=ms).next_back().or_else(|| readings.first_key_value()).map(|(_, what)| *what)
            };
            let window = Window { from_ms: from, to_ms: from + length };
            let spans = History::of(&history, ACCOUNT, REGION).spans(window);
            let mut next = window.from_ms;
            for span in &spans {
                prop_assert_eq!(span.from_ms, next);
                prop_assert!(span.from_ms < span.to_ms);
                next = span.to_ms;
                for ms in span.from_ms..span.to_ms {
                    prop_assert_eq!(Some(number(span)), expected(ms), "at {}", ms);
                    prop_assert_eq!(span.assumed, ms < first, "at {}", ms);
                }
            }
            prop_assert_eq!(next, window.to_ms);
            for ms in readings.keys() {
                let span = History::of(&history, ACCOUNT, REGION).at(*ms).unwrap();
                prop_assert!(span.taken_at_ms <= *ms && *ms <= span.seen_until_ms);
            }
        }

        /// In whatever order readings come: each is answered at its time, and no other answer that was read off
        /// a snapshot changes.
        #[test]
        fn nothing_that_was_seen_is_forgotten(
            readings in prop::collection::vec((0_i64..20, 0_i64..3), 1..14),
        ) {
            let mut history: Vec<Snapshot> = Vec::new();
            for (ms, what) in readings {
                let known: Vec<(i64, i64)> = history
                    .iter()
                    .flat_map(|snapshot| [snapshot.taken_at_ms, snapshot.seen_until_ms()])
                    .filter(|known| *known != ms)
                    .map(|known| (known, at(&history, known)))
                    .collect();
                let change = record(&history, ms, settings(what));
                write(&mut history, change);
                prop_assert_eq!(at(&history, ms), what);
                for (known, answer) in known {
                    prop_assert_eq!(at(&history, known), answer, "at {}", known);
                }
            }
        }
    }
}
