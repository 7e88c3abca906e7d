//! When the first refusal comes, if the last weeks go on: a line through the daily peaks.
//!
//! Two weeks are the least that shows a weekday's rhythm twice; below that nothing is said. This is statistics, so
//! it is done in floats; what is shown has one decimal.

use rust_decimal::Decimal;

use super::result::Trend;

/// Days without which nothing is said.
pub const LEAST_DAYS: usize = 14;

/// Days beyond which a line says nothing: a hundred years.
const FOREVER: f64 = 36_525.0;

/// Fits a line through (day, peak) and says when it reaches `threshold`, in days after the last one.
///
/// `None` with fewer than [`LEAST_DAYS`] days.
pub fn trend(peaks: &[(i64, u64)], threshold: f64) -> Option<Trend> {
    if peaks.len() < LEAST_DAYS {
        return None;
    }
    let last = peaks.last().map(|(day, _)| *day)?;
    let points: Vec<(f64, f64)> =
        peaks.iter().map(|(day, peak)| ((day - last) as f64, *peak as f64)).collect();
    let count = points.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let slope = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
    let at = |x: f64| mean_y + slope * (x - mean_x);
    let residuals: f64 = points.iter().map(|(x, y)| (y - at(*x)).powi(2)).sum();
    let degrees = count - 2.0;
    let error = (residuals / degrees / spread).sqrt();
    let half = quantile(degrees) * error;
    let gap = (threshold - at(0.0)).max(0.0);
    let days = |slope: f64| {
        let days = gap / slope;
        (slope > 0.0 && days <= FOREVER).then(|| tenths(days)).flatten()
    };
    Some(Trend {
        days_of_data: u64::try_from(points.len()).ok()?,
        days: days(slope),
        days_low: days(slope + half),
        days_high: days(slope - half),
    })
}

/// The 97.5 % quantile of Student's t, by the expansion of Cornish and Fisher: from 12 degrees on exact to 0.001.
fn quantile(degrees: f64) -> f64 {
    let z: f64 = 1.959_964;
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + first / degrees + second / degrees.powi(2) + third / degrees.powi(3)
}

fn tenths(days: f64) -> Option<Decimal> {
    let tenths = (days * 10.0).round() as i64;
    Some(Decimal::new(tenths, 1).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_is_followed() {
        // 100, 110, ..., 230 in 14 days: 300 is reached 7 days after the last.
        let peaks: Vec<(i64, u64)> = (0..14).map(|day| (20_000 + day, 100 + 10 * day as u64)).collect();
        let found = trend(&peaks, 300.0).unwrap();
        let seven = Some(Decimal::from(7));
        assert_eq!((found.days, found.days_low, found.days_high), (seven, seven, seven));
        assert_eq!(trend(&peaks, 50.0).unwrap().days, Some(Decimal::ZERO));
        assert_eq!(trend(&peaks[1..], 300.0), None);
    }

    #[test]
    fn flat_and_falling_peaks_reach_nothing() {
        let flat: Vec<(i64, u64)> = (0..20).map(|day| (day, 100)).collect();
        assert_eq!(trend(&flat, 300.0).unwrap().days, None);
        let falling: Vec<(i64, u64)> = (0..20).map(|day| (day, 500 - 10 * day as u64)).collect();
        assert_eq!(trend(&falling, 1000.0).unwrap().days_high, None);
    }

    #[test]
    fn the_interval_holds_the_line_and_scatter_widens_it() {
        let peaks = |scatter: i64| -> Vec<(i64, u64)> {
            (0..28)
                .map(|day| (day, (1000 + 20 * day + if day % 2 == 0 { scatter } else { -scatter }) as u64))
                .collect()
        };
        let (calm, wild) = (trend(&peaks(5), 3000.0).unwrap(), trend(&peaks(60), 3000.0).unwrap());
        for found in [calm, wild] {
            assert!(found.days_low < found.days && found.days < found.days_high, "{found:?}");
        }
        assert!(wild.days_low < calm.days_low && calm.days_high < wild.days_high);
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, expected) in [(12.0, 2.178_8), (26.0, 2.055_5), (100.0, 1.984_0)] {
            assert!((quantile(degrees) - expected).abs() < 0.001, "{degrees}: {}", quantile(degrees));
        }
    }
}
