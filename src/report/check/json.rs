//! Checks as JSON.

use std::io;

use serde::Serialize;

use crate::analysis::{GateAnalysis, GateResult};

/// The schema's name and version.
const SCHEMA: &str = "gwcost/check/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    window: Span,
    currency: &'a str,
    requests: u64,
    failed: bool,
    window_problem: Option<&'a str>,
    checks: Vec<Check<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Span {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Check<'a> {
    rule: &'a str,
    measure: &'static str,
    subject: &'a str,
    outcome: &'static str,
    found: Option<String>,
    limit: String,
    side: &'static str,
    reason: Option<&'a str>,
    sentence: String,
}

/// Writes the checks as one JSON document and a line end.
///
/// # Errors
/// What the writer answers.
pub fn json(answer: &GateAnalysis, out: &mut dyn io::Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        window: Span { from: answer.window.from_rfc3339(), to: answer.window.to_rfc3339() },
        currency: &answer.currency,
        requests: answer.requests,
        failed: answer.fails(),
        window_problem: answer.window_problem.as_deref(),
        checks: answer.results.iter().map(|result| check(answer, result)).collect(),
        notes: &answer.notes,
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn check<'a>(answer: &GateAnalysis, result: &'a GateResult) -> Check<'a> {
    Check {
        rule: &result.rule,
        measure: result.measure.name(),
        subject: &result.subject,
        outcome: result.outcome.name(),
        found: result.found.map(|found| found.to_string()),
        limit: result.limit.to_string(),
        side: if result.measure.is_least() { "least" } else { "most" },
        reason: result.reason.as_deref(),
        sentence: super::sentence(answer, result),
    }
}
