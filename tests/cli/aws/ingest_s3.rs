//! `gwcost ingest s3://...`, as typed: what comes in, what is left out, and who is turned away.

use std::io::Write;

use super::s3_server::S3Server;
use crate::support::{OCTOBER_MS, Place, REST, Ran, lines};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn ingest(place: &Place, server: &S3Server, arguments: &[&str]) -> Ran {
    let mut all = vec!["ingest", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];
    all.extend(["--format", "json"]);
    all.extend(arguments);
    Ran::of(place.command(&all).envs(server.environment()).output().unwrap())
}

#[test]
fn objects_are_read_like_files_and_once() {
    let server = S3Server::start();
    server.put("logs", "orders/2026/10/01/00/a.gz", &gzip(&lines(0, 500)));
    server.put(
        "logs",
        "orders/2026/10/01/01/b.zip",
        &zip(&[("x.log", &lines(500, 300)), ("y.log", &lines(800, 200))]),
    );
    server.put("logs", "orders/2026/10/02/00/c.log", lines(1000, 1).as_bytes());
    server.put("logs", "other/d.log", lines(5000, 10).as_bytes());
    let (there, here) = (Place::new(), Place::new());
    let first = ingest(&there, &server, &["s3://logs/orders/"]).ok().json();
    assert_eq!((&first["units"], &first["rows"], &first["rejects"]), (&3.into(), &1001.into(), &0.into()));
    here.write("all.log", lines(0, 1001));
    here.ingest("all.log");
    let window = ["--from", "2026-10-01", "--to", "2026-11-01"];
    assert_eq!(there.analyze(&window)["total"], here.analyze(&window)["total"]);

    let again = ingest(&there, &server, &["s3://logs/orders/"]).ok().json();
    assert_eq!((&again["units"], &again["units_skipped"], &again["rows"]), (&0.into(), &3.into(), &0.into()));
    server.put("logs", "orders/2026/10/02/01/late.log", lines(1000, 50).as_bytes());
    let late = ingest(&there, &server, &["s3://logs/orders/"]).ok().json();
    assert_eq!((&late["units"], &late["rows"], &late["duplicates"]), (&1.into(), &49.into(), &1.into()));
}

#[test]
fn a_source_of_gwcost_toml_may_be_a_bucket() {
    let server = S3Server::start();
    server.put("logs", "orders/a.log", lines(0, 5).as_bytes());
    server.put("logs", "chat/b.log", lines(5, 5).as_bytes());
    let place = Place::new();
    let source = |files: &str| {
        format!(
            "[[source]]\nfiles = {files:?}\nformat_string = '{REST}'\nregion = \"us-east-1\"\napi_kind = \"rest\"\n"
        )
    };
    place.write("team/gwcost.toml", source("s3://logs/orders/**"));
    let run = |input: &str| {
        let arguments = ["ingest", input, "--config", "team/gwcost.toml", "--format", "json"];
        Ran::of(place.command(&arguments).envs(server.environment()).output().unwrap())
    };
    assert_eq!(run("s3://logs/orders/").ok().json()["rows"], 5);
    run("s3://logs/chat/").fails(2, "s3://logs/chat/b.log: no log format");
}

#[test]
fn a_window_leaves_other_days_unread() {
    assert_eq!(OCTOBER_MS, 1_790_812_800_000);
    let server = S3Server::start();
    server.put("logs", "orders/2026/10/01/00/a.log", lines(0, 5).as_bytes());
    server.put("logs", "orders/2026/09/01/00/b.log", b"not looked at");
    let place = Place::new();
    let found = ingest(&place, &server, &["s3://logs/orders/", "--month", "2026-10"]).ok().json();
    assert_eq!((&found["units"], &found["rows"]), (&1.into(), &5.into()));
    let none = ["s3://logs/orders/", "--month", "2026-05"];
    ingest(&place, &server, &none).fails(3, "no objects there that could hold requests of the window");
}

#[test]
fn who_is_turned_away_is_told_why() {
    let server = S3Server::start();
    server.put("logs", "a.log", lines(0, 5).as_bytes());
    let place = Place::new();
    ingest(&place, &server, &["s3://no-such-bucket/"]).fails(3, "no-such-bucket");
    ingest(&place, &server, &["s3://logs/*.log"]).fails(2, "S3 lists by prefix");
    let arguments =
        ["ingest", "s3://logs/", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];
    let mut wrong = place.command(&arguments);
    wrong.envs(server.environment()).env("AWS_SECRET_ACCESS_KEY", "another");
    Ran::of(wrong.output().unwrap()).fails(5, "s3:ListBucket");
    let mut nobody = place.command(&arguments);
    nobody.env("AWS_REGION", "eu-central-1").env("AWS_ENDPOINT_URL_S3", &server.endpoint);
    nobody.env("AWS_EC2_METADATA_DISABLED", "true");
    Ran::of(nobody.output().unwrap()).fails(5, "credentials");
    assert!(!place.path("gwcost-lake").exists());
}
