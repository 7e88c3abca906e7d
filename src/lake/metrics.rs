//! Metrics in the lake: one file for each account, region and UTC day, written anew as a whole at each look.
//!
//! They come through the same commit as requests: files aside, PREPARED, into place, COMMITTED. A record of
//! metrics has no units, because nothing of it can repeat a request.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use gwcost_core::model::Window;

use super::commit::{Change, Transaction};
use super::error::LakeError;
use super::metrics_file::{MetricRow, read_metrics, write_metrics};
use super::metrics_look::MetricsLook;
use super::naming::{date, of_change};
use super::record::{DataFile, FileKind, Record};
use super::retire::Retired;
use super::rewrite::file_digest;
use super::root::{Lake, WritableLake};
use super::unit_set::UnitSet;

/// What was asked of one account and region for one UTC day, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricsDay {
    /// Twelve digits.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// The day, counted from 1970-01-01.
    pub day: i64,
    /// The stages that were asked for.
    pub looks: Vec<MetricsLook>,
    /// Their values.
    pub rows: Vec<MetricRow>,
}

/// What a commit of metrics brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MetricsCommitted {
    /// Files, one for each account, region and day.
    pub files: u64,
    /// Values that were asked for and are in the lake now.
    pub rows: u64,
    /// Of these, values of periods that the lake had another value of: they came late.
    pub changed: u64,
}

/// What a series' value of a period is known by. Not by the API's name, which may change in between.
type RowKey = (String, String, String, Option<String>, Option<String>, String, String, i64);

fn key(row: &MetricRow) -> RowKey {
    (
        row.api.clone(),
        row.stage.clone(),
        row.dimensions.clone(),
        row.route.clone(),
        row.method.clone(),
        row.metric.clone(),
        row.statistic.clone(),
        row.start_ms,
    )
}

/// Commits some days. What the lake held of the same stages and days gives way, period by period; what other
/// stages counted on these days stays. `written_at` is RFC 3339.
///
/// # Errors
/// [`LakeError`]; then the lake is as it was, or the next writer finishes the commit.
pub fn commit_metrics(
    lake: &mut WritableLake,
    days: Vec<MetricsDay>,
    written_at: &str,
) -> Result<MetricsCommitted, LakeError> {
    if days.is_empty() {
        return Ok(MetricsCommitted::default());
    }
    let transaction = Transaction::begin(lake)?;
    let folder = transaction.folder.clone();
    let committed = commit(transaction, days, written_at);
    if committed.is_err() {
        // After a failure before the commit was prepared the folder is of no use.
        drop(fs::remove_dir_all(&folder));
    }
    committed
}

fn commit(
    transaction: Transaction<'_>,
    days: Vec<MetricsDay>,
    written_at: &str,
) -> Result<MetricsCommitted, LakeError> {
    let root = transaction.lake.root.clone();
    let mut committed = MetricsCommitted::default();
    let (mut files, mut retires) = (Vec::new(), Retired::default());
    let mut names = Vec::new();
    for day in &days {
        transaction.lake.fetch(files_of(&transaction.lake.records, day).map(|(_, file)| file))?;
    }
    for (index, day) in days.into_iter().enumerate() {
        let mut merged = Merged::new(&day);
        for (record, file) in files_of(&transaction.lake.records, &day) {
            merged.keep_of(&root.join(&file.path), &file.looks)?;
            retires.concerns(&record.id);
            retires.files.push(file.path.clone());
        }
        committed.files += 1;
        committed.rows += day.rows.len() as u64;
        committed.changed += merged.changed;
        let staged = format!("{index:05}.parquet");
        let path = transaction.folder.join(&staged);
        let rows: Vec<MetricRow> = merged.rows.into_values().collect();
        let bytes = write_metrics(&path, &rows)?;
        names.push(format!("{} {} {} {written_at}", day.account, day.region, date(day.day)));
        files.push(DataFile {
            path: format!("metrics/dt={}", date(day.day)),
            staged,
            kind: FileKind::Metrics,
            rows: rows.len() as u64,
            bytes,
            first_ms: rows.iter().map(|row| row.start_ms).min(),
            last_ms: rows.iter().map(|row| row.start_ms).max(),
            units: UnitSet::default(),
            sorted: false,
            blake3: Some(file_digest(&path)?),
            looks: merged.looks,
        });
    }
    let id = of_change(&root, "metrics", names.iter().map(String::as_str));
    let id = transaction.lake.file_id(id);
    for file in &mut files {
        file.path = format!("{}/{id}-{}", file.path, file.staged);
    }
    transaction.seal(Change { id, units: Vec::new(), files, retires }, written_at)?;
    Ok(committed)
}

/// The files that hold what the lake knows of an account, region and day.
fn files_of<'r>(records: &'r [Record], day: &MetricsDay) -> impl Iterator<Item = (&'r Record, &'r DataFile)> {
    records.iter().flat_map(|record| record.files.iter().map(move |file| (record, file))).filter(
        move |(_, file)| {
            file.kind == FileKind::Metrics
                && file.day() == Some(day.day)
                && file.looks.iter().any(|look| look.account == day.account && look.region == day.region)
        },
    )
}

/// A day as it will be.
struct Merged {
    /// In the order of the file: by stage and series, then by time.
    rows: BTreeMap<RowKey, MetricRow>,
    looks: Vec<MetricsLook>,
    changed: u64,
}

impl Merged {
    fn new(day: &MetricsDay) -> Merged {
        let rows = day.rows.iter().map(|row| (key(row), row.clone())).collect();
        Merged { rows, looks: day.looks.clone(), changed: 0 }
    }

    /// Adds what a file holds and the new look did not see again. Periods of another length are of no use
    /// beside the new ones: they would count twice.
    fn keep_of(&mut self, path: &std::path::Path, looks: &[MetricsLook]) -> Result<(), LakeError> {
        let asked: Vec<MetricsLook> = self.looks.clone();
        let again = |api: &str, stage: &str| asked.iter().find(|look| look.is_of(api, stage));
        read_metrics(path, |row| {
            let stays = again(row.api, row.stage)
                .is_none_or(|look| i64::from(look.period_seconds) == row.period_seconds);
            if !stays {
                return;
            }
            let row = row.to_owned_row();
            match self.rows.get(&key(&row)) {
                Some(new) => self.changed += u64::from(new.value != row.value),
                None => drop(self.rows.insert(key(&row), row)),
            }
        })?;
        self.looks.extend(looks.iter().filter(|look| again(&look.api, &look.stage).is_none()).cloned());
        Ok(())
    }
}

/// Shows every value of a window to `each`: the periods that begin in it.
///
/// # Errors
/// [`LakeError`] when a file is not the one that was committed, or cannot be read.
pub fn visit_metrics(
    lake: &Lake,
    window: Window,
    mut each: impl FnMut(MetricRow<&str>),
) -> Result<(), LakeError> {
    lake.fetch(metrics_files(lake, window).map(|(_, _, file)| file))?;
    for (path, record, file) in metrics_files(lake, window) {
        match fs::metadata(&path) {
            Ok(data) if data.len() == file.bytes => {}
            Ok(data) => {
                let (found, committed) = (data.len(), file.bytes);
                return Err(LakeError::FileChanged { path, record: record.id.clone(), found, committed });
            }
            Err(_) => return Err(LakeError::FileGone { path, record: record.id.clone() }),
        }
        read_metrics(&path, |row| {
            if window.contains(row.start_ms) {
                each(row);
            }
        })?;
    }
    Ok(())
}

fn metrics_files(lake: &Lake, window: Window) -> impl Iterator<Item = (PathBuf, &Record, &DataFile)> {
    lake.records()
        .iter()
        .flat_map(|record| record.files.iter().map(move |file| (record, file)))
        .filter(move |(_, file)| {
            file.kind == FileKind::Metrics
                && file.first_ms.zip(file.last_ms).is_some_and(|(first, last)| window.overlaps(first, last))
        })
        .map(|(record, file)| (lake.root().join(&file.path), record, file))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const DAY: i64 = 20_727;
    const HOUR_MS: i64 = 3_600_000;
    const START_MS: i64 = DAY * gwcost_core::model::DAY_MS;

    fn look(stage: &str, period_seconds: u32) -> MetricsLook {
        MetricsLook {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            api_kind: "rest".to_owned(),
            api: "a1".to_owned(),
            api_name: "orders".to_owned(),
            stage: stage.to_owned(),
            from_ms: START_MS,
            to_ms: START_MS + 24 * HOUR_MS,
            period_seconds,
            fetched_at_ms: START_MS + 30 * HOUR_MS,
            detailed: false,
            rejects: 0,
            shared_with: Vec::new(),
        }
    }

    fn row(stage: &str, period_seconds: i64, period: i64, value: i64) -> MetricRow {
        let text = str::to_owned;
        MetricRow {
            account: text("111122223333"),
            region: text("us-east-1"),
            api: text("a1"),
            stage: text(stage),
            level: text("stage"),
            dimensions: text("ApiName,Stage"),
            route: None,
            method: None,
            metric: text("Count"),
            statistic: text("Sum"),
            start_ms: START_MS + period * period_seconds * 1000,
            period_seconds,
            value,
            api_kind: text("rest"),
            api_name: text("orders"),
            fetched_at_ms: START_MS + 30 * HOUR_MS,
            settled: true,
        }
    }

    fn put(root: &Path, looks: Vec<MetricsLook>, rows: Vec<MetricRow>) -> MetricsCommitted {
        let mut lake = WritableLake::open(root, || {}).unwrap();
        let (account, region) = ("111122223333".to_owned(), "us-east-1".to_owned());
        let day = MetricsDay { account, region, day: DAY, looks, rows };
        commit_metrics(&mut lake, vec![day], "2026-10-02T06:00:00Z").unwrap()
    }

    /// Stage, number of the hour and value of all that the lake holds.
    fn held(root: &Path) -> Vec<(String, i64, i64)> {
        let lake = Lake::open(root).unwrap();
        let mut found = Vec::new();
        let window = Window { from_ms: START_MS, to_ms: START_MS + 24 * HOUR_MS };
        visit_metrics(&lake, window, |row| {
            found.push((row.stage.to_owned(), (row.start_ms - START_MS) / HOUR_MS, row.value));
        })
        .unwrap();
        found
    }

    fn of(stage: &str, hour: i64, value: i64) -> (String, i64, i64) {
        (stage.to_owned(), hour, value)
    }

    #[test]
    fn a_look_replaces_what_it_saw_and_leaves_the_rest() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let first = vec![row("dev", 3600, 0, 1), row("prod", 3600, 0, 5), row("prod", 3600, 1, 6)];
        put(root, vec![look("dev", 3600), look("prod", 3600)], first);
        let again =
            put(root, vec![look("prod", 3600)], vec![row("prod", 3600, 1, 7), row("prod", 3600, 2, 8)]);
        assert_eq!((again.files, again.rows, again.changed), (1, 2, 1));
        assert_eq!(held(root), [of("dev", 0, 1), of("prod", 0, 5), of("prod", 1, 7), of("prod", 2, 8)]);
        let lake = Lake::open(root).unwrap();
        let stages: Vec<&str> = super::super::metrics_look::metrics_looks(lake.records())
            .map(|look| look.stage.as_str())
            .collect();
        assert_eq!(stages, ["prod", "dev"]);
        assert_eq!(std::fs::read_dir(root.join("metrics/dt=2026-10-01")).unwrap().count(), 1);
    }

    #[test]
    fn periods_of_another_length_do_not_count_twice() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        put(root, vec![look("prod", 3600)], vec![row("prod", 3600, 0, 5), row("prod", 3600, 3, 5)]);
        put(root, vec![look("prod", 300)], vec![row("prod", 300, 0, 2), row("prod", 300, 1, 3)]);
        assert_eq!(held(root), [of("prod", 0, 2), of("prod", 0, 3)]);
    }

    #[test]
    fn a_day_without_any_value_is_remembered() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        put(root, vec![look("prod", 3600)], Vec::new());
        assert!(held(root).is_empty());
        let lake = Lake::open(root).unwrap();
        assert_eq!(super::super::metrics_look::metrics_looks(lake.records()).count(), 1);
        assert!(super::super::verify(root, 1).unwrap().findings.is_empty());
    }
}
