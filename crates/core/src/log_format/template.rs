//! A `$context` format string, split into literals and variables.

use super::variable::{Class, Target, Variable, lookup, names};
use crate::text::did_you_mean;

/// AWS's limit for an access-log format.
const LONGEST: usize = 3 * 1024;

const MARK: &str = "$context.";

/// A part of a format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that every line repeats.
    Literal(String),
    /// A variable, its name without `$context.`.
    Variable(String),
}

/// A format string in parts. No two literals follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
    source: String,
}

/// A text that is no format string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is nothing to read.
    #[error("the log format holds no `$context.` variable, so no line can be read with it")]
    NoVariable,
    /// AWS would not take it.
    #[error("the log format has {length} bytes; API Gateway takes at most {LONGEST}")]
    TooLong {
        /// Its bytes.
        length: usize,
    },
}

impl Template {
    /// Splits a format string. White space at its ends (a heredoc's, a trailing `\n`) is dropped.
    ///
    /// # Errors
    /// [`TemplateError`] when it holds no variable or is longer than API Gateway takes.
    pub fn parse(format: &str) -> Result<Template, TemplateError> {
        let format = format.trim();
        if format.len() > LONGEST {
            return Err(TemplateError::TooLong { length: format.len() });
        }
        let pieces = split(format);
        if !pieces.iter().any(|piece| matches!(piece, Piece::Variable(_))) {
            return Err(TemplateError::NoVariable);
        }
        Ok(Template { pieces, source: format.to_owned() })
    }

    /// The parts in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The format string as it was parsed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of its variables in order, without `$context.`.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// Whether the format is the text of a JSON object.
    pub fn is_json(&self) -> bool {
        self.source.starts_with('{') && self.source.ends_with('}')
    }

    /// A sentence for each variable that AWS does not have: it is read over and not kept.
    pub fn warnings(&self) -> Vec<String> {
        self.variables()
            .filter(|name| lookup(name).is_none())
            .map(|name| {
                format!(
                    "`$context.{name}` is no variable of API Gateway; its text is read over and not kept{}",
                    did_you_mean(name, names())
                )
            })
            .collect()
    }

    /// Writes a line: literals as they are, each variable through `value`, which appends the
    /// variable's text and returns true, or appends nothing and returns false when it is unset.
    pub fn render(&self, line: &mut Vec<u8>, mut value: impl FnMut(usize, &str, &mut Vec<u8>) -> bool) {
        let mut index = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => line.extend_from_slice(text.as_bytes()),
                Piece::Variable(name) => {
                    if !value(index, name, line) {
                        line.push(b'-');
                    }
                    index += 1;
                }
            }
        }
    }
}

/// The literals and variables of a text, white space at its ends included.
pub(super) fn split(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        let after = &rest[at + MARK.len()..];
        let name = variable_name(after);
        if name.is_empty() {
            literal.push_str(&rest[..at + MARK.len()]);
            rest = after;
            continue;
        }
        literal.push_str(&rest[..at]);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Variable(name.to_owned()));
        rest = &after[name.len()..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

/// What a variable of that name may hold and where it goes.
pub(super) fn describe(name: &str) -> (Class, Target) {
    lookup(name).map_or((Class::Free, Target::Unknown), |Variable { class, target, .. }| (*class, *target))
}

/// The longest name at the start of a text: words of letters, digits and `_` joined by dots.
fn variable_name(text: &str) -> &str {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len()
        && (word(bytes[end])
            || (bytes[end] == b'.' && end > 0 && bytes.get(end + 1).copied().is_some_and(word)))
    {
        end += 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(format: &str) -> Vec<String> {
        Template::parse(format)
            .unwrap()
            .pieces()
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => format!("'{text}'"),
                Piece::Variable(name) => name.clone(),
            })
            .collect()
    }

    #[test]
    fn literals_and_variables_alternate() {
        assert_eq!(
            shape("https://$context.domainName$context.path.\n"),
            ["'https://'", "domainName", "path", "'.'"]
        );
        assert_eq!(
            shape("[$context.requestTime]\"$context.identity.sourceIp\""),
            ["'['", "requestTime", "']\"'", "identity.sourceIp", "'\"'"]
        );
        assert_eq!(shape("$context. $context.status"), ["'$context. '", "status"]);
    }

    #[test]
    fn a_format_without_variables_is_refused() {
        assert_eq!(Template::parse("hello"), Err(TemplateError::NoVariable));
        assert_eq!(
            Template::parse(&format!("$context.status{}", "x".repeat(3100))),
            Err(TemplateError::TooLong { length: 3115 })
        );
    }

    #[test]
    fn unknown_variables_are_named_with_the_nearest_one() {
        let warnings = Template::parse("$context.requestid $context.status").unwrap().warnings();
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("did you mean \"requestId\"?"), "{}", warnings[0]);
    }
}
