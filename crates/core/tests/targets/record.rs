//! Records made from choices, lines as API Gateway prints them, and what must be read.

use std::collections::BTreeMap;

use super::choices::Choices;
use super::{Class, IntegerField, Piece, Sink, Target, Template, TextField, lookup, parse_clf_time};

/// The values of one request by variable; what is missing is unset.
pub type Record = BTreeMap<String, String>;

/// How far the values of a record go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// All set, as of any browser.
    Ordinary,
    /// The same, some unset.
    Unset,
    /// Separators, quotes and pieces of the format in whatever may hold them.
    Hostile,
}

/// A record with a value for every variable of a format but those that are unset.
pub fn record(choices: &mut Choices<'_>, template: &Template, text: Text) -> Record {
    let literals: Vec<&str> = template
        .pieces()
        .iter()
        .filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::Variable(_) => None,
        })
        .collect();
    let mut record = Record::new();
    for name in template.variables() {
        if record.contains_key(name) || (text != Text::Ordinary && choices.once_in(4)) {
            continue;
        }
        let value = match text {
            Text::Hostile if !choices.once_in(3) => hostile(choices, name, &literals),
            _ => ordinary(choices, name).to_owned(),
        };
        record.insert(name.to_owned(), value);
    }
    record
}

/// What a variable can hold.
pub fn class(name: &str) -> Class {
    lookup(name).map_or(Class::Free, |variable| variable.class)
}

fn ordinary(choices: &mut Choices<'_>, name: &str) -> &'static str {
    match (name, class(name)) {
        ("status" | "integration.status", _) => choices.of(&["200", "404", "503"]),
        ("identity.userAgent", _) => choices.of(&[
            "curl/8.5.0",
            "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
            "aws-sdk, über/1.0 {a=b} [c]",
        ]),
        ("extendedRequestId", _) => "GQIVriFLIAMEMsA=",
        (_, Class::Token) => {
            choices.of(&["c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "prod", "GET", "WAF_ALLOW"])
        }
        (_, Class::Caller) => "AROAEXAMPLE:session",
        (_, Class::Host) => choices.of(&["api.example.com", "192.0.2.7", "2001:db8::1"]),
        (_, Class::Path) => choices.of(&["/pets/{id}", "/", "/a/b.c?-"]),
        (_, Class::RouteKey) => choices.of(&["GET /pets/{id}", "$default"]),
        (_, Class::Integer) => choices.of(&["1024", "0", "31"]),
        (_, Class::EpochMs) => "1792231503123",
        (_, Class::ClfTime) => "17/Oct/2026:10:05:03 +0000",
        (_, Class::QuotedFree) => "\"Too Many Requests\"",
        (_, Class::Free) => choices.of(&["Too Many Requests", "alice", "no method: GET, /x"]),
    }
}

const FRAGMENTS: &[&str] = &[
    "a",
    "7",
    "-",
    "\"",
    ",",
    "\",\"",
    "]\"",
    " ",
    "[",
    "]",
    "{",
    "}",
    ":",
    "|",
    ";",
    "<",
    ">",
    "=",
    "é",
    "\\",
    "\\\"",
    "\\n",
    "\\u0041",
    "\\\\",
    "\\/",
    "\\x",
    "\n",
    "\t",
    "\r",
    "\u{1}",
    "\u{a0}",
    "\u{1f600}",
    "/",
    "\"\"",
    "\",\"s\":\"200",
    "\"}",
    "</ip>",
    "GET ",
    "200",
    "--",
    "\"-\"",
    "\u{feff}",
    "\0",
    "'",
    "http://x/y",
    "17/Oct/2026:10:05:03 +0000",
    "  ",
    "null",
];

/// A value that its class allows, made of separators and of the format's own literals.
fn hostile(choices: &mut Choices<'_>, name: &str, literals: &[&str]) -> String {
    let class = class(name);
    let mut text = String::new();
    for _ in 0..=choices.below(7) {
        match choices.below(4) {
            0 if !literals.is_empty() => text.push_str(choices.of(literals)),
            1 => text.push_str(ordinary(choices, name)),
            _ => text.push_str(choices.of(FRAGMENTS)),
        }
    }
    let space = |character: char| character.is_ascii_whitespace();
    // What a kind cannot hold is AWS's word, or the protocol's: ids, names, hosts and paths.
    let keeps = |character: char| match class {
        Class::Token => !space(character) && !"\",|;<>\\".contains(character),
        Class::Caller => !space(character) && character != '"',
        Class::Host => character.is_ascii_graphic() && !"\"/,'<>=\\".contains(character),
        // What API Gateway takes in the path of a resource.
        Class::Path if name == "resourcePath" => {
            character.is_ascii_alphanumeric() || "._-:{}+/".contains(character)
        }
        Class::Path => !space(character),
        _ => true,
    };
    text.retain(keeps);
    match class {
        Class::Path => text.insert(0, '/'),
        Class::QuotedFree => text = format!("\"{text}\""),
        Class::Integer => return choices.of(&["0", "-1", "429", "999999999999999999"]).to_owned(),
        Class::EpochMs | Class::ClfTime => return ordinary(choices, name).to_owned(),
        // A header has no white space around it.
        Class::Free if name == "identity.userAgent" => text = text.trim_matches(space).to_owned(),
        _ => {}
    }
    // These mean that nothing is set, whoever writes them.
    if matches!(text.as_str(), "" | "-" | "\"-\"") { ordinary(choices, name).to_owned() } else { text }
}

/// How a line is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Print {
    /// As API Gateway prints it: nothing is escaped.
    Raw,
    /// Values in JSON strings are escaped.
    Escaped,
    /// Without escapes, and runs of the format's white space are one space.
    OneSpace,
}

/// Whether lines of a format are JSON when every variable is a digit.
pub fn is_valid_json(template: &Template) -> bool {
    let mut line = Vec::new();
    template.render(&mut line, |_, _, out| {
        out.push(b'1');
        true
    });
    template.is_json() && serde_json::from_slice::<serde_json::Value>(&line).is_ok()
}

/// Whether a line tells a record that is printed in that way: of runs that are printed as one space
/// it cannot say what white space was the values'.
pub fn printable(record: &Record, how: Print) -> bool {
    let exact = |value: &String| value.trim_ascii() == value && !value.contains(['\n', '\r', '\t']);
    how != Print::OneSpace || record.values().all(exact)
}

/// A line of a record.
pub fn print(template: &Template, record: &Record, print: Print) -> String {
    let mut line = String::new();
    let (mut in_string, mut escaped) = (false, false);
    let json = is_valid_json(template);
    for piece in template.pieces() {
        match piece {
            Piece::Literal(text) => {
                let mut spaced = false;
                for character in text.chars() {
                    if print == Print::OneSpace && character.is_ascii_whitespace() {
                        line.push_str(if spaced { "" } else { " " });
                        spaced = true;
                        continue;
                    }
                    spaced = false;
                    in_string ^= json && character == '"' && !escaped;
                    escaped = character == '\\' && in_string && !escaped;
                    line.push(character);
                }
            }
            Piece::Variable(name) => {
                escaped = false;
                match record.get(name) {
                    None => line.push('-'),
                    Some(value) if in_string && print == Print::Escaped => {
                        let quoted = serde_json::Value::from(value.as_str()).to_string();
                        line.push_str(&quoted[1..quoted.len() - 1]);
                    }
                    Some(value) => line.push_str(value),
                }
            }
        }
    }
    line
}

/// What a reader pushed: for each field the first value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed(pub BTreeMap<String, String>);

impl<'line> Sink<'line> for Pushed {
    fn text(&mut self, field: TextField, value: &'line str) {
        self.0.entry(format!("{field:?}")).or_insert_with(|| value.to_owned());
    }

    fn integer(&mut self, field: IntegerField, value: i64) {
        self.0.entry(format!("{field:?}")).or_insert_with(|| value.to_string());
    }
}

/// What a reader of the format must push for a record.
pub fn expected(template: &Template, record: &Record) -> Pushed {
    let mut pushed = Pushed::default();
    for name in template.variables() {
        let (Some(variable), Some(value)) = (lookup(name), record.get(name)) else { continue };
        let field = match variable.target {
            Target::Text(field) => format!("{field:?}"),
            Target::Integer(field) => format!("{field:?}"),
            Target::Dropped | Target::Unknown => continue,
        };
        let value = match variable.class {
            Class::ClfTime => parse_clf_time(value).map_or_else(String::new, |time| time.to_string()),
            _ => value.clone(),
        };
        pushed.0.entry(field).or_insert(value);
    }
    pushed
}
