//! Straight lines through days: where they go, and how sure that is.
//!
//! Two weeks are the least that shows a weekday's rhythm twice; below that nothing is said. This is statistics, so
//! it is done in floats; what is shown has one decimal, and no money comes of it here.

use rust_decimal::Decimal;

/// Days without which nothing is said.
pub const LEAST_DAYS: usize = 14;

/// Days beyond which a line says nothing: a hundred years.
const FOREVER: f64 = 36_525.0;

/// Days until a line reaches a threshold, from the last day that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trend {
    /// Days that were looked at.
    pub days_of_data: u64,
    /// Days until it. `None`: the line does not get there.
    pub days: Option<Decimal>,
    /// With the steepest slope of the 95 % interval.
    pub days_low: Option<Decimal>,
    /// With its flattest slope. `None`: never.
    pub days_high: Option<Decimal>,
}

/// A line fitted by least squares.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// By how much it rises with each unit of x.
    pub slope: f64,
    /// Points less the two that a line takes.
    pub degrees: f64,
    count: f64,
    mean_x: f64,
    mean_y: f64,
    /// The squared distances of x from its mean, together.
    spread: f64,
    /// The squared distances of y from the line, together.
    residuals: f64,
}

impl Line {
    /// The line through points. `None` with fewer than three of them, or with all at one x.
    pub fn fit(points: &[(f64, f64)]) -> Option<Line> {
        let count = points.len() as f64;
        let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
        let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        if points.len() < 3 || spread <= 0.0 {
            return None;
        }
        let slope = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
        let mut line = Line { slope, degrees: count - 2.0, count, mean_x, mean_y, spread, residuals: 0.0 };
        line.residuals = points.iter().map(|(x, y)| (y - line.at(*x)).powi(2)).sum();
        Some(line)
    }

    /// Where it is at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.mean_y + self.slope * (x - self.mean_x)
    }

    /// Half of the 95 % interval of the slope.
    pub fn slope_half_width(&self) -> f64 {
        quantile(self.degrees) * (self.residuals / self.degrees / self.spread).sqrt()
    }

    /// Half of the 95 % interval in which one more point at `x` would lie.
    pub fn prediction_half_width(&self, x: f64) -> f64 {
        let away = 1.0 + 1.0 / self.count + (x - self.mean_x).powi(2) / self.spread;
        quantile(self.degrees) * (self.residuals / self.degrees * away).sqrt()
    }
}

/// Fits a line through (day, peak) and says when it reaches `threshold`, in days after the last one.
///
/// `None` with fewer than [`LEAST_DAYS`] days.
pub fn reaches(peaks: &[(i64, u64)], threshold: f64) -> Option<Trend> {
    if peaks.len() < LEAST_DAYS {
        return None;
    }
    let last = peaks.last().map(|(day, _)| *day)?;
    let points: Vec<(f64, f64)> =
        peaks.iter().map(|(day, peak)| ((day - last) as f64, *peak as f64)).collect();
    let line = Line::fit(&points)?;
    let half = line.slope_half_width();
    let gap = (threshold - line.at(0.0)).max(0.0);
    let days = |slope: f64| {
        let days = gap / slope;
        (slope > 0.0 && days <= FOREVER).then(|| tenths(days)).flatten()
    };
    Some(Trend {
        days_of_data: u64::try_from(points.len()).ok()?,
        days: days(line.slope),
        days_low: days(line.slope + half),
        days_high: days(line.slope - half),
    })
}

/// The 97.5 % quantile of Student's t, by the expansion of Cornish and Fisher: from 12 degrees on exact to 0.001.
pub fn quantile(degrees: f64) -> f64 {
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
        let found = reaches(&peaks, 300.0).unwrap();
        let seven = Some(Decimal::from(7));
        assert_eq!((found.days, found.days_low, found.days_high), (seven, seven, seven));
        assert_eq!(reaches(&peaks, 50.0).unwrap().days, Some(Decimal::ZERO));
        assert_eq!(reaches(&peaks[1..], 300.0), None);
    }

    #[test]
    fn flat_and_falling_peaks_reach_nothing() {
        let flat: Vec<(i64, u64)> = (0..20).map(|day| (day, 100)).collect();
        assert_eq!(reaches(&flat, 300.0).unwrap().days, None);
        let falling: Vec<(i64, u64)> = (0..20).map(|day| (day, 500 - 10 * day as u64)).collect();
        assert_eq!(reaches(&falling, 1000.0).unwrap().days_high, None);
    }

    #[test]
    fn the_interval_holds_the_line_and_scatter_widens_it() {
        let peaks = |scatter: i64| -> Vec<(i64, u64)> {
            (0..28)
                .map(|day| (day, (1000 + 20 * day + if day % 2 == 0 { scatter } else { -scatter }) as u64))
                .collect()
        };
        let (calm, wild) = (reaches(&peaks(5), 3000.0).unwrap(), reaches(&peaks(60), 3000.0).unwrap());
        for found in [calm, wild] {
            assert!(found.days_low < found.days && found.days < found.days_high, "{found:?}");
        }
        assert!(wild.days_low < calm.days_low && calm.days_high < wild.days_high);
    }

    /// The figures are those of a textbook's table: y = 1, 3, 2, 5, 4 at x = 0..4.
    #[test]
    fn widths_are_those_of_the_formulas() {
        let points: Vec<(f64, f64)> =
            [1.0, 3.0, 2.0, 5.0, 4.0].iter().enumerate().map(|(x, y)| (x as f64, *y)).collect();
        let line = Line::fit(&points).unwrap();
        assert!((line.slope - 0.8).abs() < 1e-12 && (line.at(0.0) - 1.4).abs() < 1e-12);
        // The residuals are -0.4, 0.8, -1, 1.2, -0.6: 3.6 together; 3.6 / 3 / 10 under the root is 0.3464.
        let t = quantile(3.0);
        assert!((line.slope_half_width() / t - 0.346_41).abs() < 1e-5);
        // At the mean of x: 1.2 x (1 + 1/5) under the root is 1.2.
        assert!((line.prediction_half_width(2.0) / t - 1.2).abs() < 1e-12);
        assert!(line.prediction_half_width(9.0) > line.prediction_half_width(5.0));
        assert!(Line::fit(&points[..2]).is_none() && Line::fit(&[(1.0, 2.0); 9]).is_none());
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, expected) in [(12.0, 2.178_8), (26.0, 2.055_5), (100.0, 1.984_0)] {
            assert!((quantile(degrees) - expected).abs() < 0.001, "{degrees}: {}", quantile(degrees));
        }
    }
}
