//! Asking again after the SDK has given up: what AWS throttles is slowed, not failed, and a network that is
//! gone for a moment ends nothing.

use std::time::Duration;

use super::error::AwsError;

/// Rounds of the SDK's own attempts while AWS throttles. With the pauses between, some minutes.
const THROTTLED_ROUNDS: u32 = 12;

/// Rounds while there is no answer at all. The SDK's own attempts take a quarter of a minute each time.
const UNANSWERED_ROUNDS: u32 = 3;

const FIRST_PAUSE: Duration = Duration::from_millis(100);

const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Asks until there is an answer, or an error that asking again does not mend.
///
/// # Errors
/// The last error.
pub(crate) async fn patiently<T, F>(mut ask: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let mut rounds = 0;
    loop {
        let error = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        rounds += 1;
        let most = match error {
            AwsError::Throttled { .. } => THROTTLED_ROUNDS,
            AwsError::Unavailable { .. } => UNANSWERED_ROUNDS,
            _ => return Err(error),
        };
        if rounds >= most {
            return Err(error);
        }
        tracing::warn!("asking again: {error}");
        tokio::time::sleep(pause(rounds + 3)).await;
    }
}

/// The pause before another try, after as many as there were: a tenth of a second, and twice as long each
/// time.
pub(crate) fn pause(tries: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled.min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        assert_eq!(pause(1), Duration::from_millis(100));
        assert_eq!(pause(4), Duration::from_millis(800));
        assert_eq!(pause(40), LONGEST_PAUSE);
    }
}
