//! The formats that AWS's console offers, by name, each in the variants in which it is printed.
//!
//! Sources: AWS's pages on access logging for REST and HTTP APIs; for WebSocket APIs, which have no
//! printed preset, the fields and their order in public log lines.

use std::fmt;
use std::str::FromStr;

use super::{Reader, Template, TemplateError};
use crate::model::ApiKind;
use crate::text::did_you_mean;

/// A format with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// JSON for REST APIs.
    RestJson,
    /// Common Log Format for REST APIs.
    RestClf,
    /// JSON for HTTP APIs.
    HttpJson,
    /// Common Log Format for HTTP APIs.
    HttpClf,
    /// JSON for WebSocket APIs.
    WebsocketJson,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 5] =
        [Preset::RestJson, Preset::RestClf, Preset::HttpJson, Preset::HttpClf, Preset::WebsocketJson];

    /// The name used in flags and files.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::RestJson => "rest-json",
            Preset::RestClf => "rest-clf",
            Preset::HttpJson => "http-json",
            Preset::HttpClf => "http-clf",
            Preset::WebsocketJson => "websocket-json",
        }
    }

    /// The kind of API that it is offered for.
    pub const fn kind(self) -> ApiKind {
        match self {
            Preset::RestJson | Preset::RestClf => ApiKind::Rest,
            Preset::HttpJson | Preset::HttpClf => ApiKind::Http,
            Preset::WebsocketJson => ApiKind::WebSocket,
        }
    }

    /// Its format strings: the current one first, then older or otherwise spaced ones.
    pub const fn formats(self) -> &'static [&'static str] {
        match self {
            Preset::RestJson => &[
                r#"{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}"#,
                r#"{ "requestId":"$context.requestId", "extendedRequestId":"$context.extendedRequestId","ip": "$context.identity.sourceIp", "caller":"$context.identity.caller", "user":"$context.identity.user", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod", "resourcePath":"$context.resourcePath", "status":"$context.status", "protocol":"$context.protocol", "responseLength":"$context.responseLength" }"#,
                r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}"#,
                r#"{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "caller":"$context.identity.caller", "user":"$context.identity.user", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod", "resourcePath":"$context.resourcePath", "status":"$context.status", "protocol":"$context.protocol", "responseLength":"$context.responseLength" }"#,
                r#"{"requestId": "$context.requestId","ip": "$context.identity.sourceIp","caller": "$context.identity.caller","user": "$context.identity.user","requestTime": "$context.requestTime","httpMethod": "$context.httpMethod","resourcePath": "$context.resourcePath","status": "$context.status","protocol": "$context.protocol","responseLength": "$context.responseLength"}"#,
            ],
            Preset::RestClf => &[
                r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId"#,
                r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId"#,
                r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime]"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId"#,
                r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime]"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId"#,
            ],
            Preset::HttpJson => &[
                r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}"#,
                r#"{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod","routeKey":"$context.routeKey", "status":"$context.status","protocol":"$context.protocol", "responseLength":"$context.responseLength" }"#,
                r#"{"requestId": "$context.requestId","ip": "$context.identity.sourceIp","requestTime": "$context.requestTime","httpMethod": "$context.httpMethod","routeKey": "$context.routeKey","status": "$context.status","protocol": "$context.protocol","responseLength": "$context.responseLength"}"#,
            ],
            Preset::HttpClf => &[
                r#"$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId"#,
                r#"$context.identity.sourceIp - - [$context.requestTime]"$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId"#,
            ],
            Preset::WebsocketJson => &[
                r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","eventType":"$context.eventType","routeKey":"$context.routeKey","status":"$context.status","connectionId":"$context.connectionId"}"#,
                r#"{"requestId": "$context.requestId","ip": "$context.identity.sourceIp","caller": "$context.identity.caller","user": "$context.identity.user","requestTime": "$context.requestTime","eventType": "$context.eventType","routeKey": "$context.routeKey","status": "$context.status","connectionId": "$context.connectionId"}"#,
            ],
        }
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
        formatter.write_str(self.name())
    }
}

/// A name that is no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown preset {typed:?}: expected rest-json, rest-clf, http-json, http-clf or websocket-json{hint}"
)]
pub struct UnknownPreset {
    typed: String,
    hint: String,
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        Preset::ALL.into_iter().find(|preset| preset.name() == typed).ok_or_else(|| UnknownPreset {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, Preset::ALL.map(Preset::name)),
        })
    }
}
