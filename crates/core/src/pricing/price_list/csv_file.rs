//! The CSV form of a price list: a few rows that describe it, a row of names, and one row for each price.
//!
//! Columns differ from service to service, so they are looked up by name.

use csv::{ReaderBuilder, StringRecord};

use super::{Heading, PriceListError, Row};

/// The columns that are read, without spaces and in lower case, because AWS writes them in both ways.
const COLUMNS: [&str; 11] = [
    "sku",
    "termtype",
    "effectivedate",
    "startingrange",
    "endingrange",
    "priceperunit",
    "currency",
    "productfamily",
    "usagetype",
    "operation",
    "regioncode",
];

/// The places of [`COLUMNS`] in a row.
struct Places([Option<usize>; COLUMNS.len()]);

impl Places {
    fn of(header: &StringRecord) -> Result<Places, PriceListError> {
        let names: Vec<String> =
            header.iter().map(|name| name.replace(' ', "").to_ascii_lowercase()).collect();
        let mut places = [None; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            let mut at = names.iter().enumerate().filter(|(_, name)| *name == column).map(|(at, _)| at);
            *place = at.next();
            // Lists without the region's code name it in the usage type.
            if place.is_none() && column != "regioncode" {
                return Err(PriceListError::Shape(format!("it has no column {column:?}")));
            }
            if at.next().is_some() {
                return Err(PriceListError::Shape(format!("it has two columns {column:?}")));
            }
        }
        Ok(Places(places))
    }

    fn get(&self, record: &StringRecord, column: &str) -> String {
        let at = COLUMNS.iter().position(|name| *name == column).and_then(|at| self.0[at]);
        at.and_then(|at| record.get(at)).unwrap_or_default().to_owned()
    }
}

/// Reads the rows of a CSV list.
pub(super) fn read(text: &str) -> Result<(Heading, Vec<Row>), PriceListError> {
    // A list that was cut in a field would pass for one whose last field is short.
    if text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        return Err(PriceListError::Shape("it ends inside of quotes".to_owned()));
    }
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut heading = Heading::default();
    let mut places: Option<(Places, usize)> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| PriceListError::Shape(error.to_string()))?;
        let place =
            record.position().map_or_else(String::new, |position| format!("line {}", position.line()));
        let Some((places, columns)) = &places else {
            match record.get(0) {
                Some("SKU") => places = Some((Places::of(&record)?, record.len())),
                Some("OfferCode") => heading.offer = record.get(1).unwrap_or_default().to_owned(),
                Some("Publication Date") => heading.published = record.get(1).unwrap_or_default().to_owned(),
                _ => {}
            }
            continue;
        };
        if record.len() != *columns {
            let (found, columns) = (record.len(), *columns);
            return Err(PriceListError::Shape(format!("{place} has {found} of {columns} columns")));
        }
        let get = |column| places.get(&record, column);
        if get("termtype") != "OnDemand" {
            continue;
        }
        rows.push(Row {
            place,
            family: get("productfamily"),
            operation: get("operation"),
            usage_type: get("usagetype"),
            region: get("regioncode"),
            effective: get("effectivedate"),
            begin: get("startingrange"),
            end: get("endingrange"),
            currency: get("currency"),
            price: get("priceperunit"),
        });
    }
    match places {
        Some(_) => Ok((heading, rows)),
        None => Err(PriceListError::Shape(
            "it begins neither with a brace, as JSON does, nor has it a row of column names with SKU"
                .to_owned(),
        )),
    }
}
