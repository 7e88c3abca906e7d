//! `[clients]` and `[[plan]]`: how clients are named, and what they pay.

use gwcost_core::log_format::lookup;
use rust_decimal::Decimal;
use serde::Deserialize;

/// How clients are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientsConfig {
    /// The tag that `--by tag` groups by.
    pub tag: Option<String>,
    /// The `$context` variable that names the principal, without `$context.`: `authorizer.claims.tenant`.
    pub principal: Option<String>,
}

/// What the customers of a usage plan pay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanPrice {
    /// The plan's name, or its id.
    pub plan: String,
    /// A month, for the whole plan.
    pub price: Decimal,
    /// A month, for each of the plan's API keys that sent requests.
    pub price_per_key: Decimal,
    /// For 1,000 requests.
    pub price_per_1000: Decimal,
}

pub(super) const KEYS: [&str; 2] = ["principal", "tag"];
pub(super) const PLAN_KEYS: [&str; 4] = ["plan", "price", "price_per_1000", "price_per_key"];

#[derive(Deserialize)]
pub(super) struct Entry {
    tag: Option<String>,
    principal: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct PlanEntry {
    plan: String,
    price: Option<String>,
    price_per_key: Option<String>,
    price_per_1000: Option<String>,
}

impl ClientsConfig {
    pub(super) fn check(entry: Entry) -> Result<ClientsConfig, String> {
        let principal = entry
            .principal
            .map(|typed| {
                let name = typed.strip_prefix("$context.").unwrap_or(&typed).to_owned();
                (name.starts_with("authorizer.") && lookup(&name).is_some()).then_some(name).ok_or_else(|| {
                    format!(
                        "principal = {typed:?} names no variable of a caller: expected one of an authorizer, as \
                         in authorizer.claims.sub"
                    )
                })
            })
            .transpose()?;
        Ok(ClientsConfig { tag: entry.tag, principal })
    }
}

impl PlanPrice {
    pub(super) fn check(entries: Vec<PlanEntry>) -> Result<Vec<PlanPrice>, String> {
        let mut plans: Vec<PlanPrice> = Vec::new();
        for entry in entries {
            let amount = |name: &str, typed: Option<&str>| {
                let amount = typed.map_or(Ok(Decimal::ZERO), Decimal::from_str_exact);
                amount.ok().filter(|amount| *amount >= Decimal::ZERO).ok_or_else(|| {
                    let typed = typed.unwrap_or_default();
                    format!(
                        "plan {:?}: {name} = {typed:?} is no amount: expected one as in \"49.90\"",
                        entry.plan
                    )
                })
            };
            if entry.price.is_none() && entry.price_per_key.is_none() && entry.price_per_1000.is_none() {
                return Err(format!(
                    "plan {:?} has no price: expected price, price_per_key or price_per_1000",
                    entry.plan
                ));
            }
            if plans.iter().any(|plan| plan.plan == entry.plan) {
                return Err(format!("plan {:?} has a second price", entry.plan));
            }
            plans.push(PlanPrice {
                price: amount("price", entry.price.as_deref())?,
                price_per_key: amount("price_per_key", entry.price_per_key.as_deref())?,
                price_per_1000: amount("price_per_1000", entry.price_per_1000.as_deref())?,
                plan: entry.plan,
            });
        }
        Ok(plans)
    }
}
