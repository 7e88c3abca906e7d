//! Waste as people and programs read it.

use std::collections::BTreeMap;
use std::io;

use rust_decimal::Decimal;
use serde_json::json;

use super::csv::neutral;
use super::document::{Document, Section, figures, words};
use super::fields::plain;
use super::notes::unpriced;
use super::number::{UNKNOWN, amount, bytes, count, decimals_for, money, percent};
use super::period::period;
use crate::analysis::Dimension;
use crate::analysis::waste::{
    LARGE_BYTES, LEAST_POLLS, LEAST_STORM, RETRY_SECONDS, Waste, WasteItem, WasteKind,
};

/// The schema of the JSON.
const SCHEMA: &str = "gwcost/waste/1";

/// Items that a table shows.
const TABLE_ROWS: usize = 40;

fn place(item: &WasteItem) -> String {
    let [_, _, api, stage, method, route] = &item.endpoint;
    let stage_of = match (api, stage) {
        (Some(api), Some(stage)) => format!("{api}/{stage}"),
        (Some(api), None) => api.clone(),
        _ => String::new(),
    };
    let parts = [Some(stage_of.as_str()), method.as_deref(), route.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    super::inert(&parts.join(" "))
}

/// Headline, kinds, items and notes.
pub fn document(waste: &Waste) -> Document {
    let mut kinds: BTreeMap<WasteKind, (u64, Option<Decimal>)> = BTreeMap::new();
    for item in &waste.items {
        let sum = kinds.entry(item.kind).or_insert((0, Some(Decimal::ZERO)));
        sum.0 += item.requests.unwrap_or(0);
        sum.1 = sum.1.zip(item.a_month).map(|(sum, more)| sum + more);
    }
    // Large responses are asked for, and logs are no waste as a whole.
    let disjoint = |kind: &WasteKind| !matches!(kind, WasteKind::LargeResponses | WasteKind::Logging);
    let total: Decimal =
        kinds.iter().filter(|(kind, _)| disjoint(kind)).filter_map(|(_, (_, cost))| *cost).sum();
    let largest = waste.items.iter().filter_map(|item| item.a_month).max().unwrap_or_default();
    let decimals = decimals_for(largest.max(total));
    let shown = |cost: Option<Decimal>| cost.map_or(UNKNOWN.to_owned(), |cost| amount(cost, decimals));
    let part = match waste.cost {
        Some(cost) if !cost.is_zero() => {
            let requests =
                waste.items.iter().filter(|item| disjoint(&item.kind) && !item.kind.stands_alone());
            let cost_of: Decimal = requests.filter_map(|item| item.cost).sum();
            format!("; {} of what requests cost", percent(cost_of / cost))
        }
        _ => String::new(),
    };
    let headline = format!(
        "{}: {} a month need not be paid{part}",
        period(&waste.window),
        money(total, decimals, &waste.currency)
    );
    let overview = Section {
        title: String::new(),
        columns: vec![
            words("kind", None, kinds.keys().map(|kind| kind.name().replace('_', " ")).collect()),
            figures("requests", Some(5), kinds.values().map(|(of, _)| count(*of)).collect(), String::new()),
            figures("a month", None, kinds.values().map(|(_, cost)| shown(*cost)).collect(), String::new()),
        ],
        names: 0,
        empty: "nothing was found".to_owned(),
        more: 0,
    };
    let items: Vec<&WasteItem> = waste.items.iter().take(TABLE_ROWS).collect();
    let each = |cell: &dyn Fn(&WasteItem) -> String| items.iter().map(|of| cell(of)).collect::<Vec<String>>();
    let list = Section {
        title: "Where".to_owned(),
        columns: vec![
            words("kind", Some(9), each(&|item| item.kind.name().replace('_', " "))),
            words("where", None, each(&place)),
            words("what", Some(8), each(&|item| super::inert(&item.detail))),
            figures(
                "requests",
                Some(7),
                each(&|item| item.requests.map_or(UNKNOWN.to_owned(), count)),
                String::new(),
            ),
            figures(
                "bytes",
                Some(4),
                each(&|item| item.bytes.map_or(UNKNOWN.to_owned(), bytes)),
                String::new(),
            ),
            figures("a month", None, each(&|item| shown(item.a_month)), String::new()),
        ],
        names: 0,
        empty: "nothing was found".to_owned(),
        more: waste.items.len() - items.len(),
    };
    Document { headline, sections: vec![overview, list], notes: notes(waste) }
}

fn notes(waste: &Waste) -> Vec<String> {
    let mut notes = vec![
        format!(
            "each request counts in the first that holds: preflight, robot, scan ({LEAST_STORM} of 403 or 404 of a \
             client in an hour), retry (within {RETRY_SECONDS} s of a 5xx or 429), billed error, polling \
             (the same again after {LEAST_POLLS} times less than an hour apart, an answer of the same size)"
        ),
        format!(
            "large responses: the bytes above {} of each that is of no other kind; they and logs are not in the \
             headline",
            bytes(LARGE_BYTES)
        ),
        "logging: if lines go to CloudWatch Logs, without what it adds to each, and priced from the first tier"
            .to_owned(),
    ];
    notes.extend(waste.notes.clone());
    notes.extend(waste.unpriced.iter().map(unpriced));
    notes
}

/// As JSON.
///
/// # Errors
/// The writer's.
pub fn json(waste: &Waste, out: &mut dyn io::Write) -> io::Result<()> {
    let item = |item: &WasteItem| {
        let mut value = json!({
            "kind": item.kind.name(),
            "detail": item.detail,
            "requests": item.requests,
            "bytes": item.bytes,
            "cost": item.cost.map(plain),
            "cost_per_month": item.a_month.map(plain),
        });
        if let Some(object) = value.as_object_mut() {
            for (dimension, text) in Dimension::ENDPOINT.iter().zip(&item.endpoint) {
                object.insert(dimension.name().to_owned(), json!(text));
            }
        }
        value
    };
    let document = json!({
        "schema": SCHEMA,
        "window": { "from": waste.window.from_rfc3339(), "to": waste.window.to_rfc3339() },
        "currency": waste.currency,
        "requests": waste.requests,
        "cost": waste.cost.map(plain),
        "items": waste.items.iter().map(item).collect::<Vec<_>>(),
        "notes": notes(waste),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// As CSV, a line for each item.
///
/// # Errors
/// The writer's.
pub fn csv(waste: &Waste, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let endpoint = Dimension::ENDPOINT.map(Dimension::name);
    writer.write_record(["kind"].into_iter().chain(endpoint).chain([
        "detail",
        "requests",
        "bytes",
        "cost",
        "cost_per_month",
    ]))?;
    for item in &waste.items {
        writer.write_field(item.kind.name())?;
        for value in &item.endpoint {
            writer.write_field(neutral(value.as_deref().unwrap_or_default()).as_ref())?;
        }
        writer.write_field(neutral(&item.detail).as_ref())?;
        for number in [item.requests, item.bytes] {
            writer.write_field(number.map(|number| number.to_string()).unwrap_or_default())?;
        }
        for amount in [item.cost, item.a_month] {
            writer.write_field(amount.map(plain).unwrap_or_default())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}
