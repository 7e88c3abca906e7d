//! Authorizers of both kinds of control plane: what decides on callers, and how long an answer is kept.

use serde::{Deserialize, Serialize};

use super::AuthorizerType;

/// An authorizer of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorizer {
    /// Its id, which methods and routes name.
    pub id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What kind it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<AuthorizerType>,
    /// How long an answer is kept, in seconds: 0 to 3600; 0 asks at every request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_ttl_seconds: Option<u32>,
    /// What tells callers apart, such as `method.request.header.Authorization`: the key of kept answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity_sources: Vec<String>,
    /// The ARN of the Lambda function that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The ARNs of the user pools that decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_pools: Vec<String>,
    /// The issuer of the tokens, for a JWT authorizer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}
