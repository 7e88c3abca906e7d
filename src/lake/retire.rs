//! What a commit takes out of other records: files that were written anew, units that are gone, units
//! that lost rows.
//!
//! Until the other records are written without it, readers leave it out themselves. So there is no
//! moment at which a row counts twice or not at all, and a crash in between changes nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::record::{Record, State, UnitRecord};

/// What of other records counts no longer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// The records that it is taken out of.
    pub records: BTreeSet<String>,
    /// Data files, by their path below the lake's root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Units that are gone, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<i64>,
    /// Units as they are from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amended: Vec<UnitRecord>,
}

impl Retired {
    /// Whether nothing is taken out.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Notes that something is taken out of a record.
    pub fn concerns(&mut self, record: &str) {
        if !self.records.contains(record) {
            self.records.insert(record.to_owned());
        }
    }
}

/// What several commits take out, ready to be looked up.
#[derive(Default)]
struct Applied<'a> {
    records: HashSet<&'a str>,
    files: HashSet<&'a str>,
    units: HashSet<i64>,
    amended: HashMap<i64, &'a UnitRecord>,
}

impl<'a> Applied<'a> {
    fn add(&mut self, retired: &'a Retired) {
        self.records.extend(retired.records.iter().map(String::as_str));
        self.files.extend(retired.files.iter().map(String::as_str));
        self.units.extend(&retired.units);
        self.amended.extend(retired.amended.iter().map(|unit| (unit.number, unit)));
    }

    fn apply(&self, record: &mut Record) {
        if !self.records.contains(record.id.as_str()) {
            return;
        }
        record.files.retain(|file| !self.files.contains(file.path.as_str()));
        record.units.retain(|unit| !self.units.contains(&unit.number));
        for unit in &mut record.units {
            if let Some(amended) = self.amended.get(&unit.number) {
                *unit = (*amended).clone();
            }
        }
    }
}

/// Takes what is retired out of a record. Doing it twice is doing it once.
pub(super) fn apply(retired: &Retired, record: &mut Record) {
    // What is retired can be a hundred thousand units, and concern one record of many.
    if retired.records.contains(&record.id) {
        let mut applied = Applied::default();
        applied.add(retired);
        applied.apply(record);
    }
}

/// The records as they count: committed, not superseded, without what others take out of them.
pub(super) fn effective(mut records: Vec<Record>) -> Vec<Record> {
    records.retain(|record| record.state == State::Committed);
    let superseded: HashSet<String> = records.iter().flat_map(|record| record.supersedes.clone()).collect();
    records.retain(|record| !superseded.contains(&record.id));
    let retired: Vec<Retired> = records
        .iter()
        .filter(|record| !record.retires.is_empty())
        .map(|record| record.retires.clone())
        .collect();
    if !retired.is_empty() {
        let mut applied = Applied::default();
        retired.iter().for_each(|retired| applied.add(retired));
        records.iter_mut().for_each(|record| applied.apply(record));
    }
    records.retain(|record| !record.is_empty());
    records
}
