//! CSV for spreadsheets: the columns of a JSON row, one line for each row.
//!
//! A spreadsheet runs a cell that starts with `=`, and paths are chosen by strangers, so text that
//! would be a formula gets a single quote in front. Numbers are left as they are.

use std::borrow::Cow;
use std::io;

use super::fields::{Field, Measure, full_fields, plain};
use crate::analysis::CostAnalysis;

/// Writes the rows of an analysis as CSV with a header line. What is not known is empty.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn write(analysis: &CostAnalysis, out: &mut dyn io::Write) -> io::Result<()> {
    records(analysis, &mut csv::Writer::from_writer(out)).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

fn records(analysis: &CostAnalysis, writer: &mut csv::Writer<impl io::Write>) -> csv::Result<()> {
    let dimensions = analysis.dimensions.iter().map(|dimension| dimension.name());
    let full_names = analysis.full.iter().flat_map(|full| full_fields(&full.total)).map(|(name, _)| name);
    writer.write_record(dimensions.chain(Measure::of_a_row().map(Measure::name)).chain(full_names))?;
    for (at, row) in analysis.rows.iter().enumerate() {
        for value in &row.values {
            writer.write_field(neutral(value.as_deref().unwrap_or_default()).as_ref())?;
        }
        for measure in Measure::of_a_row() {
            writer.write_field(cell(measure.of_row(row)))?;
        }
        let parts = analysis.full.as_ref().and_then(|full| full.rows.get(at));
        for (_, value) in parts.into_iter().flat_map(full_fields) {
            writer.write_field(cell(value))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(writer.flush()?)
}

fn cell(field: Field<'_>) -> String {
    match field {
        Field::Count(number) => number.to_string(),
        Field::Millis(number) => number.to_string(),
        Field::Decimal(value) => plain(value),
        Field::Flag(flag) => flag.to_string(),
        Field::Names(names) => neutral(&names.join("; ")).into_owned(),
        Field::Unknown => String::new(),
    }
}

/// Text that no spreadsheet takes for a formula; some read the full-width signs as well.
pub(super) fn neutral(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn records(analysis: &CostAnalysis) -> Vec<csv::StringRecord> {
        let mut bytes = Vec::new();
        write(analysis, &mut bytes).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        reader.records().map(Result::unwrap).collect()
    }

    #[test]
    fn columns_are_those_of_a_json_row() {
        let records = records(&fixture::analysis());
        assert_eq!(&records[0][0], "method");
        assert_eq!(&records[0][1], "route");
        assert_eq!(&records[0][2], "requests");
        assert_eq!(records[0].iter().next_back(), Some("unpriced"));
        assert_eq!(records[0].len(), 2 + 21);
        assert_eq!(records.len(), 1 + fixture::analysis().rows.len());
        assert_eq!(&records[1][9], "138.1304");
    }

    #[test]
    fn formulas_are_neutralised_in_text_and_numbers_stay_numbers() {
        let mut analysis = fixture::analysis();
        for (lead, expected) in
            [("=", "'="), ("+", "'+"), ("-", "'-"), ("@", "'@"), ("\t", "'\t"), ("\r", "'\r")]
        {
            analysis.rows[0].values[1] = Some(format!("{lead}cmd|' /C calc'!A0"));
            analysis.rows[0].measures.cost = Some(rust_decimal::Decimal::NEGATIVE_ONE);
            let records = records(&analysis);
            assert_eq!(&records[1][1], format!("{expected}cmd|' /C calc'!A0"));
            assert_eq!(&records[1][9], "-1");
        }
    }

    #[test]
    fn what_is_not_known_is_empty_and_never_zero() {
        let records = records(&fixture::unpriced());
        assert_eq!((&records[1][0], &records[1][9]), ("", ""));
        assert_eq!(&records[1][2], "1000");
        assert_eq!(records[1].iter().next_back(), Some("rest_requests"));
    }
}
