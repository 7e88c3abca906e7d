//! One bucket while the log goes by: it is shown an hour of arrivals at a time.

use std::collections::BTreeMap;
use std::io;

use gwcost_core::model::DAY_MS;
use gwcost_core::model::limits::{LimitId, LimitSource};
use gwcost_core::model::settings::Limit;
use gwcost_core::simulate::{
    Arrival, Lowest, Peak, SecondCounts, SlidingPeak, TokenBucket, merge, spread_in_second,
};

use super::result::{Observed, Refused};
use super::spill::{Kept, Spill};

/// The lengths of windows in which peaks are looked for.
const PEAKS_MS: [i64; 3] = [1000, 10_000, 60_000];

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// Milliseconds of a second, the resolution of logs without `requestTimeEpoch`.
const SECOND_MS: i64 = 1000;

/// A bucket that is watched: a limit, or what one could be set for.
pub struct Watch {
    /// Which bucket.
    pub id: LimitId,
    /// Rate and burst, where they are known.
    pub limit: Option<Limit>,
    /// Whose word they are. `None`: no limit, only something that one could be set for.
    pub source: Option<LimitSource>,
    /// The eras of settings in which requests met it first and last.
    pub first_era: usize,
    /// The last of them.
    pub last_era: usize,
    /// Some selected request met it.
    pub selected: bool,
    /// Requests.
    pub arrivals: u64,
    /// What was really refused of them.
    pub observed: Observed,
    /// The coarsest resolution of the lines.
    pub resolution_ms: i64,
    /// The lowest level.
    pub lowest: Option<Lowest>,
    /// Most arrivals in 1, 10 and 60 s.
    pub peaks: [Option<Peak>; 3],
    /// Most arrivals in 1 s by UTC day.
    pub day_peaks: BTreeMap<i64, u64>,
    /// How busy seconds are.
    pub seconds: SecondCounts,
    /// Requests, and the most in 1 s, by the hour of the week in UTC.
    pub week: BTreeMap<u8, (u64, u64)>,
    /// The first and the last arrival.
    pub span_ms: Option<(i64, i64)>,
    /// Where its arrivals are.
    pub kept: Kept,
    hour_fine: Vec<Arrival>,
    hour_coarse: Vec<Arrival>,
    sliding: [SlidingPeak; 3],
    at_once: Option<TokenBucket>,
    /// The same bucket for arrivals that are spread; only once there are lines that hold seconds.
    spread: Option<TokenBucket>,
}

impl Watch {
    /// A bucket that met nothing yet.
    pub fn new(id: LimitId, limit: Option<Limit>, source: Option<LimitSource>, era: usize) -> Watch {
        Watch {
            id,
            limit,
            source,
            first_era: era,
            last_era: era,
            selected: false,
            arrivals: 0,
            observed: Observed::default(),
            resolution_ms: 1,
            lowest: None,
            peaks: [None; 3],
            day_peaks: BTreeMap::new(),
            seconds: SecondCounts::default(),
            week: BTreeMap::new(),
            span_ms: None,
            kept: Kept::default(),
            hour_fine: Vec::new(),
            hour_coarse: Vec::new(),
            sliding: PEAKS_MS.map(SlidingPeak::new),
            // A limit that is too fine to be replayed exactly is not replayed at all.
            at_once: limit.and_then(|limit| TokenBucket::new(&limit).ok()),
            spread: None,
        }
    }

    /// A request of this hour, in time order. True for the hour's first.
    pub fn arrive(&mut self, ms: i64, resolution_ms: i64) -> bool {
        let first = self.hour_fine.is_empty() && self.hour_coarse.is_empty();
        self.arrivals += 1;
        if resolution_ms >= SECOND_MS {
            self.resolution_ms = self.resolution_ms.max(resolution_ms);
            Arrival::push(&mut self.hour_coarse, ms.div_euclid(SECOND_MS) * SECOND_MS, 1);
        } else {
            Arrival::push(&mut self.hour_fine, ms, 1);
        }
        first
    }

    /// Replays the hour; the answer is the lowest level in it.
    ///
    /// # Errors
    /// What the disk says of the file that keeps arrivals.
    pub fn close_hour(&mut self, spill: &mut Spill) -> io::Result<Option<Lowest>> {
        let fine = std::mem::take(&mut self.hour_fine);
        let coarse = std::mem::take(&mut self.hour_coarse);
        let merged = if coarse.is_empty() { None } else { Some(merge(&fine, &coarse)) };
        let all = merged.as_deref().unwrap_or(&fine);
        let (Some(first), Some(last)) = (all.first(), all.last()) else { return Ok(None) };
        self.span_ms = Some((self.span_ms.map_or(first.ms, |(first, _)| first), last.ms));
        if !coarse.is_empty() && self.spread.is_none() {
            // Until now both were the same.
            self.spread.clone_from(&self.at_once);
        }
        if let Some(bucket) = &mut self.spread {
            bucket.replay(&merge(&fine, &spread_in_second(&coarse)));
        }
        let mut lowest = None;
        if let Some(bucket) = &mut self.at_once {
            bucket.replay(all);
            lowest = bucket.take_lowest();
            self.lowest = Lowest::lower(self.lowest, lowest);
        }
        for (sliding, peak) in self.sliding.iter_mut().zip(&mut self.peaks) {
            sliding.replay(all);
            let of_hour = sliding.take();
            if sliding.width_ms() == SECOND_MS
                && let Some(of_hour) = of_hour
            {
                let of_day = self.day_peaks.entry(of_hour.at_ms.div_euclid(DAY_MS)).or_default();
                *of_day = of_hour.arrivals.max(*of_day);
                let of_week = self.week.entry(hour_of_week(first.ms)).or_default();
                of_week.0 += all.iter().map(|arrival| u64::from(arrival.count)).sum::<u64>();
                of_week.1 = of_hour.arrivals.max(of_week.1);
            }
            *peak = Peak::higher(*peak, of_hour);
        }
        self.seconds.replay(all);
        spill.keep(&mut self.kept, all)?;
        // The hour's memory is used again.
        (self.hour_fine, self.hour_coarse) = (fine, coarse);
        self.hour_fine.clear();
        self.hour_coarse.clear();
        Ok(lowest)
    }

    /// It is a limit that holds, not one that is asked for.
    pub fn holds(&self) -> bool {
        self.source.is_some_and(|source| source != LimitSource::Typed)
    }

    /// What the limit refused. `None` where it is not known, or too fine to be replayed.
    pub fn refused(&self) -> Option<Refused> {
        let high = self.at_once.as_ref()?.refused();
        // Spreading is kinder as a rule, not by law: the two ends are put in order.
        let spread = self.spread.as_ref().map_or(high, TokenBucket::refused);
        Some(Refused { low: spread.min(high), high: spread.max(high) })
    }
}

/// The hour of the week in UTC: 0 is Monday's first.
pub fn hour_of_week(ms: i64) -> u8 {
    // 1970 began on a Thursday.
    u8::try_from((ms.div_euclid(HOUR_MS) + 3 * 24).rem_euclid(7 * 24)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use gwcost_core::model::ApiKind;
    use gwcost_core::model::limits::{Caller, LimitScope};
    use rust_decimal::Decimal;

    use super::*;

    fn watch(rate: i64, burst: u64) -> Watch {
        let caller = Caller {
            account: "1",
            region: "us-east-1",
            api: "a",
            kind: ApiKind::Rest,
            stage: "s",
            method: None,
            route: None,
            templated: false,
            key: None,
        };
        let id = LimitId::of(LimitScope::Account, &caller).unwrap();
        Watch::new(id, Some(Limit { rate: Decimal::from(rate), burst }), Some(LimitSource::Typed), 0)
    }

    #[test]
    fn seconds_make_an_interval_and_milliseconds_do_not() {
        let mut spill = Spill::new();
        let (mut exact, mut coarse) = (watch(10, 10), watch(10, 10));
        for index in 0..15 {
            exact.arrive(1_790_812_800_000 + index * 66, 1);
            coarse.arrive(1_790_812_800_000, 1000);
        }
        exact.close_hour(&mut spill).unwrap();
        let lowest = coarse.close_hour(&mut spill).unwrap();
        assert_eq!(exact.refused(), Some(Refused { low: 0, high: 0 }));
        assert_eq!(coarse.refused(), Some(Refused { low: 0, high: 5 }));
        assert_eq!((exact.resolution_ms, coarse.resolution_ms), (1, 1000));
        assert_eq!(lowest.unwrap().tokens, Decimal::ZERO);
        assert_eq!(coarse.peaks[0].unwrap().arrivals, 15);
        assert_eq!(exact.day_peaks.values().copied().collect::<Vec<_>>(), [15]);
    }

    #[test]
    fn hours_of_the_week_begin_with_monday() {
        // 2026-10-19 was a Monday.
        let monday = 1_792_368_000_000;
        assert_eq!([monday, monday + HOUR_MS, monday - 1].map(hour_of_week), [0, 1, 167]);
    }

    #[test]
    fn what_begins_with_milliseconds_and_goes_on_with_seconds_keeps_its_history() {
        let mut spill = Spill::new();
        let mut both = watch(0, 3);
        for ms in 0..5 {
            both.arrive(ms, 1);
        }
        both.close_hour(&mut spill).unwrap();
        both.arrive(3_600_000, 1000);
        both.close_hour(&mut spill).unwrap();
        assert_eq!(both.refused(), Some(Refused { low: 3, high: 3 }));
    }
}
