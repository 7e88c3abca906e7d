//! A compiled format: the fast path, and the order in which the paths are tried.
//!
//! The fast path rests on counting. A separator byte is chosen that every inner literal holds and
//! values do not. When a line holds exactly as many separators as the literals do, the k-th one
//! must be the k-th of the literals, so there is only one way to read the line and it is found in
//! one sweep. Whatever does not count up goes to the tolerant path.

use std::fmt;

use memchr::{memchr, memchr_iter};

use super::field::Sink;
use super::template::{Piece, Template, describe};
use super::tolerant;
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
    separators: Vec<usize>,
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

#[derive(Clone, Debug)]
pub(super) struct Compiled {
    /// One more than slots: before, between and after them.
    pub literals: Vec<String>,
    pub slots: Vec<Slot>,
    fast: Option<Fast>,
}

#[derive(Clone, Debug)]
struct Fast {
    separator: u8,
    /// For each literal: where its first separator is, and how many it has.
    in_literal: Vec<(usize, usize)>,
    /// Separators inside the value: a CLF time has one space.
    in_value: Vec<usize>,
    /// Separators in a line, but for those of `elastic`.
    expected: usize,
    /// The one slot whose value may hold separators: the others have fixed counts, so the rest is its.
    elastic: Option<usize>,
    literal_backslashes: usize,
}

impl Reader {
    /// Compiles a format.
    pub fn new(template: &Template) -> Reader {
        Reader { variants: vec![Compiled::new(template)] }
    }

    /// Compiles the variants in which one format is printed.
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

    /// Tries every variant; two that can both read the line make it ambiguous.
    fn read_tolerant(&self, line: &str, scratch: &mut Scratch) -> Result<usize, ReadError> {
        let mut found: Option<usize> = None;
        let mut error = None;
        for (index, variant) in self.variants.iter().enumerate() {
            match tolerant::unique_reading(variant, line) {
                Ok(spans) => {
                    if found.is_some() {
                        return Err(ReadError::Ambiguous);
                    }
                    found = Some(index);
                    variant.take_spans(line, &spans, scratch);
                }
                Err(ReadError::NoMatch { variable }) => {
                    error.get_or_insert(ReadError::NoMatch { variable });
                }
                Err(other) => return Err(other),
            }
        }
        found.ok_or_else(|| error.unwrap_or(ReadError::NoMatch { variable: String::new() }))
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
        let fast = Fast::plan(&literals, &slots);
        Compiled { literals, slots, fast }
    }

    /// Fills `scratch.values` if the line is exactly as the format prints it.
    fn read_fast(&self, line: &str, scratch: &mut Scratch) -> bool {
        let Some(fast) = &self.fast else { return false };
        let bytes = line.as_bytes();
        let at = &mut scratch.separators;
        at.clear();
        at.extend(memchr_iter(fast.separator, bytes));
        let extra = match at.len().checked_sub(fast.expected) {
            Some(0) => 0,
            Some(extra) if fast.elastic.is_some() => extra,
            _ => return false,
        };
        // An escape in a value needs the tolerant path; those of the literals are expected.
        let escapes = memchr(b'\\', bytes).is_some()
            && bytes.iter().filter(|byte| **byte == b'\\').count() > fast.literal_backslashes;
        if escapes && fast.separator == b'"' {
            return false;
        }
        let first = self.literals[0].as_bytes();
        if !bytes.starts_with(first) {
            return false;
        }
        scratch.values.clear();
        let mut next = fast.in_literal[0].1;
        let mut start = first.len();
        for (index, slot) in self.slots.iter().enumerate() {
            next += fast.in_value[index] + if fast.elastic == Some(index) { extra } else { 0 };
            let literal = self.literals[index + 1].as_bytes();
            let (offset, count) = fast.in_literal[index + 1];
            let end = if count == 0 {
                // Only the last literal may be without a separator: the value ends where it begins.
                bytes.len().checked_sub(literal.len())
            } else {
                at.get(next).and_then(|place| place.checked_sub(offset))
            };
            let Some(end) = end.filter(|end| *end >= start) else { return false };
            let literal_end = end + literal.len();
            if bytes.get(end..literal_end) != Some(literal) {
                return false;
            }
            let Some(value) = take_value(slot, line, start, end) else { return false };
            scratch.values.push(value);
            next += count;
            start = literal_end;
        }
        start == bytes.len()
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
                if tolerant::unescape(&line[from..to], &mut scratch.rewritten) {
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

impl Fast {
    /// Chooses the separator; `None` where no byte stands in every inner literal.
    fn plan(literals: &[String], slots: &[Slot]) -> Option<Fast> {
        [b'"', b'\t', b'|', b',', b';', b'<', b' ']
            .into_iter()
            .find_map(|separator| Fast::with_separator(separator, literals, slots))
    }

    fn with_separator(separator: u8, literals: &[String], slots: &[Slot]) -> Option<Fast> {
        let in_literal: Vec<(usize, usize)> = literals
            .iter()
            .map(|literal| {
                let count = literal.bytes().filter(|byte| *byte == separator).count();
                (literal.bytes().position(|byte| byte == separator).unwrap_or(0), count)
            })
            .collect();
        let inner = &in_literal[1..in_literal.len() - 1];
        if inner.iter().any(|(_, count)| *count == 0) {
            return None;
        }
        let mut elastic = None;
        let mut in_value = Vec::with_capacity(slots.len());
        for (index, slot) in slots.iter().enumerate() {
            let (count, open) = match slot.class {
                Class::ClfTime => (usize::from(separator == b' '), false),
                // Its own quotes come and go, so that counting them says nothing.
                Class::QuotedFree if separator == b'"' => return None,
                Class::Free | Class::RouteKey | Class::QuotedFree => (0, separator == b' '),
                _ => (0, false),
            };
            if open && elastic.replace(index).is_some() {
                return None;
            }
            in_value.push(count);
        }
        let expected =
            in_literal.iter().map(|(_, count)| count).sum::<usize>() + in_value.iter().sum::<usize>();
        let literal_backslashes =
            literals.iter().map(|literal| literal.bytes().filter(|byte| *byte == b'\\').count()).sum();
        Some(Fast { separator, in_literal, in_value, expected, elastic, literal_backslashes })
    }
}

/// The value of a slot between two places of the line; `None` when its type does not allow it.
fn take_value(slot: &Slot, line: &str, start: usize, end: usize) -> Option<SlotValue> {
    if matches!(slot.target, Target::Dropped | Target::Unknown) && slot.class != Class::RouteKey {
        return Some(SlotValue::Unset);
    }
    let text = &line[start..end];
    if is_unset(text) {
        return Some(SlotValue::Unset);
    }
    match slot.class {
        Class::Integer | Class::EpochMs => parse_integer(text).map(SlotValue::Integer),
        Class::ClfTime => parse_clf_time(text).map(SlotValue::Integer),
        Class::RouteKey if memchr(b' ', text.as_bytes()).is_some() => {
            super::value::fits(Class::RouteKey, text).then_some(SlotValue::Line(start, end))
        }
        _ => Some(SlotValue::Line(start, end)),
    }
}
