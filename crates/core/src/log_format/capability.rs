//! What the analyses can and cannot do with lines of a format, and why.

use std::collections::HashSet;

use super::suggest::breaks;
use super::template::{Piece, Template};
use super::variable::{Class, lookup, names};
use crate::model::ApiKind;
use crate::text::did_you_mean;

/// The longest format that AWS's model of HTTP and WebSocket APIs allows.
pub const LONGEST_V2: usize = 1024;

/// How far an analysis gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// Nothing stands in its way.
    Ok,
    /// It works, with a restriction.
    Limits,
    /// It cannot be done.
    Missing,
}

impl Level {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Limits => "limits",
            Level::Missing => "missing",
        }
    }
}

/// One thing that a format allows, restricts or prevents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How far it gets.
    pub level: Level,
    /// What, and why.
    pub what: String,
    /// The variables that it is about, without `$context.`.
    pub variables: Vec<String>,
}

/// The kinds of API that offer every variable of a format; unknown variables do not count.
pub fn kinds(template: &Template) -> Vec<ApiKind> {
    let offers = |kind| template.variables().filter_map(lookup).all(|variable| variable.offered_by(kind));
    ApiKind::ALL.into_iter().filter(|kind| offers(*kind)).collect()
}

/// What lines of a format are good for. Without a kind the one that alone offers all variables is
/// taken, else whatever holds for some kind is said.
pub fn capabilities(template: &Template, kind: Option<ApiKind>) -> Vec<Finding> {
    let offering = kinds(template);
    let only = offering.first().copied().filter(|_| offering.len() == 1);
    let kind = kind.or(only);
    let mut check = Check { template, kind, findings: Vec::new() };
    check.time();
    check.endpoints();
    check.origin();
    check.billing();
    check.sizes();
    check.latency();
    check.duplicates();
    check.clients();
    check.names();
    check.json();
    check.shape();
    check.findings
}

struct Check<'t> {
    template: &'t Template,
    kind: Option<ApiKind>,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn add(&mut self, level: Level, what: impl Into<String>, variables: &[&str]) {
        let variables = variables.iter().map(|name| (*name).to_owned()).collect();
        self.findings.push(Finding { level, what: what.into(), variables });
    }

    fn any(&self, wanted: &[&str]) -> bool {
        self.template.variables().any(|name| wanted.contains(&name))
    }

    /// Whether it may be an API of that kind.
    fn may_be(&self, kind: ApiKind) -> bool {
        self.kind.is_none_or(|own| own == kind)
    }

    fn is(&self, kind: ApiKind) -> bool {
        self.kind == Some(kind)
    }

    /// `ok` if one of the variables is there, else the other finding.
    fn either(&mut self, variables: &[&str], ok: &str, level: Level, otherwise: &str) {
        if self.any(variables) {
            self.add(Level::Ok, ok, variables);
        } else {
            self.add(level, otherwise, variables);
        }
    }

    fn time(&mut self) {
        if self.any(&["requestTimeEpoch"]) {
            self.add(Level::Ok, "times are known to the millisecond", &["requestTimeEpoch"]);
        } else if self.any(&["requestTime"]) {
            let what = "only whole seconds: a replay of throttling gives an interval, not one figure";
            self.add(Level::Limits, what, &["requestTimeEpoch"]);
        } else {
            let what =
                "no time: only the time of a CloudWatch event can be used, and a plain file is refused";
            self.add(Level::Missing, what, &["requestTimeEpoch", "requestTime"]);
        }
    }

    fn endpoints(&mut self) {
        let route: &[&str] = match self.kind {
            Some(ApiKind::Rest) => &["resourcePath"],
            Some(_) => &["routeKey"],
            None => &["resourcePath", "routeKey"],
        };
        let lacking = route.join(" or ");
        if self.any(route) {
            self.add(Level::Ok, "endpoints are known as the API declares them", route);
        } else if self.any(&["path"]) && !self.is(ApiKind::WebSocket) {
            self.add(Level::Limits, format!("no {lacking}: routes are templated from paths"), route);
        } else {
            self.add(Level::Missing, format!("no {lacking} and no path: endpoints are unknown"), route);
        }
        let method: &[&str] =
            if self.is(ApiKind::Rest) { &["httpMethod"] } else { &["httpMethod", "routeKey"] };
        if !self.is(ApiKind::WebSocket) && !self.any(method) {
            self.add(Level::Missing, "no httpMethod: the methods of a route cannot be told apart", method);
        }
        if self.may_be(ApiKind::Rest) {
            let ok = "requests for the same path can be found, so a cache what-if can be computed";
            self.either(&["path"], ok, Level::Missing, "no path: a cache what-if cannot be computed");
        }
    }

    fn origin(&mut self) {
        let facts: [(&[&str], &str, &str); 4] = [
            (&["accountId"], "account", "--account"),
            (&["domainName"], "region", "--region"),
            (&["apiId", "domainName"], "API", "--api"),
            (&["stage"], "stage", "--stage"),
        ];
        for (variables, thing, flag) in facts {
            if !self.any(variables) {
                let what = format!("lines do not say the {thing}: it must be given with {flag}");
                self.add(Level::Limits, what, variables);
            }
        }
        if self.any(&["domainName"]) {
            let what =
                "domainName names the region on the default host only: give --region for custom domains";
            self.add(Level::Limits, what, &["domainName"]);
        }
    }

    fn billing(&mut self) {
        let counted = "errors can be counted";
        self.either(&["status"], counted, Level::Missing, "no status: errors cannot be counted");
        let reached = ["integration.status", "integration.integrationStatus", "integrationStatus"];
        if self.any(&["error.responseType"]) {
            let what = "what the gateway answered by itself is known, and so whether it is billed";
            self.add(Level::Ok, what, &["error.responseType"]);
        } else if self.any(&reached) {
            let what = "no error.responseType: 401, 403 and 429 are undetermined where no integration answered, \
                        so cost is a range";
            self.add(Level::Limits, what, &["error.responseType"]);
        } else {
            let what = "no error.responseType and no integration status: whether 401, 403 and 429 are billed is \
                        undetermined, so cost is a range";
            self.add(Level::Limits, what, &["error.responseType", "integration.status"]);
        }
    }

    fn sizes(&mut self) {
        let length = ["responseLength"];
        match self.kind {
            Some(ApiKind::WebSocket) => {
                let what = "WebSocket APIs log no size of messages: metering is a range, and transfer cannot be \
                            priced";
                self.add(Level::Limits, what, &[]);
            }
            _ if self.any(&length) => self.add(Level::Ok, "transfer can be priced", &length),
            Some(ApiKind::Rest) => {
                self.add(Level::Missing, "no responseLength: transfer cannot be priced", &length);
            }
            Some(ApiKind::Http) | None => {
                let what = "no responseLength: transfer cannot be priced, and HTTP metering is a range";
                self.add(Level::Missing, what, &length);
            }
        }
    }

    fn latency(&mut self) {
        if !self.is(ApiKind::WebSocket) {
            let otherwise = "no responseLatency: latency is unknown";
            self.either(&["responseLatency"], "latency is known", Level::Missing, otherwise);
        }
        let names = ["integrationLatency", "integration.latency"];
        let otherwise = "no integrationLatency: the time spent in the backend is unknown";
        self.either(&names, "the time spent in the backend is known", Level::Missing, otherwise);
    }

    fn duplicates(&mut self) {
        let message = ["connectionId", "eventType", "messageId"];
        let known = "a line that was delivered twice is counted once";
        if self.any(&["extendedRequestId"]) {
            self.add(Level::Ok, known, &["extendedRequestId"]);
        } else if self.may_be(ApiKind::WebSocket) && message.iter().all(|name| self.any(&[name])) {
            self.add(Level::Ok, known, &message);
        } else if self.any(&["requestId"]) {
            let what = "no extendedRequestId: a repeated line is dropped only if its requestId, time and text are \
                        all the same";
            self.add(Level::Limits, what, &["extendedRequestId"]);
        } else {
            let what = "no extendedRequestId and no requestId: duplicates cannot be dropped";
            self.add(Level::Missing, what, &["extendedRequestId", "requestId"]);
        }
        if self.is(ApiKind::WebSocket) {
            for (name, otherwise) in [
                ("eventType", "no eventType: connections and messages are told apart by routeKey only"),
                ("messageId", "no messageId: messages of a connection cannot be told apart"),
                ("connectionId", "no connectionId: connections and their minutes are unknown"),
            ] {
                if !self.any(&[name]) {
                    self.add(Level::Limits, otherwise, &[name]);
                }
            }
        }
    }

    fn clients(&mut self) {
        if !self.is(ApiKind::Http) {
            let otherwise = "no identity.apiKeyId: cost cannot be split by API key";
            self.either(&["identity.apiKeyId"], "cost can be split by API key", Level::Missing, otherwise);
        }
        let otherwise = "no identity.sourceIp: where callers are is unknown";
        self.either(&["identity.sourceIp"], "networks of callers are known", Level::Missing, otherwise);
    }

    fn names(&mut self) {
        let mut seen = HashSet::new();
        for name in self.template.variables().filter(|name| seen.insert(*name)) {
            let Some(variable) = lookup(name) else {
                let hint = did_you_mean(name, names());
                let what =
                    format!("$context.{name} is no variable of API Gateway: read over and not kept{hint}");
                self.add(Level::Limits, what, &[name]);
                continue;
            };
            if let Some(kind) = self.kind.filter(|kind| !variable.offered_by(*kind)) {
                let what = match kind {
                    ApiKind::Rest => "it is always unset",
                    ApiKind::Http | ApiKind::WebSocket => "AWS may refuse the format, or it is always unset",
                };
                let what = format!("$context.{name} is not offered by {kind} APIs: {what}");
                self.add(Level::Limits, what, &[name]);
            }
            if name == "identity.apiKey" {
                let what =
                    "$context.identity.apiKey logs a secret: it is dropped; log identity.apiKeyId instead";
                self.add(Level::Limits, what, &[name]);
            }
        }
    }

    fn json(&mut self) {
        let format = self.template.source();
        if !format.starts_with('{') {
            return;
        }
        let breaks = match breaks(self.template) {
            Ok(breaks) => breaks,
            Err(at) => {
                // A variable may stand there, and it is one byte at least.
                let near: String = format.get(at..).unwrap_or_default().chars().take(24).collect();
                let place = if near.is_empty() { "its end".to_owned() } else { format!("`{near}`") };
                let what = format!("lines are never valid JSON: the format breaks at byte {at}, at {place}");
                self.add(Level::Limits, what, &[]);
                return;
            }
        };
        let mut valid = true;
        for (when, names) in breaks.cases() {
            if !names.is_empty() {
                valid = false;
                let listed: Vec<String> = names.iter().map(|name| format!("$context.{name}")).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                self.add(Level::Limits, format!("{when} {}", listed.join(", ")), &names);
            }
        }
        if valid {
            self.add(Level::Ok, "lines are valid JSON, whatever is unset", &[]);
        }
    }

    fn shape(&mut self) {
        let length = self.template.source().len();
        if length > LONGEST_V2 && !self.is(ApiKind::Rest) {
            let what = format!(
                "the format has {length} bytes: AWS's model of HTTP and WebSocket APIs allows {LONGEST_V2}"
            );
            self.add(Level::Limits, what, &[]);
        }
        for pair in self.template.pieces().windows(2) {
            if let [Piece::Variable(one), Piece::Variable(other)] = pair {
                let class = |name: &str| lookup(name).map(|variable| variable.class);
                // A host holds no slash, and a path begins with one.
                let apart = class(one) == Some(Class::Host) && class(other) == Some(Class::Path);
                let what =
                    if apart { "read the slow way" } else { "rejected where more than one reading is left" };
                let what =
                    format!("nothing stands between $context.{one} and $context.{other}: lines are {what}");
                self.add(Level::Limits, what, &[one, other]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ApiKind::{Http, Rest, WebSocket};
    use super::Level::{Limits, Missing};
    use super::*;

    fn findings(format: &str, kind: Option<ApiKind>) -> Vec<(Level, String)> {
        let template = Template::parse(format).unwrap();
        capabilities(&template, kind).into_iter().map(|finding| (finding.level, finding.what)).collect()
    }

    #[test]
    fn every_lack_is_named() {
        for (names, kind, level, says) in [
            ("status", None, Missing, "no time"),
            ("requestTime", None, Limits, "only whole seconds"),
            ("status", Some(Rest), Missing, "no responseLength: transfer cannot be priced"),
            ("status", Some(Http), Missing, "HTTP metering is a range"),
            ("status", Some(Rest), Missing, "no path: a cache what-if cannot be computed"),
            ("requestId", None, Missing, "no status"),
            ("status", None, Limits, "no error.responseType and no integration status"),
            ("integration.status", None, Limits, "where no integration answered"),
            ("status", None, Missing, "duplicates cannot be dropped"),
            ("requestId", None, Limits, "no extendedRequestId: a repeated line"),
            ("path", Some(Rest), Limits, "routes are templated from paths"),
            ("status", Some(Http), Missing, "endpoints are unknown"),
            ("status", None, Missing, "no responseLatency"),
            ("status", None, Missing, "no integrationLatency"),
            ("status", Some(Rest), Missing, "cost cannot be split by API key"),
            ("status", None, Missing, "no identity.sourceIp"),
            ("status", None, Limits, "given with --account"),
            ("status", Some(WebSocket), Limits, "no messageId"),
            ("eventType", None, Limits, "no connectionId"),
            ("routeKey", Some(Rest), Limits, "routeKey is not offered by rest APIs"),
            ("requestid", None, Limits, "did you mean \"requestId\"?"),
            ("identity.apiKey", None, Limits, "logs a secret"),
            ("domainName$context.path", None, Limits, "read the slow way"),
            ("path$context.requestId", None, Limits, "more than one reading"),
        ] {
            let found = findings(&format!("$context.{names}"), kind);
            let named = found.iter().any(|(at, what)| *at == level && what.contains(says));
            assert!(named, "{names}: {says}: {found:?}");
        }
        let long = format!("$context.routeKey{}", " ".repeat(1100) + "x");
        assert!(findings(&long, Some(Http)).iter().any(|(_, what)| what.contains("allows 1024")));
        assert!(!findings(&long, Some(Rest)).iter().any(|(_, what)| what.contains("allows 1024")));
    }

    #[test]
    fn lines_that_are_no_json_are_named_with_the_case() {
        for (format, says) in [
            (r#"{"a":"$context.status"}"#, "valid JSON, whatever is unset"),
            (r#"{"a":$context.status}"#, "without quotes is unset: $context.status"),
            (r#"{"a":$context.integrationLatency}"#, "when the integration is not reached"),
            (r#"{"a":"$context.error.messageString"}"#, "when a message is set"),
            (r#"{"a":$context.error.messageString}"#, "is unset: $context.error.messageString"),
            (r#"{"a":$context.requestTime}"#, "text stands without quotes in $context.requestTime"),
            (r#"{"a":"https://$context.domainName$context.path"}"#, "valid JSON, whatever is unset"),
            (r#"{"a":"\"$context.status\""}"#, "valid JSON, whatever is unset"),
            (r#"{"a":"$context.status""b":"1"}"#, "at byte 22, at `\"b\":\"1\"}`"),
            (r#"{"a:$context.status"}"#, "breaks at byte 20, at `}`"),
            (r#"{"a":"$context.status",}"#, "at byte 23, at `}`"),
            (r#"{"a":{"b":"$context.status"}"#, "at byte 28, at its end"),
        ] {
            let found = findings(format, None);
            assert!(found.iter().any(|(_, what)| what.contains(says)), "{format}: {says}: {found:?}");
        }
        assert!(!findings("$context.status", None).iter().any(|(_, what)| what.contains("JSON")));
    }
}
