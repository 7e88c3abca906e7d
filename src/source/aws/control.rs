//! The settings of an account and region, read from API Gateway's two control planes.
//!
//! Both allow a few calls a second for a whole account, shared with whoever deploys there, so few are in flight
//! here. A part that may not be read does not lose the rest: what is missing is written down with its reason.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_apigateway::config::http::HttpResponse;
use aws_sdk_apigateway::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_apigateway::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_apigateway::error::{BoxError, ProvideErrorMetadata, SdkError};
use futures::stream::{self, StreamExt, TryStreamExt};
use gwcost_core::model::settings::{Missing, RegionSettings};

use super::connect::Aws;
use super::error::{AwsError, Call};
use super::patience::patiently;

/// APIs, plans or domains that are read at the same time.
const IN_FLIGHT: usize = 3;

/// Items that are asked for at once; the control plane of REST APIs gives no more.
pub(super) const PAGE: i32 = 500;

/// What a policy allows for all of the settings: `apigateway:GET` on these paths of
/// `arn:aws:apigateway:REGION::`. The path of API keys lets the values of the keys be read too, which gwcost
/// does not ask for.
pub const CONTROL_PLANE_PATHS: [&str; 17] = [
    "/account",
    "/apikeys",
    "/apis",
    "/apis/*/authorizers",
    "/apis/*/integrations",
    "/apis/*/routes",
    "/apis/*/stages",
    "/domainnames",
    "/domainnames/*",
    "/restapis",
    "/restapis/*/authorizers",
    "/restapis/*/gatewayresponses",
    "/restapis/*/resources",
    "/restapis/*/stages",
    "/usageplans",
    "/usageplans/*/keys",
    "/vpclinks",
];

/// The action that reading anything of API Gateway takes.
pub const CONTROL_PLANE_ACTION: &str = "apigateway:GET";

impl Aws {
    /// Reads what API Gateway is configured as in this region. `account` is the account that the credentials
    /// belong to, twelve digits.
    ///
    /// # Errors
    /// [`AwsError`] where AWS cannot be asked: no credentials, expired ones, no answer, throttled without end.
    /// What AWS refuses to tell is no error but in [`RegionSettings::missing`].
    pub fn settings(&self, account: &str) -> Result<RegionSettings, AwsError> {
        self.block_on(settings(self.config(), account))
    }
}

/// What [`Aws::settings`] reads, for a configuration and a runtime of somebody else's.
///
/// # Errors
/// Those of [`Aws::settings`].
pub async fn settings(config: &SdkConfig, account: &str) -> Result<RegionSettings, AwsError> {
    Reader::new(config).all(account).await
}

/// Reads one account and region.
pub(super) struct Reader {
    /// REST APIs, plans, keys, domains.
    pub(super) rest: aws_sdk_apigateway::Client,
    /// HTTP and WebSocket APIs, and the mappings of domains.
    pub(super) v2: aws_sdk_apigatewayv2::Client,
    region: String,
    missing: Mutex<Vec<Missing>>,
}

impl Reader {
    fn new(config: &SdkConfig) -> Reader {
        let rest = aws_sdk_apigateway::config::Builder::from(config).interceptor(NoBody).build();
        let v2 = aws_sdk_apigatewayv2::config::Builder::from(config).interceptor(NoBody).build();
        Reader {
            rest: aws_sdk_apigateway::Client::from_conf(rest),
            v2: aws_sdk_apigatewayv2::Client::from_conf(v2),
            region: config.region().map_or_else(String::new, ToString::to_string),
            missing: Mutex::default(),
        }
    }

    async fn all(self, account: &str) -> Result<RegionSettings, AwsError> {
        let account_throttle = self.account_throttle().await?;
        let rest_apis = self.rest_apis().await?;
        let v2_apis = self.v2_apis().await?;
        let usage_plans = self.usage_plans().await?;
        let api_keys = self.api_keys().await?;
        let custom_domains = self.custom_domains().await?;
        let vpc_links = self.vpc_links().await?;
        let mut missing = self.missing.into_inner().unwrap_or_else(PoisonError::into_inner);
        missing.sort();
        missing.dedup();
        Ok(RegionSettings {
            account: account.to_owned(),
            region: self.region,
            account_throttle,
            rest_apis,
            v2_apis,
            usage_plans,
            api_keys,
            custom_domains,
            vpc_links,
            missing,
        })
    }

    /// A call for `what`, at `path` of the control plane.
    pub(super) fn call(&self, what: impl Into<String>, path: &str) -> Call {
        let partition = match self.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        Call::new(CONTROL_PLANE_ACTION, what, format!("arn:{partition}:apigateway:{}::{path}", self.region))
    }

    /// What a call brought. `None`: it is missing, and that is written down.
    pub(super) fn part<T>(&self, call: &Call, result: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
        let missing = match result {
            Ok(part) => return Ok(Some(part)),
            Err(AwsError::AccessDenied { action, arn, message, .. }) => Missing {
                what: call.resource.clone(),
                action,
                resource: arn,
                reason: format!("denied: {message}"),
            },
            Err(AwsError::NotFound { message, .. }) => missing(call, format!("not there: {message}")),
            Err(AwsError::Other { message, .. }) => missing(call, message),
            Err(error) => return Err(error),
        };
        tracing::debug!(?missing, "settings that cannot be read");
        self.note(missing);
        Ok(None)
    }

    /// Writes down that something is missing.
    pub(super) fn note(&self, missing: Missing) {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).push(missing);
    }
}

/// That what a call is for is missing.
pub(super) fn missing(call: &Call, reason: String) -> Missing {
    Missing {
        what: call.resource.clone(),
        action: call.action.to_owned(),
        resource: call.arn.clone(),
        reason,
    }
}

/// Does something to each item, a few at a time; the answers are in the order of the items.
pub(super) async fn each<T, R, F>(items: Vec<T>, read: impl Fn(T) -> F) -> Result<Vec<R>, AwsError>
where
    F: Future<Output = Result<R, AwsError>>,
{
    stream::iter(items).map(read).buffered(IN_FLIGHT).try_collect().await
}

/// Follows every page of a list: `page` asks for the one at a position, and says where the next one is.
pub(super) async fn pages<T, E, F>(
    call: &Call,
    page: impl Fn(Option<String>) -> F,
) -> Result<Vec<T>, AwsError>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    F: Future<Output = Result<(Vec<T>, Option<String>), SdkError<E, HttpResponse>>>,
{
    let mut all = Vec::new();
    let mut position = None;
    loop {
        let (items, next) = ask(call, || page(position.clone())).await?;
        all.extend(items);
        match next.filter(|next| !next.is_empty()) {
            None => return Ok(all),
            Some(next) if position.as_ref() == Some(&next) => {
                return Err(AwsError::Other {
                    action: call.action.to_owned(),
                    resource: call.resource.clone(),
                    message: "the list does not end: the same position came twice in a row".to_owned(),
                });
            }
            next => position = next,
        }
    }
}

/// One answer, after as many attempts as it takes. A failure inside of AWS that does not pass is an error of
/// this call alone; no answer at all would be one of every call.
pub(super) async fn ask<T, E, F>(call: &Call, request: impl Fn() -> F) -> Result<T, AwsError>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let answered = Cell::new(false);
    let answer = patiently(|| async {
        request().await.map_err(|error| {
            answered.set(error.raw_response().is_some());
            meaning(call, &error)
        })
    });
    match answer.await {
        Err(AwsError::Unavailable { action, resource, message }) if answered.get() => {
            let message = format!("{message}, and that again and again");
            Err(AwsError::Other { action, resource, message })
        }
        answer => answer,
    }
}

/// What a failed request to a control plane means.
pub(super) fn meaning<E>(call: &Call, error: &SdkError<E, HttpResponse>) -> AwsError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let status = error.raw_response().map(|response| response.status());
    if status.is_some_and(|status| status.is_success()) {
        return AwsError::Unavailable {
            action: call.action.to_owned(),
            resource: call.resource.clone(),
            message: "an answer that breaks off".to_owned(),
        };
    }
    match error.as_service_error() {
        // Elsewhere this is the end of a single sign-on. Here it is AWS's word for too few permissions.
        Some(service) if service.code() == Some("UnauthorizedException") => {
            AwsError::of_answer(call, Some("AccessDeniedException"), service.message(), 403)
        }
        _ => AwsError::of(call, error),
    }
}

/// An answer without a body would be read as an empty list. The service always sends one, so this is a
/// failure of the way, and is tried again like one.
#[derive(Debug)]
pub(super) struct NoBody;

impl Intercept for NoBody {
    fn name(&self) -> &'static str {
        "NoBody"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().is_success() && response.headers().get("content-length") == Some("0") {
            *response.status_mut() = 503_u16.try_into()?;
        }
        Ok(())
    }
}
