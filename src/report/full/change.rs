//! What changed against the period before: a sentence, and the endpoints that moved most with the reason.

use rust_decimal::Decimal;

use super::{ChangeView, ColumnView, Comparison, Report, SectionView, TableView};
use crate::analysis::{CostAnalysis, Dimension, Mover, movers};
use crate::report::inert::inert;
use crate::report::number::{count, decimals_for, money, percent};
use crate::report::period::period;

/// Endpoints that are named.
const NAMED: usize = 8;

/// The sentence under the headline.
pub(super) fn change(report: &Report) -> Option<ChangeView> {
    let Comparison { now, before } = report.before.as_ref().ok()?;
    let (new, old) = (now.total.cost?, before.total.cost?);
    let shown = |cost: Decimal| money(cost, decimals_for(cost.max(old)), &now.currency);
    let period_before = period(&before.window);
    let direction = match new.cmp(&old) {
        std::cmp::Ordering::Greater => "more",
        std::cmp::Ordering::Less => "less",
        std::cmp::Ordering::Equal => "same",
    };
    let part = (!old.is_zero()).then(|| ((new - old) / old).abs());
    let sign = if direction == "less" { "−" } else { "+" };
    // Where the months differ in length, the first days of the longer one are compared.
    let days = match now.window == report.analysis.window {
        true => "an equal number of days".to_owned(),
        false => format!("{}: {}, to compare equal numbers of days", period(&now.window), shown(new)),
    };
    let partial = !now.unpriced.is_empty() || !before.unpriced.is_empty();
    let partial = if partial { "; unpriced usage is in neither" } else { "" };
    let sentence = match part {
        Some(_) if direction == "same" => format!("The same as {period_before} ({days}){partial}."),
        Some(part) => format!(
            "{} {direction} than {period_before}, which cost {} ({days}){partial}.",
            percent(part),
            shown(old)
        ),
        None => format!("{period_before} cost nothing ({days}){partial}."),
    };
    Some(ChangeView {
        sentence,
        direction: direction.to_owned(),
        percent: part.map(|part| format!("{sign}{}", percent(part))).unwrap_or_default(),
        before: shown(old),
        period: period_before,
    })
}

/// The endpoints that moved most.
pub(super) fn movers_section(report: &Report) -> SectionView {
    let mut section =
        SectionView { id: "movers".to_owned(), title: "What changed".to_owned(), ..SectionView::default() };
    let compared = match &report.before {
        Ok(compared) => compared,
        Err(reason) => {
            section.missing = Some(inert(reason));
            return section;
        }
    };
    let all = movers(&compared.before, &compared.now);
    if all.is_empty() {
        section.missing = Some("No endpoint cost more or less than before.".to_owned());
        return section;
    }
    let currency = &compared.now.currency;
    let largest = all.first().map(|mover| mover.change().abs()).unwrap_or_default();
    let decimals = decimals_for(largest);
    let change = |amount: Decimal| signed_money(amount, decimals, currency);
    section.lead = change_lead(report);
    let rows = all.iter().take(NAMED).map(|mover| {
        vec![
            endpoint(&compared.now, &mover.values),
            change(mover.change()),
            money(mover.before, decimals, currency),
            money(mover.now, decimals, currency),
            why(mover, &change),
            stage(&compared.now, &mover.values),
        ]
    });
    let column = |title: &'static str, number: bool, code: bool, secondary: bool| ColumnView {
        title,
        number,
        code,
        secondary,
    };
    section.table = Some(TableView {
        caption: format!("Endpoints whose cost changed most, in {currency}"),
        columns: vec![
            column("endpoint", false, true, false),
            column("change", true, false, false),
            column("before", true, false, true),
            column("now", true, false, true),
            column("why", false, false, false),
            column("stage", false, true, true),
        ],
        rows: rows.collect(),
        total: Vec::new(),
        more: if all.len() > NAMED { count((all.len() - NAMED) as u64) } else { String::new() },
    });
    section
}

fn change_lead(report: &Report) -> Option<String> {
    let change = change(report)?;
    Some(format!("Compared with {}.", change.period))
}

fn value(analysis: &CostAnalysis, values: &[Option<String>], dimension: Dimension) -> Option<String> {
    let at = analysis.dimensions.iter().position(|other| *other == dimension)?;
    values.get(at).cloned().flatten()
}

/// `GET /orders`.
pub(super) fn endpoint(analysis: &CostAnalysis, values: &[Option<String>]) -> String {
    let method =
        value(analysis, values, Dimension::Method).map(|method| format!("{method} ")).unwrap_or_default();
    let route = value(analysis, values, Dimension::Route).unwrap_or_else(|| "(others)".to_owned());
    shortened(&inert(&format!("{method}{route}")))
}

/// `o7r4k2m9xq/prod`; empty where the analysis does not say.
pub(super) fn stage(analysis: &CostAnalysis, values: &[Option<String>]) -> String {
    match (value(analysis, values, Dimension::Api), value(analysis, values, Dimension::Stage)) {
        (Some(api), Some(stage)) => inert(&format!("{api}/{stage}")),
        _ => String::new(),
    }
}

/// A path can be kilobytes long; a table of what matters most needs no more than its beginning.
fn shortened(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn signed_money(amount: Decimal, decimals: u32, currency: &str) -> String {
    let sign = if amount.is_sign_negative() { "−" } else { "+" };
    format!("{sign}{}", money(amount.abs(), decimals, currency))
}

/// The causes in dollars, the largest first; those that would be shown as zero are left out.
fn why(mover: &Mover, change: &dyn Fn(Decimal) -> String) -> String {
    if mover.requests_before == 0 {
        return format!("new: {} requests", count(mover.requests_now));
    }
    if mover.requests_now == 0 {
        return format!("gone: it had {} requests", count(mover.requests_before));
    }
    let traffic = if mover.traffic.is_sign_negative() { "fewer requests" } else { "more requests" };
    let size = if mover.size.is_sign_negative() { "smaller responses" } else { "larger responses" };
    let price = if mover.price.is_sign_negative() { "a lower price each" } else { "a higher price each" };
    let mut causes = [(traffic, mover.traffic), (size, mover.size), (price, mover.price)];
    causes.sort_by_key(|(_, amount)| std::cmp::Reverse(amount.abs()));
    // A cause below a hundredth of the change explains nothing.
    let least = mover.change().abs() / Decimal::ONE_HUNDRED;
    let said: Vec<String> = causes
        .iter()
        .filter(|(_, amount)| !amount.is_zero() && amount.abs() >= least)
        .map(|(cause, amount)| {
            let detail = match *cause == traffic {
                true => format!(" ({} → {})", count(mover.requests_before), count(mover.requests_now)),
                false => String::new(),
            };
            format!("{cause}{detail} {}", change(*amount))
        })
        .collect();
    said.join(", ")
}
