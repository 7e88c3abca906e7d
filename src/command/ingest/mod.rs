//! `gwcost ingest`: sorts what was typed by its scheme, has each kind read, prints the summary.

mod ask;
mod figures;
mod jobs;

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
use crate::ingest::{Job, Options, Summary, run as ingest};
use crate::lake::WritableLake;
use crate::source::Input;
use ask::Ask;
use figures::Figures;
use jobs::jobs;
pub use jobs::read_format;

/// Runs `gwcost ingest`.
pub fn run(context: &Context, arguments: &IngestArgs) -> Result<Exit, CommandError> {
    let started = Instant::now();
    let mut files = Vec::new();
    for typed in &arguments.inputs {
        match Ask::of(typed) {
            Ask::Files(typed) => files.push(typed),
            Ask::LogGroup(typed) | Ask::Settings(typed) | Ask::Metrics(typed) => {
                return Err(Ask::unread(&typed));
            }
        }
    }
    let jobs = jobs(context, arguments, &files)?;
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
        SummaryFormat::Text => to_stdout(|out| out.write_all(figures.text(&context.lake).as_bytes()))?,
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
