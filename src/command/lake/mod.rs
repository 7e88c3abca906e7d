//! `gwcost lake`: what the lake holds, whether it is whole, and what is to become of it.

mod compact;
mod forget;
mod list;
mod upgrade;
mod verify;

use gwcost_core::model::{DAY_MS, Window, parse_instant};
use serde::Serialize;

use super::CommandError;
use super::context::Context;
use super::output::{say, to_stdout};
use crate::cli::{LakeArgs, LakeCommand};
use crate::exit::Exit;
use crate::lake::{Lake, WritableLake};

/// Runs `gwcost lake`.
pub fn run(context: &Context, arguments: &LakeArgs) -> Result<Exit, CommandError> {
    match &arguments.command {
        LakeCommand::List(arguments) => list::run(context, arguments),
        LakeCommand::Verify { format } => verify::run(context, *format),
        LakeCommand::Compact(arguments) => compact::run(context, arguments),
        LakeCommand::Forget(arguments) => forget::run(context, arguments),
        LakeCommand::Upgrade { format } => upgrade::run(context, *format),
    }
}

/// The lake with the right to write; one that is not there is not made.
fn writable(context: &Context) -> Result<WritableLake, CommandError> {
    drop(Lake::open(&context.lake)?);
    let shown = context.lake.display().to_string();
    Ok(WritableLake::open(&context.lake, || {
        say(&format!("waiting for another gwcost that writes to {shown}"));
    })?)
}

/// The day of a date, counted from 1970-01-01.
fn day(flag: &'static str, typed: &str) -> Result<i64, CommandError> {
    let midnight = parse_instant(typed).ok().filter(|_| typed.len() == "2026-10-31".len());
    midnight.map(|ms| ms.div_euclid(DAY_MS)).ok_or_else(|| CommandError::Flag {
        flag,
        problem: format!("{typed:?} is no day: expected a date in UTC, as in 2026-10-31"),
    })
}

/// An instant as RFC 3339.
fn instant(ms: i64) -> String {
    Window { from_ms: ms, to_ms: ms }.from_rfc3339()
}

fn print_text(text: &str) -> Result<(), CommandError> {
    to_stdout(|out| out.write_all(text.as_bytes()))
}

fn print_json(figures: &impl Serialize) -> Result<(), CommandError> {
    to_stdout(|out| {
        serde_json::to_writer(&mut *out, figures)?;
        out.write_all(b"\n")
    })
}
