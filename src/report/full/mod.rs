//! The whole report: an analysis by endpoint with everything that stands beside it, as one view for all templates.
//!
//! [`Report`] holds what was found, as plain values; a part that could not be had says why. [`view`] makes strings
//! of it; [`json`] writes the documents of the parts, each with its own schema.

mod bars;
mod change;
mod heat;
mod json;
mod outlook;
mod sections;
mod stack;
mod text;

pub use bars::{BarRow, Bars};
pub use heat::{Heat, HeatCell, HeatRow};
pub use json::json;
pub use stack::{LegendEntry, Part};
pub use text::text;

use crate::report::schema::described;

use super::view::View;
use crate::analysis::advise::Advice;
use crate::analysis::anomalies::Anomalies;
use crate::analysis::cache::CacheAnalysis;
use crate::analysis::forecast::Forecast;
use crate::analysis::placement::PlacementAnalysis;
use crate::analysis::waste::Waste;
use crate::analysis::{Bill, CostAnalysis, CostRow, GateAnalysis, ThrottleAnalysis};

/// A part of a report, or why there is none, as a sentence.
pub type Found<T> = Result<T, String>;

/// What a report is made of.
pub struct Report {
    /// The cost by endpoint, with days.
    pub analysis: CostAnalysis,
    /// The same of the period before, by the same dimensions.
    pub before: Found<Comparison>,
    /// Rows by account, region, API and day.
    pub days: Vec<CostRow>,
    /// The time zone of days and hours, as typed.
    pub timezone: String,
    /// Rows by weekday and hour of the day.
    pub hours: Vec<CostRow>,
    /// Rows by the id of the API key.
    pub clients: Vec<CostRow>,
    /// Meters and tiers.
    pub bill: Found<Bill>,
    /// Limits replayed.
    pub throttle: Found<ThrottleAnalysis>,
    /// Caches replayed.
    pub cache: Found<CacheAnalysis>,
    /// Budgets and other limits that were set.
    pub checks: Found<GateAnalysis>,
    /// What to do, and what is to come.
    pub outlook: Found<Outlook>,
    /// How to make it again.
    pub made: Made,
}

/// What to do, and what is to come.
pub struct Outlook {
    /// What all analyses recommend.
    pub advice: Found<Advice>,
    /// What need not have been paid.
    pub waste: Found<Waste>,
    /// Where APIs could stand.
    pub placement: Found<PlacementAnalysis>,
    /// Hours that left their season.
    pub anomalies: Found<Anomalies>,
    /// The running month and the next.
    pub forecast: Found<Forecast>,
}

/// Two windows with the same number of days.
pub struct Comparison {
    /// What is compared: the window, or its first days where the other one is shorter.
    pub now: CostAnalysis,
    /// What it is compared with.
    pub before: CostAnalysis,
}

/// How a report can be made again.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// The command line.
    pub command: String,
    /// BLAKE3 over the inputs of the window, the queries and the rate cards.
    pub digest: String,
    /// What is under the digest: `3 inputs, 12 files`.
    pub inputs: String,
}

described! {
    /// The change against the period before.
    pub struct ChangeView {
        /// `12.4 % more than in September 2026 ($1.10, the same number of days)`.
        pub sentence: String,
        /// `more`, `less` or `same`.
        pub direction: String,
        /// `+12.4%`; empty where the period before cost nothing.
        pub percent: String,
        /// What the period before cost.
        pub before: String,
        /// `September 2026`.
        pub period: String,
    }
}

described! {
    /// One part of the report: a table, a chart, or the reason why there is neither.
    #[derive(Default)]
    pub struct SectionView {
        /// A word for links, `clients`.
        pub id: String,
        /// What stands above it.
        pub title: String,
        /// What it says, in a sentence.
        pub lead: Option<String>,
        /// A chart.
        pub bars: Option<Bars>,
        /// A table.
        pub table: Option<TableView>,
        /// What a reader must know, a sentence each.
        pub notes: Vec<String>,
        /// Why there is nothing.
        pub missing: Option<String>,
    }
}

described! {
    /// A table of a section.
    #[derive(Default)]
    pub struct TableView {
        /// What it shows.
        pub caption: String,
        /// The heads of the columns.
        pub columns: Vec<ColumnView>,
        /// One cell for each column.
        pub rows: Vec<Vec<String>>,
        /// The cells of the total line; empty without one.
        pub total: Vec<String>,
        /// How many rows were left out; empty without any.
        pub more: String,
    }
}

described! {
    /// The head of a column.
    #[derive(Default)]
    pub struct ColumnView {
        /// What stands above it.
        pub title: &'static str,
        /// Whether it holds figures.
        pub number: bool,
        /// Whether it holds names as the log has them.
        pub code: bool,
        /// Whether it may be left out where there is room for few.
        pub secondary: bool,
    }
}

/// The view of a report.
pub fn view(report: &Report) -> View {
    let mut view = View::new(&report.analysis, &report.made.command);
    view.change = change::change(report);
    view.movers = change::movers_section(report);
    view.heat = Heat::of(&report.hours, &report.analysis.currency, &report.timezone);
    if let Some(chart) = &mut view.chart {
        stack::stack(chart, &report.days, &report.analysis.currency);
    }
    view.bars = bars::endpoints(&report.analysis);
    view.sections = sections::sections(report);
    view.timezone.clone_from(&report.timezone);
    view.digest.clone_from(&report.made.digest);
    view.inputs.clone_from(&report.made.inputs);
    view
}
