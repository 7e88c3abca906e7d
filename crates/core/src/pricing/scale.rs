//! From what is counted to what is priced: bytes to GB, seconds to hours, MB-milliseconds to GB-seconds.
//!
//! Usage is counted in base units, which are whole numbers, so that nothing is lost before a price is
//! known. Rates and tier bounds are per rate unit, as AWS prints them.

/// How many base units make one rate unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// Counted as priced: requests, messages, minutes.
    One,
    /// Seconds, priced by the hour. A hundredth of an hour, the finest that bills print, is 36 of them.
    SecondsPerHour,
    /// Bytes, priced by the GB of 2^30 bytes.
    BytesPerGb,
    /// Megabytes of memory times milliseconds, priced by the GB-second.
    MbMillisecondsPerGbSecond,
}

impl Scale {
    /// Every scale. [`Scale::index`] is a scale's place in it.
    pub const ALL: [Scale; 4] =
        [Scale::One, Scale::SecondsPerHour, Scale::BytesPerGb, Scale::MbMillisecondsPerGbSecond];

    /// Base units of one rate unit.
    pub const fn base_units(self) -> u64 {
        match self {
            Scale::One => 1,
            Scale::SecondsPerHour => 3_600,
            Scale::BytesPerGb => 1 << 30,
            Scale::MbMillisecondsPerGbSecond => 1_024 * 1_000,
        }
    }

    /// The place in [`Scale::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_in_its_place() {
        for (index, scale) in Scale::ALL.into_iter().enumerate() {
            assert_eq!(scale.index(), index);
        }
    }
}
