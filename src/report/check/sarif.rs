//! Checks as SARIF: a rule for each measure, a result for each failure, at the file that says the limits.

use std::collections::BTreeMap;
use std::io;

use serde_sarif::sarif::{
    ArtifactLocation, Location, LogicalLocation, Message, MultiformatMessageString, PhysicalLocation,
    ReportingDescriptor, Result as Finding, ResultLevel, Run, SCHEMA_URL, Sarif, Tool, ToolComponent,
};

use super::sentence;
use crate::analysis::{GateAnalysis, GateResult};
use crate::report::inert::inert;

/// Where the limits are said.
const FILE: &str = "gwcost.toml";

/// Writes what failed as SARIF 2.1.0 and a line end.
///
/// # Errors
/// What the writer answers.
pub fn sarif(answer: &GateAnalysis, out: &mut dyn io::Write) -> io::Result<()> {
    let mut findings: Vec<Finding> = answer.failures().map(|result| finding(answer, result)).collect();
    if let Some(problem) = &answer.window_problem {
        findings.push(at("window", problem, "the window"));
    }
    let mut rules: BTreeMap<&str, &str> =
        answer.results.iter().map(|result| (result.measure.name(), result.measure.title())).collect();
    rules.insert("window", "the window holds enough");
    let rules: Vec<ReportingDescriptor> = rules
        .into_iter()
        .map(|(name, title)| {
            ReportingDescriptor::builder()
                .id(name)
                .short_description(MultiformatMessageString::builder().text(title).build())
                .build()
        })
        .collect();
    let driver =
        ToolComponent::builder().name("gwcost").version(env!("CARGO_PKG_VERSION")).rules(rules).build();
    let run = Run::builder().tool(Tool::builder().driver(driver).build()).results(findings).build();
    let log = Sarif::builder().version("2.1.0").schema(SCHEMA_URL).runs(vec![run]).build();
    serde_json::to_writer(&mut *out, &log)?;
    out.write_all(b"\n")
}

fn finding(answer: &GateAnalysis, result: &GateResult) -> Finding {
    at(result.measure.name(), &sentence(answer, result), &format!("{}: {}", result.rule, result.subject))
}

fn at(rule: &str, said: &str, place: &str) -> Finding {
    let physical =
        PhysicalLocation::builder().artifact_location(ArtifactLocation::builder().uri(FILE).build()).build();
    let logical = LogicalLocation::builder().fully_qualified_name(inert(place)).build();
    let location = Location::builder().physical_location(physical).logical_locations(vec![logical]).build();
    // What a viewer tells findings of two runs by: the sentence changes with the figure, the place does not.
    let print = BTreeMap::from([(
        "gwcost/v1".to_owned(),
        blake3::hash(format!("{rule}\n{place}").as_bytes()).to_hex().to_string(),
    )]);
    Finding::builder()
        .rule_id(rule)
        .level(ResultLevel::Error)
        .message(Message::builder().text(inert(said)).build())
        .locations(vec![location])
        .partial_fingerprints(print)
        .build()
}
