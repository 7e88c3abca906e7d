//! `gwcost ingest`: sorts what was typed by its scheme, has each kind read, prints the summary.

mod ask;
pub(super) mod discover;
mod estimate;
mod figures;
mod jobs;
mod logs;
mod manner;
pub mod metrics;
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
use crate::assets::Folder;
use crate::cli::{IngestArgs, SummaryFormat};
use crate::exit::Exit;
use crate::ingest::{Job, Manner, Options, Summary, run as ingest, run_logs};
use crate::lake::WritableLake;
use crate::source::aws::AwsOptions;
use crate::source::{Input, Remote};
use ask::Ask;
use figures::Figures;
use jobs::{Jobs, jobs};
use logs::Asked;
use manner::Typed;
pub use manner::read_format;

/// Runs `gwcost ingest`.
pub fn run(context: &Context, arguments: &IngestArgs) -> Result<Exit, CommandError> {
    if settings::wanted(arguments)? {
        return settings::run(context, &arguments.aws, &arguments.settings, arguments.format);
    }
    let started = Instant::now();
    let (mut files, mut groups) = (Vec::new(), Vec::new());
    for input in &arguments.inputs {
        match Ask::of(input) {
            Ask::Files(input) => files.push(input),
            Ask::LogGroup(input) => groups.push(input),
            Ask::Settings(input) | Ask::Metrics(input) => return Err(Ask::unread(&input)),
        }
    }
    let window = arguments.window.is_given().then(|| context.window(&arguments.window)).transpose()?;
    let mut remote = Remote::new(aws_options(arguments), window);
    if arguments.estimate {
        if let Some(other) = files.first() {
            let problem =
                format!("{other}: only what log groups take is estimated, as in logs:/aws/apigateway/orders");
            return Err(CommandError::flag("--estimate")(problem));
        }
        let asked = Asked::of(context, arguments, &groups, &mut remote)?;
        return estimate::run(context, &asked, arguments.format);
    }
    let typed = Typed::of(context, arguments)?;
    let Jobs { jobs, failures } = jobs(context, arguments, &typed, &files, &mut remote)?;
    let log_jobs = if groups.is_empty() {
        Vec::new()
    } else {
        Asked::of(context, arguments, &groups, &mut remote)?.jobs(context, &typed)?
    };
    let manners: Vec<&Manner> =
        jobs.iter().map(|job| &job.manner).chain(log_jobs.iter().flat_map(|job| &job.manners)).collect();
    for warning in warnings(&manners).into_iter().chain(unknown_regions(context, &manners)?) {
        say(&format!("warning: {warning}"));
    }
    let mut lake = open(context)?;
    let options = options(context, arguments.replace);
    let mut summary = Summary { failures, ..Summary::default() };
    if !jobs.is_empty() {
        let bar = Bar::new(total_bytes(&jobs));
        summary.add(ingest(&mut lake, jobs, &options, &bar)?);
    }
    if !log_jobs.is_empty() {
        summary.add(run_logs(&mut lake, log_jobs, &options, &Bar::of_hours())?);
    }
    for failure in &summary.failures {
        say(&format!("error: {}: {}", failure.name, failure.reason));
    }
    let figures = Figures::new(&summary, started.elapsed().as_secs_f64());
    match arguments.format {
        SummaryFormat::Json => to_stdout(|out| {
            serde_json::to_writer(&mut *out, &figures)?;
            out.write_all(b"\n")
        })?,
        SummaryFormat::Text => to_stdout(|out| out.write_all(figures.text(&context.lake).as_bytes()))?,
    }
    Ok(exit(&summary))
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

/// Who asks AWS: the one place that says so.
fn aws_options(arguments: &IngestArgs) -> AwsOptions {
    AwsOptions {
        profile: arguments.aws.profile.clone(),
        role_arn: arguments.aws.role_arn.clone(),
        ..AwsOptions::default()
    }
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
