//! Usage plans and API keys: who may ask how often. Values of keys are secrets and have no place here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::method_settings::by_method;
use super::{MethodKey, QuotaPeriod, Throttle, instant};

/// A usage plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsagePlan {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The token bucket of each of its keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
    /// How many requests each of its keys has for a day, a week or a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// The stages that it covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<PlanStage>,
    /// The ids of its API keys. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// A usage plan's quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Requests in the period.
    pub limit: u64,
    /// The period.
    pub period: QuotaPeriod,
    /// Requests that are taken off in the first period.
    #[serde(default)]
    pub offset: u32,
}

/// A stage that a usage plan covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanStage {
    /// The API's id.
    pub api: String,
    /// The stage's name.
    pub stage: String,
    /// Throttles for single methods, for each of the plan's keys.
    #[serde(default, deserialize_with = "by_method", skip_serializing_if = "BTreeMap::is_empty")]
    pub method_throttles: BTreeMap<MethodKey, Throttle>,
}

/// An API key, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// Its id, as logs have it (`$context.identity.apiKeyId`).
    pub id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Callers can use it.
    pub enabled: bool,
    /// When it was made.
    #[serde(
        rename = "created_at",
        with = "instant::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at_ms: Option<i64>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}
