//! `gwcost log-format`: findings, suggestions, proposals and the list, as scripts see them.

use std::fs;

use crate::support::{Line, Place, REST, lines};

#[test]
fn a_format_is_checked_as_string_file_preset_and_input() {
    let place = Place::new();
    place.write("format.txt", format!("{REST}\n"));
    let typed = place.run(&["log-format", "check", REST]).ok().stdout;
    assert!(typed.starts_with("as the format of a rest API:\n"), "{typed}");
    assert!(typed.contains("missing  no path: a cache what-if cannot be computed\n"), "{typed}");
    assert!(typed.contains("ok       transfer can be priced\n"), "{typed}");
    assert_eq!(place.run(&["log-format", "check", "format.txt"]).ok().stdout, typed);
    assert_eq!(place.run_with_input(&["log-format", "check"], REST.as_bytes()).ok().stdout, typed);
    let preset = place.run(&["log-format", "check", "http-clf"]).ok().stdout;
    assert!(preset.contains("limits   only whole seconds"), "{preset}");

    let json = ["log-format", "check", r#"{"s":$context.integrationLatency}"#, "--api-kind", "http"];
    let json = place.run(&[&json[..], &["--format", "json"]].concat()).ok().json();
    assert_eq!((&json["schema"], &json["api_kind"]), (&"gwcost/log-format-check/1".into(), &"http".into()));
    let findings = json["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| {
        finding["level"] == "limits"
            && finding["variables"][0] == "integrationLatency"
            && finding["what"].as_str().unwrap().contains("when the integration is not reached")
    }));
}

#[test]
fn what_is_no_format_is_refused_with_what_would_be_one() {
    let place = Place::new();
    place.write("empty.txt", "");
    place.run(&["log-format", "check", "rest-jsn"]).fails(2, "did you mean \"rest-json\"?");
    place.run(&["log-format", "check", "empty.txt"]).fails(2, "empty.txt: the log format holds no");
    place.run(&["log-format", "check", REST, "--api-kind", "rset"]).fails(2, "did you mean \"rest\"?");
    place
        .run(&["log-format", "check", "http-clf", "--api-kind", "rest"])
        .fails(2, "does not go with a preset");
    place.run(&["log-format", "suggest", "htpp"]).fails(2, "did you mean \"http\"?");
    place.run(&["log-format", "suggest", "rest", "--as", "teraform"]).fails(2, "terraform");
    place.run(&["log-format", "guess", "nowhere.log"]).fails(3, "nowhere.log");
}

#[test]
fn a_suggestion_lacks_nothing_and_comes_as_code() {
    let place = Place::new();
    for kind in ["rest", "http", "websocket"] {
        let format = place.run(&["log-format", "suggest", kind]).ok().stdout;
        let object: serde_json::Value = serde_json::from_str(&format).unwrap();
        assert!(object.as_object().unwrap().len() > 15 && format.trim().len() <= 3072, "{format}");
        let findings = place.run(&["log-format", "check", format.trim(), "--api-kind", kind]).ok().stdout;
        assert!(!findings.contains("missing "), "{kind}: {findings}");
        assert!(findings.contains("ok       lines are valid JSON, whatever is unset"), "{findings}");
        let yaml = place.run(&["log-format", "suggest", kind, "--as", "cloudformation"]).ok().stdout;
        assert!(yaml.contains(&format!("Format: '{}'\n", format.trim())), "{yaml}");
        let hcl = place.run(&["log-format", "suggest", kind, "--as", "terraform"]).ok().stdout;
        assert!(hcl.contains(&format!("format = \"{}\"\n", format.trim().replace('"', "\\\""))), "{hcl}");
        for (form, says) in [("cdk", "accessLog"), ("sam", "DestinationArn")] {
            let code = place.run(&["log-format", "suggest", kind, "--as", form]).ok().stdout;
            assert!(code.contains(says) && code.contains("$context.requestTimeEpoch"), "{code}");
        }
    }
}

#[test]
fn a_format_is_guessed_and_can_be_used() {
    let place = Place::new();
    let clf = r#"192.0.2.7 - - [17/Oct/2026:10:05:03 +0000] "GET /pets HTTP/1.1" 200 23 r1 x1="#;
    place.write("clf.log", format!("{clf}\n{clf}\n"));
    let found = place.run(&["log-format", "guess", "clf.log"]).ok();
    assert!(
        found.stderr.contains("certain: reads 2 of 2 lines\nit is the preset rest-clf\n"),
        "{}",
        found.stderr
    );
    place.write("format.txt", &found.stdout);
    let place_of = ["--account", "111122223333", "--region", "us-east-1", "--api", "a1", "--stage", "prod"];
    let ingest = ["ingest", "clf.log", "--format-file", "format.txt", "--api-kind", "rest"];
    place.run(&[&ingest[..], &place_of].concat()).ok();

    let json = ["log-format", "guess", "clf.log", "--lines", "1", "--format", "json"];
    let json = place.run(&json).ok().json();
    assert_eq!(json["schema"], "gwcost/log-format-guess/1");
    assert_eq!((&json["lines"], &json["lines_read"]), (&1.into(), &1.into()));
    assert_eq!((&json["certainty"], &json["presets"][0]), (&"certain".into(), &"rest-clf".into()));
}

#[test]
fn a_guess_that_lines_leave_open_exits_with_3_and_names_the_fields() {
    let place = Place::new();
    let line = r#"{"requestId":"r1","status":"200","integrationStatus":"200","colour":"red"}"#;
    let asked = ["log-format", "guess", "-"];
    let found = place.run_with_input(&asked, line.as_bytes());
    let found = found.fails(3, "ambiguous: key \"integrationStatus\" can be any of integrationStatus, ");
    assert!(found.stderr.contains("unknown: no variable fits key \"colour\""), "{}", found.stderr);
    assert!(found.stdout.contains("\"colour\":\"$context.unknown.colour\""), "{}", found.stdout);
    place.run_with_input(&asked, b"hello\n").fails(3, "error: -: no format can be proposed for 1 lines");
    place.run_with_input(&asked, b"\n").fails(3, "no lines");

    // Keys that only resemble variables make a likely format, not a certain one.
    place.write("a.log", lines(0, 3) + &Line { id: 9, ..Line::default() }.text());
    let found = place.run(&["log-format", "guess", "a.log"]);
    assert!(found.stderr.contains("ambiguous: key \"account\""), "{}", found.stderr);
    assert!(!fs::exists(place.path("gwcost-lake")).unwrap());
}

#[test]
fn presets_are_listed_with_their_strings() {
    let list = Place::new().run(&["log-format", "list"]).ok().stdout;
    assert!(list.contains("rest-clf\trest\t$context.identity.sourceIp $context.identity.caller"), "{list}");
    assert!(list.lines().all(|line| line.split('\t').count() == 3), "{list}");
}
