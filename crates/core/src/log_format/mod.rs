//! Access-log formats: a `$context` format string is compiled to a reader of lines.
//!
//! The string is the user's own, so nothing is guessed from keys: [`Template`] splits it into
//! literals and variables, [`Reader`] matches a line against them and pushes typed values into a
//! [`Sink`]. A line with two possible readings is refused: a wrong field would be worse than none.

mod alias;
mod capability;
mod fast;
mod field;
mod guess;
mod json;
mod preset;
mod principal;
mod reader;
mod suggest;
mod template;
mod tolerant;
mod value;
mod variable;

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;

pub use capability::{Finding, Level, capabilities, kinds};
pub use field::{IntegerField, Sink, TextField};
pub use guess::{Certainty, Guess, GuessError, GuessedField, guess};
pub use preset::{Preset, UnknownPreset};
pub use principal::with_principal;
pub use reader::{Path, ReadError, Reader, Scratch};
pub use suggest::{Snippet, snippet, suggest};
pub use template::{Piece, Template, TemplateError};
pub use value::parse_clf_time;
pub use variable::{Class, Target, Variable, lookup};
