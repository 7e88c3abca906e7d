//! Random numbers from a seed: SplitMix64, integers only.
//!
//! A generator of our own, because the demo's bytes must not change when a dependency changes its
//! stream, and because floating-point shaping is not the same on every platform.

/// A stream of numbers that its seed determines.
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// The stream of this seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits.
    pub(super) const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number in `0..bound`, each as likely as the other; 0 for a bound of 0.
    pub(super) const fn below(&mut self, bound: u64) -> u64 {
        scale(self.draw(), bound)
    }

    /// A number in `0..bound`, small ones far more often: the lowest tenth gets nearly half.
    pub(super) const fn skewed(&mut self, bound: u64) -> u64 {
        skew(self.draw(), bound)
    }
}

/// Scrambles 64 bits one to one: different inputs always give different outputs.
pub(super) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Maps 64 random bits to `0..bound` evenly.
pub(super) const fn scale(bits: u64, bound: u64) -> u64 {
    ((bits as u128 * bound as u128) >> 64) as u64
}

/// Maps 64 random bits to `0..bound` by their cube, so that small numbers dominate.
pub(super) const fn skew(bits: u64, bound: u64) -> u64 {
    scale(scale(scale(bits, bits), bits), bound)
}

/// The text that 64 random bits stand for; the lists are the program's own and never empty.
pub(super) const fn pick(bits: u64, texts: &[&'static str]) -> &'static str {
    texts[scale(bits, texts.len() as u64) as usize]
}

/// A number for a text (FNV-1a), to give every API a stream of its own.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
