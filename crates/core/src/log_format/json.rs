//! The JSON path: a line that is JSON, read by its keys instead of its order.
//!
//! It takes what a pipeline in between may have done to a line (keys in another order, further keys,
//! other white space) and what API Gateway itself does to numbers (an unquoted `-`). Keys that the
//! format has twice must be there twice; keys that it has not are passed over.

use std::collections::HashMap;

use memchr::memchr;

use super::reader::{ReadError, Slot};
use super::template::{Piece, Template, split};
use super::tolerant::{Pattern, is_kept_text, unescaped, unique_placement};
use super::value::is_unset;
use super::variable::Class;

/// Objects and arrays inside each other; deeper lines are not logs.
const DEEPEST: usize = 16;

/// Leaves of an object, and bytes of the path to one: more of them is no log line. A format has
/// 3 KB, but any document may come in as a line.
const MOST_LEAVES: usize = 4096;
const LONGEST_PATH: usize = 4096;

/// Digits that a number keeps in any program that reads JSON.
const EXACT_DIGITS: usize = 15;

/// Joins keys into a path; a key that holds it is no key of a format.
pub(super) const JOINT: char = '\u{1f}';

/// A format's keys and what stands behind them.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// For each path, the patterns of its values, in order.
    patterns: HashMap<String, Vec<KeyPattern>>,
    slots: usize,
}

#[derive(Clone, Debug)]
struct KeyPattern {
    literals: Vec<String>,
    slots: Vec<Slot>,
    /// The first slot's number in the format.
    first: usize,
}

/// A value that is neither object nor array: its path and its text without quotes.
pub(super) struct Leaf {
    pub path: String,
    pub start: usize,
    pub end: usize,
    pub quoted: bool,
}

impl Keys {
    /// The keys of a format, if it is the text of a JSON object but for its variables.
    pub(super) fn of(template: &Template, slots: &[Slot]) -> Option<Keys> {
        let source = template.source();
        let mut patterns: HashMap<String, Vec<KeyPattern>> = HashMap::new();
        let mut first = 0;
        for leaf in scan(source)? {
            let mut literals = vec![String::new()];
            for piece in split(&source[leaf.start..leaf.end]) {
                match piece {
                    Piece::Literal(text) => literals.last_mut()?.push_str(&text),
                    Piece::Variable(_) => literals.push(String::new()),
                }
            }
            let count = literals.len() - 1;
            let of_value = slots.get(first..first + count)?.to_vec();
            let pattern = KeyPattern { literals, slots: of_value, first };
            patterns.entry(leaf.path).or_default().push(pattern);
            first += count;
        }
        // Text alone under a key counts only where a variable stands under the same key.
        patterns.retain(|_, patterns| patterns.iter().any(|pattern| !pattern.slots.is_empty()));
        // A variable in a key's place would be missed.
        (first == slots.len()).then_some(Keys { patterns, slots: slots.len() })
    }

    /// What the keys of a line say, if it is JSON with all keys of the format.
    pub(super) fn reading(&self, line: &str) -> ByKeys {
        let Some(leaves) = scan(line) else { return ByKeys::Absent };
        let mut spans = vec![(0, 0); self.slots];
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let (mut told, mut unclear, mut fits) = (true, false, true);
        for leaf in &leaves {
            let Some(patterns) = self.patterns.get(&leaf.path) else { continue };
            let count = seen.entry(&leaf.path).or_default();
            *count += 1;
            let Some(pattern) = patterns.get(*count - 1) else {
                // A key more often than in the format: which one is meant?
                unclear = true;
                continue;
            };
            match pattern.spans(line, leaf) {
                Ok(of_value) => {
                    told &= pattern.tells(line, leaf, &of_value);
                    for (slot, span) in of_value.into_iter().enumerate() {
                        spans[pattern.first + slot] = span;
                    }
                }
                Err(ReadError::NoMatch { .. }) => fits = false,
                Err(_) => unclear = true,
            }
        }
        let complete = self
            .patterns
            .iter()
            .all(|(path, patterns)| seen.get(path.as_str()).is_some_and(|count| *count >= patterns.len()));
        match (complete && fits, unclear) {
            (false, _) => ByKeys::Absent,
            (true, true) => ByKeys::Unclear,
            (true, false) => ByKeys::Found { spans, told },
        }
    }
}

/// What the keys of a line say about its values.
pub(super) enum ByKeys {
    /// The line is not JSON, lacks a key, or has a value that its variable cannot have.
    Absent,
    /// All keys are there, but it is open what some of them say.
    Unclear,
    /// One reading.
    Found {
        /// The byte ranges of all values.
        spans: Vec<(usize, usize)>,
        /// The values can be taken from there, whatever wrote the line.
        told: bool,
    },
}

impl KeyPattern {
    /// An unquoted `null` where API Gateway never writes it: a step in between says that nothing is set.
    fn is_nothing(&self, line: &str, leaf: &Leaf) -> bool {
        let null = !leaf.quoted && &line[leaf.start..leaf.end] == "null";
        null && matches!(self.slots.as_slice(), [slot] if slot.in_string || !is_kept_text(slot))
    }

    fn spans(&self, line: &str, leaf: &Leaf) -> Result<Vec<(usize, usize)>, ReadError> {
        if self.slots.is_empty() {
            return Ok(Vec::new());
        }
        if self.is_nothing(line, leaf) {
            return Ok(vec![(leaf.start, leaf.start)]);
        }
        let (start, end) = match self.slots.as_slice() {
            // It brings its own quotes, so they are its own.
            [slot] if leaf.quoted && slot.brings_quotes() => (leaf.start - 1, leaf.end + 1),
            _ => (leaf.start, leaf.end),
        };
        let pattern = Pattern { literals: &self.literals, slots: &self.slots };
        let inside = unique_placement(pattern, &line[start..end])?;
        Ok(inside.into_iter().map(|(from, to)| (start + from, start + to)).collect())
    }

    /// Whether the spans of a value tell it, whatever wrote the line.
    fn tells(&self, line: &str, leaf: &Leaf, spans: &[(usize, usize)]) -> bool {
        self.is_nothing(line, leaf)
            || self
                .slots
                .iter()
                .zip(spans)
                .all(|(slot, &(from, to))| !is_kept_text(slot) || tells(slot, leaf.quoted, &line[from..to]))
    }
}

/// Whether a text under a key tells a slot's value, whatever wrote the line.
///
/// A line that can be read by keys alone was written by something that reads and writes JSON. It
/// escapes strings, so a string with other backslashes is not of its making. What API Gateway
/// printed without quotes it took for JSON: `1e5` may have become `100000`, and quotes may have been
/// the value's own.
fn tells(slot: &Slot, quoted: bool, text: &str) -> bool {
    let plain = memchr(b'\\', text.as_bytes()).is_none();
    match (quoted, slot.in_string) {
        (true, true) => plain || unescaped(text).is_some(),
        (true, false) => plain && !matches!(slot.class, Class::Free | Class::RouteKey),
        (false, true) => true,
        (false, false) => {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            is_unset(text) || matches!(text, "true" | "false") || (digits && text.len() <= EXACT_DIGITS)
        }
    }
}

/// The leaves of a JSON object; bare values may be any text without separators. `None` when the
/// text is no such object.
pub(super) fn scan(text: &str) -> Option<Vec<Leaf>> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, leaves: Vec::with_capacity(32) };
    scanner.space();
    scanner.object("", 0, text)?;
    scanner.space();
    (scanner.at == text.len()).then_some(scanner.leaves)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    leaves: Vec<Leaf>,
}

impl Scanner<'_> {
    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.bytes.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.bytes.get(self.at).copied()
    }

    /// The inside of a string, which ends at the first quote that no backslash escapes.
    fn string(&mut self) -> Option<(usize, usize)> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..)?;
            self.at += memchr::memchr2(b'"', b'\\', rest)?;
            if self.bytes[self.at] == b'"' {
                self.at += 1;
                return Some((start, self.at - 1));
            }
            self.at += 2;
        }
    }

    fn object(&mut self, path: &str, depth: usize, text: &str) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            return self.take(b'}');
        }
        loop {
            self.space();
            let (start, end) = self.string()?;
            let key = &text[start..end];
            let path = if path.is_empty() { key.to_owned() } else { format!("{path}{JOINT}{key}") };
            self.take(b':')?;
            self.value(path, depth, text)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => return self.take(b'}'),
                _ => return None,
            }
        }
    }

    fn array(&mut self, path: &str, depth: usize, text: &str) -> Option<()> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            return self.take(b']');
        }
        for index in 0.. {
            self.value(format!("{path}{JOINT}{index}"), depth, text)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => return self.take(b']'),
                _ => return None,
            }
        }
        None
    }

    fn value(&mut self, path: String, depth: usize, text: &str) -> Option<()> {
        if depth >= DEEPEST || path.len() > LONGEST_PATH || self.leaves.len() >= MOST_LEAVES {
            return None;
        }
        match self.peek()? {
            b'{' => self.object(&path, depth + 1, text),
            b'[' => self.array(&path, depth + 1, text),
            b'"' => {
                let (start, end) = self.string()?;
                self.leaves.push(Leaf { path, start, end, quoted: true });
                Some(())
            }
            _ => {
                let start = self.at;
                let ends = |byte: &u8| {
                    matches!(byte, b',' | b'}' | b']' | b'"' | b':') || byte.is_ascii_whitespace()
                };
                self.at += self.bytes[start..].iter().position(ends)?;
                (self.at > start).then(|| self.leaves.push(Leaf { path, start, end: self.at, quoted: false }))
            }
        }
    }
}
