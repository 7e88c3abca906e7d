//! Exact percentiles by nearest rank, read off counts of integer milliseconds.

use std::collections::HashMap;

use polars::prelude::DataFrame;

use super::AnalysisError;
use super::dimension::Dimension;
use super::evidence::Table;
use super::query::QueryFile;
use super::result::Percentiles;

/// A group's dimension values.
pub type GroupKey = Vec<Option<String>>;

/// The percentiles of each group in the result of a latency query. `group` makes groups of the values
/// of `dimensions`; latencies for which it says `None` are left out.
pub fn percentiles(
    frame: &DataFrame,
    query: QueryFile,
    dimensions: &[Dimension],
    group: impl Fn(GroupKey) -> Option<GroupKey>,
) -> Result<HashMap<GroupKey, Percentiles>, AnalysisError> {
    let counts = latencies(frame, query, dimensions, group)?;
    Ok(counts.into_iter().map(|(key, counts)| (key, nearest_ranks(counts))).collect())
}

/// How often each latency of each group occurred.
pub(super) fn latencies(
    frame: &DataFrame,
    query: QueryFile,
    dimensions: &[Dimension],
    group: impl Fn(GroupKey) -> Option<GroupKey>,
) -> Result<HashMap<GroupKey, Vec<(i64, u64)>>, AnalysisError> {
    let table = Table::new(frame, query);
    let keys = dimensions
        .iter()
        .map(|dimension| table.dimension(dimension.name()))
        .collect::<Result<Vec<_>, _>>()?;
    let latency = table.integer(query.keys[0])?;
    let requests = table.integer("requests")?;
    let mut counts: HashMap<GroupKey, Vec<(i64, u64)>> = HashMap::new();
    for row in 0..table.rows() {
        let (Some(latency), Some(requests)) = (latency.get(row), requests.get(row)) else { continue };
        let values = keys.iter().map(|column| column[row].clone()).collect();
        let Some(key) = group(values) else { continue };
        counts.entry(key).or_default().push((latency, requests.unsigned_abs()));
    }
    Ok(counts)
}

/// The smallest value that at least `percent` of a hundred do not exceed; `counts` are in order of their values.
pub(super) fn nearest_rank(counts: &[(i64, u64)], percent: u8) -> Option<i64> {
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    let rank = (u128::from(total) * u128::from(percent)).div_ceil(100);
    let mut seen = 0u128;
    counts.iter().find_map(|(value, count)| {
        seen += u128::from(*count);
        (seen >= rank && total > 0).then_some(*value)
    })
}

fn nearest_ranks(mut counts: Vec<(i64, u64)>) -> Percentiles {
    counts.sort_unstable();
    let at = |percent: u8| nearest_rank(&counts, percent);
    Percentiles { p50_ms: at(50), p95_ms: at(95), p99_ms: at(99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_rank_is_a_value_that_occurred() {
        let of = |values: &[(i64, u64)]| {
            let found = nearest_ranks(values.to_vec());
            [found.p50_ms, found.p95_ms, found.p99_ms]
        };
        assert_eq!(of(&[]), [None; 3]);
        assert_eq!(of(&[(7, 1)]), [Some(7); 3]);
        assert_eq!(of(&[(2, 1), (1, 1)]), [Some(1), Some(2), Some(2)]);
        assert_eq!(of(&[(10, 50), (20, 45), (30, 4), (40, 1)]), [Some(10), Some(20), Some(30)]);
        assert_eq!(of(&[(10, 100), (40, 1)]), [Some(10), Some(10), Some(10)]);
    }
}
