//! Numbers as people write them, and money rounded so that what is shown adds up.
//!
//! A column of amounts, each rounded on its own, does not add up to its rounded total, and a
//! reader who checks it stops trusting the rest. [`cents_top_down`] rounds a column together.

use gwcost_core::text::{grouped, grouped_digits};
use rust_decimal::{Decimal, RoundingStrategy};

/// What stands where a figure is not known. Never `0`.
pub const UNKNOWN: &str = "–";

/// `1234567` as `1,234,567`.
pub fn count(number: u64) -> String {
    grouped(number)
}

/// A decimal with exactly `decimals` places and thousands separators: `1,234.50`.
pub fn amount(value: Decimal, decimals: u32) -> String {
    let rounded = round(value, decimals);
    let text = format!("{:.1$}", rounded.abs(), decimals as usize);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if rounded < Decimal::ZERO { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped_digits(whole))
}

/// An amount with its currency: `$1,234.50`, `1,234.50 EUR`.
pub fn money(value: Decimal, decimals: u32, currency: &str) -> String {
    let text = amount(value, decimals);
    match (currency, text.strip_prefix('-')) {
        ("USD", Some(digits)) => format!("-${digits}"),
        ("USD", None) => format!("${text}"),
        (other, _) => format!("{text} {other}"),
    }
}

/// A part of one as a percentage: `41.2%`, `<0.1%` where rounding would say nothing, `>99.9%`
/// where it would say all.
pub fn percent(part: Decimal) -> String {
    let rounded = round(part * Decimal::ONE_HUNDRED, 1);
    if part > Decimal::ZERO && rounded.is_zero() {
        "<0.1%".to_owned()
    } else if part < Decimal::ONE && rounded == Decimal::ONE_HUNDRED {
        ">99.9%".to_owned()
    } else {
        format!("{}%", amount(rounded, 1))
    }
}

/// Bytes in binary units: `512 B`, `2.56 GiB`.
pub fn bytes(number: u64) -> String {
    if number < 1024 {
        return format!("{number} B");
    }
    let mut unit: u128 = 1024;
    for name in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        let hundredths = (u128::from(number) * 100 + unit / 2) / unit;
        // 1,024 KiB is written as 1 MiB, also when only rounding made it so.
        if hundredths < 1024 * 100 {
            return format!("{}.{:02} {name}", hundredths / 100, hundredths % 100);
        }
        unit *= 1024;
    }
    let hundredths = (u128::from(number) * 100 + unit / 2) / unit;
    format!("{}.{:02} EiB", hundredths / 100, hundredths % 100)
}

/// A length of time in milliseconds: `1,250 ms`.
pub fn millis(number: i64) -> String {
    format!("{} ms", signed(number))
}

/// `-1234` as `-1,234`.
pub fn signed(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", count(number.unsigned_abs()))
}

/// How many decimals the parts of a total are shown with: cents for hundreds of dollars, more
/// where cents would hide everything.
pub fn decimals_for(total: Decimal) -> u32 {
    let size = total.abs();
    if size.is_zero() || size >= Decimal::ONE_HUNDRED {
        2
    } else if size >= Decimal::ONE {
        4
    } else if size >= Decimal::new(1, 3) {
        6
    } else {
        10
    }
}

/// A value rounded half away from zero, as people round.
pub fn round(value: Decimal, decimals: u32) -> Decimal {
    let rounded = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    // There is no negative zero in a report.
    if rounded.is_zero() { Decimal::ZERO } else { rounded }
}

/// Rounds the parts of a total so that the shown parts add up to the shown total.
///
/// By largest remainder: every part is rounded down, then the units that are missing go to the
/// parts that lost most (the first of equal ones). No part moves by a whole unit of the last place.
/// Parts that are not the parts of this total are each rounded alone: nothing is bent to fit.
pub fn cents_top_down(total: Decimal, parts: &[Decimal], decimals: u32) -> Vec<Decimal> {
    let down = |part: &Decimal| part.round_dp_with_strategy(decimals, RoundingStrategy::ToNegativeInfinity);
    let mut shown: Vec<Decimal> = parts.iter().map(down).collect();
    let unit = Decimal::new(1, decimals);
    let mut missing = round(total, decimals) - shown.iter().sum::<Decimal>();
    let mut by_loss: Vec<usize> = (0..parts.len()).filter(|&index| parts[index] != shown[index]).collect();
    if missing < Decimal::ZERO || missing > unit * Decimal::from(by_loss.len()) {
        return parts.iter().map(|part| round(*part, decimals)).collect();
    }
    by_loss.sort_by_key(|&index| std::cmp::Reverse(parts[index] - shown[index]));
    for index in by_loss {
        if missing.is_zero() {
            break;
        }
        shown[index] += unit;
        missing -= unit;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn thousands_are_separated() {
        let written: Vec<String> = [0, 999, 1000, 1_234_567, u64::MAX].into_iter().map(count).collect();
        assert_eq!(written, ["0", "999", "1,000", "1,234,567", "18,446,744,073,709,551,615"]);
        assert_eq!(signed(-1500), "-1,500");
        assert_eq!(millis(1250), "1,250 ms");
    }

    #[test]
    fn amounts_keep_their_places_and_never_use_an_exponent() {
        assert_eq!(amount(decimal("1234.5"), 2), "1,234.50");
        assert_eq!(amount(decimal("0.0000035"), 6), "0.000004");
        assert_eq!(amount(decimal("-1234567.005"), 2), "-1,234,567.01");
        assert_eq!(amount(decimal("-0.001"), 2), "0.00");
        assert_eq!(amount(decimal("12"), 0), "12");
        assert_eq!(money(decimal("-3.5"), 2, "USD"), "-$3.50");
        assert_eq!(money(decimal("3.5"), 2, "EUR"), "3.50 EUR");
    }

    #[test]
    fn percentages_never_round_something_to_nothing_or_most_to_all() {
        assert_eq!(percent(decimal("0.412")), "41.2%");
        assert_eq!(percent(decimal("0.0001")), "<0.1%");
        assert_eq!(percent(decimal("0.9999")), ">99.9%");
        assert_eq!(percent(Decimal::ZERO), "0.0%");
        assert_eq!(percent(Decimal::ONE), "100.0%");
    }

    #[test]
    fn bytes_move_to_the_next_unit_when_rounding_does() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024), "1.00 KiB");
        assert_eq!(bytes(1_048_575), "1.00 MiB");
        assert_eq!(bytes(2_748_779_069), "2.56 GiB");
        assert_eq!(bytes(u64::MAX), "16.00 EiB");
    }

    #[test]
    fn decimals_follow_the_total() {
        let chosen: Vec<u32> =
            ["0", "0.99", "1", "99.99", "100"].into_iter().map(|text| decimals_for(decimal(text))).collect();
        assert_eq!(chosen, [2, 6, 4, 4, 2]);
    }

    #[test]
    fn shown_parts_add_up_to_the_shown_total() {
        let third = [decimal("33.333333"), decimal("33.333333"), decimal("33.333334")];
        assert_eq!(cents_top_down(decimal("100"), &third, 2), ["33.33", "33.33", "33.34"].map(decimal));
        // Many shapes: a small generator, so that no part's luck hides a fault.
        let mut state: u64 = 7;
        for size in 1..60 {
            let parts: Vec<Decimal> = (0..size)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    Decimal::new(i64::try_from(state >> 34).unwrap(), 8)
                })
                .collect();
            let total: Decimal = parts.iter().sum();
            for decimals in [0, 2, 4, 6] {
                let shown = cents_top_down(total, &parts, decimals);
                assert_eq!(shown.iter().sum::<Decimal>(), round(total, decimals));
                let unit = Decimal::new(1, decimals);
                assert!(shown.iter().zip(&parts).all(|(shown, part)| (shown - part).abs() < unit));
            }
        }
    }

    #[test]
    fn parts_of_another_total_are_not_bent_to_fit() {
        let parts = [decimal("1.005"), decimal("2")];
        assert_eq!(cents_top_down(decimal("9"), &parts, 2), [decimal("1.01"), decimal("2")]);
        assert!(cents_top_down(decimal("9"), &[], 2).is_empty());
        // A part that is nothing gets nothing.
        assert_eq!(cents_top_down(decimal("0.006"), &[Decimal::ZERO, decimal("0.006")], 2)[0], Decimal::ZERO);
    }
}
