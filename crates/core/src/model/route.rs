//! What an endpoint's route is: what API Gateway logged of it, or a pattern made from the path.
//!
//! A REST API logs `resourcePath`, an HTTP API `routeKey` (`GET /pets/{id}`), a WebSocket API
//! `routeKey` without a method. Where only `path` is known, or the route takes everything
//! (`{proxy+}`, `$default`), identifiers in the path are replaced so that one endpoint stays one row.

use std::borrow::Cow;

use super::ApiKind;
use super::identifier::is_identifier;
use crate::same::find;

/// An endpoint's method and route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route<'a> {
    /// `GET`; `None` where the API kind has none or it was not logged.
    pub method: Option<&'a str>,
    /// `/pets/{id}`; `None` where nothing was matched or logged.
    pub route: Option<Cow<'a, str>>,
    /// The route is a pattern made from a path.
    pub templated: bool,
}

/// What a line of a log says of the endpoint that was asked.
#[derive(Clone, Copy, Debug)]
pub struct LoggedRoute<'a> {
    /// The kind of API.
    pub kind: ApiKind,
    /// The request's method.
    pub method: Option<&'a str>,
    /// REST: `resourcePath`; HTTP and WebSocket: `routeKey`.
    pub route: Option<&'a str>,
    /// The log's format holds a route, so that a request without one matched none.
    pub route_logged: bool,
    /// The path, a REST API's with the stage in front.
    pub path: Option<&'a str>,
    /// The stage's name.
    pub stage: &'a str,
}

impl<'a> LoggedRoute<'a> {
    /// The endpoint; `template` makes a route from a path without its stage.
    pub fn route(&self, template: impl FnOnce(&'a str) -> Cow<'a, str>) -> Route<'a> {
        let (method, route) = self.logged();
        match self.path_to_template() {
            Some(path) => Route { method, route: Some(template(path)), templated: true },
            None => Route { method, route: route.map(Cow::Borrowed), templated: false },
        }
    }

    /// The path, without its stage, if the route has to be made from it.
    pub fn path_to_template(&self) -> Option<&'a str> {
        let needed = match (self.kind, self.logged().1) {
            (ApiKind::WebSocket, _) => false,
            (_, Some(route)) => takes_everything(route),
            // Where a route is logged and unset, none matched: the path is then the caller's invention.
            (_, None) => !self.route_logged,
        };
        self.path.filter(|_| needed).map(|path| without_stage(path, self.stage, self.kind))
    }

    fn logged(&self) -> (Option<&'a str>, Option<&'a str>) {
        match (self.kind, self.route) {
            (ApiKind::WebSocket, route) => (None, route),
            (ApiKind::Http, Some(route_key)) => {
                let (of_route, route) = split_route_key(route_key);
                // `ANY /pets` takes every method: the request's own says more.
                (self.method.or(of_route), Some(route))
            }
            (_, route) => (self.method, route),
        }
    }
}

/// `$default`, or a route that ends with a greedy parameter as `{proxy+}`.
fn takes_everything(route: &str) -> bool {
    // A plus is rare, and looking for one byte is quick.
    route == "$default" || (find(b'+', route.as_bytes()).is_some() && route.contains("+}"))
}

/// Splits an HTTP API's `routeKey`: `GET /pets/{id}` has a method, `$default` has none.
pub fn split_route_key(route_key: &str) -> (Option<&str>, &str) {
    match route_key.split_once(' ') {
        Some((method, path)) if path.starts_with('/') && !method.is_empty() => (Some(method), path),
        _ => (None, route_key),
    }
}

/// A path without its stage: a REST API's begins with it, unless a custom domain maps it away.
pub fn without_stage<'a>(path: &'a str, stage: &str, kind: ApiKind) -> &'a str {
    if kind != ApiKind::Rest || stage.is_empty() {
        return path;
    }
    match path.strip_prefix('/').and_then(|rest| rest.strip_prefix(stage)) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// Replaces path segments that identify one thing by `{id}`: numbers, UUIDs, digests, dates, random
/// text, mail addresses. A query string goes; a slash at the end stays, for it may be another route.
///
/// The answer borrows the path when nothing was replaced.
pub fn path_template(path: &str) -> Cow<'_, str> {
    let path = without_query(path);
    let mut template = String::new();
    let (mut at, mut copied) = (0, 0);
    for segment in path.split('/') {
        let end = at + segment.len();
        if is_identifier(segment) {
            template.reserve(path.len());
            template.push_str(&path[copied..at]);
            template.push_str("{id}");
            copied = end;
        }
        at = end + 1;
    }
    if template.is_empty() {
        return Cow::Borrowed(path);
    }
    template.push_str(&path[copied..]);
    Cow::Owned(template)
}

/// The path alone.
pub(super) fn without_query(path: &str) -> &str {
    path.bytes().position(|byte| byte == b'?' || byte == b'#').map_or(path, |end| &path[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn route_keys_split_into_method_and_path() {
        assert_eq!(split_route_key("GET /pets/{id}"), (Some("GET"), "/pets/{id}"));
        assert_eq!(split_route_key("$default"), (None, "$default"));
        assert_eq!(split_route_key("send message"), (None, "send message"));
    }

    #[test]
    fn identifiers_become_parameters_and_words_stay() {
        assert_eq!(path_template("/v2/54fadb412c4e40cdbaed9335e4c35a9e/servers"), "/v2/{id}/servers");
        assert_eq!(path_template("/orders/1234/items?page=2"), "/orders/{id}/items");
        assert_eq!(path_template("/u/0b9c7f1e-1f51-4bfa-8b8e-6a5b1d3a8c11/x"), "/u/{id}/x");
        assert_eq!(path_template("/reports/2026-10-31"), "/reports/{id}");
        assert_eq!(path_template("/orders/1234/"), "/orders/{id}/");
        assert_eq!(path_template("//1//"), "//{id}//");
        assert!(matches!(path_template("/feed/deadbeef/v1"), Cow::Borrowed("/feed/deadbeef/v1")));
        assert_eq!(path_template("/"), "/");
    }

    #[test]
    fn the_stage_is_no_part_of_a_rest_route() {
        assert_eq!(without_stage("/prod/pets/1", "prod", ApiKind::Rest), "/pets/1");
        assert_eq!(without_stage("/prod", "prod", ApiKind::Rest), "/");
        assert_eq!(without_stage("/production", "prod", ApiKind::Rest), "/production");
        assert_eq!(without_stage("//pets", "", ApiKind::Rest), "//pets");
        assert_eq!(without_stage("/prod/pets", "prod", ApiKind::Http), "/prod/pets");
    }

    #[test]
    fn a_route_is_made_from_the_path_only_where_the_log_does_not_say_it() {
        let of = |kind, route, route_logged, path| {
            let logged = LoggedRoute { kind, method: Some("GET"), route, route_logged, path, stage: "prod" };
            let found = logged.route(path_template);
            assert_eq!(found.templated, logged.path_to_template().is_some());
            (found.method, found.route.map(Cow::into_owned), found.templated)
        };
        let (rest, http) = (ApiKind::Rest, ApiKind::Http);
        let path = Some("/prod/pets/17");
        let made = |route: &str| (Some("GET"), Some(route.to_owned()), true);
        let logged = |route: &str| (Some("GET"), Some(route.to_owned()), false);
        assert_eq!(of(rest, Some("/pets/{petId}"), true, path), logged("/pets/{petId}"));
        assert_eq!(of(rest, Some("/pets/{proxy+}"), true, path), made("/pets/{id}"));
        assert_eq!(of(rest, Some("/pets/{proxy+}"), true, None), logged("/pets/{proxy+}"));
        assert_eq!(of(rest, None, false, path), made("/pets/{id}"));
        assert_eq!(of(rest, None, true, path), (Some("GET"), None, false));
        assert_eq!(of(http, Some("ANY /pets/{id}"), true, path), logged("/pets/{id}"));
        assert_eq!(of(http, Some("$default"), true, path), made("/prod/pets/{id}"));
        assert_eq!(of(ApiKind::WebSocket, Some("$default"), true, path), (None, logged("$default").1, false));
    }
}
