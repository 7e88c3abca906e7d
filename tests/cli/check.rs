//! Checks as a pipeline runs them: what was found is written, then the exit code says whether it will do.

use crate::support::{Line, Place, lines};

/// 40 requests a day from 1 to 14 October, five seconds of latency and a 500 each tenth.
fn place(config: &str) -> Place {
    let place = Place::new();
    let mut text = String::new();
    for id in 0..560 {
        let day = (id / 40) as i64;
        let status = if id % 10 == 0 { 500 } else { 200 };
        let route = if id % 4 == 0 { "/slow" } else { "/fast" };
        let latency = if route == "/slow" { 5000 } else { 20 };
        let second = day * 86_400 + (id % 40) as i64;
        text += &Line { id, second, route, status, latency, ..Line::default() }.text();
    }
    place.write("a.log", text);
    place.ingest("a.log");
    place.write("gwcost.toml", config);
    place
}

const WINDOW: [&str; 5] = ["check", "--from", "2026-10-01", "--to", "2026-10-15"];

fn check(place: &Place, more: &[&str]) -> crate::support::Ran {
    place.run(&[&WINDOW[..], more].concat())
}

#[test]
fn the_output_comes_first_and_the_exit_code_names_what_failed() {
    let place = place(
        "[[check]]\nname = \"slow\"\neach = \"endpoint\"\np95_ms = 300\n\
         [[check]]\nname = \"errors\"\nrate_5xx = \"10%\"\nrate_4xx = \"1%\"\n\
         [[check]]\nname = \"money\"\nbudget = \"1.00\"\ngrowth_per_week = \"5%\"\ncost_per_1000 = \"1.00\"\n",
    );
    let ran =
        check(&place, &[]).fails(10, "error: slow: p95 of latency of a1b2c3d4e5/prod GET /slow in us-east-1");
    assert!(
        ran.stdout.starts_with("2026-10-01 to 2026-10-14: 1 of 7 checks failed, 560 requests"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("5,000 ms") && ran.stdout.contains("≤ 300 ms") && !ran.stdout.contains("/fast")
    );
    let answer = check(&place, &["--all", "--format", "json"]).fails(10, "slow").json();
    let of = |measure: &str| {
        let all = answer["checks"].as_array().unwrap();
        all.iter().find(|check| check["measure"] == measure).unwrap().clone()
    };
    // Exactly a tenth, and the limit itself is kept to.
    assert_eq!(
        (of("rate_5xx")["found"].as_str(), of("rate_5xx")["outcome"].as_str()),
        (Some("0.1"), Some("held"))
    );
    assert_eq!(of("growth_per_week")["found"], "0");
    // 560 requests at $3.50 a million and 560 KiB of transfer at $0.09 a GB.
    assert_eq!(of("budget")["found"], "0.0020080652");
    check(&place, &["--rule", "errors"]).ok();
    check(&place, &["--rule", "eror*"]).fails(2, "expected one of slow, errors, money");
}

#[test]
fn machines_read_the_same() {
    let place = place("[[check]]\nname = \"slow\"\neach = \"endpoint\"\np95_ms = 300\n");
    let junit = check(&place, &["--format", "junit"]).fails(10, "slow").stdout;
    assert!(junit.contains("tests=\"2\" skipped=\"0\" failures=\"1\" errors=\"0\""), "{junit}");
    let sarif = check(&place, &["--format", "sarif"]).fails(10, "slow").json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "gwcost.toml");
    assert_eq!((sarif["version"].as_str(), results[0]["level"].as_str()), (Some("2.1.0"), Some("error")));
}

#[test]
fn what_cannot_be_told_is_no_pass() {
    let place = place(
        "[[check]]\nname = \"tagged\"\ntag = \"team=orders\"\nbudget = \"1\"\n\
         [[check]]\nname = \"nobody\"\napi = \"zz*\"\nbudget = \"1\"\n\
         [[check]]\nname = \"covered\"\ncoverage = \"99%\"\n\
         [[check]]\nname = \"cache\"\ncache_net = \"0\"\n",
    );
    let ran = check(&place, &[]).fails(10, "tags are not known");
    for says in
        ["no request of the window is in the scope", "has no metrics", "which caches there are is not known"]
    {
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
    }
    check(&place, &["--rule", "nobody", "--allow-empty"]).ok();
    check(&place, &["--rule", "tagged", "--allow-empty"]).fails(10, "tags are not known");
}

#[test]
fn a_window_that_holds_little_fails_unless_that_is_fine() {
    let place = place("");
    let empty = ["check", "--month", "2026-08"];
    place.run(&empty).fails(10, "the window holds no request");
    place.run(&[&empty[..], &["--allow-empty"]].concat()).ok();
    // 14 of 31 days.
    let thin = ["check", "--month", "2026-10", "--allow-empty"];
    place.run(&thin[..3]).fails(10, "only 14 of the window's 31 days have requests");
    // AWS's thresholds: 10 % of the requests end with a 500, and a tenth takes five seconds.
    let ran =
        place.run(&thin).fails(10, "requests with a 5xx status of a1b2c3d4e5/prod in us-east-1 is 10.0%");
    assert!(ran.stderr.contains("p90 of latency") && ran.stdout.contains("AWS's recommended alarms"));
}

#[test]
fn alone_it_says_what_there_is() {
    let place = Place::new();
    let nothing = place.run(&[]).ok().stdout;
    assert!(nothing.contains("there is no lake yet") && nothing.contains("gwcost demo"), "{nothing}");
    place.write("a.log", lines(0, 3));
    place.ingest("a.log");
    let some = place.run(&["--as-of", "2026-11-20"]).ok().stdout;
    assert!(some.contains("3 requests from 2026-10-01 to 2026-10-01"), "{some}");
    assert!(some.contains("gwcost analyze --month 2026-10"), "{some}");
}

#[test]
fn shells_and_man_learn_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&["completions", shell]).ok().stdout;
        assert!(script.contains("throttle") && script.contains("allow-empty"), "{shell}");
    }
    place.run(&["completions", "bsh"]).fails(2, "bash");
    assert!(place.run(&["man"]).ok().stdout.contains(".TH gwcost"));
    place.run(&["man", "--output", "pages"]).ok();
    assert!(std::fs::read_to_string(place.path("pages/gwcost-check.1")).unwrap().contains("allow"));
}
