//! Windows of time: half-open, UTC, in milliseconds, because two windows that touch must add up.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Month;
use super::month::start_of_day_ms;

/// The instants `t` with `from_ms <= t < to_ms`, in milliseconds of Unix time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// The first instant inside.
    pub from_ms: i64,
    /// The first instant after it.
    pub to_ms: i64,
}

/// A window, an instant or a length of time that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Neither a date nor an RFC 3339 time.
    #[error("{0:?} is not a time: expected a date as 2026-10-31 or an RFC 3339 time as 2026-10-31T12:00:00Z")]
    Instant(String),
    /// Not a number with a unit.
    #[error("{0:?} is not a length of time: expected a number with m, h, d or w, as in 30d or 12h")]
    Duration(String),
    /// It ends before it begins.
    #[error("the window is empty: it starts at {from} and ends at {to}")]
    Empty {
        /// Its start, RFC 3339.
        from: String,
        /// Its end, RFC 3339.
        to: String,
    },
}

impl Window {
    /// A window that holds at least one instant.
    ///
    /// # Errors
    /// [`WindowError::Empty`] when it would hold none.
    pub fn new(from_ms: i64, to_ms: i64) -> Result<Window, WindowError> {
        let window = Window { from_ms, to_ms };
        if from_ms < to_ms {
            Ok(window)
        } else {
            Err(WindowError::Empty { from: window.from_rfc3339(), to: window.to_rfc3339() })
        }
    }

    /// Whether an instant lies inside.
    pub fn contains(&self, ms: i64) -> bool {
        self.from_ms <= ms && ms < self.to_ms
    }

    /// Whether the instants `first..=last` and the window have one in common.
    pub fn overlaps(&self, first_ms: i64, last_ms: i64) -> bool {
        first_ms < self.to_ms && self.from_ms <= last_ms
    }

    /// The billing months that it touches, in order.
    pub fn months(&self) -> Vec<Month> {
        let mut months = Vec::new();
        let mut month = Month::of_ms(self.from_ms);
        while month.start_ms() < self.to_ms {
            months.push(month);
            month = month.next();
        }
        months
    }

    /// The window cut at the starts of days, as far as they lie inside; in order.
    pub fn cut_at(&self, days: &[Date]) -> Vec<Window> {
        let mut cuts: Vec<i64> = days.iter().map(|day| start_of_day_ms(*day)).collect();
        cuts.retain(|cut| self.from_ms < *cut && *cut < self.to_ms);
        cuts.sort_unstable();
        cuts.dedup();
        let starts = std::iter::once(self.from_ms).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([self.to_ms]);
        starts.zip(ends).map(|(from_ms, to_ms)| Window { from_ms, to_ms }).collect()
    }

    /// Its start as RFC 3339 in UTC.
    pub fn from_rfc3339(&self) -> String {
        rfc3339(self.from_ms)
    }

    /// Its end as RFC 3339 in UTC.
    pub fn to_rfc3339(&self) -> String {
        rfc3339(self.to_ms)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}..{}", self.from_rfc3339(), self.to_rfc3339())
    }
}

fn rfc3339(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| format!("{ms} ms"), |instant| instant.to_string())
}

/// Reads a date (its first instant in UTC) or an RFC 3339 time; the answer is in milliseconds.
///
/// # Errors
/// [`WindowError::Instant`] when it is neither.
pub fn parse_instant(typed: &str) -> Result<i64, WindowError> {
    if let Ok(instant) = typed.parse::<Timestamp>() {
        return Ok(instant.as_millisecond());
    }
    // jiff reads a date out of a date-time as well; `2026-10-31T12:00` names no zone and is refused.
    if typed.len() == 10
        && let Ok(date) = typed.parse::<Date>()
        && let Ok(midnight) = date.to_zoned(TimeZone::UTC)
    {
        return Ok(midnight.timestamp().as_millisecond());
    }
    Err(WindowError::Instant(typed.to_owned()))
}

/// Reads `30d`, `12h`, `90m` or `4w`; the answer is in milliseconds and above zero.
///
/// # Errors
/// [`WindowError::Duration`] for anything else.
pub fn parse_duration(typed: &str) -> Result<i64, WindowError> {
    let error = || WindowError::Duration(typed.to_owned());
    let unit = match typed.bytes().last() {
        Some(b'm') => 60_000,
        Some(b'h') => 3_600_000,
        Some(b'd') => super::DAY_MS,
        Some(b'w') => 7 * super::DAY_MS,
        _ => return Err(error()),
    };
    let digits = &typed[..typed.len() - 1];
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(error());
    }
    let count: i64 = digits.parse().map_err(|_| error())?;
    // A hundred years: longer ones are typing errors, and would leave the calendar.
    match count.checked_mul(unit) {
        Some(ms) if ms > 0 && ms <= 36_525 * super::DAY_MS => Ok(ms),
        _ => Err(error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_half_open() {
        let window = Window::new(10, 20).unwrap();
        assert!(window.contains(10) && window.contains(19) && !window.contains(20));
        assert!(window.overlaps(19, 25) && !window.overlaps(20, 25) && !window.overlaps(5, 9));
        assert!(Window::new(20, 20).is_err());
    }

    #[test]
    fn a_window_is_cut_at_days_inside() {
        let instant = |text| parse_instant(text).unwrap();
        let window = Window::new(instant("2026-10-10"), instant("2026-10-20T12:00:00Z")).unwrap();
        let days: [Date; 4] =
            ["2026-10-15", "2026-10-10", "2026-10-15", "2026-10-21"].map(|day| day.parse().unwrap());
        let parts: Vec<String> = window.cut_at(&days).iter().map(Window::to_string).collect();
        assert_eq!(
            parts,
            ["2026-10-10T00:00:00Z..2026-10-15T00:00:00Z", "2026-10-15T00:00:00Z..2026-10-20T12:00:00Z"]
        );
        assert_eq!(window.cut_at(&[]), [window]);
    }

    #[test]
    fn months_are_those_touched() {
        let window =
            Window::new(parse_instant("2026-09-30").unwrap(), parse_instant("2026-11-01").unwrap()).unwrap();
        let months: Vec<String> = window.months().iter().map(Month::to_string).collect();
        assert_eq!(months, ["2026-09", "2026-10"]);
    }

    #[test]
    fn instants_and_durations() {
        assert_eq!(parse_instant("1970-01-02"), Ok(86_400_000));
        assert_eq!(parse_instant("1970-01-01T01:00:00+01:00"), Ok(0));
        assert!(parse_instant("2026-10-31T12:00").is_err());
        assert!(parse_instant("yesterday").is_err());
        assert_eq!(parse_duration("30d"), Ok(30 * 86_400_000));
        assert_eq!(parse_duration("12h"), Ok(43_200_000));
        for typed in ["", "d", "-3d", "3", "0d", "3y", "99999999999d", "1.5h", "３d"] {
            assert!(parse_duration(typed).is_err(), "{typed}");
        }
    }
}
