//! The tolerant path: every way to lay the format over a line, accepted only if there is one.
//!
//! White space in the format matches any run of white space. Values are bounded by what their
//! variable can hold. All placements of the literals are counted; two ways make a reject.
//!
//! A backslash in a JSON string is a second question. API Gateway long printed values as they are,
//! and has been seen to escape some since; the line does not say which, nor does AWS. A value whose
//! backslashes all begin valid escapes can thus be meant as printed and as escaped, and is refused
//! if it is kept, unless only one of the two is of its kind: an id holds no backslash. Where a
//! backslash begins no escape, or a quote has none before it, nothing was escaped.

use memchr::{memchr, memmem};

use super::reader::{ReadError, Slot};
use super::value::fits;
use super::variable::{Class, Target};
use crate::framing::next_seam;

/// Transitions tried before a line is given up: hostile lines must not cost quadratic time.
const MOST_STEPS: usize = 200_000;

/// Values of more bytes count as several steps, because to look at them takes longer.
const LONG: usize = 4096;

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

/// The byte ranges of all values of a line as API Gateway prints it, if exactly one reading exists.
pub(super) fn unique_reading(format: Pattern<'_>, line: &str) -> Result<Vec<(usize, usize)>, ReadError> {
    let spans = unique_placement(format, line)?;
    let object = format.literals.first().is_some_and(|literal| literal.starts_with('{'));
    let mut values = format.slots.iter().zip(&spans);
    let open = values.any(|(slot, &(start, end))| {
        let text = &line[start..end];
        let printed = fits(slot.class, text);
        (slot.in_string && printed && is_kept_text(slot) && unescaped(text).is_some())
            // Where one object ends and another begins, two lines may have been joined.
            || (object && next_seam(text.as_bytes(), 0).is_some())
    });
    if open { Err(ReadError::Ambiguous) } else { Ok(spans) }
}

/// Whether a slot's value is kept as text.
pub(super) fn is_kept_text(slot: &Slot) -> bool {
    matches!(slot.target, Target::Text(_))
}

/// The byte ranges of all values, if the literals can be placed in exactly one way.
pub(super) fn unique_placement(format: Pattern<'_>, line: &str) -> Result<Vec<(usize, usize)>, ReadError> {
    let no_match = |slot: &Slot| ReadError::NoMatch { variable: slot.name.clone() };
    let last = format.slots.len();
    let mut steps = 0;

    let spaced = |index: usize| format.slots.get(index).is_some_and(|slot| may_hold_space(slot.class));
    let first = places(&format.literals[0], line, false, spaced(0));
    let first: Vec<State> = first
        .into_iter()
        .filter(|place| place.start == 0)
        .map(|place| State { place, ways: 1, from: 0 })
        .collect();
    if first.is_empty() {
        return Err(format.slots.first().map_or(ReadError::NoMatch { variable: String::new() }, no_match));
    }
    let mut layers = vec![first];
    for (index, slot) in format.slots.iter().enumerate() {
        let mut candidates = places(&format.literals[index + 1], line, spaced(index), spaced(index + 1));
        if index + 1 == last {
            // The end of the format is the end of the line.
            candidates.retain(|place| place.end == line.len());
        }
        let mut layer = Vec::new();
        for place in candidates {
            let mut state = State { place, ways: 0, from: 0 };
            for (from, previous) in layers[index].iter().enumerate() {
                let room = place.start.checked_sub(previous.place.end);
                steps += 1 + room.unwrap_or_default() / LONG * (LONG / 256);
                if steps > MOST_STEPS {
                    return Err(ReadError::TooManyReadings);
                }
                // Only in a string's place can nothing be a value.
                if room.is_some_and(|room| room > 0 || slot.in_string)
                    && is_value(slot, &line[previous.place.end..place.start])
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

fn is_value(slot: &Slot, text: &str) -> bool {
    fits(slot.class, text) || text == "\"-\"" || (slot.in_string && fits_unescaped(slot.class, text))
}

/// Whether a value can begin or end with white space.
fn may_hold_space(class: Class) -> bool {
    matches!(class, Class::Free | Class::RouteKey)
}

/// Whether a text with escapes stands for one that the class allows.
fn fits_unescaped(class: Class, text: &str) -> bool {
    // Numbers and times are read as they stand.
    matches!(class, Class::Token | Class::Caller | Class::Host | Class::Path | Class::QuotedFree)
        && unescaped(text).is_some_and(|text| fits(class, &text))
}

/// Everywhere that a literal matches, its white space standing for any run of it.
///
/// At the literal's ends a run that is longer than in the format may belong to the value beside it,
/// so if that value can hold white space, a place of the literal's own length is one more way.
fn places(literal: &str, line: &str, spaced_before: bool, spaced_after: bool) -> Vec<Place> {
    if literal.is_empty() {
        // Two variables without a separator: any place between characters.
        let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        return ends.map(|at| Place { start: at, end: at }).collect();
    }
    let bytes = line.as_bytes();
    let leading = literal.len() - literal.trim_ascii_start().len();
    let trailing = literal.len() - literal.trim_ascii_end().len();
    let words: Vec<&str> = literal.split_ascii_whitespace().collect();
    let Some(first) = words.first() else {
        return spaces(bytes, literal.len(), spaced_before, spaced_after);
    };
    let mut found = Vec::new();
    for at in overlapping(bytes, first.as_bytes()) {
        let before = bytes[..at]
            .iter()
            .rposition(|byte| !byte.is_ascii_whitespace())
            .map_or(at, |place| at - place - 1);
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
        let after = skip_space(bytes, end) - end;
        let ends = lengths(after, trailing, spaced_after).map(|length| end + length);
        for start in lengths(before, leading, spaced_before).map(|length| at - length) {
            found.extend(ends.clone().map(|end| Place { start, end }));
        }
    }
    found
}

/// How much of a run of white space a literal takes that has `own` of it at that end.
fn lengths(run: usize, own: usize, spaced: bool) -> impl Iterator<Item = usize> + Clone {
    let whole = if own == 0 { Some(0) } else { (run > 0).then_some(run) };
    let shorter = (spaced && own > 0 && own < run).then_some(own);
    whole.into_iter().chain(shorter)
}

/// The places of a literal that is `own` white space.
fn spaces(bytes: &[u8], own: usize, spaced_before: bool, spaced_after: bool) -> Vec<Place> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = skip_space(bytes, at);
        for length in lengths(end - at, own, spaced_before || spaced_after) {
            // What is left of the run is a neighbour's that can hold it.
            let first = if spaced_after { at } else { end - length };
            let last = if spaced_before { end - length } else { at };
            found.extend((first..=last).map(|start| Place { start, end: start + length }));
        }
        at = end + 1;
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

fn skip_space(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|byte| !byte.is_ascii_whitespace())
        .map_or(bytes.len(), |count| from + count)
}

/// What a text with backslashes stands for as a JSON string's inside, if it can be one.
pub(super) fn unescaped(text: &str) -> Option<String> {
    memchr(b'\\', text.as_bytes())?;
    let mut out = String::with_capacity(text.len());
    unescape(text, &mut out).then_some(out)
}

/// Appends what the inside of a JSON string stands for; false, with something appended, when the
/// text cannot be one: it holds what would be escaped, or a backslash that begins no escape.
pub(super) fn unescape(text: &str, out: &mut String) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(|character| matches!(character, '\\' | '"' | '\0'..='\u{1f}')) {
        if !rest[at..].starts_with('\\') {
            return false;
        }
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
