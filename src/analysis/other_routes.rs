//! The busiest routes as they are, and the rest as one: `(other)`.
//!
//! Routes made from paths are as many as callers make them. In each stage those with most requests
//! are kept, and all others become one route. Usage is merged before it is priced, and latencies
//! before they are ranked, so no total changes and percentiles stay exact. A route that was logged
//! is the API's own, and is never merged.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use gwcost_core::model::RouteLimits;

use super::dimension::Dimension;
use super::filter::Filters;
use super::percentile::GroupKey;
use super::usage::{LeafKey, Leaves};

/// The route that stands for all routes which are not kept.
pub const OTHER: &str = "(other)";

/// Whose routes are counted together.
const STAGE: [Dimension; 4] = [Dimension::Account, Dimension::Region, Dimension::Api, Dimension::Stage];

/// The place of the route in an endpoint's values, behind those of [`STAGE`] and the method.
const ROUTE: usize = 5;

/// Requests of a route, and those of them for which it was made from the path.
#[derive(Clone, Copy, Default)]
struct Tally {
    requests: u64,
    made: u64,
}

/// Which routes are merged.
pub struct RouteMerge<'q> {
    filters: &'q Filters,
    /// The filters of all other dimensions: that of the route is asked before routes are merged.
    without_route: Filters,
    /// Of the stages that have too many: the routes that stay, and how many do not.
    stages: HashMap<Vec<Option<String>>, (HashSet<String>, u64)>,
}

impl<'q> RouteMerge<'q> {
    /// Finds the routes to merge: of those that were made from paths, and that the filters ask for,
    /// all but the `limits` busiest of each stage; among equals, the first by name stay.
    pub fn new(leaves: &Leaves, limits: &RouteLimits, filters: &'q Filters) -> RouteMerge<'q> {
        let mut tallies: BTreeMap<&[Option<String>], HashMap<&str, Tally>> = BTreeMap::new();
        for (key, leaf) in leaves {
            let values = &key.endpoint.values;
            if let Some(route) = values[ROUTE].as_deref() {
                let tally = tallies.entry(&values[..4]).or_default().entry(route).or_default();
                tally.requests += leaf.requests;
                tally.made += leaf.templated;
            }
        }
        let mut merge =
            RouteMerge { filters, without_route: filters.without(Dimension::Route), stages: HashMap::new() };
        for (stage, tally) in tallies {
            // A route that was logged once is the API's own.
            let (mut made, logged): (Vec<_>, Vec<_>) =
                tally.into_iter().partition(|(_, tally)| tally.made == tally.requests);
            made.retain(|(route, _)| merge.is_asked_for(route));
            let limit = limits.of(stage[2].as_deref().unwrap_or_default());
            if made.len() <= limit {
                continue;
            }
            made.sort_unstable_by_key(|(route, tally)| (Reverse(tally.requests), *route));
            let merged = (made.len() - limit) as u64;
            made.truncate(limit);
            let kept = made.into_iter().chain(logged).map(|(route, _)| route.to_owned()).collect();
            merge.stages.insert(stage.to_vec(), (kept, merged));
        }
        merge
    }

    /// Whether anything is merged.
    pub fn is_any(&self) -> bool {
        !self.stages.is_empty()
    }

    /// Whether the answer is about routes, so that it must be known which are merged.
    pub fn concerns(&self, by: &[Dimension]) -> bool {
        self.is_any() && (by.contains(&Dimension::Route) || self.filters.are_on(Dimension::Route))
    }

    /// The filters that this was made with.
    pub fn filters(&self) -> &Filters {
        self.filters
    }

    /// The filters that do not look at routes.
    pub fn without_route(&self) -> &Filters {
        &self.without_route
    }

    /// `(other)` asks for what is merged when nothing is filtered.
    fn is_asked_for(&self, route: &str) -> bool {
        self.filters.matches(Dimension::Route, OTHER) || self.filters.matches(Dimension::Route, route)
    }

    fn merges(&self, stage: &[Option<String>], route: &str) -> bool {
        self.stages.get(stage).is_some_and(|(kept, _)| !kept.contains(route)) && self.is_asked_for(route)
    }

    /// Merges leaves of the window for which this was made.
    pub fn merge(&self, leaves: Leaves) -> Leaves {
        if !self.is_any() {
            return leaves;
        }
        let mut merged = Leaves::new();
        for (key, leaf) in leaves {
            merged.entry(self.renamed(key)).or_default().merge(&leaf);
        }
        merged
    }

    /// The key that a leaf is counted under: `(other)` where its route is merged.
    pub fn renamed(&self, mut key: LeafKey) -> LeafKey {
        let values = &mut key.endpoint.values;
        if values[ROUTE].as_deref().is_some_and(|route| self.merges(&values[..4], route)) {
            values[ROUTE] = Some(OTHER.to_owned());
        }
        key
    }

    /// Whether the filters select a leaf, after merging.
    pub fn selects(&self, key: &LeafKey) -> bool {
        let value = |dimension| key.endpoint.value(dimension);
        if self.is_merged(key) { self.without_route.select(value) } else { self.filters.select(value) }
    }

    fn is_merged(&self, key: &LeafKey) -> bool {
        let values = &key.endpoint.values;
        values[ROUTE].as_deref() == Some(OTHER) && self.stages.contains_key(&values[..4])
    }

    /// How many routes the selected leaves have lost.
    pub fn routes_merged(&self, leaves: &Leaves) -> u64 {
        let stages: BTreeSet<&[Option<String>]> = leaves
            .keys()
            .filter(|key| self.is_merged(key) && self.selects(key))
            .map(|key| &key.endpoint.values[..4])
            .collect();
        stages.into_iter().filter_map(|stage| self.stages.get(stage)).map(|(_, merged)| merged).sum()
    }

    /// What a query must group by so that [`RouteMerge::group`] can tell the groups of `by`.
    pub fn dimensions(by: &[Dimension]) -> Vec<Dimension> {
        let missing = Dimension::ENDPOINT
            .into_iter()
            .filter(|dimension| *dimension != Dimension::Method && !by.contains(dimension));
        by.iter().copied().chain(missing).collect()
    }

    /// The group of `by`, given the values of [`RouteMerge::dimensions`]; `None` if it is not selected.
    pub fn group(&self, by: &[Dimension], mut values: GroupKey) -> Option<GroupKey> {
        let dimensions = RouteMerge::dimensions(by);
        let place = |wanted: Dimension| dimensions.iter().position(|dimension| *dimension == wanted);
        let of_stage = STAGE.iter().map(|of| values.get(place(*of)?).cloned());
        let stage = of_stage.collect::<Option<Vec<_>>>()?;
        let at = place(Dimension::Route)?;
        let route = values[at].as_deref();
        if route.is_some_and(|route| self.merges(&stage, route)) {
            values[at] = Some(OTHER.to_owned());
        } else if self.filters.are_on(Dimension::Route)
            && !route.is_some_and(|route| self.filters.matches(Dimension::Route, route))
        {
            return None;
        }
        values.truncate(by.len());
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use gwcost_core::model::ApiKind;

    use super::*;
    use crate::analysis::usage::{Endpoint, Leaf};

    fn leaf(api: &str, method: &str, route: Option<&str>, requests: u64, templated: u64) -> (LeafKey, Leaf) {
        let text = |text: &str| Some(text.to_owned());
        let values =
            [text("1"), text("us-east-1"), text(api), text("prod"), text(method), route.map(str::to_owned)];
        let key = LeafKey {
            month: "2026-10".parse().unwrap(),
            endpoint: Endpoint { values, kind: ApiKind::Http },
            since: "2026-10-01".parse().unwrap(),
            further: Vec::new(),
        };
        (key, Leaf { requests, templated, ..Leaf::default() })
    }

    fn leaves() -> Leaves {
        Leaves::from([
            leaf("a", "GET", Some("/one"), 5, 5),
            leaf("a", "PUT", Some("/one"), 5, 5),
            leaf("a", "GET", Some("/two"), 7, 7),
            leaf("a", "GET", Some("/tie"), 7, 7),
            leaf("a", "PUT", Some("/rare"), 1, 1),
            leaf("a", "GET", Some("/logged"), 1, 0),
            leaf("a", "GET", Some("/both"), 2, 1),
            leaf("a", "GET", None, 3, 0),
            leaf("b", "GET", Some("/rare"), 1, 1),
        ])
    }

    fn routes(merge: &RouteMerge<'_>) -> Vec<String> {
        let merged = merge.merge(leaves());
        let shown = |(key, leaf): (&LeafKey, &Leaf)| {
            let values = &key.endpoint.values;
            let part = |at: usize| values[at].clone().unwrap_or_default();
            format!("{} {} {} {}", part(2), part(4), part(5), leaf.requests)
        };
        merged.iter().filter(|(key, _)| merge.selects(key)).map(shown).collect()
    }

    fn filters(typed: &[(Dimension, &str)]) -> Filters {
        let mut filters = Filters::default();
        for (dimension, pattern) in typed {
            filters.add(*dimension, pattern).unwrap();
        }
        filters
    }

    #[test]
    fn the_busiest_stay_and_logged_routes_are_never_merged() {
        let filters = Filters::default();
        let merge = RouteMerge::new(&leaves(), &RouteLimits::new(2, BTreeMap::new()), &filters);
        assert_eq!(
            routes(&merge),
            [
                "a GET  3",
                // As busy as /tie, and behind it by name.
                "a GET (other) 7",
                "a GET /both 2",
                "a GET /logged 1",
                "a GET /one 5",
                "a GET /tie 7",
                "a PUT (other) 1",
                "a PUT /one 5",
                "b GET /rare 1"
            ]
        );
        assert_eq!(merge.routes_merged(&merge.merge(leaves())), 2);
        let all = RouteMerge::new(&leaves(), &RouteLimits::new(4, BTreeMap::new()), &filters);
        assert!(!all.is_any() && all.merge(leaves()) == leaves());
    }

    #[test]
    fn who_asks_for_a_route_gets_it_and_not_the_rest() {
        let limits = RouteLimits::new(1, BTreeMap::from([("b".to_owned(), 9)]));
        let rare = filters(&[(Dimension::Route, "/r*")]);
        let merge = RouteMerge::new(&leaves(), &limits, &rare);
        assert_eq!(routes(&merge), ["a PUT /rare 1", "b GET /rare 1"]);
        // More match than are kept: those that do are merged among themselves.
        let two = filters(&[(Dimension::Route, "/t*")]);
        let merge = RouteMerge::new(&leaves(), &limits, &two);
        assert_eq!(routes(&merge), ["a GET (other) 7", "a GET /tie 7"]);
        let other = filters(&[(Dimension::Route, "(other)"), (Dimension::Method, "GET")]);
        let merge = RouteMerge::new(&leaves(), &limits, &other);
        assert_eq!(routes(&merge), ["a GET (other) 14"]);
        assert_eq!(merge.routes_merged(&merge.merge(leaves())), 3);
        let of_b = filters(&[(Dimension::Api, "b")]);
        let merge = RouteMerge::new(&leaves(), &limits, &of_b);
        assert_eq!(merge.routes_merged(&merge.merge(leaves())), 0);
    }

    #[test]
    fn groups_of_latencies_follow_their_routes() {
        let by = [Dimension::Route, Dimension::Status];
        assert_eq!(
            RouteMerge::dimensions(&by).iter().map(|dimension| dimension.name()).collect::<Vec<_>>(),
            ["route", "status", "account", "region", "api", "stage"]
        );
        let limits = RouteLimits::new(1, BTreeMap::new());
        let group = |filters: &Filters, route: &str, api: &str| {
            let merge = RouteMerge::new(&leaves(), &limits, filters);
            assert!(merge.concerns(&by));
            let values = [route, "200", "1", "us-east-1", api, "prod"].map(|text| Some(text.to_owned()));
            let group = merge.group(&by, values.to_vec())?;
            assert_eq!((group.len(), group[1].as_deref()), (2, Some("200")));
            group.into_iter().next()?
        };
        let none = Filters::default();
        assert_eq!(group(&none, "/tie", "a").unwrap(), OTHER);
        assert_eq!(group(&none, "/tie", "b").unwrap(), "/tie");
        assert_eq!(group(&none, "/one", "a").unwrap(), "/one");
        let asked = filters(&[(Dimension::Route, "/t*")]);
        assert_eq!(group(&asked, "/two", "a").unwrap(), OTHER);
        assert_eq!(group(&asked, "/one", "a"), None);
    }
}
