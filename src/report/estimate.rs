//! An estimate for people and for programs.

use std::io::{self, Write};

use gwcost_core::pricing::{Estimate, Meter, rounded};
use rust_decimal::Decimal;
use serde::Serialize;

use super::number::{amount, money, round};
use super::table::Terminal;
use super::{Listed, inert, listing, sentences};
use crate::analysis::Quote;

/// The name and version of this shape.
pub const SCHEMA: &str = "gwcost/estimate/1";

/// What is shown.
#[derive(Clone, Debug)]
pub struct EstimateView {
    /// AWS region code.
    pub region: String,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// Lines, and what has no price.
    pub estimate: Estimate,
    /// The rates of what has one.
    pub rates: Vec<(Meter, Quote)>,
    /// Files of the user that replaced embedded ones.
    pub overrides: Vec<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    region: &'a str,
    currency: &'a str,
    lines: Vec<Line<'a>>,
    unpriced: Vec<Unpriced<'a>>,
    total: Option<String>,
    total_exact: Option<String>,
    rates: Vec<Rate<'a>>,
    overrides: &'a [String],
}

#[derive(Serialize)]
struct Line<'a> {
    meter: &'static str,
    tier: &'a str,
    quantity: String,
    unit: &'static str,
    rate: String,
    amount: String,
}

#[derive(Serialize)]
struct Unpriced<'a> {
    meter: &'static str,
    quantity: String,
    unit: &'static str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Rate<'a> {
    meter: &'static str,
    effective: String,
    confidence: String,
    source: &'a str,
    card: &'a str,
}

impl EstimateView {
    /// The total to the cent, as a bill has it; what is less than half a cent in all keeps its decimals.
    /// `None` where something has no price.
    fn total(&self) -> Option<String> {
        let exact = self.exact()?;
        let cents = round(exact, 2);
        Some(if cents.is_zero() && !exact.is_zero() { exact.to_string() } else { format!("{cents:.2}") })
    }

    fn exact(&self) -> Option<Decimal> {
        self.estimate.unpriced.is_empty().then(|| rounded(self.estimate.total().to_decimal()))
    }
}

/// Writes an estimate as one JSON document and a newline.
///
/// # Errors
/// What the writer answers.
pub fn json(view: &EstimateView, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        region: &view.region,
        currency: &view.currency,
        lines: view
            .estimate
            .lines
            .iter()
            .map(|line| Line {
                meter: line.meter.name(),
                tier: &line.tier,
                quantity: line.meter.quantity(line.units).to_string(),
                unit: line.meter.unit(),
                rate: line.rate.normalize().to_string(),
                amount: rounded(line.amount.to_decimal()).to_string(),
            })
            .collect(),
        unpriced: view
            .estimate
            .unpriced
            .iter()
            .map(|(meter, units, reason)| Unpriced {
                meter: meter.name(),
                quantity: meter.quantity(*units).to_string(),
                unit: meter.unit(),
                reason,
            })
            .collect(),
        total: view.total(),
        total_exact: view.exact().map(|total| total.to_string()),
        rates: view
            .rates
            .iter()
            .map(|(meter, quote)| Rate {
                meter: meter.name(),
                effective: quote.effective.to_string(),
                confidence: quote.confidence.to_string(),
                source: &quote.source,
                card: &quote.card,
            })
            .collect(),
        overrides: &view.overrides,
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

/// The estimate as a table with its rates and sources below. Ends with a newline.
pub fn table(view: &EstimateView, terminal: &Terminal) -> String {
    let lines = &view.estimate.lines;
    let decimals =
        lines.iter().map(|line| rounded(line.amount.to_decimal()).scale()).max().unwrap_or(0).max(2);
    let text =
        |title, keep, cells: Vec<String>| Listed { title, number: false, keep, cells, total: String::new() };
    let figure = |title, cells, total| Listed { title, number: true, keep: None, cells, total };
    let columns = vec![
        Listed {
            total: "total".to_owned(),
            ..text("meter", None, each(lines, |line| line.meter.name().to_owned()))
        },
        text("tier", Some(60), each(lines, |line| line.tier.clone())),
        figure("quantity", each(lines, |line| quantity(line.meter.quantity(line.units))), String::new()),
        text("unit", Some(50), each(lines, |line| line.meter.unit().to_owned())),
        figure("rate", each(lines, |line| line.rate.normalize().to_string()), String::new()),
        figure(
            "amount",
            each(lines, |line| amount(rounded(line.amount.to_decimal()), decimals)),
            view.exact().map_or_else(|| "–".to_owned(), |total| amount(total, decimals)),
        ),
    ];
    let headline = match view.total() {
        Some(total) => match total.parse::<Decimal>() {
            Ok(total) => money(total, total.scale(), &view.currency),
            Err(_) => total,
        },
        None => "cost unknown".to_owned(),
    };
    let mut text = format!("{headline} a month in {}\n\n", inert(&view.region));
    if !lines.is_empty() {
        text.push_str(&listing(columns, 1, terminal));
        text.push('\n');
    }
    let mut notes = Vec::new();
    for (meter, units, reason) in &view.estimate.unpriced {
        let quantity = quantity(meter.quantity(*units));
        notes.push(format!("not priced: {quantity} {} of {meter}: {reason}", meter.unit()));
    }
    for (meter, quote) in &view.rates {
        notes.push(format!(
            "{meter}: effective {}, {}: {} ({})",
            quote.effective, quote.confidence, quote.source, quote.card
        ));
    }
    if !view.overrides.is_empty() {
        notes.push(format!("replaced by your own files: {}", view.overrides.join(", ")));
    }
    let notes: Vec<String> = notes.iter().map(|note| inert(note)).collect();
    text.push_str(&sentences(&notes, terminal));
    text
}

fn each(
    lines: &[gwcost_core::pricing::InvoiceLine],
    cell: impl Fn(&gwcost_core::pricing::InvoiceLine) -> String,
) -> Vec<String> {
    lines.iter().map(cell).collect()
}

/// A quantity with separators, its decimals as they are but for those that nobody reads.
pub(super) fn quantity(value: Decimal) -> String {
    let value = round(value, 6).normalize();
    amount(value, value.scale())
}

#[cfg(test)]
mod tests {
    use gwcost_core::pricing::{CacheSize, Tier, Tiers, estimate};

    use super::*;

    fn view(usage: &[(Meter, u64)], rate: &str) -> EstimateView {
        let tiers = Tiers::new(vec![Tier { up_to: None, rate: rate.parse().unwrap() }]).unwrap();
        let price = |meter| match meter {
            Meter::XrayTraces => Err("no rate of xray_traces is known for us-east-1".to_owned()),
            _ => Ok(tiers.clone()),
        };
        EstimateView {
            region: "us-east-1".to_owned(),
            currency: "USD".to_owned(),
            estimate: estimate(usage, price).unwrap(),
            rates: Vec::new(),
            overrides: Vec::new(),
        }
    }

    fn document(view: &EstimateView) -> serde_json::Value {
        let mut bytes = Vec::new();
        json(view, &mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn totals_are_those_of_a_bill() {
        let cache = view(&[(Meter::CacheHours(CacheSize::Gb0_5), 2_678_148)], "0.02");
        let document = document(&cache);
        assert_eq!((&document["total"], &document["total_exact"]), (&"14.88".into(), &"14.8786".into()));
        assert_eq!(document["lines"][0]["quantity"], "743.93");
        assert!(table(&cache, &Terminal::default()).starts_with("$14.88 a month in us-east-1\n"));
        // A thousand requests are not free.
        assert_eq!(view(&[(Meter::RestRequests, 1_000)], "0.0000035").total().as_deref(), Some("0.0035"));
        assert_eq!(view(&[(Meter::RestRequests, 0)], "0.0000035").total().as_deref(), Some("0.00"));
    }

    #[test]
    fn without_a_rate_there_is_no_total() {
        let view = view(&[(Meter::RestRequests, 1_000_000), (Meter::XrayTraces, 7)], "0.0000035");
        let document = document(&view);
        assert!(document["total"].is_null() && document["total_exact"].is_null());
        assert_eq!(document["unpriced"][0]["quantity"], "7");
        assert_eq!(document["lines"][0]["amount"], "3.5");
        let text = table(&view, &Terminal::default());
        assert!(text.starts_with("cost unknown") && text.contains("not priced: 7 traces"), "{text}");
    }
}
