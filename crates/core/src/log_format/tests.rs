//! Every shape of format, rendered with values, without them and with hostile text: each line is
//! read to exactly what was rendered, or not at all.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What a reader pushed, by field.
#[derive(Debug, Default, PartialEq, Eq)]
struct Pushed(BTreeMap<String, String>);

impl<'line> Sink<'line> for Pushed {
    fn text(&mut self, field: TextField, value: &'line str) {
        self.0.entry(format!("{field:?}")).or_insert_with(|| value.to_owned());
    }

    fn integer(&mut self, field: IntegerField, value: i64) {
        self.0.entry(format!("{field:?}")).or_insert_with(|| value.to_string());
    }
}

fn read(reader: &Reader, line: &str) -> Result<(Path, Pushed), ReadError> {
    let mut scratch = Scratch::default();
    let mut pushed = Pushed::default();
    let path = reader.read(line, &mut scratch, &mut pushed)?;
    Ok((path, pushed))
}

/// The values of one request by variable; what is missing is unset.
type Values = BTreeMap<&'static str, String>;

fn ordinary() -> Values {
    [
        ("requestId", "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"),
        ("extendedRequestId", "GQIVriFLIAMEMsA="),
        ("accountId", "111122223333"),
        ("apiId", "a1b2c3d4e5"),
        ("stage", "prod"),
        ("domainName", "api.example.com"),
        ("requestTime", "17/Oct/2026:10:05:03 +0000"),
        ("requestTimeEpoch", "1792231503123"),
        ("httpMethod", "GET"),
        ("path", "/prod/pets/7"),
        ("resourcePath", "/pets/{petId}"),
        ("routeKey", "GET /pets/{petId}"),
        ("status", "200"),
        ("protocol", "HTTP/1.1"),
        ("responseLength", "1024"),
        ("responseLatency", "31"),
        ("integrationLatency", "27"),
        ("integration.status", "200"),
        ("identity.sourceIp", "192.0.2.7"),
        ("identity.userAgent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"),
        ("identity.apiKeyId", "k1"),
        ("error.message", "Too Many Requests"),
        ("error.messageString", "\"Too Many Requests\""),
        ("error.responseType", "THROTTLED"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .collect()
}

fn render(template: &Template, values: &Values) -> String {
    let mut line = Vec::new();
    template.render(&mut line, |_, name, out| match values.get(name) {
        Some(value) => {
            out.extend_from_slice(value.as_bytes());
            true
        }
        None => false,
    });
    String::from_utf8(line).unwrap()
}

/// What a reader of the format must push for these values.
fn expected(template: &Template, values: &Values) -> Pushed {
    let mut pushed = Pushed::default();
    for name in template.variables() {
        let (Some(variable), Some(value)) = (lookup(name), values.get(name)) else { continue };
        let (field, value) = match variable.target {
            Target::Text(field) => (format!("{field:?}"), value.clone()),
            Target::Integer(field) => match variable.class {
                Class::ClfTime => (format!("{field:?}"), parse_clf_time(value).unwrap().to_string()),
                _ => (format!("{field:?}"), value.clone()),
            },
            Target::Dropped | Target::Unknown => continue,
        };
        pushed.0.entry(field).or_insert(value);
    }
    pushed
}

/// One format of every shape that is seen in the wild.
const SHAPES: [&str; 16] = [
    r#"{"id":"$context.requestId","t":"$context.requestTime","s":"$context.status","ua":"$context.identity.userAgent","p":"$context.path"}"#,
    r#"{ "id":"$context.requestId", "s": $context.status, "n":$context.responseLength,"ua": "$context.identity.userAgent" }"#,
    r#"{"request":{"id":"$context.requestId","who":{"ip":"$context.identity.sourceIp","ua":"$context.identity.userAgent"}},"status":"$context.status"}"#,
    r#"{"error.type":"$context.error.responseType","identity.ip":"$context.identity.sourceIp","error.type":"$context.error.responseType","status":"$context.status"}"#,
    r#"{"url":"https://$context.domainName$context.path","m":"$context.httpMethod","status":"$context.status"}"#,
    r#"{"t":"\"$context.requestTime\"","m":"\"$context.httpMethod\"","s":"$context.status","ua":"\"$context.identity.userAgent\""}"#,
    r#"{"m":$context.error.messageString,"type":"$context.error.responseType","s":"$context.status"}"#,
    r#"{"m":"$context.error.messageString","type":"$context.error.responseType","s":"$context.status"}"#,
    "{\n  \"id\": \"$context.requestId\",\n  \"status\": $context.status,\n  \"latency\": $context.responseLatency\n}\n",
    r#"$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId"#,
    r#"$context.identity.sourceIp - - [$context.requestTime]"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId"#,
    "$context.identity.sourceIp,$context.requestTime,$context.httpMethod,$context.resourcePath,$context.status,$context.identity.userAgent,$context.requestId",
    r#"<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <ua>$context.identity.userAgent</ua> <status>$context.status</status> </request>"#,
    "requestId: $context.requestId, ip: $context.identity.sourceIp, requestTime: $context.requestTime, status: $context.status",
    "$context.requestTimeEpoch|$context.apiId|$context.stage|$context.status|$context.identity.userAgent",
    "$context.requestId $context.requestTimeEpoch $context.status",
];

fn templates() -> Vec<(Template, Reader)> {
    SHAPES
        .iter()
        .map(|format| {
            let template = Template::parse(format).unwrap();
            let reader = Reader::new(&template);
            (template, reader)
        })
        .collect()
}

#[test]
fn every_shape_is_read_with_values_and_without() {
    for (template, reader) in templates() {
        let all = ordinary();
        let none: Values = [("requestTime", all["requestTime"].clone())].into();
        let served: Values = all
            .iter()
            .filter(|(name, _)| !name.starts_with("error."))
            .map(|(name, value)| (*name, value.clone()))
            .collect();
        for values in [all, none, served] {
            let line = render(&template, &values);
            let (_, pushed) = read(&reader, &line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert_eq!(pushed, expected(&template, &values), "{line}");
        }
    }
}

#[test]
fn white_space_may_differ_where_the_format_has_any() {
    for (template, reader) in templates() {
        let values = ordinary();
        let line = render(&template, &values);
        if line.contains("Mozilla") && !template.is_json() {
            continue;
        }
        let spaced = line.replace("\n", " ").replace(", \"", ",   \"").replace("] \"", "]\t\"");
        let (_, pushed) = read(&reader, &spaced).unwrap_or_else(|error| panic!("{error}: {spaced}"));
        assert_eq!(pushed, expected(&template, &values), "{spaced}");
    }
}

#[test]
fn json_is_read_by_its_keys_when_order_or_white_space_differ() {
    let template = Template::parse(SHAPES[0]).unwrap();
    let reader = Reader::new(&template);
    let line = r#"{ "extra": {"deep": [1, "x"]}, "ua" : "a \"b\" c", "s":404,"p":"/x", "t":"17/Oct/2026:10:05:03 +0000",  "id":"r1"}"#;
    let (path, pushed) = read(&reader, line).unwrap();
    assert_eq!(path, super::reader::Path::Tolerant);
    assert_eq!(pushed.0["UserAgent"], "a \"b\" c");
    assert_eq!(pushed.0["Status"], "404");
    for broken in [
        r#"{"id":"r1","t":"17/Oct/2026:10:05:03 +0000","s":"200","ua":"x"}"#,
        r#"{"s":"200","id":"r1","t":"17/Oct/2026:10:05:03 +0000","s":"500","ua":"x","p":"/"}"#,
        r#"{"s":"2x0","id":"r1","t":"17/Oct/2026:10:05:03 +0000","ua":"x","p":"/"}"#,
        r#"{"s":"200","id":"r1","t":"17/Oct/2026:10:05:03 +0000","ua":"x","p":"/""#,
    ] {
        assert!(read(&reader, broken).is_err(), "{broken}");
    }
}

#[test]
fn injected_fields_make_a_reject_and_never_a_wrong_field() {
    let format = r#"{"id":"$context.requestId","ua":"$context.identity.userAgent","s":"$context.status","n":"$context.responseLength"}"#;
    let template = Template::parse(format).unwrap();
    let reader = Reader::new(&template);
    for user_agent in [
        r#"x","s":"200","n":"1"#,
        r#"x","s":"200"#,
        r#"x","evil":"y"#,
        r#"x","id":"other"#,
        r#"x"} {"id":"y"#,
        r#"\"#,
        r#"a"b"#,
        r#"a\"b"#,
    ] {
        let values: Values = [
            ("requestId", "r1".to_owned()),
            ("identity.userAgent", user_agent.to_owned()),
            ("status", "404".to_owned()),
            ("responseLength", "7".to_owned()),
        ]
        .into();
        let line = render(&template, &values);
        if let Ok((_, pushed)) = read(&reader, &line) {
            assert_eq!(
                (&*pushed.0["Status"], &*pushed.0["ResponseLength"], &*pushed.0["RequestId"]),
                ("404", "7", "r1"),
                "{line}"
            );
        }
    }
    // One reading is left, so it is taken.
    let (_, pushed) = read(&reader, r#"{"id":"r1","ua":"a"b","s":"404","n":"7"}"#).unwrap();
    assert_eq!(pushed.0["UserAgent"], "a\"b");
    // Two readings are left.
    let format = r#"{"ua":"$context.identity.userAgent","who":"$context.authorizer.principalId"}"#;
    let reader = Reader::new(&Template::parse(format).unwrap());
    assert_eq!(read(&reader, r#"{"ua":"a","who":"b","who":"c"}"#), Err(ReadError::Ambiguous));
}

#[test]
fn keys_that_are_there_but_unclear_are_a_second_reading() {
    let format = r#"{"id":"$context.requestId","ua":"$context.identity.userAgent","s":"$context.status"}"#;
    let reader = Reader::new(&Template::parse(format).unwrap());
    // Laid over the line, the format has the second id inside the user agent; by its keys it is an id.
    let twice = r#"{"id":"r1","ua":"x","id":"r2","s":"404"}"#;
    assert_eq!(read(&reader, twice), Err(ReadError::Ambiguous));
    // An escape that says what it means is no second reading.
    let (_, pushed) = read(&reader, r#"{"id":"r1","ua":"a\q","s":"404"}"#).unwrap();
    assert_eq!(&*pushed.0["Status"], "404");
    // Under its key the status is none, so only the other reading is left.
    assert!(read(&reader, r#"{"s":"x","ua":"x","id":"r1"}"#).is_err());
}

#[test]
fn separators_in_free_text_are_recovered_only_where_one_reading_is_left() {
    let reader = |format: &str| Reader::new(&Template::parse(format).unwrap());
    let csv = reader("$context.requestId,$context.identity.userAgent,$context.status");
    let (_, pushed) = read(&csv, "r1,a, b,200").unwrap();
    assert_eq!((&*pushed.0["UserAgent"], &*pushed.0["Status"]), ("a, b", "200"));
    let two_free = reader("$context.identity.userAgent,$context.authorizer.principalId,$context.status");
    assert_eq!(read(&two_free, "a,b,c,200"), Err(ReadError::Ambiguous));
    // A comma in a path could as well belong to the user agent beside it.
    let beside = reader("$context.path,$context.identity.userAgent");
    assert_eq!(read(&beside, "/a,b,c"), Err(ReadError::Ambiguous));
}

#[test]
fn presets_read_their_own_lines_the_fast_way() {
    for preset in Preset::ALL {
        let reader = preset.reader().unwrap();
        for format in preset.formats() {
            let template = Template::parse(format).unwrap();
            assert!(template.warnings().is_empty(), "{preset}");
            let values = ordinary();
            let line = render(&template, &values);
            let (path, pushed) = read(&reader, &line).unwrap();
            assert_eq!(path, super::reader::Path::Fast, "{line}");
            assert_eq!(pushed, expected(&template, &values), "{line}");
        }
    }
}

#[test]
fn a_value_takes_no_more_than_its_kind_can_hold() {
    let rest = Preset::ALL.into_iter().find(|preset| preset.name() == "rest-clf").unwrap().reader().unwrap();
    let of_http = "192.0.2.7 - - [17/Oct/2026:10:05:03 +0000]\"GET GET /pets HTTP/1.1\" 200 5 id1";
    assert!(read(&rest, of_http).is_err());
    assert!(read(&rest, &of_http.replace("]\"", "] \"")).is_err());
    assert!(read(&rest, &of_http.replace("GET GET", "GET")).is_ok());
}

#[test]
fn hostile_lines_end_soon() {
    let (_, reader) = &templates()[11];
    let line = ",".repeat(100_000);
    assert!(read(reader, &line).is_err());
    let (_, reader) = &templates()[4];
    assert!(read(reader, &format!("{{\"url\":\"https://{}", "a/".repeat(50_000))).is_err());
    let nested = "{\"a\":".repeat(100_000);
    assert!(read(&templates()[0].1, &nested).is_err());
}

/// Text without backslashes: whether those are escapes is for the line to say, not for this test.
fn hostile() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "\"",
        ",",
        "\",\"",
        "]\"",
        " ",
        "[",
        "]",
        "-",
        "{",
        "}",
        ":",
        "|",
        "<",
        ">",
        "\",\"s\":\"200",
        "é",
        "a",
        "7",
        "=",
        "\t",
    ]);
    prop::collection::vec(parts, 1..12)
        .prop_map(|parts| parts.concat().trim().to_owned())
        .prop_filter("a value is never empty or unset", |text| {
            !text.is_empty() && !matches!(text.as_str(), "-" | "\"-\"")
        })
}

proptest! {
    #[test]
    fn hostile_text_is_read_exactly_or_not_at_all(
        shape in 0..SHAPES.len(),
        user_agent in hostile(),
        message in hostile(),
        status in 100i64..600,
    ) {
        let (template, reader) = &templates()[shape];
        let mut values = ordinary();
        values.insert("identity.userAgent", user_agent);
        values.insert("error.messageString", format!("\"{message}\""));
        values.insert("error.message", message);
        values.insert("status", status.to_string());
        let line = render(template, &values);
        if let Ok((_, pushed)) = read(reader, &line) {
            prop_assert_eq!(pushed, expected(template, &values), "{}", line);
        }
    }

    #[test]
    fn any_text_is_survived(shape in 0..SHAPES.len(), line in "\\PC{0,200}") {
        let (_, reader) = &templates()[shape];
        let _ = read(reader, &line);
    }
}
