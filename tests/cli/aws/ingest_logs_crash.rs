//! A log group through a bad network, with the process killed again and again: the lake is the one of a run
//! that nothing disturbs.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::log_group::LogGroup;
use super::logs_service::{DAY, HOUR, NAME, arguments, command, events, serve};
use super::recorded::{Fault, Faults, Server};
use crate::support::Place;

const NETWORK: [Fault; 5] =
    [Fault::Latency, Fault::Reset, Fault::ResetInBody, Fault::Truncated, Fault::SlowDrip];

fn run(place: &Place, server: &Server) -> std::process::Command {
    let arguments = arguments(DAY + 48 * HOUR);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = command(place, &server.url(), &arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn killed_twenty_times_it_brings_every_event_once() {
    let group = LogGroup::with(NAME, events(200_000, 24), 5_000);
    let server = serve(&group, Faults::none());
    let undisturbed = Place::new();
    let started = Instant::now();
    assert!(run(&undisturbed, &server).status().unwrap().success());
    let whole = started.elapsed();

    let proxy = Server::in_front_of(server.address(), Faults::of(5, 30, &NETWORK));
    let place = Place::new();
    for attempt in 1..=20u32 {
        let mut child = run(&place, &proxy).spawn().unwrap();
        // Spread over the run by a step that shares no factor with it.
        std::thread::sleep(whole * (attempt * 7 % 20) / 20 + Duration::from_millis(u64::from(attempt)));
        // It may have finished; then it stays as it is.
        child.kill().ok();
        child.wait().unwrap();
    }
    assert!(run(&place, &proxy).status().unwrap().success());
    assert!(proxy.faults() * 5 > proxy.requests(), "{} of {}", proxy.faults(), proxy.requests());
    let (rows, expected) = (place.rows(), undisturbed.rows());
    assert_eq!((rows.len(), expected.len()), (200_000, 200_000));
    assert!(rows == expected);
    place.run(&["lake", "verify"]).ok();
}

#[test]
fn aborted_at_a_step_of_a_commit_it_goes_on() {
    let group = LogGroup::with(NAME, events(3_000, 10), 500);
    let server = serve(&group, Faults::none());
    let undisturbed = Place::new();
    assert!(run(&undisturbed, &server).status().unwrap().success());
    for step in ["before-duplicates", "after-prepared", "after-rename", "before-committed", "after-committed"]
    {
        let place = Place::new();
        assert!(!run(&place, &server).env("GWCOST_FAILPOINT", step).status().unwrap().success(), "{step}");
        assert!(run(&place, &server).status().unwrap().success(), "{step}");
        assert!(place.rows() == undisturbed.rows(), "{step}");
    }
}
