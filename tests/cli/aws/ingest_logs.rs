//! `gwcost ingest logs:...`, as typed: what comes in, what is looked at again, and who is turned away.

use serde_json::{Value, json};

use super::log_group::{LogGroup, Stored};
use super::logs_service::{DAY, HOUR, IN_LAKE, NAME, answer, command, event, events, ingest, serve};
use super::recorded::{ANY, Fault, Faults, Response, Server};
use crate::support::{Place, REST, Ran};

fn figures(summary: &Value, names: &[&str]) -> Vec<u64> {
    names.iter().map(|name| summary[name].as_u64().unwrap()).collect()
}

const HOURS: [&str; 4] = ["hours_fetched", "hours_empty", "hours_settled", "hours_expired"];

#[test]
fn a_group_comes_in_like_a_file_and_once() {
    let stored = events(2_000, 12);
    let server = serve(&LogGroup::with(NAME, stored.clone(), 100), Faults::none());
    let (there, here) = (Place::new(), Place::new());
    let first = ingest(&there, &server, DAY + 24 * HOUR, &[]).ok().json();
    assert_eq!(figures(&first, &["units", "rows", "lines", "rejects"]), [24, 2_000, 2_000, 0], "{first}");
    assert_eq!(figures(&first, &HOURS), [24, 15, 0, 0]);
    let text: String = stored.iter().map(|event| format!("{}\n", event.message)).collect();
    here.write("all.log", text);
    let file = ["ingest", "all.log", "--format-string", REST, "--region", "eu-west-1", "--api-kind", "rest"];
    here.run(&file).ok();
    let window = ["--from", "2025-03-10", "--to", "2025-03-11", "--by", "hour,account,region,api,stage"];
    let (from_group, from_file) = (there.analyze(&window), here.analyze(&window));
    assert_eq!(from_group["rows"], from_file["rows"]);
    assert_eq!(from_group["total"]["requests"], 2_000);

    let asked = server.requests();
    let again = ingest(&there, &server, DAY + 24 * HOUR, &[]).ok().json();
    assert_eq!(figures(&again, &HOURS), [2, 2, 22, 0], "hours that may still change are looked at again");
    let later = ingest(&there, &server, DAY + 48 * HOUR, &[]).ok().json();
    assert_eq!(figures(&later, &HOURS), [26, 26, 22, 0]);
    assert_eq!(figures(&later, &["rows", "lines", "duplicates", "bytes_in"]), [0, 0, 0, 0]);
    assert!(server.requests() - asked < 30, "{} requests", server.requests() - asked);
    there.run(&["lake", "verify"]).ok();
}

#[test]
fn the_log_order_of_an_hour_does_not_depend_on_how_its_events_came() {
    let stored = events(3_000, 2);
    let lakes: Vec<Vec<String>> = [50, 777, 10_000]
        .into_iter()
        .map(|page| {
            let server = serve(&LogGroup::with(NAME, stored.clone(), page), Faults::none());
            let place = Place::new();
            ingest(&place, &server, DAY + 5 * HOUR, &[]).ok();
            place.rows()
        })
        .collect();
    assert_eq!(lakes[0].len(), 3_000);
    assert!(lakes[0] == lakes[1] && lakes[0] == lakes[2]);
}

#[test]
fn a_later_look_brings_only_what_came_late() {
    let early = events(900, 10);
    let odd = Stored { message: "no access log".to_owned(), ..event(5_000_000, DAY + 9 * HOUR + 1) };
    let now = DAY + 10 * HOUR + 20 * 60_000;
    let place = Place::new();
    let before = [early.clone(), vec![odd.clone()]].concat();
    let server = serve(&LogGroup::with(NAME, before.clone(), 100), Faults::none());
    let first = ingest(&place, &server, now, &[]).ok().json();
    assert_eq!(figures(&first, &["rows", "rejects", "units"]), [900, 1, 11]);

    // Two that were late, in hours that were fetched, and one of the hour that has begun since.
    let late = [
        event(6_000_000, DAY + 9 * HOUR + 5_000),
        event(6_000_001, DAY + 10 * HOUR + 60_000),
        event(6_000_002, DAY + 11 * HOUR + 60_000),
    ];
    let after = [before, late.to_vec()].concat();
    let server = serve(&LogGroup::with(NAME, after.clone(), 100), Faults::none());
    let second = ingest(&place, &server, now + HOUR, &[]).ok().json();
    let names = ["rows", "lines", "rejects", "duplicates", "possible_duplicates"];
    assert_eq!(figures(&second, &names), [3, 3, 0, 0, 0], "{second}");
    assert_eq!(figures(&second, &HOURS), [4, 0, 8, 0]);

    let at_once = Place::new();
    ingest(&at_once, &server, now + HOUR, &[]).ok();
    let window = ["--from", "2025-03-10", "--to", "2025-03-11", "--by", "hour"];
    let (twice, once) = (place.analyze(&window), at_once.analyze(&window));
    assert_eq!(twice["rows"], once["rows"]);
    assert_eq!(twice["quality"], once["quality"], "not even rejects count twice");
    place.run(&["lake", "verify"]).ok();
}

#[test]
fn faults_on_the_way_change_nothing() {
    let group = LogGroup::with(NAME, events(6_000, 24), 200);
    let (undisturbed, disturbed) = (Place::new(), Place::new());
    ingest(&undisturbed, &serve(&group, Faults::none()), DAY + 48 * HOUR, &[]).ok();
    let faults = [&ANY[..], &[Fault::Empty]].concat();
    let server = Server::play(Faults::of(11, 30, &faults), {
        let group = group.clone();
        move |request| answer(&group, request)
    });
    ingest(&disturbed, &server, DAY + 48 * HOUR, &[]).ok();
    assert!(server.faults() > 10, "{} faults in {} requests", server.faults(), server.requests());
    assert_eq!(disturbed.rows().len(), 6_000);
    assert!(disturbed.rows() == undisturbed.rows());
}

#[test]
fn a_token_that_expires_ends_the_run_and_the_next_one_goes_on() {
    let group = LogGroup::with(NAME, events(5_000, 12), 200);
    let undisturbed = Place::new();
    let server = serve(&group, Faults::none());
    ingest(&undisturbed, &server, DAY + 24 * HOUR, &[]).ok();
    // Hours are read side by side, so how many requests it takes to complete the first differs from run to run.
    let after = |twelfths: u64| {
        let place = Place::new();
        let expiring = Faults::none().expiring_after(server.requests() * twelfths / 12);
        let ended = ingest(&place, &serve(&group, expiring), DAY + 24 * HOUR, &[]);
        (place, ended)
    };
    let some = |(_, ended): &(Place, Ran)| ended.json()["rows"].as_u64().unwrap() > 0;
    let (place, ended) =
        (4..12).map(after).find(some).expect("no hour was complete before the token expired");
    assert!(ended.stderr.contains("run the same command"), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("from {IN_LAKE}@2025-03-10T")), "{}", ended.stderr);
    let rows = ended.json()["rows"].as_u64().unwrap();
    assert_eq!(ended.code, Some(5));
    assert!((1..5_000).contains(&rows) && place.rows().len() as u64 == rows, "{rows} rows");
    let rest = ingest(&place, &serve(&group, Faults::none()), DAY + 24 * HOUR, &[]).ok().json();
    assert_eq!(rest["rows"], 5_000 - rows);
    assert!(place.rows() == undisturbed.rows());
}

#[test]
fn who_may_not_read_is_told_what_to_allow() {
    let group = LogGroup::with(NAME, events(10, 2), 100);
    let denied = |what: &'static str| {
        let group = group.clone();
        Server::play(Faults::none(), move |request| {
            if request.operation() != what {
                return answer(&group, request);
            }
            let message =
                format!("User: arn:aws:iam::123456789012:user/u is not authorized to perform: logs:{what}");
            Response::error(request, 400, "AccessDeniedException", &message)
        })
    };
    let place = Place::new();
    let ran = ingest(&place, &denied("FilterLogEvents"), DAY + 24 * HOUR, &[]);
    let policy = "\"Action\": \"logs:FilterLogEvents\", \"Resource\": \
                  \"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/apigateway/orders:*\"";
    ran.fails(5, policy);
    // What only describes the group is another permission, and reading needs none of it.
    let ran = ingest(&place, &denied("DescribeLogGroups"), DAY + 24 * HOUR, &[]).ok();
    assert!(ran.stderr.contains("AWS denies logs:DescribeLogGroups"), "{}", ran.stderr);
    assert_eq!(ran.json()["rows"], 10);
}

#[test]
fn what_is_no_group_is_said() {
    let server = serve(&LogGroup::with(NAME, Vec::new(), 10), Faults::none());
    let place = Place::new();
    let ingest = |name: &str| {
        let arguments = ["ingest", name, "--format-string", REST, "--api-kind", "rest", "--since", "1d"];
        Ran::of(command(&place, &server.url(), &arguments).output().unwrap())
    };
    ingest("logs:/aws/apigateway/ordres").fails(3, "no such group");
    ingest("logs:/aws/*").fails(2, "patterns are not taken");
    ingest("logs:").fails(2, "names no log group");
    assert!(!place.path("gwcost-lake").exists());
}

#[test]
fn hours_that_retention_has_deleted_are_counted() {
    // The group keeps 90 days, and CloudWatch Logs deletes within three more.
    let server = serve(&LogGroup::with(NAME, Vec::new(), 10), Faults::none());
    let place = Place::new();
    let found = ingest(&place, &server, DAY + 94 * 24 * HOUR, &[]).ok().json();
    assert_eq!(figures(&found, &HOURS), [93 * 24, 93 * 24, 0, 24]);
}

#[test]
fn another_reading_is_refused_until_it_is_to_replace() {
    let stored = events(300, 3);
    let server = serve(&LogGroup::with(NAME, stored, 100), Faults::none());
    let place = Place::new();
    let now = DAY + 6 * HOUR;
    ingest(&place, &server, now, &["--keep-ip"]).ok();
    let before = place.rows();
    ingest(&place, &server, now, &[]).fails(3, "in another reading");
    assert!(place.rows() == before);

    // A format that reads nothing replaces nothing.
    let wrong =
        ["ingest", "logs:/aws/apigateway/orders", "--format-string", "$context.requestId x $context.status"];
    let wrong: Vec<&str> = wrong
        .into_iter()
        .chain(["--api-kind", "rest", "--api", "a", "--stage", "s", "--from", "2025-03-10", "--replace"])
        .chain(["--as-of", "2025-03-10T06:00:00Z"])
        .collect();
    let ran = Ran::of(command(&place, &server.url(), &wrong).output().unwrap());
    ran.fails(3, "none of 300 lines could be read");
    assert!(place.rows() == before);

    let replaced = ingest(&place, &server, now, &["--replace"]).ok().json();
    assert_eq!(figures(&replaced, &["rows", "units_replaced"]), [300, 6]);
    assert_eq!(place.rows().len(), 300);
    let again = ingest(&place, &server, now, &["--replace"]).ok().json();
    assert_eq!(figures(&again, &["rows", "units_replaced"]), [0, 0]);
    place.run(&["lake", "verify"]).ok();
}

#[test]
fn lines_that_lack_a_fact_ask_for_it() {
    let server = serve(&LogGroup::with(NAME, events(20, 2), 100), Faults::none());
    let place = Place::new();
    let format = REST.replace(r#""stage":"$context.stage","#, "\"stage\":\"prod\",");
    let arguments =
        ["ingest", "logs:/aws/apigateway/orders", "--format-string", format.as_str(), "--api-kind", "rest"];
    let window = ["--from", "2025-03-10", "--as-of", "2025-03-10T06:00:00Z"];
    let all: Vec<&str> = arguments.into_iter().chain(window).collect();
    Ran::of(command(&place, &server.url(), &all).output().unwrap()).fails(2, "add --stage");
    let all: Vec<&str> = all.into_iter().chain(["--stage", "prod"]).collect();
    Ran::of(command(&place, &server.url(), &all).output().unwrap()).ok();
    assert_eq!(place.rows().len(), 20);
}

#[test]
fn the_format_is_configured_or_told_by_the_lines() {
    let server = serve(&LogGroup::with(NAME, events(50, 2), 100), Faults::none());
    let place = Place::new();
    place.write(
        "gwcost.toml",
        format!(
            "[[source]]\nfiles = \"logs:/aws/apigateway/*\"\nformat_string = '{REST}'\napi_kind = \"rest\"\n"
        ),
    );
    let arguments =
        ["ingest", "logs:/aws/apigateway/orders", "--from", "2025-03-10", "--as-of", "2025-03-10T06:00:00Z"];
    let ran = Ran::of(command(&place, &server.url(), &arguments).output().unwrap()).ok();
    assert!(
        ran.stdout.contains("6 hours of log groups fetched\n4 hours of log groups without an event"),
        "{}",
        ran.stdout
    );
    assert_eq!(place.rows().len(), 50);

    let bare = Place::new();
    let empty = serve(&LogGroup::with(NAME, Vec::new(), 100), Faults::none());
    let ran = Ran::of(command(&bare, &empty.url(), &arguments).output().unwrap());
    ran.fails(2, "it holds no events in the window to tell it by");
}

#[test]
fn an_estimate_fetches_nothing() {
    let group = LogGroup::with(NAME, events(100, 2), 100);
    let server = Server::play(Faults::none(), move |request| {
        assert_ne!(request.operation(), "FilterLogEvents");
        answer(&group, request)
    });
    let place = Place::new();
    let estimate = |more: &[&str]| {
        let arguments = ["ingest", "logs:/aws/apigateway/orders", "--estimate", "--from", "2025-03-10"];
        let all: Vec<&str> = arguments
            .into_iter()
            .chain(["--as-of", "2025-03-10T10:00:00Z"])
            .chain(more.iter().copied())
            .collect();
        Ran::of(command(&place, &server.url(), &all).output().unwrap())
    };
    let found = estimate(&["--format", "json"]).ok().json();
    assert_eq!(found["schema"], "gwcost/ingest-estimate/1");
    let group = &found["groups"][0];
    assert_eq!(
        (&group["source"], &group["hours"], &group["bytes"], &group["events"]),
        (&IN_LAKE.into(), &10.into(), &5_000_000.into(), &20_000.into())
    );
    assert_eq!(group["calls"], json!({"least": 5, "most": 20}));
    assert_eq!(group["charges"][1]["charged"], "yes");
    let text = estimate(&[]).ok().stdout;
    assert!(text.contains("10 hours to fetch, from 2025-03-10T00:00:00Z to 2025-03-10T10:00:00Z"), "{text}");
    assert!(text.contains("5 to 20 calls of FilterLogEvents") && text.contains("not charged"), "{text}");
    assert!(!place.path("gwcost-lake").exists());
    place.run(&["ingest", "a.log", "--estimate"]).fails(2, "only what log groups");
}
