//! What goes into the lake, what does not, and what is said about it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Line, Place, REST, lines};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_same_file_again_adds_nothing() {
    let place = Place::new();
    place.write("access.log", lines(0, 100));
    let first = place.ingest("access.log");
    assert_eq!((&first["rows"], &first["units"]), (&100.into(), &1.into()));
    assert_eq!(first["schema"], "gwcost/ingest/1");
    let second = place.ingest("access.log");
    assert_eq!(
        (&second["rows"], &second["units"], &second["units_skipped"]),
        (&0.into(), &0.into(), &1.into())
    );
    assert_eq!(place.rows().len(), 100);
}

#[test]
fn the_same_content_for_another_account_is_refused_with_the_way_out() {
    let place = Place::new();
    let format =
        REST.replace(r#""account":"$context.accountId","#, r#""account":"$context.identity.accountId","#);
    place.write("access.log", lines(0, 10));
    place.write("format", &format);
    let ingest = |account: &str, more: &[&str]| {
        let mut arguments = vec!["ingest", "access.log", "--format-file", "format", "--region", "us-east-1"];
        arguments.extend(["--api-kind", "rest", "--account", account]);
        arguments.extend(more);
        place.run(&arguments)
    };
    ingest("111111111111", &[]).ok();
    ingest("222222222222", &[]).fails(3, "--replace");
    assert!(place.rows().iter().all(|row| row.contains("|111111111111|")));
    ingest("222222222222", &["--replace"]).ok();
    let rows = place.rows();
    assert_eq!(rows.len(), 10);
    assert!(rows.iter().all(|row| row.contains("|222222222222|")));
}

#[test]
fn replacing_one_unit_leaves_its_neighbours_in_the_same_files() {
    let place = Place::new();
    place.write("logs/a.log", lines(0, 10));
    place.write("logs/b.log", lines(100, 10));
    place.ingest("logs");
    place.ingest_with("logs/a.log", &["--replace", "--keep-ip"]);
    let rows = place.rows();
    assert_eq!(rows.len(), 20);
    assert_eq!(place.analyze(&["--month", "2026-10"])["total"]["requests"], 20);
    let files = glob_parquet(&place);
    assert_eq!(files, 2, "the old file is gone");
}

fn glob_parquet(place: &Place) -> usize {
    walkdir::WalkDir::new(place.path("gwcost-lake/requests"))
        .into_iter()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "parquet"))
        .count()
}

#[test]
fn a_file_that_grew_is_read_as_a_whole_and_counts_once() {
    let place = Place::new();
    // Without ids nothing else could tell old lines from new ones.
    let strip = |text: String| {
        text.lines().map(|line| format!("{{{}\n", &line[line.find("\"epoch").unwrap()..])).collect::<String>()
    };
    let format = REST.replace(r#""id":"$context.extendedRequestId","#, "");
    place.write("format", &format);
    let ingest = || {
        let arguments = [
            "ingest",
            "access.log",
            "--format-file",
            "format",
            "--region",
            "us-east-1",
            "--api-kind",
            "rest",
            "--format",
            "json",
        ];
        place.run(&arguments).ok().json()
    };
    place.write("access.log", strip(lines(0, 50)));
    ingest();
    place.write("access.log", strip(lines(0, 80)));
    let second = ingest();
    assert_eq!((&second["rows"], &second["units_replaced"]), (&80.into(), &1.into()));
    assert_eq!(place.rows().len(), 80);
}

#[test]
fn repeated_requests_are_dropped_within_and_across_files() {
    let place = Place::new();
    place.write("a.log", format!("{}{}", lines(0, 50), lines(40, 20)));
    let first = place.ingest("a.log");
    assert_eq!((&first["lines"], &first["rows"], &first["duplicates"]), (&70.into(), &60.into(), &10.into()));
    place.write("b.log", lines(55, 10));
    let second = place.ingest("b.log");
    assert_eq!((&second["rows"], &second["duplicates"]), (&5.into(), &5.into()));
    let json = place.analyze(&["--month", "2026-10"]);
    assert_eq!((&json["total"]["requests"], &json["quality"]["duplicates"]), (&65.into(), &15.into()));
}

#[test]
fn an_id_with_another_time_is_another_request() {
    let place = Place::new();
    let at = |second| Line { id: 7, second, ..Line::default() }.text();
    place.write("a.log", format!("{}{}", at(1), at(2)));
    assert_eq!(place.ingest("a.log")["rows"], 2);
}

#[test]
fn without_ids_equal_lines_are_kept_and_counted() {
    let place = Place::new();
    let line = "192.0.2.1 - - [17/Oct/2026:10:05:03 +0000] \"GET GET /pets HTTP/1.1\" 200 12 -\n";
    place.write("a.log", line.repeat(3));
    let arguments =
        ["ingest", "a.log", "--preset", "http-clf", "--account", "111122223333", "--region", "us-east-1"];
    let more = ["--api", "a1", "--stage", "prod", "--format", "json"];
    let summary = place.run(&[&arguments[..], &more].concat()).ok().json();
    assert_eq!((&summary["rows"], &summary["possible_duplicates"]), (&3.into(), &2.into()));
}

#[test]
fn messages_of_one_connection_without_message_ids_are_not_duplicates() {
    let place = Place::new();
    let line = |id: u32, event: &str| {
        format!(
            "{{\"requestId\":\"{id}\",\"ip\":\"192.0.2.1\",\"caller\":\"-\",\"user\":\"-\",\
             \"requestTime\":\"17/Oct/2026:10:05:03 +0000\",\"eventType\":\"{event}\",\"routeKey\":\"send\",\
             \"status\":\"200\",\"connectionId\":\"c1=\"}}\n"
        )
    };
    place.write(
        "a.log",
        [line(1, "CONNECT"), line(2, "MESSAGE"), line(3, "MESSAGE"), line(1, "CONNECT")].concat(),
    );
    let arguments = ["ingest", "a.log", "--preset", "websocket-json", "--account", "111122223333"];
    let more = ["--region", "us-east-1", "--api", "a1", "--stage", "prod", "--format", "json"];
    let summary = place.run(&[&arguments[..], &more].concat()).ok().json();
    assert_eq!((&summary["rows"], &summary["duplicates"]), (&3.into(), &1.into()));
}

#[test]
fn compression_is_recognised_and_every_gzip_member_is_read() {
    let place = Place::new();
    place.write("a", [gzip(&lines(0, 10)), gzip(&lines(10, 10))].concat());
    place.write("b", zstd::encode_all(lines(20, 10).as_bytes(), 1).unwrap());
    let arguments =
        ["ingest", "a", "b", "-", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];
    place.run_with_input(&arguments, &gzip(&lines(30, 10))).ok();
    assert_eq!(place.rows().len(), 40);
}

#[test]
fn a_truncated_file_is_left_out_whole_and_the_others_are_read() {
    let place = Place::new();
    let whole = gzip(&lines(0, 20_000));
    place.write("logs/a.gz", &whole[..whole.len() / 2]);
    place.write("logs/b.log", lines(50_000, 10));
    let arguments =
        ["ingest", "logs", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&arguments).fails(3, "a.gz: cannot be read past stored byte");
    assert_eq!(place.rows().len(), 10);
    place.write("logs/a.gz", &whole);
    place.run(&arguments).ok();
    assert_eq!(place.rows().len(), 20_010);
}

#[test]
fn bad_lines_are_counted_and_kept_with_their_reason() {
    let place = Place::new();
    let broken = "not a log line\n\n{\"id\":\"x\"}\n";
    let no_time = Line::default().text().replace(&format!("\"{}\"", crate::support::OCTOBER_MS), "\"-\"");
    place.write(
        "a.log",
        [lines(0, 5).as_bytes(), broken.as_bytes(), no_time.as_bytes(), b"\xff\xfe\n"].concat(),
    );
    let summary = place.ingest("a.log");
    assert_eq!((&summary["lines"], &summary["rows"], &summary["rejects"]), (&9.into(), &5.into(), &4.into()));
    let json = place.analyze(&["--month", "2026-10"]);
    assert_eq!(json["quality"]["rejects"], 4);
}

#[test]
fn what_lines_do_not_say_is_asked_for_by_name() {
    let place = Place::new();
    place.write("a.log", "x\n");
    place.run(&["ingest", "a.log", "--preset", "rest-json"]).fails(2, "--account, --region, --api, --stage");
    place.run(&["ingest", "a.log", "--format-string", REST]).fails(2, "add --region, --api-kind");
    place.run(&["ingest", "a.log"]).fails(2, "no log format");
    let no_time = "$context.requestId $context.status";
    let all = [
        "--account",
        "111122223333",
        "--region",
        "us-east-1",
        "--api",
        "a",
        "--stage",
        "s",
        "--api-kind",
        "rest",
    ];
    place
        .run(&[&["ingest", "a.log", "--format-string", no_time][..], &all].concat())
        .fails(3, "neither $context.requestTime nor $context.requestTimeEpoch");
    place.run(&["ingest", "b.log", "--preset", "rest-json"]).fails(3, "did you mean \"a.log\"?");
}

#[test]
fn a_project_file_says_how_to_read_which_files() {
    let place = Place::new();
    place.write("logs/orders-1.log", lines(0, 5));
    place.write(
        "gwcost.toml",
        format!(
            "lake = \"elsewhere\"\n[[source]]\nfiles = \"logs/orders-*\"\nformat_string = '{REST}'\n\
             region = \"eu-west-1\"\napi_kind = \"rest\"\n"
        ),
    );
    place.run(&["ingest", "logs"]).ok();
    let rows = crate::support::rows_of(&place.path("elsewhere"));
    assert!(rows.len() == 5 && rows.iter().all(|row| row.contains("|eu-west-1|")));
}

#[test]
fn the_values_of_api_keys_reach_neither_rows_nor_rejects() {
    let place = Place::new();
    let format = REST.replace("{", r#"{"key":"$context.identity.apiKey","#);
    let line = |text: String| text.replace('{', "{\"key\":\"SECRET123\",");
    place.write("format", &format);
    place.write("a.log", format!("{}{{\"key\":\"SECRET123\" broken\n", line(lines(0, 5))));
    let arguments =
        ["ingest", "a.log", "--format-file", "format", "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&arguments).ok();
    for entry in walkdir::WalkDir::new(place.path("gwcost-lake")) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let bytes = std::fs::read(entry.path()).unwrap();
            assert!(memchr::memmem::find(&bytes, b"SECRET123").is_none(), "{}", entry.path().display());
        }
    }
}

#[test]
fn two_runs_at_once_wait_for_each_other() {
    let place = Place::new();
    let files: Vec<String> = (0..4).map(|file| format!("{file}.log")).collect();
    for (index, file) in files.iter().enumerate() {
        place.write(file, lines(index * 20_000, 20_000));
    }
    let arguments = |file: &str| {
        ["ingest", file, "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"]
            .map(str::to_owned)
    };
    let children: Vec<_> = files
        .iter()
        .map(|file| {
            let arguments = arguments(file);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            place.command(&arguments).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(place.rows().len(), 80_000);
}

#[test]
fn an_unreadable_file_takes_nothing_from_its_neighbours() {
    let place = Place::new();
    let whole = gzip(&lines(0, 30_000));
    place.write("logs/a.gz", &whole[..whole.len() / 2]);
    place.write("logs/b.log", lines(0, 30_000));
    let arguments =
        ["ingest", "logs", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&arguments).fails(3, "nothing of it was kept");
    assert_eq!(place.rows().len(), 30_000);
}

#[test]
fn a_grown_file_that_cannot_be_read_keeps_its_old_rows() {
    let place = Place::new();
    place.write("logs/a.gz", gzip(&lines(0, 100)));
    let arguments =
        ["ingest", "logs", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&arguments).ok();
    let more = gzip(&lines(100, 20_000));
    place.write("logs/a.gz", [&gzip(&lines(0, 100))[..], &more[..more.len() / 2]].concat());
    place.write("logs/b.log", lines(50_000, 10));
    place.run(&arguments).fails(3, "a.gz");
    assert_eq!(place.rows().len(), 110);
}

#[test]
fn content_that_grew_or_is_read_twice_in_one_run_cannot_change_its_account() {
    let place = Place::new();
    let format =
        REST.replace(r#""account":"$context.accountId","#, r#""account":"$context.identity.accountId","#);
    place.write("format", &format);
    place.write("a.log", lines(0, 10));
    let arguments = |account: &'static str| {
        [
            "ingest",
            "a.log",
            "--format-file",
            "format",
            "--region",
            "us-east-1",
            "--api-kind",
            "rest",
            "--account",
            account,
        ]
    };
    place.run(&arguments("111111111111")).ok();
    place.write("a.log", lines(0, 20));
    place.run(&arguments("222222222222")).fails(3, "account 222222222222 instead of 111111111111");
    assert_eq!(place.rows().len(), 10);
    place.run(&[&arguments("222222222222")[..], &["--replace"]].concat()).ok();
    assert_eq!(place.rows().len(), 20);

    place.write("x/b.log", lines(100, 10));
    place.write("x/c.log", lines(100, 10));
    let source = |file: &str, account: &str| {
        format!(
            "[[source]]\nfiles = \"x/{file}\"\nformat_file = \"format\"\nregion = \"us-east-1\"\napi_kind = \"rest\"\naccount = \"{account}\"\n"
        )
    };
    place.write("gwcost.toml", source("b.log", "111111111111") + &source("c.log", "222222222222"));
    place.run(&["ingest", "x"]).fails(3, "this same run read it");
}

#[test]
fn a_file_in_another_format_is_an_error_and_can_be_tried_again() {
    let place = Place::new();
    place.write("a.log", lines(0, 10));
    let other =
        ["ingest", "a.log", "--preset", "http-json", "--account", "111122223333", "--region", "us-east-1"];
    let other = [&other[..], &["--api", "a1", "--stage", "prod"]].concat();
    place.run(&other).fails(3, "none of its 10 lines could be read");
    assert_eq!(place.ingest("a.log")["rows"], 10);
}

#[test]
fn a_region_that_lines_turn_out_not_to_say_is_asked_for() {
    let place = Place::new();
    let format = REST.replace('{', r#"{"host":"$context.domainName","#);
    place.write("format", &format);
    place.write("a.log", lines(0, 10).replace('{', "{\"host\":\"api.example.com\","));
    let arguments = ["ingest", "a.log", "--format-file", "format", "--api-kind", "rest"];
    place.run(&arguments).fails(3, "add --region");
    place.run(&[&arguments[..], &["--region", "us-esat-1"]].concat()).ok();
    let warned = place.run(&[&arguments[..], &["--region", "us-esat-1"]].concat()).stderr;
    assert!(warned.contains("did you mean \"us-east-1\"?"), "{warned}");
}

#[test]
fn a_damaged_lake_is_named_with_the_way_out() {
    let place = Place::new();
    place.write("a.log", lines(0, 10));
    place.ingest("a.log");
    let lake = gwcost::lake::Lake::open(&place.path("gwcost-lake")).unwrap();
    let file = place.path("gwcost-lake").join(&lake.records()[0].files[0].path);
    drop(lake);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 7]).unwrap();
    place.run(&["analyze", "--month", "2026-10"]).fails(3, "restore it, or read its sources again");
    std::fs::remove_file(&file).unwrap();
    place.run(&["analyze", "--month", "2026-10"]).fails(3, "is missing");
}

#[test]
fn a_format_that_is_certain_need_not_be_given() {
    let place = Place::new();
    let line = |id: u32| {
        format!(
            "{{\"requestId\":\"r{id}\",\"extendedRequestId\":\"x{id}=\",\"ip\":\"192.0.2.1\",\"caller\":\"-\",\"user\":\"-\",\
             \"requestTime\":\"17/Oct/2026:10:05:03 +0000\",\"httpMethod\":\"GET\",\"resourcePath\":\"/pets\",\
             \"status\":\"200\",\"protocol\":\"HTTP/1.1\",\"responseLength\":\"12\"}}\n"
        )
    };
    place.write("a.log", (0..5).map(line).collect::<String>());
    let arguments = ["ingest", "a.log", "--account", "111122223333", "--region", "us-east-1", "--api", "a1"];
    let ran = place.run(&[&arguments[..], &["--stage", "prod", "--api-kind", "rest"]].concat()).ok();
    assert!(ran.stderr.contains("no format was given"), "{}", ran.stderr);
    assert_eq!(place.analyze(&["--month", "2026-10"])["total"]["response_bytes"], 60);
    place.write("b.log", "{\"requestTime\":\"17/Oct/2026:10:05:03 +0000\",\"accountId\":\"1\",\"integrationStatus\":\"200\"}\n");
    place.run(&["ingest", "b.log"]).fails(2, "log-format guess");
}
