//! One log group with the lines of several stages, each in its own format, and with lines that are of none.

use std::sync::Arc;

use gwcost::ingest::{LogFormat, LogJob, Manner, Options, Otherwise, Progress, Summary, run_logs};
use gwcost::lake::{Origin, WritableLake};
use gwcost::source::aws::{Aws, LogGroupName};
use gwcost_core::model::{ApiKind, Window};

use super::client::config;
use super::log_group::{LogGroup, Stored};
use super::logs_service::{DAY, HOUR, NAME, serve};
use super::recorded::Faults;
use crate::support::Place;

const PROD: &str =
    r#"{"id":"$context.extendedRequestId","stage":"$context.stage","status":"$context.status"}"#;
const DEV: &str = r#"$context.extendedRequestId $context.stage [$context.requestTime] $context.status"#;

struct Silent;

impl Progress for Silent {
    fn advance(&self, _: u64, _: &[u8]) {}
    fn events(&self, _: u64, _: u64) {}
    fn expect_hours(&self, _: u64) {}
    fn hour(&self) {}
}

fn manner(format: &str, api: &str, stage: &str, kind: ApiKind) -> Manner {
    Manner {
        format: LogFormat::string(format).unwrap(),
        origin: Origin {
            account: Some("123456789012".to_owned()),
            region: Some("eu-west-1".to_owned()),
            api: Some(api.to_owned()),
            stage: Some(stage.to_owned()),
        },
        kind,
        keep_ip: false,
        patterns: Arc::default(),
        bound: true,
    }
}

fn read(place: &Place, group: &LogGroup, manners: Vec<Manner>, now_ms: i64, otherwise: Otherwise) -> Summary {
    let server = serve(group, Faults::none());
    let aws = Arc::new(Aws::with_config(config(&server.url(), "eu-west-1")).unwrap());
    let group = LogGroupName::parse(NAME).unwrap().at("eu-west-1", "123456789012");
    let facts = aws.describe_log_group(&group).unwrap();
    let window = Window { from_ms: DAY, to_ms: now_ms };
    let job = LogJob { aws, group, window, now_ms, facts, manners, otherwise };
    let options = Options { workers: 2, replace: false, written_at: "2025-03-11T00:00:00Z".to_owned() };
    let mut lake = WritableLake::open(&place.path("gwcost-lake"), || {}).unwrap();
    run_logs(&mut lake, vec![job], &options, &Silent).unwrap()
}

fn event(number: i64, message: String) -> Stored {
    Stored { time_ms: DAY + number * 1000, id: format!("{number:056}"), message }
}

fn mixed() -> Vec<Stored> {
    (0..300)
        .map(|number| {
            let message = match number % 3 {
                0 => format!(r#"{{"id":"p{number}=","stage":"prod","status":"200"}}"#),
                1 => format!("d{number}= dev [10/Mar/2025:00:00:{:02} +0000] 404", number % 60),
                _ => format!(r#"{{"id":"o{number}=","stage":"old","status":"200"}}"#),
            };
            event(number, message)
        })
        .collect()
}

#[test]
fn each_line_is_of_its_stage_or_a_reject() {
    let group = LogGroup::with(NAME, mixed(), 50);
    let manners = vec![
        manner(PROD, "restapi123", "prod", ApiKind::Rest),
        manner(DEV, "httpapi456", "dev", ApiKind::Http),
    ];
    let place = Place::new();
    let now = DAY + 24 * HOUR;
    let summary = read(&place, &group, manners.clone(), now, Otherwise::Keep);
    assert!(summary.failures.is_empty(), "{:?}", summary.failures);
    let found =
        place.analyze(&["--from", "2025-03-10", "--to", "2025-03-11", "--by", "api,api_kind,stage,status"]);
    let mut rows: Vec<String> = found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{} {} {} {} {}",
                row["api"], row["api_kind"], row["stage"], row["status"], row["requests"]
            )
        })
        .collect();
    rows.sort();
    assert_eq!(
        rows,
        [r#""httpapi456" "http" "dev" "404" 100"#, r#""restapi123" "rest" "prod" "200" 100"#],
        "nothing of a stage that is gone is taken for one that is there"
    );
    let reasons: Vec<(&String, &u64)> = summary.units.iter().flat_map(|unit| &unit.reject_reasons).collect();
    assert_eq!(reasons.iter().map(|(_, count)| **count).sum::<u64>(), 100, "{reasons:?}");
    assert!(reasons.iter().all(|(reason, _)| reason.contains("none of its log group's formats is for")));

    // The order of the manners is no other reading; what is known stays when one is added or changed.
    let turned: Vec<Manner> = manners.iter().rev().cloned().collect();
    assert!(read(&place, &group, turned, now, Otherwise::Refuse).failures.is_empty());
    let more = [manners.clone(), vec![manner(PROD, "restapi123", "old", ApiKind::Rest)]].concat();
    assert!(read(&place, &group, more, now, Otherwise::Refuse).failures.is_empty());
    let other = vec![manner(PROD, "restapi123", "prod", ApiKind::Rest)];
    let refused = read(&place, &group, other.clone(), now, Otherwise::Refuse);
    assert!(refused.failures[0].reason.contains("in another reading"), "{:?}", refused.failures);
    let kept = read(&place, &group, other, now, Otherwise::Keep);
    assert!(kept.failures.is_empty() && kept.hours.settled == 22, "{kept:?}");
}

#[test]
fn a_line_that_two_stages_could_have_written_is_of_none() {
    let format = r#"{"id":"$context.extendedRequestId","status":"$context.status"}"#;
    let line = |number: i64| event(number, format!(r#"{{"id":"x{number}=","status":"200"}}"#));
    let ours =
        (200..300).map(|number| event(number, format!("d{number}= dev [10/Mar/2025:00:00:01 +0000] 200")));
    let group = LogGroup::with(NAME, (0..100).map(line).chain(ours).collect(), 50);
    let manners = vec![
        manner(format, "restapi123", "prod", ApiKind::Rest),
        manner(format, "restapi123", "test", ApiKind::Rest),
        manner(DEV, "httpapi456", "dev", ApiKind::Http),
    ];
    let place = Place::new();
    let summary = read(&place, &group, manners, DAY + 24 * HOUR, Otherwise::Keep);
    let rows: u64 = summary.units.iter().map(|unit| unit.rows).sum();
    let rejects: u64 = summary.units.iter().map(|unit| unit.rejects).sum();
    assert_eq!((rows, rejects), (100, 100), "{summary:?}");
}
