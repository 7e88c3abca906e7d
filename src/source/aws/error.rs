//! What AWS or the way to it refuses, in words that say what can be done about it.

use std::error::Error;

use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};

/// A request to AWS, as a message about it needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The action as IAM spells it, as `s3:GetObject`.
    pub action: &'static str,
    /// What it was asked of, as the user knows it: `s3://bucket/key`, a log group, an API.
    pub resource: String,
    /// The `Resource` that a policy has to name for it: an ARN, a pattern of ARNs, or `*`.
    pub arn: String,
}

impl Call {
    /// A request for `action` on `resource`; `arn` is how a policy names the resource.
    pub fn new(action: &'static str, resource: impl Into<String>, arn: impl Into<String>) -> Call {
        Call { action, resource: resource.into(), arn: arn.into() }
    }
}

/// Why AWS did not answer. Actions are spelled as IAM spells them, and resources as the user knows them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// Nothing in the chain of credentials had any, or what had some could not use them.
    #[error(
        "no AWS credentials: {detail}: log in with `aws sso login` or `aws configure`, or name a profile with \
         AWS_PROFILE"
    )]
    NoCredentials {
        /// What was looked for and what was found there.
        detail: String,
    },
    /// No region is configured, so there is no endpoint to ask.
    #[error(
        "no AWS region: looked in AWS_REGION, AWS_DEFAULT_REGION, the profile and the instance: set AWS_REGION, or \
         `region` in the profile"
    )]
    NoRegion,
    /// AWS does not know the key, or the signature made with it does not match.
    #[error("AWS does not accept the credentials for {action} on {resource}: {message}")]
    NotAccepted {
        /// The action.
        action: String,
        /// What it was asked of.
        resource: String,
        /// AWS's code and words.
        message: String,
    },
    /// No policy allows it, or one forbids it.
    #[error("AWS denies {action} on {resource}: {}", advice(.action, .arn, .message))]
    AccessDenied {
        /// The action that was denied; it need not be the one that was called, as with `kms:Decrypt`.
        action: String,
        /// What it was asked of.
        resource: String,
        /// How a policy names the resource.
        arn: String,
        /// AWS's words.
        message: String,
    },
    /// The session or the single sign-on has ended.
    #[error(
        "the AWS credentials have expired ({message}): log in again, as with `aws sso login`, and run the same \
         command: it goes on where it stopped"
    )]
    Expired {
        /// AWS's words.
        message: String,
    },
    /// There is no such bucket, object, log group, API or stage.
    #[error("{resource} does not exist ({action}: {message})")]
    NotFound {
        /// The action.
        action: String,
        /// What it was asked of.
        resource: String,
        /// AWS's words.
        message: String,
    },
    /// Still too many requests after slowing down.
    #[error(
        "AWS throttles {action} on {resource} and did not stop: {message}: run the same command again later"
    )]
    Throttled {
        /// The action.
        action: String,
        /// What it was asked of.
        resource: String,
        /// AWS's words.
        message: String,
    },
    /// No connection, no answer in time, an answer that broke off, or a failure inside AWS, also after retries.
    #[error("no answer to {action} on {resource}: {message}")]
    Unavailable {
        /// The action.
        action: String,
        /// What it was asked of.
        resource: String,
        /// The words of the network, or of AWS.
        message: String,
    },
    /// An object is not the one that was listed.
    #[error("{resource}: changed while it was read: run the command again to read the new one")]
    Changed {
        /// The object, `s3://bucket/key`.
        resource: String,
    },
    /// Something else, in AWS's words.
    #[error("{action} on {resource}: {message}")]
    Other {
        /// The action.
        action: String,
        /// What it was asked of.
        resource: String,
        /// AWS's code and words.
        message: String,
    },
}

impl AwsError {
    /// What a failed request of an SDK client means. Works for every operation of every service.
    pub fn of<E>(call: &Call, error: &SdkError<E, HttpResponse>) -> AwsError
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let message = words(error);
        match error {
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                AwsError::of_answer(call, service.err().code(), service.err().message(), status)
            }
            SdkError::ResponseError(_) | SdkError::TimeoutError(_) => unavailable(call, message),
            SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => {
                unavailable(call, message)
            }
            // A connection that ends in the middle of an answer is neither of the two for the client.
            SdkError::DispatchFailure(_) => {
                of_chain(call, error).unwrap_or_else(|| unavailable(call, message))
            }
            _ => of_chain(call, error).unwrap_or_else(|| AwsError::Other {
                action: call.action.to_owned(),
                resource: call.resource.clone(),
                message,
            }),
        }
    }

    /// What an answer of AWS means by its code, its message and its HTTP status.
    pub fn of_answer(call: &Call, code: Option<&str>, message: Option<&str>, status: u16) -> AwsError {
        let (action, resource) = (call.action.to_owned(), call.resource.clone());
        let message = match (code, message) {
            (Some(code), Some(text)) => format!("{code}: {text}"),
            (Some(only), None) | (None, Some(only)) => only.to_owned(),
            (None, None) => format!("HTTP status {status}"),
        };
        match (code.unwrap_or_default(), status) {
            (
                "ExpiredToken"
                | "ExpiredTokenException"
                | "TokenRefreshRequired"
                | "RequestExpired"
                | "UnauthorizedException",
                _,
            ) => AwsError::Expired { message },
            (
                "InvalidAccessKeyId"
                | "InvalidClientTokenId"
                | "InvalidToken"
                | "NotSignedUp"
                | "SignatureDoesNotMatch"
                | "InvalidSignatureException"
                | "IncompleteSignature"
                | "MissingAuthenticationToken"
                | "MissingAuthenticationTokenException"
                | "UnrecognizedClientException"
                | "RequestTimeTooSkewed",
                _,
            ) => AwsError::NotAccepted { action, resource, message },
            (code, _) if THROTTLING.contains(&code) => AwsError::Throttled { action, resource, message },
            ("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AllAccessDisabled", _)
            | ("", 401 | 403) => denied(call, message),
            ("PreconditionFailed" | "InvalidRange", _) | ("", 412 | 416) => AwsError::Changed { resource },
            (
                "NoSuchBucket"
                | "NoSuchKey"
                | "NoSuchEntity"
                | "NotFound"
                | "NotFoundException"
                | "ResourceNotFoundException",
                _,
            )
            | ("", 404) => AwsError::NotFound { action, resource, message },
            (_, 429) => AwsError::Throttled { action, resource, message },
            ("InvalidObjectState", _) => {
                let message = format!("{message}: it is archived, so restore it first");
                AwsError::Other { action, resource, message }
            }
            // An answer that says it went well, but cannot be read, is none.
            (_, 500..) | ("", 200..300) => AwsError::Unavailable { action, resource, message },
            (_, 403) => denied(call, message),
            _ => AwsError::Other { action, resource, message },
        }
    }

    /// Whether AWS said no to who asks or how often, or nobody can be asked, so that trying again at once is of
    /// no use. All else is a failure of the moment, or of what was asked for.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            AwsError::NoRegion
                | AwsError::NoCredentials { .. }
                | AwsError::NotAccepted { .. }
                | AwsError::AccessDenied { .. }
                | AwsError::Expired { .. }
                | AwsError::Throttled { .. }
        )
    }

    /// Whether nothing else will be answered either, whatever is asked: the credentials are of no use.
    pub fn is_of_credentials(&self) -> bool {
        matches!(
            self,
            AwsError::NoRegion
                | AwsError::NoCredentials { .. }
                | AwsError::NotAccepted { .. }
                | AwsError::Expired { .. }
        )
    }

    /// Whether what was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, AwsError::NotFound { .. })
    }

    /// Whether the same request may succeed in a moment.
    pub fn is_transient(&self) -> bool {
        matches!(self, AwsError::Throttled { .. } | AwsError::Unavailable { .. })
    }
}

/// Codes with which services of AWS ask to be called less often.
const THROTTLING: [&str; 11] = [
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequests",
    "TooManyRequestsException",
    "LimitExceededException",
    "BandwidthLimitExceeded",
];

fn unavailable(call: &Call, message: String) -> AwsError {
    AwsError::Unavailable { action: call.action.to_owned(), resource: call.resource.clone(), message }
}

/// A denial, of the action that AWS names if it names another one than was called: reading an object that
/// is encrypted with a key needs `kms:Decrypt`, and a role has to be assumed before anything is called.
fn denied(call: &Call, message: String) -> AwsError {
    let (mut action, mut resource, mut arn) =
        (call.action.to_owned(), call.resource.clone(), call.arn.clone());
    if let Some((_, rest)) = message.split_once("not authorized to perform: ") {
        let mut words = rest.split_whitespace();
        let named = words.next().unwrap_or_default().trim_matches(|c: char| c == '"' || c == ',');
        if named.contains(':') && named != action {
            action = named.to_owned();
            let on = match (words.next(), words.next(), words.next()) {
                (Some("on"), Some("resource:"), Some(on)) => on.trim_matches(|c: char| c == '"' || c == ','),
                _ => "*",
            };
            if on != "*" {
                on.clone_into(&mut resource);
            }
            on.clone_into(&mut arn);
        }
    }
    AwsError::AccessDenied { action, resource, arn, message }
}

/// What to do about a denial.
fn advice(action: &str, arn: &str, message: &str) -> String {
    if message.contains("explicit deny") {
        return format!("a policy forbids it: {message}");
    }
    format!(
        "add to the policy {{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"{arn}\"}} ({message})"
    )
}

/// Credentials are loaded inside of the first request, and fail as if the request had not been made.
fn of_chain(call: &Call, error: &(dyn Error + 'static)) -> Option<AwsError> {
    let links: Vec<&(dyn Error + 'static)> = chain(error).collect();
    let texts: Vec<String> = links.iter().map(ToString::to_string).collect();
    if !texts.iter().any(|text| text.contains("credential") || text.contains("identity")) {
        return None;
    }
    // Assuming a role, or web identity: the answer of STS is inside.
    if let Some(answer) = links.iter().find_map(|link| link.downcast_ref::<ErrorMetadata>()) {
        let call = Call { action: "sts:AssumeRole", ..call.clone() };
        let meant = AwsError::of_answer(&call, answer.code(), answer.message(), 400);
        if meant.is_refusal() {
            return Some(meant);
        }
    }
    let detail = match texts.iter().find_map(|text| text.split_once("Attempted:")) {
        Some((_, attempts)) => {
            let attempts = attempts
                .replace("the credential provider was not enabled: ", "")
                .replace("the credential provider was not enabled", "nothing there");
            let attempts: Vec<&str> =
                attempts.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            format!("looked in {}", attempts.join("; "))
        }
        None => words(error),
    };
    if detail.contains("has expired") {
        return Some(AwsError::Expired { message: detail });
    }
    Some(AwsError::NoCredentials { detail })
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// What an error and its causes say, each once, on one line.
pub(super) fn words(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for link in chain(error) {
        let text = link.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
    }
    said.join(": ")
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn call() -> Call {
        Call::new("s3:GetObject", "s3://logs/a.gz", "arn:aws:s3:::logs/*")
    }

    fn answer(status: u16, code: &str, message: &str) -> AwsError {
        let error = ErrorMetadata::builder().code(code).message(message).build();
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        AwsError::of(&call(), &SdkError::service_error(error, response))
    }

    #[test]
    fn a_denial_names_action_and_resource_and_what_to_add() {
        let error = answer(403, "AccessDenied", "Access Denied");
        assert!(error.is_refusal());
        let text = error.to_string();
        assert!(text.starts_with("AWS denies s3:GetObject on s3://logs/a.gz: add to the policy"), "{text}");
        assert!(text.contains(r#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/*""#), "{text}");
    }

    #[test]
    fn a_denial_of_another_action_names_that_one() {
        let message = "User: arn:aws:iam::1:user/u is not authorized to perform: kms:Decrypt on resource: \
                       arn:aws:kms:eu-west-1:1:key/k because no identity-based policy allows it";
        let text = answer(403, "AccessDenied", message).to_string();
        assert!(text.starts_with("AWS denies kms:Decrypt on arn:aws:kms:eu-west-1:1:key/k:"), "{text}");
        let forbidden = answer(403, "AccessDenied", "with an explicit deny in a policy").to_string();
        assert!(forbidden.contains("a policy forbids it") && !forbidden.contains("Allow"), "{forbidden}");
    }

    #[test]
    fn answers_are_told_apart() {
        assert!(matches!(answer(400, "ExpiredToken", "x"), AwsError::Expired { .. }));
        assert!(matches!(answer(403, "InvalidAccessKeyId", "x"), AwsError::NotAccepted { .. }));
        assert!(matches!(answer(503, "SlowDown", "x"), AwsError::Throttled { .. }));
        assert!(matches!(answer(404, "NoSuchBucket", "x"), AwsError::NotFound { .. }));
        assert!(matches!(answer(412, "PreconditionFailed", "x"), AwsError::Changed { .. }));
        assert!(matches!(answer(500, "InternalError", "x"), AwsError::Unavailable { .. }));
        assert!(matches!(answer(400, "InvalidRequest", "x"), AwsError::Other { .. }));
        assert!(matches!(AwsError::of_answer(&call(), None, None, 429), AwsError::Throttled { .. }));
        assert!(answer(503, "SlowDown", "x").is_transient() && !answer(404, "NoSuchKey", "x").is_transient());
    }

    #[test]
    fn what_was_looked_for_is_said() {
        let cause = "the credential provider was not enabled: no credentials found in chain. Attempted:\n  \
                     Environment: the credential provider was not enabled: not set\n  Profile: the credential \
                     provider was not enabled";
        let error: SdkError<ErrorMetadata, HttpResponse> = SdkError::construction_failure(cause);
        let error = AwsError::of(&call(), &error);
        assert!(error.is_refusal());
        assert!(
            error.to_string().contains("looked in Environment: not set; Profile: nothing there:"),
            "{error}"
        );
    }
}
