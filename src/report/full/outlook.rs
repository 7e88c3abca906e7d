//! What to do and what is to come: recommendations, waste, placement, anomalies, a forecast.

use rust_decimal::Decimal;

use super::sections::column;
use super::{SectionView, TableView};
use crate::analysis::advise::Advice;
use crate::analysis::anomalies::{Anomalies, Anomaly};
use crate::analysis::forecast::{Forecast, Range};
use crate::analysis::placement::PlacementAnalysis;
use crate::analysis::waste::{Waste, WasteItem};
use crate::report::inert::{inert, value};
use crate::report::number::{UNKNOWN, count, decimals_for, money, percent};

/// Rows of a table.
const ROWS: usize = 10;

fn more(all: usize) -> String {
    if all > ROWS { count((all - ROWS) as u64) } else { String::new() }
}

/// `$1.20`, or `$1.00 to $1.20`.
fn between(low: Decimal, high: Decimal, currency: &str) -> String {
    let decimals = decimals_for(high.abs().max(low.abs()));
    let shown = |amount: Decimal| {
        let sign = if amount.is_sign_negative() { "−" } else { "" };
        format!("{sign}{}", money(amount.abs(), decimals, currency))
    };
    let (low, high) = (shown(low), shown(high));
    if low == high { low } else { format!("{low} to {high}") }
}

/// Recommendations by dollars a month; those that a better one excludes are left out.
pub(super) fn recommendations(advice: &Advice, section: &mut SectionView) {
    let ranked: Vec<_> = advice.ranked.iter().filter(|ranked| ranked.behind.is_none()).collect();
    if ranked.is_empty() {
        section.missing = Some("Nothing that was looked at gives a reason to change something.".to_owned());
        return;
    }
    let currency = &advice.currency;
    if !advice.saving.high.is_zero() {
        let saving = between(advice.saving.low, advice.saving.high, currency);
        section.lead = Some(format!("Together they save {saving} a month."));
    }
    let rows = ranked.iter().take(ROWS).map(|ranked| {
        let recommendation = &ranked.recommendation;
        let saving = recommendation.saving.map(|saving| between(saving.low, saving.high, currency));
        vec![
            inert(&recommendation.title),
            saving.unwrap_or_else(|| UNKNOWN.to_owned()),
            recommendation.effort.name().to_owned(),
            recommendation.risk.name().to_owned(),
        ]
    });
    section.table = Some(TableView {
        caption: "What to do, by what it saves a month; gwcost advise says how".to_owned(),
        columns: vec![
            column("what", false, false, false),
            column("saves a month", true, false, false),
            column("effort", false, false, true),
            column("risk", false, false, true),
        ],
        rows: rows.collect(),
        total: Vec::new(),
        more: more(ranked.len()),
    });
    section.notes = advice.refuted.iter().map(|sentence| inert(sentence)).collect();
}

/// What need not have been paid.
pub(super) fn waste(waste: &Waste, section: &mut SectionView) {
    if waste.items.is_empty() {
        section.missing = Some("Nothing was found that need not have been paid.".to_owned());
        return;
    }
    let largest = waste.items.iter().filter_map(|item| item.a_month).max().unwrap_or_default();
    let decimals = decimals_for(largest);
    let place = |item: &WasteItem| {
        let parts: Vec<&str> = item.endpoint.iter().skip(2).filter_map(Option::as_deref).collect();
        inert(&parts.join(" "))
    };
    let rows = waste.items.iter().take(ROWS).map(|item| {
        vec![
            item.kind.name().replace('_', " "),
            place(item),
            inert(&item.detail),
            item.requests.map_or_else(|| UNKNOWN.to_owned(), count),
            item.a_month.map_or_else(|| UNKNOWN.to_owned(), |cost| money(cost, decimals, &waste.currency)),
        ]
    });
    section.table = Some(TableView {
        caption: "What need not have been paid; kinds can share requests".to_owned(),
        columns: vec![
            column("kind", false, false, false),
            column("where", false, true, false),
            column("detail", false, true, true),
            column("requests", true, false, true),
            column("a month", true, false, false),
        ],
        rows: rows.collect(),
        total: Vec::new(),
        more: more(waste.items.len()),
    });
    section.notes = waste.notes.iter().map(|note| inert(note)).collect();
}

/// Hours that left their season.
pub(super) fn anomalies(anomalies: &Anomalies, section: &mut SectionView) {
    if anomalies.found.is_empty() {
        section.missing = Some(match anomalies.series {
            0 => "No series is long enough to say what is usual.".to_owned(),
            series => format!("Nothing left its season, among {} series.", count(series)),
        });
        return;
    }
    let largest = anomalies.found.iter().filter_map(|of| of.dollars).map(|dollars| dollars.abs()).max();
    let decimals = decimals_for(largest.unwrap_or_default());
    let whose = |anomaly: &Anomaly| {
        let parts: Vec<String> = anomaly
            .of
            .iter()
            .skip(2)
            .map(|(dimension, of)| format!("{dimension} {}", value(of.as_deref())))
            .collect();
        parts.join(", ")
    };
    let rows = anomalies.found.iter().take(ROWS).map(|anomaly| {
        let dollars = anomaly.dollars.map(|dollars| {
            let sign = if dollars.is_sign_negative() { "−" } else { "+" };
            format!("{sign}{}", money(dollars.abs(), decimals, &anomalies.currency))
        });
        vec![
            anomaly.window.from_rfc3339().replace(":00:00Z", ":00Z"),
            anomaly.measure.name().replace('_', " "),
            whose(anomaly),
            count(anomaly.actual),
            count(anomaly.expected),
            dollars.unwrap_or_else(|| UNKNOWN.to_owned()),
        ]
    });
    section.table = Some(TableView {
        caption: "Hours that left their season, and what that cost".to_owned(),
        columns: vec![
            column("from", false, false, false),
            column("what", false, false, false),
            column("of", false, true, false),
            column("seen", true, false, true),
            column("usual", true, false, true),
            column("so far", true, false, false),
        ],
        rows: rows.collect(),
        total: Vec::new(),
        more: more(anomalies.found.len()),
    });
}

/// What the running month will cost.
pub(super) fn forecast(forecast: &Forecast, section: &mut SectionView) {
    let (Some(this), Some(next)) = (forecast.total.this_month, forecast.total.next_month) else {
        let days = forecast.total.days;
        section.missing = Some(format!("Nothing can be said from {days} whole days: it takes 14."));
        return;
    };
    let said = |range: &Range| {
        let decimals = decimals_for(range.likely);
        let shown = |amount: Decimal| money(amount, decimals, &forecast.currency);
        format!("{} ({} to {})", shown(range.likely), shown(range.low), shown(range.high))
    };
    section.lead = Some(format!(
        "{} will cost {}, {} {}. So far it cost {}.",
        forecast.month,
        said(&this),
        forecast.month.next(),
        said(&next),
        money(forecast.total.so_far, decimals_for(forecast.total.so_far), &forecast.currency)
    ));
    section.notes = vec![format!("Intervals are of 95 %: {}.", crate::analysis::forecast::METHOD)];
}

/// Where APIs stand, and what standing elsewhere would bring.
pub(super) fn placement(answer: &PlacementAnalysis, section: &mut SectionView) {
    if answer.apis.is_empty() {
        section.missing = Some("No stage of the window is in the scope.".to_owned());
        return;
    }
    let rows = answer.apis.iter().take(ROWS).map(|api| {
        let callers = match api.callers.first() {
            Some(first) => {
                let country = first.country.as_deref().unwrap_or("no address");
                format!("{} {}", inert(country), percent(first.share))
            }
            None => UNKNOWN.to_owned(),
        };
        let best = api.recommendations.first();
        let saving = best.and_then(|best| best.saving);
        vec![
            inert(&format!("{}/{}", api.id.api, api.id.stage)),
            api.endpoint.as_deref().map_or_else(|| UNKNOWN.to_owned(), inert),
            callers,
            best.map_or_else(|| "stay where it is".to_owned(), |best| inert(&best.title)),
            saving.map_or_else(
                || UNKNOWN.to_owned(),
                |saving| between(saving.low, saving.high, &answer.currency),
            ),
        ]
    });
    section.table = Some(TableView {
        caption: "Where APIs stand, and what would change that; gwcost placement has every alternative"
            .to_owned(),
        columns: vec![
            column("stage", false, true, false),
            column("endpoint", false, false, true),
            column("callers", false, false, true),
            column("what pays", false, false, false),
            column("saves a month", true, false, false),
        ],
        rows: rows.collect(),
        total: Vec::new(),
        more: more(answer.apis.len()),
    });
    section.notes = answer.notes.iter().map(|note| inert(note)).collect();
}
