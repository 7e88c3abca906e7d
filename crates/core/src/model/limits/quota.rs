//! Quotas of usage plans: how many requests an API key has for a day, a week or a month.
//!
//! When AWS begins a period is not documented. Days and months are taken to be those of UTC, and weeks to begin on
//! Monday; what is said of quotas says so, too.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::settings::{Quota, QuotaPeriod};
use crate::model::{DAY_MS, Month};

/// A quota that a request counts against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedQuota {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The usage plan's id.
    pub plan: String,
    /// The API key's id.
    pub key: String,
    /// The quota.
    pub quota: Quota,
    /// When the key was made, in milliseconds of Unix time, where that is known: its first period is that one.
    pub key_created_ms: Option<i64>,
}

impl AppliedQuota {
    /// How many requests the key has in the period that begins at `start_ms`: the offset is taken off in the
    /// period in which the key was made.
    pub fn allowed(&self, start_ms: i64) -> u64 {
        let first = self.key_created_ms.and_then(|made| quota_period_start(&self.quota.period, made));
        let offset = if first == Some(start_ms) { u64::from(self.quota.offset) } else { 0 };
        self.quota.limit.saturating_sub(offset)
    }
}

/// The beginning of the period that holds an instant, in milliseconds of Unix time. `None` for a period that this
/// version does not know, or an instant outside of the calendar.
pub fn quota_period_start(period: &QuotaPeriod, ms: i64) -> Option<i64> {
    let day = ms.div_euclid(DAY_MS);
    match period {
        QuotaPeriod::Day => Some(day * DAY_MS),
        QuotaPeriod::Week => {
            let date = Timestamp::from_millisecond(ms).ok()?.to_zoned(TimeZone::UTC).date();
            let since_monday = i64::from(date.weekday().to_monday_zero_offset());
            Some((day - since_monday) * DAY_MS)
        }
        QuotaPeriod::Month => Some(Month::of_ms(ms).start_ms()),
        QuotaPeriod::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_instant;

    #[test]
    fn periods_are_utc_days_weeks_from_monday_and_months() {
        let at = |text: &str| parse_instant(text).unwrap();
        let instant = at("2026-10-21T13:14:15Z");
        let start = |period| quota_period_start(&period, instant);
        assert_eq!(start(QuotaPeriod::Day), Some(at("2026-10-21")));
        assert_eq!(start(QuotaPeriod::Week), Some(at("2026-10-19")));
        assert_eq!(start(QuotaPeriod::Month), Some(at("2026-10-01")));
        assert_eq!(start(QuotaPeriod::Other("YEAR".to_owned())), None);
    }

    #[test]
    fn the_offset_is_taken_off_in_the_keys_first_period() {
        let quota = Quota { limit: 100, period: QuotaPeriod::Month, offset: 30 };
        let at = |text: &str| parse_instant(text).unwrap();
        let applied = AppliedQuota {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            plan: "p".to_owned(),
            key: "k".to_owned(),
            quota,
            key_created_ms: Some(at("2026-09-12")),
        };
        assert_eq!(applied.allowed(at("2026-09-01")), 70);
        assert_eq!(applied.allowed(at("2026-10-01")), 100);
    }
}
