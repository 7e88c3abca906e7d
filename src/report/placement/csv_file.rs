//! Alternatives as CSV: one line for each, with its API in front. What is not known is empty.

use std::io;

use rust_decimal::Decimal;

use crate::analysis::placement::{Alternative, ApiPlacement, PlacementAnalysis};
use crate::geo::Milliseconds;
use crate::report::csv::neutral;
use crate::report::fields::plain;

const HEADER: [&str; 21] = [
    "account",
    "region",
    "api",
    "stage",
    "api_kind",
    "alternative",
    "as_is",
    "ttl_seconds",
    "regions",
    "cost",
    "cost_low",
    "cost_high",
    "cost_per_month",
    "delta",
    "hit_ratio_low",
    "hit_ratio_high",
    "latency_p50_low_ms",
    "latency_p50_high_ms",
    "latency_p95_low_ms",
    "latency_p95_high_ms",
    "verdict",
];

/// Writes all alternatives of all APIs with a header line.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn csv(analysis: &PlacementAnalysis, out: &mut dyn io::Write) -> io::Result<()> {
    records(analysis, &mut ::csv::Writer::from_writer(out)).map_err(|error| match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

fn records(analysis: &PlacementAnalysis, writer: &mut ::csv::Writer<impl io::Write>) -> ::csv::Result<()> {
    writer.write_record(HEADER)?;
    for api in &analysis.apis {
        for alternative in &api.alternatives {
            writer.write_record(record(api, alternative))?;
        }
    }
    Ok(writer.flush()?)
}

fn record(api: &ApiPlacement, one: &Alternative) -> [String; HEADER.len()] {
    let name = |text: &str| neutral(text).into_owned();
    let decimal = |value: Option<Decimal>| value.map(plain).unwrap_or_default();
    let ms = |of: Option<Milliseconds>, end: fn(Milliseconds) -> u32| {
        of.map(|of| end(of).to_string()).unwrap_or_default()
    };
    let (p50, p95) = (one.latency.map(|spread| spread.p50), one.latency.map(|spread| spread.p95));
    [
        name(&api.id.account),
        name(&api.id.region),
        name(&api.id.api),
        name(&api.id.stage),
        api.kind.name().to_owned(),
        one.name.to_owned(),
        one.as_is.to_string(),
        one.ttl_seconds.map(|ttl| ttl.to_string()).unwrap_or_default(),
        one.regions.join(" "),
        decimal(one.cost),
        decimal(one.cost_low),
        decimal(one.cost_high),
        decimal(one.cost_per_month),
        decimal(one.delta),
        decimal(one.hit_ratio_low),
        decimal(one.hit_ratio_high),
        ms(p50, |of| of.low),
        ms(p50, |of| of.high),
        ms(p95, |of| of.low),
        ms(p95, |of| of.high),
        one.verdict.name().to_owned(),
    ]
}
