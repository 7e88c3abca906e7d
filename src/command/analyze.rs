//! `gwcost analyze`: a question over the lake, printed.

use super::CommandError;
use super::context::{Context, Pricing, filters};
use super::geo::{countries, missing};
use super::output::{say, terminal, to_stdout};
use crate::analysis::{
    CostAnalysis, CostQuestion, LogSink, Stated, StatedFunction, add_full_cost, cost, parse_dimensions,
};
use crate::cli::{AnalyzeArgs, OutputFormat, Selection};
use crate::config::{FullConfig, LogConfig};
use crate::exit::Exit;
use crate::geo::Countries;
use crate::report;

/// Rows of a table on a terminal, unless `--top` says otherwise.
const TABLE_ROWS: usize = 50;

/// Runs `gwcost analyze`.
pub fn run(context: &Context, arguments: &AnalyzeArgs) -> Result<Exit, CommandError> {
    let selection = &arguments.selection;
    let by = parse_dimensions(&arguments.by)?;
    let table = arguments.format == OutputFormat::Table;
    let question = CostQuestion {
        window: context.window(&arguments.window)?,
        by,
        filters: filters(selection)?,
        sort: arguments.sort.parse()?,
        top: arguments.top.map(|top| top as usize).or(table.then_some(TABLE_ROWS)),
        limits: context.config.route_limits(),
        metering: context.metering(selection)?,
        days: false,
    };
    let mut analysis = answer(context, selection, &question)?;
    if arguments.full {
        add_full(context, selection, &question, &mut analysis)?;
    }
    print(&analysis, arguments.format)?;
    Ok(verdict(&analysis, selection))
}

/// Opens the lake and answers the question.
pub fn answer(
    context: &Context,
    selection: &Selection,
    question: &CostQuestion,
) -> Result<CostAnalysis, CommandError> {
    let pricing = pricing(context, selection, question)?;
    let credit = pricing.queries.countries().and_then(Countries::credit);
    let mut analysis = context.ask_lake(|lake| {
        let queries = context.named(&pricing.queries, lake)?;
        Ok(cost(lake, &queries, &pricing.catalog, question)?)
    })?;
    analysis.overrides = pricing.overrides;
    analysis.assumptions.extend(credit.map(str::to_owned));
    Ok(analysis)
}

/// Adds what calls cost beside API Gateway itself.
pub fn add_full(
    context: &Context,
    selection: &Selection,
    question: &CostQuestion,
    analysis: &mut CostAnalysis,
) -> Result<(), CommandError> {
    let pricing = pricing(context, selection, question)?;
    let stated = stated(&context.config.full);
    context.ask_lake(|lake| {
        let queries = context.named(&pricing.queries, lake)?;
        Ok(add_full_cost(analysis, lake, &queries, &pricing.catalog, question, &stated, context.now_ms)?)
    })
}

/// Rates and queries, with the countries of addresses where the question needs them.
fn pricing(
    context: &Context,
    selection: &Selection,
    question: &CostQuestion,
) -> Result<Pricing, CommandError> {
    let mut pricing = context.pricing(selection)?;
    if question.needs_countries() {
        let countries = countries(context, selection.geoip.as_deref())?;
        pricing.queries.know(Some(countries.ok_or_else(|| missing("country"))?));
    }
    Ok(pricing)
}

/// What the configuration states, as the analysis takes it.
fn stated(config: &FullConfig) -> Stated {
    let functions = config.functions.iter().map(|function| StatedFunction {
        function: function.function.clone(),
        api: function.api.clone(),
        route: function.route.clone(),
        authorizer: function.authorizer,
        memory_mb: function.memory_mb,
        arm: function.arm,
    });
    Stated {
        log: config.log.map(|log| match log {
            LogConfig::CloudWatch => LogSink::CloudWatch,
            LogConfig::Firehose => LogSink::Firehose,
            LogConfig::None => LogSink::None,
        }),
        traced_per_million: config.traced_per_million,
        functions: functions.collect(),
    }
}

/// Exit code 4 where `--strict` was given and something has no price.
pub fn verdict(analysis: &CostAnalysis, selection: &Selection) -> Exit {
    if selection.strict && !analysis.unpriced.is_empty() {
        say("error: some usage has no price, and --strict was given");
        return Exit::Unpriced;
    }
    Exit::Done
}

/// Prints an analysis.
pub fn print(analysis: &CostAnalysis, format: OutputFormat) -> Result<(), CommandError> {
    to_stdout(|out| match format {
        OutputFormat::Table => out.write_all(report::table(analysis, &terminal()).as_bytes()),
        OutputFormat::Json => report::json::write(analysis, out),
        OutputFormat::Csv => report::csv::write(analysis, out),
        OutputFormat::Markdown => out.write_all(report::markdown::table(analysis).as_bytes()),
    })
}
