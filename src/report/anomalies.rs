//! Anomalies as people and programs read them.

use std::io;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::csv::neutral;
use super::diff::signed;
use super::document::{Document, Section, figures, words};
use super::fields::plain;
use super::number::{UNKNOWN, bytes, count, decimals_for, percent};
use super::period::period;
use crate::analysis::anomalies::{Anomalies, Anomaly, Measure};

/// The schema of the JSON.
const SCHEMA: &str = "gwcost/anomalies/1";

/// Anomalies that a table shows.
const TABLE_ROWS: usize = 30;

fn whose(anomaly: &Anomaly) -> String {
    let value = |value: &Option<String>| super::inert::value(value.as_deref());
    let parts: Vec<String> =
        anomaly.of.iter().skip(2).map(|(dimension, of)| format!("{dimension} {}", value(of))).collect();
    parts.join(", ")
}

fn cause(anomaly: &Anomaly) -> String {
    match &anomaly.cause {
        Some((dimension, value, part)) => {
            format!("{dimension} {}: {} of it", super::inert::value(value.as_deref()), percent(*part))
        }
        None => UNKNOWN.to_owned(),
    }
}

/// Headline, table and notes.
pub fn document(anomalies: &Anomalies) -> Document {
    let found = &anomalies.found;
    let noun = if found.len() == 1 { "1 anomaly".to_owned() } else { format!("{} anomalies", found.len()) };
    let headline = format!(
        "{noun} in {}, among {}",
        period(&anomalies.window),
        match anomalies.series {
            1 => "1 series".to_owned(),
            many => format!("{} series", count(many)),
        }
    );
    let largest = found.iter().filter_map(|of| of.dollars).map(|dollars| dollars.abs()).max();
    let decimals = decimals_for(largest.unwrap_or_default());
    let shown: Vec<&Anomaly> = found.iter().take(TABLE_ROWS).collect();
    let each = |cell: &dyn Fn(&Anomaly) -> String| shown.iter().map(|of| cell(of)).collect::<Vec<String>>();
    let figure = |of: &Anomaly, value: u64| match of.measure {
        Measure::Size => bytes(value),
        _ => count(value),
    };
    let hours = |of: &Anomaly| ((of.window.to_ms - of.window.from_ms) / 3_600_000).to_string();
    let section = Section {
        title: String::new(),
        columns: vec![
            words("from", None, each(&|of| of.window.from_rfc3339().replace(":00:00Z", ":00Z"))),
            figures("hours", Some(7), each(&hours), String::new()),
            words("what", Some(6), each(&|of| of.measure.name().replace('_', " "))),
            words("of", None, each(&whose)),
            figures("seen", Some(9), each(&|of| figure(of, of.actual)), String::new()),
            figures("usual", Some(8), each(&|of| figure(of, of.expected)), String::new()),
            words("cause", Some(5), each(&cause)),
            figures(
                "so far",
                None,
                each(&|of| of.dollars.map_or(UNKNOWN.to_owned(), |dollars| signed(dollars, decimals))),
                String::new(),
            ),
            words("goes on", Some(1), each(&|of| if of.goes_on { "yes" } else { "no" }.to_owned())),
        ],
        names: 0,
        empty: "nothing left its season".to_owned(),
        more: found.len() - shown.len(),
    };
    Document { headline, sections: vec![section], notes: notes(anomalies) }
}

fn notes(anomalies: &Anomalies) -> Vec<String> {
    let mut notes = vec![format!(
        "method: each hour against the median of the same hour of other weeks, trend removed; an anomaly is 7 \
         scales away (median absolute deviation) and by half; looked at since {}",
        anomalies.history.from_rfc3339()
    )];
    if anomalies.silent > 0 {
        notes.push(format!(
            "nothing can be said of {} of {} series: they have less than 14 whole days",
            count(anomalies.silent),
            count(anomalies.series)
        ));
    }
    if anomalies.found.iter().any(|of| of.dollars.is_some()) {
        notes.push("so far: at the average cost of such a request, or byte".to_owned());
    }
    notes
}

/// As JSON.
///
/// # Errors
/// The writer's.
pub fn json(anomalies: &Anomalies, out: &mut dyn io::Write) -> io::Result<()> {
    let entry = |of: &Anomaly| {
        let whose: serde_json::Map<String, Value> =
            of.of.iter().map(|(dimension, value)| (dimension.name().to_owned(), json!(value))).collect();
        json!({
            "measure": of.measure.name(),
            "of": whose,
            "from": of.window.from_rfc3339(), "to": of.window.to_rfc3339(),
            "actual": of.actual, "expected": of.expected,
            "cause": of.cause.as_ref().map(|(dimension, value, part): &(_, _, Decimal)| {
                json!({ "dimension": dimension.name(), "value": value, "part": plain(*part) })
            }),
            "cost": of.dollars.map(plain),
            "goes_on": of.goes_on,
        })
    };
    let document = json!({
        "schema": SCHEMA,
        "window": { "from": anomalies.window.from_rfc3339(), "to": anomalies.window.to_rfc3339() },
        "history": { "from": anomalies.history.from_rfc3339(), "to": anomalies.history.to_rfc3339() },
        "currency": anomalies.currency,
        "series": anomalies.series,
        "silent": anomalies.silent,
        "anomalies": anomalies.found.iter().map(entry).collect::<Vec<_>>(),
        "notes": notes(anomalies),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// As CSV, a line for each.
///
/// # Errors
/// The writer's.
pub fn csv(anomalies: &Anomalies, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["from", "to", "measure", "of", "actual", "expected", "cause", "cost", "goes_on"])?;
    for of in &anomalies.found {
        writer.write_record([
            of.window.from_rfc3339().as_str(),
            of.window.to_rfc3339().as_str(),
            of.measure.name(),
            neutral(&whose(of)).as_ref(),
            of.actual.to_string().as_str(),
            of.expected.to_string().as_str(),
            neutral(if of.cause.is_some() { cause(of) } else { String::new() }.as_str()).as_ref(),
            of.dollars.map(plain).unwrap_or_default().as_str(),
            of.goes_on.to_string().as_str(),
        ])?;
    }
    writer.flush()
}
