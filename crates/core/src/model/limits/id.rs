//! Which bucket it is: two requests with the same id take their tokens from the same one.

use std::fmt;
use std::str::FromStr;

use super::Caller;
use crate::text::did_you_mean;

/// What a bucket is for. The order is that in which requests meet them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LimitScope {
    /// One API key and one method, by a usage plan.
    KeyMethod,
    /// One API key, by a usage plan.
    Key,
    /// One method of a REST API's stage, or one route of another's.
    Method,
    /// A whole stage: no limit of AWS's, but one that somebody may want to know about.
    Stage,
    /// An account in a region.
    Account,
}

/// A name that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {typed:?}: expected account, stage, method or key{hint}")]
pub struct UnknownLimitScope {
    typed: String,
    hint: String,
}

impl LimitScope {
    /// The name used in flags and files.
    pub const fn name(self) -> &'static str {
        match self {
            LimitScope::KeyMethod => "key_method",
            LimitScope::Key => "key",
            LimitScope::Method => "method",
            LimitScope::Stage => "stage",
            LimitScope::Account => "account",
        }
    }
}

impl FromStr for LimitScope {
    type Err = UnknownLimitScope;

    /// Reads a scope that can be typed: what a limit that nobody has set yet can be for.
    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let all = [LimitScope::Account, LimitScope::Stage, LimitScope::Method, LimitScope::Key];
        all.into_iter().find(|scope| scope.name() == typed).ok_or_else(|| UnknownLimitScope {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, all.map(LimitScope::name)),
        })
    }
}

impl fmt::Display for LimitScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A bucket. What its scope does not name is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LimitId {
    /// What it is for.
    pub scope: LimitScope,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The API's id.
    pub api: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The method; `ANY` where one bucket takes all methods of the route.
    pub method: Option<String>,
    /// The REST resource's path, or the route.
    pub route: Option<String>,
    /// The usage plan's id.
    pub plan: Option<String>,
    /// The API key's id.
    pub key: Option<String>,
}

impl LimitId {
    /// The bucket of a scope that a request would meet. `None` where the request does not say which: one without an
    /// API key has no client's bucket, one whose route is not known no method's.
    pub fn of(scope: LimitScope, caller: &Caller<'_>) -> Option<LimitId> {
        let mut id = LimitId {
            scope,
            account: caller.account.to_owned(),
            region: caller.region.to_owned(),
            api: None,
            stage: None,
            method: None,
            route: None,
            plan: None,
            key: None,
        };
        if matches!(scope, LimitScope::Key | LimitScope::KeyMethod) {
            id.key = Some(caller.key?.to_owned());
        }
        if matches!(scope, LimitScope::Stage | LimitScope::Method | LimitScope::KeyMethod) {
            id.api = Some(caller.api.to_owned());
            id.stage = Some(caller.stage.to_owned());
        }
        if matches!(scope, LimitScope::Method | LimitScope::KeyMethod) {
            id.route = Some(caller.route?.to_owned());
            id.method = caller.method.map(str::to_owned);
        }
        Some(id)
    }

    /// A name for people: `gold, key k3y1d`, `a1b2c3d4e5/prod GET /items`, `111122223333 us-east-1`.
    pub fn name(&self) -> String {
        let mut parts = Vec::new();
        if self.scope == LimitScope::Account {
            parts.extend([self.account.clone(), self.region.clone()]);
        }
        if let Some(plan) = &self.plan {
            parts.push(format!("plan {plan}"));
        }
        if let Some(key) = &self.key {
            parts.push(format!("key {key}"));
        }
        if let (Some(api), Some(stage)) = (&self.api, &self.stage) {
            parts.push(format!("{api}/{stage}"));
        }
        parts.extend([&self.method, &self.route].into_iter().flatten().cloned());
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ApiKind;

    #[test]
    fn a_scope_takes_what_it_is_for_and_nothing_else() {
        let caller = Caller {
            account: "111122223333",
            region: "us-east-1",
            api: "a1",
            kind: ApiKind::Rest,
            stage: "prod",
            method: Some("GET"),
            route: Some("/items"),
            templated: false,
            key: None,
        };
        let name = |scope| LimitId::of(scope, &caller).map(|id| id.name());
        assert_eq!(name(LimitScope::Account).as_deref(), Some("111122223333 us-east-1"));
        assert_eq!(name(LimitScope::Stage).as_deref(), Some("a1/prod"));
        assert_eq!(name(LimitScope::Method).as_deref(), Some("a1/prod GET /items"));
        assert_eq!(name(LimitScope::Key), None);
        let with_key = Caller { key: Some("k1"), ..caller };
        assert_eq!(LimitId::of(LimitScope::Key, &with_key).map(|id| id.name()).as_deref(), Some("key k1"));
    }

    #[test]
    fn scopes_are_read_by_name() {
        assert_eq!("stage".parse(), Ok(LimitScope::Stage));
        let error = "acount".parse::<LimitScope>().unwrap_err().to_string();
        assert!(error.ends_with("did you mean \"account\"?"), "{error}");
        assert!("key_method".parse::<LimitScope>().is_err());
    }
}
