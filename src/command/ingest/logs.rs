//! Log groups as jobs: where each is, what is known of it, and how its lines are read.

use std::path::Path;
use std::sync::Arc;

use gwcost_core::model::Window;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::say;
use super::manner::{LINES_TO_GUESS_BY, Typed, guessed};
use crate::cli::IngestArgs;
use crate::config::SourceConfig;
use crate::ingest::{LogFormat, LogJob, Otherwise};
use crate::lake::{Lake, Origin, UnitRecord};
use crate::source::aws::{Aws, AwsError, LogGroup, LogGroupFacts, LogGroupName};
use crate::source::{Remote, SourceError};

/// Log groups that one account and region reads.
pub struct Found {
    /// Who asks.
    pub aws: Arc<Aws>,
    /// The groups, each once, with what is known of them.
    pub groups: Vec<(LogGroup, LogGroupFacts)>,
    /// The window.
    pub window: Window,
    /// What counts as now: `--as-of`, but never later than it is. An hour that is not over must not look so.
    pub now_ms: i64,
}

impl Found {
    /// The groups that names or ARNs name.
    pub fn of(
        context: &Context,
        arguments: &IngestArgs,
        typed: &[String],
        remote: &mut Remote,
    ) -> Result<Found, CommandError> {
        let names = typed.iter().map(|typed| LogGroupName::parse(typed)).collect::<Result<Vec<_>, _>>()?;
        let window = context.window(&arguments.window)?;
        if !arguments.window.is_given() {
            say("no window was given: log groups are read from 30 days ago on, as with --since 30d");
        }
        let aws = remote.aws()?;
        let account = aws.account_id().map_err(SourceError::aws)?;
        let mut groups: Vec<(LogGroup, LogGroupFacts)> = Vec::new();
        for name in names {
            let group = name.at(aws.region(), &account);
            if groups.iter().any(|(known, _)| *known == group) {
                continue;
            }
            let facts = facts_of(&aws, &group)?;
            groups.push((group, facts));
        }
        Ok(Found { aws, groups, window, now_ms: context.now_ms.min(context.clock_ms) })
    }

    /// How each group is read.
    pub fn jobs(self, context: &Context, typed: &Typed) -> Result<Vec<LogJob>, CommandError> {
        // A lake that cannot be read is reported when it is written to.
        let lake = Lake::open(&context.lake).ok();
        let mut jobs = Vec::new();
        for (group, facts) in self.groups {
            let configured = configured(context, &group);
            let format = match typed.format(configured)? {
                Some(format) => format,
                None => match lake.as_ref().and_then(|lake| format_before(lake, &group)) {
                    Some(format) => format,
                    None => guessed_format(&self.aws, &group, self.window)?,
                },
            };
            // API Gateway writes only to groups of its own account and Region.
            let implied = Origin {
                account: Some(group.account.clone()),
                region: Some(group.region.clone()),
                ..Origin::default()
            };
            let manner = typed.manner(&format!("logs:{}", group.name), format, configured, implied)?;
            jobs.push(LogJob {
                aws: Arc::clone(&self.aws),
                group,
                window: self.window,
                now_ms: self.now_ms,
                facts,
                manners: vec![manner],
                otherwise: Otherwise::Refuse,
            });
        }
        Ok(jobs)
    }
}

/// What is known of a group. That it may not be described does not hinder reading it.
pub fn facts_of(aws: &Aws, group: &LogGroup) -> Result<LogGroupFacts, CommandError> {
    match aws.describe_log_group(group) {
        Ok(facts) => Ok(facts),
        // Reading is another permission.
        Err(error @ AwsError::AccessDenied { .. }) => {
            say(&format!("warning: {error}; without it, nothing is known of what the group has deleted"));
            Ok(LogGroupFacts::default())
        }
        Err(error) => Err(SourceError::aws(error).into()),
    }
}

/// The `[[source]]` of a group: by `logs:NAME`, or by the name that the lake knows it by.
fn configured<'c>(context: &'c Context, group: &LogGroup) -> Option<&'c SourceConfig> {
    let by_name = context.config.source(Path::new(&format!("logs:{}", group.name)));
    by_name.or_else(|| context.config.source(Path::new(&group.name_in_lake())))
}

/// The format in which the lake has read the group last: a run that brings nothing new needs no lines to tell
/// it by.
fn format_before(lake: &Lake, group: &LogGroup) -> Option<LogFormat> {
    let prefix = format!("{}@", group.name_in_lake());
    let of_group = |unit: &&UnitRecord| unit.look.is_some() && unit.source.starts_with(&prefix);
    let last = lake.units().filter(of_group).max_by_key(|unit| unit.number)?;
    LogFormat::named(&last.reading.format).ok().filter(|_| last.reading.others.is_empty())
}

/// The format that the first lines of a window certainly have.
fn guessed_format(aws: &Aws, group: &LogGroup, window: Window) -> Result<LogFormat, CommandError> {
    let name = format!("logs:{}", group.name);
    let mut lines = Vec::new();
    for event in aws.log_events(group, window.from_ms, window.to_ms).take(LINES_TO_GUESS_BY) {
        let event = event.map_err(SourceError::aws)?;
        lines.push(String::from_utf8_lossy(&event.text).into_owned());
    }
    if let Some(format) = guessed(&name, &lines)? {
        return Ok(format);
    }
    let why = if lines.is_empty() {
        "it holds no events in the window to tell it by"
    } else {
        "its lines leave doubt"
    };
    Err(CommandError::Usage(format!(
        "{name}: no log format, and {why}: give --preset, --format-string or --format-file, or a [[source]] in \
         gwcost.toml with files = {name:?}"
    )))
}
