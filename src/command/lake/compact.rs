//! `gwcost lake compact`: which days are closed, and what became of their files.

use std::time::Instant;

use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::{day, print_json, print_text, writable};
use crate::cli::{LakeCompactArgs, SummaryFormat};
use crate::exit::Exit;
use crate::lake::{Compacted, Lake, closed_before, compact, to_compact};
use crate::report::{bytes, counted};

/// The summary's shape for programs.
const SCHEMA: &str = "gwcost/lake-compact/1";

/// Runs `gwcost lake compact`.
pub fn run(context: &Context, arguments: &LakeCompactArgs) -> Result<Exit, CommandError> {
    let started = Instant::now();
    let typed = arguments.before.as_deref().map(|typed| day("--before", typed)).transpose()?;
    let closed = closed_before(context.now_ms);
    let before = typed.map_or(closed, |typed| typed.min(closed));
    let done = if arguments.dry_run {
        to_compact(Lake::open(&context.lake)?.records(), before)
    } else {
        compact(&mut writable(context)?, before, &context.now())?
    };
    let seconds = started.elapsed().as_secs_f64();
    match arguments.format {
        SummaryFormat::Json => print_json(&Figures::of(&done, arguments.dry_run, seconds))?,
        SummaryFormat::Text => print_text(&text(&done, arguments.dry_run, seconds))?,
    }
    Ok(Exit::Done)
}

fn text(done: &Compacted, dry_run: bool, seconds: f64) -> String {
    let (days, before) = (counted(done.days, "day"), counted(done.files_before, "file"));
    let (from, rows) = (bytes(done.bytes_before), counted(done.rows, "row"));
    if done.days == 0 {
        return "nothing to do: no closed day has files that would be better merged\n".to_owned();
    }
    if dry_run {
        return format!("{before} ({from}) of {days} would be merged: {rows}\n");
    }
    let after = counted(done.files_after, "file");
    let to = bytes(done.bytes_after);
    let mut text = format!("{before} ({from}) of {days} became {after} ({to}): {rows}, {seconds:.1} s\n");
    if done.duplicates > 0 {
        text += &format!("{} left out\n", counted(done.duplicates, "duplicate"));
    }
    text
}

/// The summary as programs read it; `null` is what only a real run can know.
#[derive(Serialize)]
struct Figures {
    schema: &'static str,
    dry_run: bool,
    days: u64,
    files_before: u64,
    files_after: Option<u64>,
    bytes_before: u64,
    bytes_after: Option<u64>,
    rows: u64,
    duplicates: Option<u64>,
    seconds: f64,
}

impl Figures {
    fn of(done: &Compacted, dry_run: bool, seconds: f64) -> Figures {
        Figures {
            schema: SCHEMA,
            dry_run,
            days: done.days,
            files_before: done.files_before,
            files_after: (!dry_run).then_some(done.files_after),
            bytes_before: done.bytes_before,
            bytes_after: (!dry_run).then_some(done.bytes_after),
            rows: done.rows,
            duplicates: (!dry_run).then_some(done.duplicates),
            seconds: (seconds * 1000.0).round() / 1000.0,
        }
    }
}
