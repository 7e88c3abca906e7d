//! Routes made from paths: patterns, the cap, and the command that finds both.

use serde_json::{Value, json};

use crate::support::{OCTOBER_MS, Place};

/// A format that holds the path and no route.
const PATHS: &str = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","path":"$context.path","status":"$context.status","bytes":"$context.responseLength","latency":"$context.responseLatency"}"#;

/// One line for each path, in the format [`PATHS`]; the n-th took n ms and has n KB.
fn log(api: &str, paths: &[&str]) -> String {
    let line = |(at, path): (usize, &&str)| {
        format!(
            "{{\"id\":\"{api}{at}=\",\"epoch\":\"{}\",\"account\":\"111122223333\",\"api\":\"{api}\",\
             \"stage\":\"prod\",\"method\":\"GET\",\"path\":\"/prod{path}\",\"status\":\"200\",\"bytes\":\"{}\",\
             \"latency\":\"{}\"}}\n",
            OCTOBER_MS + at as i64 * 1000,
            1024 * at,
            at
        )
    };
    paths.iter().enumerate().map(line).collect()
}

/// Arguments that ingest `file` in the format [`PATHS`].
fn ingest<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let format =
        ["--format-string", PATHS, "--region", "us-east-1", "--api-kind", "rest", "--format", "json"];
    [&["ingest", file], &format[..], more].concat()
}

/// Routes with their requests, in the order of names.
fn routes(analysis: &Value) -> Vec<String> {
    let shown = |row: &Value| format!("{} {}", row["route"].as_str().unwrap_or("-"), row["requests"]);
    let mut routes: Vec<String> = analysis["rows"].as_array().unwrap().iter().map(shown).collect();
    routes.sort();
    routes
}

fn october(place: &Place, more: &[&str]) -> Value {
    place.analyze(&[&["--month", "2026-10"], more].concat())
}

#[test]
fn patterns_name_the_routes_that_paths_make() {
    let place = Place::new();
    place.write(
        "a.log",
        log("a1", &["/acme/orders/7", "/acme/orders/open", "/users/me", "/users/jo", "/files/x/y"]),
    );
    place.write("b.log", log("b2", &["/acme/orders/7", "/users/jo"]));
    place.write(
        "gwcost.toml",
        "[[routes]]\npatterns = [\"/users/{name}\", \"/users/me\"]\n[[routes]]\napi = \"a1\"\n\
         patterns = [\"/{tenant}/orders/{order}\", \"/files/{path+}\"]\n",
    );
    place.run(&ingest("*.log", &[])).ok();
    assert_eq!(
        routes(&october(&place, &[])),
        [
            "/acme/orders/{id} 1",
            "/files/{path+} 1",
            "/users/me 1",
            "/users/{name} 1",
            "/users/{name} 1",
            "/{tenant}/orders/{order} 2"
        ]
    );
    assert!(october(&place, &[])["rows"].as_array().unwrap().iter().all(|row| row["templated"] == true));
}

#[test]
fn content_that_was_read_with_other_patterns_is_not_read_twice() {
    let place = Place::new();
    place.write("a.log", log("a1", &["/users/jo", "/users/mo"]));
    place.run(&ingest("a.log", &[])).ok();
    let units = || {
        let record = std::fs::read_dir(place.path("gwcost-lake/_units")).unwrap().next().unwrap().unwrap();
        serde_json::from_slice::<Value>(&std::fs::read(record.path()).unwrap()).unwrap()["units"].clone()
    };
    // Lakes that were written before there were patterns have no such key either.
    assert_eq!(units()[0]["reading"].get("route_patterns"), None);

    place.write("gwcost.toml", "[[routes]]\npatterns = [\"/users/{name}\", \"/a\"]\n");
    place.run(&ingest("a.log", &[])).fails(3, "in another way (other route patterns); add --replace");
    assert_eq!(routes(&october(&place, &[])), ["/users/jo 1", "/users/mo 1"]);
    place.run(&ingest("a.log", &["--replace"])).ok();
    assert_eq!(routes(&october(&place, &[])), ["/users/{name} 2"]);
    assert_eq!(units()[0]["reading"]["route_patterns"].as_str().unwrap().len(), 12);

    // The order of patterns makes no difference, nor does how many routes are shown.
    place.write("gwcost.toml", "[[routes]]\npatterns = [\"/a\", \"/users/{name}\"]\nmost = 3\n");
    let summary = place.run(&ingest("a.log", &[])).ok().json();
    assert_eq!((&summary["units_skipped"], &summary["units"]), (&1.into(), &0.into()));
    std::fs::remove_file(place.path("gwcost.toml")).unwrap();
    place.run(&ingest("a.log", &[])).fails(3, "other route patterns");
}

#[test]
fn patterns_matter_only_to_logs_whose_paths_they_can_match() {
    let place = Place::new();
    place.write("rest.log", crate::support::lines(0, 3));
    place.ingest("rest.log");
    let given = PATHS.replace("\"api\":\"$context.apiId\",", "");
    place.write("given.log", log("b2", &["/users/jo"]).replace("\"api\":\"b2\",", ""));
    let arguments =
        ["ingest", "given.log", "--format-string", &given, "--region", "us-east-1", "--api", "b2"];
    let arguments = [&arguments[..], &["--api-kind", "rest", "--format", "json"]].concat();
    place.run(&arguments).ok();
    // One log holds no path, the other is of another API.
    place.write("gwcost.toml", "[[routes]]\napi = \"a1\"\npatterns = [\"/users/{name}\"]\n");
    assert_eq!(place.ingest("rest.log")["units_skipped"], 1);
    assert_eq!(place.run(&arguments).ok().json()["units_skipped"], 1);
    place.write("gwcost.toml", "[[routes]]\napi = \"b2\"\npatterns = [\"/users/{name}\"]\n");
    assert_eq!(place.ingest("rest.log")["units_skipped"], 1);
    place.run(&arguments).fails(3, "other route patterns");
}

#[test]
fn the_busiest_routes_are_kept_and_the_rest_is_one() {
    let place = Place::new();
    let paths = ["/busy", "/busy", "/busy", "/b", "/c", "/b", "/d", "/e", "/busy"];
    place.write("a.log", log("a1", &paths));
    place.write("b.log", log("b2", &["/b"]));
    place.run(&ingest("*.log", &[])).ok();
    let all = october(&place, &[]);
    assert_eq!(all["rows"].as_array().unwrap().len(), 6);

    place.write("gwcost.toml", "[[routes]]\nmost = 2\n");
    let few = october(&place, &[]);
    assert_eq!(few["total"], all["total"]);
    assert_eq!(routes(&few), ["(other) 3", "/b 1", "/b 2", "/busy 4"]);
    let other = few["rows"].as_array().unwrap().iter().find(|row| row["route"] == "(other)").unwrap();
    // Of 4, 6 and 7 ms: percentiles of single routes would not add up to these.
    assert_eq!((&other["p50_ms"], &other["p95_ms"]), (&json!(6), &json!(7)));
    assert_eq!((&other["templated"], &other["response_bytes"]), (&json!(true), &json!(17 * 1024)));
    let sum: rust_decimal::Decimal = few["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["cost"].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap())
        .sum();
    assert_eq!(sum.normalize().to_string(), few["total"]["cost"].as_str().unwrap());
    let notes = few["quality"]["notes"].to_string();
    assert!(notes.contains("3 of these routes are shown as one, (other)"), "{notes}");

    // Grouped without the API, /b of both stays one row, and percentiles follow.
    let by_route = october(&place, &["--by", "route", "--sort", "name"]);
    assert_eq!(routes(&by_route), ["(other) 3", "/b 3", "/busy 4"]);
    let p99 = |name: &str, analysis: &Value| {
        let rows = analysis["rows"].as_array().unwrap();
        rows.iter().find(|row| row["route"] == name).unwrap()["p99_ms"].clone()
    };
    assert_eq!((p99("/b", &by_route), p99("/busy", &by_route)), (json!(5), json!(8)));
    // What is asked for by name is there, though it is not among the busiest.
    let asked = october(&place, &["--route", "/[de]"]);
    assert_eq!((routes(&asked), p99("/e", &asked)), (vec!["/d 1".to_owned(), "/e 1".to_owned()], json!(7)));
    let rest = october(&place, &["--route", "(other)", "--by", "api"]);
    assert_eq!((&rest["total"]["requests"], &rest["rows"][0]["p99_ms"]), (&json!(3), &json!(7)));

    place.write("gwcost.toml", "[[routes]]\nmost = 5\n[[routes]]\napi = \"a1\"\nmost = 1\n");
    assert_eq!(routes(&october(&place, &[])), ["(other) 5", "/b 1", "/busy 4"]);
    place.run(&["report", "--month", "2026-10", "--output", "r.json", "--output", "r.html"]).ok();
    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(place.path("r.json")).unwrap()).unwrap();
    let report = &report["analysis"];
    assert_eq!((routes(report), &report["total"]), (routes(&october(&place, &[])), &all["total"]));
}

#[test]
fn logged_routes_are_never_merged() {
    let place = Place::new();
    let log: String = (0..9)
        .map(|id| crate::support::Line { id, second: id as i64, ..Default::default() }.text())
        .collect();
    let routes_of = |text: &str| (0..9).map(|at| format!("/r{at}{text}")).collect::<Vec<_>>();
    let lines: String =
        log.lines().zip(routes_of("")).map(|(line, route)| line.replace("/pets", &route) + "\n").collect();
    place.write("a.log", lines);
    place.ingest("a.log");
    place.write("gwcost.toml", "[[routes]]\nmost = 2\n");
    assert_eq!(routes(&october(&place, &[])), routes_of(" 1"));
}

/// Words that nothing takes for identifiers.
fn words() -> impl Iterator<Item = String> {
    (b'a'..=b'z')
        .flat_map(|one| (b'a'..=b'e').map(move |two| format!("w{}{}", char::from(one), char::from(two))))
}

#[test]
fn routes_are_found_in_files_and_in_the_lake_and_their_patterns_are_used() {
    let place = Place::new();
    let mut paths: Vec<String> = words().map(|word| format!("/products/{word}")).collect();
    paths.extend((0..40).flat_map(|id| [format!("/users/{id}/orders"), "/products/search".to_owned()]));
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    place.write("a.log", log("a1", &paths));
    let file = ["log-format", "routes", "a.log", "--format-string", PATHS, "--api-kind", "rest"];
    let table = place.run(&file).ok().stdout;
    assert!(
        table.contains("API a1: 210 requests have a route made from their path, 132 routes\n"),
        "{table}"
    );
    assert!(table.contains("40  /users/{id}/orders  {id} 40  /users/0/orders\n"), "{table}");
    assert!(table.contains("/products/{id}: 130 values in 130 requests, as waa, wab, wac; "), "{table}");
    let toml = place.run(&[&file[..], &["--format", "toml"]].concat()).ok().stdout;
    assert!(table.ends_with(&toml), "{toml}");
    let few = place.run(&[&file[..], &["--most", "1"]].concat()).ok().stdout;
    assert!(few.contains("and 131 routes with fewer requests"), "{few}");

    let json = place.run(&[&file[..], &["--format", "json"]].concat()).ok().json();
    assert_eq!((&json["schema"], &json["requests"]), (&"gwcost/log-format-routes/1".into(), &210.into()));
    let found = &json["apis"][0];
    assert_eq!(found["routes"][1]["variables"], json!([{"name": "{id}", "values": 40, "more": false}]));
    assert_eq!(found["suggestions"][0]["words"], json!(["search"]));
    let patterns = json!(["/products/search", "/products/{id}", "/users/{id}/orders"]);
    assert_eq!(found["patterns"], patterns);

    // The lake says the same of its own paths.
    place.run(&ingest("a.log", &[])).ok();
    let lake = ["log-format", "routes", "--format", "json"];
    assert_eq!(place.run(&lake).ok().json(), json);
    // The printed patterns are a configuration that leaves nothing to suggest.
    place.write("gwcost.toml", &toml);
    let kept = place.run(&lake).ok().json();
    assert_eq!((&kept["apis"][0]["suggestions"], &kept["apis"][0]["patterns"]), (&json!([]), &patterns));
    assert_eq!(kept["apis"][0]["routes"][0]["route"], "/products/{id}");
    assert_eq!(kept["apis"][0]["routes"][0]["origin"], "pattern");
    place.run(&ingest("a.log", &["--replace"])).ok();
    assert_eq!(
        routes(&october(&place, &["--by", "route"])),
        ["/products/search 40", "/products/{id} 130", "/users/{id}/orders 40"]
    );
}

#[test]
fn a_format_may_be_a_preset_a_source_or_what_the_lines_look_like() {
    let place = Place::new();
    place.write("a.log", log("a1", &["/users/7", "/users/8"]));
    let counted = |arguments: &[&str]| {
        let all = [&["log-format", "routes", "--format", "json"], arguments].concat();
        let found = place.run(&all).ok().json()["apis"][0].clone();
        (found["api"].clone(), found["routes"][0]["route"].clone(), found["requests"].clone())
    };
    place.write("format.txt", PATHS);
    let expected = (json!("a1"), json!("/users/{id}"), json!(2));
    assert_eq!(counted(&["a.log", "--format-file", "format.txt", "--api-kind", "rest"]), expected);
    place.write(
        "gwcost.toml",
        "[[source]]\nfiles = \"*.log\"\nformat_file = \"format.txt\"\napi_kind = \"rest\"\n",
    );
    assert_eq!(counted(&["a.log"]), expected);
    // The stage of a REST API comes from its line, from a flag or from the source.
    let bare = r#"{"path":"$context.path"}"#;
    place.write("bare.log", "{\"path\":\"/dev/users/9\"}\n{\"path\":\"-\"}\n");
    let bare = ["bare.log", "--format-string", bare, "--api-kind", "rest", "--stage", "dev", "--api", "b2"];
    assert_eq!(counted(&bare), (json!("b2"), json!("/users/{id}"), json!(1)));
    // A log that says its routes needs none of its paths.
    let routed = PATHS.replace("\"method\":", "\"route\":\"$context.resourcePath\",\"method\":");
    let line = log("a1", &["/users/7"]);
    let with = |route: &str| line.replace("\"method\":", &format!("\"route\":\"{route}\",\"method\":"));
    place.write("r.log", with("/users/{userId}") + &with("-"));
    let arguments = ["log-format", "routes", "r.log", "--format-string", &routed];
    let none = place.run(&arguments).ok();
    assert_eq!(none.stdout, "no request has a route made from its path\n");
    place.write("p.log", with("/{proxy+}"));
    assert_eq!(
        counted(&["p.log", "--format-string", &routed]),
        (json!("a1"), json!("/users/{id}"), json!(1))
    );
}

#[test]
fn what_cannot_be_surveyed_is_refused_with_the_way_out() {
    let place = Place::new();
    place.write("a.log", log("a1", &["/users/7"]));
    place.write("x.log", "nothing of the kind\n");
    let routes = |more: &[&str]| place.run(&[&["log-format", "routes"], more].concat());
    routes(&[]).fails(3, "no lake at gwcost-lake");
    routes(&["nowhere.log", "--preset", "http-clf"]).fails(3, "nowhere.log");
    routes(&["a.log", "--preset", "http-clf"]).fails(2, "its format holds no `$context.path`");
    routes(&["a.log", "--format-string", PATHS]).fails(2, "add --api-kind");
    routes(&["a.log", "--format-string", PATHS, "--api-kind", "websocket"]).fails(2, "has no paths");
    routes(&["x.log"]).fails(2, "give --preset, --format-string or --format-file");
    routes(&["x.log", "--format-string", PATHS, "--api-kind", "rest"])
        .fails(3, "none of its lines could be read");
    routes(&["--preset", "http-clf"]).fails(2, "INPUT");
    routes(&["a.log", "--preset", "htp-clf"]).fails(2, "did you mean \"http-clf\"?");
    place.write("gwcost.toml", "[[routes]]\npatterns = [\"/users/*\"]\n");
    place
        .run(&["analyze"])
        .fails(2, "gwcost.toml: in the [[routes]] without api, \"/users/*\" is no route pattern");
    place.write("gwcost.toml", "[[routes]]\npatern = [\"/users\"]\n");
    place.run(&["analyze"]).fails(2, "unknown key \"patern\" in [[routes]]: expected api, most, patterns");
}
