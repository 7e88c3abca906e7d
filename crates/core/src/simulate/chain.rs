//! Nested limits replayed together: a request that an inner limit refuses takes no token of an outer one.
//!
//! A request that passes the inner limit and is refused further out has taken the inner one's token: nothing
//! documents that AWS gives it back.

use super::scale::BucketError;
use super::token_bucket::TokenBucket;
use crate::model::settings::Limit;

/// Buckets that requests go through, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    buckets: Vec<TokenBucket>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// All limits let it through.
    Through,
    /// The limit of this number refused it.
    Away(usize),
}

impl Chain {
    /// Adds a limit and answers with its number.
    ///
    /// # Errors
    /// [`BucketError`] where it cannot be replayed.
    pub fn add(&mut self, limit: &Limit) -> Result<usize, BucketError> {
        self.buckets.push(TokenBucket::new(limit)?);
        Ok(self.buckets.len() - 1)
    }

    /// A request in the order of the log; `limits` are the numbers of those that it meets, the innermost first.
    /// Numbers that were never given out are passed.
    pub fn arrive(&mut self, ms: i64, limits: &[usize]) -> Turned {
        for &number in limits {
            if let Some(bucket) = self.buckets.get_mut(number)
                && !bucket.take(ms)
            {
                return Turned::Away(number);
            }
        }
        Turned::Through
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(rate: i64, burst: u64) -> Limit {
        Limit { rate: rate.into(), burst }
    }

    #[test]
    fn what_an_inner_limit_refuses_takes_no_outer_token() {
        let mut chain = Chain::default();
        let client = chain.add(&limit(0, 2)).unwrap();
        let account = chain.add(&limit(0, 3)).unwrap();
        let both = [client, account];
        let turned: Vec<Turned> = (0..4).map(|ms| chain.arrive(ms, &both)).collect();
        assert_eq!(turned, [Turned::Through, Turned::Through, Turned::Away(client), Turned::Away(client)]);
        // One of three outer tokens is left for another client.
        assert_eq!(chain.arrive(9, &[account]), Turned::Through);
        assert_eq!(chain.arrive(9, &[account]), Turned::Away(account));
    }

    #[test]
    fn what_an_outer_limit_refuses_has_taken_the_inner_token() {
        let mut chain = Chain::default();
        let (inner, outer) = (chain.add(&limit(0, 2)).unwrap(), chain.add(&limit(0, 1)).unwrap());
        let turned: Vec<Turned> = (0..3).map(|ms| chain.arrive(ms, &[inner, outer])).collect();
        assert_eq!(turned, [Turned::Through, Turned::Away(outer), Turned::Away(inner)]);
    }
}
