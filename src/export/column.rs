//! Tables and their columns: the one list that files, DDL and documentation are made from.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// Digits of a decimal column.
pub const PRECISION: u8 = 38;

/// How a column is stored. All of these are read alike by Athena, DuckDB, Spark, Trino, polars and pyarrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// INT64.
    Integer,
    /// BOOLEAN.
    Boolean,
    /// DATE.
    Date,
    /// TIMESTAMP in milliseconds of UTC.
    Time,
    /// DECIMAL of 38 digits with so many decimals.
    Decimal(u32),
}

impl Kind {
    pub(super) fn data_type(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Boolean => DataType::Boolean,
            Kind::Date => DataType::Date32,
            Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Kind::Decimal(scale) => DataType::Decimal128(PRECISION, i8::try_from(scale).unwrap_or(i8::MAX)),
        }
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name in Parquet and SQL.
    pub name: &'static str,
    /// How it is stored.
    pub kind: Kind,
    /// Whether every row has a value.
    pub required: bool,
    /// What it holds, with its unit.
    pub description: &'static str,
}

pub(super) const fn required(name: &'static str, kind: Kind, description: &'static str) -> Column {
    Column { name, kind, required: true, description }
}

pub(super) const fn nullable(name: &'static str, kind: Kind, description: &'static str) -> Column {
    Column { name, kind, required: false, description }
}

/// A table. Its files stand in `NAME/month=YYYY-MM/`; the month is no column of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The version of its shape. Adding a nullable column at the end keeps it.
    pub version: u32,
    /// What a row is.
    pub description: &'static str,
    /// Its columns in file order.
    pub columns: &'static [Column],
}

impl Table {
    /// The Arrow schema; a column's description is its metadata `comment`.
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &Column| {
            let comment = HashMap::from([("comment".to_owned(), column.description.to_owned())]);
            Field::new(column.name, column.kind.data_type(), !column.required).with_metadata(comment)
        };
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    /// What the footer of its files says, for readers that know no Arrow.
    pub fn facts(&self) -> Vec<(String, String)> {
        let mut facts = vec![
            ("gwcost.table".to_owned(), self.name.to_owned()),
            ("gwcost.schema_version".to_owned(), self.version.to_string()),
            ("gwcost.description".to_owned(), self.description.to_owned()),
        ];
        facts.extend(
            self.columns
                .iter()
                .map(|column| (format!("gwcost.column.{}", column.name), column.description.to_owned())),
        );
        facts
    }
}
