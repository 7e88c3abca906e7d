//! `gwcost doctor --iam-policy`: the least that reading takes, and keeping a lake in S3, as a policy document.

use crate::cli::DoctorArgs;
use crate::command::CommandError;
use crate::command::context::Context;
use crate::command::output::{say, to_stdout};
use crate::command::targets::targets;
use crate::exit::Exit;
use crate::lake::LakePlace;
use crate::source::aws::{LogGroupName, Place, PolicyScope, S3Location, policy};

/// The characters that IAM takes in a managed policy, white space left out.
const LONGEST: usize = 6_144;

/// Prints the policy.
pub fn run(context: &Context, arguments: &DoctorArgs) -> Result<Exit, CommandError> {
    let targets = targets(context, &arguments.aws)?;
    let mut places: Vec<Place> = targets
        .iter()
        .map(|target| Place { account: target.account.clone(), region: target.options.region.clone() })
        .collect();
    places.sort();
    places.dedup();
    let scope = PolicyScope {
        places,
        buckets: buckets(arguments)?,
        lake: match &context.lake {
            LakePlace::Bucket(place, _) => Some(place.location()),
            LakePlace::Folder(_) => None,
        },
        log_groups: log_groups(arguments)?,
        roles: targets.into_iter().filter_map(|target| target.options.role_arn).collect(),
    };
    let policy = policy(&scope);
    let plain = serde_json::to_string(&policy).map_err(|error| CommandError::Output(error.into()))?;
    let length = plain.len();
    if length > LONGEST {
        say(&format!(
            "warning: the policy has {length} characters, and a managed policy takes {LONGEST}: print it for fewer \
             regions at a time, with --aws-region"
        ));
    }
    if scope.buckets.is_empty() {
        say("note: no logs in S3 are in it: name their buckets with --bucket BUCKET/PREFIX");
    }
    match (scope.lake.is_some(), !scope.roles.is_empty()) {
        (true, true) => {
            say(
                "note: TakeOnRoles, ListLake and KeepLake are for whoever takes on the roles, the rest is for the roles",
            );
        }
        (false, true) => {
            say("note: TakeOnRoles is for whoever takes on the roles, the rest is for the roles")
        }
        (_, false) => {}
    }
    if scope.lake.is_some() {
        say("note: who only analyses needs of KeepLake no more than s3:GetObject");
    }
    to_stdout(|out| {
        serde_json::to_writer_pretty(&mut *out, &policy)?;
        out.write_all(b"\n")
    })?;
    Ok(Exit::Done)
}

/// The buckets that were typed.
pub fn buckets(arguments: &DoctorArgs) -> Result<Vec<S3Location>, CommandError> {
    let location = |typed: &String| {
        let text = if typed.starts_with("s3://") { typed.clone() } else { format!("s3://{typed}") };
        text.parse::<S3Location>().map_err(|error| CommandError::flag("--bucket")(error.to_string()))
    };
    arguments.bucket.iter().map(location).collect()
}

/// The log groups that were typed.
pub fn log_groups(arguments: &DoctorArgs) -> Result<Vec<LogGroupName>, CommandError> {
    let name = |typed: &String| {
        LogGroupName::parse(typed).map_err(|error| CommandError::flag("--log-group")(error.to_string()))
    };
    arguments.log_group.iter().map(name).collect()
}
