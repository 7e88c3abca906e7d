//! What a reader must know of the figures: how complete they are, and what was taken for granted.

use gwcost_core::model::{ApiKind, RouteLimits, Window};
use gwcost_core::pricing::{Allocation, HttpMetering, Terms};
use gwcost_core::text::grouped;

use super::catalog::Catalog;
use super::other_routes::OTHER;
use super::pricing::Around;
use super::result::Quality;
use super::usage::{LeafKey, Leaves};
use crate::lake::Lake;

/// A quiet hour at the edge of a window is no gap.
const HOUR_MS: i64 = 3_600_000;

/// Counts over the units that overlap the window, and a sentence for each gap. `routes_merged` are the
/// routes of which `(other)` is made.
pub fn quality(
    lake: &Lake,
    window: Window,
    leaves: &Leaves,
    metering: HttpMetering,
    selected: impl Fn(&LeafKey) -> bool,
    routes_merged: u64,
) -> Quality {
    let mut quality = Quality::default();
    for unit in lake.units() {
        // A unit whose every line was refused has no times; it may belong to any window.
        let overlaps = match (unit.first_ms, unit.last_ms) {
            (Some(first), Some(last)) => window.overlaps(first, last),
            _ => true,
        };
        if overlaps {
            quality.lines += unit.lines;
            quality.rejects += unit.rejects;
            quality.duplicates += unit.duplicates;
            quality.possible_duplicates += unit.possible_duplicates;
        }
    }
    let chosen = || leaves.iter().filter(|(key, _)| selected(key));
    let of_kind = |kind: ApiKind| chosen().filter(move |(key, _)| key.endpoint.kind == kind);
    let requests: u64 = chosen().map(|(_, leaf)| leaf.requests).sum();
    let sized: u64 = chosen().map(|(_, leaf)| leaf.sized).sum();
    let mut note = |text: String| quality.notes.push(text);

    let logged: u64 = leaves.values().map(|leaf| leaf.requests).sum();
    match lake.covered() {
        Some(_) if requests == 0 && logged > 0 => {
            note(format!("none of the {} requests in this window matches the filters", grouped(logged)));
        }
        Some((first, last)) if requests == 0 => note(format!(
            "no requests in this window: the lake holds requests from {} to {}",
            instant(first),
            instant(last)
        )),
        Some((first, last)) => {
            if let Some(month) = window.months().first().filter(|month| month.start_ms() + HOUR_MS < first) {
                let until = instant(first);
                note(format!(
                    "the lake begins at {until}, after the start of {month}: usage before that is unknown, \
                     and tiers are counted from the lake's first request"
                ));
            }
            if last + HOUR_MS < window.to_ms {
                note(format!(
                    "the last request in the lake is at {}, before the window's end",
                    instant(last)
                ));
            }
        }
        None => note("the lake holds no requests".to_owned()),
    }
    if requests > sized {
        note(format!(
            "{} of {} requests were logged without a response size: their transfer is not in the cost",
            grouped(requests - sized),
            grouped(requests)
        ));
    }
    if sized > 0 {
        note("transfer is a floor: logs hold the size of bodies, not of headers".to_owned());
    }
    if of_kind(ApiKind::Http).next().is_some() {
        note(match metering {
            HttpMetering::Response => {
                "HTTP APIs are metered by the response body: request bodies above 512 KB are \
                                       not seen (AWS does not document which of the two counts)"
                    .to_owned()
            }
            way => format!("HTTP APIs are metered by --http-metering {way}: most logs hold no request size"),
        });
    }
    if of_kind(ApiKind::WebSocket).next().is_some() {
        note(
            "WebSocket figures are a floor: logs hold no message size (1 to 4 units each), replies through \
             @connections may not be logged, and connection minutes are not priced here"
                .to_owned(),
        );
    }
    let templated: u64 = chosen().map(|(_, leaf)| leaf.templated).sum();
    if templated > 0 {
        note(format!(
            "{} requests have a route made from their path, with identifiers as {{id}}",
            grouped(templated)
        ));
    }
    if routes_merged > 0 {
        note(format!(
            "{} of these routes are shown as one, {OTHER}: in each stage the busiest are kept, as many as \
             most in [[routes]] of gwcost.toml says (otherwise {})",
            grouped(routes_merged),
            RouteLimits::DEFAULT
        ));
    }
    quality
}

/// What holds for every figure.
pub fn assumptions(catalog: &Catalog, unbilled: bool, undetermined: bool, around: &Around) -> Vec<String> {
    let mut assumptions = terms(catalog.terms());
    if !around.before.is_empty() || !around.after.is_empty() {
        assumptions.push(match catalog.allocation() {
            Allocation::Average => {
                "A part of a month is billed at the average rate of what the lake holds of that month \
                                    (--allocation average)."
                    .to_owned()
            }
            Allocation::Marginal => {
                "A part of a month is billed in the tiers that its usage fell in, after what the \
                                     lake holds of the month before it (--allocation marginal)."
                    .to_owned()
            }
        });
    }
    assumptions.extend([
        match catalog.has_private_apis() {
            true => "Responses of APIs that settings call private are priced by the GB of their endpoints; the hours of \
                     endpoints are not known here. All others go to the internet; callers inside AWS pay otherwise."
                .to_owned(),
            false => "All responses go to the internet; private APIs and callers inside AWS pay otherwise.".to_owned(),
        },
        format!("Which requests are billed: {}.", catalog.rules().source()),
    ]);
    if undetermined {
        assumptions.push(
            "Requests of which the log does not say whether they are billed count as billed in cost and \
             cost_high, and not at all in cost_low."
                .to_owned(),
        );
    }
    if unbilled {
        assumptions.push(
            "Whether the bodies of unbilled responses pay transfer is not documented: they do in cost, not in \
             cost_low."
                .to_owned(),
        );
    }
    assumptions
}

/// What was agreed beside list prices, or that nothing was.
fn terms(terms: &Terms) -> Vec<String> {
    let mut said = Vec::new();
    let percents: Vec<String> =
        terms.discounts.iter().map(|discount| format!("{} %", discount.percent.normalize())).collect();
    if percents.is_empty() && terms.free.is_empty() && terms.rates.is_empty() {
        said.push("No free allowance, discount or credit is applied.".to_owned());
    }
    if !percents.is_empty() {
        said.push(format!(
            "Discounts of your gwcost.toml are taken off list prices: {}.",
            percents.join(", ")
        ));
    }
    if !terms.rates.is_empty() {
        said.push(format!("Your gwcost.toml has rates of its own: {}.", grouped(terms.rates.len() as u64)));
    }
    for free in &terms.free {
        let (quantity, unit) = (grouped(free.quantity), free.meter.unit());
        said.push(format!(
            "{quantity} {unit} of {} a month are free in {} ({}).",
            free.meter, free.region, free.name
        ));
    }
    for other in &terms.others {
        let quantity = other.meter.quantity(other.units);
        said.push(format!(
            "Others use {quantity} {} of {} a month in {}, which fill the tiers first.",
            other.meter.unit(),
            other.meter,
            other.region
        ));
    }
    for ((from, to), rate) in &terms.conversions {
        said.push(format!("One {from} is {} {to}.", rate.normalize()));
    }
    if terms.families.is_empty() {
        said.push(
            "Each account fills the tiers by itself; accounts that are billed together reach lower tiers sooner."
                .to_owned(),
        );
    }
    for family in &terms.families {
        said.push(format!("These accounts fill the tiers together: {}.", family.join(", ")));
    }
    said
}

fn instant(ms: i64) -> String {
    Window { from_ms: ms, to_ms: ms }.from_rfc3339()
}
