//! Twelve TTLs in one pass, beside twelve dictionaries, over requests whose keys follow Zipf's law.
//!
//! `cargo bench -p gwcost-core --bench ttl_cache [-- REQUESTS KEYS]`; run it on an idle machine.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark for people at a terminal")]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use gwcost_core::simulate::{CacheArrival, TtlCache};

const TTLS_S: [u32; 12] = [1, 5, 10, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600];
const ZIPF: f64 = 0.9;
/// The requests come within a day.
const SPAN_MS: u64 = 86_400_000;
const ROUNDS: usize = 5;

/// A small generator, so that every run replays the same requests.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn arrivals(requests: usize, keys: usize) -> Vec<CacheArrival> {
    let mut random = Random(6);
    let mut below = Vec::with_capacity(keys);
    let mut sum = 0.0;
    for rank in 1..=keys {
        sum += (rank as f64).powf(-ZIPF);
        below.push(sum);
    }
    // Popular keys are anywhere, as in a log.
    let mut numbers: Vec<u32> = (0..u32::try_from(keys).unwrap()).collect();
    for at in (1..keys).rev() {
        numbers.swap(at, (random.next() % (at as u64 + 1)) as usize);
    }
    let start = 1_790_812_800_000;
    let one = |number: usize| {
        let point = random.next() as f64 / u64::MAX as f64 * sum;
        let rank = below.partition_point(|limit| *limit < point).min(keys - 1);
        let key = numbers[rank];
        CacheArrival {
            time_ms: start + (number as u64 * SPAN_MS / requests as u64) as i64,
            key,
            group: key % 50,
            bytes: 200 + key % 5_000,
            latency_ms: Some(20 + (random.next() % 400) as u32),
        }
    };
    (0..requests).map(one).collect()
}

/// One TTL with a dictionary of expiries: hits alone.
fn naive(arrivals: &[CacheArrival], ttl_ms: u32) -> u64 {
    let mut expiries: HashMap<u32, i64> = HashMap::new();
    let mut hits = 0;
    for arrival in arrivals {
        let expiry = expiries.entry(arrival.key).or_insert(i64::MIN);
        if arrival.time_ms < *expiry {
            hits += 1;
        } else {
            *expiry = arrival.time_ms + i64::from(ttl_ms);
        }
    }
    hits
}

fn best(mut run: impl FnMut()) -> Duration {
    let timed = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..ROUNDS).map(timed).min().unwrap()
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let (requests, keys) =
        (numbers.first().copied().unwrap_or(5_000_000), numbers.get(1).copied().unwrap_or(200_000));
    let arrivals = arrivals(requests, keys);
    let ttls: Vec<u32> = TTLS_S.iter().map(|seconds| seconds * 1000).collect();
    let (mut hits, mut bytes) = (Vec::new(), 0);
    let kernel = best(|| {
        let mut cache = TtlCache::new(&ttls).unwrap();
        cache.replay(&arrivals);
        hits = cache.outcome().iter().map(|outcome| outcome.hits).collect();
        bytes = cache.bytes();
    });
    let mut naive_hits = Vec::new();
    let dictionaries = best(|| naive_hits = ttls.iter().map(|ttl| naive(&arrivals, *ttl)).collect());
    assert_eq!(hits, naive_hits);
    let per_second = |time: Duration| requests as f64 / time.as_secs_f64() / 1e6;
    println!("{requests} requests, {keys} keys, Zipf {ZIPF}, {} TTLs, best of {ROUNDS}", ttls.len());
    println!("one pass, all figures:       {:7.2} M requests/s  {kernel:?}", per_second(kernel));
    println!("12 dictionaries, hits alone: {:7.2} M requests/s  {dictionaries:?}", per_second(dictionaries));
    println!("bytes a key: {}, at most {}", bytes / keys, TtlCache::bytes_per_key(ttls.len()));
    let ratio = |hits: &u64| format!("{:.3}", *hits as f64 / requests as f64);
    println!("hit ratios: {}", hits.iter().map(ratio).collect::<Vec<_>>().join(" "));
}
