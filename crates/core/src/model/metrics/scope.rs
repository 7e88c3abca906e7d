//! Whose requests a series counts: a stage, or one method or route of it.

use std::borrow::Cow;

use super::Level;
use crate::model::{ApiKind, split_route_key};

/// What CloudWatch knows a REST API as. API Gateway removes what is not ASCII from the name, and takes the
/// API's id where nothing is left.
pub fn metric_api_name<'a>(name: &'a str, id: &'a str) -> Cow<'a, str> {
    if name.is_empty() {
        return Cow::Borrowed(id);
    }
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let ascii: String = name.chars().filter(char::is_ascii).collect();
    if ascii.is_empty() { Cow::Borrowed(id) } else { Cow::Owned(ascii) }
}

/// What a scope is cut down to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cut {
    /// The whole stage.
    Stage,
    /// One method of one resource, by the dimensions `Resource` and `Method`.
    Method {
        /// `/pets/{petId}`.
        resource: String,
        /// `GET`, `ANY`.
        method: String,
    },
    /// One route, by the dimension `Route` that HTTP and WebSocket APIs had before.
    Route {
        /// `GET /pets/{petId}`, `$default`.
        route: String,
    },
}

/// Whose requests a series counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MetricScope {
    /// The kind of API.
    pub kind: ApiKind,
    /// The API's id, as logs have it.
    pub api: String,
    /// The API's name; for a REST API as [`metric_api_name`] makes it.
    pub api_name: String,
    /// The stage's name.
    pub stage: String,
    /// The stage, or a part of it.
    pub cut: Cut,
    /// The stage has a cache cluster now.
    pub cached: bool,
}

impl MetricScope {
    /// A whole stage, or a part of it.
    pub fn level(&self) -> Level {
        match self.cut {
            Cut::Stage => Level::Stage,
            Cut::Method { .. } | Cut::Route { .. } => Level::Method,
        }
    }

    /// The dimensions of its series, by name and value.
    pub fn dimensions(&self) -> Vec<(&'static str, &str)> {
        let api = match self.kind {
            ApiKind::Rest => ("ApiName", self.api_name.as_str()),
            ApiKind::Http | ApiKind::WebSocket => ("ApiId", self.api.as_str()),
        };
        let mut all = vec![api, ("Stage", &self.stage)];
        match &self.cut {
            Cut::Stage => {}
            Cut::Method { resource, method } => {
                all.extend([("Resource", resource.as_str()), ("Method", method)])
            }
            Cut::Route { route } => all.push(("Route", route)),
        }
        all
    }

    /// The names of its dimensions, which tell its kind of series apart: `ApiName,Stage`.
    pub fn dimension_names(&self) -> String {
        self.dimensions().iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",")
    }

    /// The method of it, as logs have it.
    pub fn method(&self) -> Option<&str> {
        match &self.cut {
            Cut::Stage => None,
            Cut::Method { method, .. } => Some(method),
            Cut::Route { route } => split_of(self.kind, route).0,
        }
    }

    /// The route of it, as logs have it.
    pub fn route(&self) -> Option<&str> {
        match &self.cut {
            Cut::Stage => None,
            Cut::Method { resource, .. } => Some(resource),
            Cut::Route { route } => Some(split_of(self.kind, route).1),
        }
    }

    /// The part of this stage that listed dimensions stand for. `None` for those of the stage itself, of
    /// another stage, or of no known form.
    pub fn part(&self, listed: &[(&str, &str)]) -> Option<Cut> {
        let stage = MetricScope { cut: Cut::Stage, ..self.clone() };
        let own = stage.dimensions();
        if !own.iter().all(|dimension| listed.contains(dimension)) {
            return None;
        }
        let value = |wanted: &str| {
            listed.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
        };
        match (listed.len() - own.len(), value("Resource"), value("Method"), value("Route")) {
            (2, Some(resource), Some(method), None) => Some(Cut::Method { resource, method }),
            (1, None, None, Some(route)) if self.kind != ApiKind::Rest => Some(Cut::Route { route }),
            _ => None,
        }
    }
}

fn split_of(kind: ApiKind, route: &str) -> (Option<&str>, &str) {
    if kind == ApiKind::Http { split_route_key(route) } else { (None, route) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(kind: ApiKind) -> MetricScope {
        MetricScope {
            kind,
            api: "a1b2c3".to_owned(),
            api_name: "orders".to_owned(),
            stage: "prod".to_owned(),
            cut: Cut::Stage,
            cached: false,
        }
    }

    #[test]
    fn rest_apis_are_known_by_what_is_ascii_of_their_name() {
        assert_eq!(metric_api_name("orders", "a1"), "orders");
        assert_eq!(metric_api_name("Köln orders ✓", "a1"), "Kln orders ");
        assert_eq!(metric_api_name("注文", "a1"), "a1");
        assert_eq!(metric_api_name("", "a1"), "a1");
    }

    #[test]
    fn a_kind_of_api_has_its_own_dimensions() {
        assert_eq!(stage(ApiKind::Rest).dimensions(), [("ApiName", "orders"), ("Stage", "prod")]);
        assert_eq!(stage(ApiKind::Http).dimensions(), [("ApiId", "a1b2c3"), ("Stage", "prod")]);
        let cut = Cut::Method { resource: "/pets".to_owned(), method: "GET".to_owned() };
        let method = MetricScope { cut, ..stage(ApiKind::Rest) };
        assert_eq!(method.dimension_names(), "ApiName,Stage,Resource,Method");
        assert_eq!(
            (method.method(), method.route(), method.level()),
            (Some("GET"), Some("/pets"), Level::Method)
        );
    }

    #[test]
    fn routes_are_split_as_in_logs() {
        let route =
            |kind, key: &str| MetricScope { cut: Cut::Route { route: key.to_owned() }, ..stage(kind) };
        let http = route(ApiKind::Http, "GET /pets/{id}");
        assert_eq!((http.method(), http.route()), (Some("GET"), Some("/pets/{id}")));
        assert_eq!(http.dimension_names(), "ApiId,Stage,Route");
        let websocket = route(ApiKind::WebSocket, "GET /x");
        assert_eq!((websocket.method(), websocket.route()), (None, Some("GET /x")));
    }

    #[test]
    fn only_parts_of_the_stage_are_parts() {
        let rest = stage(ApiKind::Rest);
        let own = [("Stage", "prod"), ("ApiName", "orders")];
        let method = [("Method", "GET"), ("Resource", "/pets"), own[0], own[1]];
        let cut = Cut::Method { resource: "/pets".to_owned(), method: "GET".to_owned() };
        assert_eq!(rest.part(&method), Some(cut));
        assert_eq!(rest.part(&own), None);
        assert_eq!(rest.part(&[("ApiName", "orders")]), None);
        let other = [("Method", "GET"), ("Resource", "/pets"), ("Stage", "dev"), own[1]];
        assert_eq!(rest.part(&other), None);
        assert_eq!(rest.part(&[own[0], own[1], ("Route", "GET /pets")]), None);
        let http = stage(ApiKind::Http);
        let route = [("ApiId", "a1b2c3"), ("Stage", "prod"), ("Route", "$default")];
        assert_eq!(http.part(&route), Some(Cut::Route { route: "$default".to_owned() }));
        assert_eq!(http.part(&[route[0], route[1], ("Method", "GET")]), None);
    }
}
