//! `gwcost ingest settings:`: what API Gateway is configured as, from AWS or from a saved file, into the lake.
//!
//! Each account and region stands alone: one that cannot be asked loses nothing of the others, and a part that
//! may not be read is named with the action and the resource that a policy would have to allow.

use std::sync::Arc;

use gwcost_core::discovery::discover;
use gwcost_core::model::settings::{Missing, Outcome, RegionSettings, Snapshot};
use gwcost_core::model::{ApiKind, Window};
use serde::Serialize;

use super::discover::{self, Found};
use crate::cli::{AwsArgs, SettingsArgs, SummaryFormat};
use crate::command::CommandError;
use crate::command::context::Context;
use crate::command::output::{say, to_file, to_stdout};
use crate::command::targets::{Target, targets};
use crate::exit::Exit;
use crate::lake::WritableLake;
use crate::report::{counted, inert};
use crate::source::aws::{Aws, AwsError};
use crate::source::{SourceError, read_settings};

/// The summary's shape for programs.
const SCHEMA: &str = "gwcost/ingest-settings/1";

/// Settings that came, and those that did not.
#[derive(Default)]
pub struct Ingested {
    /// One for each account and region.
    pub regions: Vec<Came>,
    /// Accounts and regions that could not be read.
    pub failures: Vec<Failure>,
}

/// The settings of an account and region.
pub struct Came {
    /// Who asked; `None` where they come from a file.
    pub aws: Option<Arc<Aws>>,
    /// When they were true, in milliseconds of Unix time.
    pub taken_at_ms: i64,
    /// The settings.
    pub settings: RegionSettings,
    /// How they compare with what the lake held.
    pub outcome: Outcome,
}

/// An account and region that could not be read.
#[derive(Debug)]
pub struct Failure {
    /// Who asked, and where.
    pub target: String,
    /// Why it failed.
    pub error: CommandError,
}

/// Reads settings into the lake and says what came.
pub fn run(
    context: &Context,
    aws: &AwsArgs,
    arguments: &SettingsArgs,
    format: SummaryFormat,
) -> Result<Exit, CommandError> {
    let ingested = ingest_settings(context, aws, arguments)?;
    ingested.say_failures();
    let summary = match format {
        SummaryFormat::Text => ingested.text(context),
        SummaryFormat::Json => ingested.json(context)?,
    };
    if arguments.save_settings.as_deref().is_some_and(|path| path.as_os_str() == "-") {
        // Standard output is the snapshot's.
        say(summary.trim_end());
    } else {
        to_stdout(|out| out.write_all(summary.as_bytes()))?;
    }
    Ok(ingested.exit())
}

/// Reads settings into the lake, and into a file where that was asked for.
///
/// # Errors
/// [`CommandError`] where nothing can go on: an unusable file, the lake. What AWS refuses is a failure of its
/// account and region.
pub fn ingest_settings(
    context: &Context,
    aws: &AwsArgs,
    arguments: &SettingsArgs,
) -> Result<Ingested, CommandError> {
    let mut ingested = Ingested::default();
    let mut read: Vec<Reading> = Vec::new();
    if let Some(path) = &arguments.settings {
        let snapshot = read_settings(path)?;
        for settings in snapshot.regions {
            read.push((None, snapshot.taken_at_ms, snapshot.confirmed_at_ms, settings));
        }
    } else {
        for target in targets(context, aws)? {
            match ask(&target) {
                Ok((_, settings)) if known(&read, &settings) => say(&format!(
                    "warning: {} is account {} in {} again: read once",
                    target.shown(),
                    settings.account,
                    settings.region
                )),
                Ok((aws, settings)) => read.push((Some(aws), context.clock_ms, None, settings)),
                Err(error) => ingested.failures.push(Failure { target: target.shown(), error }),
            }
        }
    }
    if read.is_empty() {
        return Ok(ingested);
    }
    if let Some(path) = &arguments.save_settings {
        let regions = read.iter().map(|(.., settings)| settings.clone()).collect();
        let text = Snapshot::new(context.clock_ms, regions)
            .to_json()
            .map_err(|error| CommandError::flag("--save-settings")(error.to_string()))?;
        if path.as_os_str() == "-" {
            to_stdout(|out| out.write_all(text.as_bytes()))?;
        } else {
            to_file(path, |out| out.write_all(text.as_bytes()))?;
        }
    }
    let shown = context.lake.display().to_string();
    let lake = WritableLake::open(&context.lake, || {
        say(&format!("waiting for another gwcost that writes to {shown}"));
    })?;
    for (aws, taken_at_ms, confirmed_at_ms, settings) in read {
        let outcome = lake.record_settings(taken_at_ms, settings.clone())?;
        if let Some(confirmed) = confirmed_at_ms {
            lake.record_settings(confirmed, settings.clone())?;
        }
        ingested.regions.push(Came { aws, taken_at_ms, settings, outcome });
    }
    Ok(ingested)
}

/// Who asked, when the settings were true, until when they were seen to be, and the settings.
type Reading = (Option<Arc<Aws>>, i64, Option<i64>, RegionSettings);

fn known(read: &[Reading], settings: &RegionSettings) -> bool {
    read.iter().any(|(.., known)| known.account == settings.account && known.region == settings.region)
}

/// Connects to an account and region, and looks whether it is the one that was meant.
pub fn connect(target: &Target) -> Result<(Arc<Aws>, String), CommandError> {
    let aws = Aws::connect(&target.options).map_err(refused)?;
    let account = aws.account_id().map_err(refused)?;
    if let Some(expected) = target.account.as_ref().filter(|expected| **expected != account) {
        return Err(CommandError::Usage(format!(
            "the credentials are those of account {account}, and gwcost.toml says {expected}: name another profile \
             or role there"
        )));
    }
    Ok((Arc::new(aws), account))
}

fn refused(error: AwsError) -> CommandError {
    CommandError::Source(SourceError::Aws(Box::new(error)))
}

/// Asks AWS for the settings of one account and region.
fn ask(target: &Target) -> Result<(Arc<Aws>, RegionSettings), CommandError> {
    let (aws, account) = connect(target)?;
    let settings = aws.settings(&account).map_err(refused)?;
    if settings.rest_apis.is_none() && settings.v2_apis.is_none() {
        // Kept, it would hide what an earlier reading found.
        return Err(refused(nothing(&account, settings)));
    }
    Ok((aws, settings))
}

/// Why no API could be read.
fn nothing(account: &str, settings: RegionSettings) -> AwsError {
    let resource = format!("the APIs of account {account} in {}", settings.region);
    match settings.missing.into_iter().find(|missing| missing.what.ends_with("APIs")) {
        Some(Missing { action, resource: arn, reason, .. }) if reason.starts_with("denied: ") => {
            AwsError::AccessDenied { action, resource, arn, message: reason }
        }
        missing => AwsError::Other {
            action: "apigateway:GET".to_owned(),
            resource,
            message: missing.map_or_else(|| "nothing could be read".to_owned(), |missing| missing.reason),
        },
    }
}

fn instant(ms: i64) -> String {
    Window { from_ms: ms, to_ms: ms }.from_rfc3339()
}

/// How many APIs of a kind there are; `None` where that is not known.
fn apis(settings: &RegionSettings, kind: ApiKind) -> Option<u64> {
    match kind {
        ApiKind::Rest => settings.rest_apis.as_ref().map(|apis| apis.len() as u64),
        kind => settings
            .v2_apis
            .as_deref()
            .map(|apis| apis.iter().filter(|api| api.kind() == Some(kind)).count() as u64),
    }
}

impl Ingested {
    /// Says on standard error which accounts and regions could not be read.
    pub fn say_failures(&self) {
        for failure in &self.failures {
            say(&inert(&format!("error: settings of {}: {}", failure.target, failure.error)));
        }
    }

    /// How the run ends: as its first failure does.
    pub fn exit(&self) -> Exit {
        self.failures.first().map_or(Exit::Done, |failure| failure.error.exit())
    }

    /// The summary for people.
    pub fn text(&self, context: &Context) -> String {
        let mut text = String::new();
        for came in &self.regions {
            for line in came.lines() {
                text += &inert(&line);
                text.push('\n');
            }
        }
        if !self.regions.is_empty() {
            let regions = counted(self.regions.len() as u64, "region");
            text += &format!("settings of {regions} into {}\n", context.lake.display());
        }
        text
    }

    /// The summary for programs.
    pub fn json(&self, context: &Context) -> Result<String, CommandError> {
        let figures = Figures {
            schema: SCHEMA,
            lake: context.lake.display().to_string(),
            regions: self.regions.iter().map(Region::of).collect(),
            failures: self
                .failures
                .iter()
                .map(|failure| Failed { target: &failure.target, reason: failure.error.to_string() })
                .collect(),
        };
        let text = serde_json::to_string(&figures).map_err(|error| CommandError::Output(error.into()))?;
        Ok(text + "\n")
    }
}

impl Came {
    fn lines(&self) -> Vec<String> {
        let settings = &self.settings;
        let outcome = match self.outcome {
            Outcome::First => "not known before".to_owned(),
            Outcome::Unchanged { since_ms } => format!("unchanged since {}", instant(since_ms)),
            Outcome::Changed { until_ms } => format!("changed since {}", instant(until_ms)),
        };
        let mut lines = vec![format!(
            "account {} in {} at {}: {outcome}",
            settings.account,
            settings.region,
            instant(self.taken_at_ms)
        )];
        let named = |kind, thing: &str| match apis(settings, kind) {
            Some(number) => counted(number, thing),
            None => format!("{thing}s unknown"),
        };
        let stages = settings.stages();
        let logged = stages.iter().filter(|stage| stage.access_log.is_some()).count();
        lines.push(format!(
            "  {}, {}, {}; {}, {logged} with an access log, {} without",
            named(ApiKind::Rest, "REST API"),
            named(ApiKind::Http, "HTTP API"),
            named(ApiKind::WebSocket, "WebSocket API"),
            counted(stages.len() as u64, "stage"),
            stages.len() - logged
        ));
        lines.extend(discover::lines(&discover([settings])).into_iter().map(|line| format!("  {line}")));
        for missing in &settings.missing {
            lines.push(format!(
                "  missing: {}: {} on {}: {}",
                missing.what, missing.action, missing.resource, missing.reason
            ));
        }
        lines
    }
}

/// The summary as programs read it.
#[derive(Serialize)]
struct Figures<'a> {
    schema: &'static str,
    lake: String,
    regions: Vec<Region<'a>>,
    failures: Vec<Failed<'a>>,
}

/// The settings of an account and region as programs read them.
#[derive(Serialize)]
pub struct Region<'a> {
    account: &'a str,
    region: &'a str,
    taken_at: String,
    outcome: &'static str,
    since: Option<String>,
    rest_apis: Option<u64>,
    http_apis: Option<u64>,
    websocket_apis: Option<u64>,
    stages: u64,
    #[serde(flatten)]
    found: Found,
    missing: &'a [Missing],
}

#[derive(Serialize)]
struct Failed<'a> {
    target: &'a str,
    reason: String,
}

impl<'a> Region<'a> {
    /// As programs read it.
    pub fn of(came: &'a Came) -> Region<'a> {
        let settings = &came.settings;
        let (outcome, since) = match came.outcome {
            Outcome::First => ("first", None),
            Outcome::Unchanged { since_ms } => ("unchanged", Some(instant(since_ms))),
            Outcome::Changed { until_ms } => ("changed", Some(instant(until_ms))),
        };
        Region {
            account: &settings.account,
            region: &settings.region,
            taken_at: instant(came.taken_at_ms),
            outcome,
            since,
            rest_apis: apis(settings, ApiKind::Rest),
            http_apis: apis(settings, ApiKind::Http),
            websocket_apis: apis(settings, ApiKind::WebSocket),
            stages: settings.stages().len() as u64,
            found: Found::of(&discover([settings])),
            missing: &settings.missing,
        }
    }
}
