//! A look at what the credentials may do: each action once, as cheaply as it can be asked.
//!
//! Lists are asked for one item, an object for one byte, a log group for one event. GetMetricData is asked for one
//! metric, which AWS charges like any other.

use std::error::Error;
use std::time::Duration;

use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat};
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::DateTime;

use super::control::{CONTROL_PLANE_ACTION, meaning};
use super::s3_client::partition;
use super::{Aws, AwsError, Call, LogGroup, S3Location};

/// Until a question counts as not answered, the tries of the SDK included.
const PATIENCE: Duration = Duration::from_secs(8);

/// The stretch of time before now that log events and metrics are asked of.
const STRETCH_MS: i64 = 3_600_000;

/// An action that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The action, and what it was tried on.
    pub call: Call,
    /// Why it failed.
    pub error: Option<AwsError>,
}

/// What is to be tried beside the settings.
#[derive(Clone, Debug, Default)]
pub struct Probing {
    /// The account that the credentials are of, twelve digits.
    pub account: String,
    /// Log groups of the connection's region that events are wanted of.
    pub log_groups: Vec<LogGroup>,
    /// Buckets that objects are wanted of.
    pub buckets: Vec<S3Location>,
    /// Now, milliseconds of Unix time.
    pub now_ms: i64,
}

impl Aws {
    /// Tries what reading takes. Once nobody answers, or nobody knows the credentials, nothing more is tried.
    pub fn probe(&self, wanted: &Probing) -> Vec<Probe> {
        self.block_on(async {
            let mut asker = Asker { aws: self, tried: Vec::new(), over: false };
            asker.settings().await;
            asker.logs(wanted).await;
            asker.metrics(wanted.now_ms).await;
            for bucket in &wanted.buckets {
                asker.bucket(bucket).await;
            }
            asker.tried
        })
    }
}

struct Asker<'a> {
    aws: &'a Aws,
    tried: Vec<Probe>,
    over: bool,
}

impl Asker<'_> {
    /// Asks once, and keeps what came of it. `None` where it failed.
    async fn ask<T, E>(
        &mut self,
        call: Call,
        meaning: fn(&Call, &SdkError<E, HttpResponse>) -> AwsError,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Option<T>
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        if self.over {
            return None;
        }
        let mut reached = false;
        let answer = match tokio::time::timeout(PATIENCE, request).await {
            Ok(answer) => answer.map_err(|error| {
                reached = error.raw_response().is_some();
                meaning(&call, &error)
            }),
            Err(_) => Err(AwsError::Unavailable {
                action: call.action.to_owned(),
                resource: call.resource.clone(),
                message: format!("none within {} s", PATIENCE.as_secs()),
            }),
        };
        let (answer, error) = match answer {
            Ok(answer) => (Some(answer), None),
            Err(error) => (None, Some(error)),
        };
        self.over = error.as_ref().is_some_and(|error| match error {
            AwsError::AccessDenied { .. } | AwsError::NotFound { .. } | AwsError::Other { .. } => false,
            // A failure inside of the service is one of this question alone.
            AwsError::Unavailable { .. } => !reached,
            _ => true,
        });
        self.tried.push(Probe { call, error });
        answer
    }

    /// Every path of the control planes, as far as there is something below it.
    async fn settings(&mut self) {
        let rest = aws_sdk_apigateway::Client::new(self.aws.config());
        let v2 = aws_sdk_apigatewayv2::Client::new(self.aws.config());
        let region = self.aws.region().to_owned();
        let call = |path: &str| {
            let arn = format!("arn:{}:apigateway:{region}::{path}", partition(&region));
            Call::new(CONTROL_PLANE_ACTION, path, arn)
        };
        self.ask(call("/account"), meaning, rest.get_account().send()).await;
        self.ask(call("/apikeys"), meaning, rest.get_api_keys().limit(1).send()).await;
        self.ask(call("/vpclinks"), meaning, rest.get_vpc_links().limit(1).send()).await;

        let plans = self.ask(call("/usageplans"), meaning, rest.get_usage_plans().limit(1).send()).await;
        if let Some(id) = plans.and_then(|plans| plans.items?.into_iter().next()?.id) {
            let keys = rest.get_usage_plan_keys().usage_plan_id(id).limit(1);
            self.ask(call("/usageplans/*/keys"), meaning, keys.send()).await;
        }
        let domains = self.ask(call("/domainnames"), meaning, rest.get_domain_names().limit(1).send()).await;
        if let Some(name) = domains.and_then(|domains| domains.items?.into_iter().next()?.domain_name) {
            let mappings = rest.get_base_path_mappings().domain_name(name).limit(1);
            self.ask(call("/domainnames/*"), meaning, mappings.send()).await;
        }
        let apis = self.ask(call("/restapis"), meaning, rest.get_rest_apis().limit(1).send()).await;
        if let Some(id) = apis.and_then(|apis| apis.items?.into_iter().next()?.id) {
            self.ask(call("/restapis/*/stages"), meaning, rest.get_stages().rest_api_id(&id).send()).await;
            let resources = rest.get_resources().rest_api_id(&id).limit(1);
            self.ask(call("/restapis/*/resources"), meaning, resources.send()).await;
            let authorizers = rest.get_authorizers().rest_api_id(&id).limit(1);
            self.ask(call("/restapis/*/authorizers"), meaning, authorizers.send()).await;
            let responses = rest.get_gateway_responses().rest_api_id(&id).limit(1);
            self.ask(call("/restapis/*/gatewayresponses"), meaning, responses.send()).await;
        }
        let apis = self.ask(call("/apis"), meaning, v2.get_apis().max_results("1").send()).await;
        if let Some(id) = apis.and_then(|apis| apis.items?.into_iter().next()?.api_id) {
            let stages = v2.get_stages().api_id(&id).max_results("1");
            self.ask(call("/apis/*/stages"), meaning, stages.send()).await;
            let routes = v2.get_routes().api_id(&id).max_results("1");
            self.ask(call("/apis/*/routes"), meaning, routes.send()).await;
            let integrations = v2.get_integrations().api_id(&id).max_results("1");
            self.ask(call("/apis/*/integrations"), meaning, integrations.send()).await;
            let authorizers = v2.get_authorizers().api_id(&id).max_results("1");
            self.ask(call("/apis/*/authorizers"), meaning, authorizers.send()).await;
        }
    }

    /// Whether log groups can be found, and events be read from those that are wanted.
    async fn logs(&mut self, wanted: &Probing) {
        let everything = LogGroup {
            name: "*".to_owned(),
            region: self.aws.region().to_owned(),
            account: wanted.account.clone(),
            linked: false,
        };
        let call = Call::new("logs:DescribeLogGroups", "log groups", everything.arn());
        let groups = self.aws.logs_client(&everything).describe_log_groups().limit(1);
        self.ask(call, AwsError::of, groups.send()).await;
        for group in &wanted.log_groups {
            let arn = format!("{}:*", group.arn());
            let call = Call::new("logs:FilterLogEvents", format!("log group {}", group.name), arn);
            let events = self
                .aws
                .logs_client(group)
                .filter_log_events()
                .log_group_name(&group.name)
                .start_time(wanted.now_ms - STRETCH_MS)
                .end_time(wanted.now_ms)
                .limit(1);
            self.ask(call, AwsError::of, events.send()).await;
        }
    }

    /// Whether metrics can be listed and read.
    async fn metrics(&mut self, now_ms: i64) {
        let client = aws_sdk_cloudwatch::Client::new(self.aws.config());
        let call = |action| Call::new(action, "metrics", "*");
        let list = client.list_metrics().namespace("AWS/ApiGateway").metric_name("Count");
        self.ask(call("cloudwatch:ListMetrics"), AwsError::of, list.send()).await;
        let metric = Metric::builder().namespace("AWS/ApiGateway").metric_name("Count").build();
        let stat = MetricStat::builder().metric(metric).period(3600).stat("Sum").build();
        // CloudWatch's periods begin with the hour.
        let now_ms = now_ms - now_ms.rem_euclid(STRETCH_MS);
        let data = client
            .get_metric_data()
            .metric_data_queries(MetricDataQuery::builder().id("count").metric_stat(stat).build())
            .start_time(DateTime::from_millis(now_ms - STRETCH_MS))
            .end_time(DateTime::from_millis(now_ms));
        self.ask(call("cloudwatch:GetMetricData"), AwsError::of, data.send()).await;
    }

    /// Whether a bucket can be listed, and the first object of it be read.
    async fn bucket(&mut self, location: &S3Location) {
        let s3 = &self.aws.s3;
        let list = || {
            let client = s3.of(&location.bucket);
            client.list_objects_v2().bucket(&location.bucket).prefix(&location.prefix).max_keys(1).send()
        };
        let answer = async {
            match list().await {
                // It may be in another region, which the answer says.
                Err(error) if s3.learn(&location.bucket, &error) => list().await,
                answer => answer,
            }
        };
        let call = s3.listing(&location.bucket, &location.prefix);
        let listed = self.ask(call, AwsError::of, answer).await;
        let Some(key) = listed.and_then(|listed| listed.contents?.into_iter().next()?.key) else { return };
        let call = s3.reading(&location.bucket, &key);
        let object = s3.of(&location.bucket).get_object().bucket(&location.bucket).key(key);
        // An empty object has no first byte, and S3 says so only to those who may read it.
        let object = object.range("bytes=0-0").send();
        self.ask(call, AwsError::of, object).await;
        if let Some(Probe { error, .. }) = self.tried.last_mut()
            && matches!(error, Some(AwsError::Changed { .. }))
        {
            *error = None;
            self.over = false;
        }
    }
}
