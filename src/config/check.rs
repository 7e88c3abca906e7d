//! `[[check]]`: what `gwcost check` holds figures to.

use gwcost_core::model::{GateEach, GateMeasure, GateRule, UnknownGateEach};
use rust_decimal::Decimal;

/// Dimensions that a scope can be a glob on.
const SCOPE: [&str; 6] = ["account", "region", "api", "stage", "method", "route"];

/// Keys that are neither of a scope nor a limit.
const OTHERS: [&str; 5] = ["backend_cost", "each", "min_requests", "name", "tag"];

/// All keys.
pub(super) fn keys() -> Vec<&'static str> {
    let limits = GateMeasure::ALL.into_iter().map(GateMeasure::name);
    let mut all: Vec<&str> = SCOPE.into_iter().chain(OTHERS).chain(limits).collect();
    all.sort_unstable();
    all
}

/// Reads the entries of a file. An error is a sentence.
pub(super) fn check(entries: Vec<toml::Table>) -> Result<Vec<GateRule>, String> {
    let rules =
        entries.iter().enumerate().map(|(at, entry)| rule(at + 1, entry)).collect::<Result<Vec<_>, _>>()?;
    for (at, rule) in rules.iter().enumerate() {
        if rules[..at].iter().any(|other| other.name == rule.name) {
            return Err(format!("there are two [[check]]s with name = {:?}", rule.name));
        }
    }
    Ok(rules)
}

fn rule(number: usize, entry: &toml::Table) -> Result<GateRule, String> {
    let text = |key: &str| match entry.get(key) {
        None => Ok(None),
        Some(toml::Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(other) => Err(format!("{key} = {other} in [[check]]: expected a text that is not empty")),
    };
    let mut scope = Vec::new();
    for key in SCOPE {
        if let Some(glob) = text(key)? {
            scope.push((key, glob));
        }
    }
    let mut limits = Vec::new();
    for measure in GateMeasure::ALL {
        match entry.get(measure.name()) {
            None => {}
            // Money and parts are texts, so that no float comes near them.
            Some(toml::Value::String(text)) => limits.push((measure, measure.limit(text)?)),
            Some(other) => limits.push((measure, measure.limit(&other.to_string())?)),
        }
    }
    if limits.is_empty() {
        let names = GateMeasure::ALL.map(GateMeasure::name).join(", ");
        return Err(format!("[[check]] number {number} holds nothing to a limit: expected one of {names}"));
    }
    let tag = text("tag")?.map(|tag| match tag.split_once('=') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
        None => (tag, None),
    });
    let each = text("each")?.map(|each| each.parse()).transpose();
    let each: Option<GateEach> = each.map_err(|error: UnknownGateEach| error.to_string())?;
    let min_requests = match entry.get("min_requests") {
        None => 0,
        Some(value) => value.as_integer().and_then(|count| u64::try_from(count).ok()).ok_or_else(|| {
            format!("min_requests = {value} in [[check]]: expected a whole number, zero or more")
        })?,
    };
    let backend_cost = text("backend_cost")?.map(|typed| {
        Decimal::from_str_exact(&typed).ok().filter(|cost| !cost.is_sign_negative()).ok_or_else(|| {
            format!("backend_cost = {typed:?} in [[check]]: expected dollars a call, as \"0.000004\"")
        })
    });
    let mut rule = GateRule {
        name: text("name")?.unwrap_or_default(),
        scope,
        tag,
        each,
        min_requests,
        backend_cost: backend_cost.transpose()?,
        limits,
    };
    if rule.name.is_empty() {
        rule.name = match rule.scope_text() {
            all if all == "everything" => format!("check {number}"),
            scope => format!("check {number}: {scope}"),
        };
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Config;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("gwcost.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn rules_have_a_scope_and_limits_and_a_name() {
        let rules = parse(
            "[[check]]\nname = \"orders\"\napi = \"o7*\"\nbudget = \"100.00\"\ngrowth_per_week = \"10%\"\n\
             [[check]]\ntag = \"team=orders\"\neach = \"endpoint\"\np95_ms = 300\nmin_requests = 50\n\
             [[check]]\nrate_5xx = \"1%\"\n",
        )
        .unwrap()
        .checks;
        assert_eq!(rules[0].limits.len(), 2);
        assert_eq!(rules[1].name, "check 2: tag team=orders");
        assert_eq!(rules[1].limits[0].1.to_string(), "300");
        assert_eq!(rules[2].name, "check 3");
    }

    #[test]
    fn what_cannot_be_meant_is_an_error_that_says_what_can() {
        for (text, says) in [
            ("[[check]]\nbugdet = \"1\"", "did you mean \"budget\"?"),
            ("[check]\nbudget = \"1\"", "expected [[check]]"),
            ("[[check]]\napi = \"a1\"", "[[check]] number 1 holds nothing to a limit"),
            ("[[check]]\nerror_rate = 5", "error_rate = \"5\" in [[check]]: expected a percentage"),
            ("[[check]]\nbudget = \"1\"\neach = \"stgae\"", "did you mean \"stage\"?"),
            ("[[check]]\nbudget = \"1\"\nmin_requests = -1", "expected a whole number"),
            ("[[check]]\nbudget = \"1\"\napi = 7", "expected a text"),
            (
                "[[check]]\nname = \"a\"\nbudget = \"1\"\n[[check]]\nname = \"a\"\nbudget = \"1\"",
                "two [[check]]s",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with("gwcost.toml: ") && error.contains(says), "{text}: {error}");
        }
    }
}
