//! Statements that make the tables known to an engine, from the one list of columns.

use super::column::{Kind, PRECISION, Table};

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Amazon Athena, with partitions that it computes itself.
    Athena,
    /// DuckDB: views over the files.
    DuckDb,
    /// Spark SQL.
    Spark,
    /// Trino with its Hive connector.
    Trino,
}

/// What joins a table of figures with its dimension, by name of the view.
const VIEWS: [(&str, &str, &str, &str); 4] = [
    ("endpoint_cost_daily_named", "endpoint_cost_daily", "endpoint", "endpoint_id"),
    ("endpoint_usage_hourly_named", "endpoint_usage_hourly", "endpoint", "endpoint_id"),
    ("endpoint_latency_hourly_named", "endpoint_latency_hourly", "endpoint", "endpoint_id"),
    ("client_cost_daily_named", "client_cost_daily", "client", "client_id"),
];

/// The statements for tables whose folders stand in `location`, and views that join them with their dimensions.
pub fn ddl(dialect: Dialect, tables: &[&Table], location: &str) -> String {
    let location = location.trim_end_matches('/');
    let mut text = String::new();
    for table in tables {
        text.push_str(&match dialect {
            Dialect::DuckDb => duckdb(table, location),
            Dialect::Athena => athena(table, location),
            Dialect::Spark => spark(table, location),
            Dialect::Trino => trino(table, location),
        });
        text.push('\n');
    }
    for (view, facts, dimension, key) in VIEWS {
        if tables.iter().any(|table| table.name == facts) {
            text.push_str(&joined(view, facts, dimension, key, tables));
            text.push('\n');
        }
    }
    text
}

/// A view with the columns of both, each named, so that no engine meets one twice.
fn joined(view: &str, facts: &str, dimension: &str, key: &str, tables: &[&Table]) -> String {
    let columns = |name: &str| -> Vec<&str> {
        let table = tables.iter().find(|table| table.name == name);
        table.into_iter().flat_map(|table| table.columns).map(|column| column.name).collect()
    };
    let of_facts = columns(facts);
    let mut selected: Vec<String> = of_facts.iter().map(|name| format!("f.{name}")).collect();
    selected.push("f.month".to_owned());
    let new = columns(dimension).into_iter().filter(|name| !of_facts.contains(name));
    selected.extend(new.map(|name| format!("d.{name}")));
    format!(
        "CREATE OR REPLACE VIEW {view} AS\nSELECT\n  {}\nFROM {facts} AS f\nJOIN {dimension} AS d ON d.{key} = f.{key} AND d.month = f.month;\n",
        selected.join(",\n  ")
    )
}

/// Text between single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn duckdb(table: &Table, location: &str) -> String {
    let files = quoted(&format!("{location}/{}/*/*.parquet", table.name));
    let mut text = format!(
        "CREATE OR REPLACE VIEW {} AS\nSELECT * FROM read_parquet({files}, hive_partitioning = true, hive_types = {{'month': VARCHAR}});\n",
        table.name
    );
    text.push_str(&format!("COMMENT ON VIEW {} IS {};\n", table.name, quoted(table.description)));
    text
}

fn hive_type(kind: Kind) -> String {
    match kind {
        Kind::Text => "string".to_owned(),
        Kind::Integer => "bigint".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Date => "date".to_owned(),
        Kind::Time => "timestamp".to_owned(),
        Kind::Decimal(scale) => format!("decimal({PRECISION},{scale})"),
    }
}

/// Columns with their comments; a backslash would be an escape in Hive and Spark, so there is none.
fn hive_columns(table: &Table) -> String {
    let column = |column: &super::Column| {
        let comment = column.description.replace('\'', "’").replace('\\', "/");
        format!("  `{}` {} COMMENT '{comment}'", column.name, hive_type(column.kind))
    };
    table.columns.iter().map(column).collect::<Vec<_>>().join(",\n")
}

fn athena(table: &Table, location: &str) -> String {
    format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS {name} (\n{columns}\n)\nPARTITIONED BY (`month` string)\nSTORED AS PARQUET\n\
         LOCATION {place}\nTBLPROPERTIES (\n  'projection.enabled' = 'true',\n  'projection.month.type' = 'date',\n  \
         'projection.month.format' = 'yyyy-MM',\n  'projection.month.range' = '2020-01,NOW',\n  \
         'projection.month.interval' = '1',\n  'projection.month.interval.unit' = 'MONTHS'\n);\n",
        name = table.name,
        columns = hive_columns(table),
        place = quoted(&format!("{location}/{}/", table.name)),
    )
}

fn spark(table: &Table, location: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {name} (\n{columns},\n  `month` string\n)\nUSING PARQUET\nPARTITIONED BY (`month`)\n\
         LOCATION {place};\nMSCK REPAIR TABLE {name};\n",
        name = table.name,
        columns = hive_columns(table),
        place = quoted(&format!("{location}/{}", table.name)),
    )
}

fn trino(table: &Table, location: &str) -> String {
    let kind = |kind: Kind| match kind {
        Kind::Text => "varchar".to_owned(),
        Kind::Time => "timestamp(3)".to_owned(),
        other => hive_type(other),
    };
    let column = |column: &super::Column| {
        format!("  {} {} COMMENT {}", column.name, kind(column.kind), quoted(column.description))
    };
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    format!(
        "CREATE TABLE IF NOT EXISTS {name} (\n{columns},\n  month varchar\n)\nWITH (\n  format = 'PARQUET',\n  \
         external_location = {place},\n  partitioned_by = ARRAY['month']\n);\n\
         CALL system.sync_partition_metadata(CURRENT_SCHEMA, {quoted_name}, 'FULL');\n",
        name = table.name,
        columns = columns.join(",\n"),
        place = quoted(&format!("{location}/{}/", table.name)),
        quoted_name = quoted(table.name),
    )
}

#[cfg(test)]
mod tests {
    use super::super::star_columns::STAR;
    use super::*;

    #[test]
    fn every_table_and_column_is_declared_in_every_dialect() {
        for dialect in [Dialect::Athena, Dialect::Spark, Dialect::Trino] {
            let text = ddl(dialect, &STAR, "s3://bucket/it's/");
            for table in STAR {
                assert!(text.contains(&format!("TABLE IF NOT EXISTS {} (", table.name)), "{text}");
            }
            assert!(text.matches("decimal(38,10)").count() > 10);
            assert!(text.contains("'s3://bucket/it''s/endpoint"), "{text}");
        }
        let duckdb = ddl(Dialect::DuckDb, &STAR, "/tmp/star");
        assert!(duckdb.contains("read_parquet('/tmp/star/rate/*/*.parquet'"), "{duckdb}");
        assert!(duckdb.contains("d.route\nFROM endpoint_cost_daily AS f"), "{duckdb}");
    }
}
