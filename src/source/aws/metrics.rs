//! API Gateway's metrics, read from CloudWatch: which series there are, and what they counted.
//!
//! What is asked and how it is kept apart is in `gwcost_core::model::metrics`. A series that CloudWatch does not
//! answer completely fails, alone: part of a count would be a wrong count.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_config::{Region, SdkConfig};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{Dimension, DimensionFilter, Metric, MetricDataQuery, MetricStat};
use gwcost_core::model::Window;
use gwcost_core::model::metrics::{
    MetricScope, MetricsStage, NAMESPACE, Statistic, queries_of, queries_per_call, whole,
};

use super::connect::Aws;
use super::control::{NoBody, each, pages};
use super::error::{AwsError, Call};
use super::metric_pages::read_whole;

/// What a policy allows for all of this, on the resource `*`: CloudWatch knows no other for reading.
pub const METRICS_ACTIONS: [&str; 2] = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"];

/// The series that are to be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Each stage, then its parts.
    pub scopes: Vec<MetricScope>,
    /// Why parts of stages may be missing, a sentence fragment each.
    pub missing: Vec<String>,
    /// Calls of ListMetrics.
    pub calls: u64,
}

/// What a series counted in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricValue {
    /// Whose requests.
    pub scope: Arc<MetricScope>,
    /// AWS's name of the metric.
    pub metric: &'static str,
    /// How the period was summed up.
    pub statistic: Statistic,
    /// The period's first millisecond of Unix time.
    pub start_ms: i64,
    /// The count, the bytes or the milliseconds.
    pub value: i64,
}

/// A value that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricReject {
    /// Whose requests.
    pub scope: Arc<MetricScope>,
    /// AWS's name of the metric.
    pub metric: &'static str,
    /// The period's first millisecond of Unix time.
    pub start_ms: i64,
    /// Why, a sentence fragment.
    pub reason: String,
}

/// A series of which not everything could be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricFailure {
    /// Whose requests.
    pub scope: Arc<MetricScope>,
    /// AWS's name of the metric.
    pub metric: &'static str,
    /// AWS's word for what is wrong with it.
    pub status: String,
}

/// What CloudWatch counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricValues {
    /// In the order of the scopes, then by metric and statistic, then by time. A period without requests has
    /// no value.
    pub values: Vec<MetricValue>,
    /// Values that were not taken.
    pub rejects: Vec<MetricReject>,
    /// Series of which nothing is in `values`.
    pub failed: Vec<MetricFailure>,
    /// Queries, which CloudWatch charges for: each metric with each statistic, as often as it was asked.
    pub queries: u64,
    /// Calls of GetMetricData.
    pub calls: u64,
}

impl Aws {
    /// The series to ask for in a region: see [`metric_scopes`].
    ///
    /// # Errors
    /// Those of [`metric_scopes`].
    pub fn metric_scopes(
        &self,
        region: &str,
        stages: &[&MetricsStage],
        long_ago: bool,
    ) -> Result<Listed, AwsError> {
        self.block_on(metric_scopes(&self.config_in(region), stages, long_ago))
    }

    /// What was counted in a region: see [`metric_values`].
    ///
    /// # Errors
    /// Those of [`metric_values`].
    pub fn metric_values(
        &self,
        region: &str,
        scopes: &[MetricScope],
        window: Window,
        period_seconds: u32,
    ) -> Result<MetricValues, AwsError> {
        self.block_on(metric_values(&self.config_in(region), scopes, window, period_seconds))
    }

    fn config_in(&self, region: &str) -> SdkConfig {
        self.config().to_builder().region(Region::new(region.to_owned())).build()
    }
}

/// The series to ask for: each stage's own, and those of its methods where it has any. CloudWatch says which
/// methods there are, but leaves out those that had no request for two weeks; `long_ago` adds those that the
/// settings name, because they may have been busy before. Stages that share their series with others are left
/// out.
///
/// # Errors
/// [`AwsError`] where CloudWatch cannot be asked. Where ListMetrics is denied the settings' methods are taken.
pub async fn metric_scopes(
    config: &SdkConfig,
    stages: &[&MetricsStage],
    long_ago: bool,
) -> Result<Listed, AwsError> {
    let reader = Reader::new(config);
    let stages: Vec<&MetricsStage> =
        stages.iter().copied().filter(|stage| stage.shared_with.is_empty()).collect();
    let found = each(stages, |stage| reader.parts(stage, long_ago)).await?;
    let mut listed = Listed::default();
    for (scopes, missing, calls) in found {
        listed.scopes.extend(scopes);
        listed.missing.extend(missing);
        listed.calls += calls;
    }
    Ok(listed)
}

/// What the series counted in a window, whose ends must be multiples of the period.
///
/// # Errors
/// [`AwsError`] where CloudWatch cannot be asked, as when `cloudwatch:GetMetricData` is denied.
pub async fn metric_values(
    config: &SdkConfig,
    scopes: &[MetricScope],
    window: Window,
    period_seconds: u32,
) -> Result<MetricValues, AwsError> {
    let reader = Reader::new(config);
    let queries: Vec<Query> = scopes
        .iter()
        .flat_map(|scope| {
            let scope = Arc::new(scope.clone());
            queries_of(&scope).map(move |(metric, statistic)| Query {
                scope: Arc::clone(&scope),
                metric,
                statistic,
            })
        })
        .collect();
    let period_ms = i64::from(period_seconds) * 1000;
    let periods = u64::try_from((window.to_ms - window.from_ms) / period_ms).unwrap_or(0);
    let batches: Vec<&[Query]> = queries.chunks(queries_per_call(periods)).collect();
    let answers = each(batches, |batch| read_whole(&reader, batch, window, period_seconds)).await?;
    let mut all = MetricValues::default();
    for answer in answers {
        all.queries += answer.queries;
        all.calls += answer.calls;
        for (query, series) in answer.series {
            let (scope, metric, statistic) = (&query.scope, query.metric, query.statistic);
            let series = match series {
                Ok(series) => series,
                Err(status) => {
                    all.failed.push(MetricFailure { scope: Arc::clone(scope), metric, status });
                    continue;
                }
            };
            for (start_ms, value) in series {
                let taken = whole(value).map_err(|error| format!("{statistic}: {error}"));
                let taken =
                    taken.and_then(|value| match window.contains(start_ms) && start_ms % period_ms == 0 {
                        true => Ok(value),
                        false => Err("it is of no period that was asked for".to_owned()),
                    });
                match taken {
                    Ok(value) => {
                        let scope = Arc::clone(scope);
                        all.values.push(MetricValue { scope, metric, statistic, start_ms, value });
                    }
                    Err(reason) => {
                        all.rejects.push(MetricReject { scope: Arc::clone(scope), metric, start_ms, reason });
                    }
                }
            }
        }
    }
    Ok(all)
}

/// One thing that is asked.
pub(super) struct Query {
    pub(super) scope: Arc<MetricScope>,
    pub(super) metric: &'static str,
    pub(super) statistic: Statistic,
}

/// Asks CloudWatch in one region.
pub(super) struct Reader {
    pub(super) client: Client,
    region: String,
}

impl Reader {
    fn new(config: &SdkConfig) -> Reader {
        let client =
            Client::from_conf(aws_sdk_cloudwatch::config::Builder::from(config).interceptor(NoBody).build());
        Reader { client, region: config.region().map_or_else(String::new, ToString::to_string) }
    }

    pub(super) fn call(&self, action: &'static str) -> Call {
        Call::new(action, format!("the metrics of API Gateway in {}", self.region), "*")
    }

    /// A stage and its parts, why there may be others, and the calls that it took.
    async fn parts(
        &self,
        stage: &MetricsStage,
        long_ago: bool,
    ) -> Result<(Vec<MetricScope>, Option<String>, u64), AwsError> {
        let mut scopes = vec![stage.scope.clone()];
        if !stage.detailed {
            return Ok((scopes, None, 0));
        }
        let mut parts = BTreeSet::new();
        let (mut missing, mut calls) = (None, 0);
        match self.list(stage).await {
            Ok((listed, pages)) => {
                parts.extend(listed);
                calls = pages;
            }
            Err(error @ AwsError::AccessDenied { .. }) => {
                missing = Some(format!(
                    "stage {} of API {}: methods that the settings do not name are not asked for, because {error}",
                    stage.scope.stage, stage.scope.api
                ));
            }
            Err(error) => return Err(error),
        }
        if long_ago || missing.is_some() {
            parts.extend(stage.known.iter().map(|cut| stage.part(cut.clone())));
        }
        scopes.extend(parts);
        Ok((scopes, missing, calls))
    }

    /// The parts of a stage that CloudWatch had values of in the last two weeks.
    async fn list(&self, stage: &MetricsStage) -> Result<(Vec<MetricScope>, u64), AwsError> {
        let filters: Vec<DimensionFilter> = stage
            .scope
            .dimensions()
            .into_iter()
            .map(|(name, value)| DimensionFilter::builder().name(name).value(value).build())
            .collect();
        let call = self.call("cloudwatch:ListMetrics");
        let calls = std::cell::Cell::new(0);
        let found = pages(&call, |token| {
            calls.set(calls.get() + 1);
            let request = self.client.list_metrics().namespace(NAMESPACE);
            let request = request.set_dimensions(Some(filters.clone())).set_next_token(token);
            async move {
                let page = request.send().await;
                page.map(|page| (page.metrics.unwrap_or_default(), page.next_token))
            }
        })
        .await?;
        let part = |metric: &Metric| {
            let named = |dimension: &'_ Dimension| {
                Some((dimension.name()?.to_owned(), dimension.value()?.to_owned()))
            };
            let dimensions: Vec<(String, String)> = metric.dimensions().iter().filter_map(named).collect();
            let dimensions: Vec<(&str, &str)> =
                dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            stage.scope.part(&dimensions).map(|cut| stage.part(cut))
        };
        Ok((found.iter().filter_map(part).collect(), calls.get()))
    }
}

impl Query {
    /// The query as CloudWatch takes it; `id` tells its answer apart from the others'.
    pub(super) fn build(&self, id: String, period_seconds: i32) -> MetricDataQuery {
        let dimension = |(name, value): (&str, &str)| Dimension::builder().name(name).value(value).build();
        let dimensions = self.scope.dimensions().into_iter().map(dimension).collect();
        let metric = Metric::builder()
            .namespace(NAMESPACE)
            .metric_name(self.metric)
            .set_dimensions(Some(dimensions))
            .build();
        let stat =
            MetricStat::builder().metric(metric).period(period_seconds).stat(self.statistic.name()).build();
        MetricDataQuery::builder().id(id).metric_stat(stat).build()
    }
}
