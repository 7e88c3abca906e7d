//! Ten thousand small objects: all come in, each is asked for once, and memory does not grow with their number.

use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::recorded::{Faults, Request, Response, Server};
use crate::support::{Place, REST, Ran, lines};

/// Keys on a page of a list, as many as S3 has there.
const PAGE: usize = 1000;

/// Requests in all objects together.
const REQUESTS: usize = 100_000;

/// A bucket of so many objects that nobody has to keep.
fn bucket(objects: usize) -> Server {
    Server::play(Faults::none(), move |request| answer(request, objects))
}

/// What an object holds.
fn text(number: usize, objects: usize) -> String {
    lines(number * (REQUESTS / objects), REQUESTS / objects)
}

fn answer(request: &Request, objects: usize) -> Response {
    let number = |text: &str| text.parse::<usize>().unwrap();
    let tag = |number: usize| format!("\"tag{number}\"");
    if let Some((_, key)) = request.path.split_once("/orders/") {
        let number = number(key.split('.').next().unwrap());
        let body = text(number, objects).into_bytes();
        return Response { status: 200, headers: vec![("etag".to_owned(), tag(number))], body };
    }
    let first = request
        .path
        .split_once("continuation-token=")
        .map_or(0, |(_, after)| number(after.split('&').next().unwrap()));
    let last = objects.min(first + PAGE);
    let more = last < objects;
    let mut page = format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>");
    for number in first..last {
        let bytes = text(number, objects).len();
        let tag = tag(number).replace('"', "&quot;");
        page += &format!(
            "<Contents><Key>orders/{number:06}.log</Key><Size>{bytes}</Size><ETag>{tag}</ETag>\
             <LastModified>2026-10-01T00:00:00.000Z</LastModified></Contents>"
        );
    }
    if more {
        page += &format!("<NextContinuationToken>{last}</NextContinuationToken>");
    }
    Response::to(request, 200, &(page + "</ListBucketResult>").into())
}

/// The most memory that the process had so far, in KiB.
fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Ingests all of a bucket; the answer is the most memory that it took, where the system tells.
fn ingest(place: &Place, server: &Server, objects: usize) -> u64 {
    let arguments = ["ingest", "s3://logs/orders/", "--format-string", REST, "--region", "us-east-1"];
    let mut command = place.command(&[&arguments[..], &["--api-kind", "rest", "--format", "json"]].concat());
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ENDPOINT_URL_S3", server.url())
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(peak(&child).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(10));
    }
    let summary = Ran::of(child.wait_with_output().unwrap()).ok().json();
    assert_eq!((&summary["units"], &summary["rows"]), (&objects.into(), &REQUESTS.into()));
    // A page for each thousand of them, and each of them.
    let pages = objects.div_ceil(PAGE);
    assert_eq!(server.requests(), u64::try_from(objects + pages).unwrap());
    most
}

#[test]
fn memory_does_not_grow_with_the_number_of_objects() {
    let few = ingest(&Place::new(), &bucket(1_000), 1_000);
    let many = ingest(&Place::new(), &bucket(10_000), 10_000);
    // Of an object there is kept where it is, how it is read and what came of it: a kilobyte or two.
    assert!(many < few + 32 * 1024, "{few} KiB for a thousand, {many} KiB for ten thousand");
}
