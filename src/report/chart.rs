//! The geometry of the chart of daily cost: a scale with round ticks, bars, labels.
//!
//! Numbers only, already as strings; how it looks is `templates/daily-chart.svg`. Days stand where
//! they are in time, so that a day without logs is a gap and not a missing bar.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::full::{LegendEntry, Part};
use super::notes::counted;
use super::number::{UNKNOWN, cents_top_down, count, decimals_for, money};
use super::period::{days_touched, period};
use super::schema::described;
use crate::analysis::{CostAnalysis, DayCost};

const WIDTH: i64 = 860;
const HEIGHT: i64 = 250;
const LEFT: i64 = 72;
const RIGHT: i64 = 8;
const TOP: i64 = 12;
const BOTTOM: i64 = 30;
/// Spaces between ticks, at most.
const INTERVALS: i64 = 4;
/// Labels under the bars, at most.
const LABELS: i64 = 8;
/// The widest bar: a single day should not fill the page.
const BAR: i64 = 48;
/// Longer windows are drawn from their first day with requests to their last.
const LONGEST_WINDOW: i64 = 120;

described! {
    /// What the template draws. Coordinates are in the units of `width` and `height`.
    pub struct Chart {
        /// The width of the picture.
        pub width: String,
        /// The height of the picture.
        pub height: String,
        /// The left end of the plot.
        pub left: String,
        /// The right end of the plot.
        pub right: String,
        /// Where zero is.
        pub baseline: String,
        /// The short name of the picture.
        pub title: String,
        /// What the picture shows, in a sentence, for those who do not see it.
        pub description: String,
        /// The lines across the plot, from zero up.
        pub ticks: Vec<Tick>,
        /// The days that have requests, in order.
        pub bars: Vec<Bar>,
        /// The names of some days, in order.
        pub labels: Vec<Label>,
        /// What the colours of parts stand for; nothing where bars are whole.
        pub legend: Vec<LegendEntry>,
    }
}

described! {
    /// A line across the plot.
    pub struct Tick {
        /// Its height.
        pub y: String,
        /// The amount that it stands for.
        pub text: String,
    }
}

described! {
    /// One day.
    pub struct Bar {
        /// The left side.
        pub x: String,
        /// The top.
        pub y: String,
        /// From side to side.
        pub width: String,
        /// From the top to zero.
        pub height: String,
        /// The middle of the bar.
        pub center: String,
        /// `2026-10-31`.
        pub day: String,
        /// What the day cost, or `–`.
        pub cost: String,
        /// The day's requests.
        pub requests: String,
        /// Whether the day's cost is known; an unknown one is a mark, not a bar of no height.
        pub known: bool,
        /// The bar by API, from the bottom; nothing where it is whole.
        pub parts: Vec<Part>,
    }
}

described! {
    /// The name of a day under the plot.
    pub struct Label {
        /// The middle of its day.
        pub x: String,
        /// `Oct 31`.
        pub text: String,
        /// Whether it is shown where there is room for few.
        pub major: bool,
    }
}

impl Chart {
    /// The chart of an analysis; `None` without days.
    pub fn of(analysis: &CostAnalysis) -> Option<Chart> {
        let days: Vec<(Date, &DayCost)> =
            analysis.days.iter().filter_map(|day| Some((day.day.parse().ok()?, day))).collect();
        let (first, last) = span(analysis, &days)?;
        let slots = days_between(first, last) + 1;
        let slot = Decimal::from(WIDTH - LEFT - RIGHT) / Decimal::from(slots);
        let scale = Scale::of(days.iter().filter_map(|(_, day)| day.cost).max().unwrap_or_default());
        let middle = |date: Date| {
            let number = Decimal::from(days_between(first, date)) + Decimal::new(5, 1);
            Decimal::from(LEFT) + slot * number
        };
        let shown = shown_costs(analysis, &days);
        let thickness = (slot * Decimal::new(72, 2)).min(Decimal::from(BAR));
        let bars = days.iter().zip(shown).map(|((date, day), cost)| {
            let (center, top) = (middle(*date), scale.y(day.cost.unwrap_or_default()));
            Bar {
                x: place(center - thickness / Decimal::TWO),
                y: place(top),
                width: place(thickness),
                height: place(Decimal::from(HEIGHT - BOTTOM) - top),
                center: place(center),
                day: day.day.clone(),
                cost,
                requests: count(day.requests),
                known: day.cost.is_some(),
                parts: Vec::new(),
            }
        });
        Some(Chart {
            width: WIDTH.to_string(),
            height: HEIGHT.to_string(),
            left: LEFT.to_string(),
            right: (WIDTH - RIGHT).to_string(),
            baseline: (HEIGHT - BOTTOM).to_string(),
            title: format!("Cost per day, {}", period(&analysis.window)),
            description: description(analysis, &days),
            ticks: scale.ticks(&analysis.currency),
            bars: bars.collect(),
            labels: labels(first, slots, middle),
            legend: Vec::new(),
        })
    }
}

/// The first and the last day that have a place in the chart.
fn span(analysis: &CostAnalysis, days: &[(Date, &DayCost)]) -> Option<(Date, Date)> {
    let (first, last) = (days.first()?.0, days.last()?.0);
    match days_touched(&analysis.window) {
        Some((from, to)) if days_between(from, to) < LONGEST_WINDOW => Some((first.min(from), last.max(to))),
        _ => Some((first, last)),
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// The days' costs, rounded to add up to the total where they are all of it.
fn shown_costs(analysis: &CostAnalysis, days: &[(Date, &DayCost)]) -> Vec<String> {
    let total = analysis.total.cost.unwrap_or_default();
    let decimals = decimals_for(total);
    let parts: Vec<Decimal> = days.iter().map(|(_, day)| day.cost.unwrap_or_default()).collect();
    let rounded = cents_top_down(total, &parts, decimals);
    let text = |((_, day), cost): (&(Date, &DayCost), Decimal)| match day.cost {
        Some(_) => money(cost, decimals, &analysis.currency),
        None => UNKNOWN.to_owned(),
    };
    days.iter().zip(rounded).map(text).collect()
}

fn description(analysis: &CostAnalysis, days: &[(Date, &DayCost)]) -> String {
    let known = days.iter().filter_map(|(_, day)| Some((day.cost?, day.day.as_str())));
    let decimals = decimals_for(analysis.total.cost.unwrap_or_default());
    let shown = |cost: Decimal| money(cost, decimals, &analysis.currency);
    let Some(((low, low_day), (high, high_day))) = known.clone().min().zip(known.max()) else {
        return format!("The cost of none of {} is known.", counted(days.len() as u64, "day"));
    };
    let unknown = days.iter().filter(|(_, day)| day.cost.is_none()).count() as u64;
    let note = if unknown == 0 {
        String::new()
    } else {
        format!(" The cost of {} is not known.", counted(unknown, "day"))
    };
    format!(
        "One bar for each of {}, from {} on {low_day} to {} on {high_day}.{note}",
        counted(days.len() as u64, "day"),
        shown(low),
        shown(high),
    )
}

/// Names of days at equal distances.
fn labels(first: Date, slots: i64, middle: impl Fn(Date) -> Decimal) -> Vec<Label> {
    let step = [1, 2, 4, 7, 14, 28].into_iter().find(|step| (slots - 1) / step < LABELS);
    let step = step.unwrap_or(slots / LABELS + 1);
    let count = (slots - 1) / step + 1;
    let label = |number: i64| {
        let date = first.checked_add(jiff::Span::new().try_days(number * step).ok()?).ok()?;
        let major = number == 0 || number == count - 1 || (count > 4 && number == (count - 1) / 2);
        Some(Label { x: place(middle(date)), text: date.strftime("%b %-d").to_string(), major })
    };
    (0..count).filter_map(label).collect()
}

/// Amounts to heights.
struct Scale {
    step: Decimal,
    /// How many steps there are.
    steps: i64,
}

impl Scale {
    /// A scale from zero to the first round number that is not below `highest`.
    fn of(highest: Decimal) -> Scale {
        if highest <= Decimal::ZERO {
            return Scale { step: Decimal::ONE, steps: 1 };
        }
        let step = round_step(highest / Decimal::from(INTERVALS));
        let steps = (1..=INTERVALS).find(|steps| step * Decimal::from(*steps) >= highest);
        Scale { step, steps: steps.unwrap_or(INTERVALS) }
    }

    fn y(&self, cost: Decimal) -> Decimal {
        let height = Decimal::from(HEIGHT - BOTTOM - TOP);
        Decimal::from(HEIGHT - BOTTOM)
            - height * cost.max(Decimal::ZERO) / (self.step * Decimal::from(self.steps))
    }

    fn ticks(&self, currency: &str) -> Vec<Tick> {
        let scale = self.step.normalize().scale();
        // Money has cents or none.
        let decimals = if scale == 0 { 0 } else { scale.max(2) };
        let tick = |number: i64| {
            let value = self.step * Decimal::from(number);
            Tick { y: place(self.y(value)), text: money(value, decimals, currency) }
        };
        (0..=self.steps).map(tick).collect()
    }
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `least`.
pub(super) fn round_step(least: Decimal) -> Decimal {
    let mut power = Decimal::ONE;
    while power > least && power.scale() < 20 {
        power = (power / Decimal::TEN).normalize();
    }
    while power * Decimal::TEN <= least {
        power *= Decimal::TEN;
    }
    [Decimal::ONE, Decimal::TWO, Decimal::new(25, 1), Decimal::from(5)]
        .map(|factor| power * factor)
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(power * Decimal::TEN)
}

/// A coordinate: two decimals are finer than any screen.
pub(super) fn place(value: Decimal) -> String {
    value.round_dp(2).normalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn steps_are_round() {
        for (least, step) in
            [("0.9", "1"), ("1", "1"), ("1.01", "2"), ("2.2", "2.5"), ("26", "50"), ("0.00003", "0.00005")]
        {
            assert_eq!(round_step(decimal(least)), decimal(step), "{least}");
        }
        let scale = Scale::of(decimal("6.41"));
        let texts: Vec<String> = scale.ticks("USD").into_iter().map(|tick| tick.text).collect();
        assert_eq!(texts, ["$0", "$2", "$4", "$6", "$8"]);
        let small: Vec<String> =
            Scale::of(decimal("0.9")).ticks("EUR").into_iter().map(|tick| tick.text).collect();
        assert_eq!(small, ["0.00 EUR", "0.25 EUR", "0.50 EUR", "0.75 EUR", "1.00 EUR"]);
        assert_eq!(Scale::of(Decimal::ZERO).ticks("USD").len(), 2);
    }

    #[test]
    fn bars_stay_inside_and_missing_days_are_gaps() {
        let chart = Chart::of(&fixture::analysis()).unwrap();
        assert_eq!(chart.bars.len(), 30);
        for bar in &chart.bars {
            let [x, y, width, height] = [&bar.x, &bar.y, &bar.width, &bar.height].map(|text| decimal(text));
            assert!(x >= Decimal::from(LEFT) && x + width <= Decimal::from(WIDTH - RIGHT));
            assert!(y >= Decimal::from(TOP) && y + height == Decimal::from(HEIGHT - BOTTOM));
        }
        let center = |index: usize| decimal(&chart.bars[index].center);
        let slot = center(1) - center(0);
        // The 20th has no logs: between the 19th and the 21st there are two slots.
        assert!((center(19) - center(18) - slot * Decimal::TWO).abs() < Decimal::new(5, 2));
        assert!(chart.labels.len() <= 8 && chart.labels[0].text == "Oct 1" && chart.labels[0].major);
    }

    #[test]
    fn an_unknown_day_is_no_zero() {
        let chart = Chart::of(&fixture::analysis()).unwrap();
        let unknown: Vec<&Bar> = chart.bars.iter().filter(|bar| !bar.known).collect();
        assert_eq!(
            (unknown.len(), unknown[0].day.as_str(), unknown[0].cost.as_str()),
            (1, "2026-10-07", "–")
        );
        assert!(chart.description.contains("The cost of 1 day is not known."));
        assert!(Chart::of(&fixture::unpriced()).is_none());
    }
}
