//! The values that gwcost keeps of a line. Other variables are recognised, matched and dropped.

/// A value kept as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum TextField {
    /// Twelve digits, the owner of the API.
    AccountId,
    /// The API's id.
    ApiId,
    /// The stage's name.
    Stage,
    /// The host that the caller asked.
    DomainName,
    /// A client of a REST API can choose it, so it identifies nothing by itself.
    RequestId,
    /// Chosen by API Gateway.
    ExtendedRequestId,
    /// The HTTP method.
    HttpMethod,
    /// The path without the query string; a REST API's begins with the stage.
    Path,
    /// A REST API's resource, `/pets/{id}`.
    ResourcePath,
    /// `GET /pets/{id}`, `$default` or `$connect`.
    RouteKey,
    /// Why the gateway answered by itself; unset when the backend answered.
    ResponseType,
    /// The address of the connection's other end.
    SourceIp,
    /// What the client calls itself.
    UserAgent,
    /// The id of the API key, never its value.
    ApiKeyId,
    /// Who the authorizer says the caller is.
    PrincipalId,
    /// CONNECT, MESSAGE or DISCONNECT.
    EventType,
    /// A WebSocket connection.
    ConnectionId,
    /// A WebSocket message.
    MessageId,
    /// The mapping of a custom domain.
    BasePathMatched,
    /// `WAF_ALLOW` or `WAF_BLOCK`.
    WafResponseCode,
    /// `BUFFERED` or `STREAMED`.
    ResponseTransferMode,
    /// `true` on a canary deployment.
    IsCanaryRequest,
    /// The VPC endpoint of a private API's caller.
    VpceId,
    /// The deployment that answered.
    DeploymentId,
}

impl TextField {
    /// How many there are.
    pub const COUNT: usize = TextField::DeploymentId as usize + 1;
}

/// A value kept as an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum IntegerField {
    /// Milliseconds of Unix time, to the millisecond.
    TimeEpochMs,
    /// Milliseconds of Unix time, to the second.
    TimeClfMs,
    /// The status that the caller got.
    Status,
    /// Bytes of the response body.
    ResponseLength,
    /// Bytes of the request body; not documented by AWS.
    RequestLength,
    /// Milliseconds.
    ResponseLatency,
    /// Milliseconds.
    IntegrationLatency,
    /// The status that the backend returned.
    BackendStatus,
    /// The status of the service that calls the backend (Lambda's own).
    IntegrationStatus,
    /// Milliseconds.
    AuthorizerLatency,
    /// The authorizer's status.
    AuthorizerStatus,
    /// Bytes that an HTTP API processed.
    DataProcessed,
    /// Milliseconds of Unix time when a WebSocket connection was opened.
    ConnectedAtMs,
}

impl IntegerField {
    /// How many there are.
    pub const COUNT: usize = IntegerField::ConnectedAtMs as usize + 1;
}

/// Takes the values of one line. Unset values are not pushed; a field may be pushed twice, when
/// the format holds two variables of one meaning, and the first one counts.
pub trait Sink<'line> {
    /// A text, never empty.
    fn text(&mut self, field: TextField, value: &'line str);
    /// An integer.
    fn integer(&mut self, field: IntegerField, value: i64);
}
