//! What templates see: strings that are already formatted, and nothing to compute with.
//!
//! Whoever writes a template of their own needs only this file. Nothing here is escaped, that is the
//! page's task; everything here is inert. [`super::fill`] fills it.

use super::schema::described;

pub use super::chart::{Bar, Chart, Label, Tick};
pub use super::full::{
    BarRow, Bars, ChangeView, ColumnView, Heat, HeatCell, HeatRow, LegendEntry, Part, SectionView, TableView,
};

described! {
    /// A report.
    pub struct View {
        /// `October 2026`.
        pub period: String,
        /// The first instant of the window, RFC 3339.
        pub from: String,
        /// The first instant after it.
        pub to: String,
        /// `$142.99`, or `cost unknown`.
        pub total: String,
        /// Whether the total leaves out usage that could not be priced.
        pub partial: bool,
        /// The least and the most that the log allows, when they differ.
        pub range: Option<Range>,
        /// ISO 4217 code of every amount.
        pub currency: String,
        /// Dimensions that have one value in every listed row.
        pub scope: Vec<Named>,
        /// The figures under the headline.
        pub facts: Vec<Fact>,
        /// Whether a reader must know something before trusting the total.
        pub attention: bool,
        /// The table of endpoints.
        pub endpoints: Endpoints,
        /// The same cost by API and stage; nothing where there is only one.
        pub apis: Option<Endpoints>,
        /// Cost by day; nothing without days.
        pub chart: Option<Chart>,
        /// The change against the period before; nothing where there is none to compare with.
        pub change: Option<ChangeView>,
        /// The endpoints whose cost changed most, or why nothing is compared.
        pub movers: SectionView,
        /// The dearest endpoints as bars.
        pub bars: Option<Bars>,
        /// Cost by weekday and hour.
        pub heat: Option<Heat>,
        /// Everything else that was looked at, in order.
        pub sections: Vec<SectionView>,
        /// Usage without a price.
        pub unpriced: Vec<UnpricedLine>,
        /// How complete the figures are.
        pub quality: QualityView,
        /// Where the rates come from.
        pub rates: Vec<RateView>,
        /// The month whose rates were used instead of the window's own.
        pub rates_at: Option<String>,
        /// Files of the user that replaced built-in queries or rate cards.
        pub overrides: Vec<String>,
        /// What was taken for granted, a sentence each.
        pub assumptions: Vec<String>,
        /// The command line that makes this report again.
        pub command: String,
        /// The version of gwcost.
        pub version: String,
        /// The time zone of the days and hours that are shown.
        pub timezone: String,
        /// BLAKE3 over what was read of the lake, the queries and the rate cards; empty where it was not taken.
        pub digest: String,
        /// What is under the digest.
        pub inputs: String,
        /// The report's JSON, with `<` written as an escape, so that it can stand in a page; empty where it was left out.
        pub json: String,
    }
}

described! {
    /// Two bounds.
    pub struct Range {
        /// The least.
        pub low: String,
        /// The most.
        pub high: String,
        /// Why they differ.
        pub reason: String,
    }
}

described! {
    /// A name and its value.
    pub struct Named {
        /// What it is.
        pub name: String,
        /// How much or which it is.
        pub value: String,
    }
}

described! {
    /// A figure under the headline.
    pub struct Fact {
        /// What it is.
        pub name: String,
        /// How much it is; `–` where that is not known.
        pub value: String,
        /// Why it is not known, or what it leaves out.
        pub reason: Option<String>,
    }
}

described! {
    /// A table of endpoints or of APIs. Every row and the total have one cell for each column.
    pub struct Endpoints {
        /// The heads of the columns, in order.
        pub columns: Vec<Head>,
        /// The rows, in order; the last one may stand for all others.
        pub rows: Vec<RowView>,
        /// The cells of the total line.
        pub total: Vec<String>,
        /// What signs in the cells mean.
        pub signs: Vec<String>,
        /// How many rows are listed one by one.
        pub listed: String,
        /// How many rows there are.
        pub all: String,
    }
}

described! {
    /// The head of a column.
    pub struct Head {
        /// The name in JSON and CSV.
        pub name: String,
        /// What stands above the column.
        pub title: String,
        /// Whether it holds figures.
        pub number: bool,
        /// Whether it names the row: the last dimension.
        pub label: bool,
        /// Whether it tells where an endpoint is, as account, region, API and stage do: it can stand
        /// in small under the row's name.
        pub place: bool,
        /// Whether it may be left out where there is room for few.
        pub secondary: bool,
    }
}

described! {
    /// One endpoint.
    pub struct RowView {
        /// One cell for each column.
        pub cells: Vec<String>,
        /// The share of the total cost as a number from 0 to 100, for the length of a bar.
        pub share: Option<String>,
        /// Whether it stands for all endpoints that are not listed.
        pub others: bool,
        /// Why the cost is not known or leaves something out.
        pub reason: Option<String>,
    }
}

described! {
    /// Usage without a price.
    pub struct UnpricedLine {
        /// The account that used it.
        pub account: String,
        /// AWS region code.
        pub region: String,
        /// The meter's name.
        pub meter: String,
        /// The billing month.
        pub month: String,
        /// How much of it, with its unit.
        pub quantity: String,
        /// Why there is no price.
        pub reason: String,
    }
}

described! {
    /// How complete the figures are.
    pub struct QualityView {
        /// Log lines read.
        pub lines: String,
        /// Lines that could not be read.
        pub rejects: String,
        /// Lines dropped because the request was already there.
        pub duplicates: String,
        /// Equal lines without any id: kept.
        pub possible_duplicates: String,
        /// How much of what AWS counted is in the log, as a fragment of a sentence.
        pub coverage: String,
        /// The same by stage, with the days that are not complete; nothing without metrics.
        pub compared: Vec<ComparedRow>,
        /// Rows of `compared` that there was no room for; empty without any.
        pub compared_left_out: Option<String>,
        /// What a reader must know, a sentence each.
        pub notes: Vec<String>,
    }
}

described! {
    /// A stage's log held against what AWS counted: as a whole, or on one day.
    pub struct ComparedRow {
        /// The API's id.
        pub api: String,
        /// The stage's name.
        pub stage: String,
        /// What is counted: `requests` or `connections`.
        pub counts: String,
        /// `all days`, or the day.
        pub when: String,
        /// How many the log holds.
        pub logged: String,
        /// How many AWS counted; `–` where that is not known.
        pub counted: String,
        /// The part of the counted that the log holds.
        pub share: String,
        /// What the comparison found.
        pub verdict: String,
        /// Whether it stands for all days of the stage.
        pub whole: bool,
    }
}

described! {
    /// A rate with its source.
    pub struct RateView {
        /// AWS region code.
        pub region: String,
        /// The meter's name.
        pub meter: String,
        /// The first day on which the rate is known to hold.
        pub effective: String,
        /// How sure the rate is.
        pub confidence: String,
        /// Where the rate was read.
        pub source: String,
        /// The rate card's file.
        pub card: String,
        /// What each tier costs: `first 10,240 GB`, `$0.09 per GB`.
        pub tiers: Vec<Named>,
    }
}
