//! The replays of caches against dictionaries that do the same one by one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod naive;

use gwcost_core::simulate::{
    AGE_STEPS, CacheArrival, LruCache, MAX_TTL_MS, SplitCache, TtlCache, TtlError, TtlOutcome,
};
use proptest::prelude::*;

/// Arrivals that meet: few keys, times that repeat, some out of order, some after a long silence.
fn arrivals() -> impl Strategy<Value = Vec<CacheArrival>> {
    let step = prop_oneof![
        4 => Just(0i64),
        8 => 1i64..2_000,
        4 => (1i64..40).prop_map(|seconds| seconds * 1000),
        1 => -5_000i64..0,
        1 => Just(3_600_000),
        // Longer than the replay's own clock reaches.
        1 => Just(40 * 86_400_000),
    ];
    let latency = prop_oneof![1 => Just(None), 3 => (0u32..3_000).prop_map(Some), 1 => Just(Some(0))];
    let one = (step, 0u32..12, 0u32..3, 0u32..5_000, latency);
    (0i64..1_790_812_800_000, proptest::collection::vec(one, 0..200)).prop_map(|(start, steps)| {
        let mut time_ms = start;
        let arrival = |(step, key, group, bytes, latency_ms)| {
            time_ms += step;
            CacheArrival { time_ms, key, group, bytes, latency_ms }
        };
        steps.into_iter().map(arrival).collect()
    })
}

fn assert_same(found: &TtlOutcome, counted: &naive::Counted) {
    assert_eq!(found.hits, counted.hits);
    assert_eq!(found.early_hits, counted.early_hits);
    assert_eq!(found.age_sum_ms, counted.age_sum_ms);
    assert_eq!(found.peak_live_bytes, counted.peak_live_bytes);
    for (number, group) in found.groups.iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        let expected = counted.groups.get(&number).copied().unwrap_or_default();
        assert_eq!((group.requests, group.hits, group.untimed_hits, group.latency_ms), expected);
    }
    let mut ages = counted.ages.clone();
    ages.sort_unstable();
    let exact = (ages.len() * 95).div_ceil(100).checked_sub(1).map(|rank| ages[rank]);
    match (exact, found.p95_age_ms) {
        (Some(exact), Some(found_ms)) => {
            let step = u64::from(found.ttl_ms) / (AGE_STEPS as u64 / 2);
            assert!(exact <= found_ms && found_ms - exact <= step, "{exact} {found_ms}");
        }
        (exact, found) => assert_eq!(exact, found),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn all_ttls_in_one_pass_are_each_replayed_alone(
        arrivals in arrivals(),
        ttls in proptest::collection::vec(
            prop_oneof![Just(0u32), 1u32..100, Just(1_000), Just(5_000), Just(60_000), Just(3_600_000),
                Just(MAX_TTL_MS as u32)],
            0..=16,
        ),
        cut in 0usize..200,
    ) {
        let mut cache = TtlCache::new(&ttls).unwrap();
        let (first, second) = arrivals.split_at(cut.min(arrivals.len()));
        cache.replay(first);
        cache.replay(second);
        let outcome = cache.outcome();
        prop_assert_eq!(outcome.len(), ttls.len());
        for (found, ttl_ms) in outcome.iter().zip(&ttls) {
            prop_assert_eq!(found.ttl_ms, *ttl_ms);
            assert_same(found, &naive::replay(&arrivals, *ttl_ms, None));
        }
        // A longer TTL never hits less often.
        let mut by_ttl: Vec<(u32, u64)> = outcome.iter().map(|found| (found.ttl_ms, found.hits)).collect();
        by_ttl.sort_unstable();
        prop_assert!(by_ttl.is_sorted_by_key(|(_, hits)| *hits), "{:?}", by_ttl);
        let mut latest = i64::MIN;
        let late = arrivals.iter().filter(|arrival| {
            let is_late = arrival.time_ms < latest;
            latest = latest.max(arrival.time_ms);
            is_late
        });
        prop_assert_eq!(cache.late(), late.count() as u64);
    }

    /// As many fills as are looked through several times, and bytes that do not fit into 32 bits together.
    #[test]
    fn long_replays_are_each_replayed_alone(
        seeds in proptest::collection::vec(any::<u64>(), 1..4),
        huge in any::<bool>(),
    ) {
        let mut state = seeds.iter().fold(1, |state, seed| state ^ seed);
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut time_ms = 1_790_812_800_000;
        let arrivals: Vec<CacheArrival> = (0..6_000)
            .map(|_| {
                time_ms += random(400) as i64;
                CacheArrival {
                    time_ms,
                    key: random(300) as u32,
                    group: random(3) as u32,
                    bytes: random(if huge { u64::from(u32::MAX) } else { 5_000 }) as u32,
                    latency_ms: Some(random(900) as u32),
                }
            })
            .collect();
        let ttls = [100, 1_000, 5_000, 20_000, 300_000];
        let mut cache = TtlCache::new(&ttls).unwrap();
        arrivals.chunks(701).for_each(|some| cache.replay(some));
        for (found, ttl_ms) in cache.outcome().iter().zip(&ttls) {
            assert_same(found, &naive::replay(&arrivals, *ttl_ms, None));
        }
    }

    #[test]
    fn least_recently_used_goes_first(
        arrivals in arrivals(),
        ttl_ms in prop_oneof![Just(0u32), Just(1_000), Just(60_000), Just(3_600_000)],
        capacity in 0u64..20_000,
    ) {
        let mut cache = LruCache::new(capacity, ttl_ms);
        for arrival in &arrivals {
            cache.arrive(arrival);
        }
        assert_same(&cache.outcome(), &naive::replay(&arrivals, ttl_ms, Some(capacity)));
    }

    /// A cache for each part is each part replayed alone.
    #[test]
    fn parts_are_each_replayed_alone(arrivals in arrivals(), ttl_ms in prop_oneof![Just(0u32), 1u32..9_000]) {
        let mut split = SplitCache::new(&[ttl_ms]).unwrap();
        let (one, other) = arrivals.split_at(arrivals.len() / 2);
        split.replay(one);
        split.replay(other);
        let (shared, apart) = (split.shared().remove(0), split.apart().remove(0));
        assert_same(&shared, &naive::replay(&arrivals, ttl_ms, None));
        let mut latest = i64::MIN;
        let ordered: Vec<CacheArrival> = arrivals
            .iter()
            .map(|arrival| {
                latest = latest.max(arrival.time_ms);
                CacheArrival { time_ms: latest, ..*arrival }
            })
            .collect();
        for (part, hits) in (0u32..).zip(&apart.groups) {
            let alone: Vec<CacheArrival> =
                ordered.iter().filter(|arrival| arrival.group == part).copied().collect();
            prop_assert_eq!(hits.hits, naive::replay(&alone, ttl_ms, None).hits);
        }
        prop_assert_eq!(apart.requests, shared.requests);
    }

    /// Where the peak fits, no eviction happens, so how it evicts does not matter.
    #[test]
    fn a_cache_as_large_as_the_peak_hits_as_one_without_a_bound(arrivals in arrivals()) {
        let mut unbounded = TtlCache::new(&[60_000]).unwrap();
        unbounded.replay(&arrivals);
        let outcome = unbounded.outcome().remove(0);
        let mut bounded = LruCache::new(outcome.peak_live_bytes, 60_000);
        for arrival in &arrivals {
            bounded.arrive(arrival);
        }
        prop_assert_eq!(bounded.evictions(), 0);
        prop_assert_eq!(bounded.outcome(), outcome);
    }
}

fn at(time_ms: i64, key: u32) -> CacheArrival {
    CacheArrival { time_ms, key, group: 0, bytes: 100, latency_ms: Some(50) }
}

#[test]
fn an_entry_answers_until_its_ttl_has_passed_since_the_fill() {
    let mut cache = TtlCache::new(&[1000]).unwrap();
    // Filled at 0; hits at 0 (early), 49 (early), 50 and 999; filled anew at 1000, though served at 999.
    cache.replay(&[
        at(0, 0),
        at(0, 0),
        at(49, 0),
        at(50, 0),
        at(999, 0),
        at(1000, 0),
        at(1999, 0),
        at(2000, 0),
    ]);
    let outcome = cache.outcome().remove(0);
    assert_eq!((outcome.requests, outcome.hits, outcome.early_hits), (8, 5, 2));
    assert_eq!(outcome.age_sum_ms, 49 + 50 + 999 + 999);
    assert_eq!(outcome.mean_age_ms(), Some(419));
    assert_eq!(outcome.peak_live_bytes, 100);
    assert_eq!(outcome.groups[0].latency_ms, 5 * 50);
}

/// Fills come at other times, so which arrivals hit is no matter of the longer TTL having more of them.
#[test]
fn a_longer_ttl_misses_where_a_shorter_one_hits() {
    let mut cache = TtlCache::new(&[60_000, 100_000]).unwrap();
    let hits = |cache: &TtlCache| cache.outcome().iter().map(|outcome| outcome.hits).collect::<Vec<_>>();
    cache.replay(&[at(0, 0), at(99_000, 0)]);
    assert_eq!(hits(&cache), [0, 1]);
    cache.replay(&[at(101_000, 0)]);
    assert_eq!(hits(&cache), [1, 1]);
}

#[test]
fn a_late_arrival_is_taken_to_come_with_the_latest() {
    let mut late = TtlCache::new(&[1000]).unwrap();
    late.replay(&[at(5000, 0), at(3000, 1), at(5500, 1), at(5999, 0), at(100, 0)]);
    let mut clamped = TtlCache::new(&[1000]).unwrap();
    clamped.replay(&[at(5000, 0), at(5000, 1), at(5500, 1), at(5999, 0), at(5999, 0)]);
    assert_eq!((late.late(), clamped.late()), (2, 0));
    assert_eq!(late.outcome(), clamped.outcome());
    assert_eq!(late.outcome()[0].hits, 3);
}

#[test]
fn ttls_that_cannot_be_replayed_are_refused() {
    assert_eq!(TtlCache::new(&[1; 17]).err(), Some(TtlError::TooMany { count: 17 }));
    let ttl_ms = MAX_TTL_MS as u32 + 1;
    assert_eq!(TtlCache::new(&[ttl_ms]).err(), Some(TtlError::TooLong { ttl_ms }));
    assert_eq!(
        TtlError::TooLong { ttl_ms: 864_000_001 }.to_string(),
        "a TTL of 864000001 ms: expected at most 864000000 ms"
    );
}
