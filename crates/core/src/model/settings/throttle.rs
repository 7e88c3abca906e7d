//! A throttle as API Gateway keeps it: a rate and a burst, either of which may not be set.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::number;

/// A token bucket's two numbers, as AWS gives them: `-1` means that this throttle is off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Requests a second, on average; exact, for 0.5 is a legal rate. `None`: not set.
    #[serde(with = "number", default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Decimal>,
    /// Requests at once: the bucket's capacity. `None`: not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<i64>,
}

/// A limit that can be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    /// Tokens a second, zero or more.
    pub rate: Decimal,
    /// The bucket's capacity in tokens.
    pub burst: u64,
}

impl Throttle {
    /// The throttle of the numbers that AWS sends.
    pub fn of_aws(rate: f64, burst: i32) -> Throttle {
        Throttle { rate: number::from_f64(rate), burst: Some(i64::from(burst)) }
    }

    /// The limit that it sets. `None` where a number is not set or the throttle is off.
    pub fn limit(&self) -> Option<Limit> {
        let rate = self.rate.filter(|rate| !rate.is_sign_negative() || rate.is_zero())?;
        Some(Limit { rate, burst: u64::try_from(self.burst?).ok()? })
    }

    /// Whether somebody switched it off: AWS then says -1.
    pub fn is_off(&self) -> bool {
        self.rate.is_some_and(|rate| rate < Decimal::ZERO) || self.burst.is_some_and(|burst| burst < 0)
    }

    /// This throttle where it says something, and the one below where it does not.
    pub fn over(&self, below: &Throttle) -> Throttle {
        Throttle { rate: self.rate.or(below.rate), burst: self.burst.or(below.burst) }
    }

    /// Lays one throttle over another, either of which may not be there.
    pub(super) fn lay(above: Option<&Throttle>, below: Option<&Throttle>) -> Option<Throttle> {
        match (above, below) {
            (Some(above), Some(below)) => Some(above.over(below)),
            (one, other) => one.or(other).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_is_no_limit_and_zero_is_one() {
        assert_eq!(Throttle::of_aws(-1.0, -1).limit(), None);
        assert!(Throttle::of_aws(-1.0, -1).is_off());
        let closed = Throttle::of_aws(0.0, 0);
        assert_eq!(closed.limit(), Some(Limit { rate: Decimal::ZERO, burst: 0 }));
        assert!(!closed.is_off());
        assert_eq!(Throttle::default().limit(), None);
        let half = Throttle::of_aws(0.5, 3).limit().unwrap();
        assert_eq!((half.rate.to_string().as_str(), half.burst), ("0.5", 3));
    }

    #[test]
    fn what_is_not_set_comes_from_below() {
        let own = Throttle { rate: None, burst: Some(7) };
        let laid = own.over(&Throttle::of_aws(100.0, 200));
        assert_eq!(laid, Throttle::of_aws(100.0, 7));
    }
}
