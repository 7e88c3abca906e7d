//! A comparison as people and programs read it.

use std::io;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::csv::neutral;
use super::document::{Document, Section, figures, words};
use super::fields::plain;
use super::listing::Listed;
use super::notes::unpriced;
use super::number::{UNKNOWN, amount, cents_top_down, count, decimals_for, money, percent};
use super::period::period;
use crate::analysis::diff::{Compared, Diff, DiffRow, DiffSide};

/// The schema of the JSON.
const SCHEMA: &str = "gwcost/diff/1";

/// The names of the effects in the order in which they are taken.
const EFFECTS: [&str; 5] = ["volume", "mix", "size", "tier", "rate"];

fn effects(row: &DiffRow) -> [Decimal; 5] {
    let of = &row.effects;
    [of.volume, of.mix, of.size, of.tier, of.rate]
}

fn named(compared: &Compared) -> String {
    match &compared.only {
        Some((dimension, value)) if dimension.name() == value => super::inert(value),
        Some((dimension, value)) => format!("{dimension} {}", super::inert(value)),
        None => period(&compared.window),
    }
}

/// Headline, table and notes.
pub fn document(diff: &Diff, top: usize) -> Document {
    let (before, after) = (diff.total.before.cost, diff.total.after.cost);
    let decimals = decimals_for(before.max(after));
    let change = diff.total.effects.total();
    let part =
        if before.is_zero() { String::new() } else { format!(", {}", signed_percent(change / before)) };
    let cost = |cost| money(cost, decimals, &diff.currency);
    let headline = format!(
        "{}: {}; {}: {}; {}{part}",
        named(&diff.before),
        cost(before),
        named(&diff.after),
        cost(after),
        signed(change, decimals),
    );
    let rows: Vec<&DiffRow> = diff.rows.iter().take(top).collect();
    let mut columns: Vec<Listed> = diff
        .by
        .iter()
        .enumerate()
        .map(|(at, dimension)| {
            let cells = rows.iter().map(|row| super::inert::value(row.values[at].as_deref())).collect();
            let last = at + 1 == diff.by.len();
            let keep = if last { None } else { Some(u8::try_from(at).unwrap_or(9)) };
            let total = if last { "total" } else { "" }.to_owned();
            Listed { total, ..words(dimension.name(), keep, cells) }
        })
        .collect();
    let column = |figure: &dyn Fn(&DiffRow) -> Decimal| {
        let parts: Vec<Decimal> = diff.rows.iter().map(figure).collect();
        cents_top_down(figure(&diff.total), &parts, decimals)
    };
    let plainly = |figure: &dyn Fn(&DiffRow) -> Decimal| {
        let cells = column(figure).into_iter().take(top).map(|cost| amount(cost, decimals)).collect();
        (cells, amount(figure(&diff.total), decimals))
    };
    let (cells, total) = plainly(&|row| row.before.cost);
    columns.push(figures("before", Some(20), cells, total));
    let (cells, total) = plainly(&|row| row.after.cost);
    columns.push(figures("after", Some(21), cells, total));
    let with_sign = |figure: &dyn Fn(&DiffRow) -> Decimal| {
        let cells = column(figure).into_iter().take(top).map(|cost| signed(cost, decimals)).collect();
        (cells, signed(figure(&diff.total), decimals))
    };
    let (cells, total) = with_sign(&|row| row.effects.total());
    columns.push(figures("change", None, cells, total));
    for (at, name) in EFFECTS.into_iter().enumerate() {
        // An effect that nothing has is no column.
        if diff.rows.iter().any(|row| !super::number::round(effects(row)[at], decimals).is_zero()) {
            let (cells, total) = with_sign(&|row| effects(row)[at]);
            columns.push(figures(name, Some(15), cells, total));
        }
    }
    let requests = |side: fn(&DiffRow) -> &DiffSide| {
        (rows.iter().map(|row| count(side(row).requests)).collect(), count(side(&diff.total).requests))
    };
    let (cells, total) = requests(|row| &row.before);
    columns.push(figures("requests before", Some(11), cells, total));
    let (cells, total) = requests(|row| &row.after);
    columns.push(figures("requests after", Some(12), cells, total));
    let errors = |side: fn(&DiffRow) -> &DiffSide| {
        (rows.iter().map(|row| error_rate(side(row))).collect(), error_rate(side(&diff.total)))
    };
    let (cells, total) = errors(|row| &row.before);
    columns.push(figures("errors before", Some(9), cells, total));
    let (cells, total) = errors(|row| &row.after);
    columns.push(figures("errors after", Some(10), cells, total));
    let more = diff.rows.len().saturating_sub(rows.len());
    let section = Section {
        title: String::new(),
        columns,
        names: diff.by.len(),
        empty: "no requests in either".to_owned(),
        more,
    };
    Document { headline, sections: vec![section], notes: notes(diff) }
}

fn notes(diff: &Diff) -> Vec<String> {
    let mut notes = vec![
        "volume: all requests; mix: their shares among endpoints; size: units and bytes of a request; tier: the \
         place in the tiers at the rates before; rate: the rates. They are taken in this order and add up to the \
         change."
            .to_owned(),
    ];
    let length = |compared: &Compared| compared.window.to_ms - compared.window.from_ms;
    if length(&diff.before) != length(&diff.after) {
        notes.push("the two windows are not equally long; that is in the volume".to_owned());
    }
    notes.extend(diff.unpriced.iter().map(unpriced));
    if !diff.unpriced.is_empty() {
        notes.push("endpoints with usage that has no price, in either, are in no amount".to_owned());
    }
    notes
}

fn error_rate(side: &DiffSide) -> String {
    match side.with_status {
        0 => UNKNOWN.to_owned(),
        all => percent(Decimal::from(side.errors) / Decimal::from(all)),
    }
}

/// An amount with its sign.
pub(super) fn signed(value: Decimal, decimals: u32) -> String {
    let text = amount(value, decimals);
    if value > Decimal::ZERO { format!("+{text}") } else { text }
}

fn signed_percent(part: Decimal) -> String {
    let sign = if part < Decimal::ZERO { "-" } else { "+" };
    format!("{sign}{}", percent(part.abs()))
}

fn side(of: &DiffSide) -> Value {
    let rate = (of.with_status > 0).then(|| plain(Decimal::from(of.errors) / Decimal::from(of.with_status)));
    json!({ "requests": of.requests, "cost": plain(of.cost), "error_rate": rate })
}

fn row(diff: &Diff, of: &DiffRow) -> Value {
    let mut value = json!({
        "before": side(&of.before),
        "after": side(&of.after),
        "change": plain(of.effects.total()),
        "effects": EFFECTS
            .into_iter()
            .zip(effects(of))
            .map(|(name, effect)| (name.to_owned(), json!(plain(effect))))
            .collect::<serde_json::Map<_, _>>(),
    });
    if let Some(object) = value.as_object_mut() {
        for (dimension, text) in diff.by.iter().zip(&of.values) {
            object.insert(dimension.name().to_owned(), json!(text));
        }
    }
    value
}

/// As JSON.
///
/// # Errors
/// The writer's.
pub fn json(diff: &Diff, out: &mut dyn io::Write) -> io::Result<()> {
    let compared = |of: &Compared| {
        json!({
            "from": of.window.from_rfc3339(), "to": of.window.to_rfc3339(),
            "only": of.only.as_ref().map(|(dimension, value)| json!({ dimension.name(): value })),
        })
    };
    let document = json!({
        "schema": SCHEMA,
        "before": compared(&diff.before),
        "after": compared(&diff.after),
        "currency": diff.currency,
        "total": row(diff, &diff.total),
        "rows": diff.rows.iter().map(|of| row(diff, of)).collect::<Vec<_>>(),
        "unpriced": diff.unpriced.iter().map(|usage| json!({
            "account": usage.account, "region": usage.region, "meter": usage.meter, "month": usage.month,
            "quantity": usage.quantity, "unit": usage.unit, "reason": usage.reason,
        })).collect::<Vec<_>>(),
        "notes": notes(diff),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// As CSV: a line for each row.
///
/// # Errors
/// The writer's.
pub fn csv(diff: &Diff, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let by = diff.by.iter().map(|dimension| dimension.name());
    let sides = ["requests_before", "requests_after", "cost_before", "cost_after", "change"];
    writer.write_record(by.chain(sides).chain(EFFECTS))?;
    for row in &diff.rows {
        for value in &row.values {
            writer.write_field(neutral(value.as_deref().unwrap_or_default()).as_ref())?;
        }
        writer.write_field(row.before.requests.to_string())?;
        writer.write_field(row.after.requests.to_string())?;
        let amounts = [row.before.cost, row.after.cost, row.effects.total()];
        for amount in amounts.into_iter().chain(effects(row)) {
            writer.write_field(plain(amount))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}
