//! `gwcost export`: tables for dashboards, month by month, written aside and then swapped.

use std::path::Path;

use gwcost_core::model::{Month, Window, day_of_ms};
use gwcost_core::pricing::{CacheSize, HttpMetering};

use super::CommandError;
use super::context::{Context, Pricing};
use super::output::{say, to_stdout};
use crate::analysis::cache::{CacheQuestion, CallPrice, CardRates, cache, counted};
use crate::analysis::{
    BillQuestion, CostQuestion, Dimension, Filters, Hours, ThrottleQuestion, bill, cost, throttle, tier_uses,
};
use crate::cli::{DialectArg, ExportArgs, FocusArg, Selection};
use crate::exit::Exit;
use crate::export::{
    Aside, Dialect, FocusVersion, MonthOfFigures, STAR, Table, bill_lines, cache_options, client_days,
    data_quality, ddl, dimensions, endpoint_days, focus_table, hours, throttle_headroom,
};
use crate::lake::{Lake, latest_settings, snapshots};
use crate::report;

/// TTLs of the caches that are replayed, in seconds.
const TTLS: [u32; 6] = [10, 60, 300, 600, 1_800, 3_600];

/// Memory for keys of the caches; beyond it a sample of the keys is replayed.
const CACHE_MEMORY: u64 = 1 << 30;

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Columns of the endpoints' days, in the order that the star wants.
const BY_ENDPOINT: [Dimension; 8] = [
    Dimension::Account,
    Dimension::Region,
    Dimension::Api,
    Dimension::ApiKind,
    Dimension::Stage,
    Dimension::Method,
    Dimension::Route,
    Dimension::Day,
];

/// Columns of the clients' days.
const BY_CLIENT: [Dimension; 6] =
    [Dimension::Account, Dimension::Region, Dimension::Key, Dimension::Api, Dimension::Stage, Dimension::Day];

/// Runs `gwcost export`.
pub fn run(context: &Context, arguments: &ExportArgs) -> Result<Exit, CommandError> {
    let to = arguments.to.as_deref().ok_or_else(|| {
        CommandError::Usage("--to is missing: it names the folder of the tables".to_owned())
    })?;
    let version = arguments.focus.map(|version| match version {
        FocusArg::V1_2 => FocusVersion::V1_2,
        FocusArg::V1_3 => FocusVersion::V1_3,
    });
    if let Some(dialect) = arguments.ddl {
        return print_ddl(dialect, version, to);
    }
    if to.to_string_lossy().starts_with("s3://") {
        let problem = "a folder is expected; copy it to S3 with `aws s3 sync`, folder by folder";
        return Err(CommandError::flag("--to")(problem.to_owned()));
    }
    let months = context.window(&arguments.window())?.months();
    let selection = Selection { http_metering: arguments.http_metering.clone(), ..Selection::default() };
    let export =
        Export { context, pricing: context.pricing(&selection)?, metering: context.metering(&selection)? };
    let mut aside = Aside::begin(to)?;
    let mut unpriced = false;
    for month in months {
        let of_month = context.ask_lake(|lake| match version {
            Some(version) => export.focus(lake, month, version, &mut aside),
            None => export.star(lake, month, &mut aside),
        })?;
        unpriced |= of_month;
    }
    let files = aside.swap_in()?;
    say(&format!("{} in {}", report::counted(files.len() as u64, "file"), to.display()));
    if unpriced {
        say("warning: some usage has no price: its cost is null, not zero; `gwcost bill` names it");
    }
    Ok(if unpriced && arguments.strict { Exit::Unpriced } else { Exit::Done })
}

fn print_ddl(dialect: DialectArg, version: Option<FocusVersion>, to: &Path) -> Result<Exit, CommandError> {
    let dialect = match dialect {
        DialectArg::Athena => Dialect::Athena,
        DialectArg::Duckdb => Dialect::DuckDb,
        DialectArg::Spark => Dialect::Spark,
        DialectArg::Trino => Dialect::Trino,
    };
    let tables: Vec<&Table> = version.map_or_else(|| STAR.to_vec(), |version| vec![version.table()]);
    let text = ddl(dialect, &tables, &to.to_string_lossy());
    to_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}

/// What every month needs.
struct Export<'a> {
    context: &'a Context,
    pricing: Pricing,
    metering: HttpMetering,
}

impl Export<'_> {
    /// Writes a month of FOCUS aside; whether something of it has no price.
    fn focus(
        &self,
        lake: &Lake,
        month: Month,
        version: FocusVersion,
        aside: &mut Aside,
    ) -> Result<bool, CommandError> {
        let Pricing { catalog, queries, .. } = &self.pricing;
        let question = self.bill_question(month);
        let found = tier_uses(lake, queries, catalog, &question)?;
        aside.write(&focus_table(&found, version)?, &month.to_string())?;
        Ok(!found.unpriced.is_empty())
    }

    /// Writes the star of a month aside; whether something of it has no price.
    fn star(&self, lake: &Lake, month: Month, aside: &mut Aside) -> Result<bool, CommandError> {
        let Pricing { catalog, queries, .. } = &self.pricing;
        let window = month.window();
        let name = month.to_string();
        let figures = |by: &[Dimension]| -> Result<_, CommandError> {
            Ok(cost(lake, queries, catalog, &self.cost_question(window, by)?)?)
        };
        let endpoints = figures(&BY_ENDPOINT)?;
        let clients = figures(&BY_CLIENT)?;
        let bill = bill(lake, queries, catalog, &self.bill_question(month))?;
        let figures = MonthOfFigures { endpoints: &endpoints, clients: &clients, bill: &bill };
        aside.write(&endpoint_days(&figures), &name)?;
        aside.write(&client_days(&figures), &name)?;
        aside.write(&bill_lines(&bill), &name)?;
        aside.write(&data_quality(&figures), &name)?;
        for rows in &dimensions(&figures) {
            aside.write(rows, &name)?;
        }
        self.hours(lake, window, &name, aside)?;
        let question = self.cache_question(lake, window)?;
        let rates = CardRates::new(catalog, day_of_ms(window.from_ms));
        aside.write(&cache_options(&cache(lake, &rates, &question)?), &name)?;
        let settings = &snapshots(lake.root())?;
        let question = ThrottleQuestion { window, filters: Filters::default(), settings, typed: None };
        aside.write(&throttle_headroom(&throttle(lake, &question)?), &name)?;
        Ok(!bill.unpriced.is_empty())
    }

    /// Hours are counted a day at a time, and written as they come.
    fn hours(&self, lake: &Lake, window: Window, name: &str, aside: &mut Aside) -> Result<(), CommandError> {
        let Pricing { catalog, queries, .. } = &self.pricing;
        let limits = self.context.config.route_limits();
        let month = Hours::new(lake, queries, catalog, self.metering, &limits, window)?;
        let (none, no_latencies) = hours(&[]);
        let mut files = [aside.file(none.table, name)?, aside.file(no_latencies.table, name)?];
        let mut from_ms = window.from_ms;
        while from_ms < window.to_ms {
            let day = Window { from_ms, to_ms: (from_ms + DAY_MS).min(window.to_ms) };
            let (usage, latencies) = hours(&month.of(day)?);
            for (file, rows) in files.iter_mut().zip([usage, latencies]) {
                if !rows.is_empty() {
                    file.write(&rows.batch()?)?;
                }
            }
            from_ms = day.to_ms;
        }
        for file in files {
            file.close()?;
        }
        Ok(())
    }

    fn cost_question(&self, window: Window, by: &[Dimension]) -> Result<CostQuestion, CommandError> {
        Ok(CostQuestion {
            window,
            by: by.to_vec(),
            filters: Filters::default(),
            sort: "name".parse()?,
            top: None,
            metering: self.metering,
            limits: self.context.config.route_limits(),
            days: false,
        })
    }

    fn bill_question(&self, month: Month) -> BillQuestion {
        BillQuestion { window: month.window(), account: None, region: None, metering: self.metering }
    }

    fn cache_question(&self, lake: &Lake, window: Window) -> Result<CacheQuestion, CommandError> {
        Ok(CacheQuestion {
            window,
            now_ms: self.context.now_ms,
            filters: Filters::default(),
            ttls: TTLS.to_vec(),
            sizes: CacheSize::ALL.to_vec(),
            methods: vec!["GET".to_owned()],
            key: Vec::new(),
            divided: None,
            shared: false,
            backend: CallPrice::Unknown,
            authorizer: CallPrice::Unknown,
            authorizer_ttls: vec![300],
            memory: CACHE_MEMORY,
            currency: self.pricing.catalog.currency().to_owned(),
            settings: latest_settings(lake.root())?,
            history: snapshots(lake.root())?,
            counts: counted(lake, window, self.context.now_ms)?,
        })
    }
}
