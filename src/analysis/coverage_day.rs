//! One stage and day of the log, held against what CloudWatch counted: the arithmetic and the verdict.
//!
//! The tolerance is stated here and nowhere hidden: half a percent either way. A request is logged when it
//! began and counted when it ended, so at the edges of a day the two differ a little. AWS does not log every
//! 413 and 429, and does not document whether Count holds what it throttled: so a log that exceeds Count by no
//! more than its own 429s does not exceed it.

use gwcost_core::model::ApiKind;
use rust_decimal::{Decimal, RoundingStrategy};

/// One part in so many may be missing, or too many, before a log is not complete.
const TOLERANCE: u128 = 200;

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// CloudWatch was asked, and may still add to all hours of the day that lie in the window.
    NoSettledHours,
    /// The log holds what CloudWatch counted, but for half a percent.
    Complete,
    /// What was counted and what is logged are different things: a WebSocket API that only sent messages, or
    /// whose log does not tell its events apart.
    NotComparable,
    /// Requests were logged, and there is no count of them in the lake.
    NoMetrics,
    /// The log holds more than was counted.
    MoreThanMetrics,
    /// The log lacks some of what was counted.
    Partial,
}

impl Verdict {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::NoSettledHours => "no_settled_hours",
            Verdict::Complete => "complete",
            Verdict::NotComparable => "not_comparable",
            Verdict::NoMetrics => "no_metrics",
            Verdict::MoreThanMetrics => "more_than_metrics",
            Verdict::Partial => "partial",
        }
    }
}

/// A stage's log and metrics of one UTC day, or of the hours of it that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageDay {
    /// `2026-10-31`.
    pub day: String,
    /// Hours of the day that were compared: whole ones, inside the window, to which CloudWatch adds nothing
    /// any more. 0: the figures are of all that is logged in the window.
    pub hours: u32,
    /// Requests in the log; connections that were opened, for a WebSocket API.
    pub logged: u64,
    /// The same in CloudWatch: Count, or ConnectCount. `None`: no metrics.
    pub counted: Option<u64>,
    /// For a WebSocket API: messages in the log, and MessageCount, which counts those to clients too. So the
    /// log can hold fewer, but not more.
    pub messages: Option<(u64, u64)>,
    /// What the comparison found.
    pub verdict: Verdict,
}

/// What the log holds of the compared hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoggedHours {
    /// Rows.
    pub requests: u64,
    /// Of these, answered with 429.
    pub throttled: u64,
    /// WebSocket connections that were opened.
    pub connects: u64,
    /// WebSocket messages from clients.
    pub messages: u64,
    /// WebSocket events of which the log does not say what they are.
    pub unknown: u64,
}

/// What CloudWatch counted in the compared hours; `None` where it has no value at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountedHours {
    /// Count.
    pub requests: Option<u64>,
    /// ConnectCount.
    pub connects: Option<u64>,
    /// MessageCount.
    pub messages: Option<u64>,
}

impl CoverageDay {
    /// Compares; `None` where nothing was logged and nothing counted.
    pub fn compare(
        kind: ApiKind,
        day: String,
        hours: u32,
        logged: LoggedHours,
        counted: CountedHours,
    ) -> Option<CoverageDay> {
        match kind {
            ApiKind::Rest | ApiKind::Http => {
                let count = counted.requests;
                let verdict = match count {
                    None if logged.requests == 0 => return None,
                    None => Verdict::NoMetrics,
                    Some(0) if logged.requests == 0 => return None,
                    Some(count) => verdict(logged.requests, logged.throttled, count),
                };
                Some(CoverageDay {
                    day,
                    hours,
                    logged: logged.requests,
                    counted: count,
                    messages: None,
                    verdict,
                })
            }
            ApiKind::WebSocket => CoverageDay::of_websocket(day, hours, logged, counted),
        }
    }

    /// A day without hours that can be compared; `None` where nothing is logged either.
    pub fn without_hours(
        kind: ApiKind,
        day: String,
        logged: LoggedHours,
        asked: bool,
    ) -> Option<CoverageDay> {
        let calls = if kind == ApiKind::WebSocket { logged.connects } else { logged.requests };
        let verdict = if asked { Verdict::NoSettledHours } else { Verdict::NoMetrics };
        let any = logged.requests > 0;
        any.then_some(CoverageDay { day, hours: 0, logged: calls, counted: None, messages: None, verdict })
    }

    fn of_websocket(
        day: String,
        hours: u32,
        logged: LoggedHours,
        counted: CountedHours,
    ) -> Option<CoverageDay> {
        // Where CloudWatch has values of one of the two, it would have them of the other if there were any.
        let (connects, messages) = match (counted.connects, counted.messages) {
            (None, None) if logged.requests == 0 => return None,
            (None, None) => {
                let verdict = Verdict::NoMetrics;
                return Some(CoverageDay {
                    day,
                    hours,
                    logged: logged.connects,
                    counted: None,
                    messages: None,
                    verdict,
                });
            }
            (connects, messages) => (connects.unwrap_or(0), messages.unwrap_or(0)),
        };
        let verdict = if logged.unknown > 0 {
            Verdict::NotComparable
        } else {
            let of_messages = if exceeds(logged.messages, messages) {
                Verdict::MoreThanMetrics
            } else if connects == 0 && logged.connects == 0 && logged.messages == 0 {
                if messages == 0 {
                    return None;
                }
                // It may be that only the backend sent any.
                Verdict::NotComparable
            } else {
                Verdict::Complete
            };
            verdict(logged.connects, 0, connects).max(of_messages)
        };
        Some(CoverageDay {
            day,
            hours,
            logged: logged.connects,
            counted: Some(connects),
            messages: Some((logged.messages, messages)),
            verdict,
        })
    }

    /// What of the counted the log holds, 0 to 1: see [`share`].
    pub fn share(&self) -> Option<Decimal> {
        share(self.held()?, self.counted?)
    }

    /// What the log holds of the counted: no more than was counted.
    pub fn held(&self) -> Option<u64> {
        Some(self.logged.min(self.counted?))
    }
}

/// A part of a count, six decimals and rounded down, so that only what is complete is 1. `None` of nothing.
pub fn share(held: u64, counted: u64) -> Option<Decimal> {
    let part = Decimal::from(held).checked_div(Decimal::from(counted))?;
    Some(part.round_dp_with_strategy(6, RoundingStrategy::ToZero).normalize())
}

fn verdict(logged: u64, throttled: u64, counted: u64) -> Verdict {
    if exceeds(counted, logged) {
        Verdict::Partial
    } else if exceeds_by(logged.saturating_sub(throttled), counted, counted) {
        Verdict::MoreThanMetrics
    } else {
        Verdict::Complete
    }
}

/// Whether the first is more than the second, by more than is tolerated of the larger one.
fn exceeds(one: u64, other: u64) -> bool {
    exceeds_by(one, other, one)
}

fn exceeds_by(one: u64, other: u64, of: u64) -> bool {
    u128::from(one.saturating_sub(other)) * TOLERANCE > u128::from(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(logged: u64, throttled: u64, counted: Option<u64>) -> Option<CoverageDay> {
        let logged = LoggedHours { requests: logged, throttled, ..LoggedHours::default() };
        let counted = CountedHours { requests: counted, ..CountedHours::default() };
        CoverageDay::compare(ApiKind::Rest, "2026-10-03".to_owned(), 24, logged, counted)
    }

    fn verdict_of(logged: u64, throttled: u64, counted: u64) -> Verdict {
        rest(logged, throttled, Some(counted)).unwrap().verdict
    }

    #[test]
    fn half_a_percent_is_tolerated_and_no_more() {
        assert_eq!(verdict_of(1000, 0, 1000), Verdict::Complete);
        assert_eq!(verdict_of(995, 0, 1000), Verdict::Complete);
        assert_eq!(verdict_of(994, 0, 1000), Verdict::Partial);
        assert_eq!(verdict_of(1005, 0, 1000), Verdict::Complete);
        assert_eq!(verdict_of(1006, 0, 1000), Verdict::MoreThanMetrics);
        // Of few requests none may be missing.
        assert_eq!(verdict_of(198, 0, 199), Verdict::Partial);
        assert_eq!(verdict_of(0, 0, 1), Verdict::Partial);
        assert_eq!(verdict_of(u64::MAX, 0, u64::MAX), Verdict::Complete);
    }

    #[test]
    fn what_is_throttled_may_be_counted_or_not() {
        assert_eq!(verdict_of(1200, 200, 1000), Verdict::Complete);
        assert_eq!(verdict_of(1200, 200, 1200), Verdict::Complete);
        assert_eq!(verdict_of(1200, 100, 1000), Verdict::MoreThanMetrics);
    }

    #[test]
    fn nothing_is_no_zero() {
        assert_eq!(rest(0, 0, None), None);
        assert_eq!(rest(0, 0, Some(0)), None);
        let day = rest(7, 0, None).unwrap();
        assert_eq!((day.verdict, day.counted, day.share()), (Verdict::NoMetrics, None, None));
        assert_eq!(rest(7, 0, Some(0)).unwrap().verdict, Verdict::MoreThanMetrics);
    }

    #[test]
    fn a_share_is_rounded_down() {
        assert_eq!(share(1_999_999, 2_000_000).unwrap().to_string(), "0.999999");
        assert_eq!(share(9_999_999_999, 10_000_000_000).unwrap().to_string(), "0.999999");
        assert_eq!(share(5, 5), Some(Decimal::ONE));
        assert_eq!(share(0, 5), Some(Decimal::ZERO));
        assert_eq!(share(0, 0), None);
        // More than was counted does not make up for less elsewhere.
        assert_eq!(rest(1200, 0, Some(1000)).unwrap().share(), Some(Decimal::ONE));
    }

    fn websocket(logged: (u64, u64, u64), counted: (Option<u64>, Option<u64>)) -> Option<CoverageDay> {
        let (connects, messages, unknown) = logged;
        let requests = connects + messages + unknown;
        let logged = LoggedHours { requests, throttled: 0, connects, messages, unknown };
        let counted = CountedHours { requests: None, connects: counted.0, messages: counted.1 };
        CoverageDay::compare(ApiKind::WebSocket, "2026-10-03".to_owned(), 24, logged, counted)
    }

    #[test]
    fn websocket_apis_are_compared_by_connections_and_by_messages_only_upwards() {
        let verdict = |logged, counted| websocket(logged, counted).map(|day| day.verdict);
        // Half of the messages went to clients.
        assert_eq!(verdict((10, 50, 0), (Some(10), Some(100))), Some(Verdict::Complete));
        assert_eq!(verdict((4, 50, 0), (Some(10), Some(100))), Some(Verdict::Partial));
        assert_eq!(verdict((10, 150, 0), (Some(10), Some(100))), Some(Verdict::MoreThanMetrics));
        assert_eq!(verdict((0, 0, 0), (None, Some(100))), Some(Verdict::NotComparable));
        assert_eq!(verdict((0, 20, 0), (None, Some(100))), Some(Verdict::Complete));
        assert_eq!(verdict((10, 50, 3), (Some(10), Some(100))), Some(Verdict::NotComparable));
        assert_eq!(verdict((10, 50, 0), (None, None)), Some(Verdict::NoMetrics));
        assert_eq!(verdict((0, 0, 0), (None, None)), None);
        assert_eq!(verdict((0, 0, 0), (Some(0), Some(0))), None);
        let day = websocket((4, 50, 0), (Some(10), Some(100))).unwrap();
        assert_eq!(
            (day.counted, day.messages, day.share().unwrap().to_string()),
            (Some(10), Some((50, 100)), "0.4".to_owned())
        );
    }
}
