//! The report in every form: it stands alone, nothing in it is executed, and it makes sense of little.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::browser::chromium;
use crate::support::{Line, OCTOBER_MS, Place};
use crate::venv;

/// Paths that strangers can call.
const PATHS: [&str; 4] = ["/<script>alert(1)</script>", "/</title><b>x", "/a|b`c", "/${7*7}{{7*7}}"];

/// Route keys of a WebSocket API can be any text.
const KEYS: [&str; 4] =
    ["=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "line\\nbreak", "\\u202egpj.exe \\\"q\\\""];

fn report(place: &Place, lake: &str, window: &[&str], forms: &[&str]) {
    let mut arguments = vec!["report", "--lake", lake];
    arguments.extend(window);
    arguments.extend(forms.iter().flat_map(|form| ["--output", form]));
    place.run(&arguments).ok();
}

fn read(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path(name)).unwrap()
}

fn hostile() -> Place {
    let place = Place::new();
    // 8 KB of a path, beside the others.
    let long: &'static str = Box::leak(format!("/{}", "long/".repeat(1638)).into_boxed_str());
    let log: String = PATHS
        .into_iter()
        .chain([long])
        .enumerate()
        .map(|(id, route)| Line { id, second: id as i64, route, ..Line::default() }.text())
        .collect();
    place.write("a.log", log);
    place.ingest("a.log");
    let messages = KEYS.into_iter().enumerate().map(|(id, key)| {
        format!(
            "{{\"id\":\"m{id}=\",\"epoch\":\"{}\",\"api\":\"w4t9f3a6nk\",\"route\":\"{key}\",\"event\":\"MESSAGE\"}}\n",
            OCTOBER_MS + id as i64
        )
    });
    place.write("b.log", messages.collect::<String>());
    let format = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","api":"$context.apiId","route":"$context.routeKey","event":"$context.eventType"}"#;
    let where_it_is = ["--region", "us-east-1", "--account", "111122223333", "--stage", "prod"];
    let ingest = ["ingest", "b.log", "--format-string", format, "--api-kind", "websocket"];
    place.run(&[&ingest[..], &where_it_is].concat()).ok();
    place
}

#[test]
fn every_form_is_written_and_the_page_stands_alone() {
    let place = Place::new();
    place.run(&["demo", "--requests", "5k"]).ok();
    let forms = ["r.html", "r.md", "r.json", "r.csv", "r.txt"];
    report(&place, "gwcost-demo/lake", &["--month", "2026-10"], &forms);
    let page = read(&place, "r.html");
    let without_data = page.split("<script type=\"application/json\"").next().unwrap();
    for outside in ["http://", "https://", "src=", "<script", "@import"] {
        let found = without_data.replace("http://www.w3.org/2000/svg", "").contains(outside);
        assert!(!found, "the page names {outside}");
    }
    assert_eq!(page.matches("<script").count(), 1, "only data is embedded");
    assert!(page.contains("<svg") && page.contains("Content-Security-Policy"));
    assert!(page.contains("gwcost report --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z"));
    for form in forms {
        assert!(std::fs::metadata(place.path(form)).unwrap().len() > 500, "{form}");
    }
    // What is embedded is the JSON form.
    let embedded = page.split("id=\"report\">").nth(1).unwrap().split("</script>").next().unwrap();
    let embedded: Value = serde_json::from_str(embedded).unwrap();
    let json: Value = serde_json::from_str(&read(&place, "r.json")).unwrap();
    assert_eq!(embedded, json);
    assert_eq!(json["schema"], "gwcost/report/1");
    assert_eq!(json["analysis"]["total"]["requests"], 5000);
    assert_eq!(json["bill"]["total"], json["analysis"]["total"]["cost"]);
    place.run(&["report", "--output", "r.pdf"]).fails(2, ".html, .md, .json, .csv or .txt");
    place.run(&["report", "--template", "executiv"]).fails(2, "did you mean \"executive\"?");
}

#[test]
fn the_same_command_gives_the_same_bytes_and_the_digest_follows_the_inputs() {
    let place = Place::new();
    place.write("a.log", Line::default().text());
    place.ingest("a.log");
    let month = ["--month", "2026-10"];
    report(&place, "gwcost-lake", &month, &["one.html", "one.json"]);
    report(&place, "gwcost-lake", &month, &["two.html"]);
    assert_eq!(read(&place, "one.html"), read(&place, "two.html"));
    let digest = |name: &str| serde_json::from_str::<Value>(&read(&place, name)).unwrap()["digest"].clone();
    let first = digest("one.json");
    place.write("b.log", Line { id: 1, second: 5, ..Line::default() }.text());
    place.ingest("b.log");
    report(&place, "gwcost-lake", &month, &["two.json"]);
    assert_ne!(first, digest("two.json"));
}

#[test]
fn periods_of_equal_numbers_of_days_are_compared_and_what_changed_is_explained() {
    let place = Place::new();
    let mut log = String::new();
    // September is 26 days back from 2026-10-01 at the most, ten requests a day; October has twenty a day.
    for day in -30..31i64 {
        for number in 0..if day < 0 { 10 } else { 20 } {
            let id = (day + 30) as usize * 100 + number;
            log += &Line { id, second: day * 86_400 + number as i64, ..Line::default() }.text();
        }
    }
    place.write("a.log", log);
    place.ingest("a.log");
    report(&place, "gwcost-lake", &["--month", "2026-10"], &["r.md", "r.json"]);
    let text = read(&place, "r.md");
    // 30 days of October against 30 of September: exactly twice as much.
    assert!(text.contains("100.0% more than September 2026"), "{text}");
    assert!(
        text.contains("2026\\-10\\-01 to 2026\\-10\\-30") || text.contains("2026-10-01 to 2026-10-30"),
        "{text}"
    );
    assert!(text.contains("more requests (300 → 600)"), "{text}");
    let json: Value = serde_json::from_str(&read(&place, "r.json")).unwrap();
    assert_eq!(json["before"]["total"]["requests"], 300);
    assert_eq!(json["compared"]["total"]["requests"], 600);
    assert_eq!(json["analysis"]["total"]["requests"], 620);
    report(&place, "gwcost-lake", &["--month", "2026-10", "--compare", "2026-07"], &["none.md"]);
    assert!(read(&place, "none.md").contains("nothing is compared"));
}

#[test]
fn templates_make_what_each_reader_needs() {
    let place = Place::new();
    place.run(&["demo", "--requests", "5k"]).ok();
    let of = |template: &str| {
        let window = ["report", "--lake", "gwcost-demo/lake", "--month", "2026-10", "--template", template];
        place.run(&[&window[..], &["--output", "-"]].concat()).ok().stdout
    };
    assert!(of("executive").starts_with("<!doctype html>") && of("email").contains("role=\"presentation\""));
    assert!(of("pull-request").starts_with("### API Gateway cost, October 2026: $"));
    let slack: Value = serde_json::from_str(&of("slack")).unwrap();
    assert_eq!(slack["blocks"][0]["type"], "header");
    place.write("own.md", "{{ total }} in {{ period }}\n");
    assert!(of("own.md").ends_with("in October 2026\n"));
    place.write("bad.md", "{{ totl }}");
    let bad = ["report", "--lake", "gwcost-demo/lake", "--month", "2026-10", "--template", "bad.md"];
    place.run(&bad).fails(3, "own-template.md");
    let schema = place.run(&["report", "--explain-view"]).ok().json();
    for field in ["total", "change", "movers", "sections", "chart", "quality", "command"] {
        assert!(schema["$defs"]["View"]["properties"][field].is_object(), "{field}");
    }
}

#[test]
fn hostile_routes_are_inert_in_every_form() {
    let place = hostile();
    let month = ["--month", "2026-10"];
    report(&place, "gwcost-lake", &month, &["r.html", "r.md", "r.txt", "r.csv", "r.json"]);
    let page = read(&place, "r.html");
    assert!(!page.contains("<script>") && !page.contains("</title><b>") && !page.contains("<img"));
    assert!(
        page.contains("&lt;script&gt;") && page.contains("${7*7}{{7*7}}"),
        "templates do not run what they show"
    );
    for form in ["r.html", "r.md", "r.txt"] {
        assert!(!read(&place, form).contains('\u{202e}') || form == "r.html", "{form}");
    }
    let visible = page.split("<script type=\"application/json\"").next().unwrap();
    assert!(!visible.contains('\u{202e}'));
    // A spreadsheet shows the formula as text, and a line break stays inside its cell.
    let text = read(&place, "r.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let routes = reader.headers().unwrap().iter().position(|head| head == "route").unwrap();
    let rows: Vec<String> = reader.records().map(|row| row.unwrap()[routes].to_owned()).collect();
    assert_eq!(rows.len(), PATHS.len() + KEYS.len() + 1);
    assert!(rows.iter().any(|route| route.starts_with("'=cmd")), "{rows:?}");
    assert!(rows.iter().all(|route| !route.starts_with(['=', '+', '-', '@'])), "{rows:?}");
    for template in ["executive", "email", "pull-request", "slack"] {
        let arguments = ["report", "--month", "2026-10", "--template", template, "--output", "-"];
        let text = place.run(&arguments).ok().stdout;
        assert!(
            !text.contains("<script>") && !text.contains("<img") && !text.contains('\u{202e}'),
            "{template}"
        );
        if template == "slack" {
            serde_json::from_str::<Value>(&text).unwrap();
        }
    }
}

#[test]
fn little_or_nothing_still_makes_sense() {
    let place = Place::new();
    // One line without latency and sizes.
    place.write("a.log", Line::default().text());
    let format = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","route":"$context.resourcePath","status":"$context.status"}"#;
    let line = r#"{"id":"a=","epoch":"1790812800000","account":"111122223333","api":"a1b2c3d4e5","stage":"prod","method":"GET","route":"/pets","status":"200"}"#;
    place.write("a.log", format!("{line}\n"));
    let ingest =
        ["ingest", "a.log", "--format-string", format, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&ingest).ok();
    let forms = ["one.html", "one.md", "one.txt", "one.json", "one.csv"];
    report(&place, "gwcost-lake", &["--month", "2026-10"], &forms);
    let text = read(&place, "one.md");
    assert!(text.contains("$0.0000035") && text.contains("the log has no response sizes"), "{text}");
    let forms = forms.map(|form| form.replace("one", "none"));
    let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
    report(&place, "gwcost-lake", &["--month", "2026-01"], &forms);
    let text = read(&place, "none.md");
    assert!(text.contains("No requests in this window") && !text.contains("$0.00"), "{text}");
    assert!(text.contains("The window holds no request"), "{text}");
}

/// Needs a Chromium and, from PyPI, playwright with axe-core.
#[test]
fn a_browser_opens_the_pages_without_network_and_finds_nothing_wrong() {
    let Some(chromium) = chromium() else { return };
    let place = hostile();
    place.run(&["demo", "--requests", "20k"]).ok();
    let month = ["--month", "2026-10"];
    report(&place, "gwcost-demo/lake", &month, &["filled.html"]);
    report(&place, "gwcost-lake", &month, &["hostile.html"]);
    report(&place, "gwcost-lake", &["--month", "2026-01"], &["empty.html"]);
    for template in ["executive", "email"] {
        let output = format!("{template}.html");
        let window = ["report", "--lake", "gwcost-demo/lake", "--month", "2026-10"];
        place.run(&[&window[..], &["--template", template, "--output", &output]].concat()).ok();
    }
    let pages = ["filled.html", "hostile.html", "empty.html", "executive.html", "email.html"];
    let python = venv::python("tests/browser/requirements.txt", "looking at pages needs");
    let looked = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/look.py"))
        .arg(chromium)
        .arg(place.path("shots"))
        .args(pages.map(|page| place.path(page)))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&looked.stderr);
    assert!(looked.status.success(), "{said}");
    let found: BTreeMap<String, Value> = serde_json::from_slice(&looked.stdout).unwrap();
    assert_eq!(found.len(), pages.len());
    for (page, looked) in &found {
        assert_eq!(looked["findings"], Value::Array(Vec::new()), "{page}");
    }
    // The DOM has the paths as text, and nothing else of them.
    let texts = found.iter().find(|(page, _)| page.ends_with("hostile.html")).unwrap().1["texts"].to_string();
    for text in ["/<script>alert(1)</script>", "/</title><b>x", "/a|b`c", "=cmd|' /C calc'!A0"] {
        assert!(texts.contains(text), "{text}: {texts}");
    }
}
