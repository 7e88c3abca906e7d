//! The IAM policy that reading takes, and keeping a lake in S3, and nothing beyond it.
//!
//! Every action that gwcost calls stands here; a test compares the list with the calls in the sources.

use std::collections::BTreeMap;

use serde::Serialize;

use super::control::{CONTROL_PLANE_ACTION, CONTROL_PLANE_PATHS};
use super::logs::LogGroupName;
use super::s3::S3Location;
use super::s3_client::partition;

/// To know whose the credentials are.
const IDENTITY_ACTION: &str = "sts:GetCallerIdentity";

/// To take on a role of `gwcost.toml`.
const ROLE_ACTION: &str = "sts:AssumeRole";

/// To list and read CloudWatch log groups.
const LOG_ACTIONS: [&str; 2] = ["logs:DescribeLogGroups", "logs:FilterLogEvents"];

/// To read metrics. CloudWatch knows no resources for them.
const METRIC_ACTIONS: [&str; 2] = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"];

/// To list a bucket and to read its objects.
const BUCKET_ACTIONS: [&str; 2] = ["s3:ListBucket", "s3:GetObject"];

/// To keep a lake in a bucket beside that: commits put objects, and take out what they replace.
const LAKE_ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];

/// What a policy is for. What is not narrowed is allowed for all: accounts, regions, log groups. Nothing of S3 is
/// allowed without a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyScope {
    /// Accounts and regions.
    pub places: Vec<Place>,
    /// Buckets with their prefixes.
    pub buckets: Vec<S3Location>,
    /// The folder of a lake in S3.
    pub lake: Option<S3Location>,
    /// Log groups.
    pub log_groups: Vec<LogGroupName>,
    /// Roles that are taken on, by ARN.
    pub roles: Vec<String>,
}

/// An account and a region, each of which may be any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Twelve digits.
    pub account: Option<String>,
    /// AWS region code.
    pub region: Option<String>,
}

/// An IAM policy document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    /// The version of the policy language.
    pub version: &'static str,
    /// What is allowed.
    pub statement: Vec<Statement>,
}

/// One thing that is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// What it is for, letters and digits.
    pub sid: String,
    /// `Allow`.
    pub effect: &'static str,
    /// Actions.
    pub action: Vec<&'static str>,
    /// ARNs, or patterns of them.
    pub resource: Vec<String>,
    /// Operator, key and values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>>>,
}

/// The least that a scope takes.
pub fn policy(scope: &PolicyScope) -> Policy {
    let mut statement = vec![
        allow("KnowTheAccount", &[IDENTITY_ACTION], vec!["*".to_owned()]),
        allow("ReadSettings", &[CONTROL_PLANE_ACTION], control_plane(scope)),
        allow("FindLogGroups", &LOG_ACTIONS[..1], all_groups(scope)),
        allow("ReadLogGroups", &LOG_ACTIONS[1..], groups(scope)),
        allow("ReadMetrics", &METRIC_ACTIONS, vec!["*".to_owned()]),
    ];
    let partition = scope_partition(scope);
    for (index, bucket) in scope.buckets.iter().enumerate() {
        // An id is letters and digits, and stands once.
        let number = if index == 0 { String::new() } else { (index + 1).to_string() };
        statement.push(list(&format!("ListBucket{number}"), partition, bucket));
        let objects = objects(partition, bucket);
        statement.push(allow(&format!("ReadObjects{number}"), &BUCKET_ACTIONS[1..], vec![objects]));
    }
    if let Some(lake) = &scope.lake {
        statement.push(list("ListLake", partition, lake));
        statement.push(allow("KeepLake", &LAKE_ACTIONS, vec![objects(partition, lake)]));
    }
    if !scope.roles.is_empty() {
        statement.push(allow("TakeOnRoles", &[ROLE_ACTION], listed(scope.roles.iter().cloned())));
    }
    Policy { version: "2012-10-17", statement }
}

fn allow(sid: &str, actions: &[&'static str], resource: Vec<String>) -> Statement {
    Statement { sid: sid.to_owned(), effect: "Allow", action: actions.to_vec(), resource, condition: None }
}

/// Listing what is under a prefix.
fn list(sid: &str, partition: &str, location: &S3Location) -> Statement {
    let arn = format!("arn:{partition}:s3:::{}", location.bucket);
    let mut list = allow(sid, &BUCKET_ACTIONS[..1], vec![arn]);
    if !location.prefix.is_empty() {
        let prefix = BTreeMap::from([("s3:prefix", vec![format!("{}*", location.prefix)])]);
        list.condition = Some(BTreeMap::from([("StringLike", prefix)]));
    }
    list
}

/// The objects under a prefix.
fn objects(partition: &str, location: &S3Location) -> String {
    format!("arn:{partition}:s3:::{}/{}*", location.bucket, location.prefix)
}

/// Sorted, each once.
fn listed(resources: impl Iterator<Item = String>) -> Vec<String> {
    let mut resources: Vec<String> = resources.collect();
    resources.sort();
    resources.dedup();
    resources
}

fn places(scope: &PolicyScope) -> Vec<Place> {
    if scope.places.is_empty() { vec![Place::default()] } else { scope.places.clone() }
}

fn scope_partition(scope: &PolicyScope) -> &'static str {
    scope.places.iter().find_map(|place| place.region.as_deref()).map_or("aws", partition)
}

fn control_plane(scope: &PolicyScope) -> Vec<String> {
    let of = |place: Place| {
        let region = place.region.unwrap_or_else(|| "*".to_owned());
        let partition = partition(&region);
        CONTROL_PLANE_PATHS.map(|path| format!("arn:{partition}:apigateway:{region}::{path}"))
    };
    listed(places(scope).into_iter().flat_map(of))
}

/// Everything where the groups are: groups are found by a prefix of their name.
fn all_groups(scope: &PolicyScope) -> Vec<String> {
    let own = |group: &LogGroupName| Place { account: group.account.clone(), region: group.region.clone() };
    let (named, unnamed): (Vec<&LogGroupName>, Vec<&LogGroupName>) =
        scope.log_groups.iter().partition(|group| group.region.is_some());
    let mut all: Vec<Place> = named.into_iter().map(own).collect();
    if all.is_empty() || !unnamed.is_empty() {
        all.extend(places(scope));
    }
    listed(all.into_iter().map(|place| log_group(&place, "*")))
}

fn groups(scope: &PolicyScope) -> Vec<String> {
    if scope.log_groups.is_empty() {
        return listed(places(scope).into_iter().map(|place| log_group(&place, "*")));
    }
    let of = |group: &LogGroupName| {
        // `:*` stands for its streams, which reading events takes.
        let name = format!("{}:*", group.name);
        let places = match &group.region {
            Some(_) => vec![Place { account: group.account.clone(), region: group.region.clone() }],
            None => places(scope),
        };
        places.into_iter().map(move |place| log_group(&place, &name)).collect::<Vec<_>>()
    };
    listed(scope.log_groups.iter().flat_map(of))
}

fn log_group(place: &Place, name: &str) -> String {
    let region = place.region.as_deref().unwrap_or("*");
    let account = place.account.as_deref().unwrap_or("*");
    format!("arn:{}:logs:{region}:{account}:log-group:{name}", partition(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(account: &str, region: &str) -> Place {
        Place { account: Some(account.to_owned()), region: Some(region.to_owned()) }
    }

    fn resources<'p>(policy: &'p Policy, sid: &str) -> &'p [String] {
        &policy.statement.iter().find(|statement| statement.sid == sid).unwrap().resource
    }

    #[test]
    fn without_a_scope_reading_is_allowed_everywhere_and_s3_nowhere() {
        let policy = policy(&PolicyScope::default());
        assert_eq!(resources(&policy, "ReadSettings").len(), CONTROL_PLANE_PATHS.len());
        assert!(resources(&policy, "ReadSettings").contains(&"arn:aws:apigateway:*::/restapis".to_owned()));
        assert_eq!(resources(&policy, "ReadLogGroups"), ["arn:aws:logs:*:*:log-group:*"]);
        let text = serde_json::to_string(&policy).unwrap();
        assert!(text.starts_with("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":"), "{text}");
        assert!(
            !text.contains("s3:") && !text.contains("AssumeRole") && !text.contains("Condition"),
            "{text}"
        );
    }

    #[test]
    fn a_scope_narrows_resources() {
        let arn = "arn:aws-cn:logs:cn-north-1:444455556666:log-group:own";
        let scope = PolicyScope {
            places: vec![place("111122223333", "us-east-1"), place("111122223333", "us-gov-west-1")],
            buckets: vec!["s3://logs/orders/".parse().unwrap(), "s3://all".parse().unwrap()],
            lake: Some("s3://own/lake/".parse().unwrap()),
            log_groups: vec![LogGroupName::parse("/aws/a").unwrap(), LogGroupName::parse(arn).unwrap()],
            roles: vec!["arn:aws:iam::444455556666:role/gwcost".to_owned()],
        };
        let policy = policy(&scope);
        assert_eq!(
            resources(&policy, "ReadLogGroups"),
            [
                "arn:aws-cn:logs:cn-north-1:444455556666:log-group:own:*",
                "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:/aws/a:*",
                "arn:aws:logs:us-east-1:111122223333:log-group:/aws/a:*"
            ]
        );
        assert_eq!(resources(&policy, "FindLogGroups").len(), 3);
        assert_eq!(resources(&policy, "ReadObjects"), ["arn:aws:s3:::logs/orders/*"]);
        assert_eq!(resources(&policy, "ReadObjects2"), ["arn:aws:s3:::all/*"]);
        let listing = policy.statement.iter().find(|statement| statement.sid == "ListBucket").unwrap();
        let condition = serde_json::to_string(&listing.condition).unwrap();
        assert_eq!(condition, "{\"StringLike\":{\"s3:prefix\":[\"orders/*\"]}}");
        assert_eq!(resources(&policy, "ListLake"), ["arn:aws:s3:::own"]);
        assert_eq!(resources(&policy, "KeepLake"), ["arn:aws:s3:::own/lake/*"]);
        assert_eq!(resources(&policy, "TakeOnRoles"), ["arn:aws:iam::444455556666:role/gwcost"]);
        assert_eq!(resources(&policy, "ReadSettings").len(), 2 * CONTROL_PLANE_PATHS.len());
    }
}
