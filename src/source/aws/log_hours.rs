//! Hours of a log group: the units in which the lake takes it in, and which of them to fetch.
//!
//! What is fetched and committed is always a whole UTC hour, so a window is widened to whole hours. Part
//! of an hour would be remembered as that hour, and another window, or the rest of the hour, could never be
//! told from what is there already. Two runs with overlapping windows share their hours instead.
//!
//! Events come late: an hour is looked at again until it was fetched two hours after its end. Each look is
//! the next *generation* of the hour, and brings those events that no generation before had.

use std::collections::BTreeMap;

use gwcost_core::model::Window;
use jiff::Timestamp;

use super::logs::LogGroup;

/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;

/// So long after its end, nothing is added to an hour any more.
pub const SETTLES_AFTER_MS: i64 = 2 * HOUR_MS;

/// One look at one UTC hour of a log group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogHour {
    /// The group.
    pub group: LogGroup,
    /// The hour's first millisecond of Unix time.
    pub hour_start_ms: i64,
    /// Which look it is, counted from 0.
    pub generation: u32,
}

impl LogHour {
    /// The name by which the lake knows the hour, whatever the generation:
    /// `logs:123456789012:us-east-1:/aws/apigateway/orders@2026-10-17T10`.
    pub fn name(&self) -> String {
        hour_name(&self.group, self.hour_start_ms)
    }
}

fn hour_name(group: &LogGroup, hour_start_ms: i64) -> String {
    let hour = Timestamp::from_millisecond(hour_start_ms)
        .map_or_else(|_| hour_start_ms.to_string(), |time| time.strftime("%Y-%m-%dT%H").to_string());
    format!("{}@{hour}", group.name_in_lake())
}

/// An hour that the lake holds, or holds as empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHour {
    /// [`LogHour::name`].
    pub source: String,
    /// The generation that was committed.
    pub generation: u32,
    /// When it was fetched: a time before the first request for it was sent.
    pub fetched_at_ms: i64,
    /// Nothing can be added to it any more.
    pub settled: bool,
}

/// An hour to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedHour {
    /// The hour and its next generation.
    pub hour: LogHour,
    /// What to ask for: the whole hour, or the running one up to now.
    pub window: Window,
    /// Once it is fetched, nothing can be added to it: record it as settled.
    pub settles: bool,
}

/// What to fetch of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HourPlan {
    /// Hours to fetch, in the order of time.
    pub fetch: Vec<PlannedHour>,
    /// Hours that the lake holds and that nothing can be added to.
    pub settled: u64,
    /// Hours so old that CloudWatch Logs has deleted them.
    pub expired: u64,
}

/// Plans a window of a log group at the time `now_ms`.
///
/// `known` is what the lake holds, of other groups and hours too. `oldest_ms` is the earliest time of which
/// the group may still hold events ([`super::logs::LogGroupFacts::oldest_ms`]), if it deletes any.
pub fn plan_hours(
    group: &LogGroup,
    window: Window,
    now_ms: i64,
    oldest_ms: Option<i64>,
    known: &[KnownHour],
) -> HourPlan {
    let prefix = format!("{}@", group.name_in_lake());
    let mut newest: BTreeMap<&str, KnownHour> = BTreeMap::new();
    for hour in known.iter().filter(|hour| hour.source.starts_with(&prefix)) {
        let newest = newest.entry(&hour.source).or_insert_with(|| hour.clone());
        newest.generation = newest.generation.max(hour.generation);
        newest.fetched_at_ms = newest.fetched_at_ms.max(hour.fetched_at_ms);
        newest.settled |= hour.settled;
    }
    let mut plan = HourPlan::default();
    // An hour that has not begun holds nothing yet.
    let end_ms = window.to_ms.min(now_ms);
    let mut hour_start_ms = window.from_ms.div_euclid(HOUR_MS) * HOUR_MS;
    while hour_start_ms < end_ms {
        let hour_end_ms = hour_start_ms + HOUR_MS;
        let before = newest.get(hour_name(group, hour_start_ms).as_str());
        if before.is_some_and(|known| known.settled || hour_settles(hour_start_ms, known.fetched_at_ms)) {
            plan.settled += 1;
        } else if oldest_ms.is_some_and(|oldest| hour_end_ms <= oldest) {
            plan.expired += 1;
        } else {
            let generation = before.map_or(0, |known| known.generation + 1);
            plan.fetch.push(PlannedHour {
                hour: LogHour { group: group.clone(), hour_start_ms, generation },
                window: Window { from_ms: hour_start_ms, to_ms: hour_end_ms.min(now_ms) },
                settles: hour_settles(hour_start_ms, now_ms),
            });
        }
        hour_start_ms = hour_end_ms;
    }
    plan
}

/// Whether an hour that is fetched at `fetched_at_ms` is complete for good.
pub fn hour_settles(hour_start_ms: i64, fetched_at_ms: i64) -> bool {
    hour_start_ms + HOUR_MS + SETTLES_AFTER_MS <= fetched_at_ms
}

impl HourPlan {
    /// The windows to fetch, with hours that touch in one, so that one reading goes through all of them.
    pub fn windows(&self) -> Vec<Window> {
        let mut windows: Vec<Window> = Vec::new();
        for hour in &self.fetch {
            match windows.last_mut() {
                Some(last) if last.to_ms == hour.window.from_ms => last.to_ms = hour.window.to_ms,
                _ => windows.push(hour.window),
            }
        }
        windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-10-17T00:00:00Z.
    const DAY: i64 = 1_792_195_200_000;

    fn group() -> LogGroup {
        LogGroup {
            name: "/aws/apigateway/orders".to_owned(),
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            linked: false,
        }
    }

    fn at(hour: i64, minute: i64) -> i64 {
        DAY + hour * HOUR_MS + minute * 60_000
    }

    /// The lake after everything planned was committed.
    fn committed(mut known: Vec<KnownHour>, plan: &HourPlan, now_ms: i64) -> Vec<KnownHour> {
        known.extend(plan.fetch.iter().map(|planned| KnownHour {
            source: planned.hour.name(),
            generation: planned.hour.generation,
            fetched_at_ms: now_ms,
            settled: planned.settles,
        }));
        known
    }

    fn fetched(plan: &HourPlan) -> Vec<(i64, u32, bool)> {
        let hour = |planned: &PlannedHour| (planned.hour.hour_start_ms - DAY) / HOUR_MS;
        plan.fetch.iter().map(|planned| (hour(planned), planned.hour.generation, planned.settles)).collect()
    }

    #[test]
    fn an_hour_has_a_name() {
        let hour = LogHour { group: group(), hour_start_ms: at(10, 0), generation: 3 };
        assert_eq!(hour.name(), "logs:123456789012:us-east-1:/aws/apigateway/orders@2026-10-17T10");
    }

    #[test]
    fn a_window_is_widened_to_whole_hours_but_not_beyond_now() {
        let window = Window { from_ms: at(8, 30), to_ms: at(23, 1) };
        let plan = plan_hours(&group(), window, at(12, 20), None, &[]);
        assert_eq!(
            fetched(&plan),
            [(8, 0, true), (9, 0, true), (10, 0, false), (11, 0, false), (12, 0, false)]
        );
        assert_eq!(plan.fetch[0].window, Window { from_ms: at(8, 0), to_ms: at(9, 0) });
        assert_eq!(plan.fetch[4].window, Window { from_ms: at(12, 0), to_ms: at(12, 20) });
        assert_eq!(plan.windows(), [Window { from_ms: at(8, 0), to_ms: at(12, 20) }]);
    }

    #[test]
    fn only_hours_that_may_have_changed_are_looked_at_again() {
        let window = Window { from_ms: at(8, 0), to_ms: at(24, 0) };
        let first = plan_hours(&group(), window, at(12, 20), None, &[]);
        let known = committed(Vec::new(), &first, at(12, 20));

        let again = plan_hours(&group(), window, at(12, 25), None, &known);
        assert_eq!(fetched(&again), [(10, 1, false), (11, 1, false), (12, 1, false)]);
        assert_eq!(again.settled, 2);

        let known = committed(known, &again, at(12, 25));
        let later = plan_hours(&group(), window, at(15, 0), None, &known);
        assert_eq!(
            fetched(&later),
            [(10, 2, true), (11, 2, true), (12, 2, true), (13, 0, false), (14, 0, false)]
        );

        let known = committed(known, &later, at(15, 0));
        let last = plan_hours(&group(), window, at(48, 0), None, &known);
        assert_eq!(fetched(&last).first(), Some(&(13, 1, true)));
        let known = committed(known, &last, at(48, 0));
        let nothing = plan_hours(&group(), window, at(49, 0), None, &known);
        assert_eq!((nothing.fetch.len(), nothing.settled), (0, 16));
    }

    #[test]
    fn a_gap_makes_two_windows_and_other_groups_do_not_count() {
        let window = Window { from_ms: at(0, 0), to_ms: at(5, 0) };
        let other = LogGroup { name: "/aws/apigateway/orders-2".to_owned(), ..group() };
        let hour = |group: LogGroup, hour: i64| KnownHour {
            source: LogHour { group, hour_start_ms: at(hour, 0), generation: 0 }.name(),
            generation: 0,
            fetched_at_ms: at(24, 0),
            settled: true,
        };
        let known = [hour(group(), 2), hour(other, 1)];
        let plan = plan_hours(&group(), window, at(24, 0), None, &known);
        let windows =
            [Window { from_ms: at(0, 0), to_ms: at(2, 0) }, Window { from_ms: at(3, 0), to_ms: at(5, 0) }];
        assert_eq!(plan.windows(), windows);
    }

    #[test]
    fn hours_that_are_deleted_are_counted_and_not_fetched() {
        let window = Window { from_ms: at(0, 0), to_ms: at(5, 0) };
        let plan = plan_hours(&group(), window, at(24, 0), Some(at(2, 30)), &[]);
        assert_eq!((plan.expired, fetched(&plan).first()), (2, Some(&(2, 0, true))));
    }
}
