//! The fast path: a line that is exactly as the format prints it, read in one sweep.
//!
//! It rests on separators. A set of bytes is chosen such that every literal between two values holds
//! at least one, and values do not. A value then ends where the next separator says, and if all
//! literals stand where they must, there is no second way: any other reading has as many separators
//! in its literals, so it would have none left for its values either. One value may be elastic, if
//! all others cannot hold a separator by their kind: the line is then read from both ends, and what
//! is left in between is its own. Whatever does not fit goes to the tolerant path.

use memchr::{memchr, memchr_iter, memchr2, memrchr, memrchr2};

use super::reader::{Slot, SlotValue, take_value};
use super::value::fits;
use super::variable::Class;
use crate::same::{find, same};

/// One way in which a format is printed: its literals, and where their separators are.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    literals: Vec<Literal>,
    separators: Separators,
    /// Separators inside the value: a CLF time has one space.
    in_value: Vec<usize>,
    /// The one slot whose value may hold separators.
    elastic: Option<usize>,
    /// Backslashes of the literals, where values stand in JSON strings: more of them are escapes.
    backslashes: Option<usize>,
    /// Every value is held to its kind, because the line may have been meant otherwise.
    strict: bool,
}

/// The text between two values.
#[derive(Clone, Debug)]
struct Literal {
    text: String,
    /// The places of its first and last separator; `None` only before the first or after the last value.
    separators: Option<(usize, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separators {
    One(u8),
    Two(u8, u8),
}

impl Separators {
    /// In the order in which they are tried: those that values hold least come first.
    const CANDIDATES: [Separators; 10] = [
        Separators::One(b'"'),
        Separators::One(b'\t'),
        Separators::One(b'|'),
        Separators::One(b','),
        Separators::One(b';'),
        Separators::One(b'<'),
        Separators::One(b' '),
        Separators::Two(b' ', b'"'),
        Separators::Two(b' ', b','),
        Separators::Two(b' ', b'='),
    ];

    fn holds(self, byte: u8) -> bool {
        match self {
            Separators::One(one) => byte == one,
            Separators::Two(one, two) => byte == one || byte == two,
        }
    }

    /// The place of the first one from `from` on.
    fn next(self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = &bytes[from..];
        let found = match self {
            Separators::One(one) => find(one, rest),
            Separators::Two(one, two) => memchr2(one, two, rest),
        };
        found.map(|place| from + place)
    }

    /// The place of the last one before `to`.
    fn last(self, bytes: &[u8], to: usize) -> Option<usize> {
        match self {
            Separators::One(one) => memrchr(one, &bytes[..to]),
            Separators::Two(one, two) => memrchr2(one, two, &bytes[..to]),
        }
    }

    /// Whether values of a kind can hold a separator; kinds that could but never count are exact.
    fn open(self, class: Class) -> bool {
        let free = matches!(class, Class::Free | Class::RouteKey | Class::QuotedFree);
        match self {
            // A path may hold quotes, but no space.
            Separators::Two(b' ', b'"') => free || class == Class::Path,
            Separators::Two(..) => free || matches!(class, Class::Path | Class::Token | Class::Caller),
            Separators::One(byte) => byte == b' ' && free,
        }
    }
}

impl Layout {
    /// Chooses the separators; `None` where no choice stands in every inner literal. With `strict`
    /// every value is held to its kind.
    pub(super) fn new(literals: &[String], slots: &[Slot], strict: bool) -> Option<Layout> {
        Separators::CANDIDATES
            .into_iter()
            .find_map(|separators| Layout::with(separators, literals, slots, strict))
    }

    fn with(separators: Separators, literals: &[String], slots: &[Slot], strict: bool) -> Option<Layout> {
        let literals: Vec<Literal> = literals
            .iter()
            .map(|text| {
                let first = text.bytes().position(|byte| separators.holds(byte));
                let last = text.bytes().rposition(|byte| separators.holds(byte));
                Literal { text: text.clone(), separators: first.zip(last) }
            })
            .collect();
        let inner = literals.get(1..literals.len() - 1)?;
        if inner.iter().any(|literal| literal.separators.is_none()) {
            return None;
        }
        let mut elastic = None;
        let mut in_value = Vec::with_capacity(slots.len());
        for (index, slot) in slots.iter().enumerate() {
            // Its own quotes come and go, so that they separate nothing.
            if slot.class == Class::QuotedFree && separators.holds(b'"') {
                return None;
            }
            if separators.open(slot.class) && elastic.replace(index).is_some() {
                return None;
            }
            in_value.push(usize::from(slot.class == Class::ClfTime && separators.holds(b' ')));
        }
        let backslashes = slots.iter().any(|slot| slot.in_string).then(|| {
            let of_literal = |literal: &Literal| memchr_iter(b'\\', literal.text.as_bytes()).count();
            literals.iter().map(of_literal).sum()
        });
        Some(Layout { literals, separators, in_value, elastic, backslashes, strict })
    }

    /// Fills the scratch's values if the line is printed in this layout.
    pub(super) fn read(&self, slots: &[Slot], line: &str, values: &mut Vec<SlotValue>) -> bool {
        values.clear();
        values.resize(slots.len(), SlotValue::Unset);
        self.place(slots, line, values).is_some()
    }

    fn place(&self, slots: &[Slot], line: &str, values: &mut [SlotValue]) -> Option<()> {
        let bytes = line.as_bytes();
        if let Some(backslashes) = self.backslashes
            && memchr(b'\\', bytes).is_some()
            && memchr_iter(b'\\', bytes).count() > backslashes
        {
            return None;
        }
        let (first, last) = (self.literals.first()?, self.literals.last()?);
        if !line.starts_with(&first.text) || !line.ends_with(&last.text) {
            return None;
        }
        let mut start = first.text.len();
        let forward = self.elastic.unwrap_or(slots.len());
        for (index, value) in values[..forward].iter_mut().enumerate() {
            let literal = &self.literals[index + 1];
            let mut place = self.separators.next(bytes, start);
            for _ in 0..self.in_value[index] {
                place = self.separators.next(bytes, place? + 1);
            }
            let end = match (literal.separators, place) {
                (Some((offset, _)), Some(place)) => place.checked_sub(offset)?,
                (Some(_), None) => return None,
                // The last literal may be without a separator, and then none may be left in the value.
                (None, None) => bytes.len() - last.text.len(),
                (None, Some(_)) => return None,
            };
            if end < start || !stands(bytes, end, literal.text.as_bytes()) {
                return None;
            }
            *value = self.value(slots, index, line, start, end)?;
            start = end + literal.text.len();
        }
        let Some(elastic) = self.elastic else { return (start == bytes.len()).then_some(()) };
        let mut end = bytes.len().checked_sub(last.text.len())?;
        for index in (elastic + 1..slots.len()).rev() {
            let literal = &self.literals[index];
            let mut place = self.separators.last(bytes, end)?;
            for _ in 0..self.in_value[index] {
                place = self.separators.last(bytes, place)?;
            }
            let (_, offset) = literal.separators?;
            let begin = place.checked_sub(offset)?;
            let from = begin + literal.text.len();
            if begin < start || from > end || !stands(bytes, begin, literal.text.as_bytes()) {
                return None;
            }
            values[index] = self.value(slots, index, line, from, end)?;
            end = begin;
        }
        if end < start || !fits(slots[elastic].class, line.get(start..end)?) {
            return None;
        }
        values[elastic] = self.value(slots, elastic, line, start, end)?;
        Some(())
    }

    #[inline(always)]
    fn value(&self, slots: &[Slot], index: usize, line: &str, start: usize, end: usize) -> Option<SlotValue> {
        let slot = &slots[index];
        if self.strict && !self.is_surely(slot, index, &line[start..end]) {
            return None;
        }
        take_value(slot, line, start, end)
    }

    /// Whether a text can be the value and nothing of the literals beside it.
    fn is_surely(&self, slot: &Slot, index: usize, text: &str) -> bool {
        let space = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
        let (before, after) = (&self.literals[index].text, &self.literals[index + 1].text);
        let bytes = text.as_bytes();
        let touches = (space(before.as_bytes().last()) && space(bytes.first()))
            || (space(after.as_bytes().first()) && space(bytes.last()));
        !touches && (slot.in_string || !text.is_empty()) && fits(slot.class, text)
    }
}

/// Whether a literal stands at a place of the line.
#[inline]
fn stands(line: &[u8], at: usize, literal: &[u8]) -> bool {
    line.get(at..at + literal.len()).is_some_and(|text| same(text, literal))
}

/// The ways in which white space of a format may be printed: as it is, line ends as spaces, runs as
/// one space, and, in JSON, none around its punctuation.
pub(super) fn spacings(literals: &[String], json: bool) -> Vec<Vec<String>> {
    let each =
        |change: &dyn Fn(&str) -> String| literals.iter().map(|text| change(text)).collect::<Vec<String>>();
    let mut all = vec![
        literals.to_vec(),
        each(&|text| text.replace(['\n', '\r', '\t'], " ")),
        each(&|text| {
            let mut out = String::with_capacity(text.len());
            for character in text.chars() {
                let space = character.is_ascii_whitespace();
                if !(space && out.ends_with(' ')) {
                    out.push(if space { ' ' } else { character });
                }
            }
            out
        }),
    ];
    if json {
        all.push(without_outer_space(literals));
    }
    let mut unique: Vec<Vec<String>> = Vec::new();
    for layout in all {
        if !unique.contains(&layout) {
            unique.push(layout);
        }
    }
    unique
}

/// The literals of a JSON format without the white space around its punctuation.
fn without_outer_space(literals: &[String]) -> Vec<String> {
    // A value neither begins nor ends a string, so the state goes on from literal to literal.
    let mut in_string = false;
    let keeps = |text: &String| {
        let mut escaped = false;
        text.chars()
            .filter(|character| {
                if !in_string {
                    in_string = *character == '"';
                    return !character.is_ascii_whitespace();
                }
                in_string = *character != '"' || escaped;
                escaped = *character == '\\' && !escaped;
                true
            })
            .collect()
    };
    literals.iter().map(keeps).collect()
}
