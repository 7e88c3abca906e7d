//! The headroom frontier: for each of many rates the smallest burst that would have refused nothing, in one pass.
//!
//! A bucket that refuses nothing never needs to know how large it is: the most that is ever missing from it is
//! the burst that it needed. So a rate is one integer of state, and 64 of them go side by side.

use rust_decimal::Decimal;

use super::arrival::Arrival;
use super::scale::{BucketError, Units};

/// How many rates go in one pass.
pub const MOST_RATES: usize = 64;

/// Rates that are done together, so that the processor has more than one sum to work on.
const SIDE_BY_SIDE: usize = 4;

/// Waits up to this long are subtracted in 64 bits; longer ones are rare and are done in 128.
const SHORT_MS: i64 = 1 << 22;

/// The largest gain of a millisecond, and the finest token, for which 64 bits are enough.
const NARROW_GAIN: i128 = 1 << 40;
const NARROW_TOKEN: i128 = 1_000_000;

/// The most that was missing from a bucket of each rate.
#[derive(Clone, Debug)]
pub struct Frontier {
    rates: Vec<Decimal>,
    token: i128,
    lanes: Lanes,
    last_ms: i64,
}

#[derive(Clone, Debug)]
enum Lanes {
    Narrow(Vec<Lane<i64>>),
    Wide(Vec<Lane<i128>>),
}

type Lane<N> = [Rate<N>; SIDE_BY_SIDE];

#[derive(Clone, Copy, Debug)]
struct Rate<N> {
    gain: N,
    missing: N,
    most: N,
}

impl Frontier {
    /// A frontier at these rates, requests a second. Only the first [`MOST_RATES`] are taken.
    ///
    /// # Errors
    /// [`BucketError`] for a rate that is negative or too fine.
    pub fn new(rates: &[Decimal]) -> Result<Frontier, BucketError> {
        let rates: Vec<Decimal> = rates.iter().take(MOST_RATES).map(Decimal::normalize).collect();
        if let Some(rate) = rates.iter().find(|rate| rate.is_sign_negative() && !rate.is_zero()) {
            return Err(BucketError::Negative { rate: *rate });
        }
        let scale = rates.iter().map(Decimal::scale).max().unwrap_or(0);
        let gains: Vec<i128> = rates.iter().map(|rate| gain(*rate, scale)).collect::<Result<_, _>>()?;
        let token = 10_i128.pow(scale.min(9) + 3);
        let narrow = token <= NARROW_TOKEN && gains.iter().all(|gain| *gain <= NARROW_GAIN);
        let lanes = if narrow { Lanes::Narrow(lanes(&gains)) } else { Lanes::Wide(lanes(&gains)) };
        Ok(Frontier { rates, token, lanes, last_ms: i64::MIN })
    }

    /// Shows it arrivals in time order. One that is earlier than the last counts at the last one's time.
    pub fn replay(&mut self, arrivals: &[Arrival]) {
        match &mut self.lanes {
            Lanes::Narrow(lanes) => {
                for lane in lanes {
                    replay(lane, self.token, self.last_ms, arrivals);
                }
            }
            Lanes::Wide(lanes) => {
                for lane in lanes {
                    replay(lane, self.token, self.last_ms, arrivals);
                }
            }
        }
        let last = arrivals.iter().map(|arrival| arrival.ms).max();
        self.last_ms = self.last_ms.max(last.unwrap_or(i64::MIN));
    }

    /// Each rate with the smallest burst that refuses nothing.
    pub fn bursts(&self) -> Vec<(Decimal, u64)> {
        let most: Vec<i128> = match &self.lanes {
            Lanes::Narrow(lanes) => lanes.iter().flatten().map(|rate| rate.most.wide()).collect(),
            Lanes::Wide(lanes) => lanes.iter().flatten().map(|rate| rate.most).collect(),
        };
        let bursts = most.iter().map(|most| {
            let burst = most / self.token + i128::from(most % self.token > 0);
            u64::try_from(burst).unwrap_or(u64::MAX)
        });
        self.rates.iter().copied().zip(bursts).collect()
    }
}

/// A rate's gain of a millisecond, in units of which a token has ten to the power of `scale + 3`.
fn gain(rate: Decimal, scale: u32) -> Result<i128, BucketError> {
    // Nine digits after the point: a billion arrivals still fit with room.
    let too_fine = || BucketError::TooFine { rate, burst: u64::MAX };
    if scale > 9 {
        return Err(too_fine());
    }
    let gain =
        rate.mantissa().checked_mul(10_i128.pow(scale - rate.scale().min(scale))).ok_or_else(too_fine)?;
    // A thousand years in milliseconds.
    if gain > i128::MAX >> 50 { Err(too_fine()) } else { Ok(gain) }
}

fn lanes<N: Units>(gains: &[i128]) -> Vec<Lane<N>> {
    let rate = |gain: Option<&i128>| Rate {
        gain: N::of(gain.copied().unwrap_or_default()),
        missing: N::ZERO,
        most: N::ZERO,
    };
    gains.chunks(SIDE_BY_SIDE).map(|chunk| std::array::from_fn(|index| rate(chunk.get(index)))).collect()
}

fn replay<N: Units>(lane: &mut Lane<N>, token: i128, mut last_ms: i64, arrivals: &[Arrival]) {
    let token = N::of(token);
    let mut rates = *lane;
    for &Arrival { ms, count } in arrivals {
        let waited = ms.saturating_sub(last_ms).max(0);
        last_ms = last_ms.max(ms);
        let taken = token * N::of_i64(i64::from(count));
        if waited > SHORT_MS {
            for rate in &mut rates {
                let regained = rate.gain.wide().saturating_mul(i128::from(waited));
                rate.missing = N::of((rate.missing.wide() - regained).max(0));
            }
            for rate in &mut rates {
                rate.missing = rate.missing + taken;
                rate.most = rate.most.max(rate.missing);
            }
            continue;
        }
        let waited = N::of_i64(waited);
        for rate in &mut rates {
            rate.missing = (rate.missing - rate.gain * waited).max(N::ZERO) + taken;
            rate.most = rate.most.max(rate.missing);
        }
    }
    *lane = rates;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bursts(rates: &[&str], arrivals: &[Arrival]) -> Vec<u64> {
        let rates: Vec<Decimal> = rates.iter().map(|rate| rate.parse().unwrap()).collect();
        let mut frontier = Frontier::new(&rates).unwrap();
        frontier.replay(arrivals);
        frontier.bursts().into_iter().map(|(_, burst)| burst).collect()
    }

    #[test]
    fn a_constructed_burst_is_found() {
        // 100 at once, then 10 a second for a minute on top of what is left.
        let mut arrivals = vec![Arrival { ms: 0, count: 100 }];
        arrivals.extend((1..=600).map(|tenth| Arrival { ms: tenth * 100, count: 1 }));
        assert_eq!(bursts(&["0", "5", "10", "10.5", "1000"], &arrivals), [700, 400, 100, 100, 100]);
    }

    #[test]
    fn quiet_days_fill_every_bucket() {
        let arrivals = [0, 40 * 86_400_000, 400 * 86_400_000].map(|ms| Arrival { ms, count: 7 });
        assert_eq!(bursts(&["0.000001", "0.000002", "1"], &arrivals), [11, 8, 7]);
    }

    #[test]
    fn no_arrival_needs_no_burst_and_bad_rates_are_said() {
        assert_eq!(bursts(&["1"], &[]), [0]);
        assert!(Frontier::new(&[Decimal::NEGATIVE_ONE]).is_err());
        assert!(Frontier::new(&["0.0000000001".parse().unwrap()]).is_err());
        let many = vec![Decimal::ONE; 100];
        assert_eq!(Frontier::new(&many).unwrap().bursts().len(), MOST_RATES);
    }
}
