//! The sentences around a table: what it covers, what could not be priced, how complete it is.
//!
//! One place, so that the terminal, Markdown and the page say the same thing in the same words.
//! Every sentence is inert; escaping for a format is that format's own task.

use rust_decimal::{Decimal, RoundingStrategy};

use super::inert::inert;
use super::number::{UNKNOWN, amount, count, decimals_for, money, percent};
use super::period::period;
use crate::analysis::{CostAnalysis, Dimension, Quality, RateUse, Unpriced};

/// The total cost of what could be priced: `$12.34`, or that it is unknown.
pub fn total_cost(analysis: &CostAnalysis) -> String {
    let shown = |cost| money(cost, decimals_for(cost), &analysis.currency);
    analysis.total.cost.map_or_else(|| "cost unknown".to_owned(), shown)
}

/// Whether the total leaves out usage that could not be priced. Not `at least`: the total may count
/// requests as billed of which the log does not say enough.
pub fn is_partial(analysis: &CostAnalysis) -> bool {
    analysis.total.cost.is_some() && !analysis.unpriced.is_empty()
}

/// The least and the most that the log allows, where they differ.
pub fn range(analysis: &CostAnalysis) -> Option<(String, String)> {
    let (low, high) = (analysis.total.cost_low?, analysis.total.cost_high?);
    let shown = |bound: Decimal| money(bound, decimals_for(high), &analysis.currency);
    let (low, high) = (shown(low), shown(high));
    (low != high).then_some((low, high))
}

/// One line that says what was looked at, what it cost and how much it was.
pub fn headline(analysis: &CostAnalysis) -> String {
    let range = range(analysis).map_or_else(String::new, |(low, high)| format!(" ({low} to {high})"));
    let plus = if is_partial(analysis) { " plus unpriced usage" } else { "" };
    format!(
        "{}: {}{range}{plus}, {}{}",
        period(&analysis.window),
        total_cost(analysis),
        counted(analysis.total.requests, "request"),
        filters(analysis),
    )
}

/// What was filtered, `, only api a1*`.
pub fn filters(analysis: &CostAnalysis) -> String {
    let each = |(dimension, glob): &(Dimension, String)| format!("{} {}", dimension.name(), inert(glob));
    let all: Vec<String> = analysis.filters.iter().map(each).collect();
    if all.is_empty() { String::new() } else { format!(", only {}", all.join(", ")) }
}

/// `1 request`, `1,234 requests`.
pub fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number))
}

/// Usage without a price, with what is known of it.
pub fn unpriced(usage: &Unpriced) -> String {
    let Unpriced { account, region, meter, month, quantity, unit, reason } = usage;
    let quantity = quantity_text(quantity);
    inert(&format!(
        "not priced: {quantity} {unit} of {meter} of account {account} in {region}, {month}: {reason}"
    ))
}

/// Decimals of a quantity without a price: a GB to the kilobyte.
const QUANTITY_DECIMALS: u32 = 6;

/// A quantity with separators.
pub fn quantity_text(quantity: &str) -> String {
    let smallest = Decimal::new(1, QUANTITY_DECIMALS);
    let shown = |number: Decimal| match number.is_zero() || number >= smallest {
        true => amount(number, number.scale().min(QUANTITY_DECIMALS)),
        false => format!("under {smallest}"),
    };
    quantity.parse::<Decimal>().map_or_else(|_| inert(quantity), shown)
}

/// How many lines the figures stand on.
pub fn lines(quality: &Quality) -> String {
    let mut parts = vec![format!("{} read", counted(quality.lines, "line"))];
    parts.push(match quality.rejects {
        0 => "none rejected".to_owned(),
        rejects => format!("{} rejected", count(rejects)),
    });
    if quality.duplicates > 0 {
        parts.push(format!("{} dropped", counted(quality.duplicates, "duplicate")));
    }
    if quality.possible_duplicates > 0 {
        parts.push(format!("{} kept", counted(quality.possible_duplicates, "possible duplicate")));
    }
    parts.push(coverage(quality));
    parts.join(", ")
}

/// How much of what AWS counted is in the log.
pub fn coverage(quality: &Quality) -> String {
    match quality.coverage {
        Some(part) => format!("{} of the requests that AWS counted", share_text(Some(part))),
        None if quality.coverage_by_stage.is_some() => {
            "none of its requests can be compared with AWS's own count".to_owned()
        }
        None => "not compared with AWS's own count".to_owned(),
    }
}

/// A part of what was counted, rounded down: nearly all is not all.
pub fn share_text(share: Option<Decimal>) -> String {
    let down = |part: Decimal| percent(part.round_dp_with_strategy(3, RoundingStrategy::ToZero));
    share.map_or_else(|| UNKNOWN.to_owned(), down)
}

/// Whether a reader must know something before trusting the total.
pub fn needs_attention(analysis: &CostAnalysis) -> bool {
    let Quality { rejects, possible_duplicates, notes, .. } = &analysis.quality;
    *rejects > 0 || *possible_duplicates > 0 || !notes.is_empty() || !analysis.unpriced.is_empty()
}

/// Everything that belongs under a table, a line each.
pub fn under_table(analysis: &CostAnalysis) -> Vec<String> {
    let mut all: Vec<String> = analysis.unpriced.iter().map(unpriced).collect();
    all.push(format!("log: {}", lines(&analysis.quality)));
    all.extend(analysis.quality.notes.iter().map(|note| format!("note: {}", inert(note))));
    all.extend(analysis.rates_at.as_deref().map(|month| format!("rates: those of {}", inert(month))));
    if !analysis.overrides.is_empty() {
        all.push(inert(&format!("replaced by your own files: {}", analysis.overrides.join(", "))));
    }
    all
}

/// What a tier of a rate costs: `first 333,000,000 requests`, `$3.50 per million`.
pub fn tiers(rate: &RateUse, currency: &str) -> Vec<(String, String)> {
    let tier = |(label, price): &(String, String)| (inert(label), price_text(label, price, currency));
    rate.tiers.iter().map(tier).collect()
}

/// A rate as price lists write it: by the GB, or by the million of what is counted one by one.
fn price_text(label: &str, price: &str, currency: &str) -> String {
    let by_size = label.ends_with(" GB");
    let (factor, per) = if by_size { (1, "GB") } else { (1_000_000, "million") };
    let shown = price.parse::<Decimal>().ok().and_then(|rate| rate.checked_mul(Decimal::from(factor)));
    shown.map_or_else(
        || inert(price),
        |rate| {
            let rate = rate.normalize();
            format!("{} per {per}", money(rate, rate.scale().max(2), currency))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_headline_states_window_cost_range_and_requests() {
        let analysis = fixture::analysis();
        let line = headline(&analysis);
        assert_eq!(
            line,
            "October 2026: $142.99 ($141.54 to $142.99) plus unpriced usage, 41,500,000 requests"
        );
    }

    #[test]
    fn an_unknown_cost_is_said_and_is_no_zero() {
        let line = headline(&fixture::unpriced());
        assert_eq!(line, "October 2026: cost unknown, 1,000 requests");
        let under = under_table(&fixture::unpriced());
        assert!(
            under[0].starts_with(
                "not priced: 1,000 requests of rest_requests of account 111122223333 in eu-south-2"
            ),
            "{under:?}"
        );
    }

    #[test]
    fn sentences_are_inert() {
        let mut analysis = fixture::analysis();
        analysis.quality.notes = vec!["a\u{1b}[31m note\n".to_owned()];
        let under = under_table(&analysis);
        assert!(under.iter().all(|line| !line.contains(char::is_control)), "{under:?}");
    }

    #[test]
    fn rates_are_written_as_in_price_lists_and_exactly() {
        let price = |label: &str, rate: &str| price_text(label, rate, "USD");
        assert_eq!(price("first 333,000,000 requests", "0.0000035"), "$3.50 per million");
        assert_eq!(price("over 20,000,000,000 requests", "0.00000151"), "$1.51 per million");
        assert_eq!(price("all messages", "0.0000010005"), "$1.0005 per million");
        assert_eq!(price("first 10,240 GB", "0.09"), "$0.09 per GB");
        assert_eq!(price("next 40,960 GB", "0.085"), "$0.085 per GB");
        assert_eq!(price_text("all GB", "0", "EUR"), "0.00 EUR per GB");
        // What is no number is shown as it is, what is too large too.
        assert_eq!(price("all requests", "free\u{7}"), "free\\u{7}");
        assert_eq!(price("all requests", "79228162514264337593543950335"), "79228162514264337593543950335");
    }
}
