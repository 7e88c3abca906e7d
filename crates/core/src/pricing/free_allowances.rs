//! What AWS gives for nothing each month: data with its source, under the names of switches that are all off.

use serde::Deserialize;

use super::rate_card::CardError;
use super::{FreeAllowance, Meter, UnknownMeter};
use crate::text::did_you_mean;

/// The allowances of one file.
#[derive(Clone, Debug, Default)]
pub struct FreeAllowances(Vec<(String, Meter, u64)>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema_version: u32,
    allowance: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    meter: String,
    quantity: u64,
    /// For whoever reads the file.
    #[serde(rename = "source")]
    _source: String,
}

impl FreeAllowances {
    /// Reads a file; `name` is the file's, for errors.
    ///
    /// # Errors
    /// [`CardError`] names the file and what is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<FreeAllowances, CardError> {
        let file: File = toml::from_str(text).map_err(|error| CardError::syntax(name, &error.to_string()))?;
        CardError::check_version(name, file.schema_version)?;
        let mut allowances = Vec::with_capacity(file.allowance.len());
        for entry in file.allowance {
            let meter = entry
                .meter
                .parse()
                .map_err(|error: UnknownMeter| CardError::syntax(name, &error.to_string()))?;
            if entry.quantity == 0 {
                return Err(CardError::syntax(name, &format!("{meter}: an allowance of nothing")));
            }
            allowances.push((entry.name, meter, entry.quantity));
        }
        Ok(FreeAllowances(allowances))
    }

    /// The allowances of a switch, used up in a region. An error is a sentence fragment.
    ///
    /// # Errors
    /// The switches that there are, where there is none of this name.
    pub fn of(&self, switch: &str, region: &str) -> Result<Vec<FreeAllowance>, String> {
        let found: Vec<FreeAllowance> = self
            .0
            .iter()
            .filter(|(name, ..)| name == switch)
            .map(|(name, meter, quantity)| FreeAllowance {
                name: name.clone(),
                region: region.to_owned(),
                meter: *meter,
                quantity: *quantity,
            })
            .collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let mut names: Vec<&str> = self.0.iter().map(|(name, ..)| name.as_str()).collect();
        names.dedup();
        let hint = did_you_mean(switch, names.iter().copied());
        Err(format!("unknown allowance {switch:?} in [terms.free]: expected {}{hint}", names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../../../pricing/free-allowances.toml");

    #[test]
    fn a_switch_frees_what_the_file_says_and_no_other_does() {
        let allowances = FreeAllowances::parse("free-allowances.toml", FILE).unwrap();
        let lambda = allowances.of("lambda", "eu-west-1").unwrap();
        let quantities: Vec<(Meter, u64)> = lambda.iter().map(|free| (free.meter, free.quantity)).collect();
        assert_eq!(quantities, [(Meter::LambdaRequests, 1_000_000), (Meter::LambdaDurationX86, 400_000)]);
        let error = allowances.of("lamda", "eu-west-1").unwrap_err();
        assert!(error.contains("expected twelve_months, transfer, cloudfront, lambda"), "{error}");
        assert!(error.contains("did you mean \"lambda\"?"), "{error}");
        let wrong = FILE.replacen("rest_requests", "rest_request", 1);
        assert!(FreeAllowances::parse("x", &wrong).unwrap_err().to_string().contains("rest_requests"));
    }
}
