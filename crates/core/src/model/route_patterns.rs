//! Patterns that a user gives for routes made from paths: `/users/{id}`, `/files/{path+}`.
//!
//! They are kept as a tree of segments. A path walks down it; where several ways are open the most
//! specific one is tried first: the segment itself, then a variable, then a greedy variable. So of
//! all patterns that match, the one wins that is more specific at the first segment in which they
//! differ, and the order in which patterns were given never matters. Two that differ in the names
//! of their variables only cannot be told apart, and are an error.

use std::borrow::Cow;

use super::route::{path_template, without_query};

/// More segments than any path that a person would write down.
const MOST_SEGMENTS: usize = 64;

/// A set of route patterns, compiled.
#[derive(Clone, Debug, Default)]
pub struct RoutePatterns {
    /// The root comes first; none without patterns.
    nodes: Vec<Node>,
    patterns: Vec<String>,
}

/// A place in the tree: what may follow the segments that lead to it.
#[derive(Clone, Debug, Default)]
struct Node {
    /// Segments as they are, in order, with their nodes.
    words: Vec<(String, usize)>,
    /// The node behind a variable.
    variable: Option<usize>,
    /// The pattern that takes all the rest.
    greedy: Option<usize>,
    /// The pattern that ends here.
    end: Option<usize>,
}

/// A text that is no pattern, or patterns that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoutePatternError {
    /// It does not have the shape of a pattern.
    #[error(
        "{pattern:?} is no route pattern: {problem}; expected a path as /users/{{id}} or /files/{{path+}}"
    )]
    Shape {
        /// The text.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two patterns match the same paths.
    #[error("the route patterns {one:?} and {other:?} match the same paths: keep one of them")]
    Same {
        /// The first, in the order of letters.
        one: String,
        /// The second.
        other: String,
    },
}

enum Segment<'a> {
    Word(&'a str),
    Variable,
    Greedy,
}

impl RoutePatterns {
    /// Compiles patterns; the same text twice counts once.
    ///
    /// # Errors
    /// [`RoutePatternError`] names the pattern.
    pub fn compile<'p>(
        patterns: impl IntoIterator<Item = &'p str>,
    ) -> Result<RoutePatterns, RoutePatternError> {
        let mut compiled = RoutePatterns::default();
        for pattern in patterns {
            compiled.insert(pattern)?;
        }
        Ok(compiled)
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The patterns as they were given.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(String::as_str)
    }

    /// The most specific pattern that matches a path; a query string is no part of the path, and a
    /// slash at its end is.
    pub fn find(&self, path: &str) -> Option<&str> {
        let rest = without_query(path).strip_prefix('/')?;
        let found = self.walk(self.nodes.first()?, rest)?;
        self.patterns.get(found).map(String::as_str)
    }

    /// The pattern that matches a path, or else its [`path_template`].
    pub fn route<'a>(&'a self, path: &'a str) -> Cow<'a, str> {
        self.find(path).map_or_else(|| path_template(path), Cow::Borrowed)
    }

    /// Each node is reached in one way, so that a walk is never longer than the tree is large.
    fn walk(&self, node: &Node, rest: &str) -> Option<usize> {
        let (segment, later) = match rest.split_once('/') {
            Some((segment, later)) => (segment, Some(later)),
            None => (rest, None),
        };
        let below = |child: usize| match later {
            Some(later) => self.walk(&self.nodes[child], later),
            None => self.nodes[child].end,
        };
        let word = node.words.binary_search_by(|(word, _)| word.as_str().cmp(segment)).ok();
        word.and_then(|at| below(node.words[at].1))
            .or_else(|| node.variable.filter(|_| !segment.is_empty()).and_then(below))
            .or_else(|| node.greedy.filter(|_| !rest.is_empty()))
    }

    /// Adds a pattern.
    ///
    /// # Errors
    /// [`RoutePatternError`]; then the patterns match what they matched before.
    pub fn insert(&mut self, pattern: &str) -> Result<(), RoutePatternError> {
        let segments = segments(pattern)?;
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        let mut greedy = false;
        for segment in segments {
            let next = self.nodes.len();
            let node = &mut self.nodes[at];
            at = match segment {
                Segment::Word(word) => {
                    match node.words.binary_search_by(|(known, _)| known.as_str().cmp(word)) {
                        Ok(known) => node.words[known].1,
                        Err(place) => {
                            node.words.insert(place, (word.to_owned(), next));
                            next
                        }
                    }
                }
                Segment::Variable => *node.variable.get_or_insert(next),
                Segment::Greedy => {
                    greedy = true;
                    at
                }
            };
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        let number = self.patterns.len();
        let node = &mut self.nodes[at];
        let place = if greedy { &mut node.greedy } else { &mut node.end };
        match *place {
            None => {
                *place = Some(number);
                self.patterns.push(pattern.to_owned());
                Ok(())
            }
            Some(known) if self.patterns[known] == pattern => Ok(()),
            Some(known) => {
                let mut two = [self.patterns[known].clone(), pattern.to_owned()];
                two.sort();
                let [one, other] = two;
                Err(RoutePatternError::Same { one, other })
            }
        }
    }
}

fn segments(pattern: &str) -> Result<Vec<Segment<'_>>, RoutePatternError> {
    let wrong = |problem: String| RoutePatternError::Shape { pattern: pattern.to_owned(), problem };
    let path = pattern.strip_prefix('/').ok_or_else(|| wrong("it does not begin with a slash".to_owned()))?;
    let count = path.split('/').count();
    if count > MOST_SEGMENTS {
        return Err(wrong(format!("it has {count} segments, and {MOST_SEGMENTS} are the most")));
    }
    let mut segments = Vec::with_capacity(count);
    for (index, text) in path.split('/').enumerate() {
        let segment = segment(text).map_err(&wrong)?;
        if matches!(segment, Segment::Greedy) && index + 1 < count {
            return Err(wrong(format!("{text} takes all the rest, so that nothing can follow it")));
        }
        segments.push(segment);
    }
    Ok(segments)
}

fn segment(text: &str) -> Result<Segment<'_>, String> {
    if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let (name, greedy) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
        if name.is_empty() || !name.bytes().all(known) {
            return Err(format!("{text} has no name of letters, digits and _-.:"));
        }
        return Ok(if greedy { Segment::Greedy } else { Segment::Variable });
    }
    if text.contains(['{', '}']) {
        return Err(format!("{text} is neither a word nor a variable: a variable is a whole segment"));
    }
    if text.contains(['*', '<', '>']) || text.starts_with(':') {
        return Err(format!("{text} is written as {{name}}, or {{name+}} for all the rest"));
    }
    if let Some(other) = text
        .chars()
        .find(|other| matches!(other, '?' | '#' | '"' | '\\') || other.is_whitespace() || other.is_control())
    {
        return Err(format!("{other:?} is in no path"));
    }
    Ok(Segment::Word(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(patterns: &[&str]) -> RoutePatterns {
        RoutePatterns::compile(patterns.iter().copied()).unwrap()
    }

    fn error(patterns: &[&str]) -> String {
        RoutePatterns::compile(patterns.iter().copied()).unwrap_err().to_string()
    }

    #[test]
    fn the_most_specific_pattern_wins() {
        let patterns = of(&[
            "/users/{id}",
            "/users/me",
            "/users/{id}/orders",
            "/users/{rest+}",
            "/{tenant}/orders/{order_id}",
            "/{proxy+}",
            "/files/{path+}",
            "/",
        ]);
        for (path, pattern) in [
            ("/users/7", "/users/{id}"),
            ("/users/me", "/users/me"),
            ("/users/me?x=1", "/users/me"),
            ("/users/7/orders", "/users/{id}/orders"),
            // The first segment decides: /users/ is more specific than /{tenant}/.
            ("/users/orders/7", "/users/{rest+}"),
            ("/users/me/orders", "/users/{id}/orders"),
            ("/acme/orders/7", "/{tenant}/orders/{order_id}"),
            ("/acme/orders", "/{proxy+}"),
            ("/files/a/b/c.txt", "/files/{path+}"),
            ("/files/a", "/files/{path+}"),
            ("/files", "/{proxy+}"),
            ("/Users/7", "/{proxy+}"),
            ("/", "/"),
        ] {
            assert_eq!(patterns.find(path), Some(pattern), "{path}");
        }
    }

    #[test]
    fn a_pattern_takes_whole_segments_and_nothing_less() {
        let patterns = of(&["/users/{id}", "/files/{path+}", "/trees/{id}/"]);
        for path in ["/users", "/users/", "/users/7/", "/users//", "/files", "/files/", "/trees/7", "", "*"] {
            assert_eq!(patterns.find(path), None, "{path}");
        }
        assert_eq!(patterns.find("/trees/7/"), Some("/trees/{id}/"));
        assert_eq!(patterns.find("/files//"), Some("/files/{path+}"));
        assert_eq!(patterns.route("/users/7/toys/8"), "/users/{id}/toys/{id}");
        assert_eq!(RoutePatterns::default().route("/users/7"), "/users/{id}");
    }

    #[test]
    fn what_is_no_pattern_is_an_error_that_says_what_is() {
        for (pattern, says) in [
            ("users/{id}", "does not begin with a slash"),
            ("", "does not begin with a slash"),
            ("/users/{}", "{} has no name"),
            ("/users/{+}", "{+} has no name"),
            ("/users/{a b}", "has no name of letters"),
            ("/users/u-{id}", "a variable is a whole segment"),
            ("/users/*", "* is written as {name}"),
            ("/users/:id", ":id is written as {name}"),
            ("/users/<id>", "<id> is written as {name}"),
            ("/files/{path+}/x", "{path+} takes all the rest"),
            ("/users?x=1", "'?' is in no path"),
            ("/a b", "' ' is in no path"),
        ] {
            let said = error(&[pattern]);
            assert!(said.contains(says) && said.contains("expected a path as /users/{id}"), "{said}");
            assert!(said.starts_with(&format!("{pattern:?} is no route pattern")), "{said}");
        }
        assert!(error(&[&"/a".repeat(65)]).contains("65 segments, and 64 are the most"));
    }

    #[test]
    fn patterns_that_cannot_be_told_apart_are_named_in_any_order() {
        let says = "the route patterns \"/users/{id}\" and \"/users/{name}\" match the same paths";
        assert!(error(&["/users/{id}", "/users/{name}"]).starts_with(says));
        assert!(error(&["/users/{name}", "/a", "/users/{id}"]).starts_with(says));
        assert!(error(&["/f/{path+}", "/f/{rest+}"]).contains("\"/f/{path+}\" and \"/f/{rest+}\""));
        assert_eq!(of(&["/a/{id}", "/a/{id}"]).patterns().count(), 1);
        assert_eq!(of(&["/a/{id}/b", "/a/{name}/c"]).find("/a/1/c"), Some("/a/{name}/c"));
    }

    /// One of few segments, so that patterns meet each other and paths meet patterns.
    fn pattern() -> impl Strategy<Value = String> {
        let segment = prop::sample::select(vec!["a", "b", "a1", "", "{x}", "{y}"]);
        let greedy = prop::sample::select(vec!["", "", "/{rest+}"]);
        (prop::collection::vec(segment, 1..5), greedy)
            .prop_map(|(segments, greedy)| format!("/{}{greedy}", segments.join("/")))
    }

    fn path() -> impl Strategy<Value = String> {
        let segment = prop::sample::select(vec!["a", "b", "c", "a1", "17", ""]);
        prop::collection::vec(segment, 1..6).prop_map(|segments| format!("/{}", segments.join("/")))
    }

    /// The definition, segment by segment: whether it matches, and how specific each segment is.
    fn rank(pattern: &str, path: &str) -> Option<Vec<u8>> {
        let (mut rank, mut rest) = (Vec::new(), path.strip_prefix('/'));
        for segment in pattern.strip_prefix('/')?.split('/') {
            let left = rest?;
            if segment.ends_with("+}") {
                rank.push(2);
                return Some(rank).filter(|_| !left.is_empty());
            }
            let (of_path, later) = left.split_once('/').map_or((left, None), |(one, two)| (one, Some(two)));
            match segment.starts_with('{') {
                true if of_path.is_empty() => return None,
                false if of_path != segment => return None,
                variable => rank.push(u8::from(variable)),
            }
            rest = later;
        }
        if rest.is_some() { None } else { Some(rank) }
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_the_definition_says_in_any_order(
            given in prop::collection::vec(pattern(), 0..12),
            paths in prop::collection::vec(path(), 1..20),
        ) {
            // Leave out what contradicts an earlier pattern.
            let mut kept: Vec<&str> = Vec::new();
            for pattern in &given {
                kept.push(pattern);
                if RoutePatterns::compile(kept.iter().copied()).is_err() {
                    kept.pop();
                }
            }
            let patterns = of(&kept);
            let mut turned = kept.clone();
            turned.reverse();
            let turned = of(&turned);
            for path in &paths {
                let best = kept.iter().filter_map(|one| Some((rank(one, path)?, *one))).min();
                prop_assert_eq!(patterns.find(path), best.as_ref().map(|(_, pattern)| *pattern));
                prop_assert_eq!(turned.find(path), patterns.find(path));
            }
        }

        #[test]
        fn no_text_is_too_strange(pattern in "[/{}a+:*?é ]{0,12}", path in "\\PC{0,20}") {
            if let Ok(patterns) = RoutePatterns::compile([pattern.as_str()]) {
                let found = patterns.find(&path);
                prop_assert!(found.is_none_or(|found| found == pattern));
                let _ = patterns.route(&path);
            }
        }
    }
}
