//! Checks as JUnit XML: a suite for each rule, a case for each group and measure.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{sentence, total};
use crate::analysis::{GateAnalysis, GateOutcome, GateResult};
use crate::report::inert::inert;

/// Writes the checks as JUnit XML.
///
/// # Errors
/// What the writer answers.
pub fn junit(answer: &GateAnalysis, out: &mut dyn io::Write) -> io::Result<()> {
    let mut report = Report::new("gwcost check");
    if let Some(problem) = &answer.window_problem {
        let mut suite = TestSuite::new("window");
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(problem).set_type("window");
        suite.add_test_case(TestCase::new("the window holds enough", status));
        report.add_test_suite(suite);
    }
    for results in answer.results.chunk_by(|one, other| one.rule == other.rule) {
        let Some(first) = results.first() else { continue };
        let mut suite = TestSuite::new(inert(&first.rule));
        suite.add_test_cases(results.iter().map(|result| case(answer, result)));
        report.add_test_suite(suite);
    }
    report.serialize(&mut *out).map_err(|error| io::Error::other(format!("{}: {error}", total(answer))))?;
    out.write_all(b"\n")
}

fn case(answer: &GateAnalysis, result: &GateResult) -> TestCase {
    let failed = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_message(inert(&sentence(answer, result))).set_type(result.measure.name());
        status
    };
    let status = match result.outcome {
        GateOutcome::Held => TestCaseStatus::success(),
        GateOutcome::Broken => failed(NonSuccessKind::Failure),
        GateOutcome::Unknown => failed(NonSuccessKind::Error),
        GateOutcome::Empty => TestCaseStatus::skipped(),
    };
    let name = format!("{} of {}", result.measure.title(), result.subject);
    let mut case = TestCase::new(inert(&name), status);
    case.set_classname(inert(&result.rule));
    case
}
