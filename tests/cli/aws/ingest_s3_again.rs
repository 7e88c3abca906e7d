//! A prefix of S3 that is read again, and objects that cannot be read: what is not asked for, and what is said.
//!
//! The bucket is played: the server that other tests of S3 use lists no entity tags.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::recorded::{Faults, Request, Response, Server};
use crate::support::{Place, REST, Ran, lines};

/// What an object holds; the error that it is answered with, where it cannot be read.
#[derive(Clone)]
struct Object {
    tag: String,
    text: String,
    error: Option<(u16, &'static str)>,
}

/// A bucket that counts how often its objects are asked for.
#[derive(Clone, Default)]
struct Bucket {
    objects: Arc<Mutex<BTreeMap<String, Object>>>,
    asked: Arc<AtomicU64>,
}

impl Bucket {
    fn put(&self, key: &str, tag: &str, text: String) {
        self.answer_with(key, tag, text, None);
    }

    fn answer_with(&self, key: &str, tag: &str, text: String, error: Option<(u16, &'static str)>) {
        let object = Object { tag: format!("\"{tag}\""), text, error };
        self.objects.lock().unwrap().insert(key.to_owned(), object);
    }

    /// How often objects were asked for since the last look.
    fn asked(&self) -> u64 {
        self.asked.swap(0, Ordering::SeqCst)
    }

    fn answer(&self, request: &Request) -> Response {
        let of = |status: u16, tag: &str, body: String| {
            let headers = [("content-type", "application/xml"), ("etag", tag)];
            let headers =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Response { status, headers, body: body.into_bytes() }
        };
        let objects = self.objects.lock().unwrap();
        if request.path.contains("list-type=2") {
            let entry = |(key, object): (&String, &Object)| {
                format!(
                    "<Contents><Key>{key}</Key><Size>{}</Size><ETag>{}</ETag>\
                     <LastModified>2026-10-01T00:00:00.000Z</LastModified></Contents>",
                    object.text.len(),
                    object.tag.replace('"', "&quot;")
                )
            };
            let entries: String = objects.iter().map(entry).collect();
            let list =
                format!("<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>");
            return of(200, "", list);
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        let path = request.path.split('?').next().unwrap();
        let object = &objects[path.split_once("/logs/").unwrap().1];
        match object.error {
            Some((status, code)) => {
                of(status, "", format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
            }
            None => of(200, &object.tag, object.text.clone()),
        }
    }

    fn serve(&self, faults: Faults) -> Server {
        let bucket = self.clone();
        Server::play(faults, move |request| bucket.answer(request))
    }
}

fn ingest(place: &Place, server: &Server, more: &[&str]) -> Ran {
    let mut all = vec!["ingest", "s3://logs/orders/", "--format", "json"];
    all.extend(more);
    let mut command = place.command(&all);
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ENDPOINT_URL_S3", server.url())
        .env("AWS_EC2_METADATA_DISABLED", "true");
    Ran::of(command.output().unwrap())
}

const FORMAT: [&str; 6] = ["--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];

/// Forty objects with ten lines each.
fn forty() -> Bucket {
    let bucket = Bucket::default();
    for number in 0..40 {
        bucket.put(&format!("orders/{number:03}.log"), &format!("t{number}"), lines(number * 10, 10));
    }
    bucket
}

#[test]
fn what_has_not_changed_is_not_asked_for_again() {
    let bucket = forty();
    let server = bucket.serve(Faults::none());
    let place = Place::new();
    let first = ingest(&place, &server, &FORMAT).ok().json();
    assert_eq!((&first["units"], &first["rows"]), (&40.into(), &400.into()));
    assert_eq!(bucket.asked(), 40);
    let again = ingest(&place, &server, &FORMAT).ok().json();
    assert_eq!((&again["units_skipped"], &again["bytes_in"]), (&40.into(), &0.into()));
    // Nor to refuse it, nor to tell its format.
    let other = [&FORMAT[..], &["--keep-ip"]].concat();
    ingest(&place, &server, &other).fails(3, "in another way");
    let unnamed = ["--region", "us-east-1", "--api-kind", "rest"];
    assert_eq!(ingest(&place, &server, &unnamed).ok().json()["units_skipped"], 40);
    assert_eq!(bucket.asked(), 0);

    let replaced = ingest(&place, &server, &[&other[..], &["--replace"]].concat()).ok().json();
    assert_eq!((&replaced["units_replaced"], &replaced["rows"]), (&40.into(), &400.into()));
    assert_eq!(bucket.asked(), 40);
    place.run(&["lake", "verify"]).ok();
}

#[test]
fn what_was_written_anew_is_read_once_and_counts_once() {
    let bucket = forty();
    let server = bucket.serve(Faults::none());
    let place = Place::new();
    ingest(&place, &server, &FORMAT).ok();
    bucket.asked();
    // The same content with other tags: once it is read to see that, it is known by these.
    for number in 0..3 {
        bucket.put(&format!("orders/{number:03}.log"), &format!("again{number}"), lines(number * 10, 10));
    }
    let same = ingest(&place, &server, &FORMAT).ok().json();
    assert_eq!((&same["units"], &same["units_skipped"], bucket.asked()), (&0.into(), &40.into(), 3));
    assert_eq!(ingest(&place, &server, &FORMAT).ok().json()["units_skipped"], 40);
    assert_eq!(bucket.asked(), 0);

    bucket.put("orders/039.log", "grown", lines(390, 15));
    let grown = ingest(&place, &server, &FORMAT).ok().json();
    assert_eq!((&grown["units"], &grown["rows"], &grown["duplicates"]), (&1.into(), &5.into(), &10.into()));
    assert_eq!(place.rows().len(), 405);
    place.run(&["lake", "verify"]).ok();
}

#[test]
fn an_object_that_stays_unreadable_is_named_and_the_others_come_in() {
    let bucket = Bucket::default();
    bucket.answer_with("orders/a.log", "a", lines(0, 5), Some((403, "AccessDenied")));
    bucket.answer_with("orders/b.log", "b", lines(0, 5), Some((404, "NoSuchKey")));
    bucket.put("orders/c.log", "c", lines(0, 5));
    let server = bucket.serve(Faults::none());
    let place = Place::new();
    let ran = ingest(&place, &server, &FORMAT);
    let summary = ran.json();
    assert_eq!(
        (&summary["units"], &summary["units_failed"], &summary["rows"]),
        (&1.into(), &2.into(), &5.into())
    );
    assert!(ran.stderr.contains("s3://logs/orders/b.log does not exist"), "{}", ran.stderr);
    ran.fails(5, "AWS denies s3:GetObject on s3://logs/orders/a.log");
    assert_eq!(place.rows().len(), 5);

    // Also where it is asked for before, to tell its format by.
    let line = |id: u32| {
        format!(
            "{{\"requestId\":\"r{id}\",\"extendedRequestId\":\"x{id}=\",\"ip\":\"192.0.2.1\",\"caller\":\"-\",\"user\":\"-\",\
             \"requestTime\":\"17/Oct/2026:10:05:03 +0000\",\"httpMethod\":\"GET\",\"resourcePath\":\"/pets\",\
             \"status\":\"200\",\"protocol\":\"HTTP/1.1\",\"responseLength\":\"12\"}}\n"
        )
    };
    bucket.put("orders/c.log", "certain", (0..5).map(line).collect());
    let unnamed = Place::new();
    let origin = ["--account", "111122223333", "--region", "us-east-1", "--api", "a1", "--stage", "prod"];
    let ran = ingest(&unnamed, &server, &origin);
    assert_eq!((&ran.json()["units"], &ran.json()["units_failed"]), (&1.into(), &2.into()));
    ran.fails(5, "AWS denies s3:GetObject on s3://logs/orders/a.log");
    assert_eq!(unnamed.rows().len(), 5);
}

#[test]
fn with_dead_credentials_no_further_object_is_asked_for() {
    let bucket = Bucket::default();
    for number in 0..500 {
        bucket.put(&format!("orders/{number:03}.log"), "t", lines(number, 1));
    }
    let server = bucket.serve(Faults::none().expiring_after(1));
    let place = Place::new();
    let ran = ingest(&place, &server, &FORMAT);
    assert!(ran.stderr.contains("499 further objects: not asked for"), "{}", ran.stderr);
    assert!(ran.stderr.lines().count() < 5, "{}", ran.stderr);
    ran.fails(5, "expired");
}
