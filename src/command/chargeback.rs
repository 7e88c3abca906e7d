//! `gwcost chargeback`: a month's bill by customer, with a CSV and a statement for each.

use std::fs;

use gwcost_core::model::Month;

use super::CommandError;
use super::analyze::verdict;
use super::context::{Context, month_of};
use super::output::{say, terminal, to_file, to_stdout};
use crate::analysis::chargeback::{ChargebackQuestion, CustomerPrice, chargeback};
use crate::analysis::parse_dimensions;
use crate::cli::{ChargebackArgs, OutputFormat, Selection};
use crate::exit::Exit;
use crate::lake::latest_settings;
use crate::report::{self, counted};

/// Runs `gwcost chargeback`.
pub fn run(context: &Context, arguments: &ChargebackArgs) -> Result<Exit, CommandError> {
    let selection = Selection {
        http_metering: arguments.http_metering.clone(),
        rates_at: arguments.rates_at.clone(),
        strict: arguments.strict,
        ..Selection::default()
    };
    let month = match &arguments.month {
        Some(typed) => month_of("--month", typed)?,
        None => Month::of_ms(context.now_ms).previous(),
    };
    let prices = context.config.plans.iter().map(|plan| CustomerPrice {
        plan: plan.plan.clone(),
        price: plan.price,
        price_per_key: plan.price_per_key,
        price_per_1000: plan.price_per_1000,
    });
    let question = ChargebackQuestion {
        window: month.window(),
        by: parse_dimensions(&arguments.by)?,
        metering: context.metering(&selection)?,
        limits: context.config.route_limits(),
        settings: None,
        prices: prices.collect(),
    };
    let pricing = context.pricing(&selection)?;
    let mut answer = context.ask_lake(|lake| {
        let queries = context.named(&pricing.queries, lake)?;
        let settings = latest_settings(lake.root())?;
        let question = ChargebackQuestion { settings: settings.as_ref(), ..question.clone() };
        Ok(chargeback(lake, &queries, &pricing.catalog, &question)?)
    })?;
    answer.bill.overrides = pricing.overrides;
    if let Some(folder) = &arguments.output {
        fs::create_dir_all(folder).map_err(CommandError::file(folder))?;
        let names = report::chargeback::file_names(&answer);
        for (customer, name) in answer.customers.iter().zip(names) {
            let file = |ending: &str| folder.join(format!("{month}-{name}.{ending}"));
            to_file(&file("csv"), |out| report::chargeback::customer_csv(&answer, customer, out))?;
            let statement = report::chargeback::statement(&answer, customer).markdown();
            to_file(&file("md"), |out| out.write_all(statement.as_bytes()))?;
        }
        to_file(&folder.join(format!("{month}-customers.csv")), |out| report::chargeback::csv(&answer, out))?;
        let customers = counted(answer.customers.len() as u64, "customer");
        say(&format!("a CSV and a statement of each of {customers} in {}", folder.display()));
    }
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => {
            out.write_all(report::chargeback::overview(&answer).text(&terminal()).as_bytes())
        }
        OutputFormat::Json => report::chargeback::json(&answer, out),
        OutputFormat::Csv => report::chargeback::csv(&answer, out),
        OutputFormat::Markdown => out.write_all(report::chargeback::overview(&answer).markdown().as_bytes()),
    })?;
    Ok(verdict(&answer.bill, &selection))
}
