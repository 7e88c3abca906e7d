//! What AWS counts, one line of the price list each. Tier bounds and rates are in rate units (`GB`), usage
//! in base units (bytes).
//!
//! A meter is a variant of [`Meter`], a line in [`Meter::ALL`] and a line in the table of `facts`.

use std::fmt;
use std::str::FromStr;

use super::cache_size::CacheSize;
use super::scale::Scale;
use crate::model::ApiKind;
use crate::text::did_you_mean;

/// Bytes of a GB as AWS bills it: 2^30.
pub const GIB: u64 = Scale::BytesPerGb.base_units();

/// One line of the price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meter {
    /// Requests to REST APIs.
    RestRequests,
    /// Requests to HTTP APIs in increments of 512 KB.
    HttpRequests,
    /// WebSocket messages in increments of 32 KB.
    WebsocketMessages,
    /// Minutes that WebSocket connections were open.
    WebsocketMinutes,
    /// Hours that a REST stage's cache of one size was there, hit or not.
    CacheHours(CacheSize),
    /// Transfer to the internet at the region's EC2 rate.
    InternetTransfer,
    /// Hours of an interface endpoint of a private API, in one zone.
    PrivateEndpointHours,
    /// Transfer through such an endpoint.
    PrivateTransfer,
    /// CloudFront: transfer to viewers in one geography.
    CloudfrontTransfer,
    /// CloudFront: HTTPS requests of viewers in one geography.
    CloudfrontHttpsRequests,
    /// CloudFront: plain HTTP requests of viewers in one geography.
    CloudfrontHttpRequests,
    /// CloudFront: bodies of requests on their way to the origin.
    CloudfrontOriginTransfer,
    /// Invocations of Lambda functions, authorizers included.
    LambdaRequests,
    /// Memory times duration of Lambda functions on x86.
    LambdaDurationX86,
    /// Memory times duration of Lambda functions on Arm.
    LambdaDurationArm,
    /// Ingestion of the access log into CloudWatch Logs.
    LogsIngestion,
    /// Storage of a log in CloudWatch Logs, for a month.
    LogsStorage,
    /// Ingestion of the access log by Data Firehose, each record rounded up to 5 KB.
    FirehoseIngestion,
    /// Requests that a web ACL of WAF looked at.
    WafRequests,
    /// Web ACLs, for a month.
    WafAcls,
    /// Rules of web ACLs, for a month.
    WafRules,
    /// Traces that X-Ray recorded.
    XrayTraces,
    /// Detailed metrics, each a custom metric of CloudWatch for a month.
    DetailedMetrics,
    /// Users that Cognito counts as active in a month: stated, because no log tells.
    CognitoUsers,
}

/// What is fixed of a meter.
struct Facts {
    name: &'static str,
    unit: &'static str,
    scale: Scale,
    usage_type: Option<&'static str>,
}

const fn facts(
    name: &'static str,
    unit: &'static str,
    scale: Scale,
    usage_type: Option<&'static str>,
) -> Facts {
    Facts { name, unit, scale, usage_type }
}

impl Meter {
    /// Every meter, in the order of bills.
    pub const ALL: [Meter; 31] = [
        Meter::RestRequests,
        Meter::HttpRequests,
        Meter::WebsocketMessages,
        Meter::WebsocketMinutes,
        Meter::CacheHours(CacheSize::Gb0_5),
        Meter::CacheHours(CacheSize::Gb1_6),
        Meter::CacheHours(CacheSize::Gb6_1),
        Meter::CacheHours(CacheSize::Gb13_5),
        Meter::CacheHours(CacheSize::Gb28_4),
        Meter::CacheHours(CacheSize::Gb58_2),
        Meter::CacheHours(CacheSize::Gb118),
        Meter::CacheHours(CacheSize::Gb237),
        Meter::InternetTransfer,
        Meter::PrivateEndpointHours,
        Meter::PrivateTransfer,
        Meter::CloudfrontTransfer,
        Meter::CloudfrontHttpsRequests,
        Meter::CloudfrontHttpRequests,
        Meter::CloudfrontOriginTransfer,
        Meter::LambdaRequests,
        Meter::LambdaDurationX86,
        Meter::LambdaDurationArm,
        Meter::LogsIngestion,
        Meter::LogsStorage,
        Meter::FirehoseIngestion,
        Meter::WafRequests,
        Meter::WafAcls,
        Meter::WafRules,
        Meter::XrayTraces,
        Meter::DetailedMetrics,
        Meter::CognitoUsers,
    ];

    const fn facts(self) -> Facts {
        use Scale::{BytesPerGb, MbMillisecondsPerGbSecond, One, SecondsPerHour};
        match self {
            Meter::RestRequests => facts("rest_requests", "requests", One, Some("ApiGatewayRequest")),
            Meter::HttpRequests => facts("http_requests", "requests", One, Some("ApiGatewayHttpRequest")),
            Meter::WebsocketMessages => {
                facts("websocket_messages", "messages", One, Some("ApiGatewayMessage"))
            }
            Meter::WebsocketMinutes => facts("websocket_minutes", "minutes", One, Some("ApiGatewayMinute")),
            Meter::CacheHours(size) => {
                facts(size.meter_name(), "hours", SecondsPerHour, Some(size.usage_type()))
            }
            Meter::InternetTransfer => {
                facts("internet_transfer", "GB", BytesPerGb, Some("DataTransfer-Out-Bytes"))
            }
            Meter::PrivateEndpointHours => facts("private_endpoint_hours", "hours", SecondsPerHour, None),
            Meter::PrivateTransfer => facts("private_transfer", "GB", BytesPerGb, None),
            Meter::CloudfrontTransfer => facts("cloudfront_transfer", "GB", BytesPerGb, None),
            Meter::CloudfrontHttpsRequests => facts("cloudfront_https_requests", "requests", One, None),
            Meter::CloudfrontHttpRequests => facts("cloudfront_http_requests", "requests", One, None),
            Meter::CloudfrontOriginTransfer => {
                facts("cloudfront_origin_transfer", "GB", BytesPerGb, Some("DataTransfer-Out-OBytes"))
            }
            Meter::LambdaRequests => facts("lambda_requests", "requests", One, None),
            Meter::LambdaDurationX86 => {
                facts("lambda_duration_x86", "GB-seconds", MbMillisecondsPerGbSecond, None)
            }
            Meter::LambdaDurationArm => {
                facts("lambda_duration_arm", "GB-seconds", MbMillisecondsPerGbSecond, None)
            }
            Meter::LogsIngestion => facts("logs_ingestion", "GB", BytesPerGb, Some("DataProcessing-Bytes")),
            Meter::LogsStorage => {
                facts("logs_storage", "GB-months", BytesPerGb, Some("TimedStorage-ByteHrs"))
            }
            Meter::FirehoseIngestion => facts("firehose_ingestion", "GB", BytesPerGb, None),
            Meter::WafRequests => facts("waf_requests", "requests", One, None),
            Meter::WafAcls => facts("waf_acls", "ACL-months", One, None),
            Meter::WafRules => facts("waf_rules", "rule-months", One, None),
            Meter::XrayTraces => facts("xray_traces", "traces", One, None),
            Meter::DetailedMetrics => facts("detailed_metrics", "metric-months", One, None),
            Meter::CognitoUsers => facts("cognito_users", "user-months", One, None),
        }
    }

    /// The name used in rate cards and reports.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The unit that rates and tier bounds are given in.
    pub const fn unit(self) -> &'static str {
        self.facts().unit
    }

    /// How base units (those that usage is counted in) become rate units.
    pub const fn scale(self) -> Scale {
        self.facts().scale
    }

    /// The usage type on AWS's bill without the region's prefix, where a source names it.
    pub const fn usage_type(self) -> Option<&'static str> {
        self.facts().usage_type
    }

    /// The meter that a kind of API counts its calls with.
    pub const fn of_calls(kind: ApiKind) -> Meter {
        match kind {
            ApiKind::Rest => Meter::RestRequests,
            ApiKind::Http => Meter::HttpRequests,
            ApiKind::WebSocket => Meter::WebsocketMessages,
        }
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no meter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown meter {typed:?}{hint}")]
pub struct UnknownMeter {
    typed: String,
    hint: String,
}

impl FromStr for Meter {
    type Err = UnknownMeter;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        Meter::ALL.into_iter().find(|meter| meter.name() == typed).ok_or_else(|| UnknownMeter {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, Meter::ALL.map(Meter::name)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for meter in Meter::ALL {
            assert_eq!(meter.name().parse(), Ok(meter));
        }
        let sorted = Meter::ALL.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(sorted, "the list is in the order of the variants");
        let error = "cache_hours_0.6gb".parse::<Meter>().unwrap_err().to_string();
        assert!(error.contains("did you mean \"cache_hours_"), "{error}");
    }
}
