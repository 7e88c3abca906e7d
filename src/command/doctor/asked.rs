//! AWS, as far as it answers: whose the credentials are, and whether they may do what reading takes.

use std::collections::BTreeSet;

use gwcost_core::discovery::discover;
use gwcost_core::model::settings::{History, Snapshot};

use super::finding::Finding;
use super::policy::{buckets, log_groups};
use crate::cli::DoctorArgs;
use crate::command::CommandError;
use crate::command::context::Context;
use crate::command::targets::{Target, targets};
use crate::report::counted;
use crate::source::aws::{Aws, AwsError, LogGroup, Probe, Probing};

const CREDENTIALS: &str = "credentials";

const PERMISSIONS: &str = "permissions";

/// How to get what a policy does not allow.
const POLICY: &str = "gwcost doctor --iam-policy prints the policy that allows it";

/// Asks as each account and region; who was refused once as a whole is not asked for another region.
pub fn look(
    context: &Context,
    arguments: &DoctorArgs,
    snapshots: &[Snapshot],
    findings: &mut Vec<Finding>,
) -> Result<(), CommandError> {
    let mut refused = BTreeSet::new();
    for target in targets(context, &arguments.aws)? {
        let who = (target.options.profile.clone(), target.options.role_arn.clone());
        if refused.contains(&who) {
            continue;
        }
        let connected = Aws::connect_hastily(&target.options);
        let caller = connected.and_then(|aws| Ok((aws.caller()?, aws)));
        let (caller, aws) = match caller {
            Ok(found) => found,
            Err(error) => {
                findings.push(not_known(&target, &error));
                refused.insert(who);
                continue;
            }
        };
        let (account, region) = (caller.account, aws.region().to_owned());
        if let Some(expected) = target.account.as_ref().filter(|expected| **expected != account) {
            let what = format!("{}: they are of account {account}, not of {expected}", target.shown());
            findings.push(Finding::wrong(CREDENTIALS, what, "name another profile or role in gwcost.toml"));
            refused.insert(who);
            continue;
        }
        let arn = caller.arn.unwrap_or_else(|| format!("account {account}"));
        findings.push(Finding::ok(CREDENTIALS, format!("{}: {arn}, asking in {region}", target.shown())));
        let wanted = Probing {
            log_groups: groups(arguments, snapshots, &account, &region)?,
            buckets: buckets(arguments)?,
            account,
            now_ms: context.clock_ms,
        };
        permitted(&wanted, &region, &aws.probe(&wanted), findings);
    }
    Ok(())
}

/// Why nobody could be asked. Files can be read all the same, so only what cannot be right is wrong.
fn not_known(target: &Target, error: &AwsError) -> Finding {
    let who = target.shown();
    let what = format!("{who}: {error}");
    match error {
        AwsError::NotAccepted { .. } => {
            Finding::wrong(CREDENTIALS, what, "aws configure, or another --profile")
        }
        AwsError::Expired { .. } => Finding::missing(CREDENTIALS, what, "aws sso login"),
        AwsError::NoRegion => Finding::missing(CREDENTIALS, what, "--aws-region REGION"),
        AwsError::Unavailable { .. } => {
            let how = "look at the network, at HTTPS_PROXY and AWS_ENDPOINT_URL, or leave AWS out: --offline";
            Finding::missing(CREDENTIALS, what, how)
        }
        AwsError::AccessDenied { .. } => Finding::missing(CREDENTIALS, what, POLICY),
        _ => {
            let how = "aws configure or aws sso login; files need none: --offline";
            Finding::missing(CREDENTIALS, what, how)
        }
    }
}

/// The log groups to try: those that were typed, else those that stages of the region log to.
fn groups(
    arguments: &DoctorArgs,
    snapshots: &[Snapshot],
    account: &str,
    region: &str,
) -> Result<Vec<LogGroup>, CommandError> {
    let typed = log_groups(arguments)?;
    if !typed.is_empty() {
        return Ok(typed.into_iter().map(|name| name.at(region, account)).collect());
    }
    let Some((_, settings)) = History::of(snapshots, account, region).latest() else {
        return Ok(Vec::new());
    };
    let found = discover([settings]).groups.into_iter().map(|group| LogGroup {
        linked: group.account != account,
        name: group.name,
        region: group.region,
        account: group.account,
    });
    Ok(found.collect())
}

fn permitted(wanted: &Probing, region: &str, tried: &[Probe], findings: &mut Vec<Finding>) {
    let place = format!("account {} in {region}", wanted.account);
    let mut allowed: BTreeSet<&str> = BTreeSet::new();
    let mut answered = 0;
    for probe in tried {
        let Some(error) = &probe.error else {
            allowed.insert(probe.call.action);
            answered += 1;
            continue;
        };
        let what = match error {
            AwsError::AccessDenied { action, arn, message, .. } => {
                format!("{place}: {action} on {arn} is denied: {message}")
            }
            error => format!("{place}: {error}"),
        };
        let how = match error {
            AwsError::AccessDenied { .. } => POLICY,
            AwsError::NotFound { .. } => "look at the name, and at the region",
            _ => "try again",
        };
        findings.push(Finding::missing(PERMISSIONS, what, how));
    }
    if answered > 0 {
        let actions: Vec<&str> = allowed.into_iter().collect();
        let what = format!("{place}: {} allowed: {}", counted(answered, "read"), actions.join(", "));
        findings.push(Finding::ok(PERMISSIONS, what));
    }
    if wanted.log_groups.is_empty() {
        let what = format!("{place}: logs:FilterLogEvents was not tried: no log group is known");
        findings.push(Finding::missing(PERMISSIONS, what, "gwcost doctor --log-group NAME"));
    }
}
