//! CloudWatch's metrics as recorded answers: series by dimensions, in pages, now and then partial.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::recorded::{Request, Response};

/// A series: metric, statistic, and its dimensions in the order of their names.
type Series = (String, String, Vec<(String, String)>);

/// What CloudWatch holds, and what it was asked.
#[derive(Clone, Default)]
pub struct CloudWatch {
    series: Arc<Mutex<BTreeMap<Series, BTreeMap<i64, f64>>>>,
    /// Points of a page; 0 for all in one.
    pub page_points: usize,
    /// Metrics of a page of ListMetrics; 0 for AWS's 500.
    page_metrics: usize,
    /// Series of this metric stay partial.
    pub never_complete: Option<&'static str>,
    /// Queries so far, in all calls.
    pub queries: Arc<AtomicU64>,
    /// The most queries of a call.
    pub most_queries: Arc<AtomicU64>,
}

impl CloudWatch {
    /// With so many metrics in a page of ListMetrics.
    pub fn listed_by(self, page_metrics: usize) -> CloudWatch {
        CloudWatch { page_metrics, ..self }
    }

    /// Puts a value at a period's start, in seconds of Unix time.
    pub fn put(&self, metric: &str, statistic: &str, dimensions: &[(&str, &str)], at_s: i64, value: f64) {
        let mut dimensions: Vec<(String, String)> =
            dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        dimensions.sort();
        let key = (metric.to_owned(), statistic.to_owned(), dimensions);
        self.series.lock().unwrap().entry(key).or_default().insert(at_s, value);
    }

    /// The answer to a request.
    pub fn answer(&self, request: &Request) -> Response {
        let input = request.input();
        match request.operation() {
            "GetMetricData" => Response::to(request, 200, &self.data(&input)),
            "ListMetrics" => Response::to(request, 200, &self.list(&input)),
            other => panic!("{other} is not recorded"),
        }
    }

    fn data(&self, input: &Value) -> Value {
        let queries = input["MetricDataQueries"].as_array().unwrap();
        if input["NextToken"].is_null() {
            self.queries.fetch_add(queries.len() as u64, Ordering::SeqCst);
        }
        self.most_queries.fetch_max(queries.len() as u64, Ordering::SeqCst);
        assert!(queries.len() <= 500, "{} queries", queries.len());
        let seconds = |name: &str| input[name]["$time"].as_f64().unwrap() as i64;
        let (from, to) = (seconds("StartTime"), seconds("EndTime"));
        let series = self.series.lock().unwrap();
        let mut points: Vec<(usize, i64, f64)> = Vec::new();
        for (index, query) in queries.iter().enumerate() {
            let stat = &query["MetricStat"];
            assert_eq!(stat["Metric"]["Namespace"], "AWS/ApiGateway");
            let period = stat["Period"].as_i64().unwrap();
            assert!(from % period == 0 && to % period == 0, "{from} {to} {period}");
            assert!((to - from) / period * queries.len() as i64 <= 100_800);
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let dimensions = pairs(&stat["Metric"]["Dimensions"]);
            let key = (text(&stat["Metric"]["MetricName"]), text(&stat["Stat"]), dimensions);
            let found = series.get(&key).into_iter().flatten();
            points.extend(
                found.filter(|(at, _)| from <= **at && **at < to).map(|(at, value)| (index, *at, *value)),
            );
        }
        let first: usize = input["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let size = if self.page_points == 0 { usize::MAX } else { self.page_points };
        let end = first.saturating_add(size).min(points.len());
        let results: Vec<Value> = queries
            .iter()
            .enumerate()
            .map(|(index, query)| {
                let of_page: Vec<_> = points[first..end].iter().filter(|point| point.0 == index).collect();
                let more = points[end..].iter().any(|point| point.0 == index);
                let stuck = self.never_complete == query["MetricStat"]["Metric"]["MetricName"].as_str()
                    && self.never_complete.is_some();
                json!({
                    "Id": query["Id"],
                    "Label": "x",
                    "Timestamps": of_page.iter().map(|point| json!({"$time": point.1})).collect::<Vec<_>>(),
                    "Values": of_page.iter().map(|point| point.2).collect::<Vec<_>>(),
                    "StatusCode": if more || stuck { "PartialData" } else { "Complete" },
                })
            })
            .collect();
        let mut output = json!({"MetricDataResults": results, "Messages": []});
        if end < points.len() {
            output["NextToken"] = end.to_string().into();
        }
        output
    }

    fn list(&self, input: &Value) -> Value {
        let wanted = pairs(&input["Dimensions"]);
        let series = self.series.lock().unwrap();
        let mut metrics: Vec<(&String, &Vec<(String, String)>)> = series
            .keys()
            .filter(|(_, _, dimensions)| wanted.iter().all(|pair| dimensions.contains(pair)))
            .map(|(metric, _, dimensions)| (metric, dimensions))
            .collect();
        metrics.dedup();
        let first: usize = input["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let size = if self.page_metrics == 0 { 500 } else { self.page_metrics };
        let end = metrics.len().min(first + size);
        let page: Vec<Value> = metrics[first..end]
            .iter()
            .map(|(metric, dimensions)| {
                let dimensions: Vec<Value> =
                    dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
                json!({"Namespace": "AWS/ApiGateway", "MetricName": metric, "Dimensions": dimensions})
            })
            .collect();
        let mut output = json!({"Metrics": page});
        if end < metrics.len() {
            output["NextToken"] = end.to_string().into();
        }
        output
    }
}

/// Dimensions in the order of their names.
fn pairs(dimensions: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut pairs: Vec<(String, String)> = dimensions
        .as_array()
        .into_iter()
        .flatten()
        .map(|dimension| (text(&dimension["Name"]), text(&dimension["Value"])))
        .collect();
    pairs.sort();
    pairs
}
