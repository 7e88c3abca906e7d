//! Region codes as usage types write them: `USE1-ApiGatewayRequest`.
//!
//! Source: AWS's table of billing codes for regions; codes that it did not show are those of bills and usage
//! types in the wild.

const CODES: [(&str, &str); 36] = [
    ("AFS1", "af-south-1"),
    ("APE1", "ap-east-1"),
    ("APE2", "ap-east-2"),
    ("APN1", "ap-northeast-1"),
    ("APN2", "ap-northeast-2"),
    ("APN3", "ap-northeast-3"),
    ("APS1", "ap-southeast-1"),
    ("APS2", "ap-southeast-2"),
    ("APS3", "ap-south-1"),
    ("APS4", "ap-southeast-3"),
    ("APS5", "ap-south-2"),
    ("APS6", "ap-southeast-4"),
    ("APS7", "ap-southeast-5"),
    ("APS8", "ap-southeast-6"),
    ("APS9", "ap-southeast-7"),
    ("CAN1", "ca-central-1"),
    ("CAN2", "ca-west-1"),
    ("EU", "eu-west-1"),
    ("EUC1", "eu-central-1"),
    ("EUC2", "eu-central-2"),
    ("EUN1", "eu-north-1"),
    ("EUS1", "eu-south-1"),
    ("EUS2", "eu-south-2"),
    ("EUW2", "eu-west-2"),
    ("EUW3", "eu-west-3"),
    ("ILC1", "il-central-1"),
    ("MEC1", "me-central-1"),
    ("MES1", "me-south-1"),
    ("MXC1", "mx-central-1"),
    ("SAE1", "sa-east-1"),
    ("UGE1", "us-gov-east-1"),
    ("UGW1", "us-gov-west-1"),
    ("USE1", "us-east-1"),
    ("USE2", "us-east-2"),
    ("USW1", "us-west-1"),
    ("USW2", "us-west-2"),
];

/// The region of a usage type's prefix.
pub fn region_of_prefix(prefix: &str) -> Option<&'static str> {
    CODES.into_iter().find(|(code, _)| *code == prefix).map(|(_, region)| region)
}

/// The prefix of a region's usage types.
pub fn prefix_of_region(region: &str) -> Option<&'static str> {
    CODES.into_iter().find(|(_, name)| *name == region).map(|(code, _)| code)
}

/// A usage type without its prefix, and the prefix, if it has one: capitals and digits before a hyphen.
pub(super) fn split_prefix(usage_type: &str) -> (Option<&str>, &str) {
    let is_code = |text: &str| {
        (2..=5).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    match usage_type.split_once('-') {
        Some((prefix, rest)) if is_code(prefix) => (Some(prefix), rest),
        _ => (None, usage_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_told_from_hyphens() {
        assert_eq!(split_prefix("USE1-ApiGatewayRequest"), (Some("USE1"), "ApiGatewayRequest"));
        assert_eq!(split_prefix("EU-DataProcessing-Bytes"), (Some("EU"), "DataProcessing-Bytes"));
        assert_eq!(split_prefix("DataProcessing-Bytes"), (None, "DataProcessing-Bytes"));
        assert_eq!(split_prefix("ApiGatewayRequest"), (None, "ApiGatewayRequest"));
        assert_eq!(region_of_prefix("EU"), Some("eu-west-1"));
        assert_eq!(prefix_of_region("ap-south-1"), Some("APS3"));
        assert_eq!((region_of_prefix("XX1"), prefix_of_region("xx-east-1")), (None, None));
    }
}
