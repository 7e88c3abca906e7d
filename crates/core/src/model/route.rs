//! What an endpoint's route is: what API Gateway logged of it, or a pattern made from the path.
//!
//! A REST API logs `resourcePath`, an HTTP API `routeKey` (`GET /pets/{id}`), a WebSocket API
//! `routeKey` without a method. Where only `path` is known, or the route takes everything
//! (`{proxy+}`, `$default`), identifiers in the path are replaced so that one endpoint stays one row.

use std::borrow::Cow;

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

/// Splits an HTTP API's `routeKey`: `GET /pets/{id}` has a method, `$default` has none.
pub fn split_route_key(route_key: &str) -> (Option<&str>, &str) {
    match route_key.split_once(' ') {
        Some((method, path)) if path.starts_with('/') && !method.is_empty() => (Some(method), path),
        _ => (None, route_key),
    }
}

/// Replaces path segments that identify one thing by `{id}`: numbers, UUIDs, hashes, dates.
///
/// The answer borrows the path when nothing was replaced.
pub fn path_template(path: &str) -> Cow<'_, str> {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    if !path.split('/').any(is_identifier) {
        return Cow::Borrowed(path);
    }
    let mut template = String::with_capacity(path.len());
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            template.push('/');
        }
        template.push_str(if is_identifier(segment) { "{id}" } else { segment });
    }
    Cow::Owned(template)
}

fn is_identifier(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if bytes.is_empty() || digits == 0 {
        return false;
    }
    let numeric = digits == bytes.len();
    let hexadecimal = bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let long_hex = hexadecimal && bytes.iter().filter(|byte| **byte != b'-').count() >= 16;
    let date = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
    numeric || long_hex || date
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
        assert!(matches!(path_template("/feed/deadbeef/v1"), Cow::Borrowed("/feed/deadbeef/v1")));
        assert_eq!(path_template("/"), "/");
    }
}
