//! `gwcost lake upgrade`: what version everything has, and what is to be done about it.

use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::{print_json, print_text};
use crate::cli::SummaryFormat;
use crate::exit::Exit;
use crate::lake::{Lake, SCHEMA_VERSION, versions};
use crate::report::counted;

/// The summary's shape for programs.
const SCHEMA: &str = "gwcost/lake-upgrade/1";

/// Runs `gwcost lake upgrade`.
pub fn run(context: &Context, format: SummaryFormat) -> Result<Exit, CommandError> {
    let looked = versions(&Lake::open(&context.lake)?)?;
    match format {
        SummaryFormat::Json => print_json(&Figures {
            schema: SCHEMA,
            schema_version: SCHEMA_VERSION,
            records: looked.records,
            files: looked.files,
            upgraded: 0,
        })?,
        SummaryFormat::Text => print_text(&format!(
            "nothing to do: {} and {} have schema version {SCHEMA_VERSION}, the current one\n",
            counted(looked.records, "record"),
            counted(looked.files, "file")
        ))?,
    }
    Ok(Exit::Done)
}

/// The summary as programs read it.
#[derive(Serialize)]
struct Figures {
    schema: &'static str,
    schema_version: u32,
    records: u64,
    files: u64,
    upgraded: u64,
}
