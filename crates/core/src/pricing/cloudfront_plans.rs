//! CloudFront's flat-rate plans: a fixed price a month for a distribution, which holds so much of requests and
//! transfer.
//!
//! What is paid beyond a plan is not settled among sources, so a month has a low price (nothing) and a high one
//! (as if the rest were paid as one goes, from the first tier on, the dearest). Within a plan the two are equal.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::amount::{Amount, AmountOverflow};
use super::rate_card::CardError;
use super::{Confidence, GIB, Meter, Pool, Tiers, Units};

/// The plans of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudfrontPlans {
    /// ISO 4217 code of every price.
    pub currency: String,
    plans: Vec<CloudfrontPlan>,
}

/// One plan, as it is sold from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudfrontPlan {
    /// `free`, `pro`, `business`, `premium`.
    pub name: String,
    /// The first day on which it is known to be sold so.
    pub effective: Date,
    /// How near its source is to AWS.
    pub confidence: Confidence,
    /// Where it was read.
    pub source: String,
    /// Currency for a distribution and month.
    pub monthly: Decimal,
    /// Requests of a month that it holds.
    pub requests: u64,
    /// Bytes to viewers of a month that it holds.
    pub transfer_bytes: u64,
}

/// What a distribution serves in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloudfrontUse {
    /// HTTPS requests of viewers.
    pub requests: u64,
    /// Bytes to viewers.
    pub transfer_bytes: u64,
}

/// What a month costs with a plan, in the plans' currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCost {
    /// If nothing is charged beyond the plan.
    pub low: Decimal,
    /// If the rest is paid as one goes; `None` where that has no rate.
    pub high: Option<Decimal>,
    /// What the plan does not hold.
    pub beyond: CloudfrontUse,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema_version: u32,
    currency: String,
    plan: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    effective: String,
    confidence: Confidence,
    source: String,
    monthly: String,
    requests: u64,
    transfer_gb: u64,
}

impl CloudfrontPlans {
    /// Reads `pricing/cloudfront-plans.toml`; `name` is the file's, for errors.
    ///
    /// # Errors
    /// [`CardError`] names the file and the plan that is wrong.
    pub fn parse(name: &str, text: &str) -> Result<CloudfrontPlans, CardError> {
        let file: File = toml::from_str(text).map_err(|error| CardError::syntax(name, &error.to_string()))?;
        CardError::check_version(name, file.schema_version)?;
        let mut plans: Vec<CloudfrontPlan> = Vec::with_capacity(file.plan.len());
        for entry in file.plan {
            let plan = entry.check(name)?;
            if plans.iter().any(|known| known.name == plan.name && known.effective == plan.effective) {
                let problem = format!("there are two plans {:?} effective {}", plan.name, plan.effective);
                return Err(CardError::syntax(name, &problem));
            }
            plans.push(plan);
        }
        Ok(CloudfrontPlans { currency: file.currency, plans })
    }

    /// The plans that are sold on a day, the cheapest first; of each the last version.
    pub fn on(&self, day: Date) -> Vec<&CloudfrontPlan> {
        let mut sold: Vec<&CloudfrontPlan> = Vec::new();
        for plan in self.plans.iter().filter(|plan| plan.effective <= day) {
            match sold.iter_mut().find(|known| known.name == plan.name) {
                Some(known) if known.effective < plan.effective => *known = plan,
                Some(_) => {}
                None => sold.push(plan),
            }
        }
        sold.sort_by_key(|plan| (plan.monthly, plan.requests));
        sold
    }
}

impl CloudfrontPlan {
    /// What a month of one distribution costs. `rates` says what is paid as one goes for
    /// [`Meter::CloudfrontHttpsRequests`] and [`Meter::CloudfrontTransfer`], in the plans' currency; `None` where
    /// that is not known.
    ///
    /// # Errors
    /// [`AmountOverflow`] past 28 digits.
    pub fn cost(
        &self,
        used: CloudfrontUse,
        rates: impl Fn(Meter) -> Option<Tiers>,
    ) -> Result<PlanCost, AmountOverflow> {
        let beyond = CloudfrontUse {
            requests: used.requests.saturating_sub(self.requests),
            transfer_bytes: used.transfer_bytes.saturating_sub(self.transfer_bytes),
        };
        let mut rest = Some(Amount::ZERO);
        for (meter, units) in [
            (Meter::CloudfrontHttpsRequests, beyond.requests),
            (Meter::CloudfrontTransfer, beyond.transfer_bytes),
        ] {
            if units == 0 {
                continue;
            }
            let Some(tiers) = rates(meter) else {
                rest = None;
                break;
            };
            let leaves = [Units { base: units, low: units, high: units }];
            let bill = Pool { meter, before: 0, leaves: &leaves, groups: &[] }.price(&tiers)?;
            rest = rest.filter(|_| bill.unpriced == 0);
            if let (Some(rest), Some(leaf)) = (&mut rest, bill.leaves.first()) {
                *rest += leaf.amount;
            }
        }
        let high = rest.map(|rest| self.monthly + rest.to_decimal());
        Ok(PlanCost { low: self.monthly, high, beyond })
    }
}

impl Entry {
    fn check(self, file: &str) -> Result<CloudfrontPlan, CardError> {
        let wrong = |problem: &str| CardError::syntax(file, &format!("plan {:?}: {problem}", self.name));
        let effective =
            self.effective.parse().map_err(|_| wrong("effective is no date: expected YYYY-MM-DD"))?;
        let monthly =
            Decimal::from_str_exact(&self.monthly)
                .ok()
                .filter(|price| !price.is_sign_negative())
                .ok_or_else(|| wrong("monthly is no price: expected a decimal, not below zero, as \"15\""))?;
        let transfer_bytes = self
            .transfer_gb
            .checked_mul(GIB)
            .ok_or_else(|| wrong("transfer_gb is more than can be counted"))?;
        Ok(CloudfrontPlan {
            effective,
            monthly,
            transfer_bytes,
            name: self.name,
            confidence: self.confidence,
            source: self.source,
            requests: self.requests,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::Tier;

    const FILE: &str = include_str!("../../../../pricing/cloudfront-plans.toml");

    fn plans() -> CloudfrontPlans {
        CloudfrontPlans::parse("cloudfront-plans.toml", FILE).unwrap()
    }

    fn rates(meter: Meter) -> Option<Tiers> {
        let rate = match meter {
            Meter::CloudfrontHttpsRequests => "0.000001",
            Meter::CloudfrontTransfer => "0.085",
            _ => return None,
        };
        Some(Tiers::new(vec![Tier { up_to: None, rate: rate.parse().unwrap() }]).unwrap())
    }

    #[test]
    fn within_a_plan_a_month_has_one_price_and_beyond_it_two() {
        let plans = plans();
        let sold = plans.on("2026-10-01".parse().unwrap());
        let names: Vec<&str> = sold.iter().map(|plan| plan.name.as_str()).collect();
        assert_eq!(names, ["free", "pro", "business", "premium"]);
        assert!(plans.on("2025-11-30".parse().unwrap()).is_empty());

        let full = CloudfrontUse { requests: 10_000_000, transfer_bytes: 51_200 * GIB };
        let cost = sold[1].cost(full, rates).unwrap();
        assert_eq!((cost.low, cost.high), (Decimal::from(15), Some(Decimal::from(15))));
        assert_eq!(cost.beyond, CloudfrontUse::default());
        // Two million requests and 100 GB more: $2 and $8.50, or nothing.
        let more = CloudfrontUse { requests: 12_000_000, transfer_bytes: 51_300 * GIB };
        let cost = sold[1].cost(more, rates).unwrap();
        assert_eq!((cost.low, cost.high), (Decimal::from(15), Some(Decimal::new(255, 1))));
        assert_eq!(sold[1].cost(more, |_| None).unwrap().high, None);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_plan() {
        let error = |from: &str, to: &str| {
            CloudfrontPlans::parse("x.toml", &FILE.replacen(from, to, 1)).unwrap_err().to_string()
        };
        assert!(error("\"15\"", "\"-15\"").contains("plan \"pro\": monthly is no price"));
        assert!(error("2025-12-01", "December").contains("plan \"free\": effective is no date"));
        assert!(error("\"pro\"", "\"free\"").contains("two plans \"free\""));
        assert!(error("requests", "request").contains("request"));
        assert!(error("schema_version = 1", "schema_version = 2").contains("schema_version 2"));
    }
}
