//! `gwcost bill`: the invoice view of a month, and the way from the log to one of its numbers.

use globset::{Glob, GlobMatcher};
use gwcost_core::model::Month;
use gwcost_core::pricing::rounded;

use super::CommandError;
use super::context::Context;
use super::output::{say, terminal, to_stdout};
use crate::analysis::{Bill, BillQuestion, Credit, bill};
use crate::cli::{BillArgs, OutputFormat, Selection};
use crate::exit::Exit;
use crate::report;

/// Runs `gwcost bill`.
pub fn run(context: &Context, arguments: &BillArgs) -> Result<Exit, CommandError> {
    let selection = Selection {
        http_metering: arguments.http_metering.clone(),
        allocation: arguments.allocation.clone(),
        scale_to_metrics: arguments.scale_to_metrics,
        rates_at: arguments.rates_at.clone(),
        ..Selection::default()
    };
    let window = match arguments.window.is_given() {
        true => context.window(&arguments.window)?,
        false => Month::of_ms(context.now_ms).window(),
    };
    let question = BillQuestion {
        window,
        account: glob("--account", arguments.account.as_deref())?,
        region: glob("--region", arguments.region.as_deref())?,
        metering: context.metering(&selection)?,
    };
    let pricing = context.pricing(&selection)?;
    let mut answer =
        context.ask_lake(|lake| Ok(bill(lake, &pricing.queries, &pricing.catalog, &question)?))?;
    answer.overrides = pricing.overrides;
    let credits = credits(context, &answer);
    answer.take_off(credits);
    if let Some(line) = arguments.explain {
        let text = report::bill::explain(&answer, line as usize - 1, &terminal()).ok_or_else(|| {
            let lines = answer.lines.len();
            CommandError::flag("--explain")(format!("there is no line {line}: the bill has {lines}"))
        })?;
        to_stdout(|out| out.write_all(text.as_bytes()))?;
        return Ok(Exit::Done);
    }
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => out.write_all(report::bill::table(&answer, &terminal()).as_bytes()),
        OutputFormat::Json => report::bill::json(&answer, out),
        OutputFormat::Csv => report::bill::csv(&answer, out),
        OutputFormat::Markdown => out.write_all(report::bill::markdown(&answer).as_bytes()),
    })?;
    if arguments.strict && !answer.unpriced.is_empty() {
        say("error: some usage has no price, and --strict was given");
        return Ok(Exit::Unpriced);
    }
    Ok(Exit::Done)
}

pub(super) fn glob(flag: &'static str, typed: Option<&str>) -> Result<Option<GlobMatcher>, CommandError> {
    let compile = |typed: &str| {
        let wrong = |error: globset::Error| {
            CommandError::flag(flag)(format!("{typed:?} is not a glob pattern: {}", error.kind()))
        };
        Glob::new(typed).map(|glob| glob.compile_matcher()).map_err(wrong)
    };
    typed.map(compile).transpose()
}

/// The credits of the configuration that belong to whole months of the bill.
fn credits(context: &Context, bill: &Bill) -> Vec<Credit> {
    let months: Vec<Month> = bill
        .window
        .months()
        .into_iter()
        .filter(|month| {
            let whole = month.window();
            bill.window.from_ms <= whole.from_ms && whole.to_ms <= bill.window.to_ms
        })
        .collect();
    let stated = context.config.terms.iter().flat_map(|terms| &terms.credits);
    stated
        .flat_map(|credit| {
            let of = months.iter().filter(|month| credit.month.is_none_or(|of| of == **month));
            of.map(|month| Credit {
                name: format!("{}, {month}", credit.name),
                amount: rounded(credit.amount),
            })
            .collect::<Vec<_>>()
        })
        .collect()
}
