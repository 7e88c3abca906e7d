//! Which units have rows in a file: numbers, kept as ranges, because neighbours are read together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Units by number, as ranges whose both ends belong to it; in JSON `[[1, 288], [290, 290]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitSet(Vec<(i64, i64)>);

impl UnitSet {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a unit is among them.
    pub fn contains(&self, unit: i64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= unit);
        after > 0 && unit <= self.0[after - 1].1
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(first, last)| last.abs_diff(*first) + 1).sum()
    }

    /// Their numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = i64> {
        self.0.iter().flat_map(|(first, last)| *first..=*last)
    }
}

impl From<&BTreeSet<i64>> for UnitSet {
    fn from(units: &BTreeSet<i64>) -> UnitSet {
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for unit in units {
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(*unit) => *last = *unit,
                _ => ranges.push((*unit, *unit)),
            }
        }
        UnitSet(ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_range() {
        let set = UnitSet::from(&BTreeSet::from([7, 1, 3, 2, 9]));
        assert_eq!(serde_json::to_string(&set).unwrap(), "[[1,3],[7,7],[9,9]]");
        assert_eq!(set.len(), 5);
        assert_eq!(set.iter().collect::<Vec<_>>(), [1, 2, 3, 7, 9]);
        let among: Vec<i64> = (0..11).filter(|unit| set.contains(*unit)).collect();
        assert_eq!(among, [1, 2, 3, 7, 9]);
        assert!(UnitSet::default().is_empty() && !UnitSet::default().contains(0));
    }
}
