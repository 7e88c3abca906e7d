//! The tolerant path: every way to lay the format over a line, accepted only if there is one.
//!
//! White space in the format matches any run of white space. Values are bounded by what their
//! variable can hold. All placements of the literals are counted; two ways make a reject.

use memchr::memmem;

use super::reader::{ReadError, Slot};
use super::value::fits;

/// Transitions tried before a line is given up: hostile lines must not cost quadratic time.
const MOST_STEPS: usize = 200_000;

/// Literals and the slots between them: one more literal than slots.
#[derive(Clone, Copy)]
pub(super) struct Pattern<'a> {
    pub literals: &'a [String],
    pub slots: &'a [Slot],
}

/// A place where a literal matches.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
}

/// A literal's place that some reading reaches: how many readings do, and one of them.
struct State {
    place: Place,
    ways: u8,
    from: usize,
}

/// The byte ranges of all values, if exactly one reading exists.
pub(super) fn unique_reading(format: Pattern<'_>, line: &str) -> Result<Vec<(usize, usize)>, ReadError> {
    let no_match = |slot: &Slot| ReadError::NoMatch { variable: slot.name.clone() };
    let last = format.slots.len();
    let mut steps = 0;

    let first = places(&format.literals[0], line).into_iter().find(|place| place.start == 0);
    let Some(first) = first else {
        return Err(format.slots.first().map_or(ReadError::NoMatch { variable: String::new() }, no_match));
    };
    let mut layers: Vec<Vec<State>> = vec![vec![State { place: first, ways: 1, from: 0 }]];
    for (index, slot) in format.slots.iter().enumerate() {
        let before = &format.literals[index];
        let after = &format.literals[index + 1];
        let mut candidates = places(after, line);
        if index + 1 == last {
            // The end of the format is the end of the line.
            candidates.retain(|place| place.end == line.len());
        }
        let mut layer = Vec::new();
        for place in candidates {
            let mut state = State { place, ways: 0, from: 0 };
            for (from, previous) in layers[index].iter().enumerate() {
                steps += 1;
                if steps > MOST_STEPS {
                    return Err(ReadError::TooManyReadings);
                }
                // Only in a string's place can nothing be a value.
                let room = place.start.checked_sub(previous.place.end);
                if room.is_some_and(|room| room > 0 || slot.in_string)
                    && is_value(slot, &line[previous.place.end..place.start], before, after)
                {
                    state.ways = (state.ways + previous.ways).min(2);
                    state.from = from;
                }
            }
            if state.ways > 0 {
                layer.push(state);
            }
        }
        if layer.is_empty() {
            return Err(no_match(slot));
        }
        layers.push(layer);
    }

    let ways: usize = layers[last].iter().map(|state| usize::from(state.ways)).sum();
    if ways > 1 {
        return Err(ReadError::Ambiguous);
    }
    let mut spans = vec![(0, 0); last];
    let mut at = 0;
    for index in (0..last).rev() {
        let state = &layers[index + 1][at];
        spans[index] = (layers[index][state.from].place.end, state.place.start);
        at = state.from;
    }
    Ok(spans)
}

/// White space next to a literal's white space belongs to the literal, so that it has one place.
fn is_value(slot: &Slot, text: &str, before: &str, after: &str) -> bool {
    let space = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    let (first, last) = (text.as_bytes().first(), text.as_bytes().last());
    let touches =
        (space(before.as_bytes().last()) && space(first)) || (space(after.as_bytes().first()) && space(last));
    !touches && (fits(slot.class, text) || text == "\"-\"")
}

/// Everywhere that a literal matches, white space as runs.
fn places(literal: &str, line: &str) -> Vec<Place> {
    if literal.is_empty() {
        // Two variables without a separator: any place between characters.
        let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        return ends.map(|at| Place { start: at, end: at }).collect();
    }
    let words: Vec<&str> = literal.split_ascii_whitespace().collect();
    let bytes = line.as_bytes();
    let leading = literal.as_bytes()[0].is_ascii_whitespace();
    let trailing = literal.as_bytes()[literal.len() - 1].is_ascii_whitespace();
    let Some(first) = words.first() else {
        return runs(bytes);
    };
    let mut found = Vec::new();
    for at in overlapping(bytes, first.as_bytes()) {
        let mut start = at;
        if leading {
            start =
                bytes[..at].iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |place| place + 1);
            if start == at {
                continue;
            }
        }
        let mut end = at + first.len();
        let matched = words[1..].iter().all(|word| {
            let after = skip_space(bytes, end);
            let matches = after > end && bytes[after..].starts_with(word.as_bytes());
            end = after + word.len();
            matches
        });
        if !matched {
            continue;
        }
        if trailing {
            let after = skip_space(bytes, end);
            if after == end {
                continue;
            }
            end = after;
        }
        found.push(Place { start, end });
    }
    found
}

/// Every occurrence, also those that overlap the one before.
fn overlapping<'a>(bytes: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let finder = memmem::Finder::new(word);
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + finder.find(bytes.get(from..)?)?;
        from = at + 1;
        Some(at)
    })
}

/// The maximal runs of white space.
fn runs(bytes: &[u8]) -> Vec<Place> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = skip_space(bytes, at);
        if end > at {
            found.push(Place { start: at, end });
        }
        at = end + 1;
    }
    found
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|byte| !byte.is_ascii_whitespace())
        .map_or(bytes.len(), |count| from + count)
}

/// Appends the text of a JSON string's inside; false when it holds no valid escapes.
pub(super) fn unescape(text: &str, out: &mut String) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let mut characters = rest[at + 1..].chars();
        let Some(kind) = characters.next() else { return false };
        let mut taken = at + 2;
        match kind {
            '"' | '\\' | '/' => out.push(kind),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' => {
                let Some((character, length)) = unicode_escape(&rest[at..]) else { return false };
                out.push(character);
                taken = at + length;
            }
            _ => return false,
        }
        rest = &rest[taken..];
    }
    out.push_str(rest);
    true
}

/// The character of `\uXXXX` or of a surrogate pair, with the length of the escape.
fn unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let high = unit(text)?;
    if let Some(character) = char::from_u32(high) {
        return Some((character, 6));
    }
    let low = unit(text.get(6..)?)?;
    if !(0xD800..0xDC00).contains(&high) || !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).map(|character| (character, 12))
}
