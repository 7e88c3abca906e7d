//! Which meter a product of the list is, by family, operation and the whole usage type behind its prefix.
//!
//! The list names no kind of API. A suffix alone would not do: `ApiGatewayRequest` must not take
//! `ApiGatewayHttpRequest` in, nor whatever ends in either tomorrow.

use super::region_code::split_prefix;
use crate::pricing::{CacheSize, Meter};

/// A family and an operation where every source agrees on them, a usage type, and what they mean.
///
/// The operation of caches was never seen, and their unit is `GB` in one source and `Hrs` in another, so
/// neither is looked at. Arm functions pay for requests what others pay, so `Request-ARM` is left alone. Usage types
/// of free tiers begin with `Global-`, which is no region's prefix.
const PRODUCTS: [(Option<&str>, Option<&str>, &str, Meter); 14] = [
    (Some("API Calls"), Some("ApiGatewayRequest"), "ApiGatewayRequest", Meter::RestRequests),
    (Some("API Calls"), Some("ApiGatewayHttpApi"), "ApiGatewayHttpRequest", Meter::HttpRequests),
    (Some("WebSocket"), Some("ApiGatewayWebSocket"), "ApiGatewayMessage", Meter::WebsocketMessages),
    (Some("WebSocket"), Some("ApiGatewayWebSocket"), "ApiGatewayMinute", Meter::WebsocketMinutes),
    (Some("Data Payload"), Some("PutLogEvents"), "DataProcessing-Bytes", Meter::LogsIngestion),
    (Some("Storage Snapshot"), Some("HourlyStorageMetering"), "TimedStorage-ByteHrs", Meter::LogsStorage),
    (Some("Serverless"), None, "Request", Meter::LambdaRequests),
    (Some("Serverless"), None, "Lambda-GB-Second", Meter::LambdaDurationX86),
    (Some("Serverless"), None, "Lambda-GB-Second-ARM", Meter::LambdaDurationArm),
    (Some("Web Application Firewall"), None, "RequestV2-Tier1", Meter::WafRequests),
    (Some("Web Application Firewall"), None, "WebACLV2", Meter::WafAcls),
    (Some("Web Application Firewall"), None, "RuleV2", Meter::WafRules),
    (None, None, "XRay-TracesStored", Meter::XrayTraces),
    (Some("Data Transfer"), None, "DataTransfer-Out-Bytes", Meter::InternetTransfer),
];

/// The family of caches.
const CACHES: &str = "Amazon API Gateway Cache";

/// The meter of a product, if it is known.
pub(super) fn meter(family: &str, operation: &str, usage_type: &str) -> Option<Meter> {
    let (_, suffix) = split_prefix(usage_type);
    if family == CACHES {
        let size = CacheSize::ALL.into_iter().map(Meter::CacheHours);
        return size.into_iter().find(|meter| meter.usage_type() == Some(suffix));
    }
    PRODUCTS
        .into_iter()
        .find(|(of_family, of_operation, of_usage, _)| {
            of_family.is_none_or(|of_family| of_family == family)
                && of_operation.is_none_or(|of_operation| of_operation == operation)
                && *of_usage == suffix
        })
        .map(|(.., meter)| meter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_usage_type_counts() {
        let rest = |usage_type| meter("API Calls", "ApiGatewayRequest", usage_type);
        for usage_type in ["USE1-ApiGatewayRequest", "EU-ApiGatewayRequest", "ApiGatewayRequest"] {
            assert_eq!(rest(usage_type), Some(Meter::RestRequests));
        }
        for usage_type in
            ["USE1-ApiGatewayHttpRequest", "USE1-NewApiGatewayRequest", "use1-ApiGatewayRequest", ""]
        {
            assert_eq!(rest(usage_type), None, "{usage_type}");
        }
        assert_eq!(meter("API Calls", "ApiGatewayHttpApi", "EU-ApiGatewayRequest"), None);
        assert_eq!(meter("WebSocket", "ApiGatewayRequest", "EU-ApiGatewayRequest"), None);
        let lambda = |usage_type| meter("Serverless", "Invoke", usage_type);
        assert_eq!(lambda("EU-Lambda-GB-Second"), Some(Meter::LambdaDurationX86));
        assert_eq!(lambda("Lambda-GB-Second-ARM"), Some(Meter::LambdaDurationArm));
        assert_eq!(["Global-Request", "Request-ARM", "Lambda-Edge-Request"].map(lambda), [None; 3]);
        let waf = |usage_type| meter("Web Application Firewall", "", usage_type);
        assert_eq!(waf("EU-RequestV2-Tier1"), Some(Meter::WafRequests));
        assert_eq!(waf("EU-ShieldProtected-RequestV2-Tier1"), None);
        let cache = |usage_type| meter("Amazon API Gateway Cache", "whatever", usage_type);
        assert_eq!(cache("EU-ApiGatewayCacheUsage:118GB"), Some(Meter::CacheHours(CacheSize::Gb118)));
        assert_eq!(cache("EU-ApiGatewayCacheUsage:18GB"), None);
    }
}
