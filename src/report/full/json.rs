//! The report as JSON: the documents of its parts, each with its own schema, under one roof.

use std::io;

use super::{Found, Report};
use crate::report::{advise, anomalies, cache, check, forecast, placement, throttle, waste};

/// The schema's name and version.
const SCHEMA: &str = "gwcost/report/1";

/// Writes the report as one JSON document and a line end. A part that could not be had is null, and `missing` says
/// why.
///
/// # Errors
/// What the writer answers.
pub fn json(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    write!(out, "{{\"schema\":\"{SCHEMA}\",\"version\":\"{}\"", env!("CARGO_PKG_VERSION"))?;
    text(out, "command", &report.made.command)?;
    text(out, "digest", &report.made.digest)?;
    text(out, "inputs", &report.made.inputs)?;
    document(out, "analysis", |out| crate::report::json::write(&report.analysis, out))?;
    let mut missing: Vec<(&str, &str)> = Vec::new();
    part(out, &mut missing, "compared", &report.before, |pair, out| {
        crate::report::json::write(&pair.now, out)
    })?;
    part(out, &mut missing, "before", &report.before, |pair, out| {
        crate::report::json::write(&pair.before, out)
    })?;
    part(out, &mut missing, "bill", &report.bill, |bill, out| crate::report::bill::json(bill, out))?;
    part(out, &mut missing, "checks", &report.checks, check::json)?;
    part(out, &mut missing, "throttle", &report.throttle, throttle::json)?;
    part(out, &mut missing, "cache", &report.cache, cache::json::write)?;
    match &report.outlook {
        Ok(all) => {
            part(out, &mut missing, "advice", &all.advice, advise::json)?;
            part(out, &mut missing, "waste", &all.waste, waste::json)?;
            part(out, &mut missing, "placement", &all.placement, placement::json)?;
            part(out, &mut missing, "anomalies", &all.anomalies, anomalies::json)?;
            part(out, &mut missing, "forecast", &all.forecast, forecast::json)?;
        }
        Err(reason) => missing.push(("advice, waste, placement, anomalies, forecast", reason)),
    }
    write!(out, ",\"missing\":{}}}", serde_json::to_string(&missing)?)?;
    out.write_all(b"\n")
}

fn text(out: &mut dyn io::Write, key: &str, value: &str) -> io::Result<()> {
    write!(out, ",\"{key}\":{}", serde_json::to_string(value)?)
}

/// A document of another schema, without its line end.
fn document(
    out: &mut dyn io::Write,
    key: &str,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    write!(out, ",\"{key}\":")?;
    out.write_all(bytes.trim_ascii_end())
}

fn part<'r, T>(
    out: &mut dyn io::Write,
    missing: &mut Vec<(&'static str, &'r str)>,
    key: &'static str,
    found: &'r Found<T>,
    write: impl FnOnce(&T, &mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    match found {
        Ok(found) => document(out, key, |out| write(found, out)),
        Err(reason) => {
            missing.push((key, reason));
            write!(out, ",\"{key}\":null")
        }
    }
}
