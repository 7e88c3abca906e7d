//! A forecast as people and programs read it.

use std::io;

use serde_json::{Value, json};

use super::csv::neutral;
use super::document::{Document, Section, figures, words};
use super::fields::plain;
use super::listing::Listed;
use super::notes::unpriced;
use super::number::{UNKNOWN, amount, decimals_for, money};
use crate::analysis::forecast::{ApiForecast, Forecast, METHOD, Range};

/// The schema of the JSON.
const SCHEMA: &str = "gwcost/forecast/1";

/// Headline, table and notes.
pub fn document(forecast: &Forecast) -> Document {
    let total = &forecast.total;
    let likely = total.this_month.map_or(total.so_far, |range| range.likely);
    let decimals = decimals_for(likely);
    let said = |range: &Range| {
        let money = |amount| money(amount, decimals, &forecast.currency);
        format!("{} ({} to {})", money(range.likely), money(range.low), money(range.high))
    };
    let next = forecast.month.next();
    let headline = match (&total.this_month, &total.next_month) {
        (Some(this), Some(then)) => {
            format!("{}: {}; {next}: {}", forecast.month, said(this), said(then))
        }
        _ => format!("{}: nothing can be said from {} whole days; it takes 14", forecast.month, total.days),
    };
    let apis = &forecast.apis;
    let each = |cell: &dyn Fn(&ApiForecast) -> String| apis.iter().map(cell).collect::<Vec<String>>();
    let value = |at: usize| each(&|of: &ApiForecast| super::inert::value(of.values[at].as_deref()));
    let column = |title, keep, figure: &dyn Fn(&ApiForecast) -> Option<rust_decimal::Decimal>| {
        let shown = |of: &ApiForecast| figure(of).map_or(UNKNOWN.to_owned(), |cost| amount(cost, decimals));
        figures(title, keep, each(&shown), shown(total))
    };
    let section = Section {
        title: String::new(),
        columns: vec![
            words("account", Some(0), value(0)),
            words("region", Some(1), value(1)),
            Listed { total: "total".to_owned(), ..words("API", None, value(2)) },
            column("so far", Some(9), &|of| Some(of.so_far)),
            column("this month", None, &|of| of.this_month.map(|range| range.likely)),
            column("at least", Some(5), &|of| of.this_month.map(|range| range.low)),
            column("at most", Some(6), &|of| of.this_month.map(|range| range.high)),
            column("next month", None, &|of| of.next_month.map(|range| range.likely)),
            column("next at least", Some(3), &|of| of.next_month.map(|range| range.low)),
            column("next at most", Some(4), &|of| of.next_month.map(|range| range.high)),
            figures("days", Some(2), each(&|of| of.days.to_string()), total.days.to_string()),
        ],
        names: 3,
        empty: "no requests".to_owned(),
        more: 0,
    };
    Document { headline, sections: vec![section], notes: notes(forecast) }
}

fn notes(forecast: &Forecast) -> Vec<String> {
    let mut notes = vec![
        format!("method: {METHOD}"),
        "intervals of APIs do not add up to that of the total; APIs seen for less than 14 whole days have none"
            .to_owned(),
    ];
    notes.extend(forecast.unpriced.iter().map(unpriced));
    notes
}

fn range(range: Option<Range>) -> Value {
    range.map_or(
        Value::Null,
        |range| json!({ "likely": plain(range.likely), "low": plain(range.low), "high": plain(range.high) }),
    )
}

/// As JSON.
///
/// # Errors
/// The writer's.
pub fn json(forecast: &Forecast, out: &mut dyn io::Write) -> io::Result<()> {
    let figures = |of: &ApiForecast| {
        json!({
            "so_far": plain(of.so_far), "days": of.days,
            "this_month": range(of.this_month), "next_month": range(of.next_month),
        })
    };
    let api = |of: &ApiForecast| {
        let mut value = figures(of);
        if let (Some(object), [account, region, api]) = (value.as_object_mut(), of.values.as_slice()) {
            object.insert("account".to_owned(), json!(account));
            object.insert("region".to_owned(), json!(region));
            object.insert("api".to_owned(), json!(api));
        }
        value
    };
    let document = json!({
        "schema": SCHEMA,
        "as_of": forecast.as_of,
        "month": forecast.month.to_string(),
        "next_month": forecast.month.next().to_string(),
        "currency": forecast.currency,
        "method": METHOD,
        "total": figures(&forecast.total),
        "apis": forecast.apis.iter().map(api).collect::<Vec<_>>(),
        "notes": notes(forecast),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// As CSV, a line for each API.
///
/// # Errors
/// The writer's.
pub fn csv(forecast: &Forecast, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "account",
        "region",
        "api",
        "so_far",
        "days",
        "likely",
        "low",
        "high",
        "next_likely",
        "next_low",
        "next_high",
    ])?;
    for of in &forecast.apis {
        for value in &of.values {
            writer.write_field(neutral(value.as_deref().unwrap_or_default()).as_ref())?;
        }
        writer.write_field(plain(of.so_far))?;
        writer.write_field(of.days.to_string())?;
        for range in [of.this_month, of.next_month] {
            for part in [|of: Range| of.likely, |of: Range| of.low, |of: Range| of.high] {
                writer.write_field(range.map(part).map(plain).unwrap_or_default())?;
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}
