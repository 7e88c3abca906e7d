//! One file of metrics, read again: is every value where it belongs, once.

use std::collections::HashSet;
use std::path::Path;

use arrow::array::Array;
use gwcost_core::model::DAY_MS;

use super::finding::FindingKind;
use super::metrics_columns::{METRIC_COLUMNS, METRICS_SCHEMA_VERSION, METRICS_VERSION_KEY, metrics_schema};
use super::metrics_file::visit;
use super::record::DataFile;
use super::verify_file::{Seen, finish, read};

/// Reads a file of metrics, and holds it to its record.
pub(super) fn check_metrics(path: &Path, file: &DataFile, seen: &mut Seen) {
    let mut count = 0;
    let mut known = HashSet::new();
    let (mut misplaced, mut outside, mut repeated, mut unasked) = (0_u64, 0_u64, 0_u64, 0_u64);
    let outcome = read(
        path,
        file,
        seen,
        |metadata, seen| {
            let found = metadata.schema().metadata().get(METRICS_VERSION_KEY).map(String::as_str);
            if found.and_then(|text| text.parse().ok()) != Some(METRICS_SCHEMA_VERSION) {
                let says = format!(
                    "its footer has {METRICS_VERSION_KEY} {} where it should have {METRICS_SCHEMA_VERSION}",
                    found.unwrap_or("none")
                );
                seen.wrong(FindingKind::SchemaVersion, file, says);
            }
            for field in metrics_schema().fields() {
                let found = metadata.schema().field_with_name(field.name()).map(|found| found.data_type());
                if found.ok() != Some(field.data_type()) {
                    let says = format!("column {} is not {}", field.name(), field.data_type());
                    seen.wrong(FindingKind::Columns, file, says);
                }
            }
        },
        |_, batch, seen| {
            count += batch.num_rows() as u64;
            for column in METRIC_COLUMNS.iter().filter(|column| column.required) {
                if batch.column_by_name(column.name).is_some_and(|found| found.null_count() > 0) {
                    let says = format!("{} is missing in some rows, and must not be", column.name);
                    seen.wrong(FindingKind::Columns, file, says);
                }
            }
            // A column that is not there was found already.
            let _ = visit(batch, &mut |row| {
                let day = row.start_ms.div_euclid(DAY_MS);
                misplaced += u64::from(file.day() != Some(day));
                let begins = file.first_ms.is_none_or(|first| first <= row.start_ms);
                outside += u64::from(!begins || file.last_ms.is_none_or(|last| last < row.start_ms));
                let asked = |api: &str, stage: &str| file.looks.iter().any(|look| look.is_of(api, stage));
                unasked += u64::from(!asked(row.api, row.stage));
                let key =
                    (row.dimensions, row.api, row.stage, row.route, row.method, row.metric, row.statistic);
                let mut hash = blake3::Hasher::new();
                hash.update(format!("{key:?}{}", row.start_ms).as_bytes());
                repeated += u64::from(!known.insert(hash.finalize()));
            });
            Ok(())
        },
    );
    if let Err(error) = outcome {
        seen.unreadable(file, error.to_string());
    }
    finish(file, count, seen);
    for (kind, rows, what) in [
        (FindingKind::Day, misplaced, "of another day than its folder's"),
        (FindingKind::Times, outside, "outside the times that its record says"),
        (FindingKind::Unit, unasked, "of stages that its record does not name"),
        (FindingKind::Duplicates, repeated, "of a period and series that it holds already"),
    ] {
        if rows > 0 {
            seen.wrong(kind, file, format!("{rows} of its values are {what}"));
        }
    }
}
