//! The `$context` variables that the demo can render, and which kinds of API have them.
//!
//! A name is looked up once for a whole format, not once for every request. To add a variable: a
//! [`Field`], its row in [`VARIABLES`], and its value in `request.rs`.

use super::plan::Kind;

/// A `$context` variable that a [`Request`](super::Request) can render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    pub(super) field: Field,
    kinds: u8,
}

impl Variable {
    /// Looks up a name as it stands after `$context.`, such as `identity.sourceIp`.
    ///
    /// `None` for a name that the demo does not know; the caller renders it as unset.
    #[must_use]
    pub fn resolve(name: &str) -> Option<Self> {
        VARIABLES.iter().find(|(known, ..)| *known == name).map(|&(_, field, kinds)| Self { field, kinds })
    }

    /// Whether APIs of this kind have the variable at all.
    pub(super) const fn exists_for(self, kind: Kind) -> bool {
        let kind = match kind {
            Kind::Rest => R,
            Kind::Http => H,
            Kind::WebSocket => W,
        };
        self.kinds & kind != 0
    }
}

/// What a variable means. Several names can mean one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    AccountId,
    ApiId,
    ApiKeyId,
    AuthorizerLatency,
    AuthorizerStatus,
    BasePath,
    Caller,
    CipherSuite,
    ConnectedAt,
    ConnectionId,
    DataProcessed,
    DeploymentId,
    DomainName,
    DomainPrefix,
    EndpointRequestId,
    ErrorMessage,
    ErrorMessageString,
    EventType,
    ExtendedRequestId,
    /// What the function returned.
    FunctionStatus,
    IntegrationError,
    IntegrationLatency,
    IntegrationRequestId,
    /// The Lambda service's status for REST and HTTP APIs, the function's for WebSocket.
    IntegrationStatus,
    IsCanaryRequest,
    MessageId,
    Method,
    Path,
    PrincipalId,
    Protocol,
    RequestId,
    RequestTime,
    RequestTimeEpoch,
    ResourcePath,
    ResponseLatency,
    ResponseLength,
    ResponseType,
    RouteKey,
    /// What the Lambda service returned.
    ServiceStatus,
    SourceIp,
    Stage,
    Status,
    TlsVersion,
    UserAgent,
    WafResponseCode,
    XrayTraceId,
}

const R: u8 = 1;
const H: u8 = 2;
const W: u8 = 4;
const RHW: u8 = R | H | W;

/// Every name, what it means and which kinds of API have it.
pub(super) const VARIABLES: &[(&str, Field, u8)] = &[
    ("accountId", Field::AccountId, R | H),
    ("apiId", Field::ApiId, RHW),
    ("authorizer.latency", Field::AuthorizerLatency, R | W),
    ("authorizer.principalId", Field::PrincipalId, RHW),
    ("authorizer.status", Field::AuthorizerStatus, R | W),
    ("awsEndpointRequestId", Field::EndpointRequestId, R | H),
    ("cipherSuite", Field::CipherSuite, R),
    ("connectedAt", Field::ConnectedAt, W),
    ("connectionId", Field::ConnectionId, W),
    ("customDomain.basePathMatched", Field::BasePath, R | H),
    ("dataProcessed", Field::DataProcessed, H),
    ("deploymentId", Field::DeploymentId, R),
    ("domainName", Field::DomainName, RHW),
    ("domainPrefix", Field::DomainPrefix, R | H),
    ("error.message", Field::ErrorMessage, RHW),
    ("error.messageString", Field::ErrorMessageString, RHW),
    ("error.responseType", Field::ResponseType, RHW),
    ("eventType", Field::EventType, W),
    ("extendedRequestId", Field::ExtendedRequestId, RHW),
    ("httpMethod", Field::Method, R | H),
    ("identity.apiKeyId", Field::ApiKeyId, R | W),
    ("identity.caller", Field::Caller, RHW),
    ("identity.sourceIp", Field::SourceIp, RHW),
    ("identity.user", Field::Caller, RHW),
    ("identity.userAgent", Field::UserAgent, RHW),
    ("integration.error", Field::IntegrationError, RHW),
    ("integration.integrationStatus", Field::ServiceStatus, RHW),
    ("integration.latency", Field::IntegrationLatency, RHW),
    ("integration.requestId", Field::IntegrationRequestId, RHW),
    ("integration.status", Field::FunctionStatus, RHW),
    ("integrationErrorMessage", Field::IntegrationError, RHW),
    ("integrationLatency", Field::IntegrationLatency, RHW),
    ("integrationStatus", Field::IntegrationStatus, RHW),
    ("isCanaryRequest", Field::IsCanaryRequest, R),
    ("messageId", Field::MessageId, W),
    ("path", Field::Path, R | H),
    ("protocol", Field::Protocol, R | H),
    ("requestId", Field::RequestId, RHW),
    ("requestTime", Field::RequestTime, RHW),
    ("requestTimeEpoch", Field::RequestTimeEpoch, RHW),
    ("resourcePath", Field::ResourcePath, R),
    ("responseLatency", Field::ResponseLatency, R | H),
    ("responseLength", Field::ResponseLength, R | H),
    ("routeKey", Field::RouteKey, H | W),
    ("stage", Field::Stage, RHW),
    ("status", Field::Status, RHW),
    ("tlsVersion", Field::TlsVersion, R),
    ("wafResponseCode", Field::WafResponseCode, R),
    ("xrayTraceId", Field::XrayTraceId, R),
];
