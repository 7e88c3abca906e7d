//! Which rows of a transaction repeat an event, and which only look as if they did.

use std::collections::{HashMap, HashSet};

use super::error::LakeError;
use super::keys::{Key, KeyStore, visit_repeated};

/// Rows named by unit and place in the unit; sorted, because there may be as many as the input has.
#[derive(Debug, Default)]
pub struct RowSet(Vec<(i64, i64)>);

impl RowSet {
    /// Whether a row is among them.
    pub fn contains(&self, unit: i64, offset: i64) -> bool {
        self.0.binary_search(&(unit, offset)).is_ok()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What comparing all keys found.
#[derive(Debug, Default)]
pub struct Duplicates {
    /// Rows to leave out, by the staged file that holds them.
    pub drop: HashMap<u32, RowSet>,
    /// How many, by unit.
    pub dropped: HashMap<i64, u64>,
    /// Rows that equal another one but have no id, by unit.
    pub possible: HashMap<i64, u64>,
}

/// Compares the keys of new rows with each other and with those that the lake holds.
///
/// Of equal keys the first stays: the one in the lake, else the one read first. Rows of `abandoned`
/// units will not be there, so they stand in nobody's way.
///
/// # Errors
/// [`LakeError`] when spilled keys cannot be read.
pub fn find(stores: &[KeyStore], abandoned: &HashSet<i64>) -> Result<Duplicates, LakeError> {
    let mut found = Duplicates::default();
    visit_repeated(stores, |keys| {
        let mut before: Option<u128> = None;
        for key in keys.iter().filter(|key| !(key.new && abandoned.contains(&key.unit))) {
            if before == Some(key.hash) && key.new {
                found.note(key);
            }
            before = Some(key.hash);
        }
        Ok(())
    })?;
    for rows in found.drop.values_mut() {
        rows.0.sort_unstable();
        rows.0.shrink_to_fit();
    }
    Ok(found)
}

impl Duplicates {
    fn note(&mut self, key: &Key) {
        if key.strong {
            self.drop.entry(key.file).or_default().0.push((key.unit, key.offset));
            *self.dropped.entry(key.unit).or_default() += 1;
        } else {
            *self.possible.entry(key.unit).or_default() += 1;
        }
    }
}
