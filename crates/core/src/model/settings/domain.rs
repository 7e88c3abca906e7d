//! Custom domains with what they lead to, and VPC links.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::EndpointType;

/// A custom domain name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomDomain {
    /// The name, such as `api.example.com`.
    pub name: String,
    /// Its id: only private domains have one, for several may have the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where callers enter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoint_types: Vec<EndpointType>,
    /// What leads a request to an API, as AWS says it: mappings, rules, or rules before mappings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_mode: Option<String>,
    /// The APIs behind it. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mappings: Option<Vec<DomainMapping>>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// A path of a custom domain, and the stage that it leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainMapping {
    /// The path without slashes around it; empty for all that no other mapping takes.
    #[serde(default)]
    pub path: String,
    /// The API's id, of any kind.
    pub api: String,
    /// The stage's name. `None` where the caller's path names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

/// A link into a VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VpcLink {
    /// Its id, which integrations name.
    pub id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `V1`, to a network load balancer, for REST APIs; or `V2`.
    pub version: String,
    /// Its state, as AWS says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}
