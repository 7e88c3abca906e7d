//! What API Gateway is configured as, at a time: stages, caches, throttles, plans, logs.
//!
//! A [`Snapshot`] is read from AWS or from a file, and it is the same either way. Two rules hold in all of it.
//! **A list that is not there was not read; an empty one is empty**, so that nobody takes "could not look" for
//! "has none". And nothing secret is kept: no values of API keys, no stage variables, no query strings.

mod access_log;
mod authorizer;
mod check;
mod domain;
mod history;
mod instant;
mod method_key;
mod method_settings;
mod number;
mod place;
mod plan;
mod read;
mod rest;
mod stage;
mod target;
mod throttle;
mod v2;
mod word;

pub use access_log::{AccessLogSettings, LogDestination};
pub use authorizer::Authorizer;
pub use domain::{CustomDomain, DomainMapping, VpcLink};
pub use history::{Change, History, Outcome, Span, record};
pub use method_key::{MethodKey, MethodKeyError};
pub use method_settings::{MethodSettings, MethodSettingsMap, effective};
pub use number::from_f64;
pub use plan::{ApiKey, PlanStage, Quota, UsagePlan};
pub use read::SettingsError;
pub use rest::{Canary, Method, Resource, RestApi, RestIntegration, RestStage};
pub use stage::StageRef;
pub use target::Target;
pub use throttle::{Limit, Throttle};
pub use v2::{Cors, Route, RouteSettings, V2Api, V2Integration, V2Stage};
pub use word::{
    ApiKeySource, AuthorizationType, AuthorizerType, CacheStatus, ConnectionType, EndpointType,
    IntegrationType, LoggingLevel, Protocol, QuotaPeriod, ResponseTransferMode,
};

use serde::{Deserialize, Serialize};

/// The schema of a snapshot, which its file names.
pub const SCHEMA: &str = "gwcost/settings/1";

/// The settings of some accounts and regions, at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// [`SCHEMA`].
    pub schema: String,
    /// When they were read, in milliseconds of Unix time; RFC 3339 in the file.
    #[serde(rename = "taken_at", with = "instant")]
    pub taken_at_ms: i64,
    /// When they were read last and were still the same. `None`: only once, at `taken_at`.
    #[serde(
        rename = "confirmed_at",
        with = "instant::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub confirmed_at_ms: Option<i64>,
    /// Each account and region once.
    pub regions: Vec<RegionSettings>,
}

/// The settings of one account in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionSettings {
    /// Twelve digits.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// The token bucket that all APIs of the account share in this region. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_throttle: Option<AccountThrottle>,
    /// Its REST APIs. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest_apis: Option<Vec<RestApi>>,
    /// Its HTTP and WebSocket APIs. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v2_apis: Option<Vec<V2Api>>,
    /// Its usage plans. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_plans: Option<Vec<UsagePlan>>,
    /// Its API keys. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_keys: Option<Vec<ApiKey>>,
    /// Its custom domains. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_domains: Option<Vec<CustomDomain>>,
    /// Its VPC links. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_links: Option<Vec<VpcLink>>,
    /// What could not be read, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

/// The account's token bucket, and whose word it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountThrottle {
    /// Rate and burst.
    pub throttle: Throttle,
    /// Whose word it is.
    pub source: ThrottleSource,
}

/// Whose word an account's throttle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThrottleSource {
    /// API Gateway's own: it answered `GetAccount`.
    GetAccount,
    /// Somebody wrote it down.
    Stated,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// What it is: `resources of REST API orders (a1b2c3d4e5)`.
    pub what: String,
    /// The action that it takes: `apigateway:GET`.
    pub action: String,
    /// The ARN of what it is taken on, or a pattern of it.
    pub resource: String,
    /// Why it failed.
    pub reason: String,
}

impl Snapshot {
    /// A snapshot of this schema.
    pub fn new(taken_at_ms: i64, regions: Vec<RegionSettings>) -> Snapshot {
        Snapshot { schema: SCHEMA.to_owned(), taken_at_ms, confirmed_at_ms: None, regions }
    }

    /// The last instant at which they were seen to be so.
    pub fn seen_until_ms(&self) -> i64 {
        self.confirmed_at_ms.unwrap_or(self.taken_at_ms).max(self.taken_at_ms)
    }

    /// The settings of one account in one region.
    pub fn region(&self, account: &str, region: &str) -> Option<&RegionSettings> {
        self.regions.iter().find(|settings| settings.account == account && settings.region == region)
    }
}

impl RegionSettings {
    /// Whether two readings found the same. In which words AWS refused a part does not count: they can hold
    /// the id of the request.
    pub fn says_the_same(&self, other: &RegionSettings) -> bool {
        let unworded = |settings: &RegionSettings| {
            let mut settings = settings.clone();
            settings.missing.iter_mut().for_each(|missing| missing.reason.clear());
            settings
        };
        unworded(self) == unworded(other)
    }

    /// The REST API of this id.
    pub fn rest_api(&self, id: &str) -> Option<&RestApi> {
        self.rest_apis.as_deref()?.iter().find(|api| api.id == id)
    }

    /// The HTTP or WebSocket API of this id.
    pub fn v2_api(&self, id: &str) -> Option<&V2Api> {
        self.v2_apis.as_deref()?.iter().find(|api| api.id == id)
    }

    /// The usage plans that an API key belongs to. `None` where the plans, or the keys of one of them, are not
    /// known.
    pub fn plans_of(&self, key_id: &str) -> Option<Vec<&UsagePlan>> {
        let mut plans = Vec::new();
        for plan in self.usage_plans.as_deref()? {
            if plan.keys.as_deref()?.iter().any(|key| key == key_id) {
                plans.push(plan);
            }
        }
        Some(plans)
    }
}
