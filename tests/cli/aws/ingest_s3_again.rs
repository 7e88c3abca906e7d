//! A prefix of S3 that is read again, and objects that cannot be read: what is not asked for, and what is said.

use super::recorded::{Faults, Request, Response, Server};
use super::s3_server::S3Server;
use crate::support::{Place, REST, Ran, lines};

fn ingest(place: &Place, url: &str, more: &[&str]) -> Ran {
    let mut all = vec!["ingest", "s3://logs/orders/", "--format", "json"];
    all.extend(more);
    let mut command = place.command(&all);
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ENDPOINT_URL_S3", url)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    Ran::of(command.output().unwrap())
}

const FORMAT: [&str; 6] = ["--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];

#[test]
fn what_has_not_changed_is_not_asked_for_again() {
    let server = S3Server::start();
    for number in 0..40 {
        server.put("logs", &format!("orders/{number:03}.log"), lines(number * 10, 10).as_bytes());
    }
    // It signs for the address that it is asked at, so it is asked through a door of its own.
    let door = Server::in_front_of(server.address(), Faults::none());
    let place = Place::new();
    let first = ingest(&place, &door.url(), &FORMAT).ok().json();
    assert_eq!((&first["units"], &first["rows"]), (&40.into(), &400.into()));
    let asked = door.requests();
    assert!(asked > 40);

    let again = ingest(&place, &door.url(), &FORMAT).ok().json();
    assert_eq!((&again["units_skipped"], &again["bytes_in"]), (&40.into(), &0.into()));
    let listing = door.requests() - asked;
    assert!(listing < 5, "{listing} requests to find nothing new");

    // Nor to refuse it, nor to tell its format.
    let other = [&FORMAT[..], &["--keep-ip"]].concat();
    ingest(&place, &door.url(), &other).fails(3, "in another way");
    assert!(door.requests() - asked < 3 * listing, "{} requests", door.requests() - asked);
    let unnamed = ["--region", "us-east-1", "--api-kind", "rest"];
    assert_eq!(ingest(&place, &door.url(), &unnamed).ok().json()["units_skipped"], 40);
    assert!(door.requests() - asked < 4 * listing, "{} requests", door.requests() - asked);

    // One that changed is read, and what of it is known stays once.
    server.put("logs", "orders/007.log", lines(70, 15).as_bytes());
    let changed = ingest(&place, &door.url(), &FORMAT).ok().json();
    assert_eq!(
        (&changed["units"], &changed["units_skipped"], &changed["rows"]),
        (&1.into(), &39.into(), &0.into())
    );
    // What the changed one held before cannot be read anew, so that stays as it is.
    let replaced = ingest(&place, &door.url(), &[&other[..], &["--replace"]].concat()).ok().json();
    assert_eq!((&replaced["units_replaced"], &replaced["rows"]), (&40.into(), &390.into()));
    place.run(&["lake", "verify"]).ok();
}

/// A bucket with three objects, of which one may not be read and one is gone.
fn bucket(request: &Request) -> Response {
    let of = |status: u16, body: String| {
        let kind = ("content-type".to_owned(), "application/xml".to_owned());
        let tag = ("etag".to_owned(), "\"t\"".to_owned());
        Response { status, headers: vec![kind, tag], body: body.into_bytes() }
    };
    let error = |status: u16, code: &str| {
        of(status, format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
    };
    let content = lines(0, 5);
    if request.path.contains("list-type=2") {
        let entry = |key: &str| {
            format!(
                "<Contents><Key>orders/{key}</Key><Size>{}</Size><ETag>\"t\"</ETag>\
                 <LastModified>2026-10-01T00:00:00.000Z</LastModified></Contents>",
                content.len()
            )
        };
        let entries = [entry("a.log"), entry("b.log"), entry("c.log")].concat();
        return of(
            200,
            format!("<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"),
        );
    }
    match request.path.split('?').next().unwrap().rsplit('/').next().unwrap() {
        "a.log" => error(403, "AccessDenied"),
        "b.log" => error(404, "NoSuchKey"),
        _ => of(200, content),
    }
}

#[test]
fn an_object_that_stays_unreadable_is_named_and_the_others_come_in() {
    let server = Server::play(Faults::none(), bucket);
    let place = Place::new();
    let ran = ingest(&place, &server.url(), &FORMAT);
    let summary = ran.json();
    assert_eq!(
        (&summary["units"], &summary["units_failed"], &summary["rows"]),
        (&1.into(), &2.into(), &5.into())
    );
    assert!(ran.stderr.contains("s3://logs/orders/b.log does not exist"), "{}", ran.stderr);
    ran.fails(5, "AWS denies s3:GetObject on s3://logs/orders/a.log");
    assert_eq!(place.rows().len(), 5);
}

#[test]
fn with_dead_credentials_no_further_object_is_asked_for() {
    let server = Server::play(Faults::none().expiring_after(1), |request| {
        let mut answer = bucket(request);
        if request.path.contains("list-type=2") {
            let text = String::from_utf8(answer.body).unwrap();
            let one =
                text.split("<Contents>").nth(1).unwrap().split("</Contents>").next().unwrap().to_owned();
            let many: String = (0..500)
                .map(|n| format!("<Contents>{}</Contents>", one.replace("a.log", &format!("{n:03}.log"))))
                .collect();
            answer.body =
                format!("<ListBucketResult><IsTruncated>false</IsTruncated>{many}</ListBucketResult>").into();
        }
        answer
    });
    let place = Place::new();
    let ran = ingest(&place, &server.url(), &FORMAT);
    assert!(ran.stderr.contains("499 further objects: not asked for"), "{}", ran.stderr);
    assert!(ran.stderr.lines().count() < 5, "{}", ran.stderr);
    ran.fails(5, "expired");
}
