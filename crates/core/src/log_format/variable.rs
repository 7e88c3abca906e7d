//! Every `$context` variable of the three API kinds: what it may hold and whether it is kept.
//!
//! Source: AWS's lists of access-logging variables for REST, HTTP and WebSocket APIs, and AWS's
//! later announcements. To keep another one, give it a target here and a column in the lake.

use super::field::{IntegerField, TextField};
use crate::model::ApiKind;

/// The texts that a variable can render to, beside a bare `-` when it is unset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Anything, separators included.
    Free,
    /// An id, a name or a method: no white space, quote, comma, bar, semicolon or angle bracket.
    Token,
    /// Who signed a request: no white space, no quote. Session names may hold commas.
    Caller,
    /// A host name or address: no white space, quote, slash or comma.
    Host,
    /// Begins with a slash; no white space.
    Path,
    /// `GET /pets/{id}`, `$default`, or whatever a WebSocket API's route is called.
    RouteKey,
    /// A decimal integer.
    Integer,
    /// Milliseconds of Unix time.
    EpochMs,
    /// `17/Oct/2026:10:05:03 +0000`.
    ClfTime,
    /// Free text that brings its own quotes.
    QuotedFree,
}

/// Where a variable's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Kept as text.
    Text(TextField),
    /// Kept as an integer.
    Integer(IntegerField),
    /// Matched and forgotten.
    Dropped,
    /// Not known: matched as opaque text and forgotten.
    Unknown,
}

/// One variable.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// The name without `$context.`.
    pub name: &'static str,
    /// `R`, `H`, `W`: the kinds of API that offer it.
    kinds: &'static str,
    /// What it may hold.
    pub class: Class,
    /// Where it goes.
    pub target: Target,
}

impl Variable {
    /// Whether a kind of API offers the variable.
    pub fn offered_by(&self, kind: ApiKind) -> bool {
        self.kinds.contains(match kind {
            ApiKind::Rest => 'R',
            ApiKind::Http => 'H',
            ApiKind::WebSocket => 'W',
        })
    }
}

/// The variable of that name (without `$context.`), if AWS has one.
///
/// `authorizer.X`, `authorizer.claims.X`, `requestOverride.X` and `responseOverride.X` take any X.
pub fn lookup(name: &str) -> Option<&'static Variable> {
    if let Some(variable) = VARIABLES.iter().find(|variable| variable.name == name) {
        return Some(variable);
    }
    OPEN_ENDED.iter().find(|variable| name.len() > variable.name.len() && name.starts_with(variable.name))
}

/// Every name that [`lookup`] knows exactly.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().map(|variable| variable.name)
}

const fn text(name: &'static str, kinds: &'static str, class: Class, field: TextField) -> Variable {
    Variable { name, kinds, class, target: Target::Text(field) }
}

const fn integer(name: &'static str, kinds: &'static str, field: IntegerField) -> Variable {
    Variable { name, kinds, class: Class::Integer, target: Target::Integer(field) }
}

const fn dropped(name: &'static str, kinds: &'static str, class: Class) -> Variable {
    Variable { name, kinds, class, target: Target::Dropped }
}

const OPEN_ENDED: &[Variable] = &[
    dropped("authorizer.", "RHW", Class::Free),
    dropped("requestOverride.", "R", Class::Free),
    dropped("responseOverride.", "R", Class::Free),
];

use Class::{Caller, ClfTime, EpochMs, Free, Host, Integer, Path, QuotedFree, RouteKey, Token};
use {IntegerField as I, TextField as T};

const VARIABLES: &[Variable] = &[
    text("accountId", "RH", Token, T::AccountId),
    text("apiId", "RHW", Token, T::ApiId),
    dropped("authenticate.error", "RW", Free),
    dropped("authenticate.latency", "RW", Integer),
    dropped("authenticate.status", "RW", Integer),
    dropped("authorize.error", "RW", Free),
    dropped("authorize.latency", "RW", Integer),
    dropped("authorize.status", "RW", Integer),
    dropped("authorizer.error", "RHW", Free),
    integer("authorizer.latency", "RHW", I::AuthorizerLatency),
    integer("authorizer.integrationLatency", "RW", I::AuthorizerLatency),
    dropped("authorizer.integrationStatus", "RW", Integer),
    text("authorizer.principalId", "RHW", Free, T::PrincipalId),
    dropped("authorizer.requestId", "RW", Token),
    integer("authorizer.status", "RHW", I::AuthorizerStatus),
    dropped("awsEndpointRequestId", "RHW", Token),
    dropped("awsEndpointRequestId2", "H", Token),
    dropped("cipherSuite", "R", Token),
    Variable { name: "connectedAt", kinds: "W", class: EpochMs, target: Target::Integer(I::ConnectedAtMs) },
    text("connectionId", "W", Token, T::ConnectionId),
    text("customDomain.basePathMatched", "RH", Token, T::BasePathMatched),
    dropped("customDomain.routingRuleIdMatched", "R", Token),
    integer("dataProcessed", "H", I::DataProcessed),
    text("deploymentId", "R", Token, T::DeploymentId),
    text("domainName", "RHW", Host, T::DomainName),
    dropped("domainPrefix", "RH", Host),
    dropped("error.message", "RHW", Free),
    dropped("error.messageString", "RHW", QuotedFree),
    text("error.responseType", "RHW", Token, T::ResponseType),
    dropped("error.validationErrorString", "RW", Free),
    text("eventType", "W", Token, T::EventType),
    text("extendedRequestId", "RHW", Token, T::ExtendedRequestId),
    text("httpMethod", "RH", Token, T::HttpMethod),
    dropped("identity.accountId", "RHW", Token),
    // A secret: it is matched so that the rest of the line can be read, and goes nowhere.
    dropped("identity.apiKey", "RW", Token),
    text("identity.apiKeyId", "RW", Token, T::ApiKeyId),
    dropped("identity.caller", "RHW", Caller),
    dropped("identity.clientCert.clientCertPem", "RH", Free),
    dropped("identity.clientCert.issuerDN", "RH", Free),
    dropped("identity.clientCert.serialNumber", "RH", Token),
    dropped("identity.clientCert.subjectDN", "RH", Free),
    dropped("identity.clientCert.validity.notAfter", "RH", Free),
    dropped("identity.clientCert.validity.notBefore", "RH", Free),
    dropped("identity.cognitoAuthenticationProvider", "RHW", Free),
    dropped("identity.cognitoAuthenticationType", "RHW", Token),
    dropped("identity.cognitoIdentityId", "RHW", Token),
    dropped("identity.cognitoIdentityPoolId", "RHW", Token),
    dropped("identity.principalOrgId", "RHW", Token),
    text("identity.sourceIp", "RHW", Host, T::SourceIp),
    dropped("identity.user", "RHW", Caller),
    text("identity.userAgent", "RHW", Free, T::UserAgent),
    dropped("identity.userArn", "RHW", Free),
    text("identity.vpceId", "R", Token, T::VpceId),
    dropped("identity.vpcId", "R", Token),
    dropped("integration.error", "RHW", Free),
    integer("integration.integrationStatus", "RHW", I::IntegrationStatus),
    integer("integration.latency", "RHW", I::IntegrationLatency),
    dropped("integration.requestId", "RHW", Token),
    text("integration.responseTransferMode", "R", Token, T::ResponseTransferMode),
    integer("integration.status", "RHW", I::BackendStatus),
    dropped("integration.timeToAllHeaders", "R", Integer),
    dropped("integration.timeToFirstContent", "R", Integer),
    dropped("integrationErrorMessage", "RHW", Free),
    integer("integrationLatency", "RHW", I::IntegrationLatency),
    integer("integrationStatus", "RHW", I::IntegrationStatus),
    text("isCanaryRequest", "R", Token, T::IsCanaryRequest),
    text("messageId", "W", Token, T::MessageId),
    text("path", "RH", Path, T::Path),
    dropped("protocol", "RH", Token),
    text("requestId", "RHW", Token, T::RequestId),
    integer("requestLength", "RH", I::RequestLength),
    Variable { name: "requestTime", kinds: "RHW", class: ClfTime, target: Target::Integer(I::TimeClfMs) },
    Variable {
        name: "requestTimeEpoch",
        kinds: "RHW",
        class: EpochMs,
        target: Target::Integer(I::TimeEpochMs),
    },
    dropped("resourceId", "R", Token),
    text("resourcePath", "R", Path, T::ResourcePath),
    integer("responseLatency", "RH", I::ResponseLatency),
    integer("responseLength", "RH", I::ResponseLength),
    text("routeKey", "HW", RouteKey, T::RouteKey),
    text("stage", "RHW", Token, T::Stage),
    integer("status", "RHW", I::Status),
    dropped("tlsVersion", "R", Token),
    dropped("waf.error", "RW", Free),
    dropped("waf.latency", "RW", Integer),
    dropped("waf.status", "RW", Integer),
    text("wafResponseCode", "R", Token, T::WafResponseCode),
    dropped("webaclArn", "R", Free),
    dropped("xrayTraceId", "R", Token),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_open_ended_ones_are_found() {
        let mut seen = std::collections::HashSet::new();
        for name in names() {
            assert!(seen.insert(name), "{name} is listed twice");
        }
        assert_eq!(lookup("authorizer.claims.sub").map(|variable| variable.target), Some(Target::Dropped));
        assert_eq!(lookup("authorizer.principalId").map(|variable| variable.class), Some(Class::Free));
        assert!(lookup("authorizer.").is_none());
        assert!(lookup("requestid").is_none());
    }

    #[test]
    fn an_api_key_value_is_never_kept() {
        assert_eq!(lookup("identity.apiKey").map(|variable| variable.target), Some(Target::Dropped));
    }
}
