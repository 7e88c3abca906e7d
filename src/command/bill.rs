//! `gwcost bill`: the invoice view of a month, and the way from the log to one of its numbers.

use globset::{Glob, GlobMatcher};
use gwcost_core::model::{Month, Window};
use gwcost_core::pricing::rounded;

use super::context::{Context, filters};
use super::output::{say, terminal, to_stdout};
use super::{CommandError, analyze};
use crate::analysis::{
    Bill, BillLine, BillQuestion, CostQuestion, Credit, Dimension, SortKey, bill, parse_dimensions,
};
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
    if let Some(by) = &arguments.by {
        return shared_out(context, arguments, by, question.window);
    }
    let pricing = context.pricing(&selection)?;
    let mut answer =
        context.ask_lake(|lake| Ok(bill(lake, &pricing.queries, &pricing.catalog, &question)?))?;
    answer.overrides = pricing.overrides;
    if arguments.full {
        answer.neighbours = Some(neighbours(context, arguments, &selection, &question, &mut answer)?);
    }
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

/// What calls cost beside API Gateway, as lines: those of `gwcost analyze --full` over the same window.
fn neighbours(
    context: &Context,
    arguments: &BillArgs,
    selection: &Selection,
    question: &BillQuestion,
    answer: &mut Bill,
) -> Result<Vec<BillLine>, CommandError> {
    let mut selection = Selection { account: arguments.account.clone(), ..selection.clone() };
    selection.region.clone_from(&arguments.region);
    let question = CostQuestion {
        window: question.window,
        by: Dimension::ENDPOINT.to_vec(),
        filters: filters(&selection)?,
        sort: SortKey::default(),
        top: None,
        limits: context.config.route_limits(),
        metering: question.metering,
        days: false,
    };
    let mut analysis = analyze::answer(context, &selection, &question)?;
    let (known, noted) = (analysis.unpriced.len(), analysis.quality.notes.len());
    analyze::add_full(context, &selection, &question, &mut analysis)?;
    answer.unpriced.extend(analysis.unpriced.drain(known..));
    answer.quality.notes.extend(analysis.quality.notes.drain(noted..));
    Ok(analysis.full.map(|full| full.lines).unwrap_or_default())
}

/// The same total, by who it is for.
fn shared_out(
    context: &Context,
    arguments: &BillArgs,
    by: &str,
    window: Window,
) -> Result<Exit, CommandError> {
    let selection = Selection {
        account: arguments.account.clone(),
        region: arguments.region.clone(),
        http_metering: arguments.http_metering.clone(),
        allocation: arguments.allocation.clone(),
        scale_to_metrics: arguments.scale_to_metrics,
        rates_at: arguments.rates_at.clone(),
        strict: arguments.strict,
        ..Selection::default()
    };
    let question = CostQuestion {
        window,
        by: parse_dimensions(by)?,
        filters: filters(&selection)?,
        sort: SortKey::default(),
        top: None,
        limits: context.config.route_limits(),
        metering: context.metering(&selection)?,
        days: false,
    };
    let mut analysis = analyze::answer(context, &selection, &question)?;
    if context.config.terms.as_ref().is_some_and(|terms| !terms.credits.is_empty()) {
        analysis.assumptions.push("Credits of your gwcost.toml are taken off no customer's part.".to_owned());
    }
    analyze::print(&analysis, arguments.format)?;
    Ok(analyze::verdict(&analysis, &selection))
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
