//! `[terms]`: what was agreed with AWS beside list prices. Everything in it is off unless it is written down.

use std::collections::BTreeMap;
use std::path::Path;

use gwcost_core::model::Month;
use gwcost_core::pricing::{
    Discount, Meter, OtherUsage, PrivateRate, Service, Terms, Tier, Tiers, UnknownMeter,
};
use gwcost_core::text::did_you_mean;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{ACCOUNT_SHAPE, ConfigError, check_keys, is_account};

/// What a file says of terms.
#[derive(Clone, Debug, Default)]
pub struct TermsConfig {
    /// All of it but what is free, which `pricing/free-allowances.toml` says in numbers.
    pub terms: Terms,
    /// Switches of free allowances, and the region that uses each up.
    pub free: BTreeMap<String, String>,
    /// What is taken off bills.
    pub credits: Vec<CreditConfig>,
}

/// A sum that AWS takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditConfig {
    /// What it is called.
    pub name: String,
    /// The month of whose bill; `None` is every month's.
    pub month: Option<Month>,
    /// In the currency of figures.
    pub amount: Decimal,
}

const KEYS: [&str; 8] = ["conversion", "credit", "currency", "discount", "family", "free", "other", "rate"];

/// The tables in `[terms]` of which there can be several, with their keys.
const TABLES: [(&str, &[&str]); 6] = [
    ("conversion", &["from", "rate", "to"]),
    ("credit", &["amount", "month", "name"]),
    ("discount", &["meter", "percent", "region", "service"]),
    ("family", &["accounts"]),
    ("other", &["meter", "quantity", "region"]),
    ("rate", &["currency", "effective", "meter", "region", "tiers"]),
];

#[derive(Deserialize)]
pub(super) struct Entry {
    currency: Option<String>,
    #[serde(default)]
    conversion: Vec<ConversionEntry>,
    #[serde(default)]
    credit: Vec<CreditEntry>,
    #[serde(default)]
    discount: Vec<DiscountEntry>,
    #[serde(default)]
    family: Vec<FamilyEntry>,
    #[serde(default)]
    free: BTreeMap<String, String>,
    #[serde(default)]
    other: Vec<OtherEntry>,
    #[serde(default)]
    rate: Vec<RateEntry>,
}

#[derive(Deserialize)]
struct ConversionEntry {
    from: String,
    to: String,
    rate: String,
}

#[derive(Deserialize)]
struct CreditEntry {
    name: String,
    month: Option<String>,
    amount: String,
}

#[derive(Deserialize)]
struct DiscountEntry {
    service: Option<String>,
    region: Option<String>,
    meter: Option<String>,
    percent: String,
}

#[derive(Deserialize)]
struct FamilyEntry {
    accounts: Vec<String>,
}

#[derive(Deserialize)]
struct OtherEntry {
    region: String,
    meter: String,
    quantity: String,
}

#[derive(Deserialize)]
struct RateEntry {
    region: String,
    meter: String,
    effective: String,
    #[serde(default = "dollars")]
    currency: String,
    tiers: Vec<TierEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TierEntry {
    up_to: Option<u64>,
    rate: String,
}

fn dollars() -> String {
    "USD".to_owned()
}

/// Refuses keys that do not exist.
pub(super) fn check_terms_keys(path: &Path, terms: &toml::Value) -> Result<(), ConfigError> {
    let value = |problem: String| ConfigError::Value { path: path.to_owned(), problem };
    let Some(table) = terms.as_table() else {
        return Err(value("terms is one table: expected [terms]".to_owned()));
    };
    check_keys(path, table.keys(), "[terms]", &KEYS)?;
    for (name, known) in TABLES {
        if table.get(name).is_some_and(toml::Value::is_table) {
            return Err(value(format!(
                "[terms.{name}] is one table, and there can be several: expected [[terms.{name}]]"
            )));
        }
        for entry in table.get(name).and_then(toml::Value::as_array).into_iter().flatten() {
            if let Some(entry) = entry.as_table() {
                check_keys(path, entry.keys(), &format!("[[terms.{name}]]"), known)?;
            }
        }
    }
    Ok(())
}

impl TermsConfig {
    /// Checks what is written. An error is a sentence.
    pub(super) fn check(entry: Entry) -> Result<TermsConfig, String> {
        let mut terms = Terms { currency: entry.currency, ..Terms::default() };
        if let Some(currency) = &terms.currency {
            check_currency(currency)?;
        }
        for conversion in entry.conversion {
            let ConversionEntry { from, to, rate } = conversion;
            check_currency(&from)?;
            check_currency(&to)?;
            let known = decimal("rate of a [[terms.conversion]]", &rate)?;
            if known.is_zero() || terms.conversions.insert((from.clone(), to.clone()), known).is_some() {
                return Err(format!(
                    "the [[terms.conversion]] from {from} to {to} is zero, or there are two"
                ));
            }
        }
        for discount in entry.discount {
            terms.discounts.push(discount.check()?);
        }
        for rate in entry.rate {
            let rate = rate.check()?;
            let same = |known: &PrivateRate| {
                (&known.region, known.meter, known.effective) == (&rate.region, rate.meter, rate.effective)
            };
            if terms.rates.iter().any(same) {
                let PrivateRate { region, meter, effective, .. } = rate;
                return Err(format!(
                    "there are two [[terms.rate]] of {meter} in {region} effective {effective}"
                ));
            }
            terms.rates.push(rate);
        }
        for family in entry.family {
            for account in &family.accounts {
                if !is_account(account) {
                    return Err(format!("{account:?} in [[terms.family]] is no account id: {ACCOUNT_SHAPE}"));
                }
                let times =
                    |accounts: &Vec<String>| accounts.iter().filter(|other| *other == account).count();
                if terms.families.iter().chain([&family.accounts]).map(times).sum::<usize>() > 1 {
                    return Err(format!("account {account} is in [[terms.family]] twice"));
                }
            }
            terms.families.push(family.accounts);
        }
        for other in entry.other {
            let meter = meter(&other.meter)?;
            let quantity = decimal("quantity of a [[terms.other]]", &other.quantity)?;
            let units =
                meter.base_units(quantity).ok_or_else(|| format!("{quantity} of {meter}: too many"))?;
            terms.others.push(OtherUsage { region: other.region, meter, units });
        }
        let mut credits = Vec::with_capacity(entry.credit.len());
        for credit in entry.credit {
            let month = credit.month.map(|month| month.parse::<Month>()).transpose();
            credits.push(CreditConfig {
                name: credit.name,
                month: month.map_err(|error| error.to_string())?,
                amount: decimal("amount of a [[terms.credit]]", &credit.amount)?,
            });
        }
        Ok(TermsConfig { terms, free: entry.free, credits })
    }
}

impl DiscountEntry {
    fn check(self) -> Result<Discount, String> {
        let percent = decimal("percent of a [[terms.discount]]", &self.percent)?;
        if percent > Decimal::ONE_HUNDRED {
            return Err(format!("percent = {:?} in [[terms.discount]]: expected 0 to 100", self.percent));
        }
        Ok(Discount {
            service: self.service.as_deref().map(service).transpose()?,
            region: self.region,
            meter: self.meter.as_deref().map(meter).transpose()?,
            percent,
        })
    }
}

impl RateEntry {
    fn check(self) -> Result<PrivateRate, String> {
        check_currency(&self.currency)?;
        let meter = meter(&self.meter)?;
        let effective: Date = self.effective.parse().map_err(|_| {
            format!("effective = {:?} in [[terms.rate]] is not a date: expected YYYY-MM-DD", self.effective)
        })?;
        let mut tiers = Vec::with_capacity(self.tiers.len());
        for tier in self.tiers {
            tiers.push(Tier { up_to: tier.up_to, rate: decimal("rate of a [[terms.rate]]", &tier.rate)? });
        }
        let tiers = Tiers::new(tiers).map_err(|error| format!("[[terms.rate]] of {meter}: {error}"))?;
        Ok(PrivateRate { region: self.region, meter, effective, currency: self.currency, tiers })
    }
}

fn decimal(what: &str, text: &str) -> Result<Decimal, String> {
    let number = Decimal::from_str_exact(text).ok().filter(|number| !number.is_sign_negative());
    number.ok_or_else(|| format!("{what} is {text:?}: expected a decimal, not below zero, as \"0.92\""))
}

fn check_currency(text: &str) -> Result<(), String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    is_code.then_some(()).ok_or_else(|| format!("{text:?} is no currency: expected a code, as USD or EUR"))
}

fn meter(text: &str) -> Result<Meter, String> {
    text.parse().map_err(|error: UnknownMeter| error.to_string())
}

fn service(text: &str) -> Result<Service, String> {
    let names = Service::ALL.map(Service::name);
    Service::ALL.into_iter().find(|service| service.name() == text).ok_or_else(|| {
        format!("unknown service {text:?}: expected {}{}", names.join(", "), did_you_mean(text, names))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn parse(text: &str) -> Result<TermsConfig, String> {
        Config::parse(Path::new("gwcost.toml"), text)
            .map(|config| config.terms.unwrap_or_default())
            .map_err(|error| error.to_string())
    }

    const FILE: &str = r#"
        [terms]
        currency = "EUR"
        [terms.free]
        transfer = "eu-west-1"
        [[terms.conversion]]
        from = "USD"
        to = "EUR"
        rate = "0.92"
        [[terms.discount]]
        service = "api_gateway"
        percent = "7.5"
        [[terms.rate]]
        region = "us-east-1"
        meter = "rest_requests"
        effective = "2026-10-01"
        tiers = [{ up_to = 10, rate = "0.5" }, { rate = "0.4" }]
        [[terms.family]]
        accounts = ["111122223333", "444455556666"]
        [[terms.other]]
        region = "us-east-1"
        meter = "internet_transfer"
        quantity = "1.5"
        [[terms.credit]]
        name = "support"
        amount = "100.00"
        month = "2026-10"
    "#;

    #[test]
    fn all_of_it_is_read() {
        let TermsConfig { terms, free, credits } = parse(FILE).unwrap();
        assert_eq!(terms.currency(), "EUR");
        assert_eq!(terms.discounts[0].percent.to_string(), "7.5");
        assert_eq!(terms.rates[0].currency, "USD");
        assert_eq!(terms.family("444455556666"), "111122223333+444455556666");
        assert_eq!(terms.others[0].units, 3 << 29);
        assert_eq!(free["transfer"], "eu-west-1");
        assert_eq!(credits[0].month.unwrap().to_string(), "2026-10");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |from: &str, to: &str| parse(&FILE.replace(from, to)).unwrap_err();
        assert!(error("service =", "servce =").contains("did you mean \"service\"?"));
        assert!(error("\"api_gateway\"", "\"apigateway\"").contains("did you mean \"api_gateway\"?"));
        assert!(error("\"7.5\"", "\"107.5\"").contains("expected 0 to 100"));
        assert!(error("\"7.5\"", "\"-7.5\"").contains("not below zero"));
        assert!(error("\"0.92\"", "\"0\"").contains("from USD to EUR is zero"));
        assert!(error("\"444455556666\"", "\"111122223333\"").contains("twice"));
        assert!(error("\"444455556666\"", "\"4\"").contains("twelve digits"));
        assert!(
            error("\"EUR\"\n        [terms.free]", "\"€\"\n        [terms.free]").contains("no currency")
        );
        assert!(error("[[terms.discount]]", "[terms.discount]").contains("expected [[terms.discount]]"));
        assert!(error("up_to = 10, ", "").contains("tier 1"));
        assert!(error("currency = \"EUR\"", "curency = \"EUR\"").contains("did you mean \"currency\"?"));
    }
}
