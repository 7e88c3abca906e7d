//! The sizes that a REST stage's cache comes in. Each is a meter of its own.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::text::did_you_mean;

/// A size of a cache cluster, as API Gateway's `CacheClusterSize` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CacheSize {
    /// 0.5 GB.
    Gb0_5,
    /// 1.6 GB.
    Gb1_6,
    /// 6.1 GB.
    Gb6_1,
    /// 13.5 GB.
    Gb13_5,
    /// 28.4 GB.
    Gb28_4,
    /// 58.2 GB.
    Gb58_2,
    /// 118 GB.
    Gb118,
    /// 237 GB.
    Gb237,
}

impl CacheSize {
    /// Every size, smallest first.
    pub const ALL: [CacheSize; 8] = [
        CacheSize::Gb0_5,
        CacheSize::Gb1_6,
        CacheSize::Gb6_1,
        CacheSize::Gb13_5,
        CacheSize::Gb28_4,
        CacheSize::Gb58_2,
        CacheSize::Gb118,
        CacheSize::Gb237,
    ];

    /// The size in GB, as AWS writes it.
    pub const fn gb(self) -> &'static str {
        match self {
            CacheSize::Gb0_5 => "0.5",
            CacheSize::Gb1_6 => "1.6",
            CacheSize::Gb6_1 => "6.1",
            CacheSize::Gb13_5 => "13.5",
            CacheSize::Gb28_4 => "28.4",
            CacheSize::Gb58_2 => "58.2",
            CacheSize::Gb118 => "118",
            CacheSize::Gb237 => "237",
        }
    }

    /// The size of so many GB, as settings hold it; `None` for one that AWS does not sell.
    pub fn of_gb(gb: Decimal) -> Option<CacheSize> {
        CacheSize::ALL.into_iter().find(|size| size.gb().parse() == Ok(gb))
    }

    /// The name of its meter.
    pub(super) const fn meter_name(self) -> &'static str {
        match self {
            CacheSize::Gb0_5 => "cache_hours_0.5gb",
            CacheSize::Gb1_6 => "cache_hours_1.6gb",
            CacheSize::Gb6_1 => "cache_hours_6.1gb",
            CacheSize::Gb13_5 => "cache_hours_13.5gb",
            CacheSize::Gb28_4 => "cache_hours_28.4gb",
            CacheSize::Gb58_2 => "cache_hours_58.2gb",
            CacheSize::Gb118 => "cache_hours_118gb",
            CacheSize::Gb237 => "cache_hours_237gb",
        }
    }

    /// The usage type on the bill, without the region's prefix.
    pub(super) const fn usage_type(self) -> &'static str {
        match self {
            CacheSize::Gb0_5 => "ApiGatewayCacheUsage:0.5GB",
            CacheSize::Gb1_6 => "ApiGatewayCacheUsage:1.6GB",
            CacheSize::Gb6_1 => "ApiGatewayCacheUsage:6.1GB",
            CacheSize::Gb13_5 => "ApiGatewayCacheUsage:13.5GB",
            CacheSize::Gb28_4 => "ApiGatewayCacheUsage:28.4GB",
            CacheSize::Gb58_2 => "ApiGatewayCacheUsage:58.2GB",
            CacheSize::Gb118 => "ApiGatewayCacheUsage:118GB",
            CacheSize::Gb237 => "ApiGatewayCacheUsage:237GB",
        }
    }
}

impl fmt::Display for CacheSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.gb())
    }
}

/// A size that AWS does not sell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{typed:?} is no size of a cache: expected one of {known} (GB){hint}")]
pub struct UnknownCacheSize {
    typed: String,
    known: String,
    hint: String,
}

impl FromStr for CacheSize {
    type Err = UnknownCacheSize;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let number = typed.trim_end_matches("GB").trim_end();
        Decimal::from_str_exact(number).ok().and_then(CacheSize::of_gb).ok_or_else(|| UnknownCacheSize {
            typed: typed.to_owned(),
            known: CacheSize::ALL.map(CacheSize::gb).join(", "),
            hint: did_you_mean(typed, CacheSize::ALL.map(CacheSize::gb)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_aws_and_settings_write_them() {
        for size in CacheSize::ALL {
            assert_eq!(size.gb().parse(), Ok(size));
            assert_eq!(size.meter_name(), format!("cache_hours_{size}gb"));
            assert_eq!(size.usage_type(), format!("ApiGatewayCacheUsage:{size}GB"));
        }
        assert_eq!("118.0".parse(), Ok(CacheSize::Gb118));
        let error = "1.5".parse::<CacheSize>().unwrap_err().to_string();
        assert!(
            error.contains("expected one of 0.5, 1.6") && error.contains("did you mean \"0.5\"?"),
            "{error}"
        );
    }
}
