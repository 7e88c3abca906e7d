//! What every command starts from: the clock, the configuration, the assets, the lake's place.

use std::path::PathBuf;

use gwcost_core::model::{Month, MonthError, Window, parse_duration, parse_instant};
use gwcost_core::pricing::{Allocation, FreeAllowances, HttpMetering, Terms};

use super::CommandError;
use crate::analysis::{ALLOWANCES_FILE, Catalog, Clients, Dimension, Filters, Queries};
use crate::assets::{Asset, Assets, Folder};
use crate::cli::{GlobalArgs, Selection, WindowArgs};
use crate::config::{self, Config};
use crate::lake::{Cache, Lake, LakePlace, latest_settings};

/// Looks at a lake in a bucket that changes while it is read.
const MOST_TRIES: u32 = 3;

/// The default window of an analysis.
const DEFAULT_SINCE: &str = "30d";

/// What every command starts from.
pub struct Context {
    /// Milliseconds of Unix time that count as now.
    pub now_ms: i64,
    /// The clock's word on when the run began, which `--as-of` does not change: when AWS was asked.
    pub clock_ms: i64,
    /// Configuration files.
    pub config: Config,
    /// Rate cards, queries, templates.
    pub assets: Assets,
    /// Where the lake is.
    pub lake: LakePlace,
    /// The folder of the user's own files, where there can be one.
    pub home: Option<PathBuf>,
}

/// What an analysis needs beside its question.
pub struct Pricing {
    /// Rate cards and rules.
    pub catalog: Catalog,
    /// SQL.
    pub queries: Queries,
    /// User's files that replaced embedded ones, a sentence each.
    pub overrides: Vec<String>,
}

impl Context {
    /// Reads the clock, the environment and the configuration files.
    pub fn new(arguments: &GlobalArgs) -> Result<Context, CommandError> {
        let config = Config::load(arguments.config.as_deref(), config::home().as_deref())?;
        Context::with_config(arguments, config)
    }

    /// The same with a configuration that is ready.
    pub fn with_config(arguments: &GlobalArgs, config: Config) -> Result<Context, CommandError> {
        let clock_ms = clock_ms();
        let now_ms = match &arguments.as_of {
            Some(typed) => {
                parse_instant(typed).map_err(|error| CommandError::flag("--as-of")(error.to_string()))?
            }
            None => clock_ms,
        };
        let home = config::home();
        let assets = Assets::new(arguments.assets.as_deref(), home.as_deref())?;
        let lake = arguments.lake.clone().or_else(|| config.lake.clone());
        let lake = lake_place(lake.unwrap_or_else(|| PathBuf::from("gwcost-lake")))?;
        Ok(Context { now_ms, clock_ms, config, assets, lake, home })
    }

    /// Opens the lake and asks it something. In a bucket nothing holds files in place for a reader: where another
    /// machine replaced them meanwhile, the question is asked anew.
    pub fn ask_lake<T>(
        &self,
        mut ask: impl FnMut(&Lake) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match Lake::open(&self.lake).map_err(CommandError::from).and_then(|lake| ask(&lake)) {
                Err(error) if tries < MOST_TRIES && self.lake.is_shared() && error.is_of_a_file_gone() => {}
                answered => return answered,
            }
        }
    }

    /// The queries with the clients that the settings of a lake name.
    pub fn named(&self, queries: &Queries, lake: &Lake) -> Result<Queries, CommandError> {
        let tag = self.config.clients.as_ref().and_then(|clients| clients.tag.as_deref());
        let settings = latest_settings(lake.root())?;
        Ok(queries.clone().with_clients(Clients::new(settings.as_ref(), tag)))
    }

    /// Now as RFC 3339.
    pub fn now(&self) -> String {
        Window { from_ms: self.now_ms, to_ms: self.now_ms }.from_rfc3339()
    }

    /// The window that was typed.
    pub fn window(&self, arguments: &WindowArgs) -> Result<Window, CommandError> {
        if let Some(month) = &arguments.month {
            return Ok(month_of("--month", month)?.window());
        }
        if arguments.last_month {
            return Ok(Month::of_ms(self.now_ms).previous().window());
        }
        if let Some(from) = &arguments.from {
            let to = arguments.to.as_deref().map_or(Ok(self.now_ms), parse_instant)?;
            return Ok(Window::new(parse_instant(from)?, to)?);
        }
        let length = parse_duration(arguments.since.as_deref().unwrap_or(DEFAULT_SINCE))?;
        Ok(Window::new(self.now_ms.saturating_sub(length), self.now_ms)?)
    }

    /// Rate cards and queries, with what replaced them.
    pub fn pricing(&self, selection: &Selection) -> Result<Pricing, CommandError> {
        let allocation = selection.allocation.as_deref().map(str::parse::<Allocation>).transpose();
        let allocation = allocation
            .map_err(|error| CommandError::flag("--allocation")(error.to_string()))?
            .unwrap_or_default();
        let (catalog, mut overrides) = self.catalog(selection.rates_at.as_deref())?;
        let catalog = catalog.with_allocation(allocation).with_scale_to_metrics(selection.scale_to_metrics);
        let queries = self.assets.all(Folder::Queries)?;
        overrides.extend(queries.iter().filter_map(overriding));
        let queries = Queries::new(queries.into_iter().map(|asset| (asset.name, asset.text)).collect());
        Ok(Pricing { catalog, queries, overrides })
    }

    /// Rate cards with the terms of the configuration, and what replaced embedded ones.
    pub fn catalog(&self, rates_at: Option<&str>) -> Result<(Catalog, Vec<String>), CommandError> {
        let rates_at = rates_at.map(|text| month_of("--rates-at", text)).transpose()?;
        let cards = self.assets.all(Folder::Pricing)?;
        let files: Vec<_> =
            cards.iter().map(|asset| (asset.name.clone(), asset.text.clone(), asset.origin())).collect();
        let mut terms = Terms::default();
        if let Some(config) = &self.config.terms {
            terms = config.terms.clone();
            let file = files.iter().find(|(name, ..)| name == ALLOWANCES_FILE);
            let allowances = file.map(|(_, text, origin)| FreeAllowances::parse(origin, text)).transpose()?;
            for (switch, region) in &config.free {
                let free = allowances.clone().unwrap_or_default().of(switch, region);
                terms
                    .free
                    .extend(free.map_err(|problem| CommandError::Usage(format!("gwcost.toml: {problem}")))?);
            }
        }
        Ok((Catalog::new(&files, rates_at, terms)?, cards.iter().filter_map(overriding).collect()))
    }

    /// Which bytes count for HTTP APIs: the flag, else the configuration.
    pub fn metering(&self, selection: &Selection) -> Result<HttpMetering, CommandError> {
        let typed = selection.http_metering.as_deref().map(str::parse::<HttpMetering>).transpose();
        let typed = typed.map_err(|error| CommandError::flag("--http-metering")(error.to_string()))?;
        Ok(typed.or(self.config.http_metering).unwrap_or_default())
    }
}

/// A lake's place as typed: a folder, or `s3://bucket/lake`.
fn lake_place(typed: PathBuf) -> Result<LakePlace, CommandError> {
    if !LakePlace::is_bucket(&typed) {
        return Ok(LakePlace::Folder(typed));
    }
    let folder = config::cache().ok_or_else(|| {
        let problem = "a lake in S3 needs a folder for copies: set GWCOST_CACHE, XDG_CACHE_HOME or HOME";
        CommandError::Usage(problem.to_owned())
    })?;
    let limit = config::cache_bytes().map_err(CommandError::Usage)?;
    Ok(LakePlace::bucket(&typed, Cache { folder, limit })?)
}

/// The one look at the clock.
#[expect(clippy::disallowed_methods, reason = "everything else takes the time as a parameter")]
fn clock_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// `queries/usage.sql from /home/...`, for a file that says something else than the embedded one.
pub fn overriding(asset: &Asset) -> Option<String> {
    let path = asset.replaced_by.as_ref().filter(|_| asset.changed)?;
    Some(format!("{}/{} from {}", asset.folder, asset.name, path.display()))
}

pub(super) fn month_of(flag: &'static str, typed: &str) -> Result<Month, CommandError> {
    typed.parse().map_err(|error: MonthError| CommandError::flag(flag)(error.to_string()))
}

/// The filters that were typed.
pub fn filters(selection: &Selection) -> Result<Filters, CommandError> {
    let mut filters = Filters::default();
    for (dimension, pattern) in [
        (Dimension::Account, &selection.account),
        (Dimension::Region, &selection.region),
        (Dimension::Api, &selection.api),
        (Dimension::Stage, &selection.stage),
        (Dimension::Method, &selection.method),
        (Dimension::Route, &selection.route),
        (Dimension::Country, &selection.country),
    ] {
        if let Some(pattern) = pattern {
            filters.add(dimension, pattern)?;
        }
    }
    Ok(filters)
}
