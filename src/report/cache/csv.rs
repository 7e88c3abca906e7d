//! Options as CSV: one line for each, with its stage in front. What is not known is empty.

use std::io;

use rust_decimal::Decimal;

use crate::analysis::cache::{CacheAnalysis, CacheOption, StageCache};
use crate::report::csv::neutral;
use crate::report::fields::plain;

const HEADER: [&str; 20] = [
    "account",
    "region",
    "api",
    "stage",
    "ttl_seconds",
    "size_gb",
    "hits",
    "early_hits",
    "hit_ratio",
    "hit_ratio_error",
    "basis",
    "peak_live_bytes",
    "backend_saved",
    "time_saved_ms",
    "cache_cost",
    "net",
    "net_per_month",
    "break_even_cost_per_call",
    "mean_age_ms",
    "p95_age_ms",
];

/// Writes all options of all stages with a header line.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn write(analysis: &CacheAnalysis, out: &mut dyn io::Write) -> io::Result<()> {
    records(analysis, &mut csv::Writer::from_writer(out)).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

fn records(analysis: &CacheAnalysis, writer: &mut csv::Writer<impl io::Write>) -> csv::Result<()> {
    writer.write_record(HEADER)?;
    for stage in &analysis.stages {
        for option in &stage.options {
            writer.write_record(record(stage, option))?;
        }
    }
    Ok(writer.flush()?)
}

fn record(stage: &StageCache, option: &CacheOption) -> [String; HEADER.len()] {
    let name = |text: &str| neutral(text).into_owned();
    let decimal = |value: Option<Decimal>| value.map(plain).unwrap_or_default();
    let count = |value: Option<u64>| value.map(|count| count.to_string()).unwrap_or_default();
    [
        name(&stage.id.account),
        name(&stage.id.region),
        name(&stage.id.api),
        name(&stage.id.stage),
        option.ttl_seconds.to_string(),
        option.size.map(|size| size.to_string()).unwrap_or_default(),
        option.hits.to_string(),
        option.early_hits.to_string(),
        decimal(option.hit_ratio),
        decimal(option.hit_ratio_error),
        option.basis.name().to_owned(),
        option.peak_live_bytes.to_string(),
        decimal(option.backend_saved),
        count(option.time_saved_ms),
        decimal(option.cache_cost),
        decimal(option.net),
        decimal(option.net_per_month),
        decimal(option.break_even_cost_per_call),
        count(option.mean_age_ms),
        count(option.p95_age_ms),
    ]
}
