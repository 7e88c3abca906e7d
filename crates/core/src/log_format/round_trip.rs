//! Random formats and random records, printed as API Gateway and steps after it print them: every
//! field is read as it was, or the line is an error.

use proptest::prelude::*;

use super::*;

#[path = "../../tests/targets/choices.rs"]
mod choices;
#[path = "../../tests/targets/formats.rs"]
mod formats;
#[path = "../../tests/targets/record.rs"]
mod record;

use choices::Choices;
use record::{Print, Pushed, Record, Text, expected, is_valid_json, print, printable, record};

fn template(format: &str) -> Template {
    Template::parse(format).unwrap()
}

fn read(reader: &Reader, line: &str) -> Result<Pushed, ReadError> {
    let mut pushed = Pushed::default();
    reader.read(line, &mut Scratch::default(), &mut pushed)?;
    Ok(pushed)
}

fn read_one(format: &str, line: &str) -> Result<Pushed, ReadError> {
    read(&Reader::new(&template(format)), line)
}

/// Enough bytes for the choices of most cases; what is missing is 0.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..256)
}

/// Values that are neither object nor array.
fn leaves(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Object(members) => members.values().map(leaves).sum(),
        serde_json::Value::Array(items) => items.iter().map(leaves).sum(),
        _ => 1,
    }
}

fn values(pairs: &[(&str, &str)]) -> Record {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_line_of_any_format_is_read_exactly_or_not_at_all(bytes in bytes()) {
        let mut choices = Choices(&bytes);
        let Ok(template) = Template::parse(&formats::format(&mut choices)) else { return Ok(()) };
        let text = choices.of(&[Text::Ordinary, Text::Unset, Text::Hostile, Text::Hostile]);
        let record = record(&mut choices, &template, text);
        let how = choices.of(&[Print::Raw, Print::Escaped, Print::OneSpace]);
        if !printable(&record, how) {
            return Ok(());
        }
        let line = print(&template, &record, how);
        if let Ok(pushed) = read(&Reader::new(&template), &line) {
            prop_assert_eq!(pushed, expected(&template, &record), "{:?}: {}: {}", how, template.source(), line);
        }
    }

    #[test]
    fn json_with_every_value_in_quotes_is_always_read(bytes in bytes()) {
        let mut choices = Choices(&bytes);
        let Ok(template) = Template::parse(&formats::quoted_json(&mut choices)) else { return Ok(()) };
        let text = choices.of(&[Text::Ordinary, Text::Unset]);
        // A message brings its own quotes, and so breaks the JSON of some.
        if template.variables().any(|name| name == "error.messageString") {
            return Ok(());
        }
        let record = record(&mut choices, &template, text);
        for how in [Print::Raw, Print::OneSpace] {
            let line = print(&template, &record, how);
            prop_assert_eq!(read(&Reader::new(&template), &line), Ok(expected(&template, &record)), "{}", line);
        }
    }

    /// A step in between reads a line as JSON, and writes it with keys in its own order, of which
    /// each is there once.
    #[test]
    fn json_that_was_written_anew_is_read_exactly_or_not_at_all(bytes in bytes(), pretty: bool) {
        let mut choices = Choices(&bytes);
        let quoted = !choices.once_in(2);
        let format =
            if quoted { formats::quoted_json(&mut choices) } else { formats::json(&mut choices, false) };
        let Ok(template) = Template::parse(&format) else { return Ok(()) };
        if !is_valid_json(&template) {
            return Ok(());
        }
        // Hostile text without quotes may be JSON itself.
        let text = choices.of(&[Text::Ordinary, if quoted { Text::Hostile } else { Text::Unset }]);
        let record = record(&mut choices, &template, text);
        let line = print(&template, &record, Print::Escaped);
        let Ok(mut value) = serde_json::from_str::<serde_json::Value>(&line) else { return Ok(()) };
        if quoted {
            value["pipeline"] = "é \"x\" \\ y".into();
        }
        let line = if pretty { format!("{value:#}") } else { value.to_string() };
        let pushed = read(&Reader::new(&template), &line);
        let unique = leaves(&value) == template.variables().count() + usize::from(quoted);
        // Free text could hold the keys that follow it.
        let bounded = || template.variables().all(|name| !matches!(record::class(name), Class::Free | Class::RouteKey));
        if pushed.is_ok() || (quoted && unique && text == Text::Ordinary && bounded()) {
            prop_assert_eq!(pushed, Ok(expected(&template, &record)), "{}: {}", template.source(), line);
        }
    }

    /// Which variant read the line before must not matter either.
    #[test]
    fn a_line_of_a_preset_is_read_exactly_or_not_at_all(
        preset in 0..Preset::ALL.len(),
        bytes in prop::collection::vec(bytes(), 1..4),
    ) {
        let preset = Preset::ALL[preset];
        let reader = preset.reader().unwrap();
        let mut scratch = Scratch::default();
        for bytes in bytes {
            let mut choices = Choices(&bytes);
            let template = template(choices.of(preset.formats()));
            let text = choices.of(&[Text::Unset, Text::Hostile]);
            let mut record = record(&mut choices, &template, text);
            // A request always has a time, which is what tells shifted columns.
            record.entry("requestTime".to_owned()).or_insert_with(|| "17/Oct/2026:10:05:03 +0000".to_owned());
            let line = print(&template, &record, choices.of(&[Print::Raw, Print::Escaped]));
            let mut pushed = Pushed::default();
            let path = reader.read(&line, &mut scratch, &mut pushed);
            if path.is_ok() {
                prop_assert_eq!(&pushed, &expected(&template, &record), "{}: {}", preset, line);
            }
            prop_assert_eq!(path.map(|_| pushed), read(&reader, &line), "{}: {}", preset, line);
        }
    }
}

/// What a backslash in a JSON string means is not known, unless only one meaning is possible.
#[test]
fn a_backslash_is_taken_for_one_thing_only_if_it_can_be_no_other() {
    let format = r#"{"id":"$context.extendedRequestId", "ua":"$context.identity.userAgent", "m":"$context.error.message"}"#;
    let field = |id: &str, agent: &str, message: &str| {
        let line = format!(r#"{{"id":"{id}", "ua":"{agent}", "m":"{message}"}}"#);
        read_one(format, &line)
            .map(|pushed| [pushed.0["ExtendedRequestId"].clone(), pushed.0["UserAgent"].clone()])
    };
    let both = |id: &str, agent: &str| Ok([id.to_owned(), agent.to_owned()]);
    // Printed as it was, or escaped.
    for agent in [r"a\nb", r#"a\"b"#, r"a\\b", r"a\u0041b", r"\/", r"\ud83d\ude00"] {
        assert_eq!(field("a=", agent, "x"), Err(ReadError::Ambiguous), "{agent}");
    }
    // No JSON text, so it was printed as it was.
    for agent in [r"C:\x", r"a\", r"a\u00g1", r"a\ud83d", "a\"b", "a\"\\n", "a\\\"b\"c", "a\u{1}\\n"] {
        assert_eq!(field("a=", agent, "x"), both("a=", agent), "{agent}");
    }
    // What is not kept may be either, and an id holds no backslash.
    assert_eq!(field("a=", "x", r#"no \"method\"\n"#), both("a=", "x"));
    assert_eq!(field(r"a\u003d", "x", "y"), both("a=", "x"));
    assert!(field(r"a\x", "x", "y").is_err());
    // Other white space and another order: something has written JSON.
    for line in [
        r#"{"id":"a=","ua":"a \"b\" \\n \u00e9","m":"x"}"#,
        r#"{"ua":"a \"b\" \\n \u00e9", "m":"x", "id":"a="}"#,
    ] {
        assert_eq!(read_one(format, line).unwrap().0["UserAgent"], "a \"b\" \\n é", "{line}");
        assert!(read_one(format, &line.replace("\\u00e9", "\\x")).is_err());
    }
}

#[test]
fn keys_tell_only_what_was_printed() {
    // White space inside a string is the format's.
    let inside = r#"{"a":"$context.status","ua":" $context.identity.userAgent "}"#;
    assert_eq!(read_one(inside, r#"{"ua":" x ", "a":"200"}"#).unwrap().0["UserAgent"], "x");
    assert!(read_one(inside, r#"{"ua":"x", "a":"200"}"#).is_err());
    // `null` is no value of a string.
    let format = r#"{"a":"$context.status","ua":"$context.identity.userAgent","n":$context.responseLength}"#;
    let pushed = read_one(format, r#"{"ua":null,"a":null,"n":null}"#).unwrap();
    assert!(pushed.0.is_empty(), "{pushed:?}");
    // What stood without quotes may have been spelled anew.
    let bare = r#"{"a":"$context.status","p":$context.authorizer.principalId}"#;
    for (value, read) in [
        ("42", Some("42")),
        ("true", Some("true")),
        ("1.5", None),
        ("null", None),
        ("\",\"", None),
        ("\"a\\\"b\"", None),
    ] {
        let line = format!(r#"{{"p":{value}, "a":200}}"#);
        assert_eq!(read_one(bare, &line).ok().map(|pushed| pushed.0["PrincipalId"].clone()).as_deref(), read);
    }
}

#[test]
fn white_space_at_the_ends_of_free_text_is_never_cut() {
    let format = "principal: $context.authorizer.principalId, id: $context.requestId, $context.error.message";
    let parsed = template(format);
    for principal in [" a", "a ", "  ", "a, id: b", "a\n"] {
        for message in ["x", " x", "x ", "y, id: z, "] {
            let record = values(&[
                ("authorizer.principalId", principal),
                ("requestId", "r1"),
                ("error.message", message),
            ]);
            let line = print(&parsed, &record, Print::Raw);
            if let Ok(pushed) = read_one(format, &line) {
                assert_eq!(pushed, expected(&parsed, &record), "{line}");
            }
        }
    }
    // A status cannot hold it, so it is the line's.
    assert_eq!(read_one("a $context.status b", "a  200   b").unwrap().0["Status"], "200");
}

#[test]
fn two_lines_that_were_joined_are_not_one() {
    let format = r#"{"id":"$context.requestId","ua":"$context.identity.userAgent"}"#;
    for between in ["", " ", "\n"] {
        let line = format!(r#"{{"id":"a","ua":"x"}}{between}{{"id":"b","ua":"y"}}"#);
        assert_eq!(read_one(format, &line), Err(ReadError::Ambiguous), "{line}");
    }
    let braces = r#"{"id":"a","ua":"x} {y "z"} "}"#;
    assert_eq!(read_one(format, braces).unwrap().0["UserAgent"], r#"x} {y "z"} "#);
}

#[test]
fn documents_that_are_no_log_lines_end_soon() {
    let reader = Reader::new(&template(r#"{"a":"$context.requestId-$context.apiId","b":"$context.status"}"#));
    let many = format!("{{\"{}\":[{}1]}}", "k".repeat(4000), "1,".repeat(200_000));
    assert!(read(&reader, &many).is_err());
    assert!(read(&reader, &format!("{{\"a\":\"{}\"", "a-".repeat(400_000))).is_err());
    assert!(read(&reader, &format!("{{\"{}\":1}}", "k".repeat(400_000))).is_err());
}
