//! How fast arrivals are replayed, on one core: `cargo bench -p gwcost-core --bench token_bucket`.
//!
//! The best of several rounds, because another process can only make one slower. Each arrival is a millisecond
//! with one request, which is the most work for a request.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

use std::hint::black_box;
use std::time::Instant;

use gwcost_core::model::settings::Limit;
use gwcost_core::simulate::{Arrival, Frontier, MOST_RATES, SlidingPeak, TokenBucket};

const ARRIVALS: usize = 4_000_000;
const ROUNDS: usize = 9;

fn main() {
    let arrivals = traffic();
    let limit = |rate: &str, burst| Limit { rate: rate.parse().unwrap(), burst };
    for (name, limit) in [
        ("one limit that refuses nothing", limit("10000", 5000)),
        ("one limit that refuses a part", limit("300.5", 20)),
        ("one limit in 128 bits", limit("300.50000000000000001", 20)),
    ] {
        report(name, 1, || {
            let mut bucket = TokenBucket::new(&limit).unwrap();
            bucket.replay(black_box(&arrivals));
            bucket.refused()
        });
    }
    let rates: Vec<_> = (1..=MOST_RATES).map(|rate| (rate * 25).into()).collect();
    report("64 rates of the frontier in one pass", MOST_RATES, || {
        let mut frontier = Frontier::new(&rates).unwrap();
        frontier.replay(black_box(&arrivals));
        frontier.bursts().iter().map(|(_, burst)| burst).sum()
    });
    report("a sliding peak of 10 s", 1, || {
        let mut peak = SlidingPeak::new(10_000);
        peak.replay(black_box(&arrivals));
        peak.take().unwrap().arrivals
    });
}

/// Some 400 requests a second, with lulls: gaps from a linear congruential generator, the same each time.
fn traffic() -> Vec<Arrival> {
    let (mut state, mut ms) = (7_u64, 0_i64);
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ms += i64::try_from((state >> 33) % 5).unwrap()
            + if (state >> 40).is_multiple_of(4096) { 700 } else { 0 };
        Arrival { ms, count: 1 }
    };
    (0..ARRIVALS).map(next).collect()
}

fn report(name: &str, limits: usize, mut run: impl FnMut() -> u64) {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    let millions = ARRIVALS as f64 / best / 1e6;
    println!("{name}: {millions:.0} million arrivals/s, {:.0} million x limits/s", millions * limits as f64);
}
