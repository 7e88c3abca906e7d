//! Prices of caches and of what they spare, and which of them were used.

use std::cell::RefCell;
use std::collections::BTreeSet;

use gwcost_core::pricing::{Backend, CacheRates, CacheSize};
use rust_decimal::Decimal;

use super::CacheQuestion;
use super::result::CacheRateUse;

/// What a call costs, as far as somebody said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallPrice {
    /// Nobody did.
    Unknown,
    /// So much, in dollars.
    Each(Decimal),
    /// It is a Lambda function with so much memory.
    Lambda {
        /// In MB.
        memory_mb: u32,
    },
}

/// Prices by region, each remembered when it was used.
pub(super) struct Prices<'r> {
    rates: &'r dyn CacheRates,
    question: &'r CacheQuestion,
    used: RefCell<BTreeSet<CacheRateUse>>,
}

impl<'r> Prices<'r> {
    pub(super) fn new(rates: &'r dyn CacheRates, question: &'r CacheQuestion) -> Prices<'r> {
        Prices { rates, question, used: RefCell::default() }
    }

    /// Dollars an hour of a cache.
    pub(super) fn per_hour(&self, region: &str, size: CacheSize) -> Option<Decimal> {
        let rate = self.rates.cache(region, size)?;
        self.remember(region, &format!("cache of {size} GB"), "hour", rate.per_hour, &rate.source);
        Some(rate.per_hour)
    }

    /// What a call of the backend costs in a region.
    pub(super) fn backend(&self, region: &str) -> Option<Backend> {
        self.call(region, &self.question.backend)
    }

    /// What a call of the authorizer costs in a region.
    pub(super) fn authorizer(&self, region: &str) -> Option<Backend> {
        self.call(region, &self.question.authorizer)
    }

    fn call(&self, region: &str, price: &CallPrice) -> Option<Backend> {
        match price {
            CallPrice::Unknown => None,
            CallPrice::Each(price) => Some(Backend::PerCall(*price)),
            CallPrice::Lambda { memory_mb } => {
                let rates = self.rates.lambda(region)?;
                self.remember(region, "Lambda request", "request", rates.per_request, &rates.source);
                self.remember(region, "Lambda duration", "GB-second", rates.per_gb_second, &rates.source);
                Some(Backend::Lambda { memory_mb: *memory_mb, rates })
            }
        }
    }

    fn remember(&self, region: &str, what: &str, unit: &str, rate: Decimal, source: &str) {
        self.used.borrow_mut().insert(CacheRateUse {
            region: region.to_owned(),
            what: what.to_owned(),
            unit: unit.to_owned(),
            rate,
            source: source.to_owned(),
        });
    }

    /// The rates that were used.
    pub(super) fn into_used(self) -> Vec<CacheRateUse> {
        self.used.into_inner().into_iter().collect()
    }
}
