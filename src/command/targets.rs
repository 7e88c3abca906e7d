//! The accounts and regions that AWS is asked for: flags, else `[[account]]`s of gwcost.toml, else the environment.

use super::CommandError;
use super::context::Context;
use crate::cli::AwsArgs;
use crate::config::AccountConfig;
use crate::source::aws::AwsOptions;

/// One account in one region, and who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Who asks, and where. Without a region, the one that the profile or the environment says.
    pub options: AwsOptions,
    /// The account that the credentials have to be of, twelve digits, where somebody said so.
    pub account: Option<String>,
}

impl Target {
    /// As messages name it: `role arn:aws:iam::444455556666:role/gwcost in eu-west-1`.
    pub fn shown(&self) -> String {
        let options = &self.options;
        let who = match (&options.role_arn, &options.profile) {
            (Some(role), _) => format!("role {role}"),
            (None, Some(profile)) => format!("profile {profile:?}"),
            (None, None) => "the environment's credentials".to_owned(),
        };
        match &options.region {
            Some(region) => format!("{who} in {region}"),
            None => who,
        }
    }
}

/// Every account and region to ask, in the order in which they are written down.
///
/// # Errors
/// [`CommandError::Flag`] for a region that is none.
pub fn targets(context: &Context, typed: &AwsArgs) -> Result<Vec<Target>, CommandError> {
    let code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if let Some(wrong) = typed.aws_region.iter().find(|region| region.is_empty() || !region.bytes().all(code))
    {
        let problem = format!("{wrong:?} is no region: expected a code, as in us-east-1");
        return Err(CommandError::Flag { flag: "--aws-region", problem });
    }
    let given = AccountConfig {
        profile: typed.profile.clone(),
        role_arn: typed.role_arn.clone(),
        ..AccountConfig::default()
    };
    let configured = &context.config.accounts;
    let accounts = if given != AccountConfig::default() || configured.is_empty() {
        std::slice::from_ref(&given)
    } else {
        configured.as_slice()
    };
    Ok(accounts.iter().flat_map(|account| of_account(account, &typed.aws_region)).collect())
}

/// Who asks for something that is in one account, and in one region where that matters.
///
/// # Errors
/// [`CommandError::Usage`] where several could be meant.
pub fn one_target(
    context: &Context,
    typed: &AwsArgs,
    region_matters: bool,
) -> Result<AwsOptions, CommandError> {
    let all = targets(context, typed)?;
    let who = |target: &Target| AwsOptions { region: None, ..target.options.clone() };
    let several_accounts = all.iter().any(|target| who(target) != who(&all[0]));
    if several_accounts || (region_matters && all.len() > 1) {
        let shown: Vec<String> = all.iter().map(Target::shown).collect();
        return Err(CommandError::Usage(format!(
            "where is what was named: {}? choose with --profile, --role-arn or --aws-region, or name log groups by \
             their ARN",
            shown.join(", ")
        )));
    }
    Ok(all.into_iter().next().map(|target| target.options).unwrap_or_default())
}

fn of_account(account: &AccountConfig, typed: &[String]) -> Vec<Target> {
    let regions = if typed.is_empty() { &account.regions } else { typed };
    let target = |region: Option<String>| Target {
        options: AwsOptions {
            profile: account.profile.clone(),
            region,
            role_arn: account.role_arn.clone(),
            external_id: account.external_id.clone(),
            session_name: None,
            use_fips: account.fips,
            use_dual_stack: account.dual_stack,
        },
        account: account.account().map(str::to_owned),
    };
    if regions.is_empty() {
        return vec![target(None)];
    }
    regions.iter().map(|region| target(Some(region.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(accounts: &[AccountConfig], typed: &[&str]) -> Vec<String> {
        let typed: Vec<String> = typed.iter().map(|region| (*region).to_owned()).collect();
        accounts.iter().flat_map(|account| of_account(account, &typed)).map(|target| target.shown()).collect()
    }

    #[test]
    fn each_region_of_each_account_is_asked() {
        let regions = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        let role = AccountConfig {
            role_arn: Some("arn:aws:iam::444455556666:role/gwcost".to_owned()),
            regions: regions(&["us-east-1", "eu-west-1"]),
            ..AccountConfig::default()
        };
        let shop = AccountConfig { profile: Some("shop".to_owned()), ..AccountConfig::default() };
        let accounts = [role, shop, AccountConfig::default()];
        assert_eq!(
            shown(&accounts, &[]),
            [
                "role arn:aws:iam::444455556666:role/gwcost in us-east-1",
                "role arn:aws:iam::444455556666:role/gwcost in eu-west-1",
                "profile \"shop\"",
                "the environment's credentials"
            ]
        );
        assert_eq!(shown(&accounts[1..2], &["eu-central-1"]), ["profile \"shop\" in eu-central-1"]);
        assert_eq!(of_account(&accounts[0], &[])[0].account.as_deref(), Some("444455556666"));
    }
}
