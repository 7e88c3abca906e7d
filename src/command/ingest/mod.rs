//! `gwcost ingest`: sorts what was typed by its scheme, has each kind read, prints the summary.

mod ask;
mod asked;
pub(super) mod discover;
mod estimate;
mod figures;
mod jobs;
mod logs;
mod manner;
pub mod metrics;
mod places;
mod settings;

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZero;
use std::time::Instant;

use gwcost_core::text::did_you_mean;

use super::CommandError;
use super::context::Context;
use super::output::{say, to_stdout};
use super::progress::Bar;
use super::targets::one_target;
use crate::assets::Folder;
use crate::cli::{IngestArgs, SummaryFormat};
use crate::exit::Exit;
use crate::ingest::{Job, Manner, Options, Summary, run as ingest, run_logs};
use crate::lake::WritableLake;
use crate::source::aws::AwsOptions;
use crate::source::{Input, Remote};
use asked::Asked;
use figures::Figures;
use jobs::{Jobs, jobs};
use logs::Found;
use manner::Typed;
pub use manner::read_format;
use places::{MetricsOf, Named, Place};
use settings::ingest_settings;

/// Runs `gwcost ingest`.
pub fn run(context: &Context, arguments: &IngestArgs) -> Result<Exit, CommandError> {
    let started = Instant::now();
    let asked = Asked::of(arguments)?;
    if asked.is_of_settings_alone() {
        return settings::run(context, &arguments.aws, &arguments.settings, arguments.format);
    }
    if arguments.estimate
        && let Some(other) = asked.files.first()
    {
        let problem = format!(
            "{other}: only what log groups and metrics take is estimated, as in logs:/aws/apigateway/orders"
        );
        return Err(CommandError::flag("--estimate")(problem));
    }
    let mut summary = Summary::default();
    let ingested = if asked.settings {
        let ingested = ingest_settings(context, &arguments.aws, &arguments.settings)?;
        ingested.say_failures();
        Some(ingested)
    } else {
        None
    };
    let places = match &ingested {
        Some(ingested) => Place::of_read(ingested),
        None if asked.metrics => {
            let (places, failures) = Place::of_lake(context, arguments)?;
            summary.failures.extend(failures);
            places
        }
        None => Vec::new(),
    };
    let mut discovered = Vec::new();
    if asked.discover {
        let (found, failures) = places::log_groups(context, arguments, &places)?;
        discovered = found;
        summary.failures.extend(failures);
    }
    let window = arguments.window.is_given().then(|| context.window(&arguments.window)).transpose()?;
    let mut remote = Remote::new(who(context, arguments, &asked)?, window);
    if arguments.estimate {
        return estimate(context, arguments, &asked, &mut remote, discovered, &places, summary);
    }
    let typed = Typed::of(context, arguments)?;
    let Jobs { jobs, failures } = jobs(context, arguments, &typed, &asked.files, &mut remote)?;
    summary.failures.extend(failures);
    let mut log_jobs = places::log_jobs(&typed, discovered, &mut summary.failures)?;
    if !asked.groups.is_empty() {
        log_jobs.extend(Found::of(context, arguments, &asked.groups, &mut remote)?.jobs(context, &typed)?);
    }
    let manners: Vec<&Manner> =
        jobs.iter().map(|job| &job.manner).chain(log_jobs.iter().flat_map(|job| &job.manners)).collect();
    for warning in warnings(&manners).into_iter().chain(unknown_regions(context, &manners)?) {
        say(&format!("warning: {warning}"));
    }
    let mut lake = open(context)?;
    let options = options(context, arguments.replace);
    if !jobs.is_empty() {
        let bar = Bar::new(total_bytes(&jobs));
        summary.add(ingest(&mut lake, jobs, &options, &bar)?);
    }
    if !log_jobs.is_empty() {
        summary.add(run_logs(&mut lake, log_jobs, &options, &Bar::of_hours())?);
    }
    let metrics = if asked.metrics {
        places::read_metrics(context, arguments, &mut lake, &places, &mut summary.failures)?
    } else {
        Vec::new()
    };
    say_failures(&summary);
    let figures = Figures::new(&summary, started.elapsed().as_secs_f64()).with(ingested.as_ref(), &metrics);
    match arguments.format {
        SummaryFormat::Json => to_stdout(|out| {
            serde_json::to_writer(&mut *out, &figures)?;
            out.write_all(b"\n")
        })?,
        SummaryFormat::Text => {
            let mut text = ingested.as_ref().map_or_else(String::new, |ingested| ingested.text(context));
            if asked.has_logs() {
                text += &figures.text(&context.lake);
            }
            text.extend(metrics.iter().map(MetricsOf::text));
            to_stdout(|out| out.write_all(text.as_bytes()))?;
        }
    }
    Ok(worse(ingested.map_or(Exit::Done, |ingested| ingested.exit()), exit(&summary)))
}

/// Says what reading log groups and metrics would take.
fn estimate(
    context: &Context,
    arguments: &IngestArgs,
    asked: &Asked,
    remote: &mut Remote,
    discovered: Vec<Named>,
    places: &[Place],
    summary: Summary,
) -> Result<Exit, CommandError> {
    let mut found: Vec<Found> = discovered.into_iter().map(|named| named.found).collect();
    if !asked.groups.is_empty() {
        found.push(Found::of(context, arguments, &asked.groups, remote)?);
    }
    say_failures(&summary);
    let done = estimate::run(context, arguments, &found, if asked.metrics { places } else { &[] })?;
    Ok(worse(done, exit(&summary)))
}

fn say_failures(summary: &Summary) {
    for failure in &summary.failures {
        say(&format!("error: {}: {}", failure.name, failure.reason));
    }
}

/// What failures mean for scripts: that AWS refused is said before all else, because that can be mended.
fn exit(summary: &Summary) -> Exit {
    if summary.failures.iter().any(|failure| failure.refused) {
        Exit::Refused
    } else if summary.failures.is_empty() {
        Exit::Done
    } else {
        Exit::Input
    }
}

/// Of two ends the one that has to be told.
fn worse(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (Exit::Refused, _) | (_, Exit::Refused) => Exit::Refused,
        (Exit::Done, other) => other,
        (one, _) => one,
    }
}

/// Who asks AWS for what was typed by name. Only prefixes of S3 and log groups need to know it.
fn who(context: &Context, arguments: &IngestArgs, asked: &Asked) -> Result<AwsOptions, CommandError> {
    let of_s3 = asked.files.iter().any(|file| file.starts_with("s3://"));
    if !of_s3 && asked.groups.is_empty() {
        return Ok(AwsOptions::default());
    }
    // A bucket is found from any region, and an ARN says its own.
    let region_matters = asked.groups.iter().any(|group| !group.contains("arn:"));
    one_target(context, &arguments.aws, region_matters)
}

/// Reads jobs into the lake with a progress bar.
pub fn ingest_jobs(context: &Context, jobs: Vec<Job>, replace: bool) -> Result<Summary, CommandError> {
    let bar = Bar::new(total_bytes(&jobs));
    Ok(ingest(&mut open(context)?, jobs, &options(context, replace), &bar)?)
}

fn open(context: &Context) -> Result<WritableLake, CommandError> {
    let lake = context.lake.display().to_string();
    Ok(WritableLake::open(&context.lake, || {
        say(&format!("waiting for another gwcost that writes to {lake}"));
    })?)
}

fn options(context: &Context, replace: bool) -> Options {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    Options { workers: u32::try_from(threads).unwrap_or(1).min(64), replace, written_at: context.now() }
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

fn warnings(manners: &[&Manner]) -> Vec<String> {
    let mut warnings: Vec<String> =
        manners.iter().flat_map(|manner| manner.format.warnings()).cloned().collect();
    warnings.sort();
    warnings.dedup();
    warnings
}

/// A sentence for each region that no rate card knows: more likely mistyped than new.
fn unknown_regions(context: &Context, manners: &[&Manner]) -> Result<Vec<String>, CommandError> {
    let cards = context.assets.all(Folder::Pricing)?;
    let known: Vec<&str> = cards.iter().filter_map(|card| card.name.strip_suffix(".toml")).collect();
    let typed: BTreeSet<&str> = manners.iter().filter_map(|manner| manner.origin.region.as_deref()).collect();
    let unknown = typed.into_iter().filter(|region| !known.contains(region));
    Ok(unknown
        .map(|region| {
            let hint = did_you_mean(region, known.iter().copied());
            format!("no rate card for region {region:?}: its requests will have no price{hint}")
        })
        .collect())
}
