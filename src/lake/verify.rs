//! Verification: reads every committed file again, counts, and compares with what the records say.
//!
//! Keys hold the time, so equal ones are of one day: days are looked at one by one, and only the keys of
//! the days at hand are kept, on disk where there are many.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use gwcost_core::text::grouped;

use super::error::LakeError;
use super::finding::{Finding, FindingKind};
use super::inspect::inspect;
use super::keys::{Key, KeyStore, visit_repeated};
use super::place::LakePlace;
use super::record::{DataFile, FileKind, Record, UnitRecord};
use super::settings;
use super::take_out::may_hold;
use super::verify_file::{Seen, check_rejects, check_requests, check_stored};
use super::verify_metrics::check_metrics;

/// What a verification read, and what it found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Committed records.
    pub records: u64,
    /// Their units.
    pub units: u64,
    /// Their files.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Rejects that were read.
    pub rejects: u64,
    /// Snapshots of settings that were read.
    pub settings: u64,
    /// What is wrong: by file, then by unit.
    pub findings: Vec<Finding>,
    /// Records whose commit was interrupted, or goes on while they were read; the next writer ends it.
    pub unfinished: Vec<String>,
}

/// A file with its record.
type Member<'a> = (&'a Record, &'a DataFile);

/// Reads a lake again with so many threads.
///
/// # Errors
/// [`LakeError`] when there is no lake, or no room for keys; what is wrong with the lake is a finding.
pub fn verify(place: impl Into<LakePlace>, threads: usize) -> Result<Verified, LakeError> {
    let inspected = inspect(&place.into())?;
    let records = &inspected.records;
    let mut tasks: BTreeMap<(Option<i64>, &str), Vec<Member<'_>>> = BTreeMap::new();
    for record in records {
        for file in &record.files {
            // Files of a day are compared with each other, others stand alone.
            let alone = if file.day().is_some() { "" } else { file.path.as_str() };
            tasks.entry((file.day(), alone)).or_default().push((record, file));
        }
    }
    let tasks: Vec<Vec<Member<'_>>> = tasks.into_values().collect();
    let next = AtomicUsize::new(0);
    let work = || -> Result<Seen, LakeError> {
        let mut seen = Seen::default();
        while let Some(files) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some((mirror, listed)) = &inspected.bucket {
                mirror.fetch_as_they_are(files.iter().map(|(_, file)| *file), listed)?;
            }
            check_together(&inspected.root, files, &mut seen)?;
        }
        Ok(seen)
    };
    let mut seen = Seen::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, 64)).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            seen.add(worker.join().map_err(|_| LakeError::Thread)??);
        }
        Ok::<(), LakeError>(())
    })?;

    let mut findings: Vec<Finding> = inspected
        .damaged
        .iter()
        .map(|(path, error)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Finding::of_file(FindingKind::Record, &format!("_units/{name}"), error.to_string())
        })
        .collect();
    findings.extend(inspected.strays.iter().map(|path| {
        let says = "no record lists it: other engines that read the folder count it, gwcost does not";
        Finding::of_file(FindingKind::StrayFile, path, says)
    }));
    findings.append(&mut seen.findings);
    let (settings, wrong) = settings::verify(&inspected.root)?;
    findings.extend(wrong);
    findings.sort_by(|one, other| (&one.file, one.kind).cmp(&(&other.file, other.kind)));
    let doubtful = doubtful(records, &seen.unread);
    for unit in records.iter().flat_map(|record| &record.units) {
        findings.extend(check_unit(unit, &seen, doubtful.contains(&unit.number)));
    }
    let sources: HashMap<i64, &str> = records
        .iter()
        .flat_map(|record| record.units.iter().map(|unit| (unit.number, unit.source.as_str())))
        .collect();
    for finding in &mut findings {
        finding.source = finding.unit.and_then(|unit| sources.get(&unit)).map(|source| (*source).to_owned());
    }
    let all_files = || records.iter().flat_map(|record| &record.files);
    Ok(Verified {
        records: records.len() as u64,
        units: records.iter().map(|record| record.units.len() as u64).sum(),
        files: all_files().count() as u64,
        bytes: all_files().map(|file| file.bytes).sum(),
        rows: seen.units.values().map(|unit| unit.rows).sum(),
        rejects: seen.units.values().map(|unit| unit.rejects).sum(),
        settings,
        findings,
        unfinished: inspected.unfinished,
    })
}

/// Reads the files of one day, or one file of rejects.
fn check_together(root: &Path, files: &[Member<'_>], seen: &mut Seen) -> Result<(), LakeError> {
    let folder = std::env::temp_dir();
    let scratch = tempfile::Builder::new()
        .prefix("gwcost-verify-")
        .tempdir_in(&folder)
        .map_err(LakeError::writing(&folder))?;
    let mut keys = KeyStore::new(scratch.path(), "day".to_owned());
    for (number, (record, file)) in files.iter().enumerate() {
        let path = root.join(&file.path);
        if !check_stored(&path, file, seen) {
            continue;
        }
        match file.kind {
            FileKind::Rejects => check_rejects(&path, record, file, seen),
            FileKind::Metrics => check_metrics(&path, file, seen),
            FileKind::Requests => {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                check_requests(&path, record, file, number, &mut keys, seen)?;
            }
        }
    }
    find_repeats(files, keys, seen)
}

/// Requests that the files hold twice, counted by the two units and files.
fn find_repeats(files: &[Member<'_>], keys: KeyStore, seen: &mut Seen) -> Result<(), LakeError> {
    let mut repeats: BTreeMap<(u32, i64, u32, i64), (u64, i64)> = BTreeMap::new();
    visit_repeated(&[keys], |keys| {
        let mut first: Option<&Key> = None;
        for key in keys.iter().filter(|key| key.strong) {
            match first.filter(|first| first.hash == key.hash) {
                Some(first) => {
                    let pair = (key.file, key.unit, first.file, first.unit);
                    repeats.entry(pair).or_insert((0, key.offset)).0 += 1;
                }
                None => first = Some(key),
            }
        }
        Ok(())
    })?;
    let name = |number: u32| files.get(number as usize).map_or("", |(_, file)| file.path.as_str());
    for ((file, unit, other_file, other), (count, offset)) in repeats {
        let place = if other_file == file { "this file" } else { name(other_file) };
        let rows = if count == 1 { "row repeats a request" } else { "rows repeat requests" };
        let says = format!(
            "{} {rows} of unit {other} in {place}, the first at place {offset} of its unit",
            grouped(count)
        );
        let finding = Finding::of_file(FindingKind::Duplicates, name(file), says);
        seen.findings.push(Finding { unit: Some(unit), ..finding });
    }
    Ok(())
}

/// Units that may have something in files which could not be read: their counts say nothing.
fn doubtful(records: &[Record], unread: &HashSet<String>) -> HashSet<i64> {
    let mut units = HashSet::new();
    for record in records {
        for file in record.files.iter().filter(|file| unread.contains(&file.path)) {
            if file.units.is_empty() {
                let may = record.units.iter().filter(|unit| may_hold(file, unit));
                units.extend(may.map(|unit| unit.number));
            } else {
                units.extend(file.units.iter());
            }
        }
    }
    units
}

/// Compares what was counted of a unit with its record.
fn check_unit(unit: &UnitRecord, seen: &Seen, doubtful: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let found = seen.units.get(&unit.number).copied().unwrap_or_default();
    let mut wrong = |kind, says: String| findings.push(Finding::of_unit(kind, unit.number, says));
    let differs = |found: u64, recorded: u64, what: &str| {
        format!("the lake holds {} {what} of it where its record says {}", grouped(found), grouped(recorded))
    };
    if !doubtful && found.rows != unit.rows {
        wrong(FindingKind::UnitRows, differs(found.rows, unit.rows, "rows"));
    }
    if !doubtful && found.rejects != unit.rejects {
        wrong(FindingKind::UnitRejects, differs(found.rejects, unit.rejects, "rejects"));
    }
    if let (Some(first), Some(last)) = (found.first_ms, found.last_ms)
        && (unit.first_ms.is_none_or(|begins| first < begins) || unit.last_ms.is_none_or(|ends| ends < last))
    {
        wrong(FindingKind::Times, "rows of it lie outside the times that its record says".to_owned());
    }
    findings
}

impl Seen {
    /// Adds what another thread saw.
    fn add(&mut self, other: Seen) {
        for (unit, counts) in &other.units {
            self.units.entry(*unit).or_default().add(counts);
        }
        self.findings.extend(other.findings);
        self.unread.extend(other.unread);
    }
}
