//! How fast a service is asked: as many requests at once as it takes, and as much patience as it needs.
//!
//! Quotas differ by account and Region and are shared with everybody else there, so none is written down
//! here. The number of requests under way grows while all goes well and halves when the service throttles.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::config::http::HttpResponse;
use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata, SdkError};
use tokio::sync::Notify;

/// Requests under way at the start: few, because nothing is known of the service yet.
const FIRST: u32 = 2;
/// The most requests under way. With answers in half a second these are 16 requests a second, above the
/// quota of every Region that is known.
const MOST: u32 = 8;
/// Successes, for each request under way, after which one more is tried, once the service has throttled.
const CALM: u32 = 8;

/// Failures in a row, throttling left out, after which a request is given up. Most of them the SDK has
/// tried several times already.
const MOST_FAILURES: u32 = 6;
/// Throttled answers in a row after which a request is given up: about a quarter of an hour.
const MOST_THROTTLES: u32 = 20;
const FIRST_WAIT_MS: u64 = 200;
const LONGEST_WAIT_MS: u64 = 20_000;

/// The number of requests that may be under way.
#[derive(Debug)]
struct Pace {
    limit: u32,
    /// Successes since the limit changed.
    calm: u32,
    /// How often it was halved.
    halved: u64,
}

impl Pace {
    fn new() -> Pace {
        Pace { limit: FIRST, calm: 0, halved: 0 }
    }

    /// A request went through.
    fn succeeded(&mut self) {
        self.calm += 1;
        let enough = if self.halved == 0 { self.limit } else { self.limit * CALM };
        if self.calm >= enough && self.limit < MOST {
            self.limit += 1;
            self.calm = 0;
        }
    }

    /// A request was throttled that began when the limit had been halved `begun` times. Those that were
    /// under way together are throttled together, and that is one reason to slow down, not many.
    fn throttled(&mut self, begun: u64) {
        if begun == self.halved {
            self.limit = (self.limit / 2).max(1);
            self.halved += 1;
            self.calm = 0;
        }
    }
}

/// Lets requests through, as many at once as the pace allows.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Notify,
    throttles: AtomicU64,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    under_way: u32,
}

/// One request that is under way; dropping it makes room for another.
pub(super) struct Pass(Arc<Gate>);

impl Gate {
    pub(super) fn new() -> Arc<Gate> {
        let state = Mutex::new(State { pace: Pace::new(), under_way: 0 });
        Arc::new(Gate { state, changed: Notify::new(), throttles: AtomicU64::new(0) })
    }

    /// Waits until another request may be sent.
    pub(super) async fn enter(self: &Arc<Gate>) -> Pass {
        loop {
            {
                let mut state = self.state();
                if state.under_way < state.pace.limit {
                    state.under_way += 1;
                    if state.under_way < state.pace.limit {
                        // Several may have waited for the same sign.
                        self.changed.notify_one();
                    }
                    return Pass(Arc::clone(self));
                }
            }
            self.changed.notified().await;
        }
    }

    /// Requests that may be under way now.
    pub(super) fn limit(&self) -> u32 {
        self.state().pace.limit
    }

    /// What a request that begins now hands to [`Gate::throttled`].
    pub(super) fn halved(&self) -> u64 {
        self.state().pace.halved
    }

    /// A request was throttled.
    pub(super) fn throttled(&self, begun: u64) {
        self.throttles.fetch_add(1, Ordering::Relaxed);
        self.state().pace.throttled(begun);
    }

    /// A request went through.
    pub(super) fn succeeded(&self) {
        self.state().pace.succeeded();
        self.changed.notify_one();
    }

    /// How often the service throttled.
    pub(super) fn throttles(&self) -> u64 {
        self.throttles.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The numbers are whole whatever thread has failed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
        self.0.changed.notify_one();
    }
}

/// What a failed request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// To be sent again, and more slowly.
    Throttled,
    /// To be sent again.
    Transient,
    /// To be reported.
    Final,
}

/// Whether a code of an error means that requests come too fast.
pub(super) fn is_throttling(code: Option<&str>) -> bool {
    code.is_some_and(|code| {
        code.starts_with("Throttl")
            || matches!(
                code,
                "TooManyRequestsException" | "RequestLimitExceeded" | "RequestThrottled" | "SlowDown"
            )
    })
}

/// What is to be done about an error that the SDK has given up on.
pub(super) fn verdict<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Verdict {
    match error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => Verdict::Transient,
        // Not without credentials: those fail in dispatch as well, and will again.
        SdkError::DispatchFailure(failure)
            if failure.is_io() || failure.is_timeout() || failure.as_other().is_some() =>
        {
            Verdict::Transient
        }
        SdkError::ServiceError(service) => answered(service.raw().status().as_u16(), service.err().code()),
        _ => Verdict::Final,
    }
}

fn answered(status: u16, code: Option<&str>) -> Verdict {
    match status {
        _ if is_throttling(code) => Verdict::Throttled,
        429 => Verdict::Throttled,
        // The service said yes, but what it said breaks off in the middle.
        200..=299 => Verdict::Transient,
        408 | 500..=599 => Verdict::Transient,
        _ => Verdict::Final,
    }
}

/// How long one request is tried.
#[derive(Debug, Default)]
pub(super) struct Patience {
    failures: u32,
    throttles: u32,
}

impl Patience {
    /// How long to wait before the request is sent again; `None` when it is to be given up.
    pub(super) fn after(&mut self, verdict: Verdict) -> Option<Duration> {
        let (count, most) = match verdict {
            Verdict::Final => return None,
            Verdict::Throttled => (&mut self.throttles, MOST_THROTTLES),
            Verdict::Transient => (&mut self.failures, MOST_FAILURES),
        };
        *count += 1;
        let longest = LONGEST_WAIT_MS.min(FIRST_WAIT_MS << (*count - 1).min(10));
        (*count < most).then(|| Duration::from_millis(longest / 2 + chance() % (longest / 2 + 1)))
    }
}

/// Requests that failed together should not come back together.
fn chance() -> u64 {
    RandomState::new().hash_one(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_grows_fast_until_it_is_throttled_and_slowly_after() {
        let mut pace = Pace::new();
        for _ in 0..100 {
            pace.succeeded();
        }
        assert_eq!(pace.limit, MOST);
        for _ in 0..MOST {
            // All of those that were under way.
            pace.throttled(0);
        }
        assert_eq!(pace.limit, MOST / 2);
        pace.throttled(1);
        pace.throttled(2);
        pace.throttled(3);
        assert_eq!(pace.limit, 1);
        for _ in 0..CALM {
            pace.succeeded();
        }
        assert_eq!(pace.limit, 2);
        for _ in 0..CALM {
            pace.succeeded();
        }
        assert_eq!(pace.limit, 2, "one more takes a success for each of those under way");
    }

    #[test]
    fn no_more_requests_are_under_way_than_the_pace_allows() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let gate = Gate::new();
        runtime.block_on(async {
            let (one, two) = (gate.enter().await, gate.enter().await);
            let third = tokio::spawn({
                let gate = Arc::clone(&gate);
                async move { gate.enter().await }
            });
            tokio::task::yield_now().await;
            assert_eq!(gate.state().under_way, FIRST);
            drop(one);
            drop((two, third.await.unwrap()));
            assert_eq!(gate.state().under_way, 0);
        });
    }

    #[test]
    fn throttling_is_waited_out_longer_than_failures() {
        let waits = |verdict| {
            let mut patience = Patience::default();
            let mut all = Vec::new();
            while let Some(wait) = patience.after(verdict) {
                all.push(wait);
            }
            all
        };
        let (failures, throttles) = (waits(Verdict::Transient), waits(Verdict::Throttled));
        assert_eq!(failures.len() + 1, MOST_FAILURES as usize);
        assert!(throttles.iter().sum::<Duration>() > Duration::from_secs(100));
        assert!(failures.iter().sum::<Duration>() < Duration::from_secs(10));
        assert!(throttles.iter().all(|wait| *wait <= Duration::from_millis(LONGEST_WAIT_MS)));
        assert!(waits(Verdict::Final).is_empty());
    }

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(answered(400, Some("ThrottlingException")), Verdict::Throttled);
        assert_eq!(answered(429, None), Verdict::Throttled);
        assert_eq!(answered(503, Some("ServiceUnavailableException")), Verdict::Transient);
        assert_eq!(answered(200, None), Verdict::Transient);
        assert_eq!(answered(400, Some("ExpiredTokenException")), Verdict::Final);
        assert_eq!(answered(400, Some("ResourceNotFoundException")), Verdict::Final);
    }
}
