//! Bars that lie: what endpoints cost, how full limits are, how often caches hit.

use crate::report::schema::described;
use rust_decimal::Decimal;

use super::change::{endpoint, stage};
use crate::analysis::CostAnalysis;
use crate::report::chart::place;
use crate::report::number::{decimals_for, money};

/// Bars of a chart, at most.
pub(super) const MOST: usize = 10;

/// A name above its bar, so that long ones have room on a phone as well.
const ROW: i64 = 44;
const BAR: i64 = 14;

described! {
    /// Bars below one another, each with its name above. Lengths are percentages of the picture's width, so that text
    /// keeps its size on every screen.
    pub struct Bars {
        /// The short name of the picture.
        pub title: String,
        /// What it shows, in a sentence.
        pub description: String,
        /// The height of the picture.
        pub height: String,
        /// How thick a bar is.
        pub thickness: String,
        /// What the colours stand for; nothing where there is one.
        pub legend: Vec<String>,
        /// The bars.
        pub rows: Vec<BarRow>,
    }
}

described! {
    /// One bar.
    pub struct BarRow {
        /// What it is of.
        pub name: String,
        /// Where that is, for screens with room for it.
        pub place: String,
        /// The figure, as a person writes it.
        pub value: String,
        /// The line of the text.
        pub text_y: String,
        /// The top of the bar.
        pub y: String,
        /// The length.
        pub length: String,
        /// Of the length, the second part, which stands at the end; `0` without one.
        pub second: String,
        /// Where the second part begins.
        pub second_x: String,
        /// Whether it is worth a warning.
        pub warn: bool,
    }
}

/// A bar as it is asked for.
pub(super) struct Bar {
    pub name: String,
    pub place: String,
    pub value: String,
    pub amount: Decimal,
    pub second: Decimal,
    pub warn: bool,
}

/// Draws bars; `full` is the amount of the longest one that could be.
pub(super) fn bars(title: &str, description: String, full: Decimal, bars: Vec<Bar>) -> Option<Bars> {
    if bars.is_empty() || full <= Decimal::ZERO {
        return None;
    }
    let long = |amount: Decimal| Decimal::ONE_HUNDRED * (amount / full).clamp(Decimal::ZERO, Decimal::ONE);
    let height = i64::try_from(bars.len()).unwrap_or_default() * ROW;
    let rows = (0i64..).zip(bars).map(|(at, bar)| {
        let (length, second) = (long(bar.amount), long(bar.second));
        BarRow {
            name: bar.name,
            place: bar.place,
            value: bar.value,
            text_y: (at * ROW + 14).to_string(),
            y: (at * ROW + 21).to_string(),
            length: place(length.max(Decimal::new(3, 1))),
            second: place(second),
            second_x: place((length - second).max(Decimal::ZERO)),
            warn: bar.warn,
        }
    });
    Some(Bars {
        title: title.to_owned(),
        description,
        height: height.to_string(),
        thickness: BAR.to_string(),
        legend: Vec::new(),
        rows: rows.collect(),
    })
}

/// The dearest endpoints, with the part of the transfer.
pub(super) fn endpoints(analysis: &CostAnalysis) -> Option<Bars> {
    let mut rows: Vec<_> = analysis.rows.iter().filter_map(|row| Some((row, row.measures.cost?))).collect();
    rows.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
    let full = rows.first().map(|(_, cost)| *cost)?;
    if rows.len() < 2 {
        return None;
    }
    let decimals = decimals_for(analysis.total.cost.unwrap_or_default());
    let all: Vec<Bar> = rows
        .iter()
        .take(MOST)
        .map(|(row, cost)| Bar {
            name: short(&endpoint(analysis, &row.values)),
            place: short(&stage(analysis, &row.values)),
            value: money(*cost, decimals, &analysis.currency),
            amount: *cost,
            second: row.measures.transfer_cost.unwrap_or_default(),
            warn: false,
        })
        .collect();
    let first = all.first()?;
    let said =
        format!("The {} dearest endpoints. The dearest is {} with {}.", all.len(), first.name, first.value);
    let mut drawn = bars("Cost of the dearest endpoints", said, full, all)?;
    drawn.legend = vec!["requests".to_owned(), "transfer to the internet".to_owned()];
    Some(drawn)
}

/// A name that fits a line of the picture.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
