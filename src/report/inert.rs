//! Text from logs made harmless to look at.
//!
//! Anybody can send a request to `/%1b[2J` or to a path with a right-to-left override: paths are
//! chosen by strangers. Characters that move a cursor, colour, reorder or hide text are shown as
//! `\u{1b}` wherever a person reads; JSON and CSV keep them, as data.

use std::fmt::Write as _;

/// The text with every control, direction and invisible character written out.
pub fn inert(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_active(character) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// A dimension's value as it is shown: unknown, empty, or inert.
pub fn value(value: Option<&str>) -> String {
    match value {
        None => super::number::UNKNOWN.to_owned(),
        Some("") => "(empty)".to_owned(),
        Some(text) => inert(text),
    }
}

/// Whether a character does something other than stand in its place.
fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_become_visible() {
        assert_eq!(inert("/a\u{1b}[2J\r\n"), "/a\\u{1b}[2J\\u{d}\\u{a}");
        assert_eq!(inert("/\u{202e}gpj.exe\u{2069}"), "/\\u{202e}gpj.exe\\u{2069}");
        assert_eq!(inert("a\u{200b}b\u{feff}\u{85}"), "a\\u{200b}b\\u{feff}\\u{85}");
    }

    #[test]
    fn ordinary_text_of_any_script_stays() {
        for text in ["/orders/{id}", "/große/straße", "/注文/{id}", "/😀", "a b|c<d>"] {
            assert_eq!(inert(text), text);
        }
        assert_eq!(value(None), "–");
        assert_eq!(value(Some("")), "(empty)");
    }
}
