//! The rate cards of all regions and the billing rules, with the files that they came from.

use std::collections::BTreeMap;

use gwcost_core::model::Month;
use gwcost_core::pricing::{BillingRules, CardError, Meter, Rate, RateCard};

/// Everything that prices depend on.
#[derive(Clone, Debug)]
pub struct Catalog {
    cards: BTreeMap<String, (String, RateCard)>,
    rules: BillingRules,
    rates_at: Option<Month>,
}

/// The file of billing rules in `pricing/`.
const RULES_FILE: &str = "billing-rules.toml";

impl Catalog {
    /// Reads the files of `pricing/`: name, text and where it came from. With `rates_at` every
    /// month is priced with that month's rates.
    ///
    /// # Errors
    /// [`CardError`] names the file.
    pub fn new(files: &[(String, String, String)], rates_at: Option<Month>) -> Result<Catalog, CardError> {
        let mut cards = BTreeMap::new();
        let mut rules = None;
        for (name, text, origin) in files {
            if name == RULES_FILE {
                rules = Some(BillingRules::parse(origin, text)?);
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
        Ok(Catalog { cards, rules: rules.ok_or_else(missing)?, rates_at })
    }

    /// The billing rules.
    pub fn rules(&self) -> &BillingRules {
        &self.rules
    }

    /// The month whose rates are used for all others.
    pub fn rates_at(&self) -> Option<Month> {
        self.rates_at
    }

    /// The rate of a meter in a region and month, with the card's file; else why there is none.
    ///
    /// # Errors
    /// The reason, a sentence fragment.
    pub fn rate(
        &self,
        region: &str,
        meter: Meter,
        month: Month,
        currency: &str,
    ) -> Result<(&Rate, &str), String> {
        let (file, card) =
            self.cards.get(region).ok_or_else(|| format!("no rate card for region {region}"))?;
        if card.currency != currency {
            return Err(format!(
                "the rate card of {region} is in {}, the report in {currency}",
                card.currency
            ));
        }
        let at = self.rates_at.unwrap_or(month);
        match (card.rate(meter, at), card.first_effective(meter)) {
            (Some(rate), _) => Ok((rate, file)),
            (None, Some(first)) => {
                let first = format!("the first known rate of {meter} in {region} is effective {first}");
                Err(match self.rates_at {
                    Some(_) => first,
                    None => format!("{first}; --rates-at prices with another month's rates"),
                })
            }
            (None, None) => Err(format!("no rate of {meter} is known for {region}")),
        }
    }
}
