//! Keys by number, and a sample of them where all would not fit.
//!
//! Which keys are in the sample is decided by their hash, never by their arrivals: a sampled key is replayed
//! whole, so its hits are exact. What is estimated is only how much the other keys are like it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Into how many parts a sample is divided to see how much they differ.
pub const SAMPLE_PARTS: usize = 32;

/// The first pass, which replays every key as long as there is room, and then only counts; or the second, which
/// replays the sample that the first one found to fit.
pub struct KeySample {
    numbers: HashMap<u128, u32, BuildHasherDefault<Hashed>>,
    most: usize,
    halvings: u32,
    counts_only: bool,
}

/// Takes a key that is a hash already as its own hash.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, value: u128) {
        // The low half decides; the high half says what is sampled, so there it is the same for many.
        self.0 = value as u64;
    }
}

impl KeySample {
    /// Bytes that each key takes in the table, with the room that the table keeps free.
    pub const BYTES_PER_KEY: usize = 2 * (size_of::<(u128, u32)>() + 1);

    /// Room for `most` keys; of each `2^halvings` keys one is sampled: all with 0.
    pub fn new(most: usize, halvings: u32) -> KeySample {
        KeySample { numbers: HashMap::default(), most, halvings, counts_only: false }
    }

    /// The number of a key, given its hash. A new one gets `next`, which goes up by one. `None` if the key is
    /// not in the sample, or there was no room: see [`KeySample::is_full`].
    pub fn number(&mut self, hash: u128, next: &mut u32) -> Option<u32> {
        if !sampled(hash, self.halvings) {
            return None;
        }
        if self.counts_only {
            self.numbers.entry(hash).or_insert(0);
        } else if let Some(number) = self.numbers.get(&hash) {
            return Some(*number);
        } else if self.numbers.len() < self.most {
            let number = *next;
            self.numbers.insert(hash, number);
            *next += 1;
            return Some(number);
        } else {
            self.counts_only = true;
            self.numbers.insert(hash, 0);
        }
        while self.numbers.len() > self.most {
            self.halvings += 1;
            self.numbers.retain(|hash, _| sampled(*hash, self.halvings));
        }
        None
    }

    /// There were more keys than there is room for. Numbers are no longer given out; a sample of
    /// [`KeySample::halvings`] will fit.
    pub fn is_full(&self) -> bool {
        self.counts_only
    }

    /// How many times the keys were halved.
    pub fn halvings(&self) -> u32 {
        self.halvings
    }

    /// Which part of the sample a key belongs to, below [`SAMPLE_PARTS`].
    pub fn part(hash: u128) -> u32 {
        (hash % SAMPLE_PARTS as u128) as u32
    }
}

/// Whether the leading bits of a hash say so.
fn sampled(hash: u128, halvings: u32) -> bool {
    hash.checked_shr(u128::BITS - halvings).unwrap_or(0) == 0
}

/// Two standard errors of a sample's hit ratio, in millionths, measured by how much its parts differ. Each part
/// is its arrivals and its hits.
pub fn sample_error_ppm(parts: &[(u64, u64)]) -> u32 {
    let arrivals: u64 = parts.iter().map(|(arrivals, _)| arrivals).sum();
    let hits: u64 = parts.iter().map(|(_, hits)| hits).sum();
    if arrivals == 0 || parts.len() < 2 {
        return 0;
    }
    // Each part's distance from its share of the hits, in trillionths of all arrivals.
    let whole = i128::from(arrivals);
    let squares: u128 = parts
        .iter()
        .map(|(own, own_hits)| i128::from(*own_hits) * whole - i128::from(hits) * i128::from(*own))
        .map(|apart| (apart * PER_TRILLION / (whole * whole)).unsigned_abs().pow(2))
        .sum();
    let count = parts.len() as u128;
    let error = (4 * squares * count / (count - 1)).isqrt();
    let millionths = (error + 500_000) / 1_000_000;
    u32::try_from(millionths).unwrap_or(u32::MAX).min(1_000_000)
}

/// Steps in which distances are measured.
const PER_TRILLION: i128 = 1_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// A hash as good as any for a test: splitmix64, twice.
    fn hash(number: u64) -> u128 {
        let mix = |seed: u64| {
            let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            u128::from(z ^ (z >> 31))
        };
        mix(number + 1) << 64 | mix(number + (1 << 40))
    }

    #[test]
    fn all_keys_have_numbers_as_long_as_there_is_room() {
        let mut sample = KeySample::new(3, 0);
        let (mut one, mut other) = (0, 0);
        assert_eq!(sample.number(hash(7), &mut one), Some(0));
        assert_eq!(sample.number(hash(8), &mut other), Some(0));
        assert_eq!(sample.number(hash(9), &mut one), Some(1));
        assert_eq!(sample.number(hash(7), &mut one), Some(0));
        assert!(!sample.is_full());
        assert_eq!(sample.number(hash(10), &mut one), None);
        assert!(sample.is_full() && sample.halvings() > 0);
    }

    #[test]
    fn the_second_pass_finds_room_for_what_the_first_one_sampled() {
        let mut first = KeySample::new(1000, 0);
        let mut next = 0;
        for number in 0..50_000 {
            first.number(hash(number % 30_000), &mut next);
        }
        assert!(first.is_full());
        let halvings = first.halvings();
        assert!((5..=6).contains(&halvings), "{halvings}");
        let mut second = KeySample::new(1000, halvings);
        let mut next = 0;
        let seen: Vec<Option<u32>> =
            (0..30_000).map(|number| second.number(hash(number), &mut next)).collect();
        let again: Vec<Option<u32>> =
            (0..30_000).map(|number| second.number(hash(number), &mut next)).collect();
        assert!(!second.is_full());
        assert_eq!(seen, again);
        let estimate = u64::from(next) << halvings;
        assert!((25_000..35_000).contains(&estimate), "{estimate}");
    }

    #[test]
    fn equal_parts_have_no_error_and_different_ones_do() {
        assert_eq!(sample_error_ppm(&[(100, 50), (10, 5), (0, 0)]), 0);
        // Ratio 0.5; each part is off by 10 of 200 in all: 2 sqrt(2 (100 + 100)) / 200 = 0.2.
        assert_eq!(sample_error_ppm(&[(100, 60), (100, 40)]), 200_000);
        assert_eq!(sample_error_ppm(&[]), 0);
    }
}
