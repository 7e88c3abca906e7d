//! SQL over the lake, typed or by name, and what is said of a statement that cannot be run.

use serde_json::json;

use crate::support::{Line, Place, lines};

fn place() -> Place {
    let place = Place::new();
    let late = Line { id: 9_000, second: 20 * 86_400, status: 500, route: "/=toys", ..Line::default() };
    place.write("a.log", lines(0, 100) + &late.text());
    place.ingest("a.log");
    place
}

#[test]
fn a_statement_is_answered_in_every_format() {
    let place = place();
    let sql = "SELECT route, COUNT(*) AS n, MAX(time) AS last FROM requests GROUP BY route ORDER BY n DESC";
    let run = |more: &[&str]| place.run(&[&["query", sql, "--month", "2026-10"][..], more].concat());
    let json = run(&["--format", "json"]).ok().json();
    assert_eq!(json["schema"], "gwcost/query/1");
    assert_eq!(
        json["rows"],
        json!([["/pets", 100, "2026-10-01T00:01:39Z"], ["/=toys", 1, "2026-10-21T00:00:00Z"]])
    );
    assert_eq!(json["truncated"], false);
    let csv = run(&["--format", "csv"]).ok().stdout;
    assert!(csv.starts_with("route,n,last\n/pets,100,"), "{csv}");
    assert!(run(&["--format", "markdown"]).ok().stdout.contains("| /pets | 100 |"));
    assert!(run(&[]).ok().stdout.starts_with("route"));
    let cut = run(&["--limit", "1", "--format", "json"]).ok();
    assert_eq!(cut.json()["truncated"], true);
    assert!(cut.stderr.contains("--limit keeps more"), "{}", cut.stderr);
    // Only the window is read.
    let early = ["query", "SELECT COUNT(*) AS n FROM requests", "--from", "2026-10-01", "--to", "2026-10-02"];
    let early = place.run(&[&early[..], &["--format", "csv"]].concat()).ok().stdout;
    assert_eq!(early, "n\n100\n");
}

#[test]
fn a_parquet_file_is_written_whole() {
    let place = place();
    let arguments = ["query", "latency", "--param", "dimensions=api", "--month", "2026-10"];
    place.run(&[&arguments[..], &["--format", "parquet", "-o", "out.parquet"]].concat()).ok();
    let file = std::fs::File::open(place.path("out.parquet")).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let names: Vec<_> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["api", "latency_ms", "requests"]);
    assert_eq!(reader.metadata().file_metadata().num_rows(), 1);
    assert!(!place.path("out.parquet.part").exists());
    place.run(&[&arguments[..], &["--format", "parquet"]].concat()).fails(2, "add --output FILE");
}

#[test]
fn named_queries_take_dimensions_and_values() {
    let place = place();
    let run = |more: &[&str]| {
        place.run(&[&["query", "errors", "--month", "2026-10", "--format", "csv"][..], more].concat())
    };
    let by_route = run(&["--param", "dimensions=route"]).ok().stdout;
    assert_eq!(by_route, "route,error_status,response_type,requests\n/=toys,500,,1\n");
    run(&["--param", "dimensions=rotue"]).fails(2, "did you mean \"route\"?");
    run(&["--param", "dimension=route"]).fails(2, "did you mean \"dimensions\"?");
    // A user's own query, with a value that would be SQL if it could.
    place.write(
        "mine/queries/of-route.sql",
        "-- Of a route.\nSELECT COUNT(*) AS n FROM requests WHERE route = {route}",
    );
    let own = ["query", "of-route", "--assets", "mine", "--month", "2026-10", "--format", "csv", "--param"];
    let count = |value: &str| place.run(&[&own[..], &[value]].concat()).ok().stdout;
    assert_eq!(count("route=/pets"), "n\n100\n");
    assert_eq!(count("route=' OR '1'='1"), "n\n0\n");
    let listed = place.run(&["query", "--list", "--assets", "mine"]).ok().stdout;
    assert!(listed.contains("of-route: Of a route.") && listed.contains("latency_ms: integer."), "{listed}");
}

#[test]
fn what_cannot_be_run_says_what_could() {
    let place = place();
    let fails = |sql: &str, says: &str| drop(place.run(&["query", sql, "--month", "2026-10"]).fails(2, says));
    fails("SELECT rotue FROM requests", "unknown column \"rotue\"");
    fails("SELECT rotue FROM requests", "did you mean \"route\"?");
    fails("SELECT * FROM requets", "did you mean \"requests\"?");
    fails("SELEC * FROM requests", "the statement cannot be run");
    fails("latencies", "did you mean \"latency\"?");
    fails("SELECT 1; SELECT 2", "one (and only one) statement");
    place.run(&["query"]).fails(2, "<SQL|NAME>");
}
