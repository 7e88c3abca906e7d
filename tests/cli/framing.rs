//! Whatever form CloudWatch, Firehose and their users give a log: the same rows come out.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::support::{OCTOBER_MS, Place, REST, lines};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn time_of(second: i64) -> String {
    format!("2026-10-01T00:{:02}:{:02}.000Z", second / 60, second % 60)
}

/// The ids and times of the rows, without what depends on the form.
fn rows(place: &Place) -> Vec<String> {
    let mut rows: Vec<String> = place
        .rows()
        .into_iter()
        .map(|row| {
            let fields: Vec<&str> = row.split('|').collect();
            [fields[0], fields[2], fields[8], fields[11], fields[14]].join("|")
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn every_form_holds_the_same_requests() {
    let plain = lines(0, 100);
    let each: Vec<&str> = plain.lines().collect();
    let event = |(second, line): (usize, &&str)| json!({"id": format!("e{second}"), "timestamp": OCTOBER_MS + second as i64 * 1000, "message": line});
    let envelope = |lines: &[&str], first: usize| {
        let events: Vec<_> = lines.iter().enumerate().map(|(at, line)| event((first + at, line))).collect();
        json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logEvents": events}).to_string()
    };
    let control = json!({"messageType": "CONTROL_MESSAGE", "logEvents": [{"id": "", "timestamp": 0, "message": "ping"}]}).to_string();
    let timed = |join: &dyn Fn(i64, &str) -> String| -> String {
        each.iter().enumerate().map(|(second, line)| join(second as i64, line)).collect()
    };
    let mut insights = csv::Writer::from_writer(Vec::new());
    insights.write_record(["@timestamp", "@message"]).unwrap();
    for (second, line) in each.iter().enumerate() {
        insights.write_record([&time_of(second as i64).replace('T', " ").replace('Z', ""), *line]).unwrap();
    }
    let rows_json: Vec<_> = each
        .iter()
        .enumerate()
        .map(|(second, line)| json!({"@timestamp": time_of(second as i64).replace('T', " "), "@message": line}))
        .collect();
    let pretty: String = each
        .iter()
        .map(|line| {
            serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(line).unwrap()).unwrap()
                + "\n"
        })
        .collect();
    let members = [
        gzip(control.as_bytes()),
        gzip(envelope(&each[..60], 0).as_bytes()),
        gzip(envelope(&each[60..], 60).as_bytes()),
    ]
    .concat();
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("lines", plain.clone().into_bytes()),
        ("windows", plain.replace('\n', "\r\n").into_bytes()),
        ("with a mark", [b"\xef\xbb\xbf", plain.as_bytes()].concat()),
        ("back to back", plain.replace('\n', "").into_bytes()),
        ("pretty", pretty.into_bytes()),
        ("subscription", members.clone()),
        ("subscription, compressed again", gzip(&members)),
        (
            "api",
            json!({"events": each.iter().enumerate().map(event).collect::<Vec<_>>(), "nextToken": "x"})
                .to_string()
                .into_bytes(),
        ),
        ("export", timed(&|second, line| format!("{} {line}\n", time_of(second))).into_bytes()),
        (
            "tail",
            timed(&|second, line| format!("{} 0123abcd {line}\n", time_of(second).replace('Z', "000+00:00")))
                .into_bytes(),
        ),
        ("insights csv", insights.into_inner().unwrap()),
        ("insights json", json!(rows_json).to_string().into_bytes()),
        (
            "table",
            format!(
                "| timestamp | message | stream |\n|---|---|---|\n{}",
                timed(&|second, line| format!("| {} | {line} | 0123 |\n", OCTOBER_MS + second * 1000))
            )
            .into_bytes(),
        ),
        ("bzip2", {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(plain.as_bytes()).unwrap();
            encoder.finish().unwrap()
        }),
    ];
    let mut expected = None;
    for (name, bytes) in forms {
        let place = Place::new();
        place.write("a", bytes);
        let summary = place.ingest("a");
        assert_eq!((&summary["rows"], &summary["rejects"]), (&100.into(), &0.into()), "{name}: {summary}");
        let found = rows(&place);
        assert_eq!(*expected.get_or_insert(found.clone()), found, "{name}");
    }
}

#[test]
fn a_format_without_a_time_takes_the_events_and_its_id_tells_events_apart() {
    let place = Place::new();
    let format = "$context.httpMethod $context.resourcePath $context.status";
    let events: Vec<_> = (0..10)
        .map(|second| json!({"eventId": format!("e{}", second / 2), "timestamp": OCTOBER_MS + second / 2 * 1000 + 7, "message": "GET /pets 200"}))
        .collect();
    place.write("a.json", json!({"events": events}).to_string());
    let arguments =
        ["ingest", "a.json", "--format-string", format, "--account", "111122223333", "--region", "us-east-1"];
    let more = ["--api", "a1", "--stage", "prod", "--api-kind", "rest", "--format", "json"];
    let summary = place.run(&[&arguments[..], &more].concat()).ok().json();
    assert_eq!((&summary["rows"], &summary["duplicates"]), (&5.into(), &5.into()));
    assert!(place.rows()[0].starts_with(&format!("{}|1|", OCTOBER_MS + 7)), "{:?}", place.rows()[0]);
}

#[test]
fn the_framing_can_be_given() {
    let place = Place::new();
    place.write("a.log", lines(0, 10));
    assert_eq!(place.ingest_with("a.log", &["--framing", "objects"])["rows"], 10);
    let arguments =
        ["ingest", "a.log", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&[&arguments[..], &["--framing", "objekts"]].concat()).fails(2, "did you mean \"objects\"?");
    place
        .run(&[&arguments[..], &["--framing", "insights-csv"]].concat())
        .fails(3, "another way (framing insights-csv instead of objects)");
}

#[test]
fn an_event_that_is_not_utf_8_is_rejected_and_not_altered() {
    let place = Place::new();
    let line = lines(0, 1).trim().replace("/pets", "/p\u{1}ts");
    let broken: Vec<u8> = line.bytes().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
    let good = lines(1, 1);
    let log =
        [time_of(0).as_bytes(), b" ", &broken, b"\n", time_of(1).as_bytes(), b" ", good.as_bytes()].concat();
    place.write("a", log);
    let summary = place.ingest("a");
    assert_eq!((&summary["rows"], &summary["rejects"]), (&1.into(), &1.into()), "{summary}");
    assert_eq!(summary["reject_reasons"]["is not UTF-8"], 1);
}
