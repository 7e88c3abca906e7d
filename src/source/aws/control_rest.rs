//! REST APIs: stages, resources with their methods, authorizers, gateway responses.

use aws_sdk_apigateway::types;
use gwcost_core::model::settings::{
    ApiKeySource, Authorizer, AuthorizerType, CacheStatus, Canary, EndpointType, LoggingLevel, Method,
    MethodKey, MethodSettings, Resource, ResponseTransferMode, RestApi, RestIntegration, RestStage, Target,
    Throttle, from_f64,
};

use super::control::{PAGE, Reader, ask, each, missing, pages};
use super::control_values::{
    access_log, any, authorization, connection, integration, ms, sorted, tags, unsigned,
};
use super::error::{AwsError, Call};

impl Reader {
    /// All REST APIs with all of their parts, by id.
    pub(super) async fn rest_apis(&self) -> Result<Option<Vec<RestApi>>, AwsError> {
        let call = self.call("REST APIs", "/restapis");
        let request = self.rest.get_rest_apis().limit(PAGE);
        let apis = pages(&call, |position| {
            let request = request.clone().set_position(position);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.position)) }
        });
        let Some(mut apis) = self.part(&call, apis.await)? else { return Ok(None) };
        apis.sort_by(|one, other| one.id.cmp(&other.id));
        each(apis, |api| self.rest_api(api)).await.map(Some)
    }

    async fn rest_api(&self, api: types::RestApi) -> Result<RestApi, AwsError> {
        let id = api.id.unwrap_or_default();
        let name = api.name.unwrap_or_default();
        let shown = format!("REST API {name} ({id})");
        let call = |what: &str, path: &str| {
            self.call(format!("{what} of {shown}"), &format!("/restapis/{id}/{path}"))
        };
        let stages = self.rest_stages(&id, &call("stages", "stages")).await?;
        let resources = self.resources(&id, &call("resources", "resources")).await?;
        let mut methods = resources.iter().flatten().flat_map(|resource| &resource.methods);
        // One call less for each API without any; the control plane allows few.
        let authorizers = if resources.is_none() || methods.any(|method| method.authorizer_id.is_some()) {
            self.rest_authorizers(&id, &call("authorizers", "authorizers")).await?
        } else {
            Some(Vec::new())
        };
        let responses = call("gateway responses", "gatewayresponses");
        let custom_gateway_responses = self.custom_gateway_responses(&id, &responses).await?;
        let endpoint_types =
            api.endpoint_configuration.and_then(|endpoint| endpoint.types).unwrap_or_default();
        Ok(RestApi {
            id,
            name,
            version: api.version,
            created_at_ms: ms(api.created_date),
            endpoint_types: endpoint_types.iter().map(|word| EndpointType::from(word.as_str())).collect(),
            minimum_compression_size: unsigned(api.minimum_compression_size),
            api_key_source: api.api_key_source.map(|word| ApiKeySource::from(word.as_str())),
            resource_policy: api.policy.is_some_and(|policy| !policy.is_empty()),
            disable_execute_api_endpoint: api.disable_execute_api_endpoint,
            tags: tags(api.tags),
            custom_gateway_responses,
            authorizers,
            stages,
            resources,
        })
    }

    /// This list has no pages.
    async fn rest_stages(&self, api: &str, call: &Call) -> Result<Option<Vec<RestStage>>, AwsError> {
        let request = self.rest.get_stages().rest_api_id(api);
        let answer = ask(call, || request.clone().send()).await;
        let Some(answer) = self.part(call, answer)? else { return Ok(None) };
        let stages = answer.item.unwrap_or_default().into_iter().map(|stage| self.rest_stage(stage, call));
        let mut stages: Vec<RestStage> = stages.collect();
        stages.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Some(stages))
    }

    /// Stage variables are left out: some hold passwords.
    fn rest_stage(&self, stage: types::Stage, call: &Call) -> RestStage {
        let name = stage.stage_name.unwrap_or_default();
        let mut method_settings = std::collections::BTreeMap::new();
        for (key, settings) in stage.method_settings.unwrap_or_default() {
            match key.parse::<MethodKey>() {
                Ok(key) => {
                    method_settings.insert(key, settings_of_method(settings));
                }
                Err(error) => {
                    let mut unread = missing(call, error.to_string());
                    unread.what = format!("a method's settings in stage {name}, {}", call.resource);
                    self.note(unread);
                }
            }
        }
        let canary = stage.canary_settings.map(|canary| Canary {
            percent_traffic: from_f64(canary.percent_traffic),
            deployment_id: canary.deployment_id,
            use_stage_cache: canary.use_stage_cache,
        });
        let size = stage.cache_cluster_size.and_then(|size| size.as_str().parse().ok());
        RestStage {
            name,
            deployment_id: stage.deployment_id,
            created_at_ms: ms(stage.created_date),
            updated_at_ms: ms(stage.last_updated_date),
            cache_cluster_enabled: stage.cache_cluster_enabled,
            cache_cluster_size: size,
            cache_cluster_status: stage.cache_cluster_status.map(|word| CacheStatus::from(word.as_str())),
            method_settings,
            canary,
            access_log: stage
                .access_log_settings
                .and_then(|settings| access_log(settings.destination_arn, settings.format)),
            tracing_enabled: stage.tracing_enabled,
            web_acl_arn: stage.web_acl_arn.filter(|arn| !arn.is_empty()),
            tags: tags(stage.tags),
        }
    }

    async fn resources(&self, api: &str, call: &Call) -> Result<Option<Vec<Resource>>, AwsError> {
        let request = self.rest.get_resources().rest_api_id(api).embed("methods").limit(PAGE);
        let resources = pages(call, |position| {
            let request = request.clone().set_position(position);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.position)) }
        });
        let Some(resources) = self.part(call, resources.await)? else { return Ok(None) };
        let mut resources: Vec<Resource> = resources.into_iter().map(resource).collect();
        resources.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Some(resources))
    }

    async fn rest_authorizers(&self, api: &str, call: &Call) -> Result<Option<Vec<Authorizer>>, AwsError> {
        let request = self.rest.get_authorizers().rest_api_id(api).limit(PAGE);
        let authorizers = pages(call, |position| {
            let request = request.clone().set_position(position);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.position)) }
        });
        let Some(authorizers) = self.part(call, authorizers.await)? else { return Ok(None) };
        let mut authorizers: Vec<Authorizer> = authorizers.into_iter().map(authorizer).collect();
        authorizers.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Some(authorizers))
    }

    /// Those that are not API Gateway's own.
    async fn custom_gateway_responses(
        &self,
        api: &str,
        call: &Call,
    ) -> Result<Option<Vec<String>>, AwsError> {
        let request = self.rest.get_gateway_responses().rest_api_id(api).limit(PAGE);
        let responses = pages(call, |position| {
            let request = request.clone().set_position(position);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.position)) }
        });
        let Some(responses) = self.part(call, responses.await)? else { return Ok(None) };
        let custom = responses.into_iter().filter(|response| !response.default_response);
        let mut types: Vec<String> = custom
            .filter_map(|response| response.response_type.map(|word| word.as_str().to_owned()))
            .collect();
        types.sort();
        Ok(Some(types))
    }
}

fn settings_of_method(settings: types::MethodSetting) -> MethodSettings {
    // AWS fills in what nobody set, so its zeros and noes are meant. The SDK makes zeros and noes of what was
    // not sent at all; a server that sends so little does not send these words either.
    let whole =
        settings.logging_level.is_some() || settings.unauthorized_cache_control_header_strategy.is_some();
    let sent = |value: bool| (whole || value).then_some(value);
    let (rate, burst) = (settings.throttling_rate_limit, settings.throttling_burst_limit);
    let throttled = whole || rate != 0.0 || burst != 0;
    MethodSettings {
        metrics_enabled: sent(settings.metrics_enabled),
        logging_level: settings.logging_level.as_deref().map(LoggingLevel::from),
        data_trace_enabled: sent(settings.data_trace_enabled),
        throttle: throttled.then(|| Throttle::of_aws(rate, burst)),
        caching_enabled: sent(settings.caching_enabled),
        cache_ttl_seconds: unsigned(Some(settings.cache_ttl_in_seconds)).filter(|ttl| whole || *ttl > 0),
        cache_data_encrypted: sent(settings.cache_data_encrypted),
        require_authorization_for_cache_control: sent(settings.require_authorization_for_cache_control),
    }
}

fn resource(resource: types::Resource) -> Resource {
    let methods = resource.resource_methods.unwrap_or_default().into_iter();
    let mut methods: Vec<Method> = methods.map(|(name, of)| method(name, of)).collect();
    methods.sort_by(|one, other| one.http_method.cmp(&other.http_method));
    Resource { path: resource.path.unwrap_or_default(), methods }
}

fn method(name: String, method: types::Method) -> Method {
    let parameters = method.request_parameters.map(|parameters| parameters.into_keys().collect());
    Method {
        http_method: method.http_method.unwrap_or(name),
        authorization_type: authorization(method.authorization_type.as_deref()),
        authorizer_id: method.authorizer_id,
        api_key_required: method.api_key_required.unwrap_or_default(),
        request_validator_id: method.request_validator_id,
        request_models: any(method.request_models.as_ref()),
        request_parameters: sorted(parameters),
        integration: method.method_integration.map(integration_of_method),
    }
}

fn integration_of_method(of: types::Integration) -> RestIntegration {
    let responses = || of.integration_responses.iter().flat_map(|responses| responses.values());
    let response_templates = responses().any(|response| any(response.response_templates.as_ref()));
    let mapped_back = responses().any(|response| any(response.response_parameters.as_ref()));
    let parameter_mapping = any(of.request_parameters.as_ref()) || mapped_back;
    let word = of.connection_type.as_ref().map(|word| word.as_str());
    let (connection_type, vpc_link_id) = connection(word, of.connection_id);
    RestIntegration {
        kind: integration(of.r#type.as_ref().map(|word| word.as_str())),
        target: of.uri.as_deref().map(Target::of_uri).unwrap_or_default(),
        connection_type,
        vpc_link_id,
        timeout_ms: unsigned(Some(of.timeout_in_millis)).filter(|timeout| *timeout > 0),
        response_transfer_mode: of
            .response_transfer_mode
            .map(|word| ResponseTransferMode::from(word.as_str())),
        request_templates: any(of.request_templates.as_ref()),
        response_templates,
        parameter_mapping,
        content_handling: of.content_handling.map(|word| word.as_str().to_owned()),
        cache_key_parameters: sorted(of.cache_key_parameters),
    }
}

fn authorizer(of: types::Authorizer) -> Authorizer {
    let sources = of.identity_source.unwrap_or_default();
    let sources = sources.split(',').map(str::trim).filter(|source| !source.is_empty());
    Authorizer {
        id: of.id.unwrap_or_default(),
        name: of.name,
        kind: of.r#type.map(|word| AuthorizerType::from(word.as_str())),
        result_ttl_seconds: unsigned(of.authorizer_result_ttl_in_seconds),
        identity_sources: sources.map(str::to_owned).collect(),
        function: of.authorizer_uri.as_deref().and_then(|uri| Target::of_uri(uri).function),
        user_pools: sorted(of.provider_arns),
        issuer: None,
    }
}
