//! When metrics are asked for: whole UTC days, at a period that their age allows, until nothing is added to
//! them any more.
//!
//! A day is looked at as a whole: asking for a part of it costs the same. Values come late, so a day is looked
//! at again until it was seen some hours after its end; each look replaces what the one before had seen.

use super::super::{DAY_MS, Window};

/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;

/// For how long CloudWatch keeps values of a period: the period in seconds, and days.
pub const RETENTION: [(u32, i64); 3] = [(60, 15), (300, 63), (3600, 455)];

/// The period that is asked for. Figures are compared by the day and by the hour: finer values would be more
/// to store and say nothing more, because the log knows the millisecond.
pub const PERIOD_SECONDS: u32 = 3600;

/// So long after its end, nothing is taken to be added to a period any more. AWS states no bound; values
/// usually come within minutes, and some hours late at most.
pub const SETTLES_AFTER_MS: i64 = 6 * HOUR_MS;

/// Whether a period that ends at `end_ms` was complete for good when it was fetched.
pub const fn is_settled(end_ms: i64, fetched_at_ms: i64) -> bool {
    end_ms + SETTLES_AFTER_MS <= fetched_at_ms
}

/// The finest period, in seconds, that CloudWatch still keeps of an instant. `None`: nothing at all.
pub fn finest_period(at_ms: i64, now_ms: i64) -> Option<u32> {
    RETENTION.into_iter().find(|(_, days)| now_ms - at_ms < days * DAY_MS).map(|(seconds, _)| seconds)
}

/// What is to be asked of a day, counted from 1970-01-01: the whole of it, or as many whole periods of
/// [`PERIOD_SECONDS`] as are over. `None`: none is.
pub fn day_window(day: i64, now_ms: i64) -> Option<Window> {
    let (from_ms, period_ms) = (day * DAY_MS, i64::from(PERIOD_SECONDS) * 1000);
    let to_ms = (from_ms + DAY_MS).min(now_ms.div_euclid(period_ms) * period_ms);
    Window::new(from_ms, to_ms).ok()
}

/// Which days of a window to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayPlan {
    /// Days, counted from 1970-01-01, in order.
    pub fetch: Vec<i64>,
    /// Days that need no other look.
    pub settled: u64,
    /// Days of which CloudWatch keeps nothing any more, and which were never looked at.
    pub expired: u64,
}

/// Plans a window. `fetched_at` says when a day was last looked at, in milliseconds of Unix time.
pub fn plan_days(window: Window, now_ms: i64, fetched_at: impl Fn(i64) -> Option<i64>) -> DayPlan {
    let mut plan = DayPlan::default();
    let end_ms = window.to_ms.min(now_ms);
    for day in window.from_ms.div_euclid(DAY_MS)..=(end_ms - 1).div_euclid(DAY_MS) {
        let end_of_day = (day + 1) * DAY_MS;
        let Some(asked) = day_window(day, now_ms) else { continue };
        match fetched_at(day) {
            Some(fetched_at) if is_settled(end_of_day, fetched_at) => plan.settled += 1,
            _ if finest_period(asked.from_ms, now_ms).is_none() => plan.expired += 1,
            _ => plan.fetch.push(day),
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-10-17.
    const DAY: i64 = 20_743;
    const NOON: i64 = DAY * DAY_MS + 12 * HOUR_MS + 17 * 60_000;

    fn days(count: i64) -> Window {
        Window { from_ms: (DAY - count) * DAY_MS, to_ms: NOON }
    }

    #[test]
    fn the_age_decides_what_is_kept() {
        let at = |days: i64| finest_period(NOON - days * DAY_MS, NOON);
        assert_eq!(
            [at(0), at(14), at(15), at(62), at(63), at(454)].map(Option::unwrap),
            [60, 60, 300, 300, 3600, 3600]
        );
        assert_eq!(at(455), None);
    }

    #[test]
    fn whole_days_are_asked_for_and_of_today_whole_hours() {
        assert_eq!(
            day_window(DAY - 1, NOON),
            Some(Window { from_ms: (DAY - 1) * DAY_MS, to_ms: DAY * DAY_MS })
        );
        let today = day_window(DAY, NOON).unwrap();
        assert_eq!(today.to_ms - today.from_ms, 12 * HOUR_MS);
        assert_eq!(day_window(DAY, DAY * DAY_MS + 60_000), None);
        assert_eq!(day_window(DAY + 1, NOON), None);
    }

    #[test]
    fn a_day_is_looked_at_until_it_settled() {
        let plan = plan_days(days(2), NOON, |_| None);
        assert_eq!(plan.fetch, [DAY - 2, DAY - 1, DAY]);
        // Looked at an hour after its end, yesterday is looked at again; the day before was looked at later.
        let plan =
            plan_days(days(2), NOON, |day| Some(if day == DAY { NOON } else { DAY * DAY_MS + HOUR_MS }));
        assert_eq!((plan.fetch, plan.settled), (vec![DAY - 1, DAY], 1));
        let plan = plan_days(days(500), NOON, |_| None);
        assert_eq!((plan.fetch.len() as i64, plan.expired as i64), (455, 46));
        // What is in the lake stays, however old it is.
        let plan = plan_days(days(500), NOON, |_| Some(NOON));
        assert_eq!((plan.expired, plan.fetch), (0, vec![DAY]));
    }
}
