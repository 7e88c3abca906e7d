//! The geometry of a chart of lines over steps, such as TTLs: panels one above the other, round ticks, a line for
//! each series.
//!
//! Numbers only, already as strings; how it looks is `templates/line-chart.svg`. Steps are at equal distances,
//! because what people choose from (10 s, a minute, an hour) is.

use rust_decimal::Decimal;
use serde::Serialize;

use super::chart::{Tick, place, round_step};

const WIDTH: i64 = 860;
const LEFT: i64 = 84;
/// Room for the names of lines.
const RIGHT: i64 = 90;
const TOP: i64 = 34;
const PANEL: i64 = 230;
const BOTTOM: i64 = 34;
/// Spaces between ticks, at most.
const INTERVALS: i64 = 4;
/// Steps that are all named, at most; of more about as many as `LABELS`.
const ALL_NAMED: usize = 16;
const LABELS: usize = 12;
/// Names of lines keep this distance.
const NAME: i64 = 13;

/// A line as it is asked for.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// A value at each step; `None` is a gap.
    pub values: Vec<Option<Decimal>>,
}

/// A panel as it is asked for.
#[derive(Clone)]
pub struct Plot<'a> {
    /// What it shows.
    pub title: String,
    /// Its lines.
    pub series: Vec<Series>,
    /// How a value is written.
    pub show: &'a dyn Fn(Decimal) -> String,
}

/// What the template draws. Coordinates are in the units of `width` and `height`.
#[derive(Clone, Debug, Serialize)]
pub struct LineChart {
    /// The width of the picture.
    pub width: String,
    /// The height of the picture.
    pub height: String,
    /// The left end of the plots.
    pub left: String,
    /// The right end of the plots.
    pub right: String,
    /// The short name of the picture.
    pub title: String,
    /// What the picture shows, in a sentence, for those who do not see it.
    pub description: String,
    /// The plots, from above.
    pub panels: Vec<Panel>,
}

/// One plot.
#[derive(Clone, Debug, Serialize)]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// Where its title is.
    pub title_y: String,
    /// Where the names of the steps are.
    pub labels_y: String,
    /// The lines across the plot, from below.
    pub ticks: Vec<Tick>,
    /// Where zero is; it may be none of the ticks' ends.
    pub zero: String,
    /// The names of the steps.
    pub steps: Vec<Step>,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// The name of a step.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its place.
    pub x: String,
    /// Its name.
    pub text: String,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Where its name is.
    pub name_y: String,
    /// Counted from 0: its colour.
    pub number: usize,
    /// Its pieces between gaps, as the points of a polyline.
    pub pieces: Vec<String>,
    /// Its points.
    pub points: Vec<Point>,
}

/// One value.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// Its place.
    pub x: String,
    /// Its place.
    pub y: String,
    /// Its step and its value.
    pub text: String,
}

impl LineChart {
    /// Draws the plots over the same steps; `None` if there is nothing to draw.
    pub fn of(title: String, description: String, steps: &[String], plots: &[Plot<'_>]) -> Option<LineChart> {
        let plots: Vec<(&[String], &Plot<'_>)> = plots.iter().map(|plot| (steps, plot)).collect();
        LineChart::draw(title, description, &plots)
    }

    /// Draws plots that each have steps of their own; `None` if there is nothing to draw.
    pub fn stacked(
        title: String,
        description: String,
        plots: &[(Vec<String>, Plot<'_>)],
    ) -> Option<LineChart> {
        let plots: Vec<(&[String], &Plot<'_>)> =
            plots.iter().map(|(steps, plot)| (steps.as_slice(), plot)).collect();
        LineChart::draw(title, description, &plots)
    }

    fn draw(title: String, description: String, plots: &[(&[String], &Plot<'_>)]) -> Option<LineChart> {
        let known = |(steps, plot): &&(&[String], &Plot<'_>)| {
            let mut values = plot.series.iter().flat_map(|series| &series.values);
            !steps.is_empty() && values.any(Option::is_some)
        };
        let panels: Vec<Panel> = (0i64..)
            .zip(plots.iter().filter(known))
            .map(|(number, (steps, plot))| panel(plot, steps, number * (TOP + PANEL + BOTTOM) + TOP))
            .collect();
        if panels.is_empty() {
            return None;
        }
        let height = i64::try_from(panels.len()).unwrap_or_default() * (TOP + PANEL + BOTTOM);
        Some(LineChart {
            width: WIDTH.to_string(),
            height: height.to_string(),
            left: LEFT.to_string(),
            right: (WIDTH - RIGHT).to_string(),
            title,
            description,
            panels,
        })
    }
}

fn panel(plot: &Plot<'_>, steps: &[String], top: i64) -> Panel {
    let values = || plot.series.iter().flat_map(|series| series.values.iter().flatten().copied());
    let scale = Scale::of(
        values().min().unwrap_or_default().min(Decimal::ZERO),
        values().max().unwrap_or_default().max(Decimal::ZERO),
        top,
    );
    let across = Decimal::from(WIDTH - LEFT - RIGHT) / Decimal::from(steps.len());
    let x = |at: usize| place(Decimal::from(LEFT) + across * (Decimal::from(at) + Decimal::new(5, 1)));
    let mut lines: Vec<Line> = plot
        .series
        .iter()
        .enumerate()
        .map(|(number, series)| line(plot, (number, series), steps, &scale, &x))
        .collect();
    spread(&mut lines);
    let every = if steps.len() > ALL_NAMED { steps.len().div_ceil(LABELS) } else { 1 };
    Panel {
        title: plot.title.clone(),
        title_y: (top - NAME).to_string(),
        labels_y: (top + PANEL).to_string(),
        ticks: scale.ticks(plot.show),
        zero: place(scale.y(Decimal::ZERO)),
        steps: steps
            .iter()
            .enumerate()
            .step_by(every)
            .map(|(at, text)| Step { x: x(at), text: text.clone() })
            .collect(),
        lines,
    }
}

fn line(
    plot: &Plot<'_>,
    (number, series): (usize, &Series),
    steps: &[String],
    scale: &Scale,
    x: &impl Fn(usize) -> String,
) -> Line {
    let mut pieces: Vec<Vec<String>> = vec![Vec::new()];
    let mut points = Vec::new();
    let mut last = Decimal::ZERO;
    for (at, (value, step)) in series.values.iter().zip(steps).enumerate() {
        let Some(value) = value else {
            pieces.push(Vec::new());
            continue;
        };
        let y = place(scale.y(*value));
        if let Some(piece) = pieces.last_mut() {
            piece.push(format!("{},{y}", x(at)));
        }
        last = *value;
        points.push(Point { x: x(at), y, text: format!("{}, {step}: {}", series.name, (plot.show)(*value)) });
    }
    pieces.retain(|piece| piece.len() > 1);
    Line {
        name: series.name.clone(),
        name_y: place(scale.y(last)),
        number,
        pieces: pieces.iter().map(|piece| piece.join(" ")).collect(),
        points,
    }
}

/// Moves names apart that would lie upon each other, downwards.
fn spread(lines: &mut [Line]) {
    let y = |line: &Line| line.name_y.parse::<Decimal>().unwrap_or_default();
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|at| y(&lines[*at]));
    for pair in 1..order.len() {
        let least = y(&lines[order[pair - 1]]) + Decimal::from(NAME);
        let below = &mut lines[order[pair]];
        below.name_y = place(y(below).max(least));
    }
}

/// Values to heights.
struct Scale {
    lowest: Decimal,
    step: Decimal,
    steps: i64,
    top: i64,
}

impl Scale {
    /// From the round number that is not above `lowest` to the one that is not below `highest`.
    fn of(lowest: Decimal, highest: Decimal, top: i64) -> Scale {
        let range = highest - lowest;
        if range.is_zero() {
            return Scale { lowest: Decimal::ZERO, step: Decimal::ONE, steps: 1, top };
        }
        let step = round_step(range / Decimal::from(INTERVALS));
        let lowest = (lowest / step).floor() * step;
        let steps = ((highest - lowest) / step).ceil();
        Scale { lowest, step, steps: i64::try_from(steps).unwrap_or(INTERVALS).max(1), top }
    }

    fn y(&self, value: Decimal) -> Decimal {
        let part = (value - self.lowest) / (self.step * Decimal::from(self.steps));
        Decimal::from(self.top + PANEL) - Decimal::from(PANEL) * part
    }

    fn ticks(&self, show: &dyn Fn(Decimal) -> String) -> Vec<Tick> {
        let tick = |number: i64| {
            let value = self.lowest + self.step * Decimal::from(number);
            Tick { y: place(self.y(value)), text: show(value) }
        };
        (0..=self.steps).map(tick).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn chart(values: &[&[Option<&str>]]) -> LineChart {
        let series = values.iter().enumerate().map(|(number, values)| Series {
            name: format!("line {number}"),
            values: values.iter().map(|value| value.map(decimal)).collect(),
        });
        let show = |value: Decimal| value.normalize().to_string();
        let plot = Plot { title: "net".to_owned(), series: series.collect(), show: &show };
        let steps: Vec<String> = (0..values[0].len()).map(|step| format!("{step} s")).collect();
        LineChart::of("t".to_owned(), "d".to_owned(), &steps, &[plot]).unwrap()
    }

    #[test]
    fn losses_lie_below_zero_and_everything_inside() {
        let chart = chart(&[&[Some("-14.7"), Some("3"), Some("26")], &[Some("-20"), None, Some("1")]]);
        let panel = &chart.panels[0];
        let ticks: Vec<&str> = panel.ticks.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(ticks, ["-20", "0", "20", "40"]);
        let zero = decimal(&panel.zero);
        for (line, signs) in panel.lines.iter().zip([&[false, true, true][..], &[false, true]]) {
            for (point, above) in line.points.iter().zip(signs) {
                let y = decimal(&point.y);
                assert_eq!(y < zero, *above, "{}", point.text);
                assert!(y >= decimal(&panel.ticks[3].y) && y <= decimal(&panel.ticks[0].y));
            }
        }
        // A gap is no line.
        assert_eq!((panel.lines[0].pieces.len(), panel.lines[1].pieces.len()), (1, 0));
        assert_eq!(panel.lines[0].points[2].text, "line 0, 2 s: 26");
    }

    #[test]
    fn names_of_lines_do_not_lie_upon_each_other() {
        let chart = chart(&[&[Some("1"), Some("5")], &[Some("1"), Some("5")], &[Some("1"), Some("4.9")]]);
        let mut places: Vec<Decimal> =
            chart.panels[0].lines.iter().map(|line| decimal(&line.name_y)).collect();
        places.sort();
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= Decimal::from(NAME)), "{places:?}");
    }

    #[test]
    fn plots_with_steps_of_their_own_stand_one_above_the_other() {
        let show = |value: Decimal| value.to_string();
        let plot = |count: i64| {
            let values = (0..count).map(|value| Some(Decimal::from(value))).collect();
            let steps: Vec<String> = (0..count).map(|step| format!("step {step}")).collect();
            let series = vec![Series { name: "x".to_owned(), values }];
            (steps, Plot { title: format!("{count} steps"), series, show: &show })
        };
        let stacked =
            LineChart::stacked(String::new(), String::new(), &[plot(3), plot(0), plot(100)]).unwrap();
        let named: Vec<usize> = stacked.panels.iter().map(|panel| panel.steps.len()).collect();
        // Of a hundred steps each ninth is named, and each is drawn.
        assert_eq!(named, [3, 12]);
        assert_eq!(stacked.panels[1].lines[0].points.len(), 100);
        assert!(decimal(&stacked.panels[1].zero) <= decimal(&stacked.height));
        assert!(decimal(&stacked.panels[0].zero) < decimal(&stacked.panels[1].ticks[1].y));
    }

    #[test]
    fn nothing_known_is_no_chart() {
        let show = |value: Decimal| value.to_string();
        let series = vec![Series { name: "x".to_owned(), values: vec![None] }];
        let plot = Plot { title: String::new(), series, show: &show };
        assert!(LineChart::of(String::new(), String::new(), &["1".to_owned()], &[plot]).is_none());
    }
}
