//! Reading a log group over loopback: every event once, whatever the way to it does.
//!
//! Played from `log_group` is what moto has no notion of: pages that are partly full or empty, the ends of a
//! window, throttling, answers that break off.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::retry::RetryConfig;
use aws_sdk_cloudwatchlogs::config::{Builder, Credentials, Region};
use gwcost::source::aws::{AwsError, LogBatch, LogCounts, LogEvents, LogGroupName};
use gwcost_core::model::Window;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::log_group::{LogGroup, Stored};
use super::recorded::{ANY, Fault, Faults, Request, Response, Server};

const HOUR: i64 = 3_600_000;
/// 2026-10-17T00:00:00Z.
const DAY: i64 = 1_792_195_200_000;
const NAME: &str = "/aws/apigateway/orders";

/// A client of a server on loopback, with the runtime that it needs.
struct Reader {
    runtime: Runtime,
    client: Client,
}

impl Reader {
    fn of(server: &Server) -> Reader {
        let config = Builder::new()
            .behavior_version_latest()
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::adaptive().with_initial_backoff(Duration::from_millis(20)))
            .endpoint_url(server.url());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Reader { client: Client::from_conf(config.build()), runtime }
    }

    fn start(&self, windows: &[(i64, i64)]) -> LogEvents {
        let group = LogGroupName::parse(NAME).unwrap().at("eu-west-1", "123456789012");
        let windows = windows.iter().map(|(from_ms, to_ms)| Window { from_ms: *from_ms, to_ms: *to_ms });
        LogEvents::start(self.runtime.handle(), self.client.clone(), &group, windows.collect())
    }

    /// What a window brings, sorted, and how.
    fn read(&self, from_ms: i64, to_ms: i64) -> Result<(Vec<Stored>, LogCounts), AwsError> {
        let mut reading = self.start(&[(from_ms, to_ms)]);
        let mut found = Vec::new();
        for (number, event) in reading.by_ref().enumerate() {
            let event = event?;
            assert_eq!(event.ordinal, number as u64);
            let message = String::from_utf8(event.text).unwrap();
            found.push(Stored { time_ms: event.time_ms.unwrap(), id: event.id.unwrap(), message });
        }
        found.sort();
        Ok((found, reading.reading().counts()))
    }
}

fn serve(group: &LogGroup, faults: Faults) -> Server {
    let group = group.clone();
    Server::play(faults, move |request| group.answer(request))
}

fn page(request: &Request, next: Option<&str>) -> Response {
    let mut output = json!({"events": [], "searchedLogStreams": []});
    if let Some(next) = next {
        output["nextToken"] = next.into();
    }
    Response::to(request, 200, &output)
}

#[test]
fn every_event_comes_once_through_faults() {
    let group = LogGroup::of(NAME, 12_000, DAY, DAY + 24 * HOUR, 200);
    let server = serve(&group, Faults::of(1, 30, &[&ANY[..], &[Fault::Empty]].concat()));
    let (found, counts) = Reader::of(&server).read(DAY, DAY + 24 * HOUR).unwrap();
    assert!(found == group.within(DAY, DAY + 24 * HOUR), "{} events of 12000", found.len());
    assert!(counts.empty_pages > 5 && counts.repeated > 0 && counts.throttled > 0, "{counts:?}");
    assert!(server.faults() > 20, "{} faults in {} requests", server.faults(), server.requests());
}

#[test]
fn many_events_come_once_through_a_bad_network() {
    let group = LogGroup::of(NAME, 200_000, DAY, DAY + 24 * HOUR, 2_000);
    let server = serve(&group, Faults::none());
    let network = [Fault::Latency, Fault::Reset, Fault::ResetInBody, Fault::Truncated, Fault::SlowDrip];
    let proxy = Server::in_front_of(server.address(), Faults::of(2, 30, &network));
    let (found, counts) = Reader::of(&proxy).read(DAY, DAY + 24 * HOUR).unwrap();
    assert!(found == group.within(DAY, DAY + 24 * HOUR), "{} events of 200000", found.len());
    assert!(proxy.faults() * 5 > proxy.requests() && counts.pages > 100, "{counts:?}");
}

#[test]
fn an_hour_with_too_much_is_cut_and_each_part_read_once() {
    let group = LogGroup::of(NAME, 30_000, DAY, DAY + HOUR, 100);
    let server = serve(&group, Faults::none());
    let (found, counts) = Reader::of(&server).read(DAY, DAY + HOUR).unwrap();
    assert!(found == group.within(DAY, DAY + HOUR));
    assert!(counts.dropped_pages > 0 && counts.dropped_pages * 4 < counts.pages, "{counts:?}");
}

#[test]
fn windows_that_touch_share_no_event_and_lose_none() {
    let group = LogGroup::of(NAME, 3_000, DAY, DAY + 6 * HOUR, 100);
    let server = serve(&group, Faults::none());
    let reader = Reader::of(&server);
    let mut all = Vec::new();
    for hour in 0..6 {
        let (found, counts) = reader.read(DAY + hour * HOUR, DAY + (hour + 1) * HOUR).unwrap();
        assert_eq!(counts.outside, 0);
        all.extend(found);
    }
    assert!(all.iter().any(|event| event.time_ms % HOUR == 0));
    assert!(all.iter().any(|event| event.time_ms % HOUR == HOUR - 1));
    assert!(all == group.within(DAY, DAY + 6 * HOUR));
}

#[test]
fn hours_are_handed_out_in_order_and_whole() {
    let group = LogGroup::of(NAME, 3_000, DAY, DAY + 3 * HOUR, 50);
    let server = serve(&group, Faults::of(7, 20, &[Fault::Latency]));
    let reader = Reader::of(&server);
    let mut reading = reader.start(&[(DAY, DAY + 2 * HOUR), (DAY + 50 * HOUR, DAY + 59 * HOUR)]);
    let mut batches: Vec<LogBatch> = Vec::new();
    while let Some(batch) = reading.next_batch().unwrap() {
        assert!(batch.events.iter().all(|event| batch.window.contains(event.time_ms.unwrap())));
        batches.push(batch);
    }
    let ends: Vec<i64> =
        batches.iter().map(|batch| batch.window.to_ms).filter(|end| end % HOUR == 0).collect();
    let hours: Vec<i64> = (1..=2).chain(51..=59).map(|hour| DAY + hour * HOUR).collect();
    assert_eq!(ends, hours, "empty hours end too");
    let count: usize = batches.iter().map(|batch| batch.events.len()).sum();
    assert_eq!(count, group.within(DAY, DAY + 2 * HOUR).len());
}

#[test]
fn a_quiet_month_takes_few_calls() {
    let group = LogGroup::of(NAME, 300, DAY, DAY + 30 * 24 * HOUR, 10_000);
    let server = serve(&group, Faults::none());
    let (found, _) = Reader::of(&server).read(DAY, DAY + 30 * 24 * HOUR).unwrap();
    assert_eq!(found.len(), 300);
    assert!(server.requests() < 150, "{} requests for 720 hours", server.requests());
}

#[test]
fn an_expired_token_says_so_and_what_came_before_is_whole() {
    let group = LogGroup::of(NAME, 5_000, DAY, DAY + 12 * HOUR, 100);
    let server = serve(&group, Faults::none().expiring_after(60));
    let reader = Reader::of(&server);
    let mut reading = reader.start(&[(DAY, DAY + 12 * HOUR)]);
    let (mut until, mut count) = (DAY, 0);
    let error = loop {
        match reading.next_batch() {
            Ok(Some(batch)) => (until, count) = (batch.window.to_ms, count + batch.events.len()),
            Ok(None) => panic!("it ended"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, AwsError::Expired { .. }), "{error:?}");
    assert_eq!(count, group.within(DAY, until).len());
    assert!(reading.next().is_none(), "an error is the end");
}

#[test]
fn a_token_that_leads_nowhere_is_an_error_and_not_the_end() {
    let server = Server::play(Faults::none(), |request| page(request, Some("again")));
    let error = Reader::of(&server).read(DAY, DAY + HOUR).unwrap_err();
    assert!(error.to_string().contains("the same token"), "{error}");
    assert!(server.requests() < 20, "{} requests", server.requests());
}

#[test]
fn a_token_that_is_refused_begins_the_slice_anew() {
    let asked = AtomicU64::new(0);
    let server = Server::play(Faults::none(), move |request| match &request.input()["nextToken"] {
        Value::Null if asked.fetch_add(1, Ordering::SeqCst) == 0 => page(request, Some("old")),
        Value::Null => page(request, None),
        _ => Response::error(request, 400, "InvalidParameterException", "The token has expired"),
    });
    assert!(Reader::of(&server).read(DAY, DAY + HOUR).unwrap().0.is_empty());
    assert_eq!(server.requests(), 3);
}

#[test]
fn a_group_that_is_not_there_is_named() {
    let server = serve(&LogGroup::of("other", 1, DAY, DAY + 1, 1), Faults::none());
    let error = Reader::of(&server).read(DAY, DAY + HOUR).unwrap_err();
    assert!(matches!(&error, AwsError::NotFound { resource, .. } if resource.contains(NAME)), "{error:?}");
}

#[test]
fn what_is_throttled_is_slowed_and_not_failed() {
    let group = LogGroup::of(NAME, 2_000, DAY, DAY + 4 * HOUR, 100);
    let (asked, refused) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let server = Server::play(Faults::none(), {
        let (group, asked, refused) = (group.clone(), Arc::clone(&asked), Arc::clone(&refused));
        move |request| {
            if asked.fetch_add(1, Ordering::SeqCst) % 4 < 3 {
                return group.answer(request);
            }
            refused.fetch_add(1, Ordering::SeqCst);
            Response::error(request, 400, "ThrottlingException", "Rate exceeded")
        }
    });
    let (found, counts) = Reader::of(&server).read(DAY, DAY + 4 * HOUR).unwrap();
    assert!(found == group.within(DAY, DAY + 4 * HOUR), "{counts:?}");
    assert!(refused.load(Ordering::SeqCst) > 0, "{counts:?}");
}
