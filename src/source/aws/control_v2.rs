//! HTTP and WebSocket APIs: stages, routes, integrations, authorizers.

use aws_sdk_apigatewayv2::types;
use gwcost_core::model::settings::{
    Authorizer, AuthorizerType, Cors, LoggingLevel, Protocol, Route, RouteSettings, Target, Throttle, V2Api,
    V2Integration, V2Stage, from_f64,
};

use super::control::{Reader, each, missing, pages};
use super::control_values::{
    access_log, any, authorization, connection, integration, ms, sorted, tags, unsigned,
};
use super::error::{AwsError, Call};

impl Reader {
    /// All HTTP and WebSocket APIs with all of their parts, by id.
    pub(super) async fn v2_apis(&self) -> Result<Option<Vec<V2Api>>, AwsError> {
        let call = self.call("HTTP and WebSocket APIs", "/apis");
        let request = self.v2.get_apis();
        let apis = pages(&call, |token| {
            let request = request.clone().set_next_token(token);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.next_token)) }
        });
        let Some(mut apis) = self.part(&call, apis.await)? else { return Ok(None) };
        apis.sort_by(|one, other| one.api_id.cmp(&other.api_id));
        let apis = each(apis, |api| self.v2_api(api)).await?;
        Ok(Some(apis.into_iter().flatten().collect()))
    }

    /// `None` for an API that does not say what it speaks.
    async fn v2_api(&self, api: types::Api) -> Result<Option<V2Api>, AwsError> {
        let id = api.api_id.unwrap_or_default();
        let name = api.name.unwrap_or_default();
        let Some(protocol) = api.protocol_type else {
            let call = self.call(format!("API {name} ({id})"), &format!("/apis/{id}"));
            self.note(missing(&call, "it has no protocol".to_owned()));
            return Ok(None);
        };
        let shown = format!("{protocol} API {name} ({id})");
        let call = |what: &str| self.call(format!("{what} of {shown}"), &format!("/apis/{id}/{what}"));
        let stages = self.v2_stages(&id, &call("stages")).await?;
        let routes = self.routes(&id, &call("routes")).await?;
        let integrations = self.integrations(&id, &call("integrations")).await?;
        // One call less for each API without any; the control plane allows few.
        let used = routes.as_ref().is_none_or(|all| all.iter().any(|route| route.authorizer_id.is_some()));
        let authorizers =
            if used { self.v2_authorizers(&id, &call("authorizers")).await? } else { Some(Vec::new()) };
        Ok(Some(V2Api {
            id,
            name,
            protocol: Protocol::from(protocol.as_str()),
            version: api.version,
            created_at_ms: ms(api.created_date),
            route_selection_expression: api.route_selection_expression,
            api_key_selection_expression: api.api_key_selection_expression,
            disable_execute_api_endpoint: api.disable_execute_api_endpoint.unwrap_or_default(),
            cors: api.cors_configuration.map(cors),
            tags: tags(api.tags),
            authorizers,
            stages,
            routes,
            integrations,
        }))
    }

    async fn v2_stages(&self, api: &str, call: &Call) -> Result<Option<Vec<V2Stage>>, AwsError> {
        let request = self.v2.get_stages().api_id(api);
        let stages = pages(call, |token| {
            let request = request.clone().set_next_token(token);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.next_token)) }
        });
        let Some(stages) = self.part(call, stages.await)? else { return Ok(None) };
        let mut stages: Vec<V2Stage> = stages.into_iter().map(stage).collect();
        stages.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Some(stages))
    }

    async fn routes(&self, api: &str, call: &Call) -> Result<Option<Vec<Route>>, AwsError> {
        let request = self.v2.get_routes().api_id(api);
        let routes = pages(call, |token| {
            let request = request.clone().set_next_token(token);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.next_token)) }
        });
        let Some(routes) = self.part(call, routes.await)? else { return Ok(None) };
        let mut routes: Vec<Route> = routes.into_iter().map(route).collect();
        routes.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(Some(routes))
    }

    async fn integrations(&self, api: &str, call: &Call) -> Result<Option<Vec<V2Integration>>, AwsError> {
        let request = self.v2.get_integrations().api_id(api);
        let integrations = pages(call, |token| {
            let request = request.clone().set_next_token(token);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.next_token)) }
        });
        let Some(integrations) = self.part(call, integrations.await)? else { return Ok(None) };
        let mut integrations: Vec<V2Integration> =
            integrations.into_iter().map(integration_of_route).collect();
        integrations.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Some(integrations))
    }

    async fn v2_authorizers(&self, api: &str, call: &Call) -> Result<Option<Vec<Authorizer>>, AwsError> {
        let request = self.v2.get_authorizers().api_id(api);
        let authorizers = pages(call, |token| {
            let request = request.clone().set_next_token(token);
            async { request.send().await.map(|page| (page.items.unwrap_or_default(), page.next_token)) }
        });
        let Some(authorizers) = self.part(call, authorizers.await)? else { return Ok(None) };
        let mut authorizers: Vec<Authorizer> = authorizers.into_iter().map(authorizer).collect();
        authorizers.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Some(authorizers))
    }
}

/// Stage variables are left out: some hold passwords.
fn stage(stage: types::Stage) -> V2Stage {
    let own = stage.route_settings.unwrap_or_default().into_iter();
    V2Stage {
        name: stage.stage_name.unwrap_or_default(),
        deployment_id: stage.deployment_id,
        created_at_ms: ms(stage.created_date),
        updated_at_ms: ms(stage.last_updated_date),
        auto_deploy: stage.auto_deploy.unwrap_or_default(),
        default_route_settings: stage.default_route_settings.map(settings_of_route).unwrap_or_default(),
        route_settings: own.map(|(key, settings)| (key, settings_of_route(settings))).collect(),
        access_log: stage
            .access_log_settings
            .and_then(|settings| access_log(settings.destination_arn, settings.format)),
        tags: tags(stage.tags),
    }
}

fn settings_of_route(settings: types::RouteSettings) -> RouteSettings {
    let throttle = Throttle {
        rate: settings.throttling_rate_limit.and_then(from_f64),
        burst: settings.throttling_burst_limit.map(i64::from),
    };
    RouteSettings {
        throttle: (throttle != Throttle::default()).then_some(throttle),
        detailed_metrics_enabled: settings.detailed_metrics_enabled,
        data_trace_enabled: settings.data_trace_enabled,
        logging_level: settings.logging_level.map(|word| LoggingLevel::from(word.as_str())),
    }
}

fn route(route: types::Route) -> Route {
    let target = route.target.unwrap_or_default();
    Route {
        id: route.route_id.unwrap_or_default(),
        key: route.route_key.unwrap_or_default(),
        authorization_type: authorization(route.authorization_type.as_ref().map(|word| word.as_str())),
        authorizer_id: route.authorizer_id,
        api_key_required: route.api_key_required.unwrap_or_default(),
        request_models: any(route.request_models.as_ref()),
        integration_id: target.strip_prefix("integrations/").map(str::to_owned),
    }
}

fn integration_of_route(of: types::Integration) -> V2Integration {
    let target = match (&of.integration_uri, &of.integration_subtype) {
        (Some(uri), _) => Target::of_uri(uri),
        (None, Some(subtype)) => Target::of_subtype(subtype),
        (None, None) => Target::default(),
    };
    // The request of a service integration stands in its parameters, which is no mapping.
    let mapped = any(of.request_parameters.as_ref()) && of.integration_subtype.is_none();
    let parameter_mapping = mapped || any(of.response_parameters.as_ref());
    let word = of.connection_type.as_ref().map(|word| word.as_str());
    let (connection_type, vpc_link_id) = connection(word, of.connection_id);
    V2Integration {
        id: of.integration_id.unwrap_or_default(),
        kind: integration(of.integration_type.as_ref().map(|word| word.as_str())),
        target,
        connection_type,
        vpc_link_id,
        timeout_ms: unsigned(of.timeout_in_millis).filter(|timeout| *timeout > 0),
        payload_format_version: of.payload_format_version,
        request_templates: any(of.request_templates.as_ref()),
        parameter_mapping,
        content_handling: of.content_handling_strategy.map(|word| word.as_str().to_owned()),
    }
}

fn authorizer(of: types::Authorizer) -> Authorizer {
    Authorizer {
        id: of.authorizer_id.unwrap_or_default(),
        name: of.name,
        kind: of.authorizer_type.map(|word| AuthorizerType::from(word.as_str())),
        result_ttl_seconds: unsigned(of.authorizer_result_ttl_in_seconds),
        identity_sources: of.identity_source.unwrap_or_default(),
        function: of.authorizer_uri.as_deref().and_then(|uri| Target::of_uri(uri).function),
        user_pools: Vec::new(),
        issuer: of.jwt_configuration.and_then(|jwt| jwt.issuer),
    }
}

fn cors(of: types::Cors) -> Cors {
    Cors {
        allow_origins: sorted(of.allow_origins),
        allow_methods: sorted(of.allow_methods),
        allow_headers: sorted(of.allow_headers),
        expose_headers: sorted(of.expose_headers),
        allow_credentials: of.allow_credentials.unwrap_or_default(),
        max_age_seconds: of.max_age.map(i64::from),
    }
}
