//! Who asks AWS, and in which regions, as typed. No secret has a flag.

use clap::Args;

/// Who asks AWS, and where; without any, the `[[account]]`s of gwcost.toml, else what the environment says.
#[derive(Clone, Debug, Default, Args)]
pub struct AwsArgs {
    /// The AWS profile to read with; --profile and --role-arn replace the [[account]]s of gwcost.toml
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// A role to take on for reading
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// The regions to ask, separated by commas; else those of gwcost.toml, of the profile or of AWS_REGION
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub aws_region: Vec<String>,
}
