//! `gwcost doctor` and AWS: what answers, what is denied, and what never answers.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::http::Response;
use super::ingest_settings::{asking, identity};
use super::moto::Moto;
use super::recorded::{Faults, Server};
use super::settings_moto::set_up;
use crate::doctor::{found, levels};
use crate::support::{Place, Ran};

/// "Within seconds", on a machine that is busy with other tests.
const SOON: Duration = Duration::from_secs(40);

fn ran(mut command: std::process::Command) -> Ran {
    Ran::of(command.output().unwrap())
}

#[test]
fn what_the_credentials_may_is_tried() {
    let moto = Moto::start();
    set_up(&moto);
    let place = Place::new();
    ran(asking(&place, &moto.url(), &["ingest", "settings:"])).ok();
    let answer = ran(asking(&place, &moto.url(), &["doctor", "--format", "json"])).ok().json();
    assert!(found(&answer, "ok", "credentials").contains("asking in eu-west-1"), "{answer}");
    let allowed = found(&answer, "ok", "permissions");
    // The server fails at authorizers of HTTP APIs and at metrics, which says nothing of the others.
    for action in ["apigateway:GET", "logs:DescribeLogGroups"] {
        assert!(allowed.contains(action), "{allowed}");
    }
    // The groups that stages name are not there.
    let missing = found(&answer, "missing", "permissions");
    assert!(missing.contains("log group /aws/apigateway/orders does not exist"), "{missing}");
    let logs = found(&answer, "missing", "logs");
    assert!(logs.contains("orders/test (rest, ") && logs.contains("has no access log"), "{logs}");
    assert!(logs.contains("no responseLength: transfer cannot be priced"), "{logs}");
    assert!(found(&answer, "ok", "settings").contains("account 123456789012 in eu-west-1: read last at"));
    assert!(!answer.to_string().contains("v3ryS3cretKeyOfNobody"));
}

#[test]
fn what_is_denied_is_named_with_action_and_resource() {
    let server = Server::play(Faults::none(), |request| {
        identity(request).unwrap_or_else(|| Response::error(request, 403, "AccessDeniedException", "no"))
    });
    let place = Place::new();
    let arguments =
        ["doctor", "--format", "json", "--bucket", "logs/orders/", "--log-group", "/aws/apigateway/orders"];
    let answer = ran(asking(&place, &server.url(), &arguments)).ok().json();
    let missing = found(&answer, "missing", "permissions");
    for says in [
        "apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis is denied",
        "logs:DescribeLogGroups on arn:aws:logs:eu-west-1:123456789012:log-group:* is denied",
        "logs:FilterLogEvents on arn:aws:logs:eu-west-1:123456789012:log-group:/aws/apigateway/orders:* is denied",
        "cloudwatch:GetMetricData on * is denied",
        "s3:ListBucket on arn:aws:s3:::logs is denied",
    ] {
        assert!(missing.contains(says), "{says:?} is not in {missing}");
    }
    assert!(answer.to_string().contains("gwcost doctor --iam-policy"), "{answer}");
}

#[test]
fn credentials_that_are_not_accepted_are_wrong() {
    let server = Server::play(Faults::none(), |request| {
        Response::error(request, 403, "InvalidClientTokenId", "The security token is invalid.")
    });
    let place = Place::new();
    let answer = ran(asking(&place, &server.url(), &["doctor", "--format", "json"])).fails(3, "").json();
    assert!(found(&answer, "wrong", "credentials").contains("does not accept"), "{answer}");
}

#[test]
fn nobody_and_nothing_is_known_within_seconds() {
    let place = Place::new();
    let begun = Instant::now();
    let mut nobody = place.command(&["doctor", "--format", "json"]);
    // Nobody listens there, as outside of EC2.
    nobody.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9");
    let answer = ran(nobody).ok().json();
    assert!(found(&answer, "missing", "credentials").contains("no AWS region"), "{answer}");

    let mut nobody = place.command(&["doctor", "--format", "json", "--aws-region", "eu-west-1,us-east-1"]);
    nobody.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9");
    let answer = ran(nobody).ok().json();
    assert!(found(&answer, "missing", "credentials").contains("no AWS credentials"), "{answer}");
    // Who has no credentials in one region has none in the next.
    assert_eq!(levels(&answer, "credentials"), ["missing"]);

    // Somebody who takes the connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let answer = ran(asking(&place, &url, &["doctor", "--format", "json"])).ok().json();
    assert!(found(&answer, "missing", "credentials").contains("no answer"), "{answer}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}
