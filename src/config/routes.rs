//! `[[routes]]`: patterns for routes that are made from paths, and how many of them are shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use gwcost_core::model::{ApiPatterns, RouteLimits, RoutePatterns};
use serde::Deserialize;

/// What a file says of routes that are made from paths.
#[derive(Clone, Debug, Default)]
pub struct RouteConfig {
    /// Patterns that such routes have.
    pub patterns: Arc<ApiPatterns>,
    /// How many of them an analysis keeps in each stage.
    pub limits: RouteLimits,
}

pub(super) const KEYS: [&str; 3] = ["api", "most", "patterns"];

/// One `[[routes]]` as it is written.
#[derive(Deserialize)]
pub(super) struct Entry {
    api: Option<String>,
    most: Option<i64>,
    #[serde(default)]
    patterns: Vec<String>,
}

impl RouteConfig {
    /// Compiles the entries of a file; `None` without any. An error is a sentence.
    pub(super) fn check(entries: Vec<Entry>) -> Result<Option<RouteConfig>, String> {
        if entries.is_empty() {
            return Ok(None);
        }
        let (mut patterns, mut limits) = (BTreeMap::new(), BTreeMap::new());
        for entry in entries {
            let of = match entry.api.as_deref() {
                Some("") => return Err("api = \"\" in [[routes]]: expected an API's id".to_owned()),
                Some(api) => format!("for api = {api:?}"),
                None => "without api".to_owned(),
            };
            if entry.patterns.is_empty() && entry.most.is_none() {
                return Err(format!("the [[routes]] {of} says nothing: expected patterns, most or both"));
            }
            let limit = entry
                .most
                .map(|most| {
                    let limit = usize::try_from(most).ok().filter(|limit| *limit > 0);
                    limit.ok_or_else(|| format!("most = {most} in the [[routes]] {of}: expected 1 or more"))
                })
                .transpose()?;
            let compiled = RoutePatterns::compile(entry.patterns.iter().map(String::as_str))
                .map_err(|error| format!("in the [[routes]] {of}, {error}"))?;
            if patterns.insert(entry.api.clone(), compiled).is_some() {
                return Err(format!("there are two [[routes]] {of}: put what they say into one"));
            }
            if let Some(limit) = limit {
                limits.insert(entry.api, limit);
            }
        }
        let every = patterns.remove(&None).unwrap_or_default();
        let limit = limits.remove(&None).unwrap_or(RouteLimits::DEFAULT);
        let own = patterns.into_iter().filter_map(|(api, patterns)| Some((api?, patterns))).collect();
        let limits = limits.into_iter().filter_map(|(api, limit)| Some((api?, limit))).collect();
        Ok(Some(RouteConfig {
            patterns: Arc::new(ApiPatterns::new(every, own)),
            limits: RouteLimits::new(limit, limits),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Config;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("gwcost.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn patterns_and_limits_are_for_one_api_or_for_all() {
        let config = parse(
            "[[routes]]\npatterns = [\"/users/{user_id}\"]\nmost = 20\n\
             [[routes]]\napi = \"a1\"\npatterns = [\"/{tenant}/orders\", \"/files/{path+}\"]\n",
        );
        let routes = config.unwrap().routes.unwrap();
        assert_eq!(routes.patterns.route("a1", "/acme/orders"), "/{tenant}/orders");
        assert_eq!(routes.patterns.route("a1", "/users/7"), "/users/{user_id}");
        assert_eq!(routes.patterns.route("b2", "/acme/orders"), "/acme/orders");
        assert_eq!((routes.limits.of("a1"), routes.limits.of("b2")), (20, 20));
        let only = parse("[[routes]]\napi = \"a1\"\nmost = 3").unwrap().routes.unwrap();
        assert_eq!((only.limits.of("a1"), only.limits.of("b2")), (3, 500));
        assert!(parse("lake = \"x\"").unwrap().routes.is_none());
    }

    #[test]
    fn what_cannot_be_meant_is_an_error_that_says_what_can() {
        for (text, says) in [
            ("[[routes]]\npattern = [\"/a\"]", "unknown key \"pattern\" in [[routes]]"),
            ("[[routes]]\npattern = [\"/a\"]", "did you mean \"patterns\"?"),
            ("[[rotues]]\nmost = 1", "did you mean \"routes\"?"),
            ("[routes]\nmost = 1", "expected [[routes]]"),
            ("[[routes]]\nmost = 0", "most = 0 in the [[routes]] without api: expected 1 or more"),
            ("[[routes]]\nmost = -3", "expected 1 or more"),
            ("[[routes]]\napi = \"a1\"", "the [[routes]] for api = \"a1\" says nothing"),
            ("[[routes]]\napi = \"\"\nmost = 1", "expected an API's id"),
            ("[[routes]]\nmost = 1\n[[routes]]\nmost = 2", "two [[routes]] without api"),
            ("[[routes]]\npatterns = [\"/users/*\"]", "\"/users/*\" is no route pattern"),
            ("[[routes]]\npatterns = [\"/u/{id}\", \"/u/{name}\"]", "\"/u/{id}\" and \"/u/{name}\" match"),
            ("[[routes]]\npatterns = \"/u\"", "line 2"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with("gwcost.toml: ") && error.contains(says), "{text}: {error}");
        }
    }
}
