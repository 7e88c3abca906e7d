//! The limit that leaves least room as a picture: tokens left around its lowest moment, the smallest bursts by
//! rate, and requests a second by hour and weekday.

use rust_decimal::Decimal;
use serde::Serialize;

use super::json::time;
use crate::analysis::{Closest, HourOfWeek, ThrottleAnalysis};
use crate::report::inert::inert;
use crate::report::line_chart::{LineChart, Plot, Series};
use crate::report::number::amount;
use crate::report::period::period;
use crate::report::spark::spark;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// What `line-chart.svg` is rendered from.
#[derive(Clone, Debug, Serialize)]
pub struct Picture {
    /// The chart.
    pub chart: Option<LineChart>,
}

/// The picture of a limit.
pub fn picture(analysis: &ThrottleAnalysis, closest: &Closest) -> Picture {
    let show = |value: Decimal| amount(value, value.normalize().scale().min(2));
    let plot = |title: &str, series: Vec<Series>| Plot { title: title.to_owned(), series, show: &show };
    let mut rates = Vec::new();
    let mut bursts = Vec::new();
    for point in analysis.frontier.iter().filter(|point| point.id == closest.id) {
        rates.push(show(point.rate));
        bursts.push(Some(Decimal::from(point.burst)));
    }
    let one = |name: &str, values| vec![Series { name: name.to_owned(), values }];
    let (clock, tokens) = tokens(closest);
    let day = time(closest.from_ms);
    let around = format!("tokens left, {} UTC", day.get(..10).unwrap_or_default());
    let hours: Vec<String> = (0..24).map(|hour| format!("{hour:02}")).collect();
    let plots = [
        (clock, plot(&around, one("tokens", tokens))),
        (rates, plot("smallest burst that refuses nothing, by rate", one("burst", bursts))),
        (hours, plot("requests a second by hour (UTC) and weekday", weekdays(&closest.week))),
    ];
    let name = format!("{} {}", closest.id.scope, closest.id.name());
    let title = inert(&format!("Throttling of {name}, {}", period(&analysis.window)));
    let description = inert(&format!(
        "The limit that leaves least room, {} requests a second with a burst of {}: tokens left around its lowest \
         moment, the smallest burst for each rate, and requests a second by hour and weekday.",
        show(closest.limit.rate),
        closest.limit.burst
    ));
    Picture { chart: LineChart::stacked(title, description, &plots) }
}

/// The fewest tokens of each step, with its name.
fn tokens(closest: &Closest) -> (Vec<String>, Vec<Option<Decimal>>) {
    let steps = (0_i64..).zip(&closest.tokens);
    let named = |(at, tokens): (i64, &Decimal)| {
        let instant = time(closest.from_ms + at * closest.step_ms);
        (instant.get(11..19).unwrap_or_default().to_owned(), Some(*tokens))
    };
    steps.map(named).unzip()
}

/// A line for each weekday that the log covers.
fn weekdays(week: &[HourOfWeek]) -> Vec<Series> {
    let series = |(number, name): (u8, &&str)| Series {
        name: (*name).to_owned(),
        values: (0..24)
            .map(|hour| {
                let of = |slot: &&HourOfWeek| (slot.weekday, slot.hour) == (number, hour);
                week.iter().find(of).map(|slot| slot.requests_per_second)
            })
            .collect(),
    };
    let covered = |series: &Series| series.values.iter().any(Option::is_some);
    (0_u8..).zip(&WEEKDAYS).map(series).filter(covered).collect()
}

/// The picture for a terminal, in two lines.
pub(super) fn lines(closest: &Closest) -> Vec<String> {
    let name = inert(&format!("{} {}", closest.id.scope, closest.id.name()));
    // Four steps a bar, so that it fits into a narrow terminal.
    let tokens = closest.tokens.chunks(4).filter_map(|steps| steps.iter().min().copied());
    let from = time(closest.from_ms);
    let from = from.get(..16).unwrap_or_default().replace('T', " ");
    let mut by_hour = [Decimal::ZERO; 24];
    for slot in &closest.week {
        let of_hour = &mut by_hour[usize::from(slot.hour)];
        *of_hour = (*of_hour).max(Decimal::from(slot.peak_1s));
    }
    let most = by_hour.iter().copied().max().unwrap_or_default();
    vec![
        format!(
            "tokens left of {name} in the hour from {from} UTC: {} of {}",
            spark(tokens, Decimal::from(closest.limit.burst)),
            closest.limit.burst
        ),
        format!("busiest second by hour of the day (UTC): {} up to {most}", spark(by_hour, most)),
    ]
}
