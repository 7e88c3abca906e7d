//! What a customer pays other than list prices: private rates, discounts, free allowances, another currency,
//! tiers that are shared with others. All of it is stated by the user, and nothing of it is on by default.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Meter, Tier, Tiers};

/// A service on AWS's bill, as discounts are agreed for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Calls, connection minutes and caches.
    ApiGateway,
    /// Transfer to the internet.
    DataTransfer,
    /// Endpoints of private APIs.
    PrivateLink,
    /// The content delivery network.
    CloudFront,
    /// Functions.
    Lambda,
    /// Logs and metrics.
    CloudWatch,
    /// Data Firehose.
    Firehose,
    /// The web application firewall.
    Waf,
    /// Traces.
    XRay,
    /// Users.
    Cognito,
}

impl Service {
    /// Every service.
    pub const ALL: [Service; 10] = [
        Service::ApiGateway,
        Service::DataTransfer,
        Service::PrivateLink,
        Service::CloudFront,
        Service::Lambda,
        Service::CloudWatch,
        Service::Firehose,
        Service::Waf,
        Service::XRay,
        Service::Cognito,
    ];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Service::ApiGateway => "api_gateway",
            Service::DataTransfer => "data_transfer",
            Service::PrivateLink => "private_link",
            Service::CloudFront => "cloudfront",
            Service::Lambda => "lambda",
            Service::CloudWatch => "cloudwatch",
            Service::Firehose => "firehose",
            Service::Waf => "waf",
            Service::XRay => "xray",
            Service::Cognito => "cognito",
        }
    }
}

impl Meter {
    /// The service that a meter is of.
    pub const fn service(self) -> Service {
        match self {
            Meter::RestRequests
            | Meter::HttpRequests
            | Meter::WebsocketMessages
            | Meter::WebsocketMinutes
            | Meter::CacheHours(_) => Service::ApiGateway,
            Meter::InternetTransfer => Service::DataTransfer,
            Meter::PrivateEndpointHours | Meter::PrivateTransfer => Service::PrivateLink,
            Meter::CloudfrontTransfer
            | Meter::CloudfrontHttpsRequests
            | Meter::CloudfrontHttpRequests
            | Meter::CloudfrontOriginTransfer => Service::CloudFront,
            Meter::LambdaRequests | Meter::LambdaDurationX86 | Meter::LambdaDurationArm => Service::Lambda,
            Meter::LogsIngestion | Meter::LogsStorage | Meter::DetailedMetrics => Service::CloudWatch,
            Meter::FirehoseIngestion => Service::Firehose,
            Meter::WafRequests | Meter::WafAcls | Meter::WafRules => Service::Waf,
            Meter::XrayTraces => Service::XRay,
            Meter::CognitoUsers => Service::Cognito,
        }
    }
}

/// A part that is taken off, of whatever matches; what is `None` matches everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// Of one service.
    pub service: Option<Service>,
    /// In one region.
    pub region: Option<String>,
    /// Of one meter.
    pub meter: Option<Meter>,
    /// How much, 0 to 100.
    pub percent: Decimal,
}

impl Discount {
    fn is_on(&self, region: &str, meter: Meter) -> bool {
        self.service.is_none_or(|service| service == meter.service())
            && self.region.as_deref().is_none_or(|of| of == region)
            && self.meter.is_none_or(|of| of == meter)
    }
}

/// A rate of one's own contract, instead of the list's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateRate {
    /// AWS region code.
    pub region: String,
    /// What it prices.
    pub meter: Meter,
    /// Its first day.
    pub effective: Date,
    /// ISO 4217 code.
    pub currency: String,
    /// Bounds and rates. Discounts are not taken off them.
    pub tiers: Tiers,
}

/// Usage of others in the same tiers, every month: not paid here, but it fills the tiers first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherUsage {
    /// AWS region code.
    pub region: String,
    /// What is used.
    pub meter: Meter,
    /// Base units a month.
    pub units: u64,
}

/// A monthly quantity that costs nothing, in the region that uses it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeAllowance {
    /// The name of its switch.
    pub name: String,
    /// AWS region code.
    pub region: String,
    /// What is free.
    pub meter: Meter,
    /// Rate units a month.
    pub quantity: u64,
}

/// Everything that was agreed. The default is the list price in dollars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The currency of figures; `None` is USD.
    pub currency: Option<String>,
    /// What one unit of a currency is in another: `(from, to)`.
    pub conversions: BTreeMap<(String, String), Decimal>,
    /// The first one that matches counts.
    pub discounts: Vec<Discount>,
    /// The last one that is effective counts.
    pub rates: Vec<PrivateRate>,
    /// Accounts that fill tiers together; no account is in two.
    pub families: Vec<Vec<String>>,
    /// Usage of others.
    pub others: Vec<OtherUsage>,
    /// What is free.
    pub free: Vec<FreeAllowance>,
}

/// What makes a price of a list price, in words, for reports.
pub type Steps = Vec<String>;

impl Terms {
    /// The currency of figures.
    pub fn currency(&self) -> &str {
        self.currency.as_deref().unwrap_or("USD")
    }

    /// Whose tiers an account fills: the account, or its family's accounts with `+` between them.
    pub fn family(&self, account: &str) -> String {
        let family = self.families.iter().find(|family| family.iter().any(|member| member == account));
        family.map_or_else(|| account.to_owned(), |family| family.join("+"))
    }

    /// The rate of one's own that holds on a day.
    pub fn private_rate(&self, region: &str, meter: Meter, day: Date) -> Option<&PrivateRate> {
        let of = |rate: &&PrivateRate| rate.region == region && rate.meter == meter && rate.effective <= day;
        self.rates.iter().filter(of).max_by_key(|rate| rate.effective)
    }

    /// Base units of others that come before one's own.
    pub fn other_units(&self, region: &str, meter: Meter) -> u64 {
        let of = |other: &&OtherUsage| other.region == region && other.meter == meter;
        self.others.iter().filter(of).fold(0, |sum, other| sum.saturating_add(other.units))
    }

    /// List tiers as they are paid: less a discount, in the currency of figures, with what is free in front.
    ///
    /// # Errors
    /// Why the currency cannot be converted, a sentence fragment.
    pub fn apply(
        &self,
        region: &str,
        meter: Meter,
        list: &Tiers,
        currency: &str,
        is_private: bool,
    ) -> Result<(Tiers, Steps), String> {
        let mut steps = Steps::new();
        let mut factor = Decimal::ONE;
        let discount = self.discounts.iter().find(|discount| discount.is_on(region, meter));
        if let Some(discount) = discount.filter(|_| !is_private) {
            factor = (Decimal::ONE_HUNDRED - discount.percent) / Decimal::ONE_HUNDRED;
            steps.push(format!("less {} %", discount.percent.normalize()));
        }
        if currency != self.currency() {
            let pair = (currency.to_owned(), self.currency().to_owned());
            let Some(rate) = self.conversions.get(&pair) else {
                return Err(format!(
                    "the rate card of {region} is in {currency}, the report in {}",
                    self.currency()
                ));
            };
            factor *= *rate;
            steps.push(format!("{} {} for one {currency}", rate.normalize(), self.currency()));
        }
        let mut tiers: Vec<Tier> = list
            .steps()
            .iter()
            .map(|tier| Tier { up_to: tier.up_to, rate: (tier.rate * factor).normalize() })
            .collect();
        for free in self.free.iter().filter(|free| free.region == region && free.meter == meter) {
            // Tiers that end within what is free are free.
            tiers.retain(|tier| tier.up_to.is_none_or(|up_to| up_to > free.quantity));
            tiers.insert(0, Tier { up_to: Some(free.quantity), rate: Decimal::ZERO });
            steps.push(format!("{} {} free ({})", free.quantity, meter.unit(), free.name));
        }
        let tiers = Tiers::new(tiers).map_err(|error| error.to_string())?;
        Ok((tiers, steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Tiers {
        let tier = |up_to, rate: &str| Tier { up_to, rate: rate.parse().unwrap() };
        Tiers::new(vec![tier(Some(333_000_000), "0.0000035"), tier(None, "0.0000028")]).unwrap()
    }

    fn rates(terms: &Terms) -> Vec<(Option<u64>, String)> {
        let (tiers, _) = terms.apply("us-east-1", Meter::RestRequests, &list(), "USD", false).unwrap();
        tiers.steps().iter().map(|tier| (tier.up_to, tier.rate.to_string())).collect()
    }

    #[test]
    fn without_terms_the_list_price_is_paid() {
        assert_eq!(
            Terms::default().apply("x", Meter::RestRequests, &list(), "USD", false),
            Ok((list(), vec![]))
        );
    }

    #[test]
    fn a_discount_a_currency_and_what_is_free() {
        let terms = Terms {
            currency: Some("EUR".to_owned()),
            conversions: BTreeMap::from([(("USD".to_owned(), "EUR".to_owned()), "0.9".parse().unwrap())]),
            discounts: vec![
                Discount {
                    service: Some(Service::Lambda),
                    region: None,
                    meter: None,
                    percent: Decimal::ONE_HUNDRED,
                },
                Discount {
                    service: Some(Service::ApiGateway),
                    region: None,
                    meter: None,
                    percent: Decimal::TEN,
                },
            ],
            free: vec![FreeAllowance {
                name: "twelve_months".to_owned(),
                region: "us-east-1".to_owned(),
                meter: Meter::RestRequests,
                quantity: 1_000_000,
            }],
            ..Terms::default()
        };
        assert_eq!(
            rates(&terms),
            [
                (Some(1_000_000), "0".to_owned()),
                (Some(333_000_000), "0.000002835".to_owned()),
                (None, "0.000002268".to_owned()),
            ]
        );
        let error = terms.apply("us-east-1", Meter::RestRequests, &list(), "CNY", false).unwrap_err();
        assert_eq!(error, "the rate card of us-east-1 is in CNY, the report in EUR");
        // A private rate is what was agreed: nothing more is taken off.
        let (private, _) = terms.apply("eu-west-1", Meter::RestRequests, &list(), "EUR", true).unwrap();
        assert_eq!(private, list());
    }

    #[test]
    fn families_rates_and_others_are_found() {
        let day = |text: &str| text.parse().unwrap();
        let rate = |effective: &str| PrivateRate {
            region: "us-east-1".to_owned(),
            meter: Meter::RestRequests,
            effective: day(effective),
            currency: "USD".to_owned(),
            tiers: list(),
        };
        let other = OtherUsage { region: "us-east-1".to_owned(), meter: Meter::RestRequests, units: 5 };
        let terms = Terms {
            families: vec![vec!["1".to_owned(), "2".to_owned()]],
            rates: vec![rate("2026-10-01"), rate("2026-05-01")],
            others: vec![other.clone(), other],
            ..Terms::default()
        };
        assert_eq!([terms.family("2"), terms.family("3")], ["1+2", "3"]);
        let effective = |on: &str| {
            terms
                .private_rate("us-east-1", Meter::RestRequests, day(on))
                .map(|rate| rate.effective.to_string())
        };
        assert_eq!(effective("2026-09-30").as_deref(), Some("2026-05-01"));
        assert_eq!(effective("2026-10-01").as_deref(), Some("2026-10-01"));
        assert_eq!(effective("2026-04-30"), None);
        assert_eq!(terms.other_units("us-east-1", Meter::RestRequests), 10);
        assert_eq!(terms.other_units("us-east-1", Meter::HttpRequests), 0);
    }
}
