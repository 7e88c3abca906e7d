//! REST APIs as `apigateway` describes them: stages with their caches and logs, resources with their methods.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::method_settings::{self, MethodSettings, MethodSettingsMap};
use super::{
    AccessLogSettings, ApiKeySource, AuthorizationType, Authorizer, CacheStatus, ConnectionType,
    EndpointType, IntegrationType, ResponseTransferMode, Target, instant, number,
};

/// A REST API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestApi {
    /// Its id, as logs have it.
    pub id: String,
    /// Its name, as metrics have it.
    pub name: String,
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
    /// Where callers enter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoint_types: Vec<EndpointType>,
    /// Responses from this many bytes on are compressed for callers who accept it. `None`: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_compression_size: Option<u32>,
    /// Where API keys are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_source: Option<ApiKeySource>,
    /// It has a resource policy.
    #[serde(default)]
    pub resource_policy: bool,
    /// Callers can use its custom domains only.
    #[serde(default)]
    pub disable_execute_api_endpoint: bool,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The response types, such as `DEFAULT_4XX`, whose gateway response somebody made their own. `None`:
    /// not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_gateway_responses: Option<Vec<String>>,
    /// Its authorizers, if a method names one. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizers: Option<Vec<Authorizer>>,
    /// Its stages. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<RestStage>>,
    /// Its resources as they are now, which may differ from what is deployed. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<Resource>>,
}

/// A stage of a REST API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestStage {
    /// Its name.
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
    /// There is a cache cluster, billed by the hour.
    #[serde(default)]
    pub cache_cluster_enabled: bool,
    /// Its size in GB, as AWS gives it. AWS gives one for stages without a cluster, too: see
    /// [`RestStage::cache_size`].
    #[serde(with = "number", default, skip_serializing_if = "Option::is_none")]
    pub cache_cluster_size: Option<Decimal>,
    /// The cluster's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_cluster_status: Option<CacheStatus>,
    /// Settings of its methods, by key: see [`RestStage::method_settings_of`].
    #[serde(
        default,
        deserialize_with = "method_settings::by_method",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub method_settings: MethodSettingsMap,
    /// The canary, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// Where the access log goes. `None`: nothing is logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_log: Option<AccessLogSettings>,
    /// Requests are traced by X-Ray.
    #[serde(default)]
    pub tracing_enabled: bool,
    /// The ARN of the WAF web ACL in front.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_acl_arn: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// A canary: a share of a stage's requests that another deployment answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// The share in percent.
    #[serde(with = "number", default, skip_serializing_if = "Option::is_none")]
    pub percent_traffic: Option<Decimal>,
    /// The other deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
    /// The canary uses the stage's cache.
    #[serde(default)]
    pub use_stage_cache: bool,
}

/// A resource of a REST API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its path, such as `/items/{id}`.
    pub path: String,
    /// Its methods.
    #[serde(default)]
    pub methods: Vec<Method>,
}

/// A method of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// `GET`; or `ANY` for all that the resource does not give apart.
    pub http_method: String,
    /// How callers are let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_type: Option<AuthorizationType>,
    /// The authorizer that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_id: Option<String>,
    /// Callers need an API key.
    #[serde(default)]
    pub api_key_required: bool,
    /// Requests are validated, by this validator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_validator_id: Option<String>,
    /// There are models of request bodies.
    #[serde(default)]
    pub request_models: bool,
    /// The parameters that it takes, such as `method.request.querystring.page`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_parameters: Vec<String>,
    /// What answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration: Option<RestIntegration>,
}

/// What answers a method.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestIntegration {
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
    /// Whole, or as it comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_transfer_mode: Option<ResponseTransferMode>,
    /// Bodies of requests are rewritten by templates.
    #[serde(default)]
    pub request_templates: bool,
    /// Bodies of responses are rewritten by templates.
    #[serde(default)]
    pub response_templates: bool,
    /// Headers, paths or query strings are mapped.
    #[serde(default)]
    pub parameter_mapping: bool,
    /// How bodies are converted: `CONVERT_TO_BINARY` or `CONVERT_TO_TEXT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling: Option<String>,
    /// The parameters of the cache key, beside the path: `method.request.querystring.page`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cache_key_parameters: Vec<String>,
}

impl RestApi {
    /// The stage of this name, where it is known.
    pub fn stage(&self, name: &str) -> Option<&RestStage> {
        self.stages.as_deref()?.iter().find(|stage| stage.name == name)
    }

    /// The method that answers a request: the resource's own, else its `ANY`.
    pub fn method(&self, path: &str, http_method: &str) -> Option<&Method> {
        let resource = self.resources.as_deref()?.iter().find(|resource| resource.path == path)?;
        let of = |wanted: &str| resource.methods.iter().find(|method| method.http_method == wanted);
        of(http_method).or_else(|| of("ANY"))
    }
}

impl RestStage {
    /// The size in GB of the cache that is billed. `None` without a cluster, whatever size AWS shows.
    pub fn cache_size(&self) -> Option<Decimal> {
        self.cache_cluster_size.filter(|_| self.cache_cluster_enabled)
    }

    /// What holds for one method: the stage's default with the method's own laid over.
    pub fn method_settings_of(&self, path: &str, method: &str) -> MethodSettings {
        method_settings::effective(&self.method_settings, path, method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_counts_only_where_there_is_a_cluster() {
        let stage = |enabled: bool| -> RestStage {
            let text =
                format!(r#"{{"name":"dev","cache_cluster_enabled":{enabled},"cache_cluster_size":"0.5"}}"#);
            serde_json::from_str(&text).unwrap()
        };
        assert_eq!(stage(false).cache_size(), None);
        assert_eq!(stage(true).cache_size().unwrap().to_string(), "0.5");
    }

    #[test]
    fn any_answers_what_the_resource_does_not_give_apart() {
        let api: RestApi = serde_json::from_str(
            r#"{"id":"a","name":"n","resources":[{"path":"/items","methods":[
                {"http_method":"ANY"},{"http_method":"GET","api_key_required":true}]}]}"#,
        )
        .unwrap();
        assert!(api.method("/items", "GET").unwrap().api_key_required);
        assert_eq!(api.method("/items", "PUT").unwrap().http_method, "ANY");
        assert!(api.method("/others", "GET").is_none());
    }
}
