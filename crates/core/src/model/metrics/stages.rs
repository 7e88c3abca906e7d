//! From settings to what can be asked of CloudWatch: every stage, its methods where they have series of their
//! own, and the stages whose series nobody can attribute.

use std::collections::BTreeMap;

use super::scope::{Cut, MetricScope, metric_api_name};
use crate::model::settings::{RegionSettings, RestApi, V2Api};
use crate::model::{ApiKind, split_route_key};

/// A stage as CloudWatch knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsStage {
    /// The stage's own scope.
    pub scope: MetricScope,
    /// Some of its methods or routes have series of their own, for which the account pays.
    pub detailed: bool,
    /// Those of them that the settings name. There may be others, of methods that are no more.
    pub known: Vec<Cut>,
    /// Other APIs with the same series: REST APIs of one name with a stage of one name. What CloudWatch counts
    /// is then the sum over all of them, and is attributed to none.
    pub shared_with: Vec<String>,
}

/// Every stage that the settings know, REST APIs first.
pub fn metrics_stages(settings: &RegionSettings) -> Vec<MetricsStage> {
    let rest: Vec<&RestApi> = settings.rest_apis.iter().flatten().collect();
    let mut by_name: BTreeMap<String, Vec<&RestApi>> = BTreeMap::new();
    for api in &rest {
        by_name.entry(metric_api_name(&api.name, &api.id).into_owned()).or_default().push(api);
    }
    let mut stages = Vec::new();
    for found in settings.stages() {
        let (api_name, cached, known, shared_with) = match found.kind {
            ApiKind::Rest => {
                let name = metric_api_name(found.api_name, found.api_id).into_owned();
                let api = settings.rest_api(found.api_id);
                let stage = api.and_then(|api| api.stage(found.stage));
                let cached = stage.is_some_and(|stage| stage.cache_cluster_enabled);
                let known = api.map_or_else(Vec::new, |api| methods(api, found.stage));
                let sharing = by_name.get(&name).into_iter().flatten().filter(|api| {
                    // Stages that could not be read may be any.
                    api.id != found.api_id && (api.stages.is_none() || api.stage(found.stage).is_some())
                });
                let shared_with = sharing.map(|api| api.id.clone()).collect();
                (name, cached, known, shared_with)
            }
            ApiKind::Http | ApiKind::WebSocket => {
                let api = settings.v2_api(found.api_id);
                let known = api.map_or_else(Vec::new, |api| routes(api, found.stage));
                (found.api_name.to_owned(), false, known, Vec::new())
            }
        };
        stages.push(MetricsStage {
            scope: MetricScope {
                kind: found.kind,
                api: found.api_id.to_owned(),
                api_name,
                stage: found.stage.to_owned(),
                cut: Cut::Stage,
                cached,
            },
            detailed: found.detailed_metrics,
            known,
            shared_with,
        });
    }
    stages
}

/// The methods of a REST API that have series of their own in a stage.
fn methods(api: &RestApi, stage: &str) -> Vec<Cut> {
    let Some(stage) = api.stage(stage) else { return Vec::new() };
    let mut known = Vec::new();
    for resource in api.resources.iter().flatten() {
        for method in &resource.methods {
            let settings = stage.method_settings_of(&resource.path, &method.http_method);
            if settings.metrics_enabled == Some(true) {
                known.push(Cut::Method {
                    resource: resource.path.clone(),
                    method: method.http_method.clone(),
                });
            }
        }
    }
    known
}

/// The routes of an HTTP API that have series of their own in a stage, as far as their dimensions follow from
/// their keys: of `$default` and of WebSocket routes only CloudWatch can say them.
fn routes(api: &V2Api, stage: &str) -> Vec<Cut> {
    let Some(stage) = api.stage(stage).filter(|_| api.kind() == Some(ApiKind::Http)) else {
        return Vec::new();
    };
    let mut known = Vec::new();
    for route in api.routes.iter().flatten() {
        if stage.route_settings_of(&route.key).detailed_metrics_enabled != Some(true) {
            continue;
        }
        if let (Some(method), resource) = split_route_key(&route.key) {
            known.push(Cut::Method { resource: resource.to_owned(), method: method.to_owned() });
        }
    }
    known
}

impl MetricsStage {
    /// The scope of a part of the stage.
    pub fn part(&self, cut: Cut) -> MetricScope {
        MetricScope { cut, ..self.scope.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> RegionSettings {
        serde_json::from_str(text).unwrap()
    }

    fn stages_of(text: &str) -> Vec<(String, String, Vec<String>)> {
        metrics_stages(&settings(text))
            .into_iter()
            .map(|stage| (stage.scope.api, stage.scope.stage, stage.shared_with))
            .collect()
    }

    #[test]
    fn two_apis_of_one_name_share_the_series_of_equal_stages() {
        let text = r#"{"account":"111122223333","region":"us-east-1","rest_apis":[
            {"id":"a","name":"orders","stages":[{"name":"prod"},{"name":"dev"}]},
            {"id":"b","name":"ordérs","stages":[{"name":"prod"}]},
            {"id":"c","name":"ordrs","stages":[{"name":"prod"},{"name":"test"}]}]}"#;
        let shared = |api: &str, stage: &str, with: &[&str]| {
            (api.to_owned(), stage.to_owned(), with.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            stages_of(text),
            [
                shared("a", "prod", &[]),
                shared("a", "dev", &[]),
                shared("b", "prod", &["c"]),
                shared("c", "prod", &["b"]),
                shared("c", "test", &[]),
            ]
        );
    }

    #[test]
    fn an_api_whose_stages_are_not_known_may_share_any() {
        let text = r#"{"account":"111122223333","region":"us-east-1","rest_apis":[
            {"id":"a","name":"orders","stages":[{"name":"prod"}]},{"id":"b","name":"orders"}]}"#;
        assert_eq!(stages_of(text), [("a".to_owned(), "prod".to_owned(), vec!["b".to_owned()])]);
    }

    #[test]
    fn an_http_api_of_the_same_name_shares_nothing() {
        let text = r#"{"account":"111122223333","region":"us-east-1",
            "rest_apis":[{"id":"a","name":"orders","stages":[{"name":"prod"}]}],
            "v2_apis":[{"id":"h","name":"orders","protocol":"HTTP","stages":[{"name":"prod"}]},
                {"id":"g","name":"orders","protocol":"HTTP","stages":[{"name":"prod"}]}]}"#;
        assert!(metrics_stages(&settings(text)).iter().all(|stage| stage.shared_with.is_empty()));
    }

    #[test]
    fn methods_with_detailed_metrics_are_named() {
        let text = r#"{"account":"111122223333","region":"us-east-1","rest_apis":[
            {"id":"a","name":"orders","stages":[{"name":"prod","cache_cluster_enabled":true,"cache_cluster_size":"0.5",
                "method_settings":{"*/*":{"metrics_enabled":true},"/pets/POST":{"metrics_enabled":false}}}],
             "resources":[{"path":"/pets","methods":[{"http_method":"GET"},{"http_method":"POST"}]},
                {"path":"/{proxy+}","methods":[{"http_method":"ANY"}]}]}],
            "v2_apis":[{"id":"h","name":"catalog","protocol":"HTTP",
                "stages":[{"name":"$default","default_route_settings":{"detailed_metrics_enabled":true}}],
                "routes":[{"id":"r1","key":"GET /pets/{id}"},{"id":"r2","key":"$default"}]}]}"#;
        let stages = metrics_stages(&settings(text));
        let method = |resource: &str, method: &str| Cut::Method {
            resource: resource.to_owned(),
            method: method.to_owned(),
        };
        assert_eq!(stages[0].known, [method("/pets", "GET"), method("/{proxy+}", "ANY")]);
        assert!(stages[0].detailed && stages[0].scope.cached);
        assert_eq!(stages[1].known, [method("/pets/{id}", "GET")]);
        assert!(stages[1].detailed && !stages[1].scope.cached);
    }
}
