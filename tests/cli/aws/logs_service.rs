//! CloudWatch Logs, CloudWatch and STS as one service on loopback, and gwcost asking it.

use std::process::Command;

use serde_json::json;

use super::log_group::{LogGroup, Stored};
use super::recorded::{Faults, Request, Response, Server};
use crate::support::{Line, OCTOBER_MS, Place, REST, Ran};

pub const HOUR: i64 = 3_600_000;
/// 2025-03-10T00:00:00Z: long ago, because an hour that is not over is never taken for one.
pub const DAY: i64 = 1_741_564_800_000;
pub const NAME: &str = "/aws/apigateway/orders";
/// As the lake knows the group.
pub const IN_LAKE: &str = "logs:123456789012:eu-west-1:/aws/apigateway/orders";

/// An event whose line is in the format [`REST`], with the time of its request.
pub fn event(id: usize, at_ms: i64) -> Stored {
    let line = Line { id, second: (at_ms - OCTOBER_MS) / 1000, ..Line::default() };
    Stored { time_ms: at_ms, id: format!("{id:056}"), message: line.text().trim_end().to_owned() }
}

/// So many events, spread unevenly over some hours from [`DAY`] on; every fourth hour has none.
pub fn events(count: usize, hours: i64) -> Vec<Stored> {
    let seconds = hours * 3600;
    let busy = |second: i64| second / 3600 % 4 != 3;
    let at = |id: usize| (id as i64 * 7919 + (id as i64 % 13) * 101) % seconds;
    (0..)
        .map(|id| (id, at(id)))
        .filter(|(_, second)| busy(*second))
        .take(count)
        .map(|(id, second)| event(id, DAY + second * 1000))
        .collect()
}

/// What the services answer.
pub fn answer(group: &LogGroup, request: &Request) -> Response {
    match request.operation() {
        "/" => Response::to(
            request,
            200,
            &json!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        ),
        "GetMetricData" => {
            let result = |id: &str, value: f64| {
                json!({"Id": id, "StatusCode": "Complete", "Timestamps": [{"$time": DAY / 1000}],
                    "Values": [value]})
            };
            let results = [result("bytes", 5e6), result("events", 2e4)];
            Response::to(request, 200, &json!({"MetricDataResults": results, "Messages": []}))
        }
        _ => group.answer(request),
    }
}

/// A service with that group.
pub fn serve(group: &LogGroup, faults: Faults) -> Server {
    let group = group.clone();
    Server::play(faults, move |request| answer(&group, request))
}

/// The binary with the environment in which it finds a server.
pub fn command(place: &Place, url: &str, arguments: &[&str]) -> Command {
    let mut command = place.command(arguments);
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// `2025-03-10T10:20:00Z` for an instant.
pub fn rfc3339(ms: i64) -> String {
    gwcost_core::model::Window { from_ms: ms, to_ms: ms }.from_rfc3339()
}

/// Arguments that ingest the group as it is at an instant, from [`DAY`] on, in the format [`REST`].
pub fn arguments(now_ms: i64) -> Vec<String> {
    let input = format!("logs:{NAME}");
    let now = rfc3339(now_ms);
    let all = ["ingest", &input, "--format-string", REST, "--api-kind", "rest", "--format", "json"];
    let window = ["--from", "2025-03-10", "--as-of", &now];
    all.iter().chain(&window).map(|text| (*text).to_owned()).collect()
}

/// Ingests the group as it is at an instant.
pub fn ingest(place: &Place, server: &Server, now_ms: i64, more: &[&str]) -> Ran {
    let arguments = arguments(now_ms);
    let all: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    Ran::of(command(place, &server.url(), &all).output().unwrap())
}
