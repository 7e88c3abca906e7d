//! Which routes paths make: how often each occurs, how many values its variables have, which places
//! look like ones of identifiers that were not recognised, and which patterns would say all that.

mod found;
mod lake;
mod survey;
mod tree;

#[cfg(test)]
mod tests;

pub use found::{RouteOrigin, RouteVariable, Survey, SurveyedApi, SurveyedRoute};
pub use lake::survey_lake;
pub use survey::RouteSurvey;
pub use tree::Suggestion;
