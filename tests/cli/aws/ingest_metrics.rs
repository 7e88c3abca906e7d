//! Metrics on their way into the lake, and the log held against them: what a report says of coverage.

use std::process::Command;

use gwcost::analysis::cache::{CacheCounts, StageId, counted};
use gwcost::analysis::{MethodKey, StageKey, metric_sums};
use gwcost::command::ingest::metrics::{MetricsSummary, estimate_metrics, ingest_metrics};
use gwcost::lake::{Lake, WritableLake, visit_metrics};
use gwcost::source::aws::Aws;
use gwcost_core::model::settings::RegionSettings;
use gwcost_core::model::{DAY_MS, Window};
use serde_json::Value;

use super::client::config;
use super::cloudwatch::CloudWatch;
use super::recorded::{Faults, Server};
use crate::support::{OCTOBER_MS, Place, lines, python};

const OCTOBER_S: i64 = OCTOBER_MS / 1000;
const HOUR_S: i64 = 3600;
/// The first two days of October.
const WINDOW: Window = Window { from_ms: OCTOBER_MS, to_ms: OCTOBER_MS + 2 * DAY_MS };
/// Everything in it has settled.
const LATER: i64 = OCTOBER_MS + 3 * DAY_MS;
const ANALYZE: [&str; 4] = ["--from", "2026-10-01", "--to", "2026-10-03"];

/// The API that the logs of [`lines`] are of, and others beside it.
fn settings() -> RegionSettings {
    let text = r#"{"account":"111122223333","region":"us-east-1","rest_apis":[
        {"id":"a1b2c3d4e5","name":"Bestellungen für Köln","stages":[{"name":"prod","cache_cluster_enabled":true,
            "cache_cluster_size":"0.5","method_settings":{"*/*":{"metrics_enabled":true}}}],
         "resources":[{"path":"/pets","methods":[{"http_method":"GET"}]}]},
        {"id":"twin1","name":"twins","stages":[{"name":"prod"}]},
        {"id":"twin2","name":"twins","stages":[{"name":"prod"},{"name":"dev"}]}],
        "v2_apis":[{"id":"h1","name":"twins","protocol":"HTTP","stages":[{"name":"$default"}]}]}"#;
    serde_json::from_str(text).unwrap()
}

const STAGE: [(&str, &str); 2] = [("ApiName", "Bestellungen fr Kln"), ("Stage", "prod")];

fn count(cloudwatch: &CloudWatch, hour: i64, requests: u32) {
    cloudwatch.put("Count", "Sum", &STAGE, OCTOBER_S + hour * HOUR_S, f64::from(requests));
    let method = [STAGE[0], STAGE[1], ("Resource", "/pets"), ("Method", "GET")];
    cloudwatch.put("Count", "Sum", &method, OCTOBER_S + hour * HOUR_S, f64::from(requests));
}

fn serve(cloudwatch: &CloudWatch) -> Server {
    let cloudwatch = cloudwatch.clone();
    Server::play(Faults::none(), move |request| cloudwatch.answer(request))
}

fn ingest(place: &Place, server: &Server, settings: &RegionSettings, now_ms: i64) -> MetricsSummary {
    let aws = Aws::with_config(config(&server.url(), "eu-west-1")).unwrap();
    let mut lake = WritableLake::open(&place.path("gwcost-lake"), || {}).unwrap();
    ingest_metrics(&mut lake, &aws, settings, WINDOW, now_ms).unwrap()
}

/// The values of a metric in the lake, by level, in order of time.
fn values(place: &Place, metric: &str, level: &str) -> Vec<i64> {
    let lake = Lake::open(&place.path("gwcost-lake")).unwrap();
    let mut found = Vec::new();
    visit_metrics(&lake, WINDOW, |row| {
        if row.metric == metric && row.level == level {
            found.push((row.start_ms, row.value));
        }
    })
    .unwrap();
    found.sort_unstable();
    found.into_iter().map(|(_, value)| value).collect()
}

/// Two hours of a request a second, and metrics that counted more in the second one.
fn covered() -> (Place, CloudWatch, Server) {
    let place = Place::new();
    place.write("a.log", lines(0, 7200));
    place.ingest("a.log");
    let cloudwatch = CloudWatch::default();
    count(&cloudwatch, 0, 3600);
    count(&cloudwatch, 1, 5000);
    let server = serve(&cloudwatch);
    (place, cloudwatch, server)
}

fn stage_key() -> StageKey {
    StageKey {
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        api: "a1b2c3d4e5".to_owned(),
        stage: "prod".to_owned(),
    }
}

#[test]
fn the_log_is_held_against_what_was_counted() {
    let (place, _, server) = covered();
    assert_eq!(place.analyze(&ANALYZE)["quality"]["coverage_by_stage"], Value::Null);
    let summary = ingest(&place, &server, &settings(), LATER);
    assert_eq!((summary.failed.len(), summary.looks, summary.values), (0, 6, 4));
    assert!(
        summary.shared[0].contains("stage prod of API twin1") && summary.shared.len() == 2,
        "{summary:?}"
    );

    let quality = place.analyze(&ANALYZE)["quality"].clone();
    // 7,200 of 8,600.
    assert_eq!(quality["coverage"], "0.837209");
    let stage = &quality["coverage_by_stage"][0];
    assert_eq!(
        (&stage["api"], &stage["logged"], &stage["counted"]),
        (&"a1b2c3d4e5".into(), &7200.into(), &8600.into())
    );
    assert_eq!(stage["verdict"], "partial");
    assert_eq!((&stage["days"][0]["day"], &stage["days"][0]["hours"]), (&"2026-10-01".into(), &24.into()));
    assert_eq!(quality["coverage_by_stage"].as_array().unwrap().len(), 1, "{quality}");
    let note = quality["notes"][0].as_str().unwrap();
    assert!(
        note.starts_with(
            "the log holds 83.7% of the requests that CloudWatch counted; lowest: API a1b2c3d4e5 stage prod on \
             2026-10-01: 83.7%, 7,200 of 8,600"
        ),
        "{note}"
    );
    // Only the first hour: complete.
    let hour = ["--from", "2026-09-30T23:30:00Z", "--to", "2026-10-01T01:30:00Z"];
    let quality = place.analyze(&hour)["quality"].clone();
    assert_eq!(
        (&quality["coverage"], &quality["coverage_by_stage"][0]["days"][0]["hours"]),
        (&"1".into(), &1.into())
    );
    // Method and route say nothing of a stage's count; another API does.
    let by_route = place.analyze(&[&ANALYZE[..], &["--route", "/none"]].concat());
    assert_eq!(by_route["quality"]["coverage"], "0.837209");
    let other = place.analyze(&[&ANALYZE[..], &["--api", "twin*"]].concat());
    assert_eq!(other["quality"]["coverage"], Value::Null);

    let table = place.run(&[&["analyze"][..], &ANALYZE].concat()).ok().stdout;
    assert!(table.contains("83.7% of the requests that AWS counted"), "{table}");
    for page in ["r.html", "r.md"] {
        place.run(&[&["report", "--output", page][..], &ANALYZE].concat()).ok();
        let text = std::fs::read_to_string(place.path(page)).unwrap();
        assert!(text.contains("8,600") && text.contains("complete on 0 of 1 days"), "{text}");
    }
}

#[test]
fn what_was_counted_is_priced_with_the_spread_of_the_log() {
    let (place, _, server) = covered();
    ingest(&place, &server, &settings(), LATER);
    let plain = place.analyze(&ANALYZE);
    assert_eq!(
        (&plain["total"]["requests"], &plain["total"]["request_cost"]),
        (&7200.into(), &"0.0252".into())
    );
    let both = &plain["by_metrics"];
    assert_eq!(
        (&both["applied"], &both["requests_logged"], &both["requests_counted"]),
        (&false.into(), &7200.into(), &8600.into())
    );
    assert_eq!(both["cost_logged"], plain["total"]["cost"]);
    assert!(
        plain["quality"]["notes"].to_string().contains("the 8,600 that CloudWatch counted would cost 0.03"),
        "{plain}"
    );

    let scaled = place.analyze(&[&ANALYZE[..], &["--scale-to-metrics"]].concat());
    let total = &scaled["total"];
    // 8,600 requests of 1,024 bytes.
    assert_eq!((&total["requests"], &total["request_cost"]), (&8600.into(), &"0.0301".into()));
    assert_eq!(total["response_bytes"], 8600 * 1024);
    assert_eq!(scaled["by_metrics"]["applied"], true);
    assert_eq!(scaled["by_metrics"]["cost_logged"], plain["total"]["cost"]);
    assert_eq!(scaled["by_metrics"]["cost_counted"], both["cost_counted"]);
    let bill = [&["bill", "--scale-to-metrics", "--format", "json"][..], &ANALYZE].concat();
    assert_eq!(place.run(&bill).ok().json()["total"], total["cost"]);
}

#[test]
fn a_stage_and_its_methods_are_never_added_up() {
    let (place, cloudwatch, server) = covered();
    cloudwatch.put("CacheHitCount", "Sum", &STAGE, OCTOBER_S, 90.0);
    let method = [STAGE[0], STAGE[1], ("Resource", "/pets"), ("Method", "GET")];
    cloudwatch.put("CacheHitCount", "Sum", &method, OCTOBER_S, 70.0);
    ingest(&place, &server, &settings(), LATER);
    assert_eq!(values(&place, "Count", "stage"), [3600, 5000]);
    assert_eq!(values(&place, "Count", "method"), [3600, 5000]);
    let lake = Lake::open(&place.path("gwcost-lake")).unwrap();
    let sums = metric_sums(&lake, WINDOW, &["Count", "CacheHitCount", "CacheMissCount"]).unwrap();
    assert_eq!(sums.stage(&stage_key(), "Count").unwrap().value, 8600);
    let cache = sums.cache(&stage_key());
    assert_eq!((cache.hits, cache.misses), (Some(90), None), "what nobody counted is no zero");
    let pets =
        MethodKey { stage: stage_key(), method: Some("GET".to_owned()), route: Some("/pets".to_owned()) };
    assert_eq!(sums.method_cache(&pets).hits, Some(70));
    assert_eq!(sums.methods(&stage_key()), [&pets]);
    let counts = counted(&lake, WINDOW, LATER).unwrap();
    let StageKey { account, region, api, stage } = stage_key();
    let prod = &counts[&StageId { account, region, api, stage }];
    assert_eq!(prod.all, CacheCounts { hits: 90, misses: 0 });
    let of_pets = prod.methods.get(&(pets.method.clone(), pets.route.clone()));
    assert_eq!(of_pets, Some(&CacheCounts { hits: 70, misses: 0 }));
    let part = Window { from_ms: OCTOBER_MS + 1, to_ms: OCTOBER_MS + 2 * HOUR_S * 1000 };
    let sums = metric_sums(&lake, part, &["Count"]).unwrap();
    assert_eq!(sums.stage(&stage_key(), "Count").unwrap().value, 5000);
    assert_eq!(sums.messages(&stage_key()), None);
}

#[test]
fn late_values_replace_what_had_not_settled_and_the_rest_is_not_asked_again() {
    let (place, cloudwatch, server) = covered();
    // Three hours after the requests, of which two count in full.
    let soon = OCTOBER_MS + 5 * HOUR_S * 1000;
    ingest(&place, &server, &settings(), soon);
    let quality = place.analyze(&ANALYZE)["quality"].clone();
    assert_eq!(quality["coverage"], Value::Null, "nothing has settled yet: {quality}");
    let stage = &quality["coverage_by_stage"][0];
    assert_eq!((&stage["verdict"], &stage["counted"]), (&"no_settled_hours".into(), &Value::Null));
    assert!(!quality["notes"].to_string().contains("CloudWatch"), "{quality}");
    count(&cloudwatch, 1, 7200 - 3600);
    count(&cloudwatch, 2, 11);
    let later = ingest(&place, &server, &settings(), LATER);
    assert_eq!((later.values_changed, later.values), (2, 6));
    assert_eq!(values(&place, "Count", "stage"), [3600, 3600, 11]);
    let day = place.analyze(&ANALYZE)["quality"]["coverage_by_stage"][0]["days"][0].clone();
    assert_eq!(
        (&day["logged"], &day["counted"], &day["verdict"]),
        (&7200.into(), &7211.into(), &"complete".into())
    );

    let asked = server.requests();
    let again = ingest(&place, &server, &settings(), LATER + DAY_MS);
    assert_eq!((again.looks, again.metrics_requested, server.requests()), (0, 0, asked));
    let lake = Lake::open(&place.path("gwcost-lake")).unwrap();
    let estimate = estimate_metrics(lake.records(), &settings(), WINDOW, LATER + DAY_MS);
    assert_eq!((estimate.looks, estimate.metrics_requested), (0, 0));
    let estimate = estimate_metrics(&[], &settings(), WINDOW, LATER);
    // Ten of each of two REST stages, nine of the HTTP stage, seven of the method.
    assert_eq!((estimate.stages, estimate.looks, estimate.metrics_requested), (3, 6, 36));
}

#[test]
fn a_name_that_two_apis_have_is_attributed_to_none_and_says_so() {
    let place = Place::new();
    place.write("a.log", lines(0, 100).replace("a1b2c3d4e5", "twin1"));
    place.ingest("a.log");
    let cloudwatch = CloudWatch::default();
    cloudwatch.put("Count", "Sum", &[("ApiName", "twins"), ("Stage", "prod")], OCTOBER_S, 500.0);
    cloudwatch.put("Count", "Sum", &[("ApiName", "twins"), ("Stage", "dev")], OCTOBER_S, 5.0);
    let server = serve(&cloudwatch);
    ingest(&place, &server, &settings(), LATER);
    assert_eq!(values(&place, "Count", "stage"), [5], "only the stage that one of them has");
    let quality = place.analyze(&ANALYZE)["quality"].clone();
    let of = |stage: &str| {
        let stages = quality["coverage_by_stage"].as_array().unwrap();
        stages.iter().find(|found| found["stage"] == stage).unwrap()
    };
    assert_eq!((&of("prod")["api"], &of("prod")["verdict"]), (&"twin1".into(), &"no_metrics".into()));
    assert_eq!(of("prod")["shared_with"][0], "twin2");
    // Nothing of this stage is logged.
    assert_eq!((&of("dev")["share"], &of("dev")["verdict"]), (&"0".into(), &"partial".into()));
    let notes = quality["notes"].to_string();
    assert!(notes.contains("together with API twin2, which has the same name"), "{notes}");
}

#[test]
fn the_lake_stays_whole() {
    let (place, _, server) = covered();
    ingest(&place, &server, &settings(), OCTOBER_MS + 5 * HOUR_S * 1000);
    ingest(&place, &server, &settings(), LATER);
    let verify = || {
        let ran = place.run(&["lake", "verify"]);
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    };
    verify();
    let before = place.analyze(&ANALYZE);
    let list = place.run(&["lake", "list"]).ok().stdout;
    assert!(
        list.contains("metrics: 5 stages on 2 days, from 2026-10-01 00:00 to 2026-10-03 00:00"),
        "{list}"
    );
    place.run(&["lake", "compact", "--as-of", "2026-10-10"]).ok();
    verify();
    assert_eq!(place.analyze(&ANALYZE), before);
    place.run(&["lake", "upgrade"]).ok();
    place.run(&["lake", "forget", "a.log", "--yes"]).ok();
    verify();
    assert_eq!(values(&place, "Count", "stage"), [3600, 5000]);
    place.run(&["lake", "forget", "--before", "2026-10-02", "--yes"]).ok();
    verify();
    assert!(values(&place, "Count", "stage").is_empty());
}

#[test]
fn a_damaged_file_of_metrics_is_found() {
    let (place, _, server) = covered();
    ingest(&place, &server, &settings(), LATER);
    let folder = place.path("gwcost-lake/metrics/dt=2026-10-01");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    place.run(&["lake", "verify"]).fails(3, "");
    std::fs::write(&file, &bytes[..100]).unwrap();
    place.run(&[&["analyze"][..], &ANALYZE].concat()).fails(3, "bytes where");
    std::fs::copy(place.path("a.log"), folder.join("x.parquet")).unwrap();
    let found = place.run(&["lake", "verify", "--format", "json"]).fails(3, "").json();
    assert!(found["findings"].to_string().contains("stray_file"), "{found}");
}

/// The same from the files alone, by another engine and in its own words.
#[test]
fn duckdb_finds_the_same_coverage() {
    let (place, _, server) = covered();
    place.write("b.log", lines(90_000, 3000));
    place.ingest("b.log");
    ingest(&place, &server, &settings(), LATER);
    let script = r"
import duckdb, sys
lake = sys.argv[1]
print(duckdb.sql(f'''
    WITH logged AS (
        SELECT api, stage, CAST(time AT TIME ZONE 'UTC' AS DATE) AS day, count(*) AS n
        FROM read_parquet('{lake}/requests/*/*.parquet', hive_partitioning = false) GROUP BY ALL),
    counted AS (
        SELECT api, stage, CAST(period_start AT TIME ZONE 'UTC' AS DATE) AS day, sum(value) AS n
        FROM read_parquet('{lake}/metrics/*/*.parquet', hive_partitioning = false)
        WHERE metric = 'Count' AND statistic = 'Sum' AND level = 'stage' AND settled GROUP BY ALL)
    SELECT logged.day || ' ' || logged.n || ' ' || coalesce(counted.n::BIGINT::VARCHAR, '-') AS line
    FROM logged LEFT JOIN counted USING (api, stage, day) ORDER BY 1
''').fetchall())
";
    let ran = Command::new(python()).args(["-c", script]).arg(place.path("gwcost-lake")).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    let quality = place.analyze(&ANALYZE)["quality"].clone();
    let days = quality["coverage_by_stage"][0]["days"].as_array().unwrap().clone();
    let line = |day: &Value| {
        let counted = day["counted"].as_u64().map_or_else(|| "-".to_owned(), |counted| counted.to_string());
        format!("('{} {} {counted}',)", day["day"].as_str().unwrap(), day["logged"])
    };
    let expected = format!("[{}]", days.iter().map(line).collect::<Vec<_>>().join(", "));
    assert_eq!(said.trim(), expected);
    assert_eq!(days.len(), 2);
    assert_eq!((&days[1]["verdict"], &days[1]["logged"]), (&"no_metrics".into(), &3000.into()));
}
