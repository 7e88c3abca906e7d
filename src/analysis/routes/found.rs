//! What a survey of routes returns: plain values, not yet formatted for anybody.

use super::tree::Suggestion;

/// Where a route comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteOrigin {
    /// A pattern of the user's.
    Pattern,
    /// The path, with what is recognised as an identifier replaced.
    Path,
    /// The survey itself, which could not remember as many routes as there were.
    Folded,
}

impl RouteOrigin {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            RouteOrigin::Pattern => "pattern",
            RouteOrigin::Path => "path",
            RouteOrigin::Folded => "folded",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// By API id.
    pub apis: Vec<SurveyedApi>,
    /// Paths that were counted only, because they were too long or too many.
    pub uncounted: u64,
}

/// What was found of one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedApi {
    /// Its id; empty where nothing said it.
    pub api: String,
    /// Its requests with a route that was remembered.
    pub requests: u64,
    /// How many routes there are.
    pub routes_found: usize,
    /// Those with most requests, in this order.
    pub routes: Vec<SurveyedRoute>,
    /// Places that look like ones of identifiers, and were not recognised.
    pub suggestions: Vec<Suggestion>,
    /// Patterns that say the same, suggestions included, in the order of letters.
    pub patterns: Vec<String>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedRoute {
    /// `/users/{id}`.
    pub route: String,
    /// Its requests.
    pub requests: u64,
    /// One path that has it.
    pub example: String,
    /// Where it comes from.
    pub origin: RouteOrigin,
    /// Its variables, in order.
    pub variables: Vec<RouteVariable>,
}

/// A variable of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteVariable {
    /// As it stands in the route, `{id}`.
    pub name: String,
    /// How many different values it had.
    pub values: usize,
    /// There were more, which were not counted.
    pub more: bool,
}
