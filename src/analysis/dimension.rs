//! What results can be grouped by: the whitelist that `{dimensions}` in a query is filled from.

use std::fmt;

use gwcost_core::text::did_you_mean;

/// A column to group by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// The account that owns the API.
    Account,
    /// AWS region code.
    Region,
    /// The API's id.
    Api,
    /// rest, http or websocket.
    ApiKind,
    /// The stage.
    Stage,
    /// The HTTP method.
    Method,
    /// The route.
    Route,
    /// The id of the API key.
    Key,
    /// The usage plan of the API key, by the settings of the lake.
    Plan,
    /// Who the authorizer says the caller is.
    Principal,
    /// The tags of the stage or API, or one of them, by the settings of the lake.
    Tag,
    /// The host that was asked, where it is no default host of an API.
    CustomDomain,
    /// What the client calls itself, by family.
    UserAgentFamily,
    /// `canary` or `base`: which deployment of a stage answered.
    Canary,
    /// The id of the deployment that answered.
    Deployment,
    /// The HTTP status.
    Status,
    /// UTC month, `2026-10`.
    Month,
    /// UTC day, `2026-10-31`.
    Day,
    /// UTC hour, `2026-10-31T12:00Z`.
    Hour,
    /// `00` to `23`, UTC.
    HourOfDay,
    /// `Mon` to `Sun`, UTC.
    Weekday,
    /// The caller's country, or what else its network is.
    Country,
}

impl Dimension {
    /// Every dimension in the order of the documentation.
    pub const ALL: [Dimension; 22] = [
        Dimension::Account,
        Dimension::Region,
        Dimension::Api,
        Dimension::ApiKind,
        Dimension::Stage,
        Dimension::Method,
        Dimension::Route,
        Dimension::Key,
        Dimension::Plan,
        Dimension::Principal,
        Dimension::Tag,
        Dimension::CustomDomain,
        Dimension::UserAgentFamily,
        Dimension::Canary,
        Dimension::Deployment,
        Dimension::Status,
        Dimension::Month,
        Dimension::Day,
        Dimension::Hour,
        Dimension::HourOfDay,
        Dimension::Weekday,
        Dimension::Country,
    ];

    /// What `endpoint` stands for.
    pub const ENDPOINT: [Dimension; 6] = [
        Dimension::Account,
        Dimension::Region,
        Dimension::Api,
        Dimension::Stage,
        Dimension::Method,
        Dimension::Route,
    ];

    /// The name in flags, columns and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Dimension::Account => "account",
            Dimension::Region => "region",
            Dimension::Api => "api",
            Dimension::ApiKind => "api_kind",
            Dimension::Stage => "stage",
            Dimension::Method => "method",
            Dimension::Route => "route",
            Dimension::Key => "key",
            Dimension::Plan => "plan",
            Dimension::Principal => "principal",
            Dimension::Tag => "tag",
            Dimension::CustomDomain => "custom_domain",
            Dimension::UserAgentFamily => "user_agent_family",
            Dimension::Canary => "canary",
            Dimension::Deployment => "deployment",
            Dimension::Status => "status",
            Dimension::Month => "month",
            Dimension::Day => "day",
            Dimension::Hour => "hour",
            Dimension::HourOfDay => "hour_of_day",
            Dimension::Weekday => "weekday",
            Dimension::Country => "country",
        }
    }

    /// The format of a dimension that is cut out of the time, as `strftime` writes it.
    pub const fn time_format(self) -> Option<&'static str> {
        match self {
            Dimension::Month => Some("%Y-%m"),
            Dimension::Day => Some("%Y-%m-%d"),
            Dimension::Hour => Some("%Y-%m-%dT%H:00Z"),
            Dimension::HourOfDay => Some("%H"),
            Dimension::Weekday => Some("%a"),
            _ => None,
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no dimension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown dimension {typed:?}: expected endpoint, {known}{hint}")]
pub struct UnknownDimension {
    typed: String,
    known: String,
    hint: String,
}

/// Reads `api,stage` or `endpoint`; repeated ones count once.
///
/// # Errors
/// [`UnknownDimension`] lists what there is.
pub fn parse_dimensions(typed: &str) -> Result<Vec<Dimension>, UnknownDimension> {
    let mut dimensions = Vec::new();
    for name in typed.split(',').map(str::trim) {
        if name == "endpoint" {
            dimensions.extend(Dimension::ENDPOINT);
            continue;
        }
        let names = Dimension::ALL.map(Dimension::name);
        let found = Dimension::ALL.into_iter().find(|dimension| dimension.name() == name);
        dimensions.push(found.ok_or_else(|| UnknownDimension {
            typed: name.to_owned(),
            known: names.join(", "),
            hint: did_you_mean(name, names.into_iter().chain(["endpoint"])),
        })?);
    }
    let mut unique = Vec::new();
    for dimension in dimensions {
        if !unique.contains(&dimension) {
            unique.push(dimension);
        }
    }
    Ok(unique)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_expands_and_typing_errors_are_met() {
        assert_eq!(parse_dimensions("endpoint").unwrap(), Dimension::ENDPOINT);
        assert_eq!(parse_dimensions("api, stage,api").unwrap(), [Dimension::Api, Dimension::Stage]);
        let error = parse_dimensions("api,stge").unwrap_err().to_string();
        assert!(error.contains("did you mean \"stage\"?"), "{error}");
    }
}
