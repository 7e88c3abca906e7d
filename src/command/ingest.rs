//! `gwcost ingest`: decides how each input is read, runs the threads, prints the summary.

pub(super) mod discover;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::time::Instant;

use gwcost_core::framing::Framing;
use gwcost_core::log_format::{Certainty, Preset, guess};
use gwcost_core::model::ApiKind;
use gwcost_core::text::did_you_mean;
use serde::Serialize;

use super::CommandError;
use super::context::Context;
use super::output::{say, to_stdout};
use super::progress::Bar;
use crate::assets::Folder;
use crate::cli::{IngestArgs, SummaryFormat};
use crate::config::{ACCOUNT_SHAPE, SourceConfig, is_account};
use crate::exit::Exit;
use crate::ingest::{Job, LogFormat, Options, Summary, run as ingest};
use crate::lake::{Origin, WritableLake};
use crate::source::aws::AwsOptions;
use crate::source::{Input, Remote, expand, first_events};

/// The summary's shape for programs.
const SCHEMA: &str = "gwcost/ingest/1";

/// Lines that a format is guessed by.
const LINES_TO_GUESS_BY: usize = 1000;

/// Reasons of rejects that the summary for people names.
const REASONS_SHOWN: usize = 5;

/// Runs `gwcost ingest`.
pub fn run(context: &Context, arguments: &IngestArgs) -> Result<Exit, CommandError> {
    if settings::wanted(arguments)? {
        return settings::run(context, &arguments.aws, &arguments.settings, arguments.format);
    }
    let started = Instant::now();
    let jobs = jobs(context, arguments)?;
    for warning in warnings(&jobs).into_iter().chain(unknown_regions(context, &jobs)?) {
        say(&format!("warning: {warning}"));
    }
    let summary = ingest_jobs(context, jobs, arguments.replace)?;
    for failure in &summary.failures {
        say(&format!("error: {}: {}", failure.name, failure.reason));
    }
    let figures = Figures::new(&summary, started.elapsed().as_secs_f64());
    match arguments.format {
        SummaryFormat::Json => to_stdout(|out| {
            serde_json::to_writer(&mut *out, &figures)?;
            out.write_all(b"\n")
        })?,
        SummaryFormat::Text => to_stdout(|out| out.write_all(figures.text(context).as_bytes()))?,
    }
    Ok(if summary.failures.is_empty() { Exit::Done } else { Exit::Input })
}

/// Reads jobs into the lake with a progress bar.
pub fn ingest_jobs(context: &Context, jobs: Vec<Job>, replace: bool) -> Result<Summary, CommandError> {
    let bar = Bar::new(total_bytes(&jobs));
    let lake = context.lake.display().to_string();
    let mut lake = WritableLake::open(&context.lake, || {
        say(&format!("waiting for another gwcost that writes to {lake}"));
    })?;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let options =
        Options { workers: u32::try_from(threads).unwrap_or(1).min(64), replace, written_at: context.now() };
    Ok(ingest(&mut lake, jobs, &options, &bar)?)
}

fn total_bytes(jobs: &[Job]) -> Option<u64> {
    jobs.iter()
        .map(|job| match &job.input {
            Input::Stdin => None,
            Input::File(path) => fs::metadata(path).ok().map(|data| data.len()),
            Input::Object(object) => Some(object.bytes()),
        })
        .sum()
}

fn warnings(jobs: &[Job]) -> Vec<String> {
    let mut warnings: Vec<String> = jobs.iter().flat_map(|job| job.format.warnings()).cloned().collect();
    warnings.sort();
    warnings.dedup();
    warnings
}

/// A sentence for each region that no rate card knows: more likely mistyped than new.
fn unknown_regions(context: &Context, jobs: &[Job]) -> Result<Vec<String>, CommandError> {
    let cards = context.assets.all(Folder::Pricing)?;
    let known: Vec<&str> = cards.iter().filter_map(|card| card.name.strip_suffix(".toml")).collect();
    let typed: BTreeSet<&str> = jobs.iter().filter_map(|job| job.origin.region.as_deref()).collect();
    let unknown = typed.into_iter().filter(|region| !known.contains(region));
    Ok(unknown
        .map(|region| {
            let hint = did_you_mean(region, known.iter().copied());
            format!("no rate card for region {region:?}: its requests will have no price{hint}")
        })
        .collect())
}

fn jobs(context: &Context, arguments: &IngestArgs) -> Result<Vec<Job>, CommandError> {
    let typed_format = typed_format(arguments)?;
    let typed_kind = arguments.api_kind.as_deref().map(str::parse::<ApiKind>).transpose()?;
    if let Some(account) = &arguments.account
        && !is_account(account)
    {
        let problem = format!("{account:?} is no account id: {ACCOUNT_SHAPE}");
        return Err(CommandError::Flag { flag: "--account", problem });
    }
    let options = AwsOptions {
        profile: arguments.aws.profile.clone(),
        role_arn: arguments.aws.role_arn.clone(),
        ..AwsOptions::default()
    };
    let window = arguments.window.is_given().then(|| context.window(&arguments.window)).transpose()?;
    let mut jobs = Vec::new();
    for input in expand(&arguments.inputs, &mut Remote::new(options, window))? {
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

/// The summary as programs read it.
#[derive(Serialize)]
struct Figures {
    schema: &'static str,
    units: u64,
    units_skipped: u64,
    units_replaced: u64,
    units_failed: u64,
    lines: u64,
    rows: u64,
    rejects: u64,
    duplicates: u64,
    possible_duplicates: u64,
    tolerant_lines: u64,
    bytes_in: u64,
    seconds: f64,
    reject_reasons: BTreeMap<String, u64>,
}

impl Figures {
    fn new(summary: &Summary, seconds: f64) -> Figures {
        let sum = |figure: fn(&crate::lake::UnitRecord) -> u64| summary.units.iter().map(figure).sum();
        let mut reasons = BTreeMap::new();
        for (reason, count) in summary.units.iter().flat_map(|unit| &unit.reject_reasons) {
            *reasons.entry(reason.clone()).or_default() += count;
        }
        Figures {
            schema: SCHEMA,
            units: summary.units.len() as u64,
            units_skipped: summary.skipped,
            units_replaced: summary.replaced,
            units_failed: summary.failures.len() as u64,
            lines: sum(|unit| unit.lines),
            rows: sum(|unit| unit.rows),
            rejects: sum(|unit| unit.rejects),
            duplicates: sum(|unit| unit.duplicates),
            possible_duplicates: sum(|unit| unit.possible_duplicates),
            tolerant_lines: sum(|unit| unit.tolerant),
            bytes_in: summary.bytes_in,
            seconds: (seconds * 1000.0).round() / 1000.0,
            reject_reasons: reasons,
        }
    }

    fn text(&self, context: &Context) -> String {
        use crate::report::{bytes, counted};
        let mut text = format!(
            "{} from {} in {} ({}) into {}, {:.1} s\n",
            counted(self.rows, "row"),
            counted(self.lines, "line"),
            counted(self.units, "unit"),
            bytes(self.bytes_in),
            context.lake.display(),
            self.seconds
        );
        let remark = |figure: u64, thing: &str, what: &str| match figure {
            0 => String::new(),
            figure => format!("{} {what}\n", counted(figure, thing)),
        };
        text += &remark(self.units_skipped, "unit", "skipped: the lake holds the same already");
        text += &remark(self.units_replaced, "unit", "replaced by a newer reading");
        text += &remark(self.units_failed, "unit", "failed: see the errors above");
        text += &remark(self.rejects, "line", "rejected, kept in rejects/ with the reason:");
        let mut reasons: Vec<(&String, &u64)> = self.reject_reasons.iter().collect();
        reasons.sort_by(|one, other| other.1.cmp(one.1));
        for (reason, count) in reasons.into_iter().take(REASONS_SHOWN) {
            text += &format!("  {}: {reason}\n", counted(*count, "line"));
        }
        text += &remark(self.duplicates, "duplicate", "left out");
        text += &remark(self.possible_duplicates, "possible duplicate", "kept: equal lines without an id");
        text += &remark(
            self.tolerant_lines,
            "line",
            "read the tolerant way: not exactly as the format prints them",
        );
        text
    }
}
