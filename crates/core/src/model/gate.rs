//! Gates: what is held to a limit, and how it is written in `gwcost.toml`.
//!
//! A rule names what it is about (a scope), what it is held for (everything together, or each API, stage or
//! endpoint), and limits. How the figures are found is not known here.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::text::did_you_mean;

/// What is held to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GateMeasure {
    /// What a calendar month may cost.
    Budget,
    /// How much more the last seven days may cost than the seven before.
    GrowthPerWeek,
    /// What 1,000 requests may cost.
    CostPer1000,
    /// The part of requests that may end with a status of 400 and above.
    ErrorRate,
    /// The part that may end with 4xx.
    ClientErrorRate,
    /// The part that may end with 5xx.
    ServerErrorRate,
    /// The latency that this percentage of requests may not exceed.
    Latency(u8),
    /// The factor by which traffic can grow, at least, until a limit refuses.
    Headroom,
    /// What a cache saves less what it costs, at least.
    CacheNet,
    /// The part of what AWS counted that the log holds, at least.
    Coverage,
}

/// In which unit a limit is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateUnit {
    /// An amount, in the currency of figures.
    Money,
    /// A part of 1, written as a percentage.
    Part,
    /// Milliseconds.
    Millis,
    /// A factor, as `2x`.
    Factor,
}

impl GateMeasure {
    /// Every measure, in the order of the documentation.
    pub const ALL: [GateMeasure; 13] = [
        GateMeasure::Budget,
        GateMeasure::GrowthPerWeek,
        GateMeasure::CostPer1000,
        GateMeasure::ErrorRate,
        GateMeasure::ClientErrorRate,
        GateMeasure::ServerErrorRate,
        GateMeasure::Latency(50),
        GateMeasure::Latency(90),
        GateMeasure::Latency(95),
        GateMeasure::Latency(99),
        GateMeasure::Headroom,
        GateMeasure::CacheNet,
        GateMeasure::Coverage,
    ];

    /// The key in `gwcost.toml`, and the name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            GateMeasure::Budget => "budget",
            GateMeasure::GrowthPerWeek => "growth_per_week",
            GateMeasure::CostPer1000 => "cost_per_1000",
            GateMeasure::ErrorRate => "error_rate",
            GateMeasure::ClientErrorRate => "rate_4xx",
            GateMeasure::ServerErrorRate => "rate_5xx",
            GateMeasure::Latency(50) => "p50_ms",
            GateMeasure::Latency(90) => "p90_ms",
            GateMeasure::Latency(95) => "p95_ms",
            GateMeasure::Latency(_) => "p99_ms",
            GateMeasure::Headroom => "headroom",
            GateMeasure::CacheNet => "cache_net",
            GateMeasure::Coverage => "coverage",
        }
    }

    /// What it is, in words.
    pub const fn title(self) -> &'static str {
        match self {
            GateMeasure::Budget => "cost against the budget",
            GateMeasure::GrowthPerWeek => "growth of cost in a week",
            GateMeasure::CostPer1000 => "cost per 1,000 requests",
            GateMeasure::ErrorRate => "requests with an error",
            GateMeasure::ClientErrorRate => "requests with a 4xx status",
            GateMeasure::ServerErrorRate => "requests with a 5xx status",
            GateMeasure::Latency(50) => "p50 of latency",
            GateMeasure::Latency(90) => "p90 of latency",
            GateMeasure::Latency(95) => "p95 of latency",
            GateMeasure::Latency(_) => "p99 of latency",
            GateMeasure::Headroom => "growth to the first refusal",
            GateMeasure::CacheNet => "what the cache saves less what it costs",
            GateMeasure::Coverage => "coverage of the log",
        }
    }

    /// The unit of its limits.
    pub const fn unit(self) -> GateUnit {
        match self {
            GateMeasure::Budget | GateMeasure::CostPer1000 | GateMeasure::CacheNet => GateUnit::Money,
            GateMeasure::Latency(_) => GateUnit::Millis,
            GateMeasure::Headroom => GateUnit::Factor,
            _ => GateUnit::Part,
        }
    }

    /// Whether the limit is the least that is allowed; else it is the most.
    pub const fn is_least(self) -> bool {
        matches!(self, GateMeasure::Headroom | GateMeasure::CacheNet | GateMeasure::Coverage)
    }

    /// Whether a figure keeps to a limit; one that equals it does.
    pub fn holds(self, found: Decimal, limit: Decimal) -> bool {
        if self.is_least() { found >= limit } else { found <= limit }
    }

    /// Reads a limit as it is written: `100.00`, `5%`, `300`, `2x`. An error is a sentence.
    ///
    /// # Errors
    /// What was expected.
    pub fn limit(self, text: &str) -> Result<Decimal, String> {
        let (digits, shape) = match self.unit() {
            GateUnit::Money => (Some(text), "an amount, as \"100.00\""),
            GateUnit::Part => (text.strip_suffix('%'), "a percentage, as \"5%\""),
            GateUnit::Millis => (Some(text), "whole milliseconds, as 300"),
            GateUnit::Factor => (text.strip_suffix(['x', 'X']), "a factor, as \"2x\""),
        };
        let wrong = || format!("{} = {text:?} in [[check]]: expected {shape}", self.name());
        let plain =
            |digits: &&str| digits.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit());
        let number =
            digits.map(str::trim).filter(plain).and_then(|digits| Decimal::from_str_exact(digits).ok());
        let number = number.ok_or_else(wrong)?;
        let signed = matches!(self, GateMeasure::CacheNet | GateMeasure::GrowthPerWeek);
        if (number.is_sign_negative() && !signed) || (self.unit() == GateUnit::Millis && !number.is_integer())
        {
            return Err(wrong());
        }
        Ok(if self.unit() == GateUnit::Part { number / Decimal::ONE_HUNDRED } else { number })
    }
}

impl fmt::Display for GateMeasure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// For what a rule is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateEach {
    /// For all that the scope selects, together.
    Scope,
    /// For each account.
    Account,
    /// For each API.
    Api,
    /// For each stage.
    Stage,
    /// For each endpoint.
    Endpoint,
}

/// A word that is none of those.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("each = {typed:?} in [[check]]: expected {}{hint}", EACH.map(|(name, _)| name).join(", "))]
pub struct UnknownGateEach {
    typed: String,
    hint: String,
}

const EACH: [(&str, GateEach); 5] = [
    ("scope", GateEach::Scope),
    ("account", GateEach::Account),
    ("api", GateEach::Api),
    ("stage", GateEach::Stage),
    ("endpoint", GateEach::Endpoint),
];

impl GateEach {
    /// How many of account, region, API, stage, method and route tell one from another.
    pub const fn depth(self) -> usize {
        match self {
            GateEach::Scope => 0,
            GateEach::Account => 1,
            GateEach::Api => 3,
            GateEach::Stage => 4,
            GateEach::Endpoint => 6,
        }
    }

    /// For what a measure is held unless the rule says otherwise: money is for all together.
    pub const fn of(measure: GateMeasure) -> GateEach {
        match measure {
            GateMeasure::Budget | GateMeasure::GrowthPerWeek => GateEach::Scope,
            _ => GateEach::Stage,
        }
    }
}

impl FromStr for GateEach {
    type Err = UnknownGateEach;

    fn from_str(typed: &str) -> Result<GateEach, UnknownGateEach> {
        let known = EACH.into_iter().find(|(name, _)| *name == typed).map(|(_, each)| each);
        known.ok_or_else(|| UnknownGateEach {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, EACH.map(|(name, _)| name)),
        })
    }
}

/// One `[[check]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateRule {
    /// What it is called.
    pub name: String,
    /// Globs on account, region, api, stage, method and route, by the dimension's name.
    pub scope: Vec<(&'static str, String)>,
    /// A tag that the API or the stage must have, and its value; without one any value will do.
    pub tag: Option<(String, Option<String>)>,
    /// For what it is held; `None` is [`GateEach::of`] the measure.
    pub each: Option<GateEach>,
    /// What has fewer requests is not held to it.
    pub min_requests: u64,
    /// What a call of the backend costs, which tells what a cache saves.
    pub backend_cost: Option<Decimal>,
    /// The limits.
    pub limits: Vec<(GateMeasure, Decimal)>,
}

impl GateRule {
    /// The rules where none is written down: the thresholds of the alarms that AWS recommends for API Gateway
    /// (CloudWatch User Guide, "Recommended alarms"), for each stage with 100 requests.
    pub fn recommended() -> Vec<GateRule> {
        vec![GateRule {
            name: "AWS's recommended alarms".to_owned(),
            scope: Vec::new(),
            tag: None,
            each: Some(GateEach::Stage),
            min_requests: 100,
            backend_cost: None,
            limits: vec![
                (GateMeasure::ClientErrorRate, Decimal::new(5, 2)),
                (GateMeasure::ServerErrorRate, Decimal::new(5, 2)),
                (GateMeasure::Latency(90), Decimal::new(2500, 0)),
            ],
        }]
    }

    /// What it is about, in words: `api o7*, tag team=orders`; `everything` without a scope.
    pub fn scope_text(&self) -> String {
        let mut parts: Vec<String> = self.scope.iter().map(|(name, glob)| format!("{name} {glob}")).collect();
        match &self.tag {
            Some((key, Some(value))) => parts.push(format!("tag {key}={value}")),
            Some((key, None)) => parts.push(format!("tag {key}")),
            None => {}
        }
        if parts.is_empty() { "everything".to_owned() } else { parts.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_in_their_units_and_no_other() {
        let read =
            |measure: GateMeasure, text: &str| measure.limit(text).map(|limit| limit.normalize().to_string());
        assert_eq!(read(GateMeasure::Budget, "100.00").unwrap(), "100");
        assert_eq!(read(GateMeasure::ErrorRate, "0.5%").unwrap(), "0.005");
        assert_eq!(read(GateMeasure::Headroom, "1.5x").unwrap(), "1.5");
        assert_eq!(read(GateMeasure::CacheNet, "-3").unwrap(), "-3");
        assert_eq!(read(GateMeasure::GrowthPerWeek, "-5%").unwrap(), "-0.05");
        for (measure, text) in [
            (GateMeasure::Budget, "$100"),
            (GateMeasure::Budget, "-1"),
            (GateMeasure::Budget, ""),
            (GateMeasure::ErrorRate, "0.05"),
            (GateMeasure::Latency(95), "1.5"),
            (GateMeasure::Headroom, "2"),
        ] {
            let error = read(measure, text).unwrap_err();
            assert!(error.contains(measure.name()) && error.contains("expected"), "{error}");
        }
    }

    #[test]
    fn a_limit_itself_is_kept_to_from_both_sides() {
        let one = Decimal::ONE;
        for measure in GateMeasure::ALL {
            assert!(measure.holds(one, one), "{measure}");
            assert_eq!(measure.holds(Decimal::TWO, one), measure.is_least(), "{measure}");
        }
    }
}
