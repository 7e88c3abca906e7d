//! Filters by glob. They only select rows: what is filtered out still fills the tiers.

use globset::{Glob, GlobMatcher};
use polars::prelude::{LazyFrame, NamedFrom, Series, col, lit};

use super::dimension::Dimension;

/// A pattern that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--{dimension} {pattern:?} is not a glob pattern: {problem}")]
pub struct FilterError {
    dimension: Dimension,
    pattern: String,
    problem: String,
}

/// Patterns on dimensions of the endpoint; all of them must match.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    patterns: Vec<(Dimension, GlobMatcher)>,
    typed: Vec<(Dimension, String)>,
}

impl Filters {
    /// Adds a pattern.
    ///
    /// # Errors
    /// [`FilterError`] when it is none.
    pub fn add(&mut self, dimension: Dimension, pattern: &str) -> Result<(), FilterError> {
        // In a route `{id}` is a parameter's name, not a choice.
        let literal = pattern.replace('{', "[{]").replace('}', "[}]");
        let glob = Glob::new(&literal).map_err(|error| FilterError {
            dimension,
            pattern: pattern.to_owned(),
            problem: error.kind().to_string(),
        })?;
        self.patterns.push((dimension, glob.compile_matcher()));
        self.typed.push((dimension, pattern.to_owned()));
        Ok(())
    }

    /// The patterns as they were typed.
    pub fn typed(&self) -> &[(Dimension, String)] {
        &self.typed
    }

    /// Whether some pattern is on a dimension.
    pub fn are_on(&self, dimension: Dimension) -> bool {
        self.patterns.iter().any(|(on, _)| *on == dimension)
    }

    /// Whether a value is one that the patterns on its dimension, if there are any, all match.
    pub fn matches(&self, dimension: Dimension, text: &str) -> bool {
        self.patterns.iter().filter(|(on, _)| *on == dimension).all(|(_, glob)| glob.is_match(text))
    }

    /// The patterns on one dimension.
    pub fn only(&self, dimension: Dimension) -> Filters {
        let mut own = self.clone();
        own.patterns.retain(|(on, _)| *on == dimension);
        own.typed.retain(|(on, _)| *on == dimension);
        own
    }

    /// The patterns on all other dimensions.
    pub fn without(&self, dimension: Dimension) -> Filters {
        let mut others = self.clone();
        others.patterns.retain(|(on, _)| *on != dimension);
        others.typed.retain(|(on, _)| *on != dimension);
        others
    }

    /// Whether an endpoint is selected; `value` gives its dimensions.
    pub fn select<'a>(&self, value: impl Fn(Dimension) -> Option<&'a str>) -> bool {
        self.patterns
            .iter()
            .all(|(dimension, glob)| value(*dimension).is_some_and(|text| glob.is_match(text)))
    }

    /// Keeps the rows whose values are among those that `values` lists and the patterns match.
    pub fn apply<'a>(&self, mut frame: LazyFrame, values: impl Fn(Dimension) -> Vec<&'a str>) -> LazyFrame {
        for (dimension, glob) in &self.patterns {
            let matching: Vec<&str> =
                values(*dimension).into_iter().filter(|text| glob.is_match(text)).collect();
            let matching = lit(Series::new("matching".into(), matching)).implode(true);
            frame = frame.filter(col(dimension.name()).is_in(matching, false));
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_parameters_and_stars_are_wild() {
        let mut filters = Filters::default();
        filters.add(Dimension::Route, "/pets/{id}*").unwrap();
        let select = |route| filters.select(|_| route);
        assert!(select(Some("/pets/{id}")) && select(Some("/pets/{id}/toys")));
        assert!(!select(Some("/pets/i")) && !select(None));
        assert!(filters.clone().add(Dimension::Api, "[").is_err());
    }
}
