//! How a request ended: the backend answered, or the gateway did, and why.
//!
//! What AWS bills depends on which of the two it was, so the demo shows every gateway response with
//! the status that it has by default.

use super::routes::{Guard, Route};

/// Who answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The backend (or a mock), with this HTTP status.
    Backend(u16),
    /// The gateway, with a response of its own.
    Gateway(GatewayResponse),
}

/// The gateway responses of `$context.error.responseType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GatewayResponse {
    Throttled,
    QuotaExceeded,
    Unauthorized,
    AccessDenied,
    InvalidApiKey,
    InvalidSignature,
    ExpiredToken,
    MissingAuthenticationToken,
    AuthorizerFailure,
    AuthorizerConfigurationError,
    WafFiltered,
    BadRequestParameters,
    BadRequestBody,
    RequestTooLarge,
    ResourceNotFound,
    UnsupportedMediaType,
    IntegrationFailure,
    IntegrationTimeout,
    ApiConfigurationError,
    Default4xx,
    Default5xx,
}

use GatewayResponse::*;

impl GatewayResponse {
    /// The response type as logged, its default HTTP status, and the message to the client.
    const fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Throttled => ("THROTTLED", 429, "Too Many Requests"),
            QuotaExceeded => ("QUOTA_EXCEEDED", 429, "Limit Exceeded"),
            Unauthorized => ("UNAUTHORIZED", 401, "Unauthorized"),
            AccessDenied => ("ACCESS_DENIED", 403, "User is not allowed to use this resource"),
            InvalidApiKey => ("INVALID_API_KEY", 403, "Forbidden"),
            InvalidSignature => ("INVALID_SIGNATURE", 403, "The request signature does not match"),
            ExpiredToken => ("EXPIRED_TOKEN", 403, "The security token has expired"),
            MissingAuthenticationToken => {
                ("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token")
            }
            AuthorizerFailure => ("AUTHORIZER_FAILURE", 500, "Internal server error"),
            AuthorizerConfigurationError => ("AUTHORIZER_CONFIGURATION_ERROR", 500, "Internal server error"),
            WafFiltered => ("WAF_FILTERED", 403, "Forbidden"),
            BadRequestParameters => {
                ("BAD_REQUEST_PARAMETERS", 400, "Missing request parameters: [limit, cursor]")
            }
            BadRequestBody => ("BAD_REQUEST_BODY", 400, "Invalid request body"),
            RequestTooLarge => ("REQUEST_TOO_LARGE", 413, "Request Too Long"),
            ResourceNotFound => ("RESOURCE_NOT_FOUND", 404, "Not Found"),
            UnsupportedMediaType => ("UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type"),
            IntegrationFailure => ("INTEGRATION_FAILURE", 504, "Internal server error"),
            IntegrationTimeout => ("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out"),
            ApiConfigurationError => ("API_CONFIGURATION_ERROR", 500, "Internal server error"),
            Default4xx => ("DEFAULT_4XX", 400, "Bad Request"),
            Default5xx => ("DEFAULT_5XX", 500, "Internal Server Error"),
        }
    }

    /// The value of `$context.error.responseType`.
    pub(super) const fn name(self) -> &'static str {
        self.row().0
    }

    /// The default HTTP status.
    pub(super) const fn status(self) -> u16 {
        self.row().1
    }

    /// The value of `$context.error.message`: no quotes and no backslash in it.
    pub(super) const fn message(self) -> &'static str {
        self.row().2
    }

    /// What `$context.integration.error` says; `None` when the integration was never called.
    pub(super) const fn integration_error(self) -> Option<&'static str> {
        match self {
            IntegrationFailure => Some("The function failed or was throttled"),
            IntegrationTimeout => Some("No answer within the integration timeout"),
            ApiConfigurationError => Some("The answer is not a valid proxy response"),
            _ => None,
        }
    }

    /// Whether the request names nothing that the API has, so that no route is logged.
    pub(super) const fn has_no_route(self) -> bool {
        matches!(self, MissingAuthenticationToken | ResourceNotFound)
    }

    /// The status that a token authorizer had returned by then; `None` if it was not asked.
    pub(super) const fn authorizer_status(self) -> Option<u16> {
        match self {
            Unauthorized => Some(401),
            AccessDenied => Some(403),
            AuthorizerFailure => Some(500),
            Throttled | WafFiltered | MissingAuthenticationToken | RequestTooLarge => None,
            ResourceNotFound | AuthorizerConfigurationError | Default4xx | Default5xx => None,
            _ => Some(200),
        }
    }

    /// Whether an IAM caller had been identified by then.
    pub(super) const fn knows_caller(self) -> bool {
        !matches!(
            self,
            InvalidSignature
                | ExpiredToken
                | Throttled
                | WafFiltered
                | RequestTooLarge
                | Default4xx
                | Default5xx
        ) && !self.has_no_route()
    }

    /// Whether a request to this route can end like this.
    const fn fits(self, route: &Route) -> bool {
        match self {
            Unauthorized | AuthorizerFailure | AuthorizerConfigurationError => {
                matches!(route.guard, Guard::Token)
            }
            AccessDenied => matches!(route.guard, Guard::Token | Guard::Iam),
            InvalidSignature | ExpiredToken => matches!(route.guard, Guard::Iam),
            InvalidApiKey | QuotaExceeded => matches!(route.guard, Guard::Key),
            BadRequestBody | RequestTooLarge | UnsupportedMediaType => route.takes_body(),
            BadRequestParameters => !route.takes_body() && !route.is_mock(),
            IntegrationFailure | IntegrationTimeout | ApiConfigurationError => !route.is_mock(),
            _ => true,
        }
    }
}

impl Outcome {
    /// The HTTP status that the client saw.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Backend(status) => status,
            Self::Gateway(response) => response.status(),
        }
    }

    /// The gateway's response, if it was the gateway that answered.
    pub(super) const fn gateway(self) -> Option<GatewayResponse> {
        match self {
            Self::Backend(_) => None,
            Self::Gateway(response) => Some(response),
        }
    }

    /// Whether the integration of this route was called.
    pub(super) const fn called_integration(self, route: &Route) -> bool {
        match self {
            Self::Backend(_) => !route.is_mock(),
            Self::Gateway(response) => response.integration_error().is_some(),
        }
    }

    /// Whether a request to this route can end like this.
    pub(super) const fn fits(self, route: &Route) -> bool {
        match self {
            Self::Backend(_) if route.is_mock() => false,
            Self::Backend(404) => route.ids.is_some(),
            Self::Backend(409 | 422) => route.takes_body(),
            Self::Backend(_) => true,
            Self::Gateway(response) => response.fits(route),
        }
    }
}
