//! Placeholders of a query's text: `{dimensions}` from the whitelist, any other `{name}` as a literal.
//!
//! A value never becomes SQL: it is an integer, or text in quotes, whatever is in it.

use std::collections::BTreeSet;

use gwcost_core::text::did_you_mean;

use super::dimension::{UnknownDimension, parse_dimensions};

/// The placeholder that stands for columns to group by.
const DIMENSIONS: &str = "dimensions";

/// A parameter that does not fit its query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlTextError {
    /// It has no `=`.
    #[error("--param {typed:?}: expected NAME=VALUE, as in dimensions=api,stage")]
    NoValue {
        /// What was typed.
        typed: String,
    },
    /// The text has no such placeholder.
    #[error("--param {name}: the query has no {{{name}}}; it has {known}{hint}")]
    Unknown {
        /// The parameter.
        name: String,
        /// The placeholders that there are.
        known: String,
        /// The nearest of them.
        hint: String,
    },
    /// A placeholder without a value.
    #[error("the query needs --param {name}=VALUE")]
    Missing {
        /// The placeholder.
        name: String,
    },
    /// Not a dimension.
    #[error(transparent)]
    Dimension(#[from] UnknownDimension),
}

/// The placeholders of a text, in their order by name.
pub fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|after| after.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
        .collect()
}

/// Fills the placeholders of `text` with parameters as they were typed, `NAME=VALUE`. Without one,
/// `{dimensions}` are the endpoint's.
///
/// # Errors
/// [`SqlTextError`].
pub fn fill(text: &str, typed: &[String]) -> Result<String, SqlTextError> {
    let names = placeholders(text);
    let mut values: Vec<(&str, &str)> = Vec::new();
    for pair in typed {
        let no_value = || SqlTextError::NoValue { typed: pair.clone() };
        let (name, value) = pair.split_once('=').ok_or_else(no_value)?;
        if !names.contains(name) {
            let known: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let hint = did_you_mean(name, names.iter().copied());
            return Err(SqlTextError::Unknown { name: name.to_owned(), known, hint });
        }
        values.push((name, value));
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        filled.push_str(before);
        match from[1..].split_once('}').filter(|(name, _)| names.contains(name)) {
            Some((name, after)) => {
                let value = values.iter().rev().find(|(of, _)| *of == name).map(|(_, value)| *value);
                filled.push_str(&replaced(name, value)?);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = &from[1..];
            }
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

fn replaced(name: &str, value: Option<&str>) -> Result<String, SqlTextError> {
    if name == DIMENSIONS {
        let dimensions = parse_dimensions(value.unwrap_or("endpoint"))?;
        let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.name()).collect();
        return Ok(names.join(", "));
    }
    let value = value.ok_or_else(|| SqlTextError::Missing { name: name.to_owned() })?;
    match value.parse::<i64>() {
        Ok(number) => Ok(number.to_string()),
        Err(_) => Ok(format!("'{}'", value.replace('\'', "''"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, typed: &[&str]) -> Result<String, String> {
        let typed: Vec<String> = typed.iter().map(|pair| (*pair).to_owned()).collect();
        fill(text, &typed).map_err(|error| error.to_string())
    }

    #[test]
    fn dimensions_come_from_the_whitelist_and_values_are_literals() {
        let text = "SELECT {dimensions} WHERE route = {route} AND status = {status}";
        let answer = filled(text, &["dimensions=api,stage", "route=/a' OR 1=1 --", "status=404"]);
        assert_eq!(answer.unwrap(), "SELECT api, stage WHERE route = '/a'' OR 1=1 --' AND status = 404");
        let endpoint = filled("SELECT {dimensions}", &[]).unwrap();
        assert_eq!(endpoint, "SELECT account, region, api, stage, method, route");
        assert_eq!(filled("WHERE route = '/pets/{id }'", &[]).unwrap(), "WHERE route = '/pets/{id }'");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let missing = filled("SELECT {a}", &[]).unwrap_err();
        assert_eq!(missing, "the query needs --param a=VALUE");
        let unknown = filled("SELECT {status}", &["sttus=1"]).unwrap_err();
        assert!(unknown.contains("it has {status}; did you mean \"status\"?"), "{unknown}");
        assert!(filled("SELECT {a}", &["a"]).unwrap_err().contains("expected NAME=VALUE"));
        let injected = filled("SELECT {dimensions}", &["dimensions=api; DROP"]).unwrap_err();
        assert!(injected.starts_with("unknown dimension \"api; DROP\""), "{injected}");
    }
}
