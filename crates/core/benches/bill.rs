//! The bill of 100,000 endpoints in 200 stages: split over tiers, shared out, and added up again.
//!
//! `cargo bench -p gwcost-core` prints the times of ten runs, and fails if the best is not under 100 ms.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails when it cannot go on"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use gwcost_core::pricing::{Amount, Meter, Pool, Tier, Tiers, Units};

const STAGES: u64 = 200;
const ENDPOINTS_OF_A_STAGE: u64 = 500;
const RUNS: usize = 10;
const MOST: Duration = Duration::from_millis(100);

fn ladder(steps: &[(Option<u64>, &str)]) -> Tiers {
    Tiers::new(
        steps.iter().map(|(up_to, rate)| Tier { up_to: *up_to, rate: rate.parse().unwrap() }).collect(),
    )
    .unwrap()
}

/// Units of every endpoint; a few per mille of them are undetermined.
fn leaves(scale: u64) -> Vec<Units> {
    (0..STAGES * ENDPOINTS_OF_A_STAGE)
        .map(|endpoint| {
            let base = (endpoint * 2_654_435_761 % 49_999 + 1) * scale;
            Units { base, low: base - base / 500, high: base }
        })
        .collect()
}

fn main() {
    let rest = ladder(&[
        (Some(333_000_000), "0.0000035"),
        (Some(1_000_000_000), "0.0000028"),
        (Some(20_000_000_000), "0.00000238"),
        (None, "0.00000151"),
    ]);
    let transfer =
        ladder(&[(Some(10_240), "0.09"), (Some(51_200), "0.085"), (Some(153_600), "0.07"), (None, "0.05")]);
    let (calls, bytes) = (leaves(1), leaves(40_960));
    let groups = vec![1; calls.len()];
    let mut best = Duration::MAX;
    for run in 1..=RUNS {
        let start = Instant::now();
        let mut sum = Amount::ZERO;
        for (meter, leaves, tiers) in
            [(Meter::RestRequests, &calls, &rest), (Meter::InternetTransfer, &bytes, &transfer)]
        {
            let pool = Pool { meter, before: 1_000, leaves: black_box(leaves), groups: &groups };
            for leaf in &pool.price(tiers).unwrap().leaves {
                sum += leaf.amount;
            }
        }
        let took = start.elapsed();
        best = best.min(took);
        println!("run {run}: {} ms, {}", took.as_millis(), black_box(sum.to_decimal()));
    }
    assert!(best < MOST, "the best of {RUNS} runs took {} ms", best.as_millis());
    println!("bill of {} endpoints: best {} ms", STAGES * ENDPOINTS_OF_A_STAGE, best.as_millis());
}
