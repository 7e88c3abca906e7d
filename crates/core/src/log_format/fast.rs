//! The fast path: a line that is exactly as the format prints it, read in one sweep.
//!
//! It rests on counting. A set of separator bytes is chosen such that every literal between two
//! values holds at least one, and values do not. When a line holds exactly as many separators as
//! the literals do, the k-th one must be the k-th of the literals, so there is only one way to read
//! the line. One value may be elastic, if all others cannot hold a separator by their kind: what is
//! left over is its own. Whatever does not count up goes to the tolerant path.

use memchr::{memchr, memchr_iter, memchr2_iter};

use super::reader::{Scratch, Slot, take_value};
use super::value::fits;
use super::variable::Class;

/// One way in which a format is printed: its literals, and where their separators are.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    literals: Vec<String>,
    separators: Separators,
    /// For each literal: where its first separator is, and how many it has.
    in_literal: Vec<(usize, usize)>,
    /// Separators inside the value: a CLF time has one space.
    in_value: Vec<usize>,
    /// Separators in a line, but for those of `elastic`.
    expected: usize,
    /// The one slot whose value may hold separators.
    elastic: Option<usize>,
    /// Backslashes of the literals, where values stand in JSON strings: more of them are escapes.
    backslashes: Option<usize>,
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
    /// Chooses the separators; `None` where no choice stands in every inner literal.
    pub(super) fn new(literals: Vec<String>, slots: &[Slot]) -> Option<Layout> {
        Separators::CANDIDATES.into_iter().find_map(|separators| Layout::with(separators, &literals, slots))
    }

    fn with(separators: Separators, literals: &[String], slots: &[Slot]) -> Option<Layout> {
        let count = |text: &str| text.bytes().filter(|byte| separators.holds(*byte)).count();
        let in_literal: Vec<(usize, usize)> = literals
            .iter()
            .map(|literal| {
                let first = literal.bytes().position(|byte| separators.holds(byte));
                (first.unwrap_or(0), count(literal))
            })
            .collect();
        let inner = in_literal.get(1..in_literal.len() - 1)?;
        if inner.iter().any(|(_, count)| *count == 0) {
            return None;
        }
        let mut elastic = None;
        let mut in_value = Vec::with_capacity(slots.len());
        for (index, slot) in slots.iter().enumerate() {
            // Its own quotes come and go, so that counting them says nothing.
            if slot.class == Class::QuotedFree && separators.holds(b'"') {
                return None;
            }
            if separators.open(slot.class) && elastic.replace(index).is_some() {
                return None;
            }
            in_value.push(usize::from(slot.class == Class::ClfTime && separators.holds(b' ')));
        }
        let expected =
            in_literal.iter().map(|(_, count)| count).sum::<usize>() + in_value.iter().sum::<usize>();
        let backslashes = slots.iter().any(|slot| slot.in_string).then(|| {
            literals.iter().map(|literal| literal.bytes().filter(|byte| *byte == b'\\').count()).sum()
        });
        let literals = literals.to_vec();
        Some(Layout { literals, separators, in_literal, in_value, expected, elastic, backslashes })
    }

    /// Fills the scratch's values if the line is printed in this layout.
    pub(super) fn read(&self, slots: &[Slot], line: &str, scratch: &mut Scratch) -> bool {
        let bytes = line.as_bytes();
        let at = &mut scratch.separators;
        at.clear();
        match self.separators {
            Separators::One(byte) => at.extend(memchr_iter(byte, bytes)),
            Separators::Two(one, two) => at.extend(memchr2_iter(one, two, bytes)),
        }
        let extra = match at.len().checked_sub(self.expected) {
            Some(0) => 0,
            Some(extra) if self.elastic.is_some() => extra,
            _ => return false,
        };
        if let Some(backslashes) = self.backslashes
            && memchr(b'\\', bytes).is_some()
            && memchr_iter(b'\\', bytes).count() > backslashes
        {
            return false;
        }
        let first = self.literals[0].as_bytes();
        if !bytes.starts_with(first) {
            return false;
        }
        scratch.values.clear();
        let mut next = self.in_literal[0].1;
        let mut start = first.len();
        for (index, slot) in slots.iter().enumerate() {
            next += self.in_value[index] + if self.elastic == Some(index) { extra } else { 0 };
            let literal = self.literals[index + 1].as_bytes();
            let (offset, count) = self.in_literal[index + 1];
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
            // What an elastic value took may be more than its kind can hold.
            if self.elastic == Some(index) && !fits(slot.class, &line[start..end]) {
                return false;
            }
            let Some(value) = take_value(slot, line, start, end) else { return false };
            scratch.values.push(value);
            next += count;
            start = literal_end;
        }
        start == bytes.len()
    }
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
        all.push(each(&|text| text.split_ascii_whitespace().collect()));
    }
    let mut unique: Vec<Vec<String>> = Vec::new();
    for layout in all {
        if !unique.contains(&layout) {
            unique.push(layout);
        }
    }
    unique
}
