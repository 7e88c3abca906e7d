//! What a user says of routes that are made from paths, for each API: their patterns, and how many of
//! them are worth a row.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::route::path_template;
use super::route_patterns::RoutePatterns;

/// The patterns for all APIs: those of one API are tried before those for every API.
#[derive(Clone, Debug, Default)]
pub struct ApiPatterns {
    every: RoutePatterns,
    own: BTreeMap<String, RoutePatterns>,
}

impl ApiPatterns {
    /// Patterns for every API, and by API id for that one.
    pub fn new(every: RoutePatterns, own: BTreeMap<String, RoutePatterns>) -> ApiPatterns {
        ApiPatterns { every, own }
    }

    /// The pattern of an API's path, or else the path's [`path_template`].
    pub fn route<'a>(&'a self, api: &str, path: &'a str) -> Cow<'a, str> {
        self.find(api, path).map_or_else(|| path_template(path), Cow::Borrowed)
    }

    /// The pattern that matches a path of an API.
    pub fn find(&self, api: &str, path: &str) -> Option<&str> {
        let own = if self.own.is_empty() { None } else { self.own.get(api) };
        own.and_then(|own| own.find(path)).or_else(|| self.every.find(path))
    }

    /// All patterns that can match a path of `api`, or of any API without one, as a text that is the
    /// same for the same patterns in whatever order they were given; `None` without patterns.
    pub fn canonical(&self, api: Option<&str>) -> Option<String> {
        let mut text = String::new();
        let mut write = |of: &str, patterns: &RoutePatterns| {
            let mut sorted: Vec<&str> = patterns.patterns().collect();
            sorted.sort_unstable();
            for pattern in sorted {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{of}{pattern}");
            }
        };
        write("", &self.every);
        for (of, patterns) in self.own.iter().filter(|(of, _)| api.is_none_or(|api| api == *of)) {
            write(of, patterns);
        }
        Some(text).filter(|text| !text.is_empty())
    }
}

/// How many routes made from paths an analysis keeps in each stage of an API; the rest is one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteLimits {
    every: usize,
    own: BTreeMap<String, usize>,
}

impl RouteLimits {
    /// The limit where nothing is said: more rows than a person reads, few enough for a page.
    pub const DEFAULT: usize = 500;

    /// The limit of every API, and by API id of that one.
    pub fn new(every: usize, own: BTreeMap<String, usize>) -> RouteLimits {
        RouteLimits { every, own }
    }

    /// The limit of an API's stages.
    pub fn of(&self, api: &str) -> usize {
        self.own.get(api).copied().unwrap_or(self.every)
    }
}

impl Default for RouteLimits {
    fn default() -> RouteLimits {
        RouteLimits::new(RouteLimits::DEFAULT, BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(patterns: &[&str]) -> RoutePatterns {
        RoutePatterns::compile(patterns.iter().copied()).unwrap()
    }

    #[test]
    fn an_apis_own_patterns_come_first() {
        let own = BTreeMap::from([("a1".to_owned(), of(&["/{proxy+}"]))]);
        let patterns = ApiPatterns::new(of(&["/users/{user_id}"]), own);
        assert_eq!(patterns.route("a1", "/users/7"), "/{proxy+}");
        assert_eq!(patterns.route("b2", "/users/7"), "/users/{user_id}");
        assert_eq!(patterns.route("b2", "/pets/7"), "/pets/{id}");
        assert_eq!(patterns.canonical(Some("b2")).unwrap(), "/users/{user_id}\n");
        assert_eq!(patterns.canonical(None).unwrap(), "/users/{user_id}\na1/{proxy+}\n");
        assert_eq!(ApiPatterns::default().canonical(None), None);
    }
    #[test]
    fn an_api_has_its_own_limit_or_that_of_all() {
        let limits = RouteLimits::new(20, BTreeMap::from([("a1".to_owned(), 3)]));
        assert_eq!((limits.of("a1"), limits.of("b2")), (3, 20));
        assert_eq!(RouteLimits::default().of("a1"), 500);
    }
}
