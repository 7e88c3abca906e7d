//! One generated request, and the text of its `$context` variables.
//!
//! A request holds the few numbers that were drawn for it. Ids, addresses and paths are derived
//! from them only when a format asks, so what a format leaves out costs nothing.

use super::client::Client;
use super::outcome::{GatewayResponse, Outcome};
use super::plan::{API_KEYS, Api, Kind};
use super::rng::{hash, mix, pick, scale};
use super::routes::{Guard, Ids, Route};
use super::text::{
    number, push_base36, push_hex, push_log_time, push_number, push_text, push_uuid, short_id, signed, text,
    uuid,
};
use super::variable::{Field, Variable};
use super::websocket::Connection;

/// What scanners ask for.
const PROBES: [&str; 8] = [
    "/.env",
    "/wp-login.php",
    "/.git/config",
    "/admin.php",
    "/xmlrpc.php",
    "/phpinfo.php",
    "/actuator/health",
    "/.aws/config",
];
/// What old clients ask for.
const GONE: [&str; 4] = ["/v0/sessions", "/favicon.ico", "/robots.txt", "/v0/users"];

/// One request (WebSocket: one event) as its access log would know it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub(super) api: &'a Api,
    /// UTC epoch ms.
    pub(super) time_ms: i64,
    /// Every request has another; all ids come from it.
    pub(super) id: u64,
    pub(super) client: Client,
    /// `None` when the request named nothing that the API has.
    pub(super) route: Option<&'static Route>,
    pub(super) outcome: Outcome,
    /// Which of the route's objects the path names.
    pub(super) object: u64,
    /// The place in [`API_KEYS`] of a key that the gateway knows.
    pub(super) key: Option<usize>,
    /// `None` when the integration was not called.
    pub(super) integration_ms: Option<u64>,
    /// What the gateway adds to that, in ms: at least 2.
    pub(super) overhead_ms: u64,
    /// Bytes of the request, headers included.
    pub(super) request_bytes: u64,
    /// Bytes of the response's body.
    pub(super) response_bytes: u64,
    /// WebSocket: the connection, unless the request never became one.
    pub(super) connection: Option<Connection>,
}

/// What a request derives from its id besides the id itself.
#[derive(Clone, Copy)]
enum Trait {
    AuthorizerTime = 1,
    Canary,
    EndpointRequestId,
    FailureCause,
    IntegrationRequestId,
    LostPath,
    MessageId,
    TraceEnd,
    TraceStart,
}

impl Request<'_> {
    /// When the request started, UTC epoch ms.
    #[must_use]
    pub const fn time_ms(&self) -> i64 {
        self.time_ms
    }

    /// Appends the variable's value as API Gateway renders it, and returns true; appends nothing
    /// and returns false when the variable is unset for this request.
    ///
    /// Values are not escaped for JSON and need not be: none has a quote or a backslash, except
    /// `error.messageString`, which brings its own quotes.
    pub fn write(&self, variable: Variable, out: &mut Vec<u8>) -> bool {
        if !variable.exists_for(self.api.kind) {
            return false;
        }
        match variable.field {
            Field::AccountId => text(out, self.api.account),
            Field::ApiId => text(out, self.api.api_id),
            Field::ApiKeyId => text(out, self.key.map(|key| API_KEYS[key])),
            Field::AuthorizerLatency => number(out, self.authorizer_ms()),
            Field::AuthorizerStatus => number(out, self.authorizer_status().map(u64::from)),
            Field::BasePath => text(out, self.api.custom_domain.map(|_| "(none)")),
            Field::Caller => self.write_caller(out),
            Field::CipherSuite => text(out, self.cipher_suite()),
            Field::ConnectedAt => signed(out, self.connection.map(|it| it.connected_at)),
            Field::ConnectionId => short_id(out, self.connection.map(|it| mix(it.id))),
            Field::DataProcessed => number(out, self.request_bytes + self.response_bytes),
            Field::DeploymentId => self.write_deployment_id(out),
            Field::DomainName => self.write_domain_name(out),
            Field::DomainPrefix => text(out, self.domain_prefix()),
            Field::EndpointRequestId => {
                uuid(out, self.integration_ms.map(|_| self.bits(Trait::EndpointRequestId)))
            }
            Field::ErrorMessage => text(out, self.gateway().map(GatewayResponse::message)),
            Field::ErrorMessageString => self.write_quoted_message(out),
            Field::EventType => text(out, self.route.map(|route| route.method)),
            Field::ExtendedRequestId => short_id(out, self.id),
            Field::FunctionStatus => number(out, self.function_status().map(u64::from)),
            Field::IntegrationError => text(out, self.gateway().and_then(GatewayResponse::integration_error)),
            Field::IntegrationLatency => number(out, self.integration_ms),
            Field::IntegrationRequestId => {
                uuid(out, self.service_status().map(|_| self.bits(Trait::IntegrationRequestId)))
            }
            Field::IntegrationStatus if self.api.kind == Kind::WebSocket => {
                number(out, self.function_status().map(u64::from))
            }
            Field::IntegrationStatus | Field::ServiceStatus => {
                number(out, self.service_status().map(u64::from))
            }
            Field::IsCanaryRequest => text(out, self.is_canary()),
            Field::MessageId => short_id(out, self.is_message().then(|| self.bits(Trait::MessageId))),
            Field::Method => text(out, self.method()),
            Field::Path => self.write_path(out),
            Field::PrincipalId => self.write_principal(out),
            Field::Protocol => text(out, "HTTP/1.1"),
            Field::RequestId if self.api.kind == Kind::Rest => uuid(out, self.id),
            // HTTP and WebSocket APIs have one id only, the short one.
            Field::RequestId => short_id(out, self.id),
            Field::RequestTime => {
                push_log_time(out, self.time_ms);
                true
            }
            Field::RequestTimeEpoch => signed(out, self.time_ms),
            Field::ResourcePath => text(out, self.route.map(|route| route.resource)),
            Field::ResponseLatency => number(out, self.integration_ms.unwrap_or(0) + self.overhead_ms),
            Field::ResponseLength => number(out, self.response_bytes),
            Field::ResponseType => text(out, self.gateway().map(GatewayResponse::name)),
            Field::RouteKey => self.write_route_key(out),
            Field::SourceIp => {
                self.client.push_address(out);
                true
            }
            Field::Stage => text(out, self.api.stage),
            Field::Status => number(out, u64::from(self.outcome.status())),
            Field::TlsVersion => text(out, self.tls_version()),
            Field::UserAgent => text(out, self.client.agent()),
            Field::WafResponseCode => text(out, self.waf_response_code()),
            Field::XrayTraceId => self.write_trace_id(out),
        }
    }

    const fn gateway(&self) -> Option<GatewayResponse> {
        self.outcome.gateway()
    }

    /// Random bits of this request's own, others for each trait.
    const fn bits(&self, what: Trait) -> u64 {
        mix(self.id ^ ((what as u64) << 48))
    }

    fn is_message(&self) -> bool {
        self.route.is_some_and(|route| route.method == "MESSAGE")
    }

    fn authorizer_status(&self) -> Option<u16> {
        let guarded = matches!(self.route?.guard, Guard::Token);
        let status = self.gateway().map_or(Some(200), GatewayResponse::authorizer_status);
        status.filter(|_| guarded)
    }

    /// Part of the gateway's own time.
    fn authorizer_ms(&self) -> Option<u64> {
        self.authorizer_status().map(|_| 1 + scale(self.bits(Trait::AuthorizerTime), self.overhead_ms - 1))
    }

    fn cipher_suite(&self) -> &'static str {
        match (self.client.is_modern(), self.client.own_number(2)) {
            (true, 0) => "TLS_AES_256_GCM_SHA384",
            (true, _) => "TLS_AES_128_GCM_SHA256",
            (false, _) => "ECDHE-RSA-AES128-GCM-SHA256",
        }
    }

    const fn tls_version(&self) -> &'static str {
        if self.client.is_modern() { "TLSv1.3" } else { "TLSv1.2" }
    }

    fn domain_prefix(&self) -> &'static str {
        let label = self.api.custom_domain.and_then(|domain| domain.split('.').next());
        label.unwrap_or(self.api.api_id)
    }

    /// What the function returned.
    fn function_status(&self) -> Option<u16> {
        match self.outcome {
            Outcome::Backend(status) => self.integration_ms.map(|_| status),
            Outcome::Gateway(_) => None,
        }
    }

    /// What the Lambda service returned; nothing when the gateway gave up waiting.
    fn service_status(&self) -> Option<u16> {
        self.integration_ms?;
        match self.outcome {
            Outcome::Gateway(GatewayResponse::IntegrationTimeout) => None,
            // Either the function crashed, or the service had no room for it.
            Outcome::Gateway(GatewayResponse::IntegrationFailure)
                if self.bits(Trait::FailureCause).is_multiple_of(2) =>
            {
                Some(429)
            }
            _ => Some(200),
        }
    }

    fn is_canary(&self) -> Option<&'static str> {
        let canary = scale(self.bits(Trait::Canary), 20) == 0;
        self.api.features.canary.then_some(if canary { "true" } else { "false" })
    }

    fn method(&self) -> &'static str {
        match self.route {
            Some(route) => route.method,
            None if self.lost_path() == "/xmlrpc.php" => "POST",
            None => "GET",
        }
    }

    /// What was asked for when it was nothing that the API has.
    fn lost_path(&self) -> &'static str {
        let bits = self.bits(Trait::LostPath);
        match self.gateway() {
            Some(GatewayResponse::ResourceNotFound) => pick(bits, &GONE),
            _ => pick(bits, &PROBES),
        }
    }

    fn waf_response_code(&self) -> Option<&'static str> {
        let blocked = self.gateway() == Some(GatewayResponse::WafFiltered);
        self.api.features.waf.then_some(if blocked { "WAF_BLOCK" } else { "WAF_ALLOW" })
    }

    fn write_caller(&self, out: &mut Vec<u8>) -> bool {
        let signed = self.route.is_some_and(|route| matches!(route.guard, Guard::Iam));
        if !signed || !self.gateway().is_none_or(GatewayResponse::knows_caller) {
            return false;
        }
        push_text(out, "AIDAEXAMPLE");
        number(out, 1_000_000_000 + self.client.own_number(40))
    }

    /// A new deployment every six days.
    fn write_deployment_id(&self, out: &mut Vec<u8>) -> bool {
        let deployment = self.time_ms.div_euclid(6 * 86_400_000).cast_unsigned();
        push_base36(out, mix(hash(self.api.api_id) ^ hash(self.api.stage) ^ deployment), 6);
        true
    }

    fn write_domain_name(&self, out: &mut Vec<u8>) -> bool {
        if let Some(domain) = self.api.custom_domain {
            return text(out, domain);
        }
        push_text(out, self.api.api_id);
        push_text(out, ".execute-api.");
        push_text(out, self.api.region);
        text(out, ".amazonaws.com")
    }

    fn write_quoted_message(&self, out: &mut Vec<u8>) -> bool {
        let Some(response) = self.gateway() else {
            return false;
        };
        out.push(b'"');
        push_text(out, response.message());
        out.push(b'"');
        true
    }

    fn write_path(&self, out: &mut Vec<u8>) -> bool {
        if self.api.stage != "$default" {
            out.push(b'/');
            push_text(out, self.api.stage);
        }
        let Some(route) = self.route else {
            return text(out, self.lost_path());
        };
        let mut rest = route.path;
        let mut first = true;
        while let Some((literal, tail)) = rest.split_once('{') {
            let (name, after) = tail.split_once('}').unwrap_or((tail, ""));
            push_text(out, literal);
            // An order has the same id wherever it is named, and no cart shares it.
            let object = self.object ^ hash(name);
            match route.ids {
                Some(Ids::Uuid(_)) if first => push_uuid(out, object),
                Some(Ids::Hex(_)) if first => {
                    push_hex(out, mix(object), 16);
                    push_hex(out, mix(!object), 8);
                }
                _ if first => push_number(out, 1_000 + self.object),
                // A second parameter is a place within the first one's object.
                _ => push_number(out, 1 + self.object % 9),
            }
            first = false;
            rest = after;
        }
        text(out, rest)
    }

    /// Whom the token was issued to.
    fn write_principal(&self, out: &mut Vec<u8>) -> bool {
        // Messages of a connection keep the principal that opened it.
        let accepted = match self.connection {
            Some(_) if self.route.is_some_and(|route| route.method != "CONNECT") => true,
            _ => self.authorizer_status() == Some(200),
        };
        if accepted {
            push_text(out, "user-");
            push_hex(out, self.client.own_number(u64::MAX), 12);
        }
        accepted
    }

    fn write_route_key(&self, out: &mut Vec<u8>) -> bool {
        let Some(route) = self.route else {
            return false;
        };
        if self.api.kind == Kind::Http && route.resource != "$default" {
            push_text(out, route.method);
            out.push(b' ');
        }
        text(out, route.resource)
    }

    fn write_trace_id(&self, out: &mut Vec<u8>) -> bool {
        if !self.api.features.tracing {
            return false;
        }
        push_text(out, "1-");
        push_hex(out, self.time_ms.div_euclid(1_000).cast_unsigned(), 8);
        out.push(b'-');
        push_hex(out, self.bits(Trait::TraceStart), 16);
        push_hex(out, self.bits(Trait::TraceEnd), 8);
        true
    }
}
