//! The account's token bucket where nobody raised it, by region.
//!
//! Source: the API Gateway developer guide's page of quotas (`limits.html`, the copy of 2025): 10,000 requests a
//! second with a burst of 5,000 in each region, and 2,500 with 1,250 in thirteen newer ones. Service Quotas may
//! still display 10,000 in those. Regions that opened since, those of China and of GovCloud are in neither list.

use rust_decimal::Decimal;

use crate::model::settings::Limit;

/// Regions with 2,500 requests a second and a burst of 1,250.
const SMALLER: [&str; 13] = [
    "af-south-1",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "mx-central-1",
];

/// Regions with 10,000 requests a second and a burst of 5,000.
const USUAL: [&str; 19] = [
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "me-south-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// What AWS documents of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regional {
    /// Its default.
    Default(Limit),
    /// The region is in neither list.
    Unknown,
}

/// The account's default in a region.
pub fn regional_default(region: &str) -> Regional {
    let limit = |rate: i64, burst| Regional::Default(Limit { rate: Decimal::new(rate, 0), burst });
    if SMALLER.contains(&region) {
        limit(2_500, 1_250)
    } else if USUAL.contains(&region) {
        limit(10_000, 5_000)
    } else {
        Regional::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_list_and_others_are_not_known() {
        let said = |region: &str| match regional_default(region) {
            Regional::Default(limit) => format!("{}/{}", limit.rate, limit.burst),
            Regional::Unknown => "unknown".to_owned(),
        };
        assert_eq!(said("us-east-1"), "10000/5000");
        assert_eq!(said("mx-central-1"), "2500/1250");
        for region in ["ap-east-2", "ap-southeast-6", "us-esat-1", "cn-north-1", "us-gov-west-1", ""] {
            assert_eq!(said(region), "unknown", "{region}");
        }
        assert!(SMALLER.iter().all(|region| !USUAL.contains(region)));
    }
}
