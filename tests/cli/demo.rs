//! The example: the whole job without set-up, and the same bytes for the same seed.

use crate::support::Place;

#[test]
fn the_demo_does_the_whole_job_and_can_be_repeated() {
    let place = Place::new();
    for _ in 0..2 {
        let ran = place.run(&["demo", "--requests", "20k"]).ok();
        assert!(ran.stdout.contains("October 2026"), "{}", ran.stdout);
        assert!(ran.stdout.contains("websocket"), "{}", ran.stdout);
    }
    for file in ["report.html", "report.md", "gwcost.toml", "logs/orders-prod.log.gz"] {
        assert!(place.path("gwcost-demo").join(file).exists(), "{file}");
    }
    let lake = ["--lake", "gwcost-demo/lake", "--month", "2026-10"];
    let json = place.analyze(&lake);
    assert_eq!(json["total"]["requests"], 20_000);
    assert_eq!(json["quality"]["rejects"], 0);
    assert_eq!(json["unpriced"].as_array().unwrap().len(), 0, "{}", json["unpriced"]);
}

#[test]
fn a_folder_that_is_not_a_demo_is_left_alone() {
    let place = Place::new();
    place.write("gwcost-demo/precious.txt", "x");
    place.run(&["demo", "--requests", "1k"]).fails(3, "--dir");
    assert!(place.path("gwcost-demo/precious.txt").exists());
}

#[test]
fn the_same_seed_writes_the_same_log() {
    let place = Place::new();
    let log = |seed: &str| {
        place
            .run(&["demo", "--requests", "5k", "--seed", seed, "--output", "-", "--api-kind", "http"])
            .ok()
            .stdout
    };
    let first = log("7");
    assert_eq!(first.lines().count(), 5000);
    assert_eq!(first, log("7"));
    assert_ne!(first, log("8"));
}
