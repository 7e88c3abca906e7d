//! Log groups of CloudWatch Logs: what they are called, and what is known of one before it is read.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::{Builder, Region};
use gwcost_core::model::DAY_MS;
use gwcost_core::text::did_you_mean;

use super::s3_client::partition;
use super::{Aws, AwsError, Call};

/// How long events may outlive the retention of their group: CloudWatch Logs deletes them within that time.
const DELETED_WITHIN_DAYS: i64 = 3;

/// The longest name that CloudWatch Logs gives.
const LONGEST_NAME: usize = 512;

/// A log group, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogGroup {
    /// `/aws/apigateway/orders`.
    pub name: String,
    /// `us-east-1`.
    pub region: String,
    /// Twelve digits.
    pub account: String,
    /// It belongs to another account than the credentials: it is read through cross-account observability.
    pub linked: bool,
}

impl LogGroup {
    /// `logs:123456789012:us-east-1:/aws/apigateway/orders`: unlike the name that is typed, it is the same
    /// for everybody.
    pub fn name_in_lake(&self) -> String {
        format!("logs:{}:{}:{}", self.account, self.region, self.name)
    }

    /// Its ARN, without `:*` at the end.
    pub fn arn(&self) -> String {
        let partition = partition(&self.region);
        format!("arn:{partition}:logs:{}:{}:log-group:{}", self.region, self.account, self.name)
    }
}

/// A log group as it is typed, or as a stage's settings name it: an ARN says where it is, a name does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroupName {
    /// The group's name.
    pub name: String,
    /// The Region, where an ARN says it.
    pub region: Option<String>,
    /// The account, where an ARN says it.
    pub account: Option<String>,
}

/// Text that names no log group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogGroupError {
    /// Nothing after `logs:`.
    #[error(
        "{typed:?} names no log group: expected logs:NAME as in logs:/aws/apigateway/orders, or logs:ARN"
    )]
    Empty {
        /// What was typed.
        typed: String,
    },
    /// A character that no name has.
    #[error(
        "{typed:?} is not the name of a log group: {found:?} cannot be in one, only letters, digits and _ - / . #{hint}"
    )]
    Character {
        /// What was typed.
        typed: String,
        /// The first such character.
        found: char,
        /// What may have been meant.
        hint: &'static str,
    },
    /// A name that is too long.
    #[error("a log group's name of {length} characters: expected at most {LONGEST_NAME}")]
    Long {
        /// Its characters.
        length: usize,
    },
    /// An ARN of something else.
    #[error(
        "{typed:?} is not the ARN of a log group: expected arn:aws:logs:REGION:ACCOUNT:log-group:NAME{hint}"
    )]
    Arn {
        /// What was typed.
        typed: String,
        /// What may have been meant.
        hint: String,
    },
}

impl LogGroupName {
    /// Reads `logs:NAME`, `logs:ARN` or an ARN alone.
    ///
    /// # Errors
    /// [`LogGroupError`] says what it is not.
    pub fn parse(typed: &str) -> Result<LogGroupName, LogGroupError> {
        let text = typed.strip_prefix("logs:").unwrap_or(typed).trim();
        if text.is_empty() {
            return Err(LogGroupError::Empty { typed: typed.to_owned() });
        }
        if text.starts_with("arn:") {
            return of_arn(text);
        }
        check_name(text, typed)?;
        Ok(LogGroupName { name: text.to_owned(), region: None, account: None })
    }

    /// The group for a caller of that Region and account.
    pub fn at(self, region: &str, account: &str) -> LogGroup {
        LogGroup {
            linked: self.account.as_ref().is_some_and(|own| own != account),
            name: self.name,
            region: self.region.unwrap_or_else(|| region.to_owned()),
            account: self.account.unwrap_or_else(|| account.to_owned()),
        }
    }
}

fn of_arn(arn: &str) -> Result<LogGroupName, LogGroupError> {
    let wrong = |hint: String| LogGroupError::Arn { typed: arn.to_owned(), hint };
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    if let Some(service) = parts.get(2).filter(|service| **service != "logs") {
        return Err(wrong(format!("; this is one of {service:?}")));
    }
    let [_, _, _, region, account, kind, name] = parts[..] else { return Err(wrong(String::new())) };
    if kind != "log-group" {
        return Err(wrong(did_you_mean(kind, ["log-group"])));
    }
    // Policies and most of the API write `:*` for the streams of the group.
    let name = name.strip_suffix(":*").unwrap_or(name);
    if let Some((group, _)) = name.split_once(":log-stream:") {
        return Err(wrong(format!("; a log stream is a part of one: name the group, {group:?}")));
    }
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if region.is_empty() || !digits || name.is_empty() {
        return Err(wrong(String::new()));
    }
    check_name(name, arn)?;
    Ok(LogGroupName {
        name: name.to_owned(),
        region: Some(region.to_owned()),
        account: Some(account.to_owned()),
    })
}

fn check_name(name: &str, typed: &str) -> Result<(), LogGroupError> {
    let allowed = |letter: &char| letter.is_ascii_alphanumeric() || "_-/.#".contains(*letter);
    if let Some(found) = name.chars().find(|letter| !allowed(letter)) {
        let hint = match found {
            '*' | '?' => "; patterns are not taken, name each group",
            ':' => "; a log stream is a part of a group, name the group alone",
            _ => "",
        };
        return Err(LogGroupError::Character { typed: typed.to_owned(), found, hint });
    }
    if name.len() > LONGEST_NAME {
        return Err(LogGroupError::Long { length: name.len() });
    }
    Ok(())
}

/// What CloudWatch Logs says of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogGroupFacts {
    /// Bytes that it stores. CloudWatch Logs updates it now and then.
    pub stored_bytes: Option<u64>,
    /// Days after which events are deleted; `None` when they never are.
    pub retention_days: Option<u32>,
    /// When the group was created, milliseconds of Unix time.
    pub created_ms: Option<i64>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: Option<String>,
}

impl LogGroupFacts {
    /// The earliest time of which the group may still hold events; `None` when it deletes none.
    pub fn oldest_ms(&self, now_ms: i64) -> Option<i64> {
        Some(retained_from(self.retention_days?, now_ms) - DELETED_WITHIN_DAYS * DAY_MS)
    }

    /// The earliest time of which the group promises to hold all events; `None` when nothing is known of it.
    pub fn kept_from(&self, now_ms: i64) -> Option<i64> {
        // An unknown retention is the longest one, so the later of the two is the one that counts.
        self.created_ms.max(self.retention_days.map(|days| retained_from(days, now_ms)))
    }
}

fn retained_from(days: u32, now_ms: i64) -> i64 {
    now_ms - i64::from(days) * DAY_MS
}

impl Aws {
    /// Describes a log group.
    ///
    /// # Errors
    /// [`AwsError::NotFound`] with the nearest name when there is no such group; whatever else AWS says.
    pub fn describe_log_group(&self, group: &LogGroup) -> Result<LogGroupFacts, AwsError> {
        self.block_on(async {
            let mut near = Vec::new();
            for found in self.log_groups(group, &group.name).await? {
                if found.log_group_name() == Some(&group.name) {
                    return Ok(LogGroupFacts {
                        stored_bytes: found.stored_bytes().and_then(|bytes| u64::try_from(bytes).ok()),
                        retention_days: found.retention_in_days().and_then(|days| u32::try_from(days).ok()),
                        created_ms: found.creation_time(),
                        class: found.log_group_class().map(|class| class.as_str().to_owned()),
                    });
                }
                near.extend(found.log_group_name);
            }
            // Names that begin as this one, and those beside it.
            if let Some((folder, _)) = group.name.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
                let beside = self.log_groups(group, &format!("{folder}/")).await?;
                near.extend(beside.into_iter().filter_map(|group| group.log_group_name));
            }
            let hint = did_you_mean(&group.name, near.iter().map(String::as_str));
            Err(AwsError::NotFound {
                action: "logs:FilterLogEvents".to_owned(),
                resource: format!("log group {}", group.name),
                message: format!("account {} has no such group in {}{hint}", group.account, group.region),
            })
        })
    }

    /// The groups whose names begin so, where `group` is.
    async fn log_groups(
        &self,
        group: &LogGroup,
        prefix: &str,
    ) -> Result<Vec<aws_sdk_cloudwatchlogs::types::LogGroup>, AwsError> {
        let everything = LogGroup { name: "*".to_owned(), ..group.clone() };
        let call = Call::new("logs:DescribeLogGroups", format!("log group {}", group.name), everything.arn());
        let mut request = self.logs_client(group).describe_log_groups().log_group_name_prefix(prefix);
        if group.linked {
            request = request.include_linked_accounts(true).account_identifiers(&group.account);
        }
        let mut pages = request.into_paginator().send();
        let mut groups = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(&call, &error))?;
            groups.extend(page.log_groups.unwrap_or_default());
        }
        Ok(groups)
    }

    /// A client for the Region of a group.
    pub(super) fn logs_client(&self, group: &LogGroup) -> Client {
        Client::from_conf(Builder::from(self.config()).region(Region::new(group.region.clone())).build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(typed: &str) -> Result<LogGroup, String> {
        let name = LogGroupName::parse(typed).map_err(|error| error.to_string())?;
        Ok(name.at("eu-west-1", "999999999999"))
    }

    #[test]
    fn a_name_is_where_the_credentials_are_and_an_arn_says_where_it_is() {
        let group = parse("logs:/aws/apigateway/orders").unwrap();
        assert_eq!(group.name_in_lake(), "logs:999999999999:eu-west-1:/aws/apigateway/orders");
        assert_eq!(group.arn(), "arn:aws:logs:eu-west-1:999999999999:log-group:/aws/apigateway/orders");
        assert!(!group.linked);
        let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/apigateway/orders";
        for typed in [arn.to_owned(), format!("logs:{arn}"), format!("logs:{arn}:*")] {
            let group = parse(&typed).unwrap();
            assert_eq!(group.name_in_lake(), "logs:123456789012:us-east-1:/aws/apigateway/orders");
            assert_eq!(group.arn(), arn);
            assert!(group.linked);
        }
        let china =
            "arn:aws-cn:logs:cn-north-1:123456789012:log-group:API-Gateway-Execution-Logs_a1b2c3/prod";
        assert_eq!(parse(china).unwrap().arn(), china);
    }

    #[test]
    fn what_names_no_group_is_said() {
        let cases = [
            ("logs:", "names no log group"),
            ("logs:/aws/*", "patterns are not taken"),
            ("logs:my group", "' ' cannot be in one"),
            ("logs:group:log-stream:x", "name the group alone"),
            ("logs:arn:aws:s3:::bucket/key", "is not the ARN of a log group"),
            ("logs:arn:aws:firehose:eu-west-1:123456789012:deliverystream/x", "this is one of \"firehose\""),
            ("logs:arn:aws:logs:eu-west-1:123456789012:loggroup:x", "did you mean \"log-group\"?"),
            ("logs:arn:aws:logs:eu-west-1:123456789012:log-group:x:log-stream:y", "name the group, \"x\""),
            ("logs:arn:aws:logs:eu-west-1:1234:log-group:x", "expected arn:aws:logs:REGION:ACCOUNT"),
        ];
        for (typed, part) in cases {
            let error = parse(typed).unwrap_err();
            assert!(error.contains(part), "{typed}: {error}");
        }
        assert!(parse(&"x".repeat(513)).unwrap_err().contains("513 characters"));
    }

    #[test]
    fn retention_says_what_may_still_be_there() {
        let mut facts = LogGroupFacts { created_ms: Some(5 * DAY_MS), ..LogGroupFacts::default() };
        assert_eq!((facts.oldest_ms(100 * DAY_MS), facts.kept_from(100 * DAY_MS)), (None, Some(5 * DAY_MS)));
        facts.retention_days = Some(30);
        assert_eq!(facts.oldest_ms(100 * DAY_MS), Some(67 * DAY_MS));
        assert_eq!(facts.kept_from(100 * DAY_MS), Some(70 * DAY_MS));
    }
}
