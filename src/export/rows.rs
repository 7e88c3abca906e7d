//! Rows of a table on their way into Arrow: each value is held to its column.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::column::{Column, Kind, Table};
use super::error::ExportError;

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Not known, or not applicable.
    Null,
    /// UTF-8.
    Text(String),
    /// A count.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// A day.
    Date(Date),
    /// Milliseconds of Unix time.
    Time(i64),
    /// An amount or a quantity.
    Decimal(Decimal),
}

/// Text.
pub fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// Text, where there is any.
pub fn maybe(value: Option<&str>) -> Value {
    value.map_or(Value::Null, text)
}

/// A count; beyond what INT64 holds it is the largest.
pub fn count(value: u64) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

/// A count, where there is one.
pub fn maybe_count(value: Option<u64>) -> Value {
    value.map_or(Value::Null, count)
}

/// An amount, where it is known.
pub fn amount(value: Option<Decimal>) -> Value {
    value.map_or(Value::Null, Value::Decimal)
}

/// Rows of one table.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Whose.
    pub table: &'static Table,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    /// None yet.
    pub fn new(table: &'static Table) -> Rows {
        Rows { table, rows: Vec::new() }
    }

    /// Adds a row, its values in the order of the columns.
    pub fn push(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Puts them in the order of their values, and leaves out repeated ones.
    pub fn sort_unique(&mut self) {
        self.rows.sort();
        self.rows.dedup();
    }

    /// The rows as Arrow has them.
    ///
    /// # Errors
    /// [`ExportError`] for a value that does not fit its column.
    pub fn batch(&self) -> Result<RecordBatch, ExportError> {
        let columns = self.table.columns.iter().enumerate().map(|(at, column)| self.column(at, column));
        let columns = columns.collect::<Result<Vec<ArrayRef>, ExportError>>()?;
        Ok(RecordBatch::try_new(self.table.schema(), columns)?)
    }

    fn column(&self, at: usize, column: &Column) -> Result<ArrayRef, ExportError> {
        let misplaced = || ExportError::Misplaced { table: self.table.name, column: column.name };
        let mut filling = Filling::new(column.kind);
        for row in &self.rows {
            let value = row.get(at).ok_or_else(misplaced)?;
            if *value == Value::Null && column.required {
                return Err(misplaced());
            }
            if let (Value::Decimal(value), Kind::Decimal(scale)) = (value, column.kind) {
                let units = units(*value, scale).ok_or_else(|| ExportError::Inexact {
                    table: self.table.name,
                    column: column.name,
                    value: value.to_string(),
                    scale,
                })?;
                filling.decimal(units);
            } else if !filling.push(value) {
                return Err(misplaced());
            }
        }
        Ok(filling.finish())
    }
}

/// A decimal in units of its column's last place; `None` where digits would be lost.
fn units(value: Decimal, scale: u32) -> Option<i128> {
    let value = value.normalize();
    let missing = scale.checked_sub(value.scale())?;
    value.mantissa().checked_mul(10_i128.checked_pow(missing)?)
}

/// A column in the making.
enum Filling {
    Text(StringBuilder),
    Integer(Int64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Time(TimestampMillisecondBuilder),
    Decimal(Decimal128Builder),
}

impl Filling {
    fn new(kind: Kind) -> Filling {
        match kind {
            Kind::Text => Filling::Text(StringBuilder::new()),
            Kind::Integer => Filling::Integer(Int64Builder::new()),
            Kind::Boolean => Filling::Boolean(BooleanBuilder::new()),
            Kind::Date => Filling::Date(Date32Builder::new()),
            Kind::Time => Filling::Time(TimestampMillisecondBuilder::new().with_data_type(kind.data_type())),
            Kind::Decimal(_) => Filling::Decimal(Decimal128Builder::new().with_data_type(kind.data_type())),
        }
    }

    fn decimal(&mut self, units: i128) {
        if let Filling::Decimal(builder) = self {
            builder.append_value(units);
        }
    }

    /// Whether the value was of this kind.
    fn push(&mut self, value: &Value) -> bool {
        match (self, value) {
            (Filling::Text(builder), Value::Text(text)) => builder.append_value(text),
            (Filling::Text(builder), Value::Null) => builder.append_null(),
            (Filling::Integer(builder), Value::Integer(value)) => builder.append_value(*value),
            (Filling::Integer(builder), Value::Null) => builder.append_null(),
            (Filling::Boolean(builder), Value::Boolean(value)) => builder.append_value(*value),
            (Filling::Boolean(builder), Value::Null) => builder.append_null(),
            (Filling::Date(builder), Value::Date(day)) => builder.append_value(days(*day)),
            (Filling::Date(builder), Value::Null) => builder.append_null(),
            (Filling::Time(builder), Value::Time(ms)) => builder.append_value(*ms),
            (Filling::Time(builder), Value::Null) => builder.append_null(),
            (Filling::Decimal(builder), Value::Null) => builder.append_null(),
            _ => return false,
        }
        true
    }

    fn finish(self) -> ArrayRef {
        match self {
            Filling::Text(mut builder) => Arc::new(builder.finish()),
            Filling::Integer(mut builder) => Arc::new(builder.finish()),
            Filling::Boolean(mut builder) => Arc::new(builder.finish()),
            Filling::Date(mut builder) => Arc::new(builder.finish()),
            Filling::Time(mut builder) => Arc::new(builder.finish()),
            Filling::Decimal(mut builder) => Arc::new(builder.finish()),
        }
    }
}

/// Days since 1970-01-01.
fn days(day: Date) -> i32 {
    let ms = gwcost_core::model::start_of_day_ms(day);
    i32::try_from(ms.div_euclid(86_400_000)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::column::{nullable, required};
    use super::*;

    static TABLE: Table = Table {
        name: "t",
        version: 1,
        description: "A test.",
        columns: &[
            required("n", Kind::Integer, "A count."),
            nullable("cost", Kind::Decimal(10), "Dollars."),
            nullable("day", Kind::Date, "A day."),
        ],
    };

    fn one(row: Vec<Value>) -> Result<RecordBatch, ExportError> {
        let mut rows = Rows::new(&TABLE);
        rows.push(row);
        rows.batch()
    }

    #[test]
    fn values_are_held_to_their_columns() {
        let cost = Value::Decimal("0.0000000001".parse().unwrap());
        let day = Value::Date("2026-10-01".parse().unwrap());
        let batch = one(vec![Value::Integer(1), cost, day]).unwrap();
        let [cost, day] = [1, 2].map(|at| batch.column(at));
        // The integer of DECIMAL(38,10), and days since 1970.
        let cost = cost.as_any().downcast_ref::<arrow::array::Decimal128Array>().unwrap();
        assert_eq!(cost.value_as_string(0), "0.0000000001");
        let day = day.as_any().downcast_ref::<arrow::array::Date32Array>().unwrap();
        assert_eq!(day.value(0), 20_727);
        let inexact = Value::Decimal("0.00000000001".parse().unwrap());
        let error = one(vec![Value::Integer(1), inexact, Value::Null]).unwrap_err().to_string();
        assert_eq!(error, "t.cost: 0.00000000001 does not fit DECIMAL(38,10)");
        assert!(one(vec![Value::Null, Value::Null, Value::Null]).is_err());
        assert!(one(vec![Value::Integer(1), text("1"), Value::Null]).is_err());
        assert!(one(vec![Value::Integer(1)]).is_err());
    }
}
