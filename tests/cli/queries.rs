//! The folder is the list: every query returns its declared columns, keeps to portable SQL, and
//! DuckDB gives the same answer over the same files.

use std::process::Command;

use gwcost::analysis::{Dimension, QUERIES, Queries, parse_dimensions, requests};
use gwcost::assets::{Assets, Folder};
use gwcost::lake::Lake;
use gwcost_core::model::Month;
use polars::prelude::AnyValue;
use serde_json::{Value, json};

use crate::support::{Place, python};

#[test]
fn queries_keep_to_portable_sql() {
    let assets = Assets::default().all(Folder::Queries).unwrap();
    assert_eq!(assets.len(), QUERIES.len(), "a query that nothing runs, or one that has no file");
    for asset in assets {
        assert!(QUERIES.iter().any(|query| query.file == asset.name), "{}", asset.name);
        let code: String =
            asset.text.lines().map(|line| line.split("--").next().unwrap()).collect::<Vec<_>>().join("\n");
        assert_eq!(code.matches('{').count(), code.matches("{dimensions}").count(), "{}", asset.name);
        for forbidden in
            ["/", "%", "::", "FLOAT", "DOUBLE", "DECIMAL", "ROUND", "QUANTILE", "LOG(", "1.0", "WHERE time"]
        {
            assert!(
                !code.to_uppercase().contains(&forbidden.to_uppercase()),
                "{} uses {forbidden}",
                asset.name
            );
        }
        let allowed = ["COUNT", "SUM", "MIN", "MAX", "COALESCE", "FROM", "IN", "AND", "OR"];
        for (at, _) in code.match_indices('(') {
            let before = code[..at].trim_end();
            let word = before
                .rsplit(|character: char| !character.is_ascii_alphanumeric() && character != '_')
                .next();
            let word = word.unwrap().to_uppercase();
            assert!(word.is_empty() || allowed.contains(&word.as_str()), "{} calls {word}", asset.name);
        }
    }
}

fn value(value: &AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(value) => json!(value),
        AnyValue::String(value) => json!(value),
        AnyValue::StringOwned(value) => json!(value.as_str()),
        AnyValue::Int64(value) => json!(value),
        other => panic!("a query returned {other:?}"),
    }
}

#[test]
fn polars_and_duckdb_agree_on_every_query() {
    let place = Place::new();
    place.run(&["demo", "--requests", "30k"]).ok();
    let lake_folder = place.path("gwcost-demo/lake");
    let lake = Lake::open(&lake_folder).unwrap();
    let assets = Assets::default().all(Folder::Queries).unwrap();
    let queries = Queries::new(assets.into_iter().map(|asset| (asset.name, asset.text)).collect());
    let window = "2026-10".parse::<Month>().unwrap().window();
    let mut results = 0;
    for query in QUERIES {
        for by in ["endpoint", "account,region", "api,day,key", "hour_of_day,weekday", "hour"] {
            let dimensions: Vec<Dimension> = parse_dimensions(by).unwrap();
            let frame = requests(&lake, window, &dimensions, None).unwrap();
            let answer = queries.run(query, frame, &dimensions).unwrap();
            let mut columns: Vec<&str> = dimensions.iter().map(|dimension| dimension.name()).collect();
            columns.extend(query.keys.iter().chain(query.measures));
            let found: Vec<&str> = answer.get_column_names().into_iter().map(|name| name.as_str()).collect();
            assert_eq!(found, columns, "{} returns its declared columns", query.file);
            let rows: Vec<Value> = (0..answer.height())
                .map(|row| answer.columns().iter().map(|column| value(&column.get(row).unwrap())).collect())
                .collect();
            assert!(!rows.is_empty());
            let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.name()).collect();
            let result = json!({
                "query": query.file.trim_end_matches(".sql"),
                "dimensions": names.join(", "),
                "columns": columns,
                "rows": rows,
            });
            place.write(&format!("results/{results}.json"), result.to_string());
            results += 1;
        }
    }
    let output = Command::new(python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/independent/lake_sql.py"))
        .arg("--lake")
        .arg(&lake_folder)
        .args(["--queries", concat!(env!("CARGO_MANIFEST_DIR"), "/queries"), "--polars-results"])
        .arg(place.path("results"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
