//! A month of 100 million arrivals under 500 limits, on two cores: everything that is said of a limit.
//!
//! `cargo bench -p gwcost-core --bench month [-- ARRIVALS LIMITS THREADS]`. Arrivals are generated limit by limit, an
//! hour at a time, so that no more than a limit's are in memory; making them is not timed.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use gwcost_core::model::settings::Limit;
use gwcost_core::simulate::{
    Arrival, BurstSearch, Frontier, GrowthSearch, SecondCounts, SlidingPeak, TokenBucket, Tolerance,
};
use rust_decimal::Decimal;

const MONTH_MS: u64 = 30 * 86_400_000;
const HOUR: usize = 4096;

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let number = |at: usize, default| numbers.get(at).copied().unwrap_or(default);
    let (arrivals, limits, threads) = (number(0, 100_000_000), number(1, 500), number(2, 2));
    let each = arrivals / limits;
    let (next, refused, nanoseconds) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let limit = next.fetch_add(1, Ordering::Relaxed);
                    if limit >= limits {
                        break;
                    }
                    let traffic = traffic(limit as u64, each);
                    let start = Instant::now();
                    refused.fetch_add(look(&traffic), Ordering::Relaxed);
                    let took = u64::try_from(start.elapsed().as_nanos()).unwrap();
                    nanoseconds.fetch_add(took, Ordering::Relaxed);
                }
            });
        }
    });
    let seconds = nanoseconds.load(Ordering::Relaxed) as f64 / 1e9 / threads as f64;
    println!("{arrivals} arrivals in a month, {limits} limits, {threads} threads");
    println!("replayed in {seconds:.1} s ({:.1} s with making them)", start.elapsed().as_secs_f64());
    println!("refused: {}", refused.load(Ordering::Relaxed));
}

/// A month of a limit: a burst now and then on top of a steady trickle.
fn traffic(seed: u64, count: usize) -> Vec<Arrival> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mean = MONTH_MS / count as u64;
    let mut ms = 1_790_812_800_000_i64;
    let mut left = 0;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = state >> 33;
        if left > 0 {
            left -= 1;
            ms += i64::try_from(draw % 12).unwrap();
        } else {
            ms += i64::try_from(draw % (mean * 9)).unwrap();
            left = if draw.is_multiple_of(64) { 200 } else { draw % 5 };
        }
        Arrival { ms, count: 1 }
    };
    (0..count).map(next).collect()
}

/// Refusals, peaks, the frontier, growth and bursts that pass most: as `gwcost throttle` says them.
fn look(traffic: &[Arrival]) -> u64 {
    let limit = Limit { rate: 100.into(), burst: 150 };
    let mut bucket = TokenBucket::new(&limit).unwrap();
    let mut peaks = [1_000, 10_000, 60_000].map(SlidingPeak::new);
    let mut seconds = SecondCounts::default();
    for hour in traffic.chunks(HOUR) {
        bucket.replay(hour);
        peaks.iter_mut().for_each(|peak| peak.replay(hour));
        seconds.replay(hour);
    }
    let total = traffic.len() as u64;
    let peak = |at: usize, seconds: u64, peaks: &mut [SlidingPeak; 3]| {
        Decimal::from(peaks[at].take().unwrap().arrivals.div_ceil(seconds))
    };
    let bases =
        [Decimal::from(seconds.percentile(99).unwrap()), peak(1, 10, &mut peaks), peak(2, 60, &mut peaks)];
    let mut rates: Vec<Decimal> = (0..24).map(|step| Decimal::from(1 + step * step / 4)).collect();
    rates.extend(bases);
    let mut frontier = Frontier::new(&rates).unwrap();
    traffic.chunks(HOUR).for_each(|hour| frontier.replay(hour));
    let enough = frontier.bursts();
    let mut growth =
        [0, 10, 100].map(|refused| GrowthSearch::new(limit, total, Tolerance::per_ten_thousand(refused)));
    let mut bursts: Vec<BurstSearch> = bases
        .iter()
        .flat_map(|base| {
            let burst = enough.iter().find(|(rate, _)| rate == base).unwrap().1;
            [1, 10].map(|refused| BurstSearch::new(*base, burst, total, Tolerance::per_ten_thousand(refused)))
        })
        .collect();
    loop {
        let mut more = false;
        growth.iter_mut().for_each(|search| more |= search.begin_pass().unwrap());
        bursts.iter_mut().for_each(|search| more |= search.begin_pass().unwrap());
        if !more {
            break;
        }
        for hour in traffic.chunks(HOUR) {
            growth.iter_mut().for_each(|search| search.replay(hour));
            bursts.iter_mut().for_each(|search| search.replay(hour));
        }
        growth.iter_mut().for_each(|search| search.end_pass().unwrap());
        bursts.iter_mut().for_each(|search| search.end_pass().unwrap());
    }
    bucket.refused()
}
