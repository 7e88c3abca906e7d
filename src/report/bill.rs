//! A bill: as a table, JSON, CSV or Markdown, and one of its lines explained.

use std::io::{self, Write};

use rust_decimal::Decimal;
use serde::Serialize;

use super::estimate::quantity;
use super::fields::plain;
use super::listing::{markdown_listing, sentences};
use super::number::{amount, cents_top_down, count, decimals_for, money};
use super::period::period;
use super::table::Terminal;
use super::{Listed, inert, listing};
use crate::analysis::{Bill, BillLine, ConnectionMinutes, PoolUse, Unpriced};

/// The name and version of this shape.
pub const SCHEMA: &str = "gwcost/bill/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    window: Ends,
    currency: &'a str,
    allocation: &'a str,
    lines: Vec<Line<'a>>,
    connection_minutes: Vec<MinutesLine<'a>>,
    credits: Vec<CreditLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    neighbours: Option<Vec<Line<'a>>>,
    unpriced: Vec<UnpricedLine<'a>>,
    total: Option<String>,
    due: Option<String>,
    rates_at: Option<&'a str>,
    notes: &'a [String],
    assumptions: &'a [String],
    overrides: &'a [String],
}

#[derive(Serialize)]
struct Ends {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Line<'a> {
    line: usize,
    account: &'a str,
    region: &'a str,
    month: &'a str,
    meter: &'a str,
    usage_type: Option<&'a str>,
    tier: &'a str,
    quantity: String,
    unit: &'a str,
    rate: String,
    amount: String,
    effective: &'a str,
}

#[derive(Serialize)]
struct MinutesLine<'a> {
    account: &'a str,
    region: &'a str,
    month: &'a str,
    minutes: u64,
    minutes_seen: u64,
    amount: Option<String>,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct CreditLine<'a> {
    name: &'a str,
    amount: String,
}

#[derive(Serialize)]
struct UnpricedLine<'a> {
    account: &'a str,
    region: &'a str,
    month: &'a str,
    meter: &'a str,
    quantity: &'a str,
    unit: &'a str,
    reason: &'a str,
}

/// Writes a bill as one JSON document and a newline.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn json(bill: &Bill, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        window: Ends { from: bill.window.from_rfc3339(), to: bill.window.to_rfc3339() },
        currency: &bill.currency,
        allocation: &bill.allocation,
        lines: bill.lines.iter().enumerate().map(|(index, line)| Line::of(index, line)).collect(),
        connection_minutes: bill.connection_minutes.iter().map(MinutesLine::of).collect(),
        credits: bill
            .credits
            .iter()
            .map(|credit| CreditLine { name: &credit.name, amount: plain(credit.amount) })
            .collect(),
        neighbours: bill
            .neighbours
            .as_ref()
            .map(|lines| lines.iter().enumerate().map(|(index, line)| Line::of(index, line)).collect()),
        unpriced: bill.unpriced.iter().map(UnpricedLine::of).collect(),
        total: bill.total.cost.map(plain),
        due: bill.due().map(plain),
        rates_at: bill.rates_at.as_deref(),
        notes: &bill.quality.notes,
        assumptions: &bill.assumptions,
        overrides: &bill.overrides,
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

impl<'a> Line<'a> {
    fn of(index: usize, line: &'a BillLine) -> Line<'a> {
        Line {
            line: index + 1,
            account: &line.account,
            region: &line.region,
            month: &line.month,
            meter: &line.meter,
            usage_type: line.usage_type.as_deref(),
            tier: &line.tier,
            quantity: line.quantity.to_string(),
            unit: &line.unit,
            rate: line.rate.normalize().to_string(),
            amount: plain(line.amount),
            effective: &line.effective,
        }
    }
}

impl<'a> MinutesLine<'a> {
    fn of(line: &'a ConnectionMinutes) -> MinutesLine<'a> {
        let ConnectionMinutes { account, region, month, minutes, minutes_seen, amount, reason } = line;
        let (minutes, minutes_seen) = (*minutes, *minutes_seen);
        let (amount, reason) = (amount.map(plain), reason.as_deref());
        MinutesLine { account, region, month, minutes, minutes_seen, amount, reason }
    }
}

impl<'a> UnpricedLine<'a> {
    fn of(usage: &'a Unpriced) -> UnpricedLine<'a> {
        let Unpriced { account, region, meter, month, quantity, unit, reason } = usage;
        UnpricedLine { account, region, month, meter, quantity, unit, reason }
    }
}

/// Writes the lines as CSV with a header; usage without a price has a line without rate and amount.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn csv(bill: &Bill, out: &mut dyn Write) -> io::Result<()> {
    records(bill, &mut csv::Writer::from_writer(out)).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

fn records(bill: &Bill, writer: &mut csv::Writer<impl Write>) -> csv::Result<()> {
    let header = "account,region,month,meter,usage_type,tier,quantity,unit,rate,amount";
    writer.write_record(header.split(','))?;
    let lines = bill.lines.iter().chain(bill.neighbours.iter().flatten());
    for (index, line) in lines.enumerate() {
        let Line { account, region, month, meter, usage_type, tier, quantity, unit, rate, amount, .. } =
            Line::of(index, line);
        let usage_type = usage_type.unwrap_or_default();
        writer.write_record([
            account, region, month, meter, usage_type, tier, &quantity, unit, &rate, &amount,
        ])?;
    }
    for usage in &bill.unpriced {
        let Unpriced { account, region, meter, month, quantity, unit, .. } = usage;
        writer.write_record([account, region, month, meter, "", "", quantity, unit, "", ""])?;
    }
    Ok(writer.flush()?)
}

/// The bill as a table with notes below. Ends with a newline.
pub fn table(bill: &Bill, terminal: &Terminal) -> String {
    let mut text = format!("{}\n\n", headline(bill));
    if !bill.lines.is_empty() {
        text.push_str(&listing(columns(&bill.lines), 5, terminal));
        text.push('\n');
    }
    if let Some(lines) = &bill.neighbours {
        text.push_str(BESIDE);
        text.push_str("\n\n");
        text.push_str(&listing(columns(lines), 5, terminal));
        text.push('\n');
    }
    text.push_str(&sentences(&notes(bill), terminal));
    text
}

/// The bill as a table in Markdown.
pub fn markdown(bill: &Bill) -> String {
    let mut text = format!("**{}**\n\n", super::markdown::escape(&headline(bill)));
    if !bill.lines.is_empty() {
        text.push_str(&markdown_listing(columns(&bill.lines), 5));
        text.push('\n');
    }
    if let Some(lines) = &bill.neighbours {
        text.push_str(&format!("**{BESIDE}**\n\n{}\n", markdown_listing(columns(lines), 5)));
    }
    for note in notes(bill) {
        text.push_str(&format!("- {}\n", super::markdown::escape(&note)));
    }
    text
}

fn headline(bill: &Bill) -> String {
    let cost = match bill.total.cost {
        Some(cost) => money(cost, decimals_for(cost), &bill.currency),
        None => "cost unknown".to_owned(),
    };
    let unpriced =
        if bill.unpriced.is_empty() || bill.total.cost.is_none() { "" } else { " plus unpriced usage" };
    let due = match bill.due() {
        Some(due) if !bill.credits.is_empty() => {
            format!(", {} after credits", money(due, decimals_for(due), &bill.currency))
        }
        _ => String::new(),
    };
    format!("{}: {cost}{unpriced}{due}", period(&bill.window))
}

/// Above the lines of other services.
const BESIDE: &str = "beside API Gateway's bill";

fn columns(lines: &[BillLine]) -> Vec<Listed> {
    let total: Decimal = lines.iter().map(|line| line.amount).sum();
    let decimals = decimals_for(total);
    let exact: Vec<Decimal> = lines.iter().map(|line| line.amount).collect();
    let amounts = cents_top_down(total, &exact, decimals);
    let text = |title, keep, cell: &dyn Fn(&BillLine) -> String| Listed {
        title,
        number: false,
        keep,
        cells: lines.iter().map(cell).collect(),
        total: String::new(),
    };
    let mut columns = vec![
        Listed {
            number: true,
            cells: (1..=lines.len()).map(|line| count(line as u64)).collect(),
            ..text("line", None, &|_| String::new())
        },
        text("account", Some(70), &|line| line.account.clone()),
        text("region", Some(75), &|line| line.region.clone()),
        text("month", Some(60), &|line| line.month.clone()),
        Listed { total: "total".to_owned(), ..text("meter", None, &|line| line.meter.clone()) },
        text("usage type", Some(40), &|line| line.usage_type.clone().unwrap_or_else(|| "–".to_owned())),
        text("tier", Some(65), &|line| line.tier.clone()),
        Listed { number: true, ..text("quantity", None, &|line| quantity(line.quantity)) },
        text("unit", Some(50), &|line| line.unit.clone()),
        Listed { number: true, ..text("rate", Some(80), &|line| line.rate.normalize().to_string()) },
    ];
    columns.push(Listed {
        title: "amount",
        number: true,
        keep: None,
        cells: amounts.into_iter().map(|value| amount(value, decimals)).collect(),
        total: amount(total, decimals),
    });
    columns
}

fn notes(bill: &Bill) -> Vec<String> {
    let mut notes: Vec<String> = bill.unpriced.iter().map(super::notes::unpriced).collect();
    for line in &bill.connection_minutes {
        let cost = match (line.amount, &line.reason) {
            (Some(amount), _) => money(amount, amount.scale().max(2), &bill.currency),
            (None, reason) => format!("not priced: {}", reason.as_deref().unwrap_or_default()),
        };
        notes.push(inert(&format!(
            "beside the total: {} WebSocket connection minutes of account {} in {} in {} ({} seen): {cost}",
            count(line.minutes),
            line.account,
            line.region,
            line.month,
            count(line.minutes_seen)
        )));
    }
    for credit in &bill.credits {
        let value = money(credit.amount, 2, &bill.currency);
        notes.push(inert(&format!("credit: {value}, {} (not shared out to endpoints)", credit.name)));
    }
    notes.extend(bill.quality.notes.iter().map(|note| format!("note: {}", inert(note))));
    notes.extend(bill.rates_at.as_deref().map(|month| format!("rates: those of {}", inert(month))));
    if !bill.overrides.is_empty() {
        notes.push(inert(&format!("replaced by your own files: {}", bill.overrides.join(", "))));
    }
    notes
}

/// One line of the bill in words: which requests, which tier, which rate, which rule.
pub fn explain(bill: &Bill, line: usize, terminal: &Terminal) -> Option<String> {
    let of = bill.lines.get(line)?;
    let pool = bill.pools.get(of.pool)?;
    let total = money(of.amount, of.amount.scale().max(2), &bill.currency);
    let mut said = vec![format!(
        "{total} = {} {} x {} {}: {}, account {}, region {}, {}",
        quantity(of.quantity),
        of.unit,
        of.rate.normalize(),
        bill.currency,
        of.meter,
        of.account,
        of.region,
        of.month
    )];
    said.push(requests(pool));
    said.push(format!("rule: {}", pool.rule));
    said.push(format!(
        "tier: {}; {} {} of the month had filled the tiers before, and {} {} are billed here in all",
        of.tier,
        quantity(pool.before),
        of.unit,
        quantity(pool.quantity),
        of.unit
    ));
    if let Some(month) = pool.averaged {
        said.push(format!(
            "average: the month's {} {} are split over the tiers, and each part of it gets its part of every tier",
            quantity(month),
            of.unit
        ));
    }
    if let Some(rate) = &pool.rate {
        said.push(format!(
            "rate: effective {}, {}: {} ({})",
            rate.effective, rate.confidence, rate.source, rate.card
        ));
    }
    for endpoint in &pool.endpoints {
        said.push(format!(
            "from {}: {} requests, {} {}",
            endpoint.name,
            count(endpoint.requests),
            quantity(endpoint.quantity),
            of.unit
        ));
    }
    let more = pool.of_endpoints.saturating_sub(pool.endpoints.len());
    if more > 0 {
        said.push(format!("from {} more", super::counted(more as u64, "endpoint")));
    }
    let said: Vec<String> = said.iter().map(|line| inert(line)).collect();
    Some(sentences(&said, terminal))
}

fn requests(pool: &PoolUse) -> String {
    format!(
        "requests: {} in the log, of which {} are billed, {} are not, and {} may be (counted as billed); {} have a \
         response size",
        count(pool.requests),
        count(pool.billable_requests),
        count(pool.unbilled_requests),
        count(pool.undetermined_requests),
        count(pool.sized_requests)
    )
}
