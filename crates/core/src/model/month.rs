//! Billing months: AWS bills by UTC calendar month and counts tiers anew in each.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Window;

/// A UTC calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    year: i16,
    month: i8,
}

/// A text that is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a month: expected YYYY-MM, as in 2026-10")]
pub struct MonthError(String);

impl Month {
    /// The month that holds an instant, in milliseconds of Unix time.
    ///
    /// Instants outside the years -9999 to 9999 fall into the first or last month of that range.
    pub fn of_ms(ms: i64) -> Month {
        let date = day_of_ms(ms);
        Month { year: date.year(), month: date.month() }
    }

    /// The first day of the month.
    pub fn first_day(self) -> Date {
        // `month` is 1 to 12 and `year` came from a date, so the fallback is never taken.
        Date::new(self.year, self.month, 1).unwrap_or(Date::ZERO)
    }

    /// The month after this one.
    pub fn next(self) -> Month {
        if self.month == 12 {
            Month { year: self.year.saturating_add(1), month: 1 }
        } else {
            Month { year: self.year, month: self.month + 1 }
        }
    }

    /// The month before this one.
    pub fn previous(self) -> Month {
        if self.month == 1 {
            Month { year: self.year.saturating_sub(1), month: 12 }
        } else {
            Month { year: self.year, month: self.month - 1 }
        }
    }

    /// The first millisecond of the month in Unix time.
    pub fn start_ms(self) -> i64 {
        start_of_day_ms(self.first_day())
    }

    /// The whole month as a half-open window.
    pub fn window(self) -> Window {
        Window { from_ms: self.start_ms(), to_ms: self.next().start_ms() }
    }
}

/// The UTC day of an instant, in milliseconds of Unix time; those outside the calendar are at its ends.
pub fn day_of_ms(ms: i64) -> Date {
    let instant = jiff::Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    });
    instant.to_zoned(TimeZone::UTC).date()
}

/// The first millisecond of a UTC day in Unix time.
pub fn start_of_day_ms(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).map_or(i64::MIN, |zoned| zoned.timestamp().as_millisecond())
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let error = || MonthError(typed.to_owned());
        let (year, month) = typed.split_once('-').ok_or_else(error)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return Err(error());
        }
        let year: i16 = year.parse().map_err(|_| error())?;
        let month: i8 = month.parse().map_err(|_| error())?;
        // The last month of year 9999 would have no end.
        if !(1..=12).contains(&month) || !(1..=9998).contains(&year) {
            return Err(error());
        }
        Ok(Month { year, month })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_knows_its_bounds_and_neighbours() {
        let october: Month = "2026-10".parse().unwrap();
        assert_eq!(october.window().to_string(), "2026-10-01T00:00:00Z..2026-11-01T00:00:00Z");
        assert_eq!(october.next().to_string(), "2026-11");
        let january: Month = "2027-01".parse().unwrap();
        assert_eq!(january.previous().to_string(), "2026-12");
        assert_eq!(Month::of_ms(january.start_ms() - 1), january.previous());
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for typed in ["2026-13", "2026-1", "26-10", "2026", "2026-10-01", "+026-10", "2026-00", "9999-12"] {
            assert!(typed.parse::<Month>().is_err(), "{typed}");
        }
    }
}
