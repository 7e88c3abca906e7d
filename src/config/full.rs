//! `[full]`: what neither a log nor API Gateway's settings tell of a call's full cost.

use std::path::Path;

use globset::{Glob, GlobMatcher};
use gwcost_core::text::did_you_mean;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;

use super::{ConfigError, check_keys};

/// What a file says of full costs.
#[derive(Clone, Debug, Default)]
pub struct FullConfig {
    /// Where access logs go, instead of what settings say.
    pub log: Option<LogConfig>,
    /// Of a million requests to traced stages, so many are recorded.
    pub traced_per_million: Option<u64>,
    /// Lambda functions, in order.
    pub functions: Vec<FunctionConfig>,
}

/// Where an access log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogConfig {
    /// CloudWatch Logs.
    CloudWatch,
    /// Data Firehose.
    Firehose,
    /// Nowhere that costs anything.
    None,
}

/// One `[[full.lambda]]`.
#[derive(Clone, Debug)]
pub struct FunctionConfig {
    /// A pattern of the function's ARN.
    pub function: Option<GlobMatcher>,
    /// A pattern of the API's id.
    pub api: Option<GlobMatcher>,
    /// A pattern of the route.
    pub route: Option<GlobMatcher>,
    /// They authorize callers.
    pub authorizer: bool,
    /// Megabytes of memory.
    pub memory_mb: u64,
    /// They run on Arm.
    pub arm: bool,
}

const KEYS: [&str; 3] = ["lambda", "log", "xray_sampling"];
const LAMBDA_KEYS: [&str; 6] = ["api", "architecture", "authorizer", "function", "memory_mb", "route"];
const LOGS: [&str; 3] = ["cloudwatch", "firehose", "none"];
const ARCHITECTURES: [&str; 2] = ["x86_64", "arm64"];

/// The least and the most memory that a function can have.
const MEMORY_MB: std::ops::RangeInclusive<i64> = 128..=10_240;

#[derive(Deserialize)]
pub(super) struct Entry {
    log: Option<String>,
    xray_sampling: Option<String>,
    #[serde(default)]
    lambda: Vec<LambdaEntry>,
}

#[derive(Deserialize)]
struct LambdaEntry {
    function: Option<String>,
    api: Option<String>,
    route: Option<String>,
    #[serde(default)]
    authorizer: bool,
    memory_mb: i64,
    architecture: Option<String>,
}

/// Refuses keys that do not exist.
pub(super) fn check_full_keys(path: &Path, full: &toml::Value) -> Result<(), ConfigError> {
    let value = |problem: &str| ConfigError::Value { path: path.to_owned(), problem: problem.to_owned() };
    let Some(table) = full.as_table() else { return Err(value("full is one table: expected [full]")) };
    check_keys(path, table.keys(), "[full]", &KEYS)?;
    if table.get("lambda").is_some_and(toml::Value::is_table) {
        return Err(value("[full.lambda] is one table, and there can be several: expected [[full.lambda]]"));
    }
    for entry in table.get("lambda").and_then(toml::Value::as_array).into_iter().flatten() {
        if let Some(entry) = entry.as_table() {
            check_keys(path, entry.keys(), "[[full.lambda]]", &LAMBDA_KEYS)?;
        }
    }
    Ok(())
}

impl FullConfig {
    /// Checks what is written. An error is a sentence.
    pub(super) fn check(entry: Entry) -> Result<FullConfig, String> {
        let log = entry.log.as_deref().map(|typed| match typed {
            "cloudwatch" => Ok(LogConfig::CloudWatch),
            "firehose" => Ok(LogConfig::Firehose),
            "none" => Ok(LogConfig::None),
            _ => Err(format!(
                "log = {typed:?} in [full]: expected {}{}",
                LOGS.join(", "),
                did_you_mean(typed, LOGS)
            )),
        });
        Ok(FullConfig {
            log: log.transpose()?,
            traced_per_million: entry.xray_sampling.as_deref().map(per_million).transpose()?,
            functions: entry.lambda.into_iter().map(LambdaEntry::check).collect::<Result<_, _>>()?,
        })
    }
}

impl LambdaEntry {
    fn check(self) -> Result<FunctionConfig, String> {
        let glob = |key: &str, typed: Option<String>| {
            let compile = |typed: String| {
                // In a route `{id}` is a parameter's name, not a choice.
                Glob::new(&typed.replace('{', "[{]").replace('}', "[}]"))
                    .map(|glob| glob.compile_matcher())
                    .map_err(|error| {
                        format!(
                            "{key} = {typed:?} in [[full.lambda]] is not a glob pattern: {}",
                            error.kind()
                        )
                    })
            };
            typed.map(compile).transpose()
        };
        let memory_mb = u64::try_from(self.memory_mb).ok().filter(|_| MEMORY_MB.contains(&self.memory_mb));
        let memory_mb = memory_mb.ok_or_else(|| {
            format!("memory_mb = {} in [[full.lambda]]: expected 128 to 10240", self.memory_mb)
        })?;
        let arm = match self.architecture.as_deref() {
            None | Some("x86_64") => false,
            Some("arm64") => true,
            Some(typed) => {
                let hint = did_you_mean(typed, ARCHITECTURES);
                return Err(format!(
                    "architecture = {typed:?} in [[full.lambda]]: expected {}{hint}",
                    ARCHITECTURES.join(" or ")
                ));
            }
        };
        Ok(FunctionConfig {
            function: glob("function", self.function)?,
            api: glob("api", self.api)?,
            route: glob("route", self.route)?,
            authorizer: self.authorizer,
            memory_mb,
            arm,
        })
    }
}

/// A part of 1 in millionths.
fn per_million(typed: &str) -> Result<u64, String> {
    let part = Decimal::from_str_exact(typed).ok();
    let part = part.filter(|part| !part.is_sign_negative() && *part <= Decimal::ONE);
    part.and_then(|part| (part * Decimal::from(1_000_000)).round().to_u64())
        .ok_or_else(|| format!("xray_sampling = {typed:?} in [full]: expected a part of 1, as \"0.05\""))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use std::path::Path;

    const FILE: &str = "[full]\nlog = \"firehose\"\nxray_sampling = \"0.05\"\n[[full.lambda]]\n\
                        function = \"*:orders\"\nmemory_mb = 512\narchitecture = \"arm64\"\n";

    #[test]
    fn all_of_it_is_read_and_what_is_wrong_is_named() {
        let parse = |text: &str| {
            Config::parse(Path::new("gwcost.toml"), text)
                .map(|config| config.full)
                .map_err(|error| error.to_string())
        };
        let full = parse(FILE).unwrap();
        assert_eq!(full.traced_per_million, Some(50_000));
        assert_eq!((full.functions[0].memory_mb, full.functions[0].arm), (512, true));
        let error = |from: &str, to: &str| parse(&FILE.replace(from, to)).unwrap_err();
        assert!(error("firehose", "firehse").contains("did you mean \"firehose\"?"));
        assert!(error("0.05", "5%").contains("expected a part of 1"));
        assert!(error("512", "51200").contains("expected 128 to 10240"));
        assert!(error("arm64", "arm").contains("expected x86_64 or arm64"));
        assert!(error("memory_mb", "memory").contains("did you mean \"memory_mb\"?"));
        assert!(error("[[full.lambda]]", "[full.lambda]").contains("expected [[full.lambda]]"));
    }
}
