//! Formats by name: those of AWS's console, each in the variants in which it is printed, and the
//! defaults of widely used frameworks and log tools.
//!
//! Sources: AWS's pages on access logging for REST and HTTP APIs; for WebSocket APIs, which have no
//! printed preset, the fields and their order in public log lines; the frameworks' own sources.

use std::fmt;
use std::str::FromStr;

use super::{Reader, Template, TemplateError};
use crate::model::ApiKind;
use crate::text::did_you_mean;

/// A format with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    name: &'static str,
    kind: ApiKind,
    formats: &'static [&'static str],
}

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 20] = PRESETS;

    /// The name used in flags and files.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The kind of API that it is for.
    pub const fn kind(self) -> ApiKind {
        self.kind
    }

    /// Its format strings: those with more variables first, then older or otherwise spaced ones.
    pub const fn formats(self) -> &'static [&'static str] {
        self.formats
    }

    /// A reader of all its variants.
    ///
    /// # Errors
    /// Never in practice: a test holds every format to its syntax.
    pub fn reader(self) -> Result<Reader, TemplateError> {
        let templates =
            self.formats().iter().map(|format| Template::parse(format)).collect::<Result<Vec<_>, _>>()?;
        Ok(Reader::of_variants(&templates))
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// A name that is no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown preset {typed:?}: expected {}{hint}", Preset::ALL.map(Preset::name).join(", "))]
pub struct UnknownPreset {
    typed: String,
    hint: String,
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        Preset::ALL.into_iter().find(|preset| preset.name == typed).ok_or_else(|| UnknownPreset {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, Preset::ALL.map(Preset::name)),
        })
    }
}

const PRESETS: [Preset; 20] = [
    Preset {
        name: "rest-json",
        kind: ApiKind::Rest,
        formats: &[
            r#"{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}"#,
            r#"{ "requestId":"$context.requestId", "extendedRequestId":"$context.extendedRequestId","ip": "$context.identity.sourceIp", "caller":"$context.identity.caller", "user":"$context.identity.user", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod", "resourcePath":"$context.resourcePath", "status":"$context.status", "protocol":"$context.protocol", "responseLength":"$context.responseLength" }"#,
            r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}"#,
            r#"{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "caller":"$context.identity.caller", "user":"$context.identity.user", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod", "resourcePath":"$context.resourcePath", "status":"$context.status", "protocol":"$context.protocol", "responseLength":"$context.responseLength" }"#,
            r#"{"requestId": "$context.requestId","ip": "$context.identity.sourceIp","caller": "$context.identity.caller","user": "$context.identity.user","requestTime": "$context.requestTime","httpMethod": "$context.httpMethod","resourcePath": "$context.resourcePath","status": "$context.status","protocol": "$context.protocol","responseLength": "$context.responseLength"}"#,
        ],
    },
    Preset {
        name: "rest-clf",
        kind: ApiKind::Rest,
        formats: &[
            r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId"#,
            r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId"#,
            r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime]"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId"#,
            r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime]"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId"#,
        ],
    },
    Preset {
        name: "rest-xml",
        kind: ApiKind::Rest,
        formats: &[
            r#"<request id="$context.requestId"> <extendedRequestId>$context.extendedRequestId</extendedRequestId> <ip>$context.identity.sourceIp</ip> <caller>$context.identity.caller</caller> <user>$context.identity.user</user> <requestTime>$context.requestTime</requestTime> <httpMethod>$context.httpMethod</httpMethod> <resourcePath>$context.resourcePath</resourcePath> <status>$context.status</status> <protocol>$context.protocol</protocol> <responseLength>$context.responseLength</responseLength> </request>"#,
            r#"<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <caller>$context.identity.caller</caller> <user>$context.identity.user</user> <requestTime>$context.requestTime</requestTime> <httpMethod>$context.httpMethod</httpMethod> <resourcePath>$context.resourcePath</resourcePath> <status>$context.status</status> <protocol>$context.protocol</protocol> <responseLength>$context.responseLength</responseLength> </request>"#,
        ],
    },
    Preset {
        name: "rest-csv",
        kind: ApiKind::Rest,
        formats: &[
            r#"$context.identity.sourceIp,$context.identity.caller,$context.identity.user,$context.requestTime,$context.httpMethod,$context.resourcePath,$context.protocol,$context.status,$context.responseLength,$context.requestId,$context.extendedRequestId"#,
            r#"$context.identity.sourceIp,$context.identity.caller,$context.identity.user,$context.requestTime,$context.httpMethod,$context.resourcePath,$context.protocol,$context.status,$context.responseLength,$context.requestId"#,
        ],
    },
    Preset {
        name: "http-json",
        kind: ApiKind::Http,
        formats: &[
            r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}"#,
            r#"{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod","routeKey":"$context.routeKey", "status":"$context.status","protocol":"$context.protocol", "responseLength":"$context.responseLength" }"#,
            r#"{"requestId": "$context.requestId","ip": "$context.identity.sourceIp","requestTime": "$context.requestTime","httpMethod": "$context.httpMethod","routeKey": "$context.routeKey","status": "$context.status","protocol": "$context.protocol","responseLength": "$context.responseLength"}"#,
        ],
    },
    Preset {
        name: "http-clf",
        kind: ApiKind::Http,
        formats: &[
            r#"$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId"#,
            r#"$context.identity.sourceIp - - [$context.requestTime]"$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId"#,
        ],
    },
    Preset {
        name: "http-xml",
        kind: ApiKind::Http,
        formats: &[
            r#"<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <requestTime>$context.requestTime</requestTime> <httpMethod>$context.httpMethod</httpMethod> <routeKey>$context.routeKey</routeKey> <status>$context.status</status> <protocol>$context.protocol</protocol> <responseLength>$context.responseLength</responseLength> </request>"#,
        ],
    },
    Preset {
        name: "http-csv",
        kind: ApiKind::Http,
        formats: &[
            r#"$context.identity.sourceIp,$context.requestTime,$context.httpMethod,$context.routeKey,$context.protocol,$context.status,$context.responseLength,$context.requestId"#,
        ],
    },
    Preset {
        name: "websocket-json",
        kind: ApiKind::WebSocket,
        formats: &[
            r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","eventType":"$context.eventType","routeKey":"$context.routeKey","status":"$context.status","connectionId":"$context.connectionId"}"#,
            r#"{"requestId": "$context.requestId","ip": "$context.identity.sourceIp","caller": "$context.identity.caller","user": "$context.identity.user","requestTime": "$context.requestTime","eventType": "$context.eventType","routeKey": "$context.routeKey","status": "$context.status","connectionId": "$context.connectionId"}"#,
        ],
    },
    Preset {
        name: "cdk-rest",
        kind: ApiKind::Rest,
        formats: &[
            r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","user":"$context.identity.user","caller":"$context.identity.caller","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}"#,
        ],
    },
    Preset {
        name: "serverless-rest",
        kind: ApiKind::Rest,
        formats: &[
            r#"requestId: $context.requestId, ip: $context.identity.sourceIp, caller: $context.identity.caller, user: $context.identity.user, requestTime: $context.requestTime, httpMethod: $context.httpMethod, resourcePath: $context.resourcePath, status: $context.status, protocol: $context.protocol, responseLength: $context.responseLength"#,
        ],
    },
    Preset {
        name: "serverless-http",
        kind: ApiKind::Http,
        formats: &[
            r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}"#,
        ],
    },
    Preset {
        name: "serverless-websocket",
        kind: ApiKind::WebSocket,
        formats: &[
            r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.eventType $context.routeKey $context.connectionId" $context.requestId"#,
        ],
    },
    Preset {
        name: "sst-rest",
        kind: ApiKind::Rest,
        formats: &[
            r#"{"requestTime":"$context.requestTime","requestId":"$context.requestId","httpMethod":"$context.httpMethod","path":"$context.path","resourcePath":"$context.resourcePath","status":$context.status,"responseLatency":$context.responseLatency,"xrayTraceId":"$context.xrayTraceId","integrationRequestId":"$context.integration.requestId","functionResponseStatus":"$context.integration.status","integrationLatency":"$context.integration.latency","integrationServiceStatus":"$context.integration.integrationStatus","ip":"$context.identity.sourceIp","userAgent":"$context.identity.userAgent","principalId":"$context.authorizer.principalId"}"#,
        ],
    },
    Preset {
        name: "sst-http",
        kind: ApiKind::Http,
        formats: &[
            r#"{"requestTime":"\"$context.requestTime\"","requestId":"\"$context.requestId\"","httpMethod":"\"$context.httpMethod\"","path":"\"$context.path\"","routeKey":"\"$context.routeKey\"","status":"$context.status","responseLatency":"$context.responseLatency","integrationRequestId":"\"$context.integration.requestId\"","integrationStatus":"\"$context.integration.status\"","integrationLatency":"\"$context.integration.latency\"","integrationServiceStatus":"\"$context.integration.integrationStatus\"","ip":"\"$context.identity.sourceIp\"","userAgent":"\"$context.identity.userAgent\""}"#,
        ],
    },
    Preset {
        name: "terraform-http",
        kind: ApiKind::Http,
        formats: &[
            r#"{"context":{"domainName":"$context.domainName","error":{"message":"$context.error.message","responseType":"$context.error.responseType"},"identity":{"sourceIP":"$context.identity.sourceIp"},"integration":{"error":"$context.integration.error","integrationStatus":"$context.integration.integrationStatus"},"integrationErrorMessage":"$context.integrationErrorMessage","protocol":"$context.protocol","requestId":"$context.requestId","requestTime":"$context.requestTime","responseLength":"$context.responseLength","routeKey":"$context.routeKey","stage":"$context.stage","status":"$context.status"}}"#,
        ],
    },
    Preset {
        name: "datadog-rest",
        kind: ApiKind::Rest,
        formats: &[
            r#"{"apiId":"$context.apiId","stage":"$context.stage","requestId":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":$context.requestTimeEpoch,"httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":$context.status,"protocol":"$context.protocol","responseLength":$context.responseLength}"#,
        ],
    },
    Preset {
        name: "elastic-rest",
        kind: ApiKind::Rest,
        formats: &[
            r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength","stage":"$context.stage","apiId":"$context.apiId","domainName":"$context.domainName"}"#,
        ],
    },
    Preset {
        name: "elastic-http",
        kind: ApiKind::Http,
        formats: &[
            r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength","stage":"$context.stage","apiId":"$context.apiId","domainName":"$context.domainName"}"#,
        ],
    },
    Preset {
        name: "elastic-websocket",
        kind: ApiKind::WebSocket,
        formats: &[
            r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","eventType":"$context.eventType","routeKey":"$context.routeKey","status":"$context.status","connectionId":"$context.connectionId","apiId":"$context.apiId","stage":"$context.stage","domainName":"$context.domainName"}"#,
        ],
    },
];
