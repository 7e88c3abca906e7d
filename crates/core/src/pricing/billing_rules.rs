//! Which requests AWS bills: rules as data, with their source, over what the log says of a request.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::rate_card::CardError;

/// Whether a request is billed. The third answer is a range, not a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Billed {
    /// AWS bills it.
    Yes,
    /// AWS's list of exceptions names it.
    No,
    /// The log or AWS's documentation leaves it open.
    Undetermined,
}

/// What a log line says that bears on billing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// The log's format holds `$context.error.responseType`.
    pub response_type_logged: bool,
    /// Its value, where it was set.
    pub response_type: Option<&'a str>,
    /// The HTTP status that the caller got.
    pub status: Option<i64>,
    /// An integration answered: some integration status was logged.
    pub integration_reached: bool,
    /// The authorizer's status was logged and is no success.
    pub authorizer_failed: bool,
}

/// The rules of one file.
#[derive(Clone, Debug)]
pub struct BillingRules {
    response_types: BTreeMap<String, Billed>,
    undetermined_statuses: Vec<i64>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    schema_version: u32,
    source: String,
    without_response_type: WithoutResponseType,
    response_type: Vec<ResponseTypeRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithoutResponseType {
    undetermined_statuses: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseTypeRule {
    name: String,
    billed: Billed,
}

impl BillingRules {
    /// Reads a rules file; `name` is the file's, for errors.
    ///
    /// # Errors
    /// [`CardError`] names the file and what is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<BillingRules, CardError> {
        let file: RulesFile =
            toml::from_str(text).map_err(|error| CardError::syntax(name, &error.to_string()))?;
        CardError::check_version(name, file.schema_version)?;
        let mut response_types = BTreeMap::new();
        for rule in file.response_type {
            if response_types.insert(rule.name.clone(), rule.billed).is_some() {
                return Err(CardError::syntax(name, &format!("response type {:?} has two rules", rule.name)));
            }
        }
        Ok(BillingRules {
            response_types,
            undetermined_statuses: file.without_response_type.undetermined_statuses,
            source: file.source,
        })
    }

    /// Where the rules were read.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether a request with this evidence is billed.
    pub fn billed(&self, evidence: &Evidence<'_>) -> Billed {
        if let Some(response_type) = evidence.response_type {
            return match self.response_types.get(response_type) {
                Some(Billed::Undetermined) if evidence.integration_reached => Billed::Yes,
                Some(billed) => *billed,
                // A response type of the future may be on the list of exceptions or not.
                None if evidence.integration_reached => Billed::Yes,
                None => Billed::Undetermined,
            };
        }
        if evidence.response_type_logged || evidence.integration_reached {
            // The gateway did not answer by itself, so the backend did.
            return Billed::Yes;
        }
        match evidence.status {
            None => Billed::Undetermined,
            Some(status) if self.undetermined_statuses.contains(&status) => Billed::Undetermined,
            Some(500) if evidence.authorizer_failed => Billed::Undetermined,
            Some(_) => Billed::Yes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> BillingRules {
        BillingRules::parse(
            "rules.toml",
            "schema_version = 1\nsource = \"a test\"\n\
             [without_response_type]\nundetermined_statuses = [401, 403, 429]\n\
             [[response_type]]\nname = \"THROTTLED\"\nbilled = \"no\"\n\
             [[response_type]]\nname = \"WAF_FILTERED\"\nbilled = \"undetermined\"\n\
             [[response_type]]\nname = \"BAD_REQUEST_BODY\"\nbilled = \"yes\"\n",
        )
        .unwrap()
    }

    #[test]
    fn the_response_type_decides_where_it_is_logged() {
        let rules = rules();
        let of =
            |response_type| Evidence { response_type_logged: true, response_type, ..Evidence::default() };
        assert_eq!(rules.billed(&of(Some("THROTTLED"))), Billed::No);
        assert_eq!(rules.billed(&of(Some("WAF_FILTERED"))), Billed::Undetermined);
        assert_eq!(rules.billed(&of(Some("BAD_REQUEST_BODY"))), Billed::Yes);
        assert_eq!(rules.billed(&of(Some("SOMETHING_NEW"))), Billed::Undetermined);
        // A backend's own 429: the gateway set no type.
        assert_eq!(rules.billed(&Evidence { status: Some(429), ..of(None) }), Billed::Yes);
    }

    #[test]
    fn without_it_the_status_leaves_questions_open() {
        let rules = rules();
        let of = |status| Evidence { status: Some(status), ..Evidence::default() };
        for status in [401, 403, 429] {
            assert_eq!(rules.billed(&of(status)), Billed::Undetermined);
            let reached = Evidence { integration_reached: true, ..of(status) };
            assert_eq!(rules.billed(&reached), Billed::Yes);
        }
        assert_eq!(rules.billed(&of(404)), Billed::Yes);
        assert_eq!(rules.billed(&of(500)), Billed::Yes);
        assert_eq!(rules.billed(&Evidence { authorizer_failed: true, ..of(500) }), Billed::Undetermined);
        assert_eq!(rules.billed(&Evidence::default()), Billed::Undetermined);
    }
}
