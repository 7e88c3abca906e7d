//! `gwcost cache`: does a cache pay, and what would another one do.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

use gwcost_core::model::day_of_ms;
use gwcost_core::pricing::CacheSize;
use gwcost_core::simulate::{MAX_TTL_MS, MAX_TTLS};
use gwcost_core::text::grouped;
use rust_decimal::Decimal;

use super::CommandError;
use super::context::{Context, filters};
use super::output::{terminal, to_file, to_stdout};
use crate::analysis::cache::{
    CacheAnalysis, CacheQuestion, CallPrice, CardRates, LONGEST_TTL_SECONDS, cache, counted, key_field,
};
use crate::assets::Folder;
use crate::cli::{CacheArgs, OutputFormat, Selection};
use crate::exit::Exit;
use crate::lake::{Column, latest_settings, snapshots};
use crate::report::cache::{Shown, csv, json, markdown, picture, text};
use crate::report::page;
use crate::source::read_settings;

/// The template of the picture.
const CHART: &str = "line-chart.svg";

/// The longest result TTL of an authorizer, in seconds.
const LONGEST_RESULT_TTL_SECONDS: u32 = 3600;

/// Methods that HTTP knows and a cache can be asked to keep.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Runs `gwcost cache`.
pub fn run(context: &Context, arguments: &CacheArgs) -> Result<Exit, CommandError> {
    let answer = found(context, arguments)?;
    if let Some(path) = &arguments.chart {
        draw(context, &answer, path)?;
    }
    let shown = if arguments.cache_size.is_some() { Shown::All } else { Shown::Best };
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => out.write_all(text(&answer, shown, &terminal()).as_bytes()),
        OutputFormat::Json => json::write(&answer, out),
        OutputFormat::Csv => csv::write(&answer, out),
        OutputFormat::Markdown => out.write_all(markdown(&answer, shown).as_bytes()),
    })?;
    Ok(Exit::Done)
}

/// What the lake says of caches.
pub(super) fn found(context: &Context, arguments: &CacheArgs) -> Result<CacheAnalysis, CommandError> {
    let mut question = question(context, arguments)?;
    let (catalog, _) = context.catalog(arguments.rates_at.as_deref())?;
    catalog.currency().clone_into(&mut question.currency);
    let rates = CardRates::new(&catalog, day_of_ms(question.window.from_ms));
    question.history.extend(question.settings.clone());
    let settings_are_given = question.settings.is_some();
    context.ask_lake(|lake| {
        if !settings_are_given {
            question.settings = latest_settings(lake.root())?;
            question.history = snapshots(lake.root())?;
        }
        question.counts = counted(lake, question.window, context.now_ms)?;
        Ok(cache(lake, &rates, &question)?)
    })
}

/// Draws the one stage that was looked at.
fn draw(context: &Context, answer: &CacheAnalysis, path: &Path) -> Result<(), CommandError> {
    let drawn: Vec<_> = answer.stages.iter().filter(|stage| !stage.options.is_empty()).collect();
    let [stage] = drawn.as_slice() else {
        let problem = format!(
            "{} stages to draw: expected one; --api and --stage choose it",
            grouped(drawn.len() as u64)
        );
        return Err(CommandError::flag("--chart")(problem));
    };
    let assets = context.assets.all(Folder::Templates)?;
    let templates: Vec<(String, String)> = assets.into_iter().map(|asset| (asset.name, asset.text)).collect();
    let svg = page::render(&picture(answer, stage), CHART, &templates)
        .map_err(|source| CommandError::Template { name: CHART.to_owned(), source: Box::new(source) })?;
    to_file(path, |out| out.write_all(svg.as_bytes()))
}

fn question(context: &Context, arguments: &CacheArgs) -> Result<CacheQuestion, CommandError> {
    let selection = Selection {
        account: arguments.account.clone(),
        region: arguments.region.clone(),
        api: arguments.api.clone(),
        stage: arguments.stage.clone(),
        route: arguments.route.clone(),
        ..Selection::default()
    };
    let sizes = match &arguments.cache_size {
        Some(typed) => list("--cache-size", typed)?,
        None => CacheSize::ALL.to_vec(),
    };
    let key = match &arguments.cache_key {
        Some(typed) => fields(typed)?,
        None => Vec::new(),
    };
    let backend = match (&arguments.backend_cost, arguments.lambda_memory) {
        (Some(typed), _) => CallPrice::Each(dollars("--backend-cost", typed)?),
        (None, Some(memory_mb)) => CallPrice::Lambda { memory_mb },
        (None, None) => CallPrice::Unknown,
    };
    let longest = if arguments.shared_cache { longest_shared() } else { LONGEST_TTL_SECONDS };
    Ok(CacheQuestion {
        window: context.window(&arguments.window)?,
        now_ms: context.now_ms,
        filters: filters(&selection)?,
        ttls: ttls("--ttl", &arguments.ttl, longest)?,
        sizes,
        methods: methods(&arguments.cache_methods)?,
        key,
        divided: None,
        shared: arguments.shared_cache,
        backend,
        authorizer: arguments
            .authorizer_memory
            .map_or(CallPrice::Unknown, |memory_mb| CallPrice::Lambda { memory_mb }),
        authorizer_ttls: ttls("--authorizer-ttl", &arguments.authorizer_ttl, LONGEST_RESULT_TTL_SECONDS)?,
        memory: bytes("--memory", &arguments.memory)?,
        settings: arguments.settings.as_deref().map(read_settings).transpose()?,
        history: Vec::new(),
        counts: HashMap::new(),
        currency: String::new(),
    })
}

/// Each once, in their order.
fn list<T: FromStr + Ord>(flag: &'static str, typed: &str) -> Result<Vec<T>, CommandError>
where
    T::Err: std::fmt::Display,
{
    let each =
        |text: &str| text.trim().parse().map_err(|error: T::Err| CommandError::flag(flag)(error.to_string()));
    let mut all = typed.split(',').map(each).collect::<Result<Vec<T>, _>>()?;
    all.sort();
    all.dedup();
    Ok(all)
}

pub(super) fn ttls(flag: &'static str, typed: &str, longest: u32) -> Result<Vec<u32>, CommandError> {
    let wrong = |problem: String| CommandError::flag(flag)(problem);
    let each = |text: &str| {
        text.trim().parse::<u32>().map_err(|_| {
            wrong(format!("{:?} is no TTL: expected whole seconds, as in 60,300,3600", text.trim()))
        })
    };
    let mut all = typed.split(',').map(each).collect::<Result<Vec<u32>, _>>()?;
    all.sort_unstable();
    all.dedup();
    if let Some(long) = all.iter().find(|ttl| **ttl > longest) {
        let hint = match flag {
            "--ttl" if longest == LONGEST_TTL_SECONDS => "; --shared-cache replays longer ones",
            _ => "",
        };
        let longest = grouped(u64::from(longest));
        return Err(wrong(format!(
            "a TTL of {} s: expected at most {longest} s{hint}",
            grouped(u64::from(*long))
        )));
    }
    if all.len() > MAX_TTLS {
        return Err(wrong(format!("{} TTLs: expected at most {MAX_TTLS}", all.len())));
    }
    Ok(all)
}

pub(super) fn longest_shared() -> u32 {
    u32::try_from(MAX_TTL_MS / 1000).unwrap_or(u32::MAX)
}

fn methods(typed: &str) -> Result<Vec<String>, CommandError> {
    let each = |text: &str| {
        let method = text.trim().to_ascii_uppercase();
        METHODS.contains(&method.as_str()).then_some(method).ok_or_else(|| {
            let problem = format!("{:?} is no method: expected some of {}", text.trim(), METHODS.join(", "));
            CommandError::flag("--cache-methods")(problem)
        })
    };
    let mut all = typed.split(',').map(each).collect::<Result<Vec<_>, _>>()?;
    all.sort();
    all.dedup();
    Ok(all)
}

fn fields(typed: &str) -> Result<Vec<Column>, CommandError> {
    let mut all = Vec::new();
    for name in typed.split(',').map(str::trim) {
        let field = key_field(name).map_err(|error| CommandError::flag("--cache-key")(error.to_string()))?;
        if !all.contains(&field) {
            all.push(field);
        }
    }
    Ok(all)
}

fn dollars(flag: &'static str, typed: &str) -> Result<Decimal, CommandError> {
    Decimal::from_str_exact(typed).ok().filter(|cost| *cost >= Decimal::ZERO).ok_or_else(|| {
        CommandError::flag(flag)(format!("{typed:?} is no amount: expected dollars as 0.0000012"))
    })
}

/// `1GiB`, `512MiB`, or bytes.
pub(super) fn bytes(flag: &'static str, typed: &str) -> Result<u64, CommandError> {
    let wrong = || CommandError::flag(flag)(format!("{typed:?} is no size: expected 512MiB or 1GiB"));
    let digits = typed.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit: u64 = match &typed[digits.len()..] {
        "" | "B" => 1,
        "KiB" | "K" => 1 << 10,
        "MiB" | "M" => 1 << 20,
        "GiB" | "G" => 1 << 30,
        _ => return Err(wrong()),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(unit))
        .filter(|size| *size > 0)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_memory_are_read() {
        assert_eq!(bytes("--memory", "1GiB").unwrap(), 1 << 30);
        assert_eq!(bytes("--memory", "512M").unwrap(), 512 << 20);
        assert_eq!(bytes("--memory", "4096").unwrap(), 4096);
        for wrong in ["", "0", "GiB", "1TB", "-1", "99999999999G"] {
            assert!(bytes("--memory", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_are_sorted_and_say_what_is_wrong() {
        assert_eq!(ttls("--ttl", "300, 60,300", 3600).unwrap(), [60, 300]);
        let error = ttls("--ttl", "60,7200", 3600).unwrap_err().to_string();
        assert_eq!(
            error,
            "--ttl: a TTL of 7,200 s: expected at most 3,600 s; --shared-cache replays longer ones"
        );
        assert!(ttls("--ttl", "1m", 3600).unwrap_err().to_string().contains("whole seconds"));
        let sizes: Vec<CacheSize> = list("--cache-size", "6.1,0.5").unwrap();
        assert_eq!(sizes.iter().map(|size| size.gb()).collect::<Vec<_>>(), ["0.5", "6.1"]);
        assert_eq!(methods("get,head").unwrap(), ["GET", "HEAD"]);
        assert!(methods("FETCH").is_err() && fields("path").is_err());
        assert!(dollars("--backend-cost", "-1").is_err() && dollars("--backend-cost", "1e-6").is_err());
    }
}
