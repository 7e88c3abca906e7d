//! Seasons of daily and hourly series, for forecasts and anomalies.
//!
//! This is statistics, so it is done in floats; no amount of a bill passes through here. Two kinds of methods, for
//! two kinds of questions. **Least squares** where a figure is extrapolated and its error is wanted: a line with a
//! level for each day of the week. **Medians** where an outlier is looked for, because an outlier must
//! not move what it is held against.

/// Days without which nothing is said: two weeks are the least that shows a weekday's rhythm twice.
pub const LEAST_DAYS: usize = 14;

/// What makes a median absolute deviation a standard deviation, if deviations are normal.
const MAD_TO_DEVIATION: f64 = 1.482_602;

/// The 97.5 % quantile of Student's t, by the expansion of Cornish and Fisher: from 6 degrees on exact to 0.002.
fn student(degrees: f64) -> f64 {
    let z: f64 = 1.959_964;
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + first / degrees + second / degrees.powi(2) + third / degrees.powi(3)
}

/// A line with a level for each day of the week, by least squares.
#[derive(Clone, Debug, PartialEq)]
pub struct WeeklyLine {
    /// Of each weekday: how many days, their mean place, their mean value.
    weekdays: [(f64, f64, f64); 7],
    slope: f64,
    spread: f64,
    variance: f64,
    degrees: f64,
}

/// A sum to come, with an interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// What is most likely.
    pub sum: f64,
    /// Half of the interval's width.
    pub half: f64,
}

impl WeeklyLine {
    /// Fits days, by their number since 1970-01-01, and values. `None` below [`LEAST_DAYS`] days, or where a
    /// weekday is missing.
    pub fn fit(days: &[(i64, f64)]) -> Option<WeeklyLine> {
        if days.len() < LEAST_DAYS {
            return None;
        }
        let mut weekdays = [(0.0, 0.0, 0.0); 7];
        for (day, value) in days {
            let weekday = &mut weekdays[weekday(*day)];
            *weekday = (weekday.0 + 1.0, weekday.1 + *day as f64, weekday.2 + value);
        }
        for weekday in &mut weekdays {
            if weekday.0 < 1.0 {
                return None;
            }
            *weekday = (weekday.0, weekday.1 / weekday.0, weekday.2 / weekday.0);
        }
        let centred = |day: i64, value: f64| {
            let (_, mean_x, mean_y) = weekdays[weekday(day)];
            (day as f64 - mean_x, value - mean_y)
        };
        let (mut spread, mut product) = (0.0, 0.0);
        for (day, value) in days {
            let (x, y) = centred(*day, *value);
            spread += x * x;
            product += x * y;
        }
        if spread <= 0.0 {
            return None;
        }
        let slope = product / spread;
        let residuals: f64 = days
            .iter()
            .map(|(day, value)| {
                let (x, y) = centred(*day, *value);
                (y - slope * x).powi(2)
            })
            .sum();
        // Seven levels and a slope.
        let degrees = days.len() as f64 - 8.0;
        Some(WeeklyLine { weekdays, slope, spread, variance: residuals / degrees, degrees })
    }

    /// The sum over some days to come.
    pub fn sum(&self, days: impl Iterator<Item = i64>) -> Expected {
        let (mut count, mut sum, mut reach) = (0.0, 0.0, 0.0);
        let mut of_weekday = [0.0; 7];
        for day in days {
            let at = weekday(day);
            let (_, mean_x, mean_y) = self.weekdays[at];
            sum += mean_y + self.slope * (day as f64 - mean_x);
            reach += day as f64 - mean_x;
            of_weekday[at] += 1.0;
            count += 1.0;
        }
        let levels: f64 =
            of_weekday.iter().zip(&self.weekdays).map(|(days, (seen, ..))| days * days / seen).sum();
        let variance = self.variance * (count + levels + reach * reach / self.spread);
        Expected { sum, half: student(self.degrees) * variance.max(0.0).sqrt() }
    }
}

/// Monday is 0; the first day of Unix time was a Thursday.
pub fn weekday(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// The middle value; of an even number the mean of both. `None` of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        count if count % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The standard deviation of most values around a centre, by their median absolute deviation.
pub fn deviation(values: &[f64], centre: f64) -> Option<f64> {
    let distances: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    Some(median(&distances)? * MAD_TO_DEVIATION)
}

/// The level of each day by the median slope between days that are whole weeks apart, which no season and few
/// outliers move. Levels never fall below a twentieth of the median.
pub fn levels(days: &[(i64, f64)]) -> Vec<f64> {
    let mut slopes = Vec::new();
    for (at, (day, value)) in days.iter().enumerate() {
        for (later, other) in &days[at + 1..] {
            if (later - day) % 7 == 0 {
                slopes.push((other - value) / (later - day) as f64);
            }
        }
    }
    let slope = median(&slopes).unwrap_or(0.0);
    let start = days.first().map_or(0, |(day, _)| *day);
    let flat: Vec<f64> = days.iter().map(|(day, value)| value - slope * (day - start) as f64).collect();
    let base = median(&flat).unwrap_or(0.0);
    let all: Vec<f64> = days.iter().map(|(_, value)| *value).collect();
    let least = (median(&all).unwrap_or(0.0) / 20.0).max(f64::MIN_POSITIVE);
    days.iter().map(|(day, _)| (base + slope * (day - start) as f64).max(least)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekly_rhythm_on_a_line_is_continued_exactly() {
        let value = |day: i64| 100.0 + 2.0 * day as f64 + if weekday(day) > 4 { -30.0 } else { 10.0 };
        let days: Vec<(i64, f64)> = (0..21).map(|day| (day, value(day))).collect();
        let line = WeeklyLine::fit(&days).unwrap();
        let expected = line.sum(21..51);
        let sum: f64 = (21..51).map(value).sum();
        assert!((expected.sum - sum).abs() < 1e-6 && expected.half < 1e-3, "{expected:?} {sum}");
        assert!(WeeklyLine::fit(&days[..13]).is_none());
    }

    /// Of 400 made-up months, the interval holds what came in about 95 of 100.
    #[test]
    fn the_interval_holds_what_it_says() {
        let mut seed = 7u64;
        let mut noise = || {
            // Twelve uniform numbers make one that is nearly normal.
            let mut sum = -6.0;
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                sum += (seed >> 40) as f64 / (1u64 << 24) as f64;
            }
            sum * 20.0
        };
        let mut held = 0;
        for _ in 0..400 {
            let days: Vec<(i64, f64)> =
                (0..58).map(|day| (day, 500.0 + day as f64 + 40.0 * weekday(day) as f64 + noise())).collect();
            let expected = WeeklyLine::fit(&days[..28]).unwrap().sum(28..58);
            let came: f64 = days[28..].iter().map(|(_, value)| value).sum();
            held += u32::from((came - expected.sum).abs() <= expected.half);
        }
        assert!((366..=392).contains(&held), "{held} of 400");
    }

    #[test]
    fn an_outlier_moves_no_level() {
        let mut days: Vec<(i64, f64)> = (0..28).map(|day| (day, 100.0 + day as f64)).collect();
        days[20].1 = 10_000.0;
        let levels = levels(&days);
        assert!((levels[0] - 100.0).abs() < 1.0 && (levels[27] - 127.0).abs() < 1.0, "{levels:?}");
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
        assert_eq!((median(&[]), weekday(0), weekday(4)), (None, 3, 0));
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, expected) in [(6.0, 2.446_9), (12.0, 2.178_8), (26.0, 2.055_5), (100.0, 1.984_0)] {
            assert!((student(degrees) - expected).abs() < 0.002, "{degrees}: {}", student(degrees));
        }
    }
}
