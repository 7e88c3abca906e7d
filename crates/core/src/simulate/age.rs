//! How old served answers were, counted so that a percentile can be read off without keeping any age.

/// A TTL is divided into at least half as many and at most this many equal steps.
pub const AGE_STEPS: usize = 512;

/// Counts of ages from 0 up to a TTL, in steps of a power of two milliseconds.
#[derive(Clone, Debug)]
pub(super) struct Ages {
    ttl_ms: u64,
    shift: u32,
    counts: Box<[u64; AGE_STEPS]>,
}

impl Ages {
    /// No ages; all that are added will be below `ttl_ms`.
    pub(super) fn new(ttl_ms: u64) -> Ages {
        let mut shift = 0;
        while ttl_ms.saturating_sub(1) >> shift >= AGE_STEPS as u64 {
            shift += 1;
        }
        Ages { ttl_ms, shift, counts: Box::new([0; AGE_STEPS]) }
    }

    /// The step of an age below the TTL.
    #[inline]
    pub(super) fn step(shift: u32, age_ms: u32) -> usize {
        // The mask changes nothing below the TTL; it spares the check of the bound.
        (age_ms >> shift) as usize & (AGE_STEPS - 1)
    }

    /// By how many bits an age is shifted to be its step.
    pub(super) fn shift(&self) -> u32 {
        self.shift
    }

    /// Adds an answer of an age below the TTL.
    pub(super) fn add(&mut self, age_ms: u32) {
        self.counts[Ages::step(self.shift, age_ms)] += 1;
    }

    /// Adds answers that were counted by their step elsewhere; as many as `not` in the first step were none.
    pub(super) fn add_steps(&mut self, steps: &[u16; AGE_STEPS], not: u32) {
        for (count, more) in self.counts.iter_mut().zip(steps) {
            *count += u64::from(*more);
        }
        self.counts[0] -= u64::from(not);
    }

    /// The last millisecond of the step that holds the age which `percent` of the answers do not exceed.
    pub(super) fn percentile(&self, percent: u64) -> Option<u64> {
        let total: u64 = self.counts.iter().sum();
        let rank = (u128::from(total) * u128::from(percent)).div_ceil(100);
        let mut seen = 0u128;
        let step = self.counts.iter().position(|count| {
            seen += u128::from(*count);
            *count > 0 && seen >= rank
        })?;
        let last = ((step as u64 + 1) << self.shift) - 1;
        Some(last.min(self.ttl_ms.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_at_most_a_step_too_old() {
        for ttl in [1u64, 2, 511, 512, 513, 60_000, 300_000, 3_600_000, 604_800_000] {
            let mut ages = Ages::new(ttl);
            assert_eq!(ages.percentile(95), None);
            let all: Vec<u64> = (0..100).map(|number| number * (ttl - 1) / 99).collect();
            for age in &all {
                ages.add(u32::try_from(*age).unwrap());
            }
            let (exact, found) = (all[94], ages.percentile(95).unwrap());
            assert!(exact <= found && found < ttl, "{ttl}: {exact} {found}");
            assert!(found - exact <= ttl / (AGE_STEPS as u64 / 2), "{ttl}: {exact} {found}");
        }
    }
}
