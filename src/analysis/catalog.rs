//! The rate cards of all regions and the billing rules, with the files that they came from.

use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::Month;
use gwcost_core::pricing::{
    Allocation, BillingRules, CardError, CloudfrontPlans, Confidence, Meter, RateCard, Terms, Tiers,
};
use jiff::civil::Date;

/// Everything that prices depend on.
#[derive(Clone, Debug)]
pub struct Catalog {
    cards: BTreeMap<String, (String, RateCard)>,
    rules: BillingRules,
    cloudfront_plans: CloudfrontPlans,
    rates_at: Option<Month>,
    terms: Terms,
    allocation: Allocation,
    scale_to_metrics: bool,
    /// Account, region and API of private APIs.
    private_apis: BTreeSet<[String; 3]>,
}

/// The file of billing rules in `pricing/`.
const RULES_FILE: &str = "billing-rules.toml";

/// The file of free allowances in `pricing/`, of which the configuration chooses.
pub const ALLOWANCES_FILE: &str = "free-allowances.toml";

/// The file of CloudFront's flat-rate plans in `pricing/`.
const PLANS_FILE: &str = "cloudfront-plans.toml";

impl Catalog {
    /// Reads the files of `pricing/`: name, text and where it came from. With `rates_at` every
    /// month is priced with that month's rates. Beside list prices, `terms` hold.
    ///
    /// # Errors
    /// [`CardError`] names the file.
    pub fn new(
        files: &[(String, String, String)],
        rates_at: Option<Month>,
        terms: Terms,
    ) -> Result<Catalog, CardError> {
        let mut cards = BTreeMap::new();
        let mut rules = None;
        let mut cloudfront_plans = CloudfrontPlans::default();
        for (name, text, origin) in files {
            if name == RULES_FILE {
                rules = Some(BillingRules::parse(origin, text)?);
                continue;
            }
            if name == ALLOWANCES_FILE {
                continue;
            }
            if name == PLANS_FILE {
                cloudfront_plans = CloudfrontPlans::parse(origin, text)?;
                continue;
            }
            let card = RateCard::parse(origin, text)?;
            let region = card.region.clone();
            if let Some((other, _)) = cards.insert(region.clone(), (origin.clone(), card)) {
                let problem = format!("region {region} has a second card, {other}");
                return Err(CardError::Syntax { name: origin.clone(), problem });
            }
        }
        let missing = || CardError::Syntax { name: RULES_FILE.to_owned(), problem: "missing".to_owned() };
        Ok(Catalog {
            cards,
            rules: rules.ok_or_else(missing)?,
            cloudfront_plans,
            rates_at,
            terms,
            allocation: Allocation::default(),
            scale_to_metrics: false,
            private_apis: BTreeSet::new(),
        })
    }

    /// The same prices, with another way to bill a part of a month.
    #[must_use]
    pub fn with_allocation(self, allocation: Allocation) -> Catalog {
        Catalog { allocation, ..self }
    }

    /// The same prices, for the usage that CloudWatch counted where the log holds less of it.
    #[must_use]
    pub fn with_scale_to_metrics(self, scale_to_metrics: bool) -> Catalog {
        Catalog { scale_to_metrics, ..self }
    }

    /// The same prices, with the APIs that settings call private.
    #[must_use]
    pub(super) fn with_private_apis(self, private_apis: BTreeSet<[String; 3]>) -> Catalog {
        Catalog { private_apis, ..self }
    }

    /// Whether any API is private.
    pub(super) fn has_private_apis(&self) -> bool {
        !self.private_apis.is_empty()
    }

    /// What transfer of an API is counted with: endpoints of PrivateLink where it is private.
    pub(super) fn transfer_meter(&self, account: &str, region: &str, api: &str) -> Meter {
        let of = |known: &&[String; 3]| **known == [account, region, api];
        match self.private_apis.iter().find(of) {
            Some(_) => Meter::PrivateTransfer,
            None => Meter::InternetTransfer,
        }
    }

    /// Whether usage is scaled to what CloudWatch counted.
    pub fn scale_to_metrics(&self) -> bool {
        self.scale_to_metrics
    }

    /// How a part of a month is billed.
    pub fn allocation(&self) -> Allocation {
        self.allocation
    }

    /// The billing rules.
    pub fn rules(&self) -> &BillingRules {
        &self.rules
    }

    /// CloudFront's flat-rate plans: [`CloudfrontPlan::cost`] prices a month with one. What is paid as one goes
    /// is [`Catalog::quote`] of `cloudfront-us` and the other geographies, which have cards of their own.
    ///
    /// [`CloudfrontPlan::cost`]: gwcost_core::pricing::CloudfrontPlan::cost
    pub fn cloudfront_plans(&self) -> &CloudfrontPlans {
        &self.cloudfront_plans
    }

    /// The month whose rates are used for all others.
    pub fn rates_at(&self) -> Option<Month> {
        self.rates_at
    }

    /// The currency of every figure.
    pub fn currency(&self) -> &str {
        self.terms.currency()
    }

    /// What was agreed beside list prices.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The same at list prices: nothing is taken off and nothing is free; currency and families stay.
    pub fn at_list(&self) -> Catalog {
        let Terms { currency, conversions, families, others, .. } = self.terms.clone();
        let terms = Terms { currency, conversions, families, others, ..Terms::default() };
        Catalog { terms, ..self.clone() }
    }

    /// The cards by region, each with its file.
    pub fn cards(&self) -> impl Iterator<Item = (&str, &RateCard)> {
        self.cards.values().map(|(file, card)| (file.as_str(), card))
    }

    /// The card of a region, with its file.
    pub fn card(&self, region: &str) -> Option<(&str, &RateCard)> {
        self.cards.get(region).map(|(file, card)| (file.as_str(), card))
    }

    /// Days other than the first of a month on which some rate changes, so that a month has two prices.
    pub fn changes(&self) -> Vec<Date> {
        if self.rates_at.is_some() {
            return Vec::new();
        }
        let listed = self.cards.values().flat_map(|(_, card)| card.rates()).map(|rate| rate.effective);
        let own = self.terms.rates.iter().map(|rate| rate.effective);
        let mut days: Vec<Date> = listed.chain(own).filter(|day| day.day() != 1).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// What a meter costs in a region on a day, after the terms; else why that is not known.
    ///
    /// # Errors
    /// The reason, a sentence fragment.
    pub fn quote(&self, region: &str, meter: Meter, day: Date) -> Result<Quote, String> {
        let day = self.rates_at.map_or(day, Month::first_day);
        if let Some(own) = self.terms.private_rate(region, meter, day) {
            let (tiers, steps) = self.terms.apply(region, meter, &own.tiers, &own.currency, true)?;
            return Ok(Quote {
                tiers,
                effective: own.effective,
                confidence: Confidence::Private,
                source: with_steps("your own rate in gwcost.toml", &steps),
                card: "gwcost.toml".to_owned(),
            });
        }
        let (file, card) =
            self.cards.get(region).ok_or_else(|| format!("no rate card for region {region}"))?;
        let rate = match (card.rate_on(meter, day), card.first_effective(meter)) {
            (Some(rate), _) => rate,
            (None, Some(first)) => {
                let first = format!("the first known rate of {meter} in {region} is effective {first}");
                return Err(match self.rates_at {
                    Some(_) => first,
                    None => format!("{first}; --rates-at prices with another month's rates"),
                });
            }
            (None, None) => return Err(format!("no rate of {meter} is known for {region}")),
        };
        let (tiers, steps) = self.terms.apply(region, meter, &rate.tiers, &card.currency, false)?;
        Ok(Quote {
            tiers,
            effective: rate.effective,
            confidence: rate.confidence,
            source: with_steps(&rate.source, &steps),
            card: file.clone(),
        })
    }
}

/// What a meter costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Bounds in rate units; rates in the catalog's currency, after the terms.
    pub tiers: Tiers,
    /// The first day on which it is known to hold.
    pub effective: Date,
    /// How near its source is to AWS.
    pub confidence: Confidence,
    /// Where it was read, and what the terms made of it.
    pub source: String,
    /// The rate card's file.
    pub card: String,
}

fn with_steps(source: &str, steps: &[String]) -> String {
    if steps.is_empty() { source.to_owned() } else { format!("{source}; {}", steps.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = r#"
        schema_version = 1
        region = "us-east-1"
        currency = "USD"

        [[rate]]
        meter = "rest_requests"
        effective = "2026-04-01"
        confidence = "transcribed"
        source = "a test"
        tiers = [{ rate = "0.5" }]

        [[rate]]
        meter = "rest_requests"
        effective = "2026-06-15"
        confidence = "transcribed"
        source = "a test"
        tiers = [{ rate = "0.4" }]
    "#;

    fn catalog(rates_at: Option<&str>) -> Catalog {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned(), name.to_owned());
        let rules = "schema_version = 1\nsource = \"a test\"\nresponse_type = []\n\
                     [without_response_type]\nundetermined_statuses = []\n";
        let files = [file("us-east-1.toml", CARD), file(RULES_FILE, rules)];
        Catalog::new(&files, rates_at.map(|month| month.parse().unwrap()), Terms::default()).unwrap()
    }

    #[test]
    fn a_day_has_its_own_rate_and_none_before_the_first() {
        let catalog = catalog(None);
        let rate = |day: &str| {
            let quote = catalog.quote("us-east-1", Meter::RestRequests, day.parse().unwrap());
            quote.map(|quote| quote.tiers.steps()[0].rate.to_string())
        };
        assert_eq!(rate("2026-06-14"), Ok("0.5".to_owned()));
        assert_eq!(rate("2026-06-15"), Ok("0.4".to_owned()));
        assert!(rate("2026-03-31").unwrap_err().contains("is effective 2026-04-01; --rates-at"));
        assert_eq!(catalog.changes(), ["2026-06-15".parse::<Date>().unwrap()]);
        let day = "2026-06-15".parse().unwrap();
        let unknown = |region, meter| catalog.quote(region, meter, day).unwrap_err();
        assert_eq!(unknown("eu-west-9", Meter::RestRequests), "no rate card for region eu-west-9");
        assert_eq!(unknown("us-east-1", Meter::XrayTraces), "no rate of xray_traces is known for us-east-1");
    }

    #[test]
    fn the_rates_of_another_month_hold_on_every_day() {
        let catalog = catalog(Some("2026-06"));
        let quote = catalog.quote("us-east-1", Meter::RestRequests, "2026-01-01".parse().unwrap()).unwrap();
        assert_eq!(quote.effective.to_string(), "2026-04-01");
        assert!(catalog.changes().is_empty());
    }
}
