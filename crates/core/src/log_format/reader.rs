//! A compiled format, and the order in which the paths are tried.
//!
//! First the fast path (`fast`). A line that it does not take is read by laying the format over it
//! in every way (`tolerant`) and, where the format is JSON, by its keys (`json`). Where both can read
//! it they must agree on what is kept, and each must have found one way only: a wrong field would be
//! worse than none.

use std::fmt;

use memchr::memchr;

use super::fast::{Layout, spacings};
use super::field::Sink;
use super::json::{ByKeys, Keys};
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
    values: Vec<SlotValue>,
    /// The values of a second layout, to compare with.
    others: Vec<SlotValue>,
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
    /// Its value goes into the row.
    fn is_kept(&self) -> bool {
        !matches!(self.target, Target::Dropped | Target::Unknown)
    }

    /// Its value stands in quotes of its own.
    pub(super) fn brings_quotes(&self) -> bool {
        self.class == Class::QuotedFree
    }
}

/// The byte ranges of all values of a line.
type Spans = Vec<(usize, usize)>;

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
        Reader { variants: vec![Compiled::new(template, false)] }
    }

    /// Compiles formats that go by one name, those with more variables first: a line is read by the
    /// first one that can.
    pub fn of_variants<'t>(templates: impl IntoIterator<Item = &'t Template>) -> Reader {
        // A line of one variant may look like one of another, shifted: kinds of values tell them apart.
        Reader { variants: templates.into_iter().map(|template| Compiled::new(template, true)).collect() }
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
        if let Some(index) = self.printed_by(line, scratch) {
            self.variants[index].push(line, scratch, sink);
            return Ok(Path::Fast);
        }
        let index = self.read_tolerant(line, scratch)?;
        scratch.variant = index;
        self.variants[index].push(line, scratch, sink);
        Ok(Path::Tolerant)
    }

    /// Reads one line only if it is exactly as the format prints it, and pushes its values; false if it is
    /// not, and then nothing was pushed.
    pub fn read_printed<'line>(
        &'line self,
        line: &'line str,
        scratch: &'line mut Scratch,
        sink: &mut impl Sink<'line>,
    ) -> bool {
        let printed = self.printed_by(line, scratch);
        if let Some(index) = printed {
            self.variants[index].push(line, scratch, sink);
        }
        printed.is_some()
    }

    /// The variant that prints a line exactly so; that of the line before is tried first.
    fn printed_by(&self, line: &str, scratch: &mut Scratch) -> Option<usize> {
        let (count, first) = (self.variants.len(), scratch.variant);
        let mut order = (0..count).map(|step| (first + step) % count);
        let index = order.find(|index| self.variants[*index].read_fast(line, scratch))?;
        scratch.variant = index;
        Some(index)
    }

    /// First as API Gateway may have printed it, in any variant; only then as written anew, by keys.
    fn read_tolerant(&self, line: &str, scratch: &mut Scratch) -> Result<usize, ReadError> {
        let mut error = None;
        for way in [Compiled::laid_over, Compiled::by_keys] {
            for (index, variant) in self.variants.iter().enumerate() {
                match way(variant, line) {
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
        }
        Err(error.unwrap_or(ReadError::NoMatch { variable: String::new() }))
    }
}

impl Compiled {
    /// With `strict`, values are held to their kinds in every layout.
    fn new(template: &Template, strict: bool) -> Compiled {
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
                        in_string = string_goes_on(text, in_string);
                    }
                }
                Piece::Variable(name) => {
                    let (class, target) = describe(name);
                    slots.push(Slot { name: name.clone(), class, target, in_string });
                    literals.push(String::new());
                }
            }
        }
        // Only the format's own white space is sure: a line in another one may have been meant so.
        let layouts = spacings(&literals, template.is_json())
            .iter()
            .filter_map(|printed| Layout::new(printed, &slots, strict || *printed != literals))
            .collect();
        let keys = if template.is_json() { Keys::of(template, &slots) } else { None };
        Compiled { literals, slots, layouts, keys }
    }

    fn read_fast(&self, line: &str, scratch: &mut Scratch) -> bool {
        let Scratch { values, others, .. } = scratch;
        let mut layouts = self.layouts.iter();
        layouts.any(|layout| layout.read(&self.slots, line, values))
            && layouts.all(|layout| !layout.read(&self.slots, line, others) || values == others)
    }

    /// The one way in which the format can be laid over a line, if its keys do not say otherwise.
    fn laid_over(&self, line: &str) -> Result<Spans, ReadError> {
        let spans = unique_reading(Pattern { literals: &self.literals, slots: &self.slots }, line)?;
        match self.keys.as_ref().map(|keys| keys.reading(line)) {
            Some(ByKeys::Found { spans: others, .. }) if self.differ(&spans, &others) => {
                Err(ReadError::Ambiguous)
            }
            Some(ByKeys::Unclear) => Err(ReadError::Ambiguous),
            _ => Ok(spans),
        }
    }

    /// The one reading of a line by its keys.
    fn by_keys(&self, line: &str) -> Result<Spans, ReadError> {
        let variable = self.slots.first().map_or_else(String::new, |slot| slot.name.clone());
        match self.keys.as_ref().map(|keys| keys.reading(line)) {
            Some(ByKeys::Found { spans, told: true }) => Ok(spans),
            _ => Err(ReadError::NoMatch { variable }),
        }
    }

    /// Whether two readings differ in a value that is kept.
    fn differ(&self, one: &Spans, other: &Spans) -> bool {
        let mut pairs = self.slots.iter().zip(one.iter().zip(other));
        pairs.any(|(slot, (one, other))| slot.is_kept() && one != other)
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

/// Whether a JSON string goes on after a literal, where one did or did not before it.
fn string_goes_on(literal: &str, mut in_string: bool) -> bool {
    let mut escaped = false;
    for byte in literal.bytes() {
        if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = in_string;
        } else if byte == b'"' {
            in_string = !in_string;
        }
    }
    in_string
}

/// The value of a slot between two places of the line; `None` when its type does not allow it.
#[inline]
pub(super) fn take_value(slot: &Slot, line: &str, start: usize, end: usize) -> Option<SlotValue> {
    if !slot.is_kept() {
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
