//! Lists of AWS's shape, made here: as they come, in another order, cut off, repeated, hostile.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::pricing::{CacheSize, Confidence};

/// A product and its tiers: begin, end, price.
#[derive(Clone, Debug)]
struct Product {
    sku: &'static str,
    family: &'static str,
    operation: &'static str,
    usage_type: &'static str,
    region: &'static str,
    currency: &'static str,
    tiers: Vec<(&'static str, &'static str, &'static str)>,
}

fn product(
    sku: &'static str,
    (family, operation, usage_type): (&'static str, &'static str, &'static str),
    region: &'static str,
    tiers: &[(&'static str, &'static str, &'static str)],
) -> Product {
    Product { sku, family, operation, usage_type, region, currency: "USD", tiers: tiers.to_vec() }
}

/// Ireland and N. Virginia with the tiers that AWS's list has, a family that nobody knows, and a price in euro.
fn products() -> Vec<Product> {
    let calls = "API Calls";
    vec![
        product(
            "REST1",
            (calls, "ApiGatewayRequest", "USE1-ApiGatewayRequest"),
            "us-east-1",
            &[
                ("1000000000", "20000000000", "0.0000023800"),
                ("0", "333000000", "0.0000035000"),
                ("20000000000", "Inf", "0.0000015100"),
                ("333000000", "1000000000", "0.0000028000"),
            ],
        ),
        product(
            "REST2",
            (calls, "ApiGatewayRequest", "EU-ApiGatewayRequest"),
            "",
            &[
                ("0", "333000000", "0.0000035000"),
                ("333000000", "1000000000", "0.0000031900"),
                ("1000000000", "20000000000.0000000000", "2.71E-6"),
                ("20000000000", "Inf", "0.0000017200"),
            ],
        ),
        product(
            "HTTP1",
            (calls, "ApiGatewayHttpApi", "ApiGatewayHttpRequest"),
            "",
            &[("300000000", "Inf", "0.0000009000"), ("0", "300000000", "0.0000010000")],
        ),
        product(
            "MIN1",
            ("WebSocket", "ApiGatewayWebSocket", "USE1-ApiGatewayMinute"),
            "us-east-1",
            &[("0", "Inf", "0.0000002500")],
        ),
        product(
            "CACHE1",
            ("Amazon API Gateway Cache", "?", "USE1-ApiGatewayCacheUsage:0.5GB"),
            "us-east-1",
            &[("0", "Inf", "0.0200000000")],
        ),
        product(
            "PORTAL",
            ("Amazon API Gateway Portals", "?", "USE1-Portal"),
            "us-east-1",
            &[("0", "Inf", "junk")],
        ),
        Product {
            currency: "EUR",
            ..product(
                "REST3",
                (calls, "ApiGatewayRequest", "ESE1-ApiGatewayRequest"),
                "eusc-de-east-1",
                &[("0", "Inf", "0.0000036514")],
            )
        },
    ]
}

fn json_text(products: &[Product]) -> String {
    let mut skus = Map::new();
    let mut terms = Map::new();
    for product in products {
        let attributes = json!({
            "usagetype": product.usage_type, "operation": product.operation, "regionCode": product.region,
            "location": "somewhere",
        });
        let entry = json!({"sku": product.sku, "productFamily": product.family, "attributes": attributes});
        skus.insert(product.sku.to_owned(), entry);
        let mut dimensions = Map::new();
        for (index, (begin, end, price)) in product.tiers.iter().enumerate() {
            let dimension = json!({
                "beginRange": begin, "endRange": end, "unit": "?", "pricePerUnit": {product.currency: price},
            });
            dimensions.insert(format!("{}.TERM.T{index}", product.sku), dimension);
        }
        let term = json!({"effectiveDate": "2026-09-01T00:00:00Z", "priceDimensions": dimensions});
        terms.insert(product.sku.to_owned(), json!({format!("{}.TERM", product.sku): term}));
    }
    json!({
        "formatVersion": "v1.0", "offerCode": "AmazonApiGateway", "publicationDate": "2026-09-21T23:14:04Z",
        "products": skus, "terms": {"OnDemand": terms},
    })
    .to_string()
}

/// Rows of a CSV list, without those above the names.
fn csv_rows(products: &[Product]) -> Vec<String> {
    let mut rows = Vec::new();
    for product in products {
        for (begin, end, price) in &product.tiers {
            let Product { sku, family, operation, usage_type, region, currency, .. } = product;
            rows.push(format!(
                "\"{sku}\",\"OnDemand\",\"2026-09-01\",\"{begin}\",\"{end}\",\"{price}\",\"{currency}\",\
                 \"{family}\",\"a, \"\"b\"\"\",\"{usage_type}\",\"{operation}\",\"{region}\"\r\n"
            ));
        }
    }
    rows
}

const CSV_HEAD: &str = "\"FormatVersion\",\"v1.0\"\r\n\"Disclaimer\",\"x\"\r\n\"Publication Date\",\"2026-09-21T23:14:04Z\"\r\n\
     \"Version\",\"1\"\r\n\"OfferCode\",\"AmazonApiGateway\"\r\n\
     \"SKU\",\"TermType\",\"EffectiveDate\",\"StartingRange\",\"EndingRange\",\"PricePerUnit\",\"Currency\",\
     \"Product Family\",\"Location\",\"usageType\",\"operation\",\"Region Code\"\r\n";

fn csv_text(rows: &[String]) -> String {
    format!("{CSV_HEAD}{}", rows.concat())
}

fn list() -> PriceList {
    parse(json_text(&products()).as_bytes()).unwrap()
}

fn error(products: &[Product]) -> String {
    let json = parse(json_text(products).as_bytes()).unwrap_err();
    let csv = parse(csv_text(&csv_rows(products)).as_bytes()).unwrap_err();
    let without_place = |error: &PriceListError| {
        error.to_string().split(": ").nth(1).and_then(|text| text.split(", at ").next()).map(str::to_owned)
    };
    assert_eq!(without_place(&json), without_place(&csv), "{json} / {csv}");
    format!("{json} / {csv}")
}

#[test]
fn cards_of_every_region_with_their_source() {
    let list = list();
    assert_eq!((list.offer.as_str(), list.published.as_str()), ("AmazonApiGateway", "2026-09-21T23:14:04Z"));
    let places: Vec<(&str, &str)> =
        list.cards.iter().map(|card| (card.region.as_str(), card.currency.as_str())).collect();
    assert_eq!(places, [("eu-west-1", "USD"), ("eusc-de-east-1", "EUR"), ("us-east-1", "USD")]);
    let virginia = &list.cards[2];
    let meters: Vec<Meter> = virginia.rates().iter().map(|rate| rate.meter).collect();
    let cache = Meter::CacheHours(CacheSize::Gb0_5);
    assert_eq!(meters, [Meter::RestRequests, Meter::HttpRequests, Meter::WebsocketMinutes, cache]);
    let rest = &virginia.rates()[0];
    let tiers: Vec<(Option<u64>, String)> =
        rest.tiers.steps().iter().map(|tier| (tier.up_to, tier.rate.to_string())).collect();
    let tier = |up_to, rate: &str| (up_to, rate.to_owned());
    assert_eq!(
        tiers,
        [
            tier(Some(333_000_000), "0.0000035"),
            tier(Some(1_000_000_000), "0.0000028"),
            tier(Some(20_000_000_000), "0.00000238"),
            tier(None, "0.00000151"),
        ]
    );
    assert_eq!((rest.effective.to_string().as_str(), rest.confidence), ("2026-09-01", Confidence::Published));
    assert_eq!(rest.source, "AWS price list for AmazonApiGateway, published 2026-09-21T23:14:04Z");
    assert_eq!(list.cards[0].rates()[0].tiers.steps()[2].rate.to_string(), "0.00000271");
    assert_eq!(list.cards[0].usage_type_prefix.as_deref(), Some("EU"));
    assert_eq!(list.unread, [("Amazon API Gateway Portals: Portal".to_owned(), 1)]);
}

#[test]
fn csv_says_the_same_in_any_order() {
    let mut rows = csv_rows(&products());
    assert_eq!(parse(csv_text(&rows).as_bytes()).unwrap(), list());
    rows.reverse();
    assert_eq!(parse(csv_text(&rows).as_bytes()).unwrap(), list());
}

#[test]
fn what_contradicts_itself_is_named_with_its_place() {
    let with = |change: &dyn Fn(&mut Product)| {
        let mut products = products();
        change(&mut products[0]);
        error(&products)
    };
    assert!(with(&|rest| rest.tiers[1].2 = "-1").contains("the price is \"-1\""));
    assert!(with(&|rest| rest.tiers[1].2 = "NaN").contains("expected a decimal"));
    assert!(with(&|rest| rest.tiers[1].1 = "333.5").contains("expected a whole number"));
    assert!(with(&|rest| rest.tiers[1].1 = "99999999999999999999").contains("the end of a tier"));
    assert!(with(&|rest| rest.tiers[1].1 = "333000001").contains("begins at 333000000 and not at 333000001"));
    assert!(with(&|rest| rest.tiers[2].1 = "30000000000").contains("nothing is above it"));
    assert!(
        with(&|rest| rest.tiers.retain(|tier| tier.0 != "0")).contains("begins at 333000000 and not at 0")
    );
    let twice = with(&|rest| rest.tiers.push(("0", "333000000", "0.0000035000")));
    assert!(twice.contains("rest_requests in us-east-1 has a price already"), "{twice}");
    assert!(twice.contains("REST1.TERM.T4") && twice.contains("line 10"), "{twice}");
    let mut two_skus = products();
    two_skus.push(Product { sku: "REST9", usage_type: "ApiGatewayRequest", ..two_skus[0].clone() });
    assert!(error(&two_skus).contains("has a price already"));
    let hostile = Product { currency: "$", ..products()[3].clone() };
    assert!(error(&[hostile]).contains("three capital letters"));
}

#[test]
fn a_region_that_would_be_a_path_is_no_region() {
    let products = [products()[0].clone(), Product { region: "../../etc/passwd", ..products()[3].clone() }];
    let list = parse(json_text(&products).as_bytes()).unwrap();
    assert_eq!(list.cards.len(), 1);
    assert_eq!(list.unread, [("WebSocket: ApiGatewayMinute".to_owned(), 1)]);
}

#[test]
fn names_that_stand_twice_are_found() {
    let text = json_text(&products());
    let twice = text.replace("\"HTTP1\":{\"HTTP1", "\"REST1\":{\"HTTP1");
    assert!(twice != text);
    assert!(
        parse(twice.as_bytes()).unwrap_err().to_string().contains("terms.OnDemand: \"REST1\" is there twice")
    );
    let no_price = text.replace("\"MIN1\":{\"MIN1", "\"MIN2\":{\"MIN1");
    assert!(parse(no_price.as_bytes()).unwrap_err().to_string().contains("products.MIN1: websocket_minutes"));
}

#[test]
fn what_is_no_price_list_is_said_so() {
    let says = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
    assert!(says("").contains("begins neither with a brace"));
    assert!(says("<html><body>503</body></html>").contains("begins neither with a brace"));
    assert!(says("{}").contains("offerCode"));
    assert!(says(&"{\"a\":".repeat(100_000)).contains("not a price list"));
    assert!(says(&json_text(&products()[5..6])).contains("holds no price that gwcost knows a meter for"));
    assert!(parse(b"{\xff").unwrap_err().to_string().contains("no UTF-8 after 1 bytes"));
    assert!(says(&CSV_HEAD.replace("\"Currency\"", "\"Money\"")).contains("no column \"currency\""));
}

proptest! {
    #[test]
    fn order_never_matters(keys in prop::collection::vec(any::<u32>(), 32)) {
        let mut rows = csv_rows(&products());
        let mut keys = keys.into_iter();
        rows.sort_by_cached_key(|_| keys.next());
        prop_assert_eq!(parse(csv_text(&rows).as_bytes()).unwrap(), list());
    }

    #[test]
    fn a_list_that_is_cut_off_is_never_taken_for_another(cut in 0.0f64..1.0) {
        let text = json_text(&products());
        let end = (text.len() as f64 * cut) as usize;
        prop_assert!(parse(&text.as_bytes()[..end]).is_err());
        // A CSV list that ends with a row's end can be whole: then what it holds is what the whole one holds.
        let text = csv_text(&csv_rows(&products()));
        let end = (text.len() as f64 * cut) as usize;
        if let Ok(part) = parse(&text.as_bytes()[..end]) {
            let whole = list();
            for card in &part.cards {
                let same = whole.cards.iter().find(|known| known.region == card.region).unwrap();
                prop_assert!(card.rates().iter().all(|rate| same.rates().contains(rate)));
            }
        }
    }

    #[test]
    fn repeated_rows_are_errors(index in 0usize..14) {
        let mut rows = csv_rows(&products());
        let known = !rows[index].contains("Portal");
        rows.push(rows[index].clone());
        prop_assert_eq!(parse(csv_text(&rows).as_bytes()).is_err(), known);
    }

    #[test]
    fn nothing_makes_it_panic(text in "\\PC*", at in 0usize..4000, piece in "[{}\\[\\]\",:0-9eE.Inf-]{0,6}") {
        drop(parse(text.as_bytes()));
        for mut text in [json_text(&products()), csv_text(&csv_rows(&products()))] {
            let at = at.min(text.len());
            if text.is_char_boundary(at) {
                text.insert_str(at, &piece);
            }
            if let Ok(list) = parse(text.as_bytes()) {
                for card in list.cards {
                    let read = RateCard::parse("x", &card.to_toml());
                    prop_assert_eq!(read.unwrap(), card);
                }
            }
        }
    }

    #[test]
    fn values_of_any_kind_are_errors_or_prices(value in prop_oneof![
        Just(Value::Null), Just(json!(1)), Just(json!([])), Just(json!("Inf")), Just(json!("1e400")), Just(json!({})),
    ], field in 0usize..6) {
        let name = ["beginRange", "endRange", "pricePerUnit", "effectiveDate", "regionCode", "usagetype"][field];
        let text = json_text(&products()[3..4]);
        let start = text.find(&format!("\"{name}\":")).unwrap() + name.len() + 3;
        let rest = &text[start..];
        let end = if rest.starts_with('{') { rest.find('}').unwrap() + 1 } else { rest[1..].find('"').unwrap() + 2 };
        drop(parse(format!("{}{value}{}", &text[..start], &rest[end..]).as_bytes()));
    }
}
