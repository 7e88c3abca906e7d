//! What no log and no setting of API Gateway tells, stated by the user.

use globset::GlobMatcher;

/// Where the access log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSink {
    /// A group of CloudWatch Logs.
    CloudWatch,
    /// A stream of Data Firehose.
    Firehose,
    /// Nowhere that costs anything.
    None,
}

/// What is stated in `[full]` of `gwcost.toml`.
#[derive(Clone, Debug, Default)]
pub struct Stated {
    /// Where access logs go, instead of what settings say.
    pub log: Option<LogSink>,
    /// Of a million requests to traced stages, so many are recorded.
    pub traced_per_million: Option<u64>,
    /// Lambda functions; the first that matches counts.
    pub functions: Vec<StatedFunction>,
}

/// Functions of one kind. What is `None` matches everything.
#[derive(Clone, Debug)]
pub struct StatedFunction {
    /// Matches the function's ARN, as settings have it.
    pub function: Option<GlobMatcher>,
    /// Matches the API's id.
    pub api: Option<GlobMatcher>,
    /// Matches the route.
    pub route: Option<GlobMatcher>,
    /// They authorize callers.
    pub authorizer: bool,
    /// Megabytes of memory.
    pub memory_mb: u64,
    /// They run on Arm.
    pub arm: bool,
}

impl Stated {
    /// What is stated of the function behind an endpoint, or of the one that authorizes its callers. `function` is
    /// its ARN where settings tell; without it only what names no function can match.
    pub fn function(
        &self,
        authorizer: bool,
        function: Option<&str>,
        api: &str,
        route: &str,
    ) -> Option<&StatedFunction> {
        let is =
            |glob: &Option<GlobMatcher>, text: &str| glob.as_ref().is_none_or(|glob| glob.is_match(text));
        self.functions.iter().find(|stated| {
            let named = match (&stated.function, function) {
                (None, _) => true,
                (Some(glob), Some(arn)) => glob.is_match(arn),
                (Some(_), None) => false,
            };
            stated.authorizer == authorizer && named && is(&stated.api, api) && is(&stated.route, route)
        })
    }
}
