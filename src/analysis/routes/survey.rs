//! Collects paths in bounded memory.
//!
//! When there are too many routes to remember, places that look like ones of identifiers are folded
//! (`tree`), and what is still too much after that is counted only.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use gwcost_core::model::{ApiPatterns, RoutePatterns, path_template};

use super::found::{RouteOrigin, RouteVariable, Survey, SurveyedApi, SurveyedRoute};
use super::tree::{RouteTree, Suggestion};

/// What a survey remembers at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Routes of all APIs.
    pub routes: usize,
    /// Different values of one variable.
    pub values: usize,
    /// Different values of all variables.
    pub all_values: usize,
    /// Bytes of a path; longer ones are counted only.
    pub path_bytes: usize,
    /// Segments of a path.
    pub segments: usize,
}

pub(super) const BOUNDS: Bounds =
    Bounds { routes: 50_000, values: 1_000, all_values: 2_000_000, path_bytes: 512, segments: 64 };

/// Collects paths.
pub struct RouteSurvey<'p> {
    patterns: &'p ApiPatterns,
    bounds: Bounds,
    apis: BTreeMap<String, Api>,
    routes: usize,
    all_values: usize,
    /// Folding did not help: no more routes are remembered.
    full: bool,
    uncounted: u64,
}

#[derive(Default)]
struct Api {
    requests: u64,
    found: HashMap<String, Found>,
    /// Folded so far.
    folded: RoutePatterns,
    suggestions: Vec<Suggestion>,
}

struct Found {
    requests: u64,
    example: String,
    origin: RouteOrigin,
    /// Of each variable, in order.
    values: Vec<Values>,
}

#[derive(Default)]
struct Values {
    hashes: HashSet<u64>,
    more: bool,
}

impl<'p> RouteSurvey<'p> {
    /// An empty survey; routes are made as `patterns` say.
    pub fn new(patterns: &'p ApiPatterns) -> RouteSurvey<'p> {
        RouteSurvey::within(patterns, BOUNDS)
    }

    pub(super) fn within(patterns: &'p ApiPatterns, bounds: Bounds) -> RouteSurvey<'p> {
        RouteSurvey {
            patterns,
            bounds,
            apis: BTreeMap::new(),
            routes: 0,
            all_values: 0,
            full: false,
            uncounted: 0,
        }
    }

    /// Counts a path without its stage, of a request whose route has to be made from it. `api` is
    /// empty where nothing says it.
    pub fn add(&mut self, api: &str, path: &str) {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let segments = path.bytes().filter(|byte| *byte == b'/').count();
        if path.len() > self.bounds.path_bytes || segments > self.bounds.segments {
            self.uncounted += 1;
            return;
        }
        if !self.apis.contains_key(api) {
            if self.full {
                self.uncounted += 1;
                return;
            }
            self.apis.insert(api.to_owned(), Api::default());
        }
        let Some(of_api) = self.apis.get_mut(api) else { return };
        let (route, origin) = match self.patterns.find(api, path) {
            Some(pattern) => (Cow::Borrowed(pattern), RouteOrigin::Pattern),
            None => match of_api.folded.find(path) {
                Some(pattern) => (Cow::Owned(pattern.to_owned()), RouteOrigin::Folded),
                None => (path_template(path), RouteOrigin::Path),
            },
        };
        if !of_api.found.contains_key(route.as_ref()) {
            if self.full {
                self.uncounted += 1;
                return;
            }
            self.routes += 1;
            let variables = route.split('/').filter(|segment| is_variable(segment)).count();
            let values = std::iter::repeat_with(Values::default).take(variables).collect();
            let found = Found { requests: 0, example: path.to_owned(), origin, values };
            of_api.found.insert(route.clone().into_owned(), found);
        }
        of_api.requests += 1;
        if let Some(found) = of_api.found.get_mut(route.as_ref()) {
            found.requests += 1;
            for (values, value) in found.values.iter_mut().zip(variables_of(&route, path)) {
                values.add(hash(value), self.bounds, &mut self.all_values);
            }
        }
        if !self.full && self.routes >= self.bounds.routes {
            self.fold();
        }
    }

    /// Replaces what looks like identifiers, so that there are fewer routes to remember.
    fn fold(&mut self) {
        for of_api in self.apis.values_mut() {
            let mut tree = of_api.tree();
            let suggestions = tree.suggest();
            if suggestions.is_empty() {
                continue;
            }
            let folded = |route: &str| {
                suggestions.iter().any(|found| {
                    route
                        .strip_prefix(&found.pattern)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                })
            };
            for pattern in patterns(&tree, folded, usize::MAX) {
                // Two that contradict each other come from a pattern of the user's, which is asked first.
                drop(of_api.folded.insert(&pattern));
            }
            of_api
                .suggestions
                .extend(suggestions.into_iter().map(|found| Suggestion { more: true, ..found }));
            for (route, found) in std::mem::take(&mut of_api.found) {
                let folded = of_api.folded.find(&route).filter(|_| found.origin != RouteOrigin::Pattern);
                let target = folded.map_or_else(|| route.clone(), str::to_owned);
                of_api.take_over(target, &route, found, self.bounds, &mut self.all_values);
            }
        }
        self.routes = self.apis.values().map(|of_api| of_api.found.len()).sum();
        // Folding again and again for a few routes would take long.
        self.full = self.routes > self.bounds.routes / 2;
    }

    /// What was found: of each API the `most` routes with most requests.
    pub fn finish(self, most: usize) -> Survey {
        let apis = self.apis.into_iter().filter(|(_, of_api)| of_api.requests > 0);
        Survey {
            apis: apis.map(|(api, of_api)| of_api.finish(api, most)).collect(),
            uncounted: self.uncounted,
        }
    }
}

impl Api {
    fn tree(&self) -> RouteTree {
        let mut tree = RouteTree::default();
        for (route, found) in self.found.iter().filter(|(route, _)| route.starts_with('/')) {
            tree.add(route, found.requests);
        }
        tree
    }

    /// Adds what was found of `route` to what is known of `target`, which stands for it.
    fn take_over(
        &mut self,
        target: String,
        route: &str,
        found: Found,
        bounds: Bounds,
        all_values: &mut usize,
    ) {
        if target == route && !self.found.contains_key(&target) {
            self.found.insert(target, found);
            return;
        }
        let Found { requests, example, mut origin, values } = found;
        origin = if target == route { origin } else { RouteOrigin::Folded };
        let mut values = values.into_iter();
        // Of each variable of the target: the values of one of the route, or a word of it.
        let taken = variables_of(&target, route)
            .map(|segment| match is_variable(segment) {
                true => values.next().unwrap_or_default(),
                false => Values { hashes: HashSet::from([hash(segment)]), more: false },
            })
            .collect::<Vec<_>>();
        match self.found.get_mut(&target) {
            Some(known) => {
                known.requests += requests;
                known.origin = if origin == RouteOrigin::Folded { origin } else { known.origin };
                for (known, taken) in known.values.iter_mut().zip(taken) {
                    known.more |= taken.more;
                    for hash in taken.hashes {
                        known.add(hash, bounds, all_values);
                    }
                }
            }
            None => {
                self.found.insert(target, Found { requests, example, origin, values: taken });
            }
        }
    }

    fn finish(self, api: String, most: usize) -> SurveyedApi {
        let mut tree = self.tree();
        let mut suggestions = self.suggestions;
        for found in tree.suggest() {
            if !suggestions.iter().any(|known| known.pattern == found.pattern) {
                suggestions.push(found);
            }
        }
        let patterns = patterns(&tree, |_| true, most);
        let mut routes: Vec<(String, Found)> = self.found.into_iter().collect();
        let routes_found = routes.len();
        routes.sort_unstable_by(|one, other| {
            (Reverse(one.1.requests), &one.0).cmp(&(Reverse(other.1.requests), &other.0))
        });
        routes.truncate(most);
        SurveyedApi {
            api,
            requests: self.requests,
            routes_found,
            routes: routes.into_iter().map(|(route, found)| found.finish(route)).collect(),
            suggestions,
            patterns,
        }
    }
}

impl Found {
    fn finish(self, route: String) -> SurveyedRoute {
        let names = route.split('/').filter(|segment| is_variable(segment));
        let variables = names
            .zip(self.values)
            .map(|(name, values)| RouteVariable {
                name: name.to_owned(),
                values: values.hashes.len(),
                more: values.more,
            })
            .collect();
        SurveyedRoute {
            requests: self.requests,
            example: self.example,
            origin: self.origin,
            variables,
            route,
        }
    }
}

impl Values {
    fn add(&mut self, hash: u64, bounds: Bounds, all_values: &mut usize) {
        if self.more || self.hashes.contains(&hash) {
            return;
        }
        if self.hashes.len() >= bounds.values || *all_values >= bounds.all_values {
            self.more = true;
            return;
        }
        self.hashes.insert(hash);
        *all_values += 1;
    }
}

/// The patterns that make the tree's routes: those with variables that are `wanted`, at most so many,
/// and the words that these would take. What cannot be written as a pattern is left out.
fn patterns(tree: &RouteTree, wanted: impl Fn(&str) -> bool, most: usize) -> Vec<String> {
    let plain = |text: &str| text.chars().all(|one| one.is_ascii_graphic() || one.is_alphanumeric());
    let routes = tree.routes().into_iter().map(|(route, _)| route).filter(|route| plain(route));
    let (with, without): (Vec<_>, Vec<_>) = routes.partition(|route| route.split('/').any(is_variable));
    let mut patterns = RoutePatterns::default();
    let with = with.into_iter().filter(|route| wanted(route));
    with.filter(|route| patterns.insert(route).is_ok()).take(most).for_each(drop);
    let taken: Vec<String> =
        without.into_iter().filter(|route| patterns.find(route).is_some()).take(most).collect();
    for route in taken {
        drop(patterns.insert(&route));
    }
    let mut patterns: Vec<String> = patterns.patterns().map(str::to_owned).collect();
    patterns.sort_unstable();
    patterns
}

fn is_variable(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// What stands in a path in the place of each variable of its route.
fn variables_of<'t>(route: &'t str, path: &'t str) -> impl Iterator<Item = &'t str> {
    let mut rest = Some(path);
    route.split('/').filter_map(move |segment| {
        let left = rest?;
        if segment.ends_with("+}") {
            rest = None;
            return Some(left);
        }
        let (value, later) = left.split_once('/').map_or((left, None), |(one, more)| (one, Some(more)));
        rest = later;
        is_variable(segment).then_some(value)
    })
}

fn hash(value: &str) -> u64 {
    // Without a key of its own, so that every run counts the same.
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
