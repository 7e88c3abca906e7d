//! A window as people write it: `October 2026`, `2026-10-03 to 2026-10-09`, or its two instants.

use gwcost_core::model::Window;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const DAY_MS: i64 = 86_400_000;

/// The window in words. Days are UTC days and the last one named is inside.
pub fn period(window: &Window) -> String {
    match days(window) {
        Some((first, last)) if whole_month(first, last) => first.strftime("%B %Y").to_string(),
        Some((first, last)) if first == last => first.to_string(),
        Some((first, last)) => format!("{first} to {last}"),
        None => window.to_string(),
    }
}

/// The first and the last UTC day of a window that consists of whole days.
fn days(window: &Window) -> Option<(Date, Date)> {
    let whole = window.from_ms.rem_euclid(DAY_MS) == 0 && window.to_ms.rem_euclid(DAY_MS) == 0;
    (whole && window.from_ms < window.to_ms)
        .then(|| Some((day_of(window.from_ms)?, day_of(window.to_ms - 1)?)))
        .flatten()
}

/// The UTC days that a window touches first and last.
pub fn days_touched(window: &Window) -> Option<(Date, Date)> {
    Some((day_of(window.from_ms)?, day_of(window.to_ms.saturating_sub(1))?))
}

fn day_of(ms: i64) -> Option<Date> {
    Some(Timestamp::from_millisecond(ms).ok()?.to_zoned(TimeZone::UTC).date())
}

fn whole_month(first: Date, last: Date) -> bool {
    first.day() == 1 && last == first.last_of_month()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str) -> Window {
        let ms = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        Window { from_ms: ms(from), to_ms: ms(to) }
    }

    #[test]
    fn whole_months_and_days_are_named_and_other_windows_are_exact() {
        let named = |from: &str, to: &str| period(&window(from, to));
        assert_eq!(named("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"), "October 2026");
        assert_eq!(named("2026-10-03T00:00:00Z", "2026-10-10T00:00:00Z"), "2026-10-03 to 2026-10-09");
        assert_eq!(named("2026-10-03T00:00:00Z", "2026-10-04T00:00:00Z"), "2026-10-03");
        let exact = named("2026-10-03T00:00:00Z", "2026-10-04T00:00:01Z");
        assert_eq!(exact, "2026-10-03T00:00:00Z..2026-10-04T00:00:01Z");
    }
}
