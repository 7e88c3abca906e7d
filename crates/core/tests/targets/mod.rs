//! What the fuzzers run, and the replay of their corpora with them: each function takes any bytes
//! and panics when something is wrong.

use std::io::{Cursor, Read};

use gwcost_core::framing::{Blocks, Events, Framing, next_seam};
use gwcost_core::log_format::{
    Class, IntegerField, Piece, ReadError, Reader, Scratch, Sink, Snippet, Target, Template, TextField,
    capabilities, guess, kinds, lookup, parse_clf_time, snippet,
};
use gwcost_core::model::ApiKind;
use gwcost_core::pricing::{RateCard, price_list};

mod choices;
mod formats;
mod record;

use choices::Choices;
use record::{Print, Pushed, Text, expected, print, printable, record};

/// A format and lines, all apart by NUL: whatever they are, the format is judged and the lines are
/// read without a panic, and the same way each time. Without a format, one is guessed.
pub fn format_compiler(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\0');
    let format = parts.next().unwrap_or_default();
    let lines: Vec<&str> = parts.collect();
    if format.is_empty() {
        if let Ok(guessed) = guess(&lines) {
            assert!(guessed.read <= guessed.lines && guessed.other <= guessed.lines);
            Template::parse(&guessed.format).expect("a guessed format is a format");
        }
        return;
    }
    let Ok(template) = Template::parse(format) else { return };
    template.warnings();
    kinds(&template);
    let kind = ApiKind::ALL[data.len() % ApiKind::ALL.len()];
    capabilities(&template, Some(kind).filter(|_| data.len().is_multiple_of(2)));
    snippet(Snippet::Terraform, kind, format);
    let reader = Reader::new(&template);
    let mut scratch = Scratch::default();
    for line in lines {
        let _ = read_twice(&reader, line, &mut scratch);
    }
}

/// A record, printed in its format, is read as it was or not at all. A mutation of the line is read
/// the same way each time.
pub fn tolerant_path(data: &[u8]) {
    let mut choices = Choices(data);
    let Ok(template) = Template::parse(&formats::format(&mut choices)) else { return };
    let text = choices.of(&[Text::Hostile, Text::Ordinary, Text::Unset]);
    let record = record(&mut choices, &template, text);
    let how = choices.of(&[Print::Raw, Print::Escaped, Print::OneSpace]);
    let mut line = print(&template, &record, how);
    let reader = Reader::new(&template);
    let mut scratch = Scratch::default();
    if printable(&record, how)
        && let Ok(pushed) = read_twice(&reader, &line, &mut scratch)
    {
        assert_eq!(pushed, expected(&template, &record), "{how:?}: {:?}: {line:?}", template.source());
    }
    while !choices.0.is_empty() {
        mutate(&mut choices, &mut line);
        let _ = read_twice(&reader, &line, &mut scratch);
    }
}

/// Any bytes, as a stream in any framing: every byte is handed out once, and the end is reached.
pub fn framing(data: &[u8]) {
    let mut choices = Choices(data);
    let step = choices.below(64) + 1;
    let long = choices.once_in(64);
    let data = choices.0;
    for json in [true, false] {
        Framing::of(data, json);
    }
    for framing in Framing::ALL {
        events(framing, data);
    }
    let mut from = 0;
    while let Some(seam) = next_seam(data, from) {
        assert!(seam > from || from == 0);
        assert_eq!(data[seam], b'{');
        from = seam + 1;
    }
    // Longer than a block, at the cost of speed.
    let data = if long && !data.is_empty() { data.repeat((3 << 19) / data.len() + 1) } else { data.to_vec() };
    for objects in [false, true] {
        blocks(&data, objects, if long { 65_536 * step } else { step });
    }
}

/// Any bytes, as a price list: what is read of them makes cards that can be written and read again.
pub fn price_list(data: &[u8]) {
    let Ok(list) = price_list::parse(data) else { return };
    assert!(!list.cards.is_empty());
    for card in list.cards {
        assert!(!card.rates().is_empty());
        assert_eq!(RateCard::parse("card", &card.to_toml()).as_ref(), Ok(&card));
    }
}

/// Reads with a scratch that is used and one that is new.
fn read_twice(reader: &Reader, line: &str, scratch: &mut Scratch) -> Result<Pushed, ReadError> {
    let read = |scratch: &mut Scratch| {
        let mut pushed = Pushed::default();
        let path = reader.read(line, scratch, &mut pushed);
        assert!(path.is_ok() || pushed == Pushed::default(), "values of a line that is an error: {line:?}");
        path.map(|_| pushed)
    };
    let pushed = read(scratch);
    assert_eq!(pushed, read(&mut Scratch::default()), "{line:?}");
    pushed
}

/// Removes, doubles or puts in a few characters.
fn mutate(choices: &mut Choices<'_>, line: &mut String) {
    let place = |choices: &mut Choices<'_>, line: &str| {
        let at = (choices.below(256) * 256 + choices.below(256)) % (line.len() + 1);
        line.floor_char_boundary(at)
    };
    let start = place(choices, line);
    let end = line.ceil_char_boundary((start + choices.below(32)).min(line.len()));
    match choices.below(3) {
        0 => line.replace_range(start..end, ""),
        1 => {
            let copy = line[start..end].to_owned();
            line.insert_str(place(choices, line), &copy);
        }
        _ => line
            .insert_str(start, choices.of(&["\"", "\\", ",", " ", "-", "{", "}", "\n", "é", "\":\"", "0"])),
    }
}

fn events(framing: Framing, data: &[u8]) {
    let Ok(Some(mut events)) = Events::new(framing, Box::new(Cursor::new(data.to_vec()))) else { return };
    let mut count = 0;
    while let Ok(Some(event)) = events.next_event() {
        assert_eq!(event.ordinal, count);
        count += 1;
        assert!(count <= data.len() as u64, "more events than bytes");
    }
}

fn blocks(data: &[u8], objects: bool, step: usize) {
    let mut blocks = Blocks::new(Drip(data, step), objects);
    let mut at = 0;
    while let Some(block) = blocks.next_block().expect("no line or object is too long") {
        assert!(!block.cut && !block.bytes.is_empty());
        assert_eq!(block.offset, at as u64);
        assert_eq!(Some(&block.bytes[..]), data.get(at..at + block.bytes.len()));
        at += block.bytes.len();
        let next = data.get(at).copied();
        let whole = if objects { next == Some(b'{') } else { block.bytes.ends_with(b"\n") };
        assert!(next.is_none() || whole, "a block ends inside a line or object");
    }
    assert_eq!(at, data.len());
}

/// Hands out a few bytes at a time, as a pipe does.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}
