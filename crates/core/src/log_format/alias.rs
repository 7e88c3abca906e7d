//! What the keys of a log line usually stand for, and whether a text can be a variable's value.
//!
//! Keys are chosen by those who write the format, so a name alone proves little: some name one
//! variable in every public format, some several, and some are only likely.

use std::net::IpAddr;

use super::field::{IntegerField, TextField};
use super::guess::Certainty;
use super::json::{JOINT, Leaf};
use super::suggest::recommended;
use super::template::describe;
use super::value::{fits, is_unset, parse_integer};
use super::variable::{Class, Target, lookup, names};
use crate::model::ApiKind;

/// Keys that public formats use, lower case without separators, with every variable that they name
/// there. Names of variables themselves need no entry unless they are used for others too.
const KNOWN: &[(&str, &[&str])] = &[
    ("account", &["accountId", "identity.accountId"]),
    ("accountid", &["accountId", "identity.accountId"]),
    // The first is dropped: a secret must not be kept because of a key's name.
    ("apikey", &["identity.apiKey", "identity.apiKeyId"]),
    ("apikeyid", &["identity.apiKeyId"]),
    ("autherror", &["authorizer.error"]),
    ("authorizeresultstatus", &["authorize.status"]),
    ("authorizerservicestatus", &["authorizer.status"]),
    ("authstatus", &["authorizer.status"]),
    ("awsrequestid", &["awsEndpointRequestId"]),
    ("basepathmatched", &["customDomain.basePathMatched"]),
    ("caller", &["identity.caller"]),
    ("cognitoidentityid", &["identity.cognitoIdentityId"]),
    ("cognitouser", &["identity.cognitoIdentityId"]),
    ("error", &["integration.error", "error.message"]),
    ("functionresponsestatus", &["integration.status"]),
    ("identityip", &["identity.sourceIp"]),
    ("integrationlatency", &["integrationLatency", "integration.latency"]),
    ("integrationrequestid", &["integration.requestId", "awsEndpointRequestId"]),
    ("integrationservicestatus", &["integration.integrationStatus"]),
    ("integrationstatus", &["integrationStatus", "integration.status", "integration.integrationStatus"]),
    ("ip", &["identity.sourceIp"]),
    ("messagestring", &["error.messageString", "error.message"]),
    ("principalid", &["authorizer.principalId"]),
    ("requestpath", &["path"]),
    ("requesttime", &["requestTime", "requestTimeEpoch"]),
    ("responsetime", &["responseLatency"]),
    ("responsetype", &["error.responseType"]),
    ("sourceip", &["identity.sourceIp"]),
    ("statuscode", &["status"]),
    ("sub", &["authorizer.claims.sub"]),
    ("totallatency", &["responseLatency"]),
    ("user", &["identity.user"]),
    ("useragent", &["identity.userAgent"]),
    ("userarn", &["identity.userArn"]),
    ("wafresponse", &["wafResponseCode"]),
];

/// Keys whose words suggest a variable, though no public format is known to use them.
const LIKELY: &[(&str, &[&str])] = &[
    ("api", &["apiId"]),
    ("bytes", &["responseLength"]),
    ("clientip", &["identity.sourceIp"]),
    ("date", &["requestTime", "requestTimeEpoch"]),
    ("datetime", &["requestTime", "requestTimeEpoch"]),
    ("duration", &["responseLatency", "integrationLatency"]),
    ("epoch", &["requestTimeEpoch"]),
    ("event", &["eventType"]),
    ("extid", &["extendedRequestId"]),
    ("host", &["domainName"]),
    ("id", &["requestId", "extendedRequestId"]),
    ("latency", &["responseLatency", "integrationLatency"]),
    ("length", &["responseLength"]),
    ("message", &["error.message"]),
    ("method", &["httpMethod"]),
    ("resource", &["resourcePath"]),
    ("responsesize", &["responseLength"]),
    ("responsestatus", &["status", "integration.status"]),
    ("route", &["routeKey", "resourcePath"]),
    ("size", &["responseLength"]),
    ("time", &["requestTime", "requestTimeEpoch"]),
    ("timestamp", &["requestTime", "requestTimeEpoch"]),
    ("ts", &["requestTime", "requestTimeEpoch"]),
    ("type", &["error.responseType", "eventType"]),
    ("ua", &["identity.userAgent"]),
    ("uri", &["path"]),
];

/// What a key may stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Variables, the most usual first; none for a key that says nothing.
    pub variables: Vec<String>,
    /// The whole key is a variable's name or a known alias of these and no others.
    pub known: bool,
}

/// What the key at a path, `["identity", "sourceIp"]`, may stand for.
pub(super) fn meaning(path: &[&str]) -> Meaning {
    let path = path.strip_prefix(&["context"]).unwrap_or(path);
    if let Some(meaning) = of_whole(path) {
        return meaning;
    }
    // Without the objects around it a key says less.
    let inner = (1..path.len()).find_map(|from| of_whole(&path[from..]));
    inner.map_or_else(Meaning::default, |meaning| Meaning { known: false, ..meaning })
}

fn of_whole(path: &[&str]) -> Option<Meaning> {
    let found =
        |variables: Vec<String>, known| (!variables.is_empty()).then_some(Meaning { variables, known });
    let dotted = path.join(".");
    let dotted = dotted.strip_prefix("context.").unwrap_or(&dotted);
    let collapsed: String = dotted
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    let listed = |table: &[(&str, &[&str])]| {
        let entry = table.iter().find(|(key, _)| *key == collapsed);
        entry.map_or_else(Vec::new, |(_, names)| names.iter().map(|name| (*name).to_owned()).collect())
    };
    // `integration.status` and `integration-status` name one variable, `integrationStatus` three.
    let words = dotted.replace(['_', '-'], ".");
    if words.contains('.') {
        if let Some(name) = names().find(|name| name.eq_ignore_ascii_case(&words)) {
            return found(vec![name.to_owned()], true);
        }
        let plain = dotted.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        if plain && lookup(dotted).is_some() {
            return found(vec![dotted.to_owned()], true);
        }
    }
    let same = |name: &&str| {
        let letters = name.bytes().filter(|byte| *byte != b'.').map(|byte| byte.to_ascii_lowercase());
        letters.eq(collapsed.bytes())
    };
    found(listed(KNOWN), true)
        .or_else(|| found(names().filter(same).map(str::to_owned).collect(), true))
        .or_else(|| found(listed(LIKELY), false))
}

/// A key with what its values left of its meanings.
pub(super) struct Field {
    /// The key, with those of the objects around it.
    pub key: String,
    /// The variables that fit, the best first.
    pub candidates: Vec<String>,
    /// How sure the first one is.
    pub certainty: Certainty,
    /// Its name in the format if no variable is known.
    opaque: String,
    /// Some line holds a value.
    set: bool,
    /// Its values stand in escaped quotes inside the quotes.
    pub escaped: bool,
    /// Quotes come and go with the value.
    pub own_quotes: bool,
}

impl Field {
    /// What a key may stand for, after all of its values, each with whether it stands in quotes.
    pub fn new(leaf: &Leaf, values: &[(&str, bool)]) -> Field {
        let path: Vec<&str> = leaf.path.split(JOINT).collect();
        let Meaning { mut variables, known } = meaning(&path);
        let inner = |text: &str| text.len() >= 4 && text.starts_with("\\\"") && text.ends_with("\\\"");
        let escaped = values.iter().all(|(text, quoted)| *quoted && inner(text));
        let own_quotes = variables.iter().any(|name| name == "error.messageString")
            && values.iter().any(|(_, quoted)| *quoted)
            && values.iter().any(|(_, quoted)| !*quoted);
        let text_of =
            |text: &'_ str| if escaped { text[2..text.len() - 2].to_owned() } else { text.to_owned() };
        let set = values.iter().any(|(text, _)| !is_unset(&text_of(text)));
        if own_quotes {
            variables.retain(|name| name == "error.messageString");
        } else {
            // API Gateway never writes `null`: a step in between did.
            let fits = |name: &str| {
                values
                    .iter()
                    .all(|(text, quoted)| (*quoted || *text != "null") && plausible(name, &text_of(text)))
            };
            variables.retain(|name| fits(name));
        }
        let certainty = if known && !variables.is_empty() { Certainty::Certain } else { Certainty::Likely };
        let word = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
        let opaque = format!("unknown.{}", leaf.path.chars().map(word).collect::<String>());
        let key = path.join(".");
        Field { key, candidates: variables, certainty, opaque, set, escaped, own_quotes }
    }

    pub fn name(&self) -> &str {
        self.candidates.first().unwrap_or(&self.opaque)
    }

    /// Whether the candidates go to different places.
    fn is_open(&self) -> bool {
        let first = self.candidates.first().map(|name| describe(name).1);
        self.candidates.iter().any(|name| Some(describe(name).1) != first)
    }

    /// Whether an API of that kind could have written the values; unset ones say nothing.
    pub fn offered_by(&self, kind: ApiKind) -> bool {
        !self.set || lookup(self.name()).is_none_or(|variable| variable.offered_by(kind))
    }
}

/// Takes a variable that one key names for sure from the candidates of others.
pub(super) fn settle(fields: &mut [Field]) {
    let taken: Vec<String> = fields
        .iter()
        .filter(|field| field.certainty == Certainty::Certain && !field.is_open())
        .flat_map(|field| field.candidates.iter().cloned())
        .collect();
    for field in fields.iter_mut().filter(|field| field.is_open()) {
        let left: Vec<String> =
            field.candidates.iter().filter(|name| !taken.contains(name)).cloned().collect();
        if !left.is_empty() && left.len() < field.candidates.len() {
            field.candidates = left;
            field.certainty = Certainty::Likely;
        }
        if field.is_open() {
            field.certainty = Certainty::Ambiguous;
        }
    }
}

/// Keys of a recommended format, all and in its order, mean what they mean there.
pub(super) fn adopt_recommended(fields: &mut [Field]) {
    for kind in ApiKind::ALL {
        let recommended = recommended(kind);
        let fits = |field: &Field| field.candidates.contains(&field.key);
        if recommended.eq(fields.iter().map(|field| field.key.as_str())) && fields.iter().all(fits) {
            for field in fields.iter_mut() {
                field.candidates = vec![field.key.clone()];
                field.certainty = Certainty::Certain;
            }
        }
    }
}

/// Whether a text of a log can be a variable's value.
pub(super) fn plausible(name: &str, text: &str) -> bool {
    if is_unset(text) {
        return true;
    }
    let (class, target) = describe(name);
    fits(class, text)
        && match target {
            Target::Text(field) => plausible_text(field, text),
            Target::Integer(_) if class == Class::ClfTime => true,
            Target::Integer(field) => {
                parse_integer(text).is_some_and(|value| plausible_integer(field, value))
            }
            Target::Dropped | Target::Unknown => true,
        }
}

/// Whether a text of the right class looks like the field.
pub(super) fn plausible_text(field: TextField, text: &str) -> bool {
    let all = |accepts: fn(u8) -> bool| text.bytes().all(accepts);
    match field {
        TextField::Path | TextField::ResourcePath => fits(Class::Path, text),
        TextField::AccountId => text.len() == 12 && all(|byte| byte.is_ascii_digit()),
        TextField::ApiId => all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
        TextField::HttpMethod => all(|byte| byte.is_ascii_uppercase()),
        TextField::ResponseType => {
            all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        }
        TextField::SourceIp => text == "test-invoke-source-ip" || text.parse::<IpAddr>().is_ok(),
        TextField::EventType => matches!(text, "CONNECT" | "MESSAGE" | "DISCONNECT"),
        TextField::WafResponseCode => text.starts_with("WAF_"),
        TextField::ResponseTransferMode => matches!(text, "BUFFERED" | "STREAMED"),
        TextField::IsCanaryRequest => matches!(text, "true" | "false"),
        TextField::VpceId => text.starts_with("vpce-"),
        _ => true,
    }
}

/// Whether an integer looks like the field.
pub(super) fn plausible_integer(field: IntegerField, value: i64) -> bool {
    match field {
        // 2015, when API Gateway began, to 2100.
        IntegerField::TimeEpochMs | IntegerField::TimeClfMs | IntegerField::ConnectedAtMs => {
            (1_420_070_400_000..4_102_444_800_000).contains(&value)
        }
        IntegerField::Status
        | IntegerField::BackendStatus
        | IntegerField::IntegrationStatus
        | IntegerField::AuthorizerStatus => (100..1000).contains(&value),
        _ => value >= 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_understood_however_they_are_written() {
        for (path, variables, known) in [
            (&["requestId"][..], &["requestId"][..], true),
            (&["RequestId"], &["requestId"], true),
            (&["request_id"], &["requestId"], true),
            (&["identity", "sourceIp"], &["identity.sourceIp"], true),
            (&["identity.sourceIp"], &["identity.sourceIp"], true),
            (&["identity_sourceIp"], &["identity.sourceIp"], true),
            (&["identitySourceIp"], &["identity.sourceIp"], true),
            (&["context", "identity", "sourceIP"], &["identity.sourceIp"], true),
            (&["integration-status"], &["integration.status"], true),
            (&["integration", "status"], &["integration.status"], true),
            (&["integrationLatency"], &["integrationLatency", "integration.latency"], true),
            (&["authorizer", "claims", "sub"], &["authorizer.claims.sub"], true),
            (&["accountId"], &["accountId", "identity.accountId"], true),
            (&["identity", "accountId"], &["identity.accountId"], true),
            (&["latency"], &["responseLatency", "integrationLatency"], false),
            (&["who", "ip"], &["identity.sourceIp"], false),
            (&["lambda", "status"], &["status"], false),
            (&["colour"], &[], false),
        ] {
            let found = meaning(path);
            assert_eq!(
                (found.variables, found.known),
                (variables.iter().map(|name| (*name).to_owned()).collect(), known),
                "{path:?}"
            );
        }
        assert_eq!(meaning(&["integrationStatus"]).variables.len(), 3);
        for (_, names) in KNOWN.iter().chain(LIKELY) {
            assert!(names.iter().all(|name| lookup(name).is_some()), "{names:?}");
        }
    }

    #[test]
    fn values_decide_what_a_name_leaves_open() {
        assert!(plausible("requestTime", "17/Oct/2026:10:05:03 +0000"));
        assert!(!plausible("requestTimeEpoch", "17/Oct/2026:10:05:03 +0000"));
        assert!(
            plausible("requestTimeEpoch", "1792231503123") && !plausible("requestTimeEpoch", "1792231503")
        );
        assert!(plausible("status", "-") && plausible("status", "404") && !plausible("status", "4"));
        assert!(plausible("identity.sourceIp", "2001:db8::1") && !plausible("identity.sourceIp", "proxy"));
        assert!(!plausible("eventType", "THROTTLED") && !plausible("accountId", "1234"));
    }
}
