//! Which meters of other services an endpoint uses, and how much: counts meet settings and what is stated.
//!
//! Each answer is known, nothing at all, or unknown for a reason. What settings say now is taken for the window.

use gwcost_core::model::ApiKind;
use gwcost_core::model::settings::{
    Authorizer, IntegrationType, LogDestination, RegionSettings, RestStage, Snapshot, Target,
};
use gwcost_core::pricing::{Meter, lambda_mb_milliseconds};

use super::counts::Counts;
use super::stated::{LogSink, Stated};
use crate::analysis::dimension::Dimension;
use crate::analysis::usage::Endpoint;

/// Base units by meter; nothing is used where it is empty. An error is why it is not known, a sentence fragment.
pub type Use = Result<Vec<(Meter, u64)>, &'static str>;

const NO_SETTINGS: &str = "the lake has no settings of the API (`gwcost ingest settings:`)";

/// What the log of a stage holds for some of its requests. Where it does, a request without it had none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Logged {
    /// The latency of integrations.
    pub integration: bool,
    /// The latency of authorizers.
    pub authorizer: bool,
}

/// An endpoint with what is known of it.
pub struct Subject<'a> {
    endpoint: &'a Endpoint,
    counts: &'a Counts,
    logged: Logged,
    stated: &'a Stated,
    settings: Option<&'a RegionSettings>,
}

/// What answers an endpoint, or decides on its callers.
enum Callee<'a> {
    /// A function; its ARN where settings tell.
    Lambda(Option<&'a str>),
    /// Something else, which costs nothing here.
    Other,
    /// Settings do not tell.
    Unknown(&'static str),
}

impl<'a> Subject<'a> {
    /// An endpoint, with the settings of its account and region.
    pub fn new(
        endpoint: &'a Endpoint,
        counts: &'a Counts,
        logged: Logged,
        stated: &'a Stated,
        settings: Option<&'a Snapshot>,
    ) -> Subject<'a> {
        let settings = settings.and_then(|all| all.region(endpoint.account(), endpoint.region()));
        Subject { endpoint, counts, logged, stated, settings }
    }

    fn value(&self, dimension: Dimension) -> &'a str {
        self.endpoint.value(dimension).unwrap_or_default()
    }

    fn rest_stage(&self) -> Result<&'a RestStage, &'static str> {
        let api = self.settings.and_then(|settings| settings.rest_api(self.value(Dimension::Api)));
        api.and_then(|api| api.stage(self.value(Dimension::Stage))).ok_or(NO_SETTINGS)
    }

    /// Whether the stage's cache keeps answers of this endpoint.
    pub fn is_cached(&self) -> bool {
        let (route, method) = (self.value(Dimension::Route), self.value(Dimension::Method));
        let api = self.settings.and_then(|settings| settings.rest_api(self.value(Dimension::Api)));
        // What matches no method is answered without the cache.
        let is_method = api.is_some_and(|api| api.resources.is_none() || api.method(route, method).is_some());
        self.rest_stage().is_ok_and(|stage| {
            is_method
                && stage.cache_size().is_some()
                && method == "GET"
                && stage.method_settings_of(route, method).caching_enabled == Some(true)
        })
    }

    /// Ingestion of the access log; what is kept of it is not known here.
    pub fn logging(&self) -> Use {
        let sink = match self.stated.log {
            Some(sink) => sink,
            None => self.log_sink()?,
        };
        Ok(match sink {
            LogSink::CloudWatch => vec![(Meter::LogsIngestion, self.counts.line_bytes)],
            LogSink::Firehose => vec![(Meter::FirehoseIngestion, self.counts.firehose_bytes)],
            LogSink::None => Vec::new(),
        })
    }

    fn log_sink(&self) -> Result<LogSink, &'static str> {
        let settings = self.settings.ok_or(NO_SETTINGS)?;
        let (api, name) = (self.value(Dimension::Api), self.value(Dimension::Stage));
        let stages = settings.stages();
        let stage = stages.iter().find(|stage| stage.api_id == api && stage.stage == name);
        let log = stage.ok_or(NO_SETTINGS)?.access_log;
        match log.and_then(|log| log.destination()) {
            Some(LogDestination::LogGroup { .. }) => Ok(LogSink::CloudWatch),
            Some(LogDestination::Firehose { .. }) => Ok(LogSink::Firehose),
            None => Err("settings name no destination of the access log ([full] log in gwcost.toml)"),
        }
    }

    /// Requests and GB-seconds of the function behind the endpoint. The integration's latency stands for its
    /// duration.
    pub fn lambda(&self) -> Use {
        if self.logged.integration && self.counts.integration_calls == 0 {
            return Ok(Vec::new());
        }
        let function = match self.integration() {
            Callee::Other => return Ok(Vec::new()),
            Callee::Lambda(function) => function,
            Callee::Unknown(reason) => return self.function(false, None, reason),
        };
        self.function(
            false,
            function,
            "no memory is stated for its function ([[full.lambda]] in gwcost.toml)",
        )
    }

    /// The same of a function that authorizes callers, as often as the log says that it was asked.
    pub fn authorizer(&self) -> Use {
        if self.logged.authorizer && self.counts.authorizer_logged == 0 {
            return Ok(Vec::new());
        }
        let function = match self.authorizer_function() {
            Callee::Other => return Ok(Vec::new()),
            Callee::Lambda(function) => function,
            Callee::Unknown(reason) => return self.function(true, None, reason),
        };
        self.function(
            true,
            function,
            "no memory is stated for its authorizer ([[full.lambda]] in gwcost.toml)",
        )
    }

    fn function(&self, authorizer: bool, function: Option<&str>, reason: &'static str) -> Use {
        let (api, route) = (self.value(Dimension::Api), self.value(Dimension::Route));
        let stated = self.stated.function(authorizer, function, api, route).ok_or(reason)?;
        let counts = self.counts;
        let (calls, ms) = match authorizer {
            true if counts.authorizer_logged == 0 => {
                return Err("the log holds no latency of an authorizer");
            }
            true => (counts.authorizer_calls, counts.authorizer_ms),
            false if counts.integration_calls == 0 => {
                return Err("the log holds no latency of the integration");
            }
            false => (counts.integration_calls, counts.integration_ms),
        };
        let duration = if stated.arm { Meter::LambdaDurationArm } else { Meter::LambdaDurationX86 };
        // The sum of milliseconds is that of one long call.
        let mb_ms = lambda_mb_milliseconds(1, stated.memory_mb, ms);
        Ok(vec![(Meter::LambdaRequests, calls), (duration, mb_ms)])
    }

    fn integration(&self) -> Callee<'a> {
        let Some(settings) = self.settings else { return Callee::Unknown(NO_SETTINGS) };
        let (api, route) = (self.value(Dimension::Api), self.value(Dimension::Route));
        let found: Option<(&Target, Option<&IntegrationType>)> = match self.endpoint.kind {
            ApiKind::Rest => settings.rest_api(api).and_then(|api| {
                let integration = api.method(route, self.value(Dimension::Method))?.integration.as_ref()?;
                Some((&integration.target, integration.kind.as_ref()))
            }),
            ApiKind::Http | ApiKind::WebSocket => settings.v2_api(api).and_then(|api| {
                let id = self.v2_route()?.integration_id.as_deref()?;
                let integration = api.integrations.as_deref()?.iter().find(|one| one.id == id)?;
                Some((&integration.target, integration.kind.as_ref()))
            }),
        };
        let Some((target, kind)) = found else {
            return Callee::Unknown("settings have no integration of the route");
        };
        match (target.service.as_deref(), kind) {
            (Some("lambda"), _) => Callee::Lambda(target.function.as_deref()),
            (Some(_), _) | (None, Some(IntegrationType::Mock)) => Callee::Other,
            (None, _) => Callee::Unknown("settings do not say what the integration calls"),
        }
    }

    fn v2_route(&self) -> Option<&'a gwcost_core::model::settings::Route> {
        let api = self.settings?.v2_api(self.value(Dimension::Api))?;
        let route = self.value(Dimension::Route);
        let key = match self.endpoint.value(Dimension::Method) {
            Some(method) => format!("{method} {route}"),
            None => route.to_owned(),
        };
        let routes = api.routes.as_deref()?;
        let any = format!("ANY {route}");
        routes.iter().find(|one| one.key == key).or_else(|| routes.iter().find(|one| one.key == any))
    }

    fn authorizer_function(&self) -> Callee<'a> {
        let Some(settings) = self.settings else { return Callee::Unknown(NO_SETTINGS) };
        let (api, route) = (self.value(Dimension::Api), self.value(Dimension::Route));
        let (id, all): (Option<&str>, Option<&[Authorizer]>) = match self.endpoint.kind {
            ApiKind::Rest => {
                let Some(api) = settings.rest_api(api) else { return Callee::Unknown(NO_SETTINGS) };
                let mut methods = api.resources.iter().flatten().flat_map(|resource| &resource.methods);
                if api.resources.is_some() && methods.all(|method| method.authorizer_id.is_none()) {
                    return Callee::Other;
                }
                let Some(method) = api.method(route, self.value(Dimension::Method)) else {
                    return Callee::Unknown("settings have no such method");
                };
                (method.authorizer_id.as_deref(), api.authorizers.as_deref())
            }
            ApiKind::Http | ApiKind::WebSocket => {
                let Some(api) = settings.v2_api(api) else { return Callee::Unknown(NO_SETTINGS) };
                let mut routes = api.routes.iter().flatten();
                if api.routes.is_some() && routes.all(|route| route.authorizer_id.is_none()) {
                    return Callee::Other;
                }
                let Some(route) = self.v2_route() else {
                    return Callee::Unknown("settings have no such route");
                };
                (route.authorizer_id.as_deref(), api.authorizers.as_deref())
            }
        };
        let Some(id) = id else { return Callee::Other };
        match all.and_then(|all| all.iter().find(|authorizer| authorizer.id == id)) {
            None => Callee::Unknown("settings do not say what the authorizer is"),
            Some(authorizer) => match authorizer.function.as_deref() {
                Some(function) => Callee::Lambda(Some(function)),
                // Pools of users and issuers of tokens are asked for nothing.
                None => Callee::Other,
            },
        }
    }

    /// Requests that a web ACL looked at; the ACL and its rules by the month are not an endpoint's.
    pub fn waf(&self) -> Use {
        if self.endpoint.kind != ApiKind::Rest {
            return Ok(Vec::new());
        }
        Ok(match self.rest_stage()?.web_acl_arn {
            Some(_) => vec![(Meter::WafRequests, self.counts.requests)],
            None => Vec::new(),
        })
    }

    /// Recorded traces, as far as it is stated which part of requests is recorded.
    pub fn xray(&self) -> Use {
        if self.endpoint.kind != ApiKind::Rest || !self.rest_stage()?.tracing_enabled {
            return Ok(Vec::new());
        }
        let part = self.stated.traced_per_million.ok_or(
            "no part of requests that X-Ray records is stated ([full] xray_sampling in gwcost.toml)",
        )?;
        let traces = u128::from(self.counts.requests) * u128::from(part) / 1_000_000;
        Ok(vec![(Meter::XrayTraces, u64::try_from(traces).unwrap_or(u64::MAX))])
    }
}
