//! The lake in S3: it holds what a lake in a folder holds, whoever writes to it and wherever it is read from.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::recorded::{Faults, Request, Response, Server};
use super::s3_server::S3Server;
use super::strict_s3::StrictS3;
use crate::support::{Place, REST, Ran, lines, rows_of};

pub const LAKE: &str = "s3://bucket/team/lake";

/// All days of the logs are closed by then.
const LATER: [&str; 2] = ["--as-of", "2026-10-10"];

const INGEST: [&str; 8] =
    ["ingest", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest", "--format"];

/// A server with an empty bucket.
pub fn server() -> S3Server {
    let server = S3Server::start();
    fs::create_dir(server.root().join("bucket")).unwrap();
    server
}

/// Where the server keeps the lake: its objects are files.
pub fn folder(server: &S3Server) -> PathBuf {
    server.root().join("bucket/team/lake")
}

/// What finds a server by way of another.
pub fn by_way_of(server: &S3Server, proxy: &Server) -> Vec<(&'static str, String)> {
    let mut environment = server.environment().to_vec();
    environment.retain(|(name, _)| *name != "AWS_ENDPOINT_URL_S3");
    environment.push(("AWS_ENDPOINT_URL_S3", proxy.url()));
    environment
}

/// The binary, with a lake in the bucket.
pub fn command(place: &Place, environment: &[(&'static str, String)], arguments: &[&str]) -> Command {
    let mut command = place.command(arguments);
    command.envs(environment.iter().cloned()).env("GWCOST_LAKE", LAKE);
    command
}

fn run(place: &Place, server: &S3Server, arguments: &[&str]) -> Ran {
    Ran::of(command(place, &server.environment(), arguments).output().unwrap())
}

fn ingest(place: &Place, server: &S3Server, arguments: &[&str]) -> Value {
    run(place, server, &[&INGEST[..], &["json"], arguments].concat()).ok().json()
}

fn analysis(ran: Ran) -> String {
    ran.ok().stdout
}

const ANALYZE: [&str; 7] =
    ["analyze", "--month", "2026-10", "--by", "account,api,stage,route,status,day,hour", "--format", "json"];

/// The lake in the bucket is as large as its records say, and nothing else is about.
#[track_caller]
pub fn assert_no_leftovers(lake: &Path, what: &str) {
    let opened = gwcost::lake::Lake::open(lake).unwrap();
    let mut listed: Vec<String> =
        opened.records().iter().flat_map(|record| &record.files).map(|file| file.path.clone()).collect();
    listed.sort();
    let mut found = Vec::new();
    for part in ["requests", "rejects", "metrics"] {
        for entry in walkdir::WalkDir::new(lake.join(part)).into_iter().filter_map(Result::ok) {
            if entry.file_type().is_file() {
                found.push(entry.path().strip_prefix(lake).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    assert_eq!(found, listed, "{what}");
}

#[test]
fn it_answers_as_a_lake_in_a_folder_does() {
    let server = server();
    let (here, there, local) = (Place::new(), Place::new(), Place::new());
    for (name, text) in [
        ("a.log", format!("{}{}broken\n", lines(0, 500), lines(490, 20))),
        ("b.log", lines(86_300, 200)),
        ("c.log", lines(250, 20) + &lines(5_000, 40)),
    ] {
        here.write(name, &text);
        local.write(name, &text);
        let (one, other) = (ingest(&here, &server, &[name]), local.ingest(name));
        for figure in ["units", "rows", "rejects", "duplicates"] {
            assert_eq!(one[figure], other[figure], "{figure} of {name}");
        }
    }
    assert!(!here.path("gwcost-lake").exists());
    // A machine that never saw it, and the one that wrote it.
    let expected = analysis(local.run(&ANALYZE));
    assert_eq!(analysis(run(&there, &server, &ANALYZE)), expected);
    assert_eq!(analysis(run(&here, &server, &ANALYZE)), expected);
    // The objects are the files of a lake.
    assert_eq!(rows_of(&folder(&server)), local.rows());
    assert_no_leftovers(&folder(&server), "ingest");

    let again = ingest(&there, &server, &[here.path("a.log").to_str().unwrap()]);
    assert_eq!((&again["units_skipped"], &again["rows"]), (&1.into(), &0.into()));
    let shown = run(&there, &server, &["lake", "list"]).ok().stdout;
    assert!(shown.contains(LAKE) && shown.contains("a.log"), "{shown}");
    run(&there, &server, &["lake", "upgrade"]).ok();

    let compact = [&["lake", "compact", "--format", "json"][..], &LATER].concat();
    let compacted = run(&there, &server, &compact).ok().json();
    assert_eq!((&compacted["days"], &compacted["files_after"]), (&1.into(), &1.into()));
    assert_eq!(analysis(run(&here, &server, &ANALYZE)), expected);
    let verified = run(&here, &server, &["lake", "verify"]).ok().stdout;
    assert!(verified.contains("nothing is wrong") && verified.contains("750 rows"), "{verified}");

    let b = here.path("b.log");
    let forget = ["lake", "forget", b.to_str().unwrap()];
    run(&there, &server, &[&forget[..], &["--dry-run"]].concat()).ok();
    run(&there, &server, &[&forget[..], &["--yes"]].concat()).ok();
    local.run(&["lake", "forget", "b.log", "--yes"]).ok();
    assert_eq!(analysis(run(&here, &server, &ANALYZE)), analysis(local.run(&ANALYZE)));
    assert_eq!(rows_of(&folder(&server)), local.rows());
    assert_no_leftovers(&folder(&server), "forget");
    run(&there, &server, &["lake", "forget", "--before", "2026-10-20", "--yes"]).ok();
    local.run(&["lake", "forget", "--before", "2026-10-20", "--yes"]).ok();
    assert_eq!(rows_of(&folder(&server)), local.rows());
    assert_no_leftovers(&folder(&server), "forget by age");
}

#[test]
fn a_lake_that_was_copied_into_a_bucket_goes_on_there() {
    let server = server();
    let (place, local) = (Place::new(), Place::new());
    for (name, first) in [("a.log", 0), ("b.log", 1000)] {
        local.write(name, lines(first, 100));
    }
    local.ingest("a.log");
    for entry in walkdir::WalkDir::new(local.path("gwcost-lake")) {
        let entry = entry.unwrap();
        let to = folder(&server).join(entry.path().strip_prefix(local.path("gwcost-lake")).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    let (a, b) = (local.path("a.log"), local.path("b.log"));
    let summary = ingest(&place, &server, &[a.to_str().unwrap(), b.to_str().unwrap()]);
    assert_eq!((&summary["units_skipped"], &summary["rows"]), (&1.into(), &100.into()));
    local.ingest("b.log");
    assert_eq!(rows_of(&folder(&server)), local.rows());
}

#[test]
fn the_second_writer_waits_for_the_first() {
    let server = server();
    let (first, second) = (Place::new(), Place::new());
    second.write("b.log", lines(1000, 100));
    let mut one = command(&first, &server.environment(), &[&INGEST[..], &["json"], &["-"]].concat());
    let mut one = one.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = one.stdin.take().unwrap();
    stdin.write_all(lines(0, 100).as_bytes()).unwrap();
    let lease = folder(&server).join("_locks/lease.json");
    for _ in 0..600 {
        if lease.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut two = command(&second, &server.environment(), &[&INGEST[..], &["json"], &["b.log"]].concat());
    let mut two = two.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut says = String::new();
    let mut stderr = BufReader::new(two.stderr.take().unwrap());
    stderr.read_line(&mut says).unwrap();
    assert!(says.contains("waiting for another gwcost that writes to s3://bucket/team/lake"), "{says}");
    drop(stdin);
    assert!(one.wait_with_output().unwrap().status.success());
    assert!(two.wait().unwrap().success());
    stderr.read_to_string(&mut says).unwrap();
    assert_eq!(rows_of(&folder(&server)).len(), 200, "{says}");
}

#[test]
fn writers_who_come_at_once_all_commit() {
    let server = StrictS3::start();
    let local = Place::new();
    let places: Vec<Place> = (0..4).map(|_| Place::new()).collect();
    let mut children = Vec::new();
    for (number, place) in places.iter().enumerate() {
        let text = lines(number * 60, 100);
        place.write("a.log", &text);
        local.write(&format!("{number}.log"), &text);
        let arguments = [&INGEST[..], &["json"], &["a.log"]].concat();
        let mut command = command(place, &server.environment(), &arguments);
        children.push(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    }
    for child in children {
        Ran::of(child.wait_with_output().unwrap()).ok();
    }
    let saved = Place::new();
    server.save("team/lake/", &saved.path("gwcost-lake"));
    for number in 0..4 {
        local.ingest(&format!("{number}.log"));
    }
    // Which of them kept a request that two hold is chance; that one of them did is not.
    let ids = |rows: Vec<String>| rows.len();
    assert_eq!((ids(saved.rows()), ids(local.rows())), (280, 280));
    assert_no_leftovers(&saved.path("gwcost-lake"), "four writers");

    // What did not change is not read again.
    let window = ["analyze", "--month", "2026-10", "--format", "json"];
    server.asked();
    let ran = Ran::of(command(&places[0], &server.environment(), &window).output().unwrap()).ok();
    assert_eq!(ran.json()["total"], local.analyze(&["--month", "2026-10"])["total"]);
    server.asked();
    Ran::of(command(&places[0], &server.environment(), &window).output().unwrap()).ok();
    let asked = server.asked();
    assert!(asked.iter().all(|request| request.contains("list-type=2")), "{asked:?}");
    assert!(server.keys().iter().any(|key| key == "team/lake/_units/0000000004.json"));
}

#[test]
fn a_damaged_cache_heals() {
    let server = server();
    let place = Place::new();
    place.write("a.log", lines(0, 500) + &lines(90_000, 100));
    ingest(&place, &server, &["a.log"]);
    let expected = analysis(run(&place, &server, &ANALYZE));
    let cache = place.path(".cache/gwcost/lakes");
    let files = |ending: &str| {
        let entries = walkdir::WalkDir::new(&cache).into_iter().map(Result::unwrap);
        let wanted = entries.filter(|entry| entry.file_name().to_str().unwrap().ends_with(ending));
        wanted.map(walkdir::DirEntry::into_path).collect::<Vec<_>>()
    };
    let data = files(".parquet");
    assert!(data.len() >= 2);
    let damages: [&dyn Fn(&Path); 3] = [
        &|path| fs::write(path, b"PAR1").unwrap(),
        &|path| {
            let mut bytes = fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            fs::write(path, bytes).unwrap();
        },
        &|path| fs::remove_file(path).unwrap(),
    ];
    for (number, damage) in damages.iter().enumerate() {
        data.iter().for_each(|path| damage(path));
        assert_eq!(analysis(run(&place, &server, &ANALYZE)), expected, "{number}");
    }
    files(".json").iter().for_each(|path| fs::write(path, "{").unwrap());
    assert_eq!(analysis(run(&place, &server, &ANALYZE)), expected);
    fs::remove_dir_all(&cache).unwrap();
    assert_eq!(analysis(run(&place, &server, &ANALYZE)), expected);

    // No room at all: what one run needs is there while it runs.
    let mut small = command(&place, &server.environment(), &ANALYZE);
    assert_eq!(analysis(Ran::of(small.env("GWCOST_CACHE_BYTES", "0").output().unwrap())), expected);
    let mut wrong = command(&place, &server.environment(), &ANALYZE);
    wrong.env("GWCOST_CACHE_BYTES", "much");
    Ran::of(wrong.output().unwrap()).fails(2, "GWCOST_CACHE_BYTES: \"much\" is no number of bytes");
}

#[test]
fn a_damaged_lake_is_refused_and_verified() {
    let server = server();
    let place = Place::new();
    place.write("a.log", lines(0, 500) + &lines(90_000, 100));
    ingest(&place, &server, &["a.log"]);
    let mut data: Vec<PathBuf> = walkdir::WalkDir::new(folder(&server).join("requests"))
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.is_file())
        .collect();
    let (one, other) = (data.remove(0), data.remove(0));
    // Under its key, so that the server does not find out by a checksum of its own.
    let bucket = server.root().join("bucket");
    server.put("bucket", one.strip_prefix(&bucket).unwrap().to_str().unwrap(), b"PAR1");
    fs::remove_file(&other).unwrap();
    fs::write(one.with_file_name("0123456789abcdef0123-x.parquet"), b"PAR1").unwrap();
    let cold = Place::new();
    run(&cold, &server, &ANALYZE).fails(3, "s3://bucket/team/lake/requests/dt=2026-10-0");
    let found = run(&place, &server, &["lake", "verify", "--format", "json"]).fails(3, "").json();
    let mut kinds: Vec<&str> =
        found["findings"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["missing_file", "size", "stray_file"]);
}

#[test]
fn who_is_turned_away_is_told_why() {
    let server = server();
    let place = Place::new();
    place.write("a.log", lines(0, 5));
    run(&place, &server, &["analyze"]).fails(3, "no lake at s3://bucket/team/lake");
    run(&place, &server, &["lake", "compact"]).fails(3, "no lake at s3://bucket/team/lake");
    run(&place, &server, &["analyze", "--lake", "s3://*/lake"]).fails(2, "is no bucket's name");
    // The other server makes a bucket that is not there.
    let none = Server::play(Faults::none(), |request| {
        Response::error(request, 404, "NoSuchBucket", "The specified bucket does not exist")
    });
    let arguments = [&INGEST[..], &["json", "a.log"]].concat();
    for arguments in [&["analyze"][..], &arguments, &["lake", "verify"]] {
        let ran = Ran::of(command(&place, &by_way_of(&server, &none), arguments).output().unwrap());
        ran.fails(3, "s3://bucket/team/lake").fails(3, "does not exist");
    }
    let mut homeless = command(&place, &server.environment(), &["analyze"]);
    Ran::of(homeless.env_remove("HOME").output().unwrap()).fails(2, "set GWCOST_CACHE");
    assert!(!folder(&server).exists());

    let read_only = denying(&server, |request| request.method == "PUT");
    let denied = Ran::of(command(&place, &by_way_of(&server, &read_only), &arguments).output().unwrap());
    let says = "AWS denies s3:PutObject on s3://bucket/team/lake/_locks/lease.json: add to the policy";
    denied.fails(5, says);
    assert!(!folder(&server).exists());
}

/// What denies some requests, and hands the others on.
fn denying(server: &S3Server, denied: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Server {
    let upstream = server.address();
    Server::play(Faults::none(), move |request| {
        if denied(request) {
            return Response::error(request, 403, "AccessDenied", "Access Denied");
        }
        let mut stream = std::net::TcpStream::connect(upstream).unwrap();
        super::http::forward(&mut stream, request).unwrap()
    })
}

#[test]
fn each_action_that_is_denied_is_named_with_what_it_was_for() {
    let server = server();
    let place = Place::new();
    place.write("a.log", lines(0, 5));
    ingest(&place, &server, &["a.log"]);
    let ask = |proxy: &Server, place: &Place, arguments: &[&str]| {
        Ran::of(command(place, &by_way_of(&server, proxy), arguments).output().unwrap())
    };
    let lists = denying(&server, |request| request.path.contains("list-type=2"));
    let says = "AWS denies s3:ListBucket on s3://bucket/team/lake/_units/: add to the policy";
    ask(&lists, &Place::new(), &ANALYZE).fails(5, says).fails(5, "\"Resource\": \"arn:aws:s3:::bucket\"");
    let reads = denying(&server, |request| request.method == "GET" && request.path.contains("/requests/"));
    let says = "AWS denies s3:GetObject on s3://bucket/team/lake/requests/dt=2026-10-01/";
    ask(&reads, &Place::new(), &ANALYZE).fails(5, says);
    let deletes = denying(&server, |request| request.method == "DELETE");
    let says = "AWS denies s3:DeleteObject on s3://bucket/team/lake/requests/dt=2026-10-01/";
    ask(&deletes, &place, &["lake", "forget", "a.log", "--yes"]).fails(5, says);
    // What was forgotten stays forgotten, and who may delete does so.
    run(&place, &server, &["lake", "forget", "a.log", "--yes"]);
    ingest(&place, &server, &["a.log"]);
    assert_eq!(rows_of(&folder(&server)).len(), 5);
    assert_no_leftovers(&folder(&server), "denied");
}

#[test]
fn gwcost_toml_may_name_a_bucket() {
    let server = server();
    let place = Place::new();
    place.write("gwcost.toml", "lake = \"s3://bucket/team/lake\"\n");
    place.write("a.log", lines(0, 5));
    let arguments = [&INGEST[..], &["json", "a.log"]].concat();
    Ran::of(place.command(&arguments).envs(server.environment()).output().unwrap()).ok();
    assert_eq!(rows_of(&folder(&server)).len(), 5);
}
