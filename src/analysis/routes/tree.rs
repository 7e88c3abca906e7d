//! The routes of an API as a tree of segments: where one place holds very many different segments,
//! each of them rare, they look like identifiers that were not recognised.

use std::collections::BTreeMap;

/// So many rare segments in one place are hardly all words of the API.
const MANY: usize = 50;

/// Segments that have at most one in so many requests of their place are rare.
const RARE_IN: u64 = 50;

/// Segments that have at least one in so many requests of their place are words all the same.
const WORD_IN: u64 = 10;

/// Segments that are named as examples.
const EXAMPLES: usize = 3;

/// What stands for the segments of such a place.
const VARIABLE: &str = "{id}";

/// A place in the paths of an API that looks like one of identifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The path to the place, with `{id}` there.
    pub pattern: String,
    /// How many different segments it stands for.
    pub values: usize,
    /// More values came after it was found, and are not counted.
    pub more: bool,
    /// Requests with one of them.
    pub requests: u64,
    /// A few of them, those with most requests first.
    pub examples: Vec<String>,
    /// Segments in the same place that are too frequent for identifiers.
    pub words: Vec<String>,
}

/// Routes by segment, with their requests.
#[derive(Debug, Default)]
pub struct RouteTree {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    /// Requests for the route that ends here.
    here: u64,
    /// Requests for it and for all longer ones.
    all: u64,
    below: BTreeMap<String, Node>,
}

impl RouteTree {
    /// Adds a route, which begins with a slash.
    pub fn add(&mut self, route: &str, requests: u64) {
        let mut node = &mut self.root;
        node.all += requests;
        for segment in route.split('/').skip(1) {
            node = node.below.entry(segment.to_owned()).or_default();
            node.all += requests;
        }
        node.here += requests;
    }

    /// Finds all places that look like ones of identifiers, and replaces what is in them by `{id}`.
    pub fn suggest(&mut self) -> Vec<Suggestion> {
        let mut found = Vec::new();
        self.root.suggest("", &mut found);
        found
    }

    /// All routes with their requests, those with most first.
    pub fn routes(&self) -> Vec<(String, u64)> {
        let mut routes = Vec::new();
        self.root.list("", &mut routes);
        routes.sort_unstable_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
        routes
    }
}

impl Node {
    fn suggest(&mut self, path: &str, found: &mut Vec<Suggestion>) {
        let requests: u64 = self.below.values().map(|node| node.all).sum();
        let words = self.below.iter().filter(|(segment, _)| is_word(segment));
        let rare = words.filter(|(_, node)| node.all * RARE_IN <= requests).count();
        if rare > MANY {
            found.push(self.replace(path, requests));
        }
        for (segment, node) in &mut self.below {
            node.suggest(&format!("{path}/{segment}"), found);
        }
    }

    fn replace(&mut self, path: &str, requests: u64) -> Suggestion {
        let (mut variable, mut replaced, mut words) = (Node::default(), Vec::new(), Vec::new());
        let mut kept = BTreeMap::new();
        for (segment, node) in std::mem::take(&mut self.below) {
            if !is_word(&segment) {
                kept.insert(segment, node);
            } else if node.all * WORD_IN >= requests {
                words.push(segment.clone());
                kept.insert(segment, node);
            } else {
                replaced.push((node.all, segment));
                variable.merge(node);
            }
        }
        self.below = kept;
        let values = replaced.len();
        let of_variable = variable.all;
        replaced.sort_unstable_by(|one, other| (other.0, &one.1).cmp(&(one.0, &other.1)));
        self.below.entry(VARIABLE.to_owned()).or_default().merge(variable);
        Suggestion {
            pattern: format!("{path}/{VARIABLE}"),
            values,
            more: false,
            requests: of_variable,
            examples: replaced.into_iter().take(EXAMPLES).map(|(_, segment)| segment).collect(),
            words,
        }
    }

    fn merge(&mut self, other: Node) {
        self.here += other.here;
        self.all += other.all;
        for (segment, node) in other.below {
            self.below.entry(segment).or_default().merge(node);
        }
    }

    fn list(&self, path: &str, routes: &mut Vec<(String, u64)>) {
        if self.here > 0 {
            routes.push((path.to_owned(), self.here));
        }
        for (segment, node) in &self.below {
            node.list(&format!("{path}/{segment}"), routes);
        }
    }
}

fn is_word(segment: &str) -> bool {
    !segment.is_empty() && !segment.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: usize) -> String {
        format!("{}-{}", ["red", "green", "blue", "grey"][number % 4], "hat".repeat(1 + number / 4))
    }

    #[test]
    fn many_rare_segments_in_one_place_are_taken_for_identifiers() {
        let mut tree = RouteTree::default();
        for number in 0..60 {
            tree.add(&format!("/products/{}", name(number)), 2);
            tree.add(&format!("/products/{}/reviews", name(number)), 1);
        }
        tree.add("/products/search", 100);
        tree.add("/products/{id}", 7);
        tree.add("/products/", 1);
        tree.add("/health", 5);
        let found = tree.suggest();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].pattern.as_str(), found[0].values, found[0].requests),
            ("/products/{id}", 60, 180)
        );
        assert_eq!(found[0].words, ["search"]);
        assert_eq!(found[0].examples, ["blue-hat", "blue-hathat", "blue-hathathat"]);
        let routes = [
            ("/products/{id}", 127),
            ("/products/search", 100),
            ("/products/{id}/reviews", 60),
            ("/health", 5),
            ("/products/", 1),
        ];
        assert_eq!(tree.routes(), routes.map(|(route, requests)| (route.to_owned(), requests)));
        assert!(tree.suggest().is_empty(), "there is nothing left to suggest");
    }

    #[test]
    fn identifiers_below_identifiers_are_found_together() {
        let mut tree = RouteTree::default();
        for tenant in 0..60 {
            for project in 0..2 {
                tree.add(&format!("/{}/p/{}", name(tenant), name(2 * tenant + project)), 1);
            }
        }
        let patterns: Vec<String> = tree.suggest().into_iter().map(|found| found.pattern).collect();
        assert_eq!(patterns, ["/{id}", "/{id}/p/{id}"]);
        assert_eq!(tree.routes(), [("/{id}/p/{id}".to_owned(), 120)]);
    }

    #[test]
    fn as_many_words_as_a_large_api_has_are_left_alone() {
        // Fifty in one place, and sixty of which ten are frequent.
        let mut tree = RouteTree::default();
        (0..50).for_each(|number| tree.add(&format!("/v1/{}", name(number)), 1));
        (1..=60).for_each(|number| tree.add(&format!("/v2/{}", name(number)), 1_000_000 / number as u64));
        assert_eq!(tree.suggest(), []);
        assert_eq!(tree.routes().len(), 110);
    }
}
