//! CloudWatch's metrics over loopback: every value once, whatever the way to it does, and none that is not
//! whole. moto knows no metrics of API Gateway.

use gwcost::source::aws::{AwsError, Listed, MetricValues, metric_scopes, metric_values};
use gwcost_core::model::metrics::{Cut, MetricScope, MetricsStage, Statistic};
use gwcost_core::model::{ApiKind, DAY_MS, Window};

use super::client::{config, run};
use super::cloudwatch::CloudWatch;
use super::recorded::{ANY, Fault, Faults, Response, Server};

/// 2026-10-17T00:00:00Z.
const DAY_S: i64 = 1_792_195_200;
const WINDOW: Window = Window { from_ms: DAY_S * 1000, to_ms: DAY_S * 1000 + 2 * DAY_MS };

fn stage(kind: ApiKind, number: usize) -> MetricScope {
    MetricScope {
        kind,
        api: format!("id{number}"),
        api_name: format!("api {number}"),
        stage: "prod".to_owned(),
        cut: Cut::Stage,
        cached: false,
    }
}

fn read(server: &Server, scopes: &[MetricScope]) -> Result<MetricValues, AwsError> {
    run(metric_values(&config(&server.url(), "eu-west-1"), scopes, WINDOW, 3600))
}

fn list(server: &Server, stage: &MetricsStage, long_ago: bool) -> Result<Listed, AwsError> {
    run(metric_scopes(&config(&server.url(), "eu-west-1"), &[stage], long_ago))
}

fn detailed(scope: MetricScope, known: Vec<Cut>) -> MetricsStage {
    MetricsStage { scope, detailed: true, known, shared_with: Vec::new() }
}

fn method(resource: &str, method: &str) -> Cut {
    Cut::Method { resource: resource.to_owned(), method: method.to_owned() }
}

/// Count of every hour of each of so many stages, all different.
fn busy(stages: usize) -> (CloudWatch, Vec<MetricScope>) {
    let cloudwatch = CloudWatch::default();
    let scopes: Vec<MetricScope> = (0..stages).map(|number| stage(ApiKind::Rest, number)).collect();
    for (number, scope) in scopes.iter().enumerate() {
        for hour in 0..48 {
            let value = (number * 1000 + hour) as f64;
            cloudwatch.put("Count", "Sum", &scope.dimensions(), DAY_S + hour as i64 * 3600, value);
        }
        // The end is exclusive.
        cloudwatch.put("Count", "Sum", &scope.dimensions(), DAY_S + 48 * 3600, 1e6);
    }
    (cloudwatch, scopes)
}

fn check_busy(found: &MetricValues, stages: usize) {
    assert_eq!((found.values.len(), found.rejects.len(), found.failed.len()), (stages * 48, 0, 0));
    for (index, value) in found.values.iter().enumerate() {
        let (number, hour) = (index / 48, index % 48);
        assert_eq!(value.scope.api, format!("id{number}"));
        assert_eq!(value.start_ms, (DAY_S + hour as i64 * 3600) * 1000);
        assert_eq!(value.value, (number * 1000 + hour) as i64);
        assert_eq!((value.metric, value.statistic), ("Count", Statistic::Sum));
    }
}

#[test]
fn queries_come_in_batches_and_answers_in_pages() {
    let (mut cloudwatch, scopes) = busy(120);
    cloudwatch.page_points = 700;
    let (queries, most) = (cloudwatch.queries.clone(), cloudwatch.most_queries.clone());
    let server = Server::play(Faults::none(), move |request| cloudwatch.answer(request));
    let found = read(&server, &scopes).unwrap();
    check_busy(&found, 120);
    let (queries, most) =
        (queries.load(std::sync::atomic::Ordering::SeqCst), most.load(std::sync::atomic::Ordering::SeqCst));
    assert_eq!((found.queries, queries, most), (1200, 1200, 500));
    // 2,400 points of the first 500 queries take four pages, those of the second too, the rest two.
    assert_eq!((found.calls, server.requests()), (10, 10));
}

#[test]
fn faults_on_the_way_change_nothing() {
    let (mut cloudwatch, scopes) = busy(60);
    cloudwatch.page_points = 100;
    let kinds = [&ANY[..], &[Fault::Empty]].concat();
    let server = Server::play(Faults::of(5, 30, &kinds), move |request| cloudwatch.answer(request));
    check_busy(&read(&server, &scopes).unwrap(), 60);
    assert!(server.faults() > 5, "{} faults in {} requests", server.faults(), server.requests());
}

#[test]
fn a_series_that_stays_partial_fails_alone() {
    let (mut cloudwatch, scopes) = busy(2);
    cloudwatch.never_complete = Some("4XXError");
    let server = Server::play(Faults::none(), move |request| cloudwatch.answer(request));
    let found = read(&server, &scopes).unwrap();
    assert_eq!(found.values.len(), 2 * 48);
    let failed: Vec<(&str, &str)> =
        found.failed.iter().map(|failure| (failure.metric, failure.status.as_str())).collect();
    assert_eq!(failed, [("4XXError", "PartialData"); 2]);
    // Twenty queries, and the two that were not complete three times more.
    assert_eq!((found.queries, found.calls), (26, 4));
}

#[test]
fn what_is_no_count_is_rejected_with_its_reason() {
    let cloudwatch = CloudWatch::default();
    let scope = stage(ApiKind::Http, 1);
    for (hour, value) in [(0, 7.0), (1, 2.5), (2, -1.0), (3, 1e18)] {
        cloudwatch.put("DataProcessed", "Sum", &scope.dimensions(), DAY_S + hour * 3600, value);
    }
    cloudwatch.put("DataProcessed", "Sum", &scope.dimensions(), DAY_S + 60, 9.0);
    let server = Server::play(Faults::none(), move |request| cloudwatch.answer(request));
    let found = read(&server, &[scope]).unwrap();
    let values: Vec<i64> = found.values.iter().map(|value| value.value).collect();
    assert_eq!(values, [7]);
    let mut reasons: Vec<&str> = found.rejects.iter().map(|reject| reject.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "Sum: -1 is negative",
            "Sum: 1000000000000000000 is too large to be exact",
            "Sum: 2.5 is no whole number",
            "it is of no period that was asked for"
        ]
    );
}

#[test]
fn methods_are_found_page_by_page_and_no_other_stages() {
    let cloudwatch = CloudWatch::default().listed_by(3);
    let scope = stage(ApiKind::Rest, 1);
    let own = scope.dimensions();
    for resource in ["/a", "/b", "/c", "/d"] {
        for metric in ["Count", "4XXError"] {
            let dimensions = [&own[..], &[("Resource", resource), ("Method", "GET")]].concat();
            cloudwatch.put(metric, "Sum", &dimensions, DAY_S, 1.0);
        }
    }
    cloudwatch.put("Count", "Sum", &own, DAY_S, 4.0);
    cloudwatch.put("Count", "Sum", &[("ApiName", "api 1"), ("Stage", "dev")], DAY_S, 4.0);
    let server = Server::play(Faults::none(), move |request| cloudwatch.answer(request));
    let known = vec![method("/a", "GET"), method("/silent", "POST")];
    let listed = list(&server, &detailed(scope.clone(), known.clone()), false).unwrap();
    let parts: Vec<Option<&str>> = listed.scopes.iter().map(MetricScope::route).collect();
    assert_eq!(parts, [None, Some("/a"), Some("/b"), Some("/c"), Some("/d")]);
    assert_eq!((listed.calls, listed.missing.len()), (3, 0));
    // What was silent for two weeks is not listed, and may have been busy before.
    let listed = list(&server, &detailed(scope.clone(), known), true).unwrap();
    assert_eq!(listed.scopes.len(), 6);
    let plain = MetricsStage { detailed: false, ..detailed(scope, Vec::new()) };
    assert_eq!(list(&server, &plain, true).unwrap().scopes.len(), 1);
}

#[test]
fn where_the_list_is_denied_the_settings_name_the_methods() {
    let server = Server::play(Faults::none(), |request| {
        let message =
            "User: u is not authorized to perform: cloudwatch:ListMetrics because no policy allows it";
        Response::error(request, 403, "AccessDenied", message)
    });
    let stage = detailed(stage(ApiKind::Rest, 1), vec![method("/a", "GET")]);
    let listed = list(&server, &stage, false).unwrap();
    assert_eq!(listed.scopes.len(), 2);
    assert!(listed.missing[0].contains("cloudwatch:ListMetrics"), "{:?}", listed.missing);
    let error = read(&server, &listed.scopes).unwrap_err();
    assert!(matches!(error, AwsError::AccessDenied { .. }), "{error:?}");
}
