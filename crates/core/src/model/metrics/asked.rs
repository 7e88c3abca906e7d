//! THE list of metrics: what is asked of CloudWatch for each kind of API, at each level. To add a metric, add
//! it here.
//!
//! Every statistic of every metric is a query, and CloudWatch charges for what is asked, so a metric stands
//! here only if an analysis can use it.

use std::fmt;

use super::MetricScope;
use crate::model::ApiKind;

/// How CloudWatch sums up the values of a period. All of them are whole numbers for the metrics asked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Statistic {
    /// All values added up: a count of requests or bytes, or milliseconds altogether.
    Sum,
    /// How many values there were.
    SampleCount,
    /// The largest value.
    Maximum,
}

/// What a series is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// A whole stage: always there.
    Stage,
    /// A method or a route of a stage: only where detailed metrics are enabled.
    Method,
}

/// A metric and the statistics of it that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// AWS's name of it: `4XXError` for a REST API, `4xx` for an HTTP API.
    pub metric: &'static str,
    /// One query each.
    pub statistics: &'static [Statistic],
    /// It exists only where a cache answers.
    pub of_cache: bool,
}

const fn sum(metric: &'static str) -> Asked {
    Asked { metric, statistics: &[Statistic::Sum], of_cache: false }
}

const fn of_cache(metric: &'static str) -> Asked {
    Asked { metric, statistics: &[Statistic::Sum], of_cache: true }
}

const fn with(metric: &'static str, statistics: &'static [Statistic]) -> Asked {
    Asked { metric, statistics, of_cache: false }
}

/// Its samples are the requests, which Count says.
const LATENCY: Asked = with("Latency", &[Statistic::Sum, Statistic::Maximum]);
/// Its samples are the requests that reached the backend, which nothing else says.
const INTEGRATION_LATENCY: Asked =
    with("IntegrationLatency", &[Statistic::SampleCount, Statistic::Sum, Statistic::Maximum]);
/// By method without the maximum: there may be thousands of them.
const INTEGRATION_LATENCY_BY_METHOD: Asked =
    with("IntegrationLatency", &[Statistic::SampleCount, Statistic::Sum]);

const REST_STAGE: [Asked; 7] = [
    sum("Count"),
    sum("4XXError"),
    sum("5XXError"),
    of_cache("CacheHitCount"),
    of_cache("CacheMissCount"),
    LATENCY,
    INTEGRATION_LATENCY,
];
const REST_METHOD: [Asked; 6] = [
    sum("Count"),
    sum("4XXError"),
    sum("5XXError"),
    of_cache("CacheHitCount"),
    of_cache("CacheMissCount"),
    INTEGRATION_LATENCY_BY_METHOD,
];
const HTTP_STAGE: [Asked; 6] =
    [sum("Count"), sum("4xx"), sum("5xx"), sum("DataProcessed"), LATENCY, INTEGRATION_LATENCY];
const HTTP_METHOD: [Asked; 5] =
    [sum("Count"), sum("4xx"), sum("5xx"), sum("DataProcessed"), INTEGRATION_LATENCY_BY_METHOD];
const WEBSOCKET_STAGE: [Asked; 6] = [
    sum("ConnectCount"),
    sum("MessageCount"),
    sum("ClientError"),
    sum("ExecutionError"),
    sum("IntegrationError"),
    INTEGRATION_LATENCY,
];
const WEBSOCKET_METHOD: [Asked; 6] = [
    sum("ConnectCount"),
    sum("MessageCount"),
    sum("ClientError"),
    sum("ExecutionError"),
    sum("IntegrationError"),
    INTEGRATION_LATENCY_BY_METHOD,
];

/// The metrics of a kind of API at a level.
pub const fn asked(kind: ApiKind, level: Level) -> &'static [Asked] {
    match (kind, level) {
        (ApiKind::Rest, Level::Stage) => &REST_STAGE,
        (ApiKind::Rest, Level::Method) => &REST_METHOD,
        (ApiKind::Http, Level::Stage) => &HTTP_STAGE,
        (ApiKind::Http, Level::Method) => &HTTP_METHOD,
        (ApiKind::WebSocket, Level::Stage) => &WEBSOCKET_STAGE,
        (ApiKind::WebSocket, Level::Method) => &WEBSOCKET_METHOD,
    }
}

/// The queries of a scope: each metric with each of its statistics. Those of caches are asked of every stage,
/// because there may have been a cache before, but only of methods whose stage has one now.
pub fn queries_of(scope: &MetricScope) -> impl Iterator<Item = (&'static str, Statistic)> + use<> {
    let cached = scope.cached || scope.level() == Level::Stage;
    asked(scope.kind, scope.level())
        .iter()
        .filter(move |asked| cached || !asked.of_cache)
        .flat_map(|asked| asked.statistics.iter().map(|statistic| (asked.metric, *statistic)))
}

impl Statistic {
    /// AWS's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Statistic::Sum => "Sum",
            Statistic::SampleCount => "SampleCount",
            Statistic::Maximum => "Maximum",
        }
    }
}

impl Level {
    /// The name in the lake.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Stage => "stage",
            Level::Method => "method",
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::metrics::Cut;

    fn scope(kind: ApiKind, cut: Cut, cached: bool) -> MetricScope {
        MetricScope {
            kind,
            api: "a1".to_owned(),
            api_name: "orders".to_owned(),
            stage: "prod".to_owned(),
            cut,
            cached,
        }
    }

    #[test]
    fn every_metric_is_asked_once_for_each_statistic() {
        for kind in ApiKind::ALL {
            for level in [Level::Stage, Level::Method] {
                let mut names: Vec<&str> = asked(kind, level).iter().map(|asked| asked.metric).collect();
                let all = names.len();
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), all, "{kind} {level}");
            }
        }
        let of_stage: Vec<_> = queries_of(&scope(ApiKind::Rest, Cut::Stage, false)).collect();
        assert_eq!(of_stage.len(), 10);
        assert_eq!(of_stage[0], ("Count", Statistic::Sum));
        assert!(of_stage.contains(&("CacheHitCount", Statistic::Sum)));
    }

    #[test]
    fn methods_are_asked_about_the_cache_only_where_there_is_one() {
        let cut = || Cut::Method { resource: "/pets".to_owned(), method: "GET".to_owned() };
        let asks = |cached| {
            queries_of(&scope(ApiKind::Rest, cut(), cached)).any(|(metric, _)| metric == "CacheMissCount")
        };
        assert!(asks(true) && !asks(false));
    }
}
