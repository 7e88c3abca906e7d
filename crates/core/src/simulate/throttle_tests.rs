//! Replays held against a reference that is written another way, and to what must hold of any bucket.
//!
//! The reference adds up fractions of tokens one request after the other, from the definition; the kernels keep
//! what is missing, in scaled integers, many requests at a time.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::model::settings::Limit;

/// A fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(numerator: i128, denominator: i128) -> Fraction {
        let (mut one, mut other) = (numerator.abs(), denominator);
        while other != 0 {
            (one, other) = (other, one % other);
        }
        Fraction(numerator / one.max(1), denominator / one.max(1))
    }

    fn plus(self, other: Fraction) -> Fraction {
        Fraction::new(self.0 * other.1 + other.0 * self.1, self.1 * other.1)
    }

    fn less_than(self, other: Fraction) -> bool {
        self.0 * other.1 < other.0 * self.1
    }
}

/// What a bucket of (rate, burst), both fractions, refuses of requests at these times; and its lowest level.
fn reference(rate: Fraction, burst: Fraction, times: &[i64]) -> (u64, Fraction) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let (mut level, mut lowest, mut refused) = (burst, burst, 0);
    let mut last = sorted.first().copied().unwrap_or_default();
    for time in sorted {
        let gained = Fraction::new(rate.0 * i128::from(time - last), rate.1 * 1000);
        level = level.plus(gained);
        if burst.less_than(level) {
            level = burst;
        }
        last = time;
        if level.less_than(Fraction(1, 1)) {
            refused += 1;
        } else {
            level = level.plus(Fraction(-1, 1));
        }
        if level.less_than(lowest) {
            lowest = level;
        }
    }
    (refused, lowest)
}

fn total(arrivals: &[Arrival]) -> u64 {
    arrivals.iter().map(|arrival| u64::from(arrival.count)).sum()
}

fn refused(rate: Decimal, burst: u64, arrivals: &[Arrival]) -> u64 {
    let mut bucket = TokenBucket::new(&Limit { rate, burst }).unwrap();
    bucket.replay(arrivals);
    bucket.refused()
}

/// Rates with up to five digits after the point.
fn rates() -> impl Strategy<Value = Decimal> {
    (0_i64..60_000, 0_u32..6).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

/// Times in any order: bursts, equal times, lulls, and gaps of days.
fn times() -> impl Strategy<Value = Vec<i64>> {
    let gap = prop_oneof![4 => Just(0_i64), 6 => 0_i64..400, 3 => 400_i64..30_000, 1 => 86_400_000_i64..3_000_000_000];
    proptest::collection::vec(gap, 1..120).prop_flat_map(|gaps| {
        let mut at = 1_790_812_800_000;
        let times: Vec<i64> = gaps
            .into_iter()
            .map(|gap| {
                at += gap;
                at
            })
            .collect();
        Just(times).prop_shuffle()
    })
}

fn fraction(rate: Decimal) -> Fraction {
    Fraction::new(rate.mantissa(), 10_i128.pow(rate.scale()))
}

proptest! {
    #[test]
    fn a_bucket_is_the_reference(rate in rates(), burst in 0_u64..30, times in times(), cut in 0_usize..120) {
        let arrivals = Arrival::of_times(times.iter().copied());
        let mut bucket = TokenBucket::new(&Limit { rate, burst }).unwrap();
        let (one, other) = arrivals.split_at(cut.min(arrivals.len()));
        bucket.replay(one);
        bucket.replay(other);
        let (refused, lowest) = reference(fraction(rate), Fraction(i128::from(burst), 1), &times);
        prop_assert_eq!(bucket.refused(), refused);
        let tokens = bucket.lowest().unwrap().tokens;
        prop_assert_eq!(fraction(tokens), lowest);
    }

    #[test]
    fn a_bucket_in_128_bits_is_the_same(rate in rates(), burst in 0_u64..30, times in times()) {
        let arrivals = Arrival::of_times(times.iter().copied());
        // As fine as to need them, and as good as the same rate.
        let finer = rate + Decimal::new(1, 8);
        let (expected, _) = reference(fraction(finer), Fraction(i128::from(burst), 1), &times[..times.len().min(12)]);
        let few = Arrival::of_times(times.iter().copied().take(12));
        prop_assert_eq!(refused(finer, burst, &few), expected);
        prop_assert!(refused(finer, burst, &arrivals) <= refused(rate, burst, &arrivals));
    }

    #[test]
    fn a_larger_rate_or_burst_never_refuses_more(
        rate in rates(), more in rates(), burst in 0_u64..30, room in 0_u64..10, times in times(),
    ) {
        let arrivals = Arrival::of_times(times);
        let least = refused(rate, burst, &arrivals);
        prop_assert!(refused(rate + more, burst, &arrivals) <= least);
        prop_assert!(refused(rate, burst + room, &arrivals) <= least);
    }

    #[test]
    fn the_frontier_refuses_nothing_and_a_token_less_refuses(
        rates in proptest::collection::vec(rates(), 1..MOST_RATES), times in times(),
    ) {
        let arrivals = Arrival::of_times(times);
        let mut frontier = Frontier::new(&rates).unwrap();
        let (one, other) = arrivals.split_at(arrivals.len() / 2);
        frontier.replay(one);
        frontier.replay(other);
        for ((rate, burst), typed) in frontier.bursts().into_iter().zip(rates) {
            prop_assert_eq!(rate, typed);
            prop_assert_eq!(refused(rate, burst, &arrivals), 0);
            prop_assert!(burst > 0 && refused(rate, burst - 1, &arrivals) > 0);
        }
    }

    #[test]
    fn growth_refuses_few_enough_and_the_next_step_too_many(
        rate in rates(), burst in 0_u64..200, times in times(), per_ten_thousand in prop_oneof![Just(0_u32), Just(10), Just(100), Just(2000)],
    ) {
        let arrivals = Arrival::of_times(times.iter().copied());
        let (limit, all) = (Limit { rate, burst }, total(&arrivals));
        let tolerance = Tolerance::per_ten_thousand(per_ten_thousand);
        let mut search = GrowthSearch::new(limit, all, tolerance);
        while search.begin_pass().unwrap() {
            search.replay(&arrivals);
            search.end_pass().unwrap();
        }
        let found = search.found();
        // The definition: the bucket of (rate / f, burst / f), in fractions.
        let refused = |factor: Factor| {
            let factor = factor.decimal();
            let (by, of) = (factor.mantissa(), 10_i128.pow(factor.scale()));
            let rate = fraction(rate);
            let scaled = Fraction::new(rate.0 * of, rate.1 * by);
            reference(scaled, Fraction::new(i128::from(burst) * of, by), &times).0
        };
        prop_assert!(found.decimal().is_zero() || refused(found) <= tolerance.of(all));
        prop_assert!(refused(found.next()) > tolerance.of(all));
    }

    #[test]
    fn the_smallest_burst_passes_its_share_and_one_less_does_not(
        rate in rates(), times in times(), per_ten_thousand in prop_oneof![Just(1_u32), Just(100), Just(2000)],
    ) {
        let arrivals = Arrival::of_times(times);
        let tolerance = Tolerance::per_ten_thousand(per_ten_thousand);
        let mut frontier = Frontier::new(&[rate]).unwrap();
        frontier.replay(&arrivals);
        let enough = frontier.bursts()[0].1;
        let mut search = BurstSearch::new(rate, enough, total(&arrivals), tolerance);
        while search.begin_pass().unwrap() {
            search.replay(&arrivals);
            search.end_pass().unwrap();
        }
        let burst = search.found();
        let allowed = tolerance.of(total(&arrivals));
        prop_assert!(refused(rate, burst, &arrivals) <= allowed);
        prop_assert!(burst > 0 && refused(rate, burst - 1, &arrivals) > allowed);
    }

    #[test]
    fn a_chain_of_one_is_a_bucket_and_inner_refusals_spare_the_outer(
        rate in rates(), burst in 0_u64..20, outer in 0_u64..20, times in times(),
    ) {
        let mut sorted = times;
        sorted.sort_unstable();
        let arrivals = Arrival::of_times(sorted.iter().copied());
        let inner = Limit { rate, burst };
        let mut alone = Chain::default();
        let only = alone.add(&inner).unwrap();
        let mut nested = Chain::default();
        let both = [nested.add(&inner).unwrap(), nested.add(&Limit { rate, burst: outer }).unwrap()];
        let (mut away, mut further_out, mut passed) = (0_u64, 0_u64, Vec::new());
        for &ms in &sorted {
            let turned = alone.arrive(ms, &[only]);
            let through_both = nested.arrive(ms, &both);
            // The inner limit decides the same way, whatever the outer one does.
            prop_assert_eq!(through_both == Turned::Away(both[0]), turned == Turned::Away(only));
            further_out += u64::from(through_both == Turned::Away(both[1]));
            match turned {
                Turned::Through => passed.push(ms),
                Turned::Away(_) => away += 1,
            }
        }
        prop_assert_eq!(away, refused(rate, burst, &arrivals));
        // The outer one is a bucket for what the inner one lets through.
        prop_assert_eq!(further_out, refused(rate, outer, &Arrival::of_times(passed)));
    }
}
