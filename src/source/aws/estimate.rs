//! What reading a log group will take, before it is read: bytes, calls, time, and what AWS charges.
//!
//! Amounts of money are not here: this says what is used, and whether AWS charges for that.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::{Builder, Region};
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy};
use aws_smithy_types::DateTime;
use gwcost_core::model::Window;
use serde::Serialize;

use super::log_hours::{HOUR_MS, HourPlan};
use super::logs::{LogGroup, LogGroupFacts};
use super::{Aws, AwsError, Call};

/// What FilterLogEvents returns at most.
const PAGE_BYTES: u64 = 1 << 20;
const PAGE_EVENTS: u64 = 10_000;
/// FilterLogEvents a second that an account and Region grant, as far as is known: quotas differ.
const CALLS_A_SECOND: Span = Span { least: 5, most: 10 };
/// From this on, an export to S3 is the better way: hours of calls, which others in the account need too.
const EXPORT_BYTES: u64 = 50 << 30;
/// The metrics that are asked for.
const METRICS: [(&str, &str); 2] = [("bytes", "IncomingBytes"), ("events", "IncomingLogEvents")];

/// From one number to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// At least.
    pub least: u64,
    /// At most.
    pub most: u64,
}

/// Where the volume is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeSource {
    /// The metrics IncomingBytes and IncomingLogEvents, by the hour: close.
    IncomingBytes,
    /// All that the group stores, shared out evenly over the time that it keeps: rough.
    StoredBytes,
}

/// What was written to a log group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogVolume {
    /// Bytes and events, by the hour's first millisecond.
    hours: BTreeMap<i64, Written>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Written {
    bytes: u64,
    events: u64,
}

/// Something that AWS could charge for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// What.
    pub what: &'static str,
    /// How much of it, where it is known.
    pub quantity: Option<u64>,
    /// Of the quantity.
    pub unit: &'static str,
    /// Whether AWS charges for it.
    pub charged: Charged,
    /// A sentence.
    pub note: &'static str,
    /// Where that is written.
    pub source: &'static str,
}

/// Whether AWS charges for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Charged {
    /// Never.
    No,
    /// Always.
    Yes,
    /// When gwcost runs outside AWS.
    OutsideAws,
}

/// What reading the planned hours of a log group will take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// `logs:123456789012:us-east-1:/aws/apigateway/orders`.
    pub source: String,
    /// The start of the first hour to fetch, RFC 3339.
    pub from: Option<String>,
    /// The end of the last hour to fetch, RFC 3339.
    pub to: Option<String>,
    /// Hours to fetch.
    pub hours: u64,
    /// Hours that the lake holds already.
    pub hours_settled: u64,
    /// Hours that CloudWatch Logs has deleted.
    pub hours_expired: u64,
    /// Bytes of the events, uncompressed.
    pub bytes: Option<u64>,
    /// Events.
    pub events: Option<u64>,
    /// Where both are known from.
    pub volume_source: Option<VolumeSource>,
    /// Calls of FilterLogEvents.
    pub calls: Option<Span>,
    /// How long these take at the rate that AWS grants.
    pub seconds: Option<Span>,
    /// What AWS could charge for.
    pub charges: Vec<Charge>,
    /// Why an export to S3 is the better way, if it is.
    pub export_instead: Option<String>,
}

impl LogVolume {
    /// Adds what was written in the hour that an instant lies in.
    fn add(&mut self, id: &str, at_ms: i64, amount: f64) {
        let hour = self.hours.entry(at_ms.div_euclid(HOUR_MS) * HOUR_MS).or_default();
        // A float holds whole numbers exactly far beyond what an hour can bring.
        match id {
            "bytes" => hour.bytes += amount as u64,
            _ => hour.events += amount as u64,
        }
    }

    fn of(&self, plan: &HourPlan) -> Written {
        let mut sum = Written::default();
        for hour in plan.fetch.iter().filter_map(|planned| self.hours.get(&planned.hour.hour_start_ms)) {
            sum.bytes += hour.bytes;
            sum.events += hour.events;
        }
        sum
    }
}

/// Estimates the fetching of a plan. Without `facts` and `volume` the volume stays unknown.
pub fn estimate(
    group: &LogGroup,
    plan: &HourPlan,
    facts: Option<&LogGroupFacts>,
    volume: Option<&LogVolume>,
    now_ms: i64,
) -> Estimate {
    let hours = plan.fetch.len() as u64;
    let written = volume.map(|volume| volume.of(plan));
    let stored = facts.and_then(|facts| share_of_stored(plan, facts, now_ms));
    let bytes = written.map(|written| written.bytes).or(stored);
    let events = written.map(|written| written.events);
    let calls = bytes.map(|bytes| calls(hours, bytes, events.unwrap_or(0)));
    let seconds = calls.map(|calls| Span {
        least: calls.least.div_ceil(CALLS_A_SECOND.most),
        most: calls.most.div_ceil(CALLS_A_SECOND.least),
    });
    let (first, last) = (plan.fetch.first(), plan.fetch.last());
    Estimate {
        source: group.name_in_lake(),
        from: first.map(|hour| hour.window.from_rfc3339()),
        to: last.map(|hour| hour.window.to_rfc3339()),
        hours,
        hours_settled: plan.settled,
        hours_expired: plan.expired,
        bytes,
        events,
        volume_source: match (written, stored) {
            (Some(_), _) => Some(VolumeSource::IncomingBytes),
            (None, Some(_)) => Some(VolumeSource::StoredBytes),
            (None, None) => None,
        },
        calls,
        seconds,
        charges: charges(calls, bytes),
        export_instead: bytes.zip(seconds).and_then(|(bytes, seconds)| export_instead(bytes, seconds)),
    }
}

/// At least full pages, and one page for as many hours as share a call. At most pages that are half full,
/// and for each hour one that is nearly empty.
fn calls(hours: u64, bytes: u64, events: u64) -> Span {
    let full = bytes.div_ceil(PAGE_BYTES).max(events.div_ceil(PAGE_EVENTS));
    Span { least: full.max(hours.div_ceil(24)), most: 2 * full + hours }
}

/// The share that the plan's hours have of the time of which the group holds events.
fn share_of_stored(plan: &HourPlan, facts: &LogGroupFacts, now_ms: i64) -> Option<u64> {
    let begins = facts.kept_from(now_ms)?;
    let kept_ms = u128::try_from(now_ms - begins).ok().filter(|kept| *kept > 0)?;
    let wanted_ms: i64 = plan
        .fetch
        .iter()
        .map(|hour| (hour.window.to_ms.min(now_ms) - hour.window.from_ms.max(begins)).max(0))
        .sum();
    let share = u128::from(facts.stored_bytes?) * u128::try_from(wanted_ms).ok()? / kept_ms;
    u64::try_from(share).ok()
}

fn charges(calls: Option<Span>, bytes: Option<u64>) -> Vec<Charge> {
    vec![
        Charge {
            what: "FilterLogEvents",
            quantity: calls.map(|calls| calls.most),
            unit: "calls",
            charged: Charged::No,
            note: "AWS lists charges for writing, storing and querying logs, and none for reading them so",
            source: "Amazon CloudWatch User Guide: Analyzing, optimizing, and reducing CloudWatch costs",
        },
        Charge {
            what: "GetMetricData",
            quantity: Some(METRICS.len() as u64),
            unit: "metrics",
            charged: Charged::Yes,
            note: "each metric that is asked for is charged; this estimate asked for these, ingesting logs asks \
                   for none",
            source: "Amazon CloudWatch User Guide: Analyzing, optimizing, and reducing CloudWatch costs",
        },
        Charge {
            what: "data transfer out",
            quantity: bytes,
            unit: "bytes",
            charged: Charged::OutsideAws,
            note: "what leaves the Region for the internet is charged at the internet transfer rate of the Region",
            source: "Amazon CloudWatch price page, data transfer",
        },
    ]
}

fn export_instead(bytes: u64, seconds: Span) -> Option<String> {
    (bytes >= EXPORT_BYTES).then(|| {
        format!(
            "{} GB through FilterLogEvents take {} to {} hours, and its quota is shared with everybody in the \
             account and Region: a CreateExportTask to a bucket of the same Region is the better way; one runs \
             at a time, and events can be exported within 12 hours",
            bytes >> 30,
            seconds.least / 3600,
            seconds.most.div_ceil(3600),
        )
    })
}

impl Aws {
    /// What was written to a log group in a window, from the metrics IncomingBytes and IncomingLogEvents.
    /// `None` when CloudWatch has no value of it.
    ///
    /// # Errors
    /// [`AwsError`], as when `cloudwatch:GetMetricData` is not allowed.
    pub fn log_volume(&self, group: &LogGroup, window: Window) -> Result<Option<LogVolume>, AwsError> {
        let config = Builder::from(self.config()).region(Region::new(group.region.clone())).build();
        let client = Client::from_conf(config);
        let dimension = Dimension::builder().name("LogGroupName").value(&group.name).build();
        let queries: Vec<MetricDataQuery> = METRICS
            .iter()
            .map(|(id, name)| {
                let metric = Metric::builder().namespace("AWS/Logs").metric_name(*name);
                let metric = metric.dimensions(dimension.clone()).build();
                let stat = MetricStat::builder().metric(metric).period(3600).stat("Sum").build();
                let account = group.linked.then(|| group.account.clone());
                MetricDataQuery::builder().id(*id).metric_stat(stat).set_account_id(account).build()
            })
            .collect();
        let request = client
            .get_metric_data()
            .set_metric_data_queries(Some(queries))
            .start_time(DateTime::from_millis(window.from_ms))
            .end_time(DateTime::from_millis(window.to_ms))
            .scan_by(ScanBy::TimestampAscending);
        let call = Call::new("cloudwatch:GetMetricData", format!("log group {}", group.name), "*");
        let mut volume = LogVolume::default();
        let mut pages = request.into_paginator().send();
        self.block_on(async {
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| AwsError::of(&call, &error))?;
                for result in page.metric_data_results() {
                    let id = result.id().unwrap_or_default();
                    for (at, amount) in result.timestamps().iter().zip(result.values()) {
                        volume.add(id, at.secs() * 1000, *amount);
                    }
                }
            }
            Ok(())
        })?;
        Ok((!volume.hours.is_empty()).then_some(volume))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::aws::log_hours::plan_hours;

    /// 2026-10-17T00:00:00Z.
    const DAY: i64 = 1_792_195_200_000;
    const GB: u64 = 1 << 30;

    fn group() -> LogGroup {
        LogGroup {
            name: "orders".to_owned(),
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            linked: false,
        }
    }

    fn ten_hours() -> HourPlan {
        let window = Window { from_ms: DAY, to_ms: DAY + 10 * HOUR_MS };
        plan_hours(&group(), window, DAY + 100 * HOUR_MS, None, &[])
    }

    fn guess(facts: Option<&LogGroupFacts>, volume: Option<&LogVolume>) -> Estimate {
        estimate(&group(), &ten_hours(), facts, volume, DAY + 100 * HOUR_MS)
    }

    #[test]
    fn metrics_count_for_the_hours_to_fetch_only() {
        let mut volume = LogVolume::default();
        for hour in -2..20 {
            volume.add("bytes", DAY + hour * HOUR_MS, 5e6);
            volume.add("events", DAY + hour * HOUR_MS, 2e4);
        }
        let guess = guess(None, Some(&volume));
        assert_eq!((guess.hours, guess.bytes, guess.events), (10, Some(50_000_000), Some(200_000)));
        assert_eq!(guess.volume_source, Some(VolumeSource::IncomingBytes));
        // 48 pages of 1 MiB are more than 20 pages of 10,000 events.
        assert_eq!(guess.calls, Some(Span { least: 48, most: 106 }));
        assert_eq!(guess.seconds, Some(Span { least: 5, most: 22 }));
        assert_eq!(guess.export_instead, None);
        assert_eq!(guess.from.as_deref(), Some("2026-10-17T00:00:00Z"));
    }

    #[test]
    fn stored_bytes_are_shared_out_over_the_time_that_is_kept() {
        let mut facts = LogGroupFacts {
            stored_bytes: Some(100 * GB),
            retention_days: None,
            created_ms: Some(DAY - 900 * HOUR_MS),
            class: None,
        };
        assert_eq!(guess(Some(&facts), None).bytes, Some(GB));
        // Two days are kept of which none is wanted.
        facts.retention_days = Some(2);
        assert_eq!(guess(Some(&facts), None).bytes, Some(0));
        facts.stored_bytes = None;
        let guess = guess(Some(&facts), None);
        assert_eq!((guess.bytes, guess.calls, guess.volume_source), (None, None, None));
    }

    #[test]
    fn much_is_better_exported() {
        let mut volume = LogVolume::default();
        volume.add("bytes", DAY, 100e9);
        let guess = guess(None, Some(&volume));
        let reason = guess.export_instead.unwrap();
        assert!(reason.contains("93 GB") && reason.contains("CreateExportTask"), "{reason}");
    }

    #[test]
    fn reading_is_free_and_leaving_aws_is_not() {
        let guess = guess(None, None);
        let charged: Vec<Charged> = guess.charges.iter().map(|charge| charge.charged).collect();
        assert_eq!(charged, [Charged::No, Charged::Yes, Charged::OutsideAws]);
        let text = serde_json::to_string(&guess).unwrap();
        assert!(text.contains("\"charged\":\"outside_aws\"") && text.contains("\"bytes\":null"), "{text}");
    }
}
