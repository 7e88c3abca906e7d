//! Splits the bars of the daily chart by API: the dearest ones in colours of their own, the others in one.

use std::collections::BTreeMap;

use crate::report::schema::described;
use rust_decimal::Decimal;

use crate::analysis::CostRow;
use crate::report::chart::{Chart, place};
use crate::report::inert::inert;
use crate::report::number::{decimals_for, money};

/// APIs with a colour of their own.
const COLOURS: usize = 4;

described! {
    /// A piece of a bar.
    pub struct Part {
        /// The top.
        pub y: String,
        /// From the top down.
        pub height: String,
        /// The colour's number, from 0.
        pub color: String,
        /// Whose it is and how much, `o7r4k2m9xq: $1.20`.
        pub text: String,
    }
}

described! {
    /// What a colour stands for.
    pub struct LegendEntry {
        /// The colour's number, from 0.
        pub color: String,
        /// The API.
        pub name: String,
    }
}

/// Gives the chart's bars their parts; rows are by account, region, API and day. Bars of which something is not
/// known, and a chart with one API, stay as they are.
pub(super) fn stack(chart: &mut Chart, rows: &[CostRow], currency: &str) {
    let mut by_api: BTreeMap<&str, Decimal> = BTreeMap::new();
    let mut by_day: BTreeMap<&str, BTreeMap<&str, Decimal>> = BTreeMap::new();
    for row in rows {
        let value = |at: usize| row.values.get(at).and_then(Option::as_deref);
        let (Some(api), Some(day)) = (value(2), value(3)) else { return };
        let cost = row.measures.cost.unwrap_or_default();
        *by_api.entry(api).or_default() += cost;
        *by_day.entry(day).or_default().entry(api).or_default() += cost;
    }
    if by_api.len() < 2 {
        return;
    }
    let mut ranked: Vec<(&str, Decimal)> = by_api.into_iter().collect();
    ranked.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
    let own: Vec<&str> = ranked.iter().take(COLOURS).map(|(api, _)| *api).collect();
    let decimals = decimals_for(ranked.iter().map(|(_, cost)| *cost).sum());
    for bar in &mut chart.bars {
        let Some(day) = by_day.get(bar.day.as_str()) else { continue };
        let whole: Decimal = day.values().sum();
        let (Ok(height), Ok(top)) = (bar.height.parse::<Decimal>(), bar.y.parse::<Decimal>()) else {
            continue;
        };
        if whole.is_zero() || !bar.known {
            continue;
        }
        let others: Decimal = day.iter().filter(|(api, _)| !own.contains(api)).map(|(_, cost)| *cost).sum();
        let of = |api: &&str| day.get(*api).copied().unwrap_or_default();
        let costs = own.iter().map(of).chain([others]);
        let mut y = top + height;
        for (color, cost) in costs.enumerate().filter(|(_, cost)| !cost.is_zero()) {
            let tall = height * cost / whole;
            y -= tall;
            let name = own.get(color).map_or_else(|| "other APIs".to_owned(), |api| inert(api));
            bar.parts.push(Part {
                y: place(y),
                height: place(tall),
                color: color.to_string(),
                text: format!("{name}: {}", money(cost, decimals, currency)),
            });
        }
    }
    let entry = |(color, name): (usize, String)| LegendEntry { color: color.to_string(), name };
    chart.legend = own.iter().map(|api| inert(api)).enumerate().map(entry).collect();
    if ranked.len() > COLOURS {
        chart.legend.push(entry((COLOURS, "other APIs".to_owned())));
    }
}
