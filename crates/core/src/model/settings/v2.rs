//! HTTP and WebSocket APIs as `apigatewayv2` describes them: stages, routes, integrations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    AccessLogSettings, AuthorizationType, Authorizer, ConnectionType, IntegrationType, LoggingLevel,
    Protocol, Target, Throttle, instant,
};
use crate::model::ApiKind;

/// An HTTP or WebSocket API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V2Api {
    /// Its id, as logs and metrics have it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it speaks.
    pub protocol: Protocol,
    /// Its version, which somebody gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When it was made.
    #[serde(
        rename = "created_at",
        with = "instant::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at_ms: Option<i64>,
    /// What chooses the route: `$request.method $request.path`, `$request.body.action`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_selection_expression: Option<String>,
    /// Where a WebSocket API reads the API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_selection_expression: Option<String>,
    /// Callers can use its custom domains only.
    #[serde(default)]
    pub disable_execute_api_endpoint: bool,
    /// What it answers to preflights itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Its authorizers, if a route names one. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizers: Option<Vec<Authorizer>>,
    /// Its stages. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<V2Stage>>,
    /// Its routes. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<Route>>,
    /// Its integrations. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integrations: Option<Vec<V2Integration>>,
}

/// What an HTTP API answers to a browser's preflight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// The origins that may ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_origins: Vec<String>,
    /// The methods that they may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_methods: Vec<String>,
    /// The headers that they may send.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_headers: Vec<String>,
    /// The headers that they may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// They may send credentials.
    #[serde(default)]
    pub allow_credentials: bool,
    /// How long a browser may keep the answer, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<i64>,
}

/// A stage of an HTTP or WebSocket API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V2Stage {
    /// Its name; `$default` is one.
    pub name: String,
    /// What is deployed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
    /// When it was made.
    #[serde(
        rename = "created_at",
        with = "instant::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at_ms: Option<i64>,
    /// When it was last changed.
    #[serde(
        rename = "updated_at",
        with = "instant::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub updated_at_ms: Option<i64>,
    /// Changes of the API are deployed at once.
    #[serde(default)]
    pub auto_deploy: bool,
    /// What holds for routes that have no settings of their own.
    #[serde(default)]
    pub default_route_settings: RouteSettings,
    /// Settings of single routes, by route key: see [`V2Stage::route_settings_of`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub route_settings: BTreeMap<String, RouteSettings>,
    /// Where the access log goes. `None`: nothing is logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_log: Option<AccessLogSettings>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// The settings of a route. `None` is "not set here".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSettings {
    /// The route's token bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
    /// Detailed metrics, by route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed_metrics_enabled: Option<bool>,
    /// Whole messages go to the execution log (WebSocket).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_trace_enabled: Option<bool>,
    /// The execution log's level (WebSocket).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging_level: Option<LoggingLevel>,
}

/// A route of an HTTP or WebSocket API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its id.
    pub id: String,
    /// `GET /items/{id}`, `$default`, `$connect`, or a WebSocket action.
    pub key: String,
    /// How callers are let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_type: Option<AuthorizationType>,
    /// The authorizer that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_id: Option<String>,
    /// Callers need an API key (WebSocket).
    #[serde(default)]
    pub api_key_required: bool,
    /// There are models of messages (WebSocket).
    #[serde(default)]
    pub request_models: bool,
    /// The integration that answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_id: Option<String>,
}

/// What answers a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V2Integration {
    /// Its id, which routes name.
    pub id: String,
    /// What kind it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<IntegrationType>,
    /// What it calls.
    #[serde(default)]
    pub target: Target,
    /// How that is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_type: Option<ConnectionType>,
    /// The VPC link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_link_id: Option<String>,
    /// How long API Gateway waits, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
    /// The version of what a Lambda function is given: `1.0` or `2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_format_version: Option<String>,
    /// Messages are rewritten by templates (WebSocket).
    #[serde(default)]
    pub request_templates: bool,
    /// Parameters of requests or responses are mapped.
    #[serde(default)]
    pub parameter_mapping: bool,
    /// How bodies are converted: `CONVERT_TO_BINARY` or `CONVERT_TO_TEXT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling: Option<String>,
}

impl V2Api {
    /// The kind of API, as logs and bills know it. `None` for a protocol that AWS added since.
    pub fn kind(&self) -> Option<ApiKind> {
        match self.protocol {
            Protocol::Http => Some(ApiKind::Http),
            Protocol::WebSocket => Some(ApiKind::WebSocket),
            Protocol::Other(_) => None,
        }
    }

    /// The stage of this name, where it is known.
    pub fn stage(&self, name: &str) -> Option<&V2Stage> {
        self.stages.as_deref()?.iter().find(|stage| stage.name == name)
    }
}

impl V2Stage {
    /// What holds for one route: the stage's default with the route's own laid over.
    pub fn route_settings_of(&self, route_key: &str) -> RouteSettings {
        match self.route_settings.get(route_key) {
            Some(own) => own.over(&self.default_route_settings),
            None => self.default_route_settings.clone(),
        }
    }
}

impl RouteSettings {
    /// These settings where they say something, and those below where they do not.
    pub fn over(&self, below: &RouteSettings) -> RouteSettings {
        RouteSettings {
            throttle: Throttle::lay(self.throttle.as_ref(), below.throttle.as_ref()),
            detailed_metrics_enabled: self.detailed_metrics_enabled.or(below.detailed_metrics_enabled),
            data_trace_enabled: self.data_trace_enabled.or(below.data_trace_enabled),
            logging_level: self.logging_level.clone().or_else(|| below.logging_level.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routes_own_settings_lie_over_the_stages() {
        let stage: V2Stage = serde_json::from_str(
            r#"{"name":"$default","default_route_settings":{"throttle":{"rate":"100","burst":50},
                "detailed_metrics_enabled":true},
                "route_settings":{"GET /items":{"throttle":{"rate":"0.5","burst":1}}}}"#,
        )
        .unwrap();
        let own = stage.route_settings_of("GET /items");
        assert_eq!(own.throttle, Some(Throttle::of_aws(0.5, 1)));
        assert_eq!(own.detailed_metrics_enabled, Some(true));
        let other = stage.route_settings_of("GET /others");
        assert_eq!(other.throttle, Some(Throttle::of_aws(100.0, 50)));
    }
}
