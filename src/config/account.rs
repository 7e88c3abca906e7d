//! `[[account]]`: the accounts and regions that AWS is asked for, and who asks.
//!
//! There is no key for a secret: keys, tokens and passwords stay in the places that AWS's own tools keep them in.

use std::collections::HashSet;

use serde::Deserialize;

use super::{ACCOUNT_SHAPE, is_account};

/// An account to ask, and in which regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountConfig {
    /// The account that the credentials have to be of, twelve digits.
    pub id: Option<String>,
    /// A profile of AWS's own configuration files.
    pub profile: Option<String>,
    /// A role to assume.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
    /// AWS region codes; none stand for the region that the profile or the environment says.
    pub regions: Vec<String>,
    /// Endpoints that are validated for FIPS 140.
    pub fips: Option<bool>,
    /// Endpoints that answer over IPv6 too.
    pub dual_stack: Option<bool>,
}

pub(super) const KEYS: [&str; 7] =
    ["dual_stack", "external_id", "fips", "id", "profile", "regions", "role_arn"];

/// One `[[account]]` as it is written.
#[derive(Deserialize)]
pub(super) struct Entry {
    id: Option<String>,
    profile: Option<String>,
    role_arn: Option<String>,
    external_id: Option<String>,
    #[serde(default)]
    regions: Vec<String>,
    fips: Option<bool>,
    dual_stack: Option<bool>,
}

impl AccountConfig {
    /// The account of the credentials, where the id or the role says it.
    pub fn account(&self) -> Option<&str> {
        self.id.as_deref().or_else(|| role_account(self.role_arn.as_deref()?))
    }

    /// Checks the entries of a file. An error is a sentence.
    pub(super) fn check(entries: Vec<Entry>) -> Result<Vec<AccountConfig>, String> {
        let mut seen = HashSet::new();
        let mut accounts = Vec::new();
        for entry in entries {
            let account = entry.checked()?;
            let who = (account.id.clone(), account.profile.clone(), account.role_arn.clone());
            if !seen.insert(who) {
                let of = account.shown();
                return Err(format!("there are two [[account]] {of}: put their regions into one"));
            }
            accounts.push(account);
        }
        Ok(accounts)
    }

    /// As messages name it.
    fn shown(&self) -> String {
        let named = |key: &str, value: &Option<String>| Some(format!("with {key} = {:?}", value.as_ref()?));
        named("id", &self.id)
            .or_else(|| named("role_arn", &self.role_arn))
            .or_else(|| named("profile", &self.profile))
            .unwrap_or_else(|| "without id, profile and role_arn".to_owned())
    }
}

impl Entry {
    fn checked(self) -> Result<AccountConfig, String> {
        let account = AccountConfig {
            id: self.id,
            profile: self.profile,
            role_arn: self.role_arn,
            external_id: self.external_id,
            regions: self.regions,
            fips: self.fips,
            dual_stack: self.dual_stack,
        };
        let of = account.shown();
        if let Some(id) = account.id.as_deref().filter(|id| !is_account(id)) {
            return Err(format!("id = {id:?} in an [[account]] is no account id: {ACCOUNT_SHAPE}"));
        }
        for (key, value) in [("profile", &account.profile), ("external_id", &account.external_id)] {
            if value.as_deref() == Some("") {
                return Err(format!("{key} = \"\" in the [[account]] {of}: leave it out, or say which"));
            }
        }
        if let Some(role) = account.role_arn.as_deref() {
            let Some(of_role) = role_account(role) else {
                return Err(format!(
                    "role_arn = {role:?} is no role: expected arn:aws:iam::111122223333:role/NAME"
                ));
            };
            if let Some(id) = account.id.as_deref().filter(|id| *id != of_role) {
                return Err(format!("role_arn = {role:?} is not a role of id = {id:?}"));
            }
        }
        if account.external_id.is_some() && account.role_arn.is_none() {
            return Err(format!("external_id in the [[account]] {of}: it is only asked for by a role_arn"));
        }
        let mut seen = HashSet::new();
        for region in &account.regions {
            let code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if region.is_empty() || !region.bytes().all(code) {
                return Err(format!(
                    "{region:?} in regions of the [[account]] {of} is no region: expected a code, as in us-east-1"
                ));
            }
            if !seen.insert(region) {
                return Err(format!("{region:?} stands twice in regions of the [[account]] {of}"));
            }
        }
        Ok(account)
    }
}

/// The account of `arn:aws:iam::111122223333:role/NAME`.
fn role_account(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, resource] = parts[..] else { return None };
    let named = resource.strip_prefix("role/").is_some_and(|name| !name.is_empty());
    (is_account(account) && named).then_some(account)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Config;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("gwcost.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn accounts_say_who_asks_and_where() {
        let config = parse(
            "[[account]]\nrole_arn = \"arn:aws:iam::444455556666:role/ops/gwcost\"\nexternal_id = \"x1\"\n\
             regions = [\"us-east-1\", \"eu-west-1\"]\nfips = true\n[[account]]\nprofile = \"shop\"\n",
        );
        let accounts = config.unwrap().accounts;
        assert_eq!((accounts[0].account(), accounts[0].regions.len()), (Some("444455556666"), 2));
        assert_eq!((accounts[0].fips, accounts[0].dual_stack), (Some(true), None));
        assert_eq!((accounts[1].account(), accounts[1].profile.as_deref()), (None, Some("shop")));
    }

    #[test]
    fn what_cannot_be_meant_is_an_error_that_says_what_can() {
        let role = "role_arn = \"arn:aws:iam::444455556666:role/gwcost\"";
        for (text, says) in [
            ("[[account]]\nprofil = \"x\"", "did you mean \"profile\"?"),
            ("[[account]]\nsecret_access_key = \"x\"", "unknown key \"secret_access_key\" in [[account]]"),
            ("[[acount]]\nprofile = \"x\"", "did you mean \"account\"?"),
            ("[account]\nprofile = \"x\"", "expected [[account]]"),
            ("[[account]]\nid = \"12\"", "twelve digits"),
            ("[[account]]\nrole_arn = \"gwcost\"", "expected arn:aws:iam::111122223333:role/NAME"),
            (
                &format!("[[account]]\nid = \"111122223333\"\n{role}"),
                "is not a role of id = \"111122223333\"",
            ),
            ("[[account]]\nprofile = \"a\"\nexternal_id = \"x\"", "only asked for by a role_arn"),
            ("[[account]]\nprofile = \"\"", "profile = \"\" in the [[account]]"),
            ("[[account]]\nregions = [\"Frankfurt\"]", "as in us-east-1"),
            ("[[account]]\nregions = [\"eu-west-1\", \"eu-west-1\"]", "stands twice in regions"),
            (
                "[[account]]\nprofile = \"a\"\n[[account]]\nprofile = \"a\"",
                "two [[account]] with profile = \"a\"",
            ),
            ("[[account]]\nregions = \"eu-west-1\"", "line 2"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with("gwcost.toml: ") && error.contains(says), "{text}: {error}");
        }
    }
}
