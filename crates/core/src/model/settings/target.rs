//! What an integration calls, reduced to what analyses need: a service, a Lambda function, a host.
//!
//! Integration URIs hold paths, query strings and now and then a password or a webhook's token. None of that
//! says what a request costs, so none of it is kept.

use serde::{Deserialize, Serialize};

/// What an integration calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The AWS service as integration URIs name it (`lambda`, `dynamodb`, `sqs`), or `http`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The service's action (`GetItem`), where the URI names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The Lambda function's ARN, with its version or alias; may hold `${stageVariables.name}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The host of an HTTP endpoint, with its port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Target {
    /// What the URI of an integration or of an authorizer calls. All fields are `None` where it cannot be
    /// told, as when the whole URI is a stage variable.
    pub fn of_uri(uri: &str) -> Target {
        if let Some(rest) = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://")) {
            return Target { service: Some("http".to_owned()), host: host(rest), ..Target::default() };
        }
        // arn:partition:service:region:account:resource; the resource may hold colons of its own.
        let parts: Vec<&str> = uri.splitn(6, ':').collect();
        let [arn, _, service, _, account, resource] = parts.as_slice() else { return Target::default() };
        match (*arn, *service) {
            // arn:aws:apigateway:REGION:SERVICE:path/... or :action/..., where SERVICE can have a subdomain.
            ("arn", "apigateway") => {
                let service = account.rsplit('.').next().and_then(name);
                let function = service.as_deref().filter(|service| *service == "lambda");
                Target {
                    function: function.and_then(|_| invoked(resource)),
                    action: resource.strip_prefix("action/").and_then(name),
                    service,
                    host: None,
                }
            }
            ("arn", "lambda") => {
                Target { service: name(service), function: function_arn(uri), ..Target::default() }
            }
            ("arn", service) => Target { service: name(service), ..Target::default() },
            _ => Target::default(),
        }
    }

    /// What an HTTP API's integration subtype calls: `SQS-SendMessage`.
    pub fn of_subtype(subtype: &str) -> Target {
        let (service, action) = subtype.split_once('-').unwrap_or((subtype, ""));
        Target { service: name(&service.to_ascii_lowercase()), action: name(action), ..Target::default() }
    }
}

/// The letters, digits and dashes at the beginning.
fn name(text: &str) -> Option<String> {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    let name = &text[..end.unwrap_or(text.len())];
    (!name.is_empty()).then(|| name.to_owned())
}

/// The function in `path/2015-03-31/functions/ARN/invocations` or `.../response-streaming-invocations`.
fn invoked(resource: &str) -> Option<String> {
    let (_, rest) = resource.split_once("/functions/")?;
    function_arn(rest.split('/').next()?)
}

/// An ARN without anything that follows it; a name or a stage variable stays as it is.
fn function_arn(text: &str) -> Option<String> {
    let arn = text.split(['?', '#', '/', ' ']).next()?;
    (!arn.is_empty()).then(|| arn.to_owned())
}

/// The host and port of a URL that has lost its scheme: neither user nor password, neither path nor query.
fn host(rest: &str) -> Option<String> {
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let (plain, port) = match host.rsplit_once(':') {
        Some((plain, port)) => (plain, port),
        None => (host, ""),
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_${}[]".contains(&byte);
    // With a slash in the password, what stands before the slash looks like a host with a strange port.
    let is_host =
        !plain.is_empty() && plain.bytes().all(allowed) && port.bytes().all(|byte| byte.is_ascii_digit());
    is_host.then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(uri: &str) -> String {
        let target = Target::of_uri(uri);
        [target.service, target.action, target.function, target.host]
            .map(|field| field.unwrap_or_else(|| "-".to_owned()))
            .join(" ")
    }

    #[test]
    fn lambda_functions_are_found_in_every_form() {
        let function = "arn:aws:lambda:us-east-1:111122223333:function:orders:live";
        let path = "arn:aws:apigateway:us-east-1:lambda:path";
        assert_eq!(
            shown(&format!("{path}/2015-03-31/functions/{function}/invocations")),
            format!("lambda - {function} -")
        );
        let streamed = format!("{path}/2021-11-15/functions/{function}/response-streaming-invocations");
        assert_eq!(shown(&streamed), format!("lambda - {function} -"));
        assert_eq!(shown(function), format!("lambda - {function} -"));
        let variable = format!(
            "{path}/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:${{stageVariables.fn}}/invocations"
        );
        assert_eq!(
            shown(&variable),
            "lambda - arn:aws:lambda:us-east-1:111122223333:function:${stageVariables.fn} -"
        );
    }

    #[test]
    fn services_keep_their_names_and_lose_their_paths() {
        assert_eq!(shown("arn:aws:apigateway:us-east-1:dynamodb:action/GetItem&x=1"), "dynamodb GetItem - -");
        assert_eq!(shown("arn:aws:apigateway:us-east-1:sqs:path/111122223333/queue"), "sqs - - -");
        assert_eq!(shown("arn:aws:apigateway:us-east-1:abc123-ats.iotdata:path/topics/x"), "iotdata - - -");
        assert_eq!(
            shown("arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/x/1/2"),
            "elasticloadbalancing - - -"
        );
        let subtype = Target::of_subtype("SQS-SendMessage");
        assert_eq!(
            (subtype.service.as_deref(), subtype.action.as_deref()),
            (Some("sqs"), Some("SendMessage"))
        );
    }

    #[test]
    fn nothing_secret_of_a_url_stays() {
        assert_eq!(shown("https://api.example.com/v1/hook?token=s3cret"), "http - - api.example.com");
        assert_eq!(shown("http://user:s3cret@10.0.0.1:8080/x"), "http - - 10.0.0.1:8080");
        assert_eq!(shown("https://user:s3/cret@example.com/"), "http - - -");
        assert_eq!(shown("https://example.com?key=s3cret"), "http - - example.com");
        assert_eq!(shown("https://${stageVariables.host}/v1"), "http - - ${stageVariables.host}");
        assert_eq!(shown("${stageVariables.url}"), "- - - -");
        assert_eq!(shown(""), "- - - -");
    }
}
