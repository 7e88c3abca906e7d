//! The hours of the week: a square for each, darker the more it cost.

use crate::report::schema::described;
use rust_decimal::Decimal;

use crate::analysis::CostRow;
use crate::report::number::{count, decimals_for, money};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Shades between nothing and the dearest hour.
const SHADES: i64 = 5;

const LEFT: i64 = 44;
const TOP: i64 = 22;
const SQUARE: i64 = 34;
const GAP: i64 = 3;

described! {
    /// A heat map.
    pub struct Heat {
        /// The width of the picture.
        pub width: String,
        /// The height of the picture.
        pub height: String,
        /// The size of a square.
        pub square: String,
        /// What it shows, in a sentence.
        pub description: String,
        /// The names of hours, with their places.
        pub hours: Vec<HeatLabel>,
        /// A row for each weekday.
        pub rows: Vec<HeatRow>,
    }
}

described! {
    /// The name of an hour.
    pub struct HeatLabel {
        /// The middle of its column.
        pub x: String,
        /// `08`.
        pub text: String,
    }
}

described! {
    /// A weekday.
    pub struct HeatRow {
        /// `Mon`.
        pub name: String,
        /// The middle of the row.
        pub y: String,
        /// Its hours.
        pub cells: Vec<HeatCell>,
    }
}

described! {
    /// An hour of a weekday.
    pub struct HeatCell {
        /// The left side.
        pub x: String,
        /// The top.
        pub y: String,
        /// From 0, nothing, to 5.
        pub shade: String,
        /// `Mon 08:00: $1.20, 3,400 requests`.
        pub text: String,
    }
}

impl Heat {
    /// The map of rows by weekday and hour of the day; `None` where no cost is known or there is only one hour.
    pub fn of(rows: &[CostRow], currency: &str, zone: &str) -> Option<Heat> {
        let mut costs = [[(Decimal::ZERO, 0u64); 24]; 7];
        for row in rows {
            let weekday = row.values.first()?.as_deref()?;
            let day = WEEKDAYS.iter().position(|name| *name == weekday)?;
            let hour: usize = row.values.get(1)?.as_deref()?.parse().ok()?;
            let cell = costs.get_mut(day)?.get_mut(hour)?;
            cell.0 += row.measures.cost?;
            cell.1 += row.measures.requests;
        }
        let most = costs.iter().flatten().map(|(cost, _)| *cost).max().filter(|most| !most.is_zero())?;
        if rows.len() < 2 {
            return None;
        }
        let decimals = decimals_for(most);
        let at = |number: usize| i64::try_from(number).unwrap_or_default() * (SQUARE + GAP);
        let cell = |day: usize, hour: usize| {
            let (cost, requests) = costs[day][hour];
            let shade = match requests {
                0 => Decimal::ZERO,
                _ => (cost / most * Decimal::from(SHADES)).ceil().max(Decimal::ONE),
            };
            HeatCell {
                x: (LEFT + at(hour)).to_string(),
                y: (TOP + at(day)).to_string(),
                shade: shade.normalize().to_string(),
                text: format!(
                    "{} {hour:02}:00: {}, {} requests",
                    WEEKDAYS[day],
                    money(cost, decimals, currency),
                    count(requests)
                ),
            }
        };
        let rows = (0..7)
            .map(|day| HeatRow {
                name: WEEKDAYS[day].to_owned(),
                y: (TOP + at(day) + SQUARE / 2).to_string(),
                cells: (0..24).map(|hour| cell(day, hour)).collect(),
            })
            .collect();
        let (dearest, _) = (0..7)
            .flat_map(|day| (0..24).map(move |hour| (day, hour)))
            .map(|(day, hour)| ((day, hour), costs[day][hour].0))
            .max_by_key(|(_, cost)| *cost)?;
        Some(Heat {
            width: (LEFT + at(24)).to_string(),
            height: (TOP + at(7)).to_string(),
            square: SQUARE.to_string(),
            description: format!(
                "Cost by weekday and hour in {zone}. The dearest hour is {} {:02}:00 with {}.",
                WEEKDAYS[dearest.0],
                dearest.1,
                money(most, decimals, currency)
            ),
            hours: (0..24)
                .step_by(3)
                .map(|hour| HeatLabel {
                    x: (LEFT + at(hour) + SQUARE / 2).to_string(),
                    text: format!("{hour:02}"),
                })
                .collect(),
            rows,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_dearest_hour_is_the_darkest_and_an_hour_without_requests_is_empty() {
        let row = |weekday: &str, hour: &str, cost: i64| {
            let mut row = fixture::many(1).rows.remove(0);
            row.values = vec![Some(weekday.to_owned()), Some(hour.to_owned())];
            row.measures.cost = Some(Decimal::new(cost, 2));
            row
        };
        let heat = Heat::of(&[row("Tue", "09", 500), row("Sun", "23", 1)], "USD", "UTC").unwrap();
        assert_eq!((heat.rows[1].cells[9].shade.as_str(), heat.rows[6].cells[23].shade.as_str()), ("5", "1"));
        assert_eq!(heat.rows[0].cells[0].shade, "0");
        assert!(heat.description.contains("Tue 09:00 with $5.0000"), "{}", heat.description);
        assert!(Heat::of(&[], "USD", "UTC").is_none());
    }
}
