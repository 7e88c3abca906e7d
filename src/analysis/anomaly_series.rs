//! Hours that leave their own season, in one series of counts.
//!
//! What an hour is held against is the median of the same hour of other weeks, each brought to the hour's own level
//! by the trend. Counts scatter as their square root does, so distances are measured on square roots, and the scale
//! is the median absolute deviation of all distances of the series: a series that is always restless is held to its
//! own restlessness. A scale is never less than what chance alone makes of counts.

use std::collections::BTreeMap;

use super::season::{LEAST_DAYS, deviation, levels, median};

/// Scales of distance from which on an hour is an anomaly. Of 100 calm months of ten series each, at most one has
/// any; the test below holds it to that.
pub const SIGNIFICANT: f64 = 7.0;

/// Other hours that a median needs: with fewer of the same hour of the week, the same hour of all days is taken.
const LEAST_OTHERS: usize = 3;

/// Parts of what is expected by which an anomaly is larger or smaller, at least: smaller ones move no bill.
const LEAST_PART: f64 = 0.5;

/// Hours that lie between two parts of one anomaly, at most.
const GAP_HOURS: i64 = 2;

/// Some hours that left their season.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excursion {
    /// The first hour, since 1970-01-01.
    pub from_hour: i64,
    /// The hour after the last.
    pub to_hour: i64,
    /// What was counted.
    pub actual: u64,
    /// What would have been usual.
    pub expected: f64,
    /// The largest distance in scales.
    pub scales: f64,
}

/// Finds excursions in hourly counts, of hours since 1970-01-01. Hours that are not there count as nothing, within
/// `from_hour..to_hour`. `None` where the series is too short to say anything.
pub fn excursions(counts: &BTreeMap<i64, u64>, from_hour: i64, to_hour: i64) -> Option<Vec<Excursion>> {
    let (first_day, last_day) = (from_hour.div_euclid(24), (to_hour - 1).div_euclid(24));
    // Parts of days at the ends would pull the trend.
    let whole = |day: i64| day * 24 >= from_hour && (day + 1) * 24 <= to_hour;
    let days: Vec<(i64, f64)> = (first_day..=last_day)
        .filter(|day| whole(*day))
        .map(|day| (day, counts.range(day * 24..(day + 1) * 24).map(|(_, count)| *count as f64).sum()))
        .collect();
    if days.len() < LEAST_DAYS {
        return None;
    }
    let heights = levels(&days);
    let level = |hour: i64| {
        let day = hour.div_euclid(24);
        let at = usize::try_from(day - days[0].0).unwrap_or(0).min(heights.len() - 1);
        heights[at]
    };
    let hours: Vec<(i64, f64)> = (from_hour..to_hour)
        .map(|hour| (hour, counts.get(&hour).copied().unwrap_or(0) as f64 / level(hour)))
        .collect();
    let mut seasons: BTreeMap<i64, Vec<(i64, f64)>> = BTreeMap::new();
    let weekly = (to_hour - from_hour) >= 24 * 7 * (LEAST_OTHERS as i64 + 1);
    let season = |hour: i64| if weekly { hour.rem_euclid(24 * 7) } else { hour.rem_euclid(24) };
    for (hour, value) in &hours {
        seasons.entry(season(*hour)).or_default().push((*hour, *value));
    }
    let expected: Vec<f64> = hours
        .iter()
        .map(|(hour, _)| {
            let same = seasons.get(&season(*hour)).map(Vec::as_slice).unwrap_or_default();
            let others: Vec<f64> =
                same.iter().filter(|(other, _)| other != hour).map(|(_, value)| *value).collect();
            median(&others).unwrap_or(0.0) * level(*hour)
        })
        .collect();
    let distance = |actual: f64, expected: f64| 2.0 * ((actual + 0.375).sqrt() - (expected + 0.375).sqrt());
    let actual = |hour: i64| counts.get(&hour).copied().unwrap_or(0);
    let distances: Vec<f64> = hours
        .iter()
        .zip(&expected)
        .map(|((hour, _), expected)| distance(actual(*hour) as f64, *expected))
        .collect();
    let scale = deviation(&distances, 0.0).unwrap_or(1.0).max(1.0);

    let mut found: Vec<Excursion> = Vec::new();
    for (((hour, _), expected), distance) in hours.iter().zip(&expected).zip(&distances) {
        let actual = actual(*hour);
        let scales = distance / scale;
        let far = (actual as f64 - expected).abs() > LEAST_PART * expected;
        if scales.abs() < SIGNIFICANT || !far {
            continue;
        }
        match found.last_mut() {
            Some(last) if hour - last.to_hour <= GAP_HOURS && last.scales.signum() == scales.signum() => {
                last.to_hour = hour + 1;
                last.actual += actual;
                last.expected += expected;
                if scales.abs() > last.scales.abs() {
                    last.scales = scales;
                }
            }
            _ => found.push(Excursion {
                from_hour: *hour,
                to_hour: hour + 1,
                actual,
                expected: *expected,
                scales,
            }),
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::season::weekday;

    /// Integers from a seed, as good as chance.
    struct Chance(u64);

    impl Chance {
        fn next(&mut self, below: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) * below) >> 31
        }

        /// A count that scatters as arrivals do around a mean: of 16 times as many chances, one in 16.
        fn count(&mut self, mean: u64) -> u64 {
            (0..mean * 16).filter(|_| self.next(16) == 0).count() as u64
        }
    }

    /// A month from a Monday, with a rhythm of days and weeks and a drift of one percent of the start a day.
    fn calm(seed: u64, busy: u64) -> BTreeMap<i64, u64> {
        let mut chance = Chance(seed);
        let start: i64 = 20_727 * 24;
        (start..start + 31 * 24)
            .map(|hour| {
                let day = hour.div_euclid(24);
                let of_day = [1, 1, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 8, 9, 10, 10, 9, 8, 6, 5, 4, 3, 2, 1];
                let weekend = if weekday(day) > 4 { 4 } else { 10 };
                let drift = 100 + (day - start / 24);
                let mean =
                    busy * of_day[usize::try_from(hour.rem_euclid(24)).unwrap()] * weekend * drift as u64;
                (hour, chance.count(mean / 10_000))
            })
            .collect()
    }

    fn found(series: &BTreeMap<i64, u64>) -> Vec<Excursion> {
        let start: i64 = 20_727 * 24;
        excursions(series, start, start + 31 * 24).unwrap()
    }

    /// Ten series for each of 100 seeds, from quiet to busy ones, with a slow drift in all of them.
    #[test]
    fn a_calm_month_has_no_anomaly_more_often_than_stated() {
        let mut months_with_some = 0;
        for seed in 0..100 {
            let any = (0..10).any(|series| !found(&calm(seed * 10 + series, 1 + series * series)).is_empty());
            months_with_some += u32::from(any);
        }
        assert!(months_with_some <= 1, "{months_with_some} of 100");
    }

    #[test]
    fn a_planted_spike_is_found_with_its_size() {
        for seed in 0..10 {
            let mut series = calm(seed, 30);
            let spike = (20_727 + 19) * 24 + 12;
            for hour in spike..spike + 3 {
                *series.get_mut(&hour).unwrap() += 700;
            }
            let found = found(&series);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!((found[0].from_hour, found[0].to_hour), (spike, spike + 3));
            let size = found[0].actual as f64 - found[0].expected;
            assert!((size - 2100.0).abs() < 0.1 * 2100.0, "{size}");
        }
    }

    #[test]
    fn silence_where_there_should_be_traffic_is_one_too_and_short_series_say_nothing() {
        let mut series = calm(3, 60);
        let outage = (20_727 + 15) * 24 + 9;
        for hour in outage..outage + 4 {
            series.remove(&hour);
        }
        let found = found(&series);
        assert!(found.iter().any(|of| of.from_hour == outage && of.scales < 0.0), "{found:?}");
        let start: i64 = 20_727 * 24;
        assert_eq!(excursions(&series, start, start + 13 * 24), None);
    }
}
