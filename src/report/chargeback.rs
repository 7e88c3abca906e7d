//! The bill by customer: an overview, and a CSV and a statement for each customer.

use std::collections::BTreeSet;
use std::io;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::csv::neutral;
use super::document::{Document, Section, figures, words};
use super::fields::{Field, Measure, plain};
use super::listing::Listed;
use super::notes::{headline, under_table};
use super::number::{UNKNOWN, bytes, cents_top_down, count, decimals_for, money, percent};
use super::period::period;
use crate::analysis::chargeback::{Chargeback, Customer, KeyQuota};
use crate::analysis::{CostRow, Dimension};

/// The schema of the JSON.
const SCHEMA: &str = "gwcost/chargeback/1";

/// What a customer is called that nothing names.
pub const UNATTRIBUTED: &str = "unattributed";

/// The customer as people read it.
pub fn name(customer: &Customer) -> String {
    if customer.is_unattributed() {
        return UNATTRIBUTED.to_owned();
    }
    let values: Vec<String> =
        customer.values.iter().map(|value| super::inert::value(value.as_deref())).collect();
    values.join(", ")
}

/// Names of files for the customers, in their order: letters, digits, dots and dashes, each once.
pub fn file_names(chargeback: &Chargeback) -> Vec<String> {
    let mut taken = BTreeSet::from(["customers".to_owned()]);
    let mut names = Vec::new();
    for customer in &chargeback.customers {
        let plain: String = name(customer)
            .chars()
            .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
            .take(60)
            .collect();
        let trimmed = plain.trim_matches('-').to_ascii_lowercase();
        let base = if trimmed.is_empty() { "customer".to_owned() } else { trimmed };
        let numbered = (2u64..).map(|number| format!("{base}-{number}"));
        let free = std::iter::once(base.clone()).chain(numbered).find(|name| !taken.contains(name));
        let free = free.unwrap_or(base);
        taken.insert(free.clone());
        names.push(free);
    }
    names
}

/// The overview: customers with what they cost and what they pay.
pub fn overview(chargeback: &Chargeback) -> Document {
    let bill = &chargeback.bill;
    let currency = &bill.currency;
    let customers = &chargeback.customers;
    let decimals = decimals_for(bill.total.cost.unwrap_or_default());
    let share = |customer: &Customer| match (customer.measures.cost, bill.total.cost) {
        (Some(cost), Some(total)) if !total.is_zero() => percent(cost / total),
        _ => UNKNOWN.to_owned(),
    };
    let each = |cell: &dyn Fn(&Customer) -> String| customers.iter().map(cell).collect::<Vec<String>>();
    let full = |customer: &Customer| {
        let over = customer.quotas.iter().filter(|quota| quota.used >= quota.allowed).count();
        if customer.quotas.is_empty() { UNKNOWN.to_owned() } else { over.to_string() }
    };
    let title = chargeback.by.iter().map(|dimension| dimension.name()).collect::<Vec<_>>().join(", ");
    let mut columns = vec![
        Listed { total: "total".to_owned(), ..words("customer", None, each(&name)) },
        figures("requests", Some(5), each(&|of| count(of.measures.requests)), count(bill.total.requests)),
        figures("cost", None, column(customers, bill.total.cost, decimals), shown(bill.total.cost, decimals)),
        figures("share", Some(3), each(&share), String::new()),
    ];
    if customers.iter().any(|customer| customer.revenue.is_some()) {
        let sum = |of: fn(&Customer) -> Option<Decimal>| customers.iter().filter_map(of).sum::<Decimal>();
        let revenue = sum(|customer| customer.revenue);
        let money = |amount: Option<Decimal>| shown(amount, 2);
        columns.push(figures("pays", Some(7), each(&|of| money(of.revenue)), money(Some(revenue))));
        let margin = money(Some(sum(|customer| customer.margin)));
        columns.push(figures("margin", Some(8), each(&|of| money(of.margin)), margin));
    }
    if customers.iter().any(|customer| !customer.quotas.is_empty()) {
        columns.push(figures("quotas used up", Some(2), each(&full), String::new()));
    }
    let section = Section {
        title: format!("by {title}, amounts in {currency}"),
        columns,
        names: 1,
        empty: "no requests".to_owned(),
        more: 0,
    };
    Document { headline: headline(bill), sections: vec![section], notes: notes(chargeback) }
}

fn notes(chargeback: &Chargeback) -> Vec<String> {
    let mut notes = under_table(&chargeback.bill);
    if chargeback.customers.iter().any(|customer| !customer.quotas.is_empty()) {
        notes.push(
            "quotas: days and months of UTC, weeks from Monday, each key in its fullest period of the window; \
             requests that AWS refused count"
                .to_owned(),
        );
    }
    if chargeback.customers.iter().any(|customer| customer.revenue.is_some()) {
        notes.push("what customers pay is by the prices of your gwcost.toml".to_owned());
    }
    notes
}

/// Costs rounded together, so that the shown ones add up to the shown total.
fn column(customers: &[Customer], total: Option<Decimal>, decimals: u32) -> Vec<String> {
    let costs: Vec<Decimal> =
        customers.iter().map(|customer| customer.measures.cost.unwrap_or_default()).collect();
    let rounded = cents_top_down(total.unwrap_or_default(), &costs, decimals);
    let known = customers.iter().map(|customer| customer.measures.cost.is_some());
    known.zip(rounded).map(|(known, cost)| shown(known.then_some(cost), decimals)).collect()
}

fn shown(amount: Option<Decimal>, decimals: u32) -> String {
    amount.map_or_else(|| UNKNOWN.to_owned(), |amount| super::number::amount(amount, decimals))
}

/// One customer's statement.
pub fn statement(chargeback: &Chargeback, customer: &Customer) -> Document {
    let bill = &chargeback.bill;
    let decimals = decimals_for(customer.measures.cost.unwrap_or_default());
    let cost = customer.measures.cost.map(|cost| money(cost, decimals, &bill.currency));
    let headline = format!(
        "{}, {}: {} for {} requests",
        name(customer),
        period(&bill.window),
        cost.unwrap_or_else(|| "not priced".to_owned()),
        count(customer.measures.requests)
    );
    let lines = &customer.lines;
    let each = |cell: &dyn Fn(&CostRow) -> String| lines.iter().map(cell).collect::<Vec<String>>();
    let value = |at: usize| each(&|line: &CostRow| super::inert::value(line.values[at].as_deref()));
    let costs: Vec<Decimal> = lines.iter().map(|line| line.measures.cost.unwrap_or_default()).collect();
    let rounded = cents_top_down(customer.measures.cost.unwrap_or_default(), &costs, decimals);
    let known = lines.iter().map(|line| line.measures.cost.is_some());
    let costs = known.zip(rounded).map(|(known, cost)| shown(known.then_some(cost), decimals)).collect();
    let sent = |size: Option<u64>| size.map_or_else(|| UNKNOWN.to_owned(), bytes);
    let columns = vec![
        words("region", Some(1), value(1)),
        words("API", Some(4), value(2)),
        words("stage", Some(3), value(3)),
        words("method", Some(5), value(4)),
        Listed { total: "total".to_owned(), ..words("route", None, value(5)) },
        figures(
            "requests",
            Some(6),
            each(&|line| count(line.measures.requests)),
            count(customer.measures.requests),
        ),
        figures(
            "sent",
            Some(2),
            each(&|line| sent(line.measures.response_bytes)),
            sent(customer.measures.response_bytes),
        ),
        figures("cost", None, costs, shown(customer.measures.cost, decimals)),
    ];
    let mut sections =
        vec![Section { title: String::new(), columns, names: 5, empty: "no requests".to_owned(), more: 0 }];
    if !customer.quotas.is_empty() {
        let each =
            |cell: &dyn Fn(&KeyQuota) -> String| customer.quotas.iter().map(cell).collect::<Vec<String>>();
        let part = |quota: &KeyQuota| match quota.allowed {
            0 => UNKNOWN.to_owned(),
            allowed => percent(Decimal::from(quota.used) / Decimal::from(allowed)),
        };
        sections.push(Section {
            title: "Usage against quota, each key in its fullest period".to_owned(),
            columns: vec![
                words("key", None, each(&|quota| quota.key.clone())),
                words("plan", Some(2), each(&|quota| quota.plan.clone())),
                words("period", Some(3), each(&|quota| quota.period.to_lowercase())),
                words("begins", Some(1), each(&|quota| quota.begins.clone())),
                figures("used", None, each(&|quota| count(quota.used)), String::new()),
                figures("of", Some(5), each(&|quota| count(quota.allowed)), String::new()),
                figures("part", Some(6), each(&part), String::new()),
            ],
            names: 0,
            empty: String::new(),
            more: 0,
        });
    }
    let mut notes = notes(chargeback);
    if let (Some(revenue), Some(margin)) = (customer.revenue, customer.margin) {
        let said = |amount| money(amount, 2, &bill.currency);
        notes.insert(0, format!("Pays {}; less cost that is {}.", said(revenue), said(margin)));
    }
    Document { headline, sections, notes }
}

/// One customer's lines as CSV.
///
/// # Errors
/// The writer's.
pub fn customer_csv(chargeback: &Chargeback, customer: &Customer, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let by = chargeback.by.iter().filter(|dimension| !Dimension::ENDPOINT.contains(dimension));
    let own = by.clone().map(|dimension| dimension.name());
    let endpoint = Dimension::ENDPOINT.iter().map(|dimension| dimension.name());
    writer.write_record(own.chain(endpoint).chain(Measure::TOTAL.map(Measure::name)))?;
    for line in &customer.lines {
        for (dimension, value) in chargeback.by.iter().zip(&customer.values) {
            if !Dimension::ENDPOINT.contains(dimension) {
                writer.write_field(neutral(value.as_deref().unwrap_or_default()).as_ref())?;
            }
        }
        for value in &line.values {
            writer.write_field(neutral(value.as_deref().unwrap_or_default()).as_ref())?;
        }
        for measure in Measure::TOTAL {
            writer.write_field(cell(measure.of(&line.measures)))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

/// The customers as CSV.
///
/// # Errors
/// The writer's.
pub fn csv(chargeback: &Chargeback, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let by = chargeback.by.iter().map(|dimension| dimension.name());
    writer.write_record(by.chain(Measure::TOTAL.map(Measure::name)).chain(["revenue", "margin"]))?;
    for customer in &chargeback.customers {
        for value in &customer.values {
            writer.write_field(neutral(value.as_deref().unwrap_or_default()).as_ref())?;
        }
        for measure in Measure::TOTAL {
            writer.write_field(cell(measure.of(&customer.measures)))?;
        }
        for amount in [customer.revenue, customer.margin] {
            writer.write_field(amount.map(plain).unwrap_or_default())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

fn cell(field: Field<'_>) -> String {
    match field {
        Field::Count(number) => number.to_string(),
        Field::Decimal(value) => plain(value),
        _ => String::new(),
    }
}

/// The customers as JSON.
///
/// # Errors
/// The writer's.
pub fn json(chargeback: &Chargeback, out: &mut dyn io::Write) -> io::Result<()> {
    let bill = &chargeback.bill;
    let names = file_names(chargeback);
    let customers: Vec<Value> = chargeback
        .customers
        .iter()
        .zip(names)
        .map(|(customer, name)| {
            let values: serde_json::Map<String, Value> = chargeback
                .by
                .iter()
                .zip(&customer.values)
                .map(|(dimension, value)| (dimension.name().to_owned(), json!(value)))
                .collect();
            json!({
                "customer": values,
                "attributed": !customer.is_unattributed(),
                "statement": name,
                "measures": measures(&customer.measures),
                "quotas": customer.quotas.iter().map(|quota| json!({
                    "key": quota.key, "plan": quota.plan, "period": quota.period, "begins": quota.begins,
                    "used": quota.used, "allowed": quota.allowed,
                })).collect::<Vec<_>>(),
                "revenue": customer.revenue.map(plain),
                "margin": customer.margin.map(plain),
            })
        })
        .collect();
    let document = json!({
        "schema": SCHEMA,
        "window": { "from": bill.window.from_rfc3339(), "to": bill.window.to_rfc3339() },
        "currency": bill.currency,
        "by": chargeback.by.iter().map(|dimension| dimension.name()).collect::<Vec<_>>(),
        "total": measures(&bill.total),
        "customers": customers,
        "notes": notes(chargeback),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn measures(of: &crate::analysis::Measures) -> Value {
    let entries = Measure::TOTAL.into_iter().map(|measure| {
        let value = serde_json::to_value(measure.of(of)).unwrap_or(Value::Null);
        (measure.name().to_owned(), value)
    });
    Value::Object(entries.collect())
}
