//! Where a stage writes its access log, and in which format.

use serde::{Deserialize, Serialize};

/// The access-log settings of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessLogSettings {
    /// The ARN of a CloudWatch Logs group or of a Firehose delivery stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_arn: Option<String>,
    /// The format: text with `$context` variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// What a destination's ARN names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogDestination<'a> {
    /// A CloudWatch Logs group.
    LogGroup {
        /// The group's region.
        region: &'a str,
        /// The group's account.
        account: &'a str,
        /// Its name, such as `/aws/apigateway/orders`.
        name: &'a str,
    },
    /// A Firehose delivery stream: where that delivers is not API Gateway's knowledge.
    Firehose {
        /// The stream's region.
        region: &'a str,
        /// The stream's account.
        account: &'a str,
        /// Its name, such as `amazon-apigateway-orders`.
        stream: &'a str,
    },
}

impl AccessLogSettings {
    /// What the destination's ARN names. `None` where there is no ARN, or one of another kind.
    pub fn destination(&self) -> Option<LogDestination<'_>> {
        let arn = self.destination_arn.as_deref()?;
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, service, region, account, resource] = *parts.as_slice() else { return None };
        match service {
            "logs" => {
                let name = resource.strip_prefix("log-group:")?;
                let name = name.strip_suffix(":*").unwrap_or(name);
                (!name.is_empty()).then_some(LogDestination::LogGroup { region, account, name })
            }
            "firehose" => {
                let stream = resource.strip_prefix("deliverystream/").filter(|stream| !stream.is_empty())?;
                Some(LogDestination::Firehose { region, account, stream })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_named() {
        let of = |arn: &str| AccessLogSettings { destination_arn: Some(arn.to_owned()), format: None };
        let group = LogDestination::LogGroup {
            region: "us-east-1",
            account: "111122223333",
            name: "/aws/apigateway/orders",
        };
        let arn = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/apigateway/orders";
        assert_eq!(of(arn).destination(), Some(group));
        assert_eq!(of(&format!("{arn}:*")).destination(), Some(group));
        let stream = of("arn:aws-cn:firehose:cn-north-1:111122223333:deliverystream/amazon-apigateway-x");
        assert_eq!(
            stream.destination(),
            Some(LogDestination::Firehose {
                region: "cn-north-1",
                account: "111122223333",
                stream: "amazon-apigateway-x"
            })
        );
        for arn in ["", "arn:aws:s3:::bucket", "arn:aws:logs:us-east-1:1:log-group:", "orders"] {
            assert_eq!(of(arn).destination(), None, "{arn}");
        }
    }
}
