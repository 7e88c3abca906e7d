//! Where in a JSON text a byte lies, as people say it: `regions[0].rest_apis[2].name`.
//!
//! serde_json knows lines and columns. In a snapshot of a thousand stages, the way to the value says more.

use std::fmt::Write;

enum Frame {
    Object { key: Option<String>, at_key: bool },
    Array { index: usize },
}

/// The byte at which serde_json stopped: `column` bytes into line `line`, both counted from 1.
pub(super) fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column).min(text.len())
}

/// The way to what ends at or holds the byte `offset`; empty at the top. The text need not be whole.
pub(super) fn path(text: &str, offset: usize) -> String {
    let bytes = &text.as_bytes()[..offset.min(text.len())];
    let mut stack: Vec<Frame> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' => stack.push(Frame::Object { key: None, at_key: true }),
            b'[' => stack.push(Frame::Array { index: 0 }),
            b'}' | b']' => {
                stack.pop();
            }
            b',' => match stack.last_mut() {
                Some(Frame::Object { at_key, .. }) => *at_key = true,
                Some(Frame::Array { index }) => *index += 1,
                None => {}
            },
            b':' => {
                if let Some(Frame::Object { at_key, .. }) = stack.last_mut() {
                    *at_key = false;
                }
            }
            b'"' => {
                let end = end_of_string(bytes, at);
                if let (Some(Frame::Object { key, at_key: true }), Some(end)) = (stack.last_mut(), end) {
                    *key = serde_json::from_slice(&bytes[at..=end]).ok();
                }
                at = end.unwrap_or(bytes.len());
            }
            _ => {}
        }
        at += 1;
    }
    shown(&stack)
}

/// The closing quote of the string that opens at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return Some(at),
            _ => at += 1,
        }
    }
    None
}

fn shown(stack: &[Frame]) -> String {
    let mut path = String::new();
    for frame in stack {
        // Writing to a string does not fail.
        let _ = match frame {
            Frame::Array { index } => write!(path, "[{index}]"),
            Frame::Object { key: None, .. } => Ok(()),
            Frame::Object { key: Some(key), .. } if is_word(key) => {
                write!(path, "{}{key}", if path.is_empty() { "" } else { "." })
            }
            Frame::Object { key: Some(key), .. } => write!(path, "[{key:?}]"),
        };
    }
    path
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path of the byte after the first `!`, which is taken out.
    fn at(text: &str) -> String {
        let mark = text.find('!').unwrap();
        path(&text.replacen('!', "", 1), mark)
    }

    #[test]
    fn the_way_is_named() {
        assert_eq!(at(r#"{"regions":[{"account":"1"},{"region":7!}]}"#), "regions[1].region");
        assert_eq!(at(r#"{"a":{"*/*":{"x":1!}}}"#), r#"a["*/*"].x"#);
        assert_eq!(at(r#"{"a":[[1,2],[3!]]}"#), "a[1][0]");
        assert_eq!(at("!{}"), "");
        assert_eq!(at(r#"{"a\"b":1!}"#), r#"["a\"b"]"#);
    }

    #[test]
    fn closed_objects_and_strings_with_braces_do_not_count() {
        assert_eq!(at(r#"{"a":[{"b":"]}{[,:"},{"c":1}!]}"#), "a[1]");
        assert_eq!(at(r#"{"a":{"b":1},"c!"#), "a");
    }

    #[test]
    fn lines_and_columns_become_offsets() {
        assert_eq!(offset("ab\ncd\n", 2, 1), 4);
        assert_eq!(offset("ab", 9, 9), 2);
        assert_eq!(offset("", 0, 0), 0);
    }
}
