//! The limit that leaves least room, in detail: tokens around its lowest moment, and the rhythm of the week.

use std::io;

use gwcost_core::simulate::{Arrival, TokenBucket};
use rust_decimal::{Decimal, RoundingStrategy};

use super::result::{Closest, HourOfWeek};
use super::spill::Spill;
use super::watch::{Watch, hour_of_week};

const HOUR_MS: i64 = 3_600_000;

/// The length of a step of tokens.
const STEP_MS: i64 = 30_000;

/// Decimals of requests a second.
const RATE_DECIMALS: u32 = 2;

/// Looks at a limit that can be replayed; `held` is when it held, `logged` what the log covers, both half-open.
///
/// # Errors
/// What the disk says of the file that keeps arrivals.
pub fn closest(
    watch: &Watch,
    spill: &Spill,
    held: (i64, i64),
    logged: (i64, i64),
) -> io::Result<Option<Closest>> {
    let (Some(limit), Some(lowest)) = (watch.limit, watch.lowest) else { return Ok(None) };
    let Ok(bucket) = TokenBucket::new(&limit) else { return Ok(None) };
    let from_ms = (lowest.at_ms - HOUR_MS / 2).div_euclid(STEP_MS) * STEP_MS;
    let mut steps =
        Steps { bucket, from_ms, next_ms: from_ms, end_ms: from_ms + HOUR_MS, tokens: Vec::new() };
    spill.each(&watch.kept, |arrivals| steps.replay(arrivals))?;
    steps.until(steps.end_ms);
    Ok(Some(Closest {
        id: watch.id.clone(),
        limit,
        from_ms,
        step_ms: STEP_MS,
        tokens: steps.tokens,
        week: week(watch, (held.0.max(logged.0), held.1.min(logged.1))),
    }))
}

/// The bucket on its way through the hour.
struct Steps {
    bucket: TokenBucket,
    from_ms: i64,
    /// The beginning of the step that is next.
    next_ms: i64,
    end_ms: i64,
    tokens: Vec<Decimal>,
}

impl Steps {
    fn replay(&mut self, arrivals: &[Arrival]) {
        let first = arrivals.partition_point(|arrival| arrival.ms < self.from_ms);
        let end = arrivals.partition_point(|arrival| arrival.ms < self.end_ms);
        self.bucket.replay(&arrivals[..first]);
        for arrival in &arrivals[first..end] {
            self.until(arrival.ms);
            self.bucket.replay(&[*arrival]);
            if let (Some(tokens), Some(lowest)) = (self.tokens.last_mut(), self.bucket.lowest()) {
                *tokens = lowest.tokens.min(*tokens);
            }
        }
    }

    /// Begins the steps up to the one of `ms`: each begins as full as the bucket is by then.
    fn until(&mut self, ms: i64) {
        while self.next_ms <= ms && self.next_ms < self.end_ms {
            self.bucket.take_lowest();
            self.tokens.push(self.bucket.level(self.next_ms));
            self.next_ms += STEP_MS;
        }
    }
}

/// How busy the hours of the week are, within what the log covers.
fn week(watch: &Watch, (from_ms, to_ms): (i64, i64)) -> Vec<HourOfWeek> {
    let mut covered_ms = [0_i64; 7 * 24];
    let mut hour_ms = from_ms.div_euclid(HOUR_MS) * HOUR_MS;
    while hour_ms < to_ms {
        let inside = (hour_ms + HOUR_MS).min(to_ms) - hour_ms.max(from_ms);
        covered_ms[usize::from(hour_of_week(hour_ms))] += inside;
        hour_ms += HOUR_MS;
    }
    let hours = (0_u8..).zip(covered_ms).filter(|(_, covered_ms)| *covered_ms > 0);
    let of_hour = |(slot, covered_ms): (u8, i64)| {
        let (requests, peak_1s) = watch.week.get(&slot).copied().unwrap_or_default();
        let rate = Decimal::from(requests) * Decimal::ONE_THOUSAND / Decimal::from(covered_ms);
        HourOfWeek {
            weekday: slot / 24,
            hour: slot % 24,
            requests_per_second: rate
                .round_dp_with_strategy(RATE_DECIMALS, RoundingStrategy::MidpointAwayFromZero)
                .normalize(),
            peak_1s,
        }
    };
    hours.map(of_hour).collect()
}
