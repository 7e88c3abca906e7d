//! When requests come: a weight for every minute, and exact counts by largest remainder.
//!
//! A minute's weight is the hour of the day (where the audience lives) times the day of the week
//! times a slow drift times, now and then, a burst. Weights depend on the seed and the minute only,
//! never on the window, so a longer window continues a shorter one's shape.

use super::plan::Audience;
use super::rng::{Rng, mix, scale};

const MINUTE_MS: i64 = 60_000;

/// Weight of each local hour, from midnight, for people.
const WAKING_HOURS: [u64; 24] =
    [22, 14, 10, 8, 9, 15, 28, 48, 68, 82, 90, 95, 100, 96, 90, 88, 86, 88, 93, 99, 97, 82, 58, 36];
/// The same for other companies' servers: batches at night, business by day.
const BUSINESS_HOURS: [u64; 24] =
    [30, 70, 40, 26, 24, 28, 45, 70, 92, 100, 98, 94, 80, 90, 96, 94, 88, 74, 56, 45, 40, 38, 35, 32];
/// The same for developers.
const OFFICE_HOURS: [u64; 24] =
    [2, 1, 1, 1, 1, 1, 2, 6, 35, 80, 95, 100, 60, 70, 98, 100, 92, 70, 30, 14, 10, 8, 5, 3];

/// Weight of each weekday, from Sunday, for people, servers and developers.
const PEOPLE_WEEK: [u64; 7] = [84, 96, 98, 100, 101, 112, 104];
const BUSINESS_WEEK: [u64; 7] = [30, 104, 108, 106, 105, 98, 42];
const OFFICE_WEEK: [u64; 7] = [5, 100, 110, 112, 108, 85, 7];

/// One request's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// UTC epoch ms.
    pub(super) time_ms: i64,
    /// Whether it is one of many within a second or two.
    pub(super) in_burst: bool,
}

/// The times of one API's requests, in order.
#[derive(Debug)]
pub(super) struct Arrivals {
    seed: u64,
    audience: Audience,
    rng: Rng,
    from_ms: i64,
    to_ms: i64,
    requests: u64,
    /// The weight of the whole window, and of what is behind us.
    total: u128,
    passed: u128,
    /// How many requests have been given to minutes.
    given: u64,
    /// The next minute to fill, counted from the epoch.
    minute: i64,
    /// The current minute's requests from the last to the first: `offset in ms * 2 + in burst`.
    slots: Vec<u32>,
    start_ms: i64,
}

impl Arrivals {
    /// Exactly `requests` times in `from_ms..to_ms`; none if that window is empty.
    pub(super) fn new(seed: u64, audience: Audience, requests: u64, from_ms: i64, to_ms: i64) -> Self {
        let mut arrivals = Self {
            seed,
            audience,
            rng: Rng::new(mix(seed)),
            from_ms,
            to_ms,
            requests,
            total: 0,
            passed: 0,
            given: 0,
            minute: from_ms.div_euclid(MINUTE_MS),
            slots: Vec::new(),
            start_ms: from_ms,
        };
        let mut minute = arrivals.minute;
        while let Some((_, length_ms)) = arrivals.inside(minute) {
            arrivals.total += arrivals.weight(minute, length_ms);
            minute += 1;
        }
        arrivals
    }

    /// Where a minute starts within the window, and for how many ms; `None` past the end.
    fn inside(&self, minute: i64) -> Option<(i64, u64)> {
        let start_ms = minute.saturating_mul(MINUTE_MS).max(self.from_ms);
        let end_ms = minute.saturating_add(1).saturating_mul(MINUTE_MS).min(self.to_ms);
        (start_ms < end_ms).then(|| (start_ms, end_ms.abs_diff(start_ms)))
    }

    fn weight(&self, minute: i64, length_ms: u64) -> u128 {
        let rate = u128::from(usual_rate(self.seed, self.audience, minute));
        rate * u128::from(self.burst_factor(minute)) * u128::from(length_ms)
    }

    /// How many times as busy as usual a minute is: 1, but for one minute of every 30th hour.
    fn burst_factor(&self, minute: i64) -> u64 {
        if self.audience == Audience::Developers {
            return 1;
        }
        let bits = mix(self.seed ^ mix(minute.div_euclid(60).cast_unsigned()));
        let at = (bits >> 32) % 60;
        if bits.is_multiple_of(30) && minute.rem_euclid(60).unsigned_abs() == at {
            8 + (bits >> 40) % 28
        } else {
            1
        }
    }

    /// Draws the times of the next minute; false when the window is over.
    fn fill(&mut self) -> bool {
        let Some((start_ms, length_ms)) = self.inside(self.minute) else {
            return false;
        };
        self.passed += self.weight(self.minute, length_ms);
        let due = (u128::from(self.requests) * self.passed / self.total.max(1)) as u64;
        let count = due - self.given;
        self.given = due;
        let factor = self.burst_factor(self.minute);
        let burst_from = self.rng.below(length_ms);
        let burst_ms = (1_000 + 1_000 * self.rng.below(2)).min(length_ms - burst_from);
        for _ in 0..count {
            // Of a burst, what the minute would have had anyway is spread as usual.
            let in_burst = self.rng.below(factor) != 0;
            let offset =
                if in_burst { burst_from + self.rng.below(burst_ms) } else { self.rng.below(length_ms) };
            self.slots.push((offset as u32) << 1 | u32::from(in_burst));
        }
        self.slots.sort_unstable_by(|left, right| right.cmp(left));
        self.start_ms = start_ms;
        self.minute += 1;
        true
    }
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        loop {
            if let Some(slot) = self.slots.pop() {
                return Some(Arrival {
                    time_ms: self.start_ms + i64::from(slot >> 1),
                    in_burst: slot & 1 == 1,
                });
            }
            if !self.fill() {
                return None;
            }
        }
    }
}

/// How busy a minute usually is, in no unit.
fn usual_rate(seed: u64, audience: Audience, minute: i64) -> u64 {
    let (hours, week, east) = match audience {
        Audience::American => (&WAKING_HOURS, &PEOPLE_WEEK, -5),
        Audience::European => (&WAKING_HOURS, &PEOPLE_WEEK, 1),
        Audience::Machines => (&BUSINESS_HOURS, &BUSINESS_WEEK, 1),
        Audience::Developers => (&OFFICE_HOURS, &OFFICE_WEEK, -5),
    };
    let local = minute + east * 60;
    let hour = local.div_euclid(60);
    let past = local.rem_euclid(60).unsigned_abs();
    let this = hours[hour.rem_euclid(24) as usize];
    let next = hours[(hour + 1).rem_euclid(24) as usize];
    // 1970-01-01 was a Thursday.
    let weekday = (local.div_euclid(24 * 60) + 4).rem_euclid(7) as usize;
    (this * (60 - past) + next * past) * week[weekday] * drift(seed, minute)
}

/// A slow swing between 850 and 1150, straight from one week's level to the next's.
fn drift(seed: u64, minute: i64) -> u64 {
    const WEEK: i64 = 7 * 24 * 60;
    let level = |week: i64| 850 + scale(mix(!seed ^ mix(week.cast_unsigned())), 301);
    let week = minute.div_euclid(WEEK);
    let past = minute.rem_euclid(WEEK).unsigned_abs();
    let span = WEEK.unsigned_abs();
    (level(week) * (span - past) + level(week + 1) * past) / span
}
