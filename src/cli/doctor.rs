//! `gwcost doctor`, as typed.

use clap::Args;

use super::{AwsArgs, SummaryFormat};

/// Say what is missing, and how to get it.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Ask nobody: look only at what is on this machine
    #[arg(long, conflicts_with = "iam_policy")]
    pub offline: bool,
    /// Print the least IAM policy that reading takes, and writing to a lake in S3, as JSON, and look at nothing
    #[arg(long)]
    pub iam_policy: bool,
    /// A bucket, as BUCKET or BUCKET/PREFIX, to try or to put into the policy; repeat for several
    #[arg(long, value_name = "BUCKET")]
    pub bucket: Vec<String>,
    /// A log group, by name or ARN, to try or to narrow the policy to; repeat for several
    #[arg(long, value_name = "NAME")]
    pub log_group: Vec<String>,
    /// Who asks AWS, and where.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
    pub format: SummaryFormat,
}
