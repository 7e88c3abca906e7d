//! `gwcost lake verify`: everything read again, and what is wrong with it.

use std::num::NonZero;

use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::{print_json, print_text};
use crate::cli::SummaryFormat;
use crate::exit::Exit;
use crate::lake::{Finding, Verified, verify};
use crate::report::{bytes, counted, inert};

/// The answer's shape for programs.
const SCHEMA: &str = "gwcost/lake-verify/1";

/// Runs `gwcost lake verify`.
pub fn run(context: &Context, format: SummaryFormat) -> Result<Exit, CommandError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let verified = verify(&context.lake, threads)?;
    match format {
        SummaryFormat::Json => print_json(&Figures::of(&verified))?,
        SummaryFormat::Text => print_text(&text(context, &verified))?,
    }
    Ok(if verified.findings.is_empty() { Exit::Done } else { Exit::Input })
}

fn text(context: &Context, verified: &Verified) -> String {
    let mut text = format!(
        "{} and {} of {} read again from {} ({}) of {} in {}\n",
        counted(verified.rows, "row"),
        counted(verified.rejects, "reject"),
        counted(verified.units, "unit"),
        counted(verified.files, "file"),
        bytes(verified.bytes),
        counted(verified.records, "record"),
        context.lake.display()
    );
    if verified.settings > 0 {
        text += &format!("{} of settings read again\n", counted(verified.settings, "snapshot"));
    }
    for id in &verified.unfinished {
        text += &format!(
            "note: the commit {id} was interrupted or goes on right now: the next command that writes ends it\n"
        );
    }
    for finding in &verified.findings {
        text += &inert(&sentence(finding));
        text.push('\n');
    }
    text += &match verified.findings.len() as u64 {
        0 => "nothing is wrong\n".to_owned(),
        findings => format!("{} in all\n", counted(findings, "finding")),
    };
    text
}

fn sentence(finding: &Finding) -> String {
    let unit = finding.unit.map(|unit| match &finding.source {
        Some(source) => format!("unit {unit} ({source})"),
        None => format!("unit {unit}"),
    });
    let place: Vec<String> = finding.file.clone().into_iter().chain(unit).collect();
    format!("wrong: {}: {}", place.join(", "), finding.says)
}

/// The answer as programs read it.
#[derive(Serialize)]
struct Figures<'a> {
    schema: &'static str,
    records: u64,
    units: u64,
    files: u64,
    file_bytes: u64,
    rows: u64,
    rejects: u64,
    settings: u64,
    unfinished: &'a [String],
    findings: Vec<Wrong<'a>>,
}

#[derive(Serialize)]
struct Wrong<'a> {
    kind: &'static str,
    file: Option<&'a str>,
    unit: Option<i64>,
    source: Option<&'a str>,
    says: &'a str,
}

impl<'a> Figures<'a> {
    fn of(verified: &'a Verified) -> Figures<'a> {
        let findings = verified.findings.iter().map(|finding| Wrong {
            kind: finding.kind.name(),
            file: finding.file.as_deref(),
            unit: finding.unit,
            source: finding.source.as_deref(),
            says: &finding.says,
        });
        Figures {
            schema: SCHEMA,
            records: verified.records,
            units: verified.units,
            files: verified.files,
            file_bytes: verified.bytes,
            rows: verified.rows,
            rejects: verified.rejects,
            settings: verified.settings,
            unfinished: &verified.unfinished,
            findings: findings.collect(),
        }
    }
}
