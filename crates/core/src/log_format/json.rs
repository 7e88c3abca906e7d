//! The JSON path: a line that is JSON, read by its keys instead of its order.
//!
//! It takes what a pipeline in between may have done to a line (keys in another order, further keys,
//! other white space) and what API Gateway itself does to numbers (an unquoted `-`). Keys that the
//! format has twice must be there twice; keys that it has not are passed over.

use std::collections::HashMap;

use super::reader::Slot;
use super::template::{Piece, Template};
use super::tolerant::{Pattern, unique_reading};

/// Objects and arrays inside each other; deeper lines are not logs.
const DEEPEST: usize = 16;

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
            let Ok(value) = Template::parse(&source[leaf.start..leaf.end]) else { continue };
            let mut literals = vec![String::new()];
            let mut count = 0;
            for piece in value.pieces() {
                match piece {
                    Piece::Literal(text) => literals.last_mut()?.push_str(text),
                    Piece::Variable(_) => {
                        literals.push(String::new());
                        count += 1;
                    }
                }
            }
            let of_value = slots.get(first..first + count)?.to_vec();
            let pattern = KeyPattern { literals, slots: of_value, first };
            patterns.entry(leaf.path).or_default().push(pattern);
            first += count;
        }
        // A variable in a key's place would be missed.
        (first == slots.len()).then_some(Keys { patterns, slots: slots.len() })
    }

    /// The byte ranges of all values of a line, if it is JSON with all keys of the format.
    pub(super) fn spans(&self, line: &str) -> Option<Vec<(usize, usize)>> {
        let mut spans = vec![(0, 0); self.slots];
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let leaves = scan(line)?;
        for leaf in &leaves {
            let Some(patterns) = self.patterns.get(&leaf.path) else { continue };
            let count = seen.entry(&leaf.path).or_default();
            // A key more often than in the format: which one is meant?
            let pattern = patterns.get(*count)?;
            *count += 1;
            for (slot, span) in pattern.spans(line, leaf)?.into_iter().enumerate() {
                spans[pattern.first + slot] = span;
            }
        }
        let complete =
            self.patterns.iter().all(|(path, patterns)| seen.get(path.as_str()) == Some(&patterns.len()));
        complete.then_some(spans)
    }
}

impl KeyPattern {
    fn spans(&self, line: &str, leaf: &Leaf) -> Option<Vec<(usize, usize)>> {
        let (start, end) = match self.slots.as_slice() {
            // It brings its own quotes, so they are its own.
            [slot] if leaf.quoted && slot.brings_quotes() => (leaf.start - 1, leaf.end + 1),
            _ => (leaf.start, leaf.end),
        };
        let pattern = Pattern { literals: &self.literals, slots: &self.slots };
        let inside = unique_reading(pattern, &line[start..end]).ok()?;
        Some(inside.into_iter().map(|(from, to)| (start + from, start + to)).collect())
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
        if depth >= DEEPEST {
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
