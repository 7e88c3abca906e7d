//! Rates of caches and of Lambda from the rate cards, after the user's terms.

use gwcost_core::pricing::{CacheRate, CacheRates, CacheSize, LambdaRates, Meter};
use jiff::civil::Date;

use crate::analysis::{Catalog, Quote};

/// The rates of one day.
pub struct CardRates<'c> {
    catalog: &'c Catalog,
    day: Date,
}

impl<'c> CardRates<'c> {
    /// The rates that a catalog has for a day.
    pub fn new(catalog: &'c Catalog, day: Date) -> CardRates<'c> {
        CardRates { catalog, day }
    }

    fn quote(&self, region: &str, meter: Meter) -> Option<Quote> {
        self.catalog.quote(region, meter, self.day).ok()
    }
}

impl CacheRates for CardRates<'_> {
    fn cache(&self, region: &str, size: CacheSize) -> Option<CacheRate> {
        let quote = self.quote(region, Meter::CacheHours(size))?;
        Some(CacheRate { per_hour: quote.tiers.steps().first()?.rate, source: quote.source })
    }

    /// The first tier's: what is spared comes off the last one, which nobody knows who does not know all of
    /// the account's functions.
    fn lambda(&self, region: &str) -> Option<LambdaRates> {
        let requests = self.quote(region, Meter::LambdaRequests)?;
        let duration = self.quote(region, Meter::LambdaDurationX86)?;
        Some(LambdaRates {
            per_request: requests.tiers.steps().first()?.rate,
            per_gb_second: duration.tiers.steps().first()?.rate,
            source: duration.source,
        })
    }
}
