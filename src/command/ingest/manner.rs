//! How lines are read, as typed and as configured: the same for files and for log groups.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use gwcost_core::discovery::Candidate;
use gwcost_core::log_format::{Certainty, Preset, guess, with_principal};
use gwcost_core::model::{ApiKind, ApiPatterns};

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::say;
use crate::cli::IngestArgs;
use crate::config::{ACCOUNT_SHAPE, SourceConfig, is_account};
use crate::ingest::{LogFormat, Manner};
use crate::lake::Origin;

/// Lines that a format is guessed by.
pub const LINES_TO_GUESS_BY: usize = 1000;

/// What was typed about how lines are read.
pub struct Typed {
    format: Option<LogFormat>,
    kind: Option<ApiKind>,
    origin: Origin,
    keep_ip: bool,
    patterns: Arc<ApiPatterns>,
    /// The variable that names who called.
    principal: Option<String>,
}

impl Typed {
    /// What the arguments say.
    pub fn of(context: &Context, arguments: &IngestArgs) -> Result<Typed, CommandError> {
        if let Some(account) = &arguments.account
            && !is_account(account)
        {
            let problem = format!("{account:?} is no account id: {ACCOUNT_SHAPE}");
            return Err(CommandError::Flag { flag: "--account", problem });
        }
        let clients = context.config.clients.as_ref();
        let principal = clients.and_then(|clients| clients.principal.clone());
        Ok(Typed {
            format: typed_format(arguments, principal.as_deref())?,
            kind: arguments.api_kind.as_deref().map(str::parse::<ApiKind>).transpose()?,
            origin: Origin {
                account: arguments.account.clone(),
                region: arguments.region.clone(),
                api: arguments.api.clone(),
                stage: arguments.stage.clone(),
            },
            keep_ip: arguments.keep_ip,
            patterns: context.config.route_patterns(),
            principal,
        })
    }

    /// How lines of a format are read that the settings of some stages name.
    pub fn discovered(&self, candidate: &Candidate) -> Result<Manner, CommandError> {
        Ok(Manner {
            format: string(&candidate.format, self.principal.as_deref())?,
            origin: Origin {
                account: Some(candidate.account.clone()),
                region: Some(candidate.region.clone()),
                api: candidate.api.clone(),
                stage: candidate.stage.clone(),
            },
            kind: candidate.kind,
            keep_ip: self.keep_ip,
            patterns: Arc::clone(&self.patterns),
            bound: true,
        })
    }

    /// The format that was typed, else the one that is configured.
    pub fn format(&self, configured: Option<&SourceConfig>) -> Result<Option<LogFormat>, CommandError> {
        if self.format.is_some() {
            return Ok(self.format.clone());
        }
        let Some(source) = configured else { return Ok(None) };
        if let Some(preset) = source.preset {
            return Ok(Some(LogFormat::preset(preset)?));
        }
        let read = |format| string(format, self.principal.as_deref());
        source.format_string.as_deref().map(read).transpose()
    }

    /// How the lines of an input are read. What nobody typed or configured, and its lines do not say, is as in
    /// `implied`.
    pub fn manner(
        &self,
        name: &str,
        format: LogFormat,
        configured: Option<&SourceConfig>,
        implied: Origin,
    ) -> Result<Manner, CommandError> {
        let pick = |typed: &Option<String>,
                    from_file: fn(&SourceConfig) -> &Option<String>,
                    implied: Option<String>| {
            typed.clone().or_else(|| configured.and_then(|source| from_file(source).clone())).or(implied)
        };
        let origin = Origin {
            account: pick(&self.origin.account, |source| &source.account, implied.account),
            region: pick(&self.origin.region, |source| &source.region, implied.region),
            api: pick(&self.origin.api, |source| &source.api, implied.api),
            stage: pick(&self.origin.stage, |source| &source.stage, implied.stage),
        };
        let mut missing = format.missing(&origin);
        let given_kind = self.kind.or_else(|| configured.and_then(|source| source.api_kind));
        if let (Some(given), Some(of_preset)) = (given_kind, format.kind())
            && given != of_preset
        {
            let problem =
                format!("{name}: --api-kind {given} does not go with a preset for {of_preset} APIs");
            return Err(CommandError::Usage(problem));
        }
        let kind = given_kind.or(format.kind());
        if kind.is_none() {
            missing.push("--api-kind");
        }
        let Some(kind) = kind.filter(|_| missing.is_empty()) else {
            return Err(CommandError::Usage(format!(
                "{name}: its lines do not say everything: add {} (or set it in a [[source]] of gwcost.toml)",
                missing.join(", ")
            )));
        };
        let keep_ip = self.keep_ip || configured.is_some_and(|source| source.keep_ip);
        let patterns = Arc::clone(&self.patterns);
        Ok(Manner { format, origin, kind, keep_ip, patterns, bound: false })
    }
}

/// A format string, with the variable that names who called.
fn string(format: &str, principal: Option<&str>) -> Result<LogFormat, CommandError> {
    Ok(match principal {
        Some(variable) => LogFormat::string(&with_principal(format, variable))?,
        None => LogFormat::string(format)?,
    })
}

fn typed_format(arguments: &IngestArgs, principal: Option<&str>) -> Result<Option<LogFormat>, CommandError> {
    if let Some(preset) = &arguments.preset {
        return Ok(Some(LogFormat::preset(preset.parse::<Preset>()?)?));
    }
    if let Some(format) = &arguments.format_string {
        return Ok(Some(string(format, principal)?));
    }
    if let Some(path) = &arguments.format_file {
        let text = read_format(path)?;
        return Ok(Some(string(&text, principal)?));
    }
    Ok(None)
}

/// The text of a format file.
pub fn read_format(path: &Path) -> Result<String, CommandError> {
    let unreadable = |error| CommandError::flag("--format-file")(format!("{}: {error}", path.display()));
    fs::read_to_string(path).map_err(|error: std::io::Error| unreadable(error))
}

/// The format that the first lines of an input certainly have, if they leave no doubt.
pub fn guessed(name: &str, lines: &[String]) -> Result<Option<LogFormat>, CommandError> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let Ok(found) = guess(&lines) else { return Ok(None) };
    if found.certainty != Certainty::Certain || found.read < found.lines {
        return Ok(None);
    }
    let format = match found.presets.as_slice() {
        [preset] => LogFormat::preset(*preset)?,
        _ => LogFormat::string(&found.format)?,
    };
    say(&format!("{name}: no format was given; its lines are certainly {}", found.format));
    Ok(Some(format))
}
