//! A compiled format, and the order in which the paths are tried.
//!
//! First the fast path (`fast`). A line that it does not take is read by laying the format over it
//! in every way (`tolerant`) and, where the format is JSON, by its keys (`json`). Both must agree,
//! and each must have found one way only: a wrong field would be worse than none.

use std::fmt;

use memchr::memchr;

use super::fast::{Layout, spacings};
use super::field::Sink;
use super::json::Keys;
use super::template::{Piece, Template, describe};
use super::tolerant::{Pattern, unescape, unique_reading};
use super::value::{is_unset, parse_clf_time, parse_integer};
use super::variable::{Class, Target};

/// A reader of lines, compiled from one format string or from the printed variants of a preset.
#[derive(Clone, Debug)]
pub struct Reader {
    variants: Vec<Compiled>,
}

/// How a line was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Exactly as the format prints it.
    Fast,
    /// With a deviation that leaves one reading.
    Tolerant,
}

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// Nothing in the line follows the variable as the format says.
    NoMatch {
        /// The first variable that could not be placed.
        variable: String,
    },
    /// More than one way to read it.
    Ambiguous,
    /// Too many candidates to decide whether there is only one way.
    TooManyReadings,
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NoMatch { variable } => {
                write!(formatter, "does not match the format at $context.{variable}")
            }
            ReadError::Ambiguous => formatter.write_str("can be read in more than one way"),
            ReadError::TooManyReadings => {
                formatter.write_str("holds too many separators to be read with certainty")
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// Room for the values of one line; one for each thread, reused from line to line.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) values: Vec<SlotValue>,
    pub(super) separators: Vec<usize>,
    /// Values that had to be rewritten (escapes).
    rewritten: String,
    /// The variant that read the line before: the next one is likely of the same.
    variant: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotValue {
    Unset,
    /// A range of the line.
    Line(usize, usize),
    /// A range of [`Scratch::rewritten`].
    Rewritten(usize, usize),
    Integer(i64),
}

/// A variable's place in the format.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub name: String,
    pub class: Class,
    pub target: Target,
    /// It stands inside a JSON string.
    pub in_string: bool,
}

impl Slot {
    /// Its value stands in quotes of its own.
    pub(super) fn brings_quotes(&self) -> bool {
        self.class == Class::QuotedFree
    }
}

#[derive(Clone, Debug)]
struct Compiled {
    /// One more than slots: before, between and after them.
    literals: Vec<String>,
    slots: Vec<Slot>,
    layouts: Vec<Layout>,
    keys: Option<Keys>,
}

impl Reader {
    /// Compiles a format.
    pub fn new(template: &Template) -> Reader {
        Reader { variants: vec![Compiled::new(template)] }
    }

    /// Compiles formats that go by one name, those with more variables first: a line is read by the
    /// first one that can.
    pub fn of_variants<'t>(templates: impl IntoIterator<Item = &'t Template>) -> Reader {
        Reader { variants: templates.into_iter().map(Compiled::new).collect() }
    }

    /// Whether some variant holds a variable that goes to `target`.
    pub fn reads(&self, target: Target) -> bool {
        self.variants.iter().any(|variant| variant.slots.iter().any(|slot| slot.target == target))
    }

    /// Reads one line, without its line end, and pushes its values.
    ///
    /// # Errors
    /// [`ReadError`] says why; then nothing was pushed.
    pub fn read<'line>(
        &'line self,
        line: &'line str,
        scratch: &'line mut Scratch,
        sink: &mut impl Sink<'line>,
    ) -> Result<Path, ReadError> {
        let count = self.variants.len();
        for step in 0..count {
            let index = (scratch.variant + step) % count;
            let variant = &self.variants[index];
            if variant.read_fast(line, scratch) {
                scratch.variant = index;
                variant.push(line, scratch, sink);
                return Ok(Path::Fast);
            }
        }
        let index = self.read_tolerant(line, scratch)?;
        scratch.variant = index;
        self.variants[index].push(line, scratch, sink);
        Ok(Path::Tolerant)
    }

    fn read_tolerant(&self, line: &str, scratch: &mut Scratch) -> Result<usize, ReadError> {
        let mut error = None;
        for (index, variant) in self.variants.iter().enumerate() {
            match variant.spans(line) {
                Ok(spans) => {
                    variant.take_spans(line, &spans, scratch);
                    return Ok(index);
                }
                Err(ReadError::NoMatch { variable }) => {
                    error.get_or_insert(ReadError::NoMatch { variable });
                }
                Err(other) => return Err(other),
            }
        }
        Err(error.unwrap_or(ReadError::NoMatch { variable: String::new() }))
    }
}

impl Compiled {
    fn new(template: &Template) -> Compiled {
        let mut literals = vec![String::new()];
        let mut slots = Vec::new();
        let mut in_string = false;
        for piece in template.pieces() {
            match piece {
                Piece::Literal(text) => {
                    if let Some(last) = literals.last_mut() {
                        last.push_str(text);
                    }
                    if template.is_json() {
                        let quotes = text.bytes().filter(|byte| *byte == b'"').count();
                        let escaped = text.matches("\\\"").count();
                        in_string ^= (quotes - escaped) % 2 == 1;
                    }
                }
                Piece::Variable(name) => {
                    let (class, target) = describe(name);
                    slots.push(Slot { name: name.clone(), class, target, in_string });
                    literals.push(String::new());
                }
            }
        }
        let layouts = spacings(&literals, template.is_json())
            .into_iter()
            .filter_map(|literals| Layout::new(literals, &slots))
            .collect();
        let keys = if template.is_json() { Keys::of(template, &slots) } else { None };
        Compiled { literals, slots, layouts, keys }
    }

    fn read_fast(&self, line: &str, scratch: &mut Scratch) -> bool {
        self.layouts.iter().any(|layout| layout.read(&self.slots, line, scratch))
    }

    /// The one reading that a deviating line has.
    fn spans(&self, line: &str) -> Result<Vec<(usize, usize)>, ReadError> {
        let laid_over = unique_reading(Pattern { literals: &self.literals, slots: &self.slots }, line);
        let by_keys = self.keys.as_ref().and_then(|keys| keys.spans(line));
        match (laid_over, by_keys) {
            (Ok(one), Some(other)) if one != other => Err(ReadError::Ambiguous),
            (Ok(spans), _) | (Err(ReadError::NoMatch { .. }), Some(spans)) => Ok(spans),
            (Err(error), _) => Err(error),
        }
    }

    /// Turns the spans of a reading into values.
    fn take_spans(&self, line: &str, spans: &[(usize, usize)], scratch: &mut Scratch) {
        scratch.values.clear();
        scratch.rewritten.clear();
        for (slot, &(start, end)) in self.slots.iter().zip(spans) {
            let mut value = take_value(slot, line, start, end).unwrap_or(SlotValue::Unset);
            if let SlotValue::Line(from, to) = value
                && slot.in_string
                && memchr(b'\\', &line.as_bytes()[from..to]).is_some()
            {
                let begin = scratch.rewritten.len();
                if unescape(&line[from..to], &mut scratch.rewritten) {
                    value = SlotValue::Rewritten(begin, scratch.rewritten.len());
                } else {
                    scratch.rewritten.truncate(begin);
                }
            }
            scratch.values.push(value);
        }
    }

    fn push<'line>(&self, line: &'line str, scratch: &'line Scratch, sink: &mut impl Sink<'line>) {
        for (slot, value) in self.slots.iter().zip(&scratch.values) {
            match (slot.target, *value) {
                (Target::Text(field), SlotValue::Line(start, end)) => sink.text(field, &line[start..end]),
                (Target::Text(field), SlotValue::Rewritten(start, end)) => {
                    sink.text(field, &scratch.rewritten[start..end]);
                }
                (Target::Integer(field), SlotValue::Integer(value)) => sink.integer(field, value),
                _ => {}
            }
        }
    }
}

/// The value of a slot between two places of the line; `None` when its type does not allow it.
pub(super) fn take_value(slot: &Slot, line: &str, start: usize, end: usize) -> Option<SlotValue> {
    if matches!(slot.target, Target::Dropped | Target::Unknown) {
        return Some(SlotValue::Unset);
    }
    let text = &line[start..end];
    if is_unset(text) {
        return Some(SlotValue::Unset);
    }
    match slot.class {
        Class::Integer | Class::EpochMs => parse_integer(text).map(SlotValue::Integer),
        Class::ClfTime => parse_clf_time(text).map(SlotValue::Integer),
        _ => Some(SlotValue::Line(start, end)),
    }
}
