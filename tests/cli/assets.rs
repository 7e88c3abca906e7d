//! Every rate card parses, every template renders, and a user's file replaces an embedded one.

use gwcost::analysis::Catalog;
use gwcost::assets::{Assets, Folder};
use gwcost_core::pricing::{RateCard, Terms};

use crate::support::Place;

#[test]
fn every_rate_card_is_one_and_names_its_sources() {
    let assets = Assets::default().all(Folder::Pricing).unwrap();
    let files: Vec<_> =
        assets.iter().map(|asset| (asset.name.clone(), asset.text.clone(), asset.origin())).collect();
    Catalog::new(&files, None, Terms::default()).unwrap();
    let is_card =
        |name: &str| !["billing-rules.toml", "cloudfront-plans.toml", "free-allowances.toml"].contains(&name);
    for asset in assets.iter().filter(|asset| is_card(&asset.name)) {
        let card = RateCard::parse(&asset.name, &asset.text).unwrap();
        assert_eq!(asset.name, format!("{}.toml", card.region));
        assert!(!card.rates().is_empty());
        for rate in card.rates() {
            assert!(rate.source.len() > 20, "{} {}", asset.name, rate.meter);
        }
    }
}

#[test]
fn assets_are_listed_shown_and_exported() {
    let place = Place::new();
    let list = place.run(&["assets", "list"]).ok().stdout;
    assert!(list.contains("pricing/us-east-1.toml\tembedded") && list.contains("templates/report.html"));
    assert!(place.run(&["assets", "show", "usage.sql"]).ok().stdout.contains("GROUP BY"));
    place.run(&["assets", "show", "usage.sq"]).fails(2, "did you mean \"usage.sql\"?");
    assert!(place.run(&["assets", "export", "mine"]).ok().stdout.contains("0 left as they were"));
    assert!(place.run(&["assets", "export", "mine"]).ok().stdout.contains("0 files written"));
    let list = place.run(&["assets", "list", "--assets", "mine"]).ok().stdout;
    assert!(!list.contains("embedded"), "{list}");
}

#[test]
fn a_broken_card_is_named_with_what_is_wrong() {
    let place = Place::new();
    place.run(&["demo", "--requests", "1k"]).ok();
    place.write("mine/pricing/eu-west-1.toml", "schema_version = 1\nregion = \"eu-west-1\"\n");
    let lake = ["--lake", "gwcost-demo/lake", "--month", "2026-10"];
    place
        .run(&[&["analyze", "--assets", "mine"][..], &lake].concat())
        .fails(3, "mine/pricing/eu-west-1.toml");
    place.write(
        "other/queries/usage.sql",
        "SELECT {dimensions}, COUNT(*) AS requests FROM requests GROUP BY {dimensions}",
    );
    place
        .run(&[&["analyze", "--assets", "other"][..], &lake].concat())
        .fails(3, "returns no column \"month\"");
}
