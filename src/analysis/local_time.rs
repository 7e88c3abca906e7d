//! Rows by UTC hour, put together by the days and hours of another place.
//!
//! Only what is shown changes: billing months and windows stay UTC. An hour of UTC belongs to the local day and hour in
//! which it begins, which is exact for every place that is whole hours away.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::result::{CostRow, DayCost, Measures};

/// The same rows in local time.
#[derive(Clone, Debug, Default)]
pub struct LocalTime {
    /// What each local day cost.
    pub days: Vec<DayCost>,
    /// Rows by the values before the hour and the local day.
    pub by_day: Vec<CostRow>,
    /// Rows by local weekday and hour of the day.
    pub by_hour: Vec<CostRow>,
}

/// Puts rows together whose last value is a UTC hour, `2026-10-31T12:00Z`.
pub fn local_time(rows: &[CostRow], zone: &TimeZone) -> LocalTime {
    let mut days: BTreeMap<String, Measures> = BTreeMap::new();
    let mut by_day: BTreeMap<Vec<Option<String>>, CostRow> = BTreeMap::new();
    let mut by_hour: BTreeMap<Vec<Option<String>>, CostRow> = BTreeMap::new();
    for row in rows {
        let Some((Some(hour), before)) = row.values.split_last() else { continue };
        let Ok(instant) = hour.replace('Z', ":00Z").parse::<Timestamp>() else { continue };
        let local = instant.to_zoned(zone.clone());
        let day = local.strftime("%Y-%m-%d").to_string();
        add(days.entry(day.clone()).or_default(), &row.measures);
        let mut of_day = before.to_vec();
        of_day.push(Some(day));
        let of_hour = vec![Some(local.strftime("%a").to_string()), Some(local.strftime("%H").to_string())];
        for (groups, key) in [(&mut by_day, of_day), (&mut by_hour, of_hour)] {
            match groups.get_mut(&key) {
                Some(group) => add(&mut group.measures, &row.measures),
                None => {
                    groups.insert(key.clone(), CostRow { values: key, share: None, ..row.clone() });
                }
            }
        }
    }
    let day = |(day, measures): (String, Measures)| DayCost {
        day,
        requests: measures.requests,
        cost: measures.cost,
    };
    LocalTime {
        days: days.into_iter().map(day).collect(),
        by_day: by_day.into_values().collect(),
        by_hour: by_hour.into_values().collect(),
    }
}

/// Adds what is shown of days and hours: requests and cost. A cost that is not known leaves the sum of the known ones.
fn add(sum: &mut Measures, part: &Measures) {
    sum.requests = sum.requests.saturating_add(part.requests);
    sum.cost = match (sum.cost, part.cost) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    };
}

#[cfg(test)]
mod tests {
    use jiff::tz::offset;
    use rust_decimal::Decimal;

    use super::*;
    use crate::analysis::Percentiles;

    fn row(hour: &str, cost: i64) -> CostRow {
        CostRow {
            values: vec![Some("a1".to_owned()), Some(hour.to_owned())],
            measures: Measures { requests: 1, cost: Some(Decimal::new(cost, 2)), ..Measures::default() },
            share: None,
            cost_per_1000: None,
            error_rate: None,
            latency: Percentiles::default(),
            integration_latency: Percentiles::default(),
            unpriced: Vec::new(),
            templated: false,
        }
    }

    #[test]
    fn an_hour_before_midnight_is_of_the_next_day_further_east() {
        let rows = [row("2026-10-31T23:00Z", 5), row("2026-11-01T01:00Z", 7), row("2026-10-31T20:00Z", 1)];
        let local = local_time(&rows, &TimeZone::fixed(offset(2)));
        let days: Vec<(&str, u64)> = local.days.iter().map(|day| (day.day.as_str(), day.requests)).collect();
        assert_eq!(days, [("2026-10-31", 1), ("2026-11-01", 2)]);
        assert_eq!(local.by_day[1].values, [Some("a1".to_owned()), Some("2026-11-01".to_owned())]);
        assert_eq!(local.by_day[1].measures.cost, Some(Decimal::new(12, 2)));
        assert!(
            local.by_hour.iter().any(|row| row.values == [Some("Sun".to_owned()), Some("01".to_owned())])
        );
        let utc = local_time(&rows, &TimeZone::UTC);
        assert_eq!(utc.days.iter().map(|day| day.requests).collect::<Vec<_>>(), [2, 1]);
    }
}
