//! Files and objects of S3 as jobs: how the lines of each are read, and what they do not say.

use std::fs;
use std::path::Path;

use gwcost_core::framing::Framing;
use gwcost_core::log_format::{Certainty, Preset, guess};
use gwcost_core::model::ApiKind;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::say;
use crate::cli::IngestArgs;
use crate::config::{ACCOUNT_SHAPE, SourceConfig, is_account};
use crate::ingest::{Job, LogFormat};
use crate::lake::Origin;
use crate::source::aws::AwsOptions;
use crate::source::{Input, Remote, expand, first_events};

/// Lines that a format is guessed by.
const LINES_TO_GUESS_BY: usize = 1000;

/// The jobs of the files, folders, globs and prefixes that were typed.
pub fn jobs(context: &Context, arguments: &IngestArgs, typed: &[String]) -> Result<Vec<Job>, CommandError> {
    let typed_format = typed_format(arguments)?;
    let typed_kind = arguments.api_kind.as_deref().map(str::parse::<ApiKind>).transpose()?;
    if let Some(account) = &arguments.account
        && !is_account(account)
    {
        let problem = format!("{account:?} is no account id: {ACCOUNT_SHAPE}");
        return Err(CommandError::Flag { flag: "--account", problem });
    }
    let window = arguments.window.is_given().then(|| context.window(&arguments.window)).transpose()?;
    let mut jobs = Vec::new();
    for input in expand(typed, &mut Remote::new(aws_options(arguments), window))? {
        let configured = match &input {
            Input::File(path) => context.config.source(path),
            Input::Stdin => context.config.source(Path::new("-")),
            Input::Object(object) => context.config.source(Path::new(&object.name())),
        };
        let format = match &typed_format {
            Some(format) => format.clone(),
            None => match configured_format(configured)? {
                Some(format) => format,
                None => guessed_format(&input)?.ok_or_else(|| no_format(&input))?,
            },
        };
        jobs.push(job(context, input, format, arguments, typed_kind, configured)?);
    }
    Ok(jobs)
}

/// Who asks AWS.
pub fn aws_options(arguments: &IngestArgs) -> AwsOptions {
    AwsOptions {
        profile: arguments.profile.clone(),
        role_arn: arguments.role_arn.clone(),
        ..AwsOptions::default()
    }
}

fn job(
    context: &Context,
    input: Input,
    format: LogFormat,
    arguments: &IngestArgs,
    typed_kind: Option<ApiKind>,
    configured: Option<&SourceConfig>,
) -> Result<Job, CommandError> {
    let name = input.name();
    let pick = |typed: &Option<String>, from_file: fn(&SourceConfig) -> &Option<String>| {
        typed.clone().or_else(|| configured.and_then(|source| from_file(source).clone()))
    };
    let origin = Origin {
        account: pick(&arguments.account, |source| &source.account),
        region: pick(&arguments.region, |source| &source.region),
        api: pick(&arguments.api, |source| &source.api),
        stage: pick(&arguments.stage, |source| &source.stage),
    };
    let mut missing = format.missing(&origin);
    let given_kind = typed_kind.or_else(|| configured.and_then(|source| source.api_kind));
    if let (Some(given), Some(of_preset)) = (given_kind, format.kind())
        && given != of_preset
    {
        let problem = format!("{name}: --api-kind {given} does not go with a preset for {of_preset} APIs");
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
    let framing = arguments.framing.as_deref().map(str::parse::<Framing>).transpose();
    let framing = framing.map_err(|error| CommandError::flag("--framing")(error.to_string()))?;
    let keep_ip = arguments.keep_ip || configured.is_some_and(|source| source.keep_ip);
    Ok(Job { input, format, origin, kind, keep_ip, framing, patterns: context.config.route_patterns() })
}

fn typed_format(arguments: &IngestArgs) -> Result<Option<LogFormat>, CommandError> {
    if let Some(preset) = &arguments.preset {
        return Ok(Some(LogFormat::preset(preset.parse::<Preset>()?)?));
    }
    if let Some(format) = &arguments.format_string {
        return Ok(Some(LogFormat::string(format)?));
    }
    if let Some(path) = &arguments.format_file {
        let text = read_format(path)?;
        return Ok(Some(LogFormat::string(&text)?));
    }
    Ok(None)
}

/// The text of a format file.
pub fn read_format(path: &Path) -> Result<String, CommandError> {
    let unreadable = |error| CommandError::flag("--format-file")(format!("{}: {error}", path.display()));
    fs::read_to_string(path).map_err(|error: std::io::Error| unreadable(error))
}

fn configured_format(source: Option<&SourceConfig>) -> Result<Option<LogFormat>, CommandError> {
    let Some(source) = source else { return Ok(None) };
    if let Some(preset) = source.preset {
        return Ok(Some(LogFormat::preset(preset)?));
    }
    Ok(source.format_string.as_deref().map(LogFormat::string).transpose()?)
}

/// The format that an input's first lines certainly have, if they leave no doubt.
fn guessed_format(input: &Input) -> Result<Option<LogFormat>, CommandError> {
    if *input == Input::Stdin {
        return Ok(None);
    }
    let lines = first_events(input, LINES_TO_GUESS_BY)?;
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let Ok(found) = guess(&lines) else { return Ok(None) };
    if found.certainty != Certainty::Certain || found.read < found.lines {
        return Ok(None);
    }
    let format = match found.presets.as_slice() {
        [preset] => LogFormat::preset(*preset)?,
        _ => LogFormat::string(&found.format)?,
    };
    say(&format!("{}: no format was given; its lines are certainly {}", input.name(), found.format));
    Ok(Some(format))
}

fn no_format(input: &Input) -> CommandError {
    CommandError::Usage(format!(
        "{0}: no log format, and its lines leave doubt: give --preset, --format-string or --format-file, or a \
         [[source]] in gwcost.toml that matches the file; `gwcost log-format guess {0}` proposes one",
        input.name()
    ))
}
