//! Values as a line of bars, for a terminal.

use rust_decimal::Decimal;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A bar for each value, from nothing to `most`.
pub fn spark(values: impl IntoIterator<Item = Decimal>, most: Decimal) -> String {
    let bar = |value: Decimal| {
        let part = value.checked_div(most).unwrap_or_default();
        let step = (part * Decimal::from(BARS.len() as u64)).trunc();
        BARS[usize::try_from(step).unwrap_or(0).min(BARS.len() - 1)]
    };
    values.into_iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_for_parts_of_the_most() {
        let values =
            |numbers: &[i64]| numbers.iter().map(|number| Decimal::from(*number)).collect::<Vec<_>>();
        assert_eq!(spark(values(&[0, 1, 4, 8]), Decimal::from(8)), "▁▂▅█");
        assert_eq!(spark(values(&[0, 0]), Decimal::ZERO), "▁▁");
    }
}
