//! `gwcost check`: the rules of `gwcost.toml`, or AWS's recommended ones, held against the lake.

use globset::Glob;
use gwcost_core::model::GateRule;
use gwcost_core::text::did_you_mean;

use super::CommandError;
use super::context::Context;
use super::output::{say, terminal, to_stdout};
use crate::analysis::{GateAnalysis, GateQuestion, gate};
use crate::cli::{CheckArgs, CheckFormat, Selection};
use crate::exit::Exit;
use crate::lake::{latest_settings, snapshots};
use crate::report::{self, check};

/// Failures that standard error names one by one.
const NAMED: usize = 10;

/// Runs `gwcost check`.
pub fn run(context: &Context, arguments: &CheckArgs) -> Result<Exit, CommandError> {
    let selection = Selection {
        http_metering: arguments.http_metering.clone(),
        rates_at: arguments.rates_at.clone(),
        ..Selection::default()
    };
    let window = context.window(&arguments.window)?;
    let recommended = context.config.checks.is_empty();
    let rules = if recommended { GateRule::recommended() } else { context.config.checks.clone() };
    let rules = chosen(rules, arguments.rule.as_deref())?;
    let pricing = context.pricing(&selection)?;
    let metering = context.metering(&selection)?;
    let mut answer = context.ask_lake(|lake| {
        let settings = latest_settings(lake.root())?;
        let history = snapshots(lake.root())?;
        let question = GateQuestion {
            window,
            now_ms: context.now_ms,
            rules: &rules,
            metering,
            settings: settings.as_ref(),
            history: &history,
            allow_empty: arguments.allow_empty,
        };
        Ok(gate(lake, &pricing.queries, &pricing.catalog, &question)?)
    })?;
    if recommended {
        let said = "no [[check]] is in gwcost.toml: held to the thresholds of AWS's recommended alarms, for each \
                    stage with 100 requests or more";
        answer.notes.insert(0, said.to_owned());
    }
    to_stdout(|out| match arguments.format {
        CheckFormat::Table => out.write_all(check::table(&answer, arguments.all, &terminal()).as_bytes()),
        CheckFormat::Json => check::json(&answer, out),
        CheckFormat::Junit => check::junit(&answer, out),
        CheckFormat::Sarif => check::sarif(&answer, out),
    })?;
    Ok(verdict(&answer))
}

/// The rules that were asked for.
fn chosen(rules: Vec<GateRule>, glob: Option<&str>) -> Result<Vec<GateRule>, CommandError> {
    let Some(typed) = glob else { return Ok(rules) };
    let matcher = Glob::new(typed)
        .map_err(|error| CommandError::flag("--rule")(format!("{typed:?} is no glob: {}", error.kind())))?
        .compile_matcher();
    let (kept, others): (Vec<GateRule>, Vec<GateRule>) =
        rules.into_iter().partition(|rule| matcher.is_match(&rule.name));
    if kept.is_empty() {
        let names: Vec<&str> = others.iter().map(|rule| rule.name.as_str()).collect();
        let hint = did_you_mean(typed, names.iter().copied());
        let problem = format!("no rule is called {typed:?}: expected one of {}{hint}", names.join(", "));
        return Err(CommandError::flag("--rule")(problem));
    }
    Ok(kept)
}

/// Exit code 10 where something failed, which standard error names.
fn verdict(answer: &GateAnalysis) -> Exit {
    if !answer.fails() {
        return Exit::Done;
    }
    if let Some(problem) = &answer.window_problem {
        say(&format!("error: {problem}; --allow-empty lets such a window pass"));
    }
    for result in answer.failures().take(NAMED) {
        say(&format!("error: {}", report::inert(&check::sentence(answer, result))));
    }
    let more = answer.failures().count().saturating_sub(NAMED);
    if more > 0 {
        say(&format!("error: and {more} more"));
    }
    Exit::Gate
}
