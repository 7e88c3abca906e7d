//! An analysis as columns of text for people: titles, cells, what may be left out first.
//!
//! The terminal, Markdown and the page all show these cells, so a figure reads the same in each.

use rust_decimal::Decimal;

use super::fields::{FULL_COST, Field, Measure};
use super::inert::value;
use super::number::{UNKNOWN, amount, bytes, count, percent, signed};
use super::shown::{Money, Shown, ShownRow};
use crate::analysis::{CostAnalysis, FullParts, Measures, Part};

/// The label of the row that stands for all rows which are not listed.
pub const OTHERS: &str = "(others)";

/// In front of a route that is a pattern made from paths.
pub const TEMPLATED: &str = "≈ ";

/// In front of an amount of which a part could not be priced.
pub const PARTIAL: &str = "† ";

/// [`Column::keep`] of what is never left out.
pub const ALWAYS: u8 = u8::MAX;

/// Decimals of dollars per 1,000 requests: the cheapest tier is 0.0008.
const PER_1000_DECIMALS: u32 = 5;

/// THE list of measures that people see: in order, with titles, and how long each is kept when
/// the width is short (the highest go last).
const MEASURES: [(Measure, &str, u8); 19] = [
    (Measure::Requests, "requests", ALWAYS),
    (Measure::Cost, "cost", ALWAYS),
    (Measure::CostLow, "cost low", 60),
    (Measure::CostHigh, "cost high", 65),
    (Measure::Share, "share", 200),
    (Measure::CostPer1000, "per 1,000", 120),
    (Measure::RequestCost, "request cost", 70),
    (Measure::TransferCost, "transfer cost", 80),
    (Measure::ResponseBytes, "response size", 90),
    (Measure::ErrorRate, "errors", 150),
    (Measure::P50, "p50 ms", 110),
    (Measure::P95, "p95 ms", 140),
    (Measure::P99, "p99 ms", 100),
    (Measure::IntegrationP50, "integration p50 ms", 40),
    (Measure::IntegrationP95, "integration p95 ms", 50),
    (Measure::IntegrationP99, "integration p99 ms", 30),
    (Measure::Billable, "billable", 20),
    (Measure::Unbilled, "unbilled", 24),
    (Measure::Undetermined, "undetermined", 22),
];

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name in JSON and CSV.
    pub name: &'static str,
    /// What stands above it.
    pub title: &'static str,
    /// Whether it holds figures, which are aligned right and never cut.
    pub number: bool,
    /// Which columns are left out first: those with the lowest value.
    pub keep: u8,
    /// Whether it says something that no other column says.
    pub telling: bool,
    /// One cell for each shown row.
    pub cells: Vec<String>,
    /// The cell of the total line; empty where there is no total, as of percentiles.
    pub total: String,
}

/// The columns of an analysis.
pub struct Sheet {
    /// The dimensions, then the measures.
    pub columns: Vec<Column>,
    /// How many of the columns are dimensions.
    pub dimensions: usize,
    /// Whether a shown route is a pattern made from paths.
    pub templated: bool,
    /// Whether a shown amount leaves out what could not be priced.
    pub partial: bool,
}

impl Sheet {
    /// The columns of what is shown of an analysis.
    pub fn of(analysis: &CostAnalysis, shown: &Shown<'_>) -> Sheet {
        let last = analysis.dimensions.len().saturating_sub(1);
        let dimensions = analysis.dimensions.iter().enumerate().map(|(index, dimension)| {
            let name = dimension.name();
            let cell = |row: &ShownRow<'_>| dimension_cell(row, index, name, index == last);
            Column {
                name,
                title: title(name),
                number: false,
                // The nearer to the route, the more it says.
                keep: if index == last { ALWAYS } else { u8::try_from(index).unwrap_or(ALWAYS - 1) },
                telling: true,
                cells: shown.rows.iter().map(cell).collect(),
                total: if index == last { "total".to_owned() } else { String::new() },
            }
        });
        let partial = !analysis.unpriced.is_empty();
        let measures = MEASURES.iter().map(|(measure, title, keep)| Column {
            name: measure.name(),
            title,
            number: true,
            keep: *keep,
            telling: telling(*measure, &analysis.total, shown),
            cells: shown
                .rows
                .iter()
                .map(|row| measure_cell(*measure, row, shown.decimals, partial))
                .collect(),
            total: total_cell(*measure, &analysis.total, &shown.total, shown.decimals, partial),
        });
        let templated = |row: &ShownRow<'_>| row.row.is_some_and(|row| row.templated);
        let has_route = analysis.dimensions.iter().any(|dimension| dimension.name() == "route");
        Sheet {
            columns: dimensions.chain(measures).chain(full_columns(analysis, shown)).collect(),
            dimensions: analysis.dimensions.len(),
            templated: has_route && shown.rows.iter().any(templated),
            partial,
        }
    }

    /// Dimensions that have one value in every listed row, with it; never the last dimension.
    pub fn constants(&self) -> Vec<usize> {
        let all = &self.columns[..self.dimensions.saturating_sub(1)];
        let constant = |column: &Column| {
            let mut listed = column.cells.iter().filter(|cell| !cell.is_empty());
            listed.next().is_some_and(|first| listed.all(|cell| cell == first))
        };
        (0..all.len()).filter(|&index| constant(&all[index])).collect()
    }

    /// Some columns' titles with their one value; without those of which nothing is known.
    pub fn scope(&self, constants: &[usize]) -> Vec<(&'static str, &str)> {
        let named = |&index: &usize| {
            let column = &self.columns[index];
            let cell = column.cells.iter().find(|cell| !cell.is_empty())?;
            (cell != UNKNOWN).then_some((column.title, cell.as_str()))
        };
        constants.iter().filter_map(named).collect()
    }

    /// `account 123456789012, region us-east-1`.
    pub fn scope_text(&self, constants: &[usize]) -> String {
        let named = self.scope(constants).into_iter().map(|(title, cell)| format!("{title} {cell}"));
        named.collect::<Vec<_>>().join(", ")
    }

    /// What the signs in the cells mean, where they occur.
    pub fn signs(&self) -> Vec<String> {
        let mut signs = Vec::new();
        if self.templated {
            signs.push(format!("{TEMPLATED}route made from the path"));
        }
        if self.partial && self.columns.iter().any(|column| column.total.starts_with(PARTIAL)) {
            signs.push(format!("{PARTIAL}without usage that could not be priced"));
        }
        signs
    }
}

/// What calls cost beside API Gateway, where that was asked for: title and how long a column is kept.
const FULL: [(&str, u8); Part::ALL.len() + 1] = [
    ("cache cost", 71),
    ("logging cost", 72),
    ("Lambda cost", 75),
    ("authorizer cost", 73),
    ("WAF cost", 69),
    ("X-Ray cost", 68),
    ("full cost", 220),
];

fn full_columns(analysis: &CostAnalysis, shown: &Shown<'_>) -> Vec<Column> {
    let Some(full) = &analysis.full else { return Vec::new() };
    let value = |parts: &FullParts, at: usize| parts.parts.get(at).copied().unwrap_or(parts.full_cost);
    let names = Part::ALL.map(Part::column).into_iter().chain([FULL_COST]);
    let column = |(at, (name, (title, keep)))| {
        let total = value(&full.total, at);
        let listed: Vec<Option<Decimal>> = shown
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.row.is_some())
            .map(|(row, _)| full.rows.get(row).and_then(|parts| value(parts, at)))
            .collect();
        // What is left for the others is known where all of it is.
        let others =
            listed.iter().copied().sum::<Option<Decimal>>().zip(total).map(|(sum, total)| total - sum);
        let shown_cost = |cost: Option<Decimal>| {
            cost.map_or_else(|| UNKNOWN.to_owned(), |cost| amount(cost, shown.decimals.max(2)))
        };
        let cells = shown.rows.iter().enumerate().map(|(row, of)| match of.row {
            Some(_) => shown_cost(listed.get(row).copied().flatten()),
            None => shown_cost(others),
        });
        Column {
            name,
            title,
            number: true,
            keep,
            telling: at == Part::ALL.len() || total != Some(Decimal::ZERO),
            cells: cells.collect(),
            total: shown_cost(total),
        }
    };
    names.zip(FULL).enumerate().map(column).collect()
}

/// A dimension's name as people write it.
fn title(name: &'static str) -> &'static str {
    match name {
        "api" => "API",
        "api_kind" => "API kind",
        "hour_of_day" => "hour of day",
        other => other,
    }
}

fn dimension_cell(row: &ShownRow<'_>, index: usize, name: &str, last: bool) -> String {
    match row.row {
        Some(row) => {
            let text = value(row.values.get(index).and_then(Option::as_deref));
            if row.templated && name == "route" { format!("{TEMPLATED}{text}") } else { text }
        }
        None if last => OTHERS.to_owned(),
        None => String::new(),
    }
}

fn measure_cell(measure: Measure, row: &ShownRow<'_>, decimals: u32, partial: bool) -> String {
    let partial = row.row.map_or(partial, |row| !row.unpriced.is_empty());
    if let Some(cell) = money_cell(measure, &row.money, decimals, partial) {
        return cell;
    }
    match (measure, row.row) {
        (Measure::Share, _) => row.share.map_or_else(|| UNKNOWN.to_owned(), percent),
        (_, Some(row)) => figure(measure, measure.of_row(row)),
        // Neither percentiles nor rates can be had from a difference.
        (_, None) if Measure::ROW.contains(&measure) => String::new(),
        (_, None) => figure(measure, measure.of(&row.measures)),
    }
}

fn total_cell(measure: Measure, total: &Measures, money: &Money, decimals: u32, partial: bool) -> String {
    if let Some(cell) = money_cell(measure, money, decimals, partial) {
        return cell;
    }
    if Measure::ROW.contains(&measure) { String::new() } else { figure(measure, measure.of(total)) }
}

/// Amounts are shown as they were rounded together.
fn money_cell(measure: Measure, money: &Money, decimals: u32, partial: bool) -> Option<String> {
    let shown = match measure {
        Measure::RequestCost => money.request,
        Measure::TransferCost => money.transfer,
        Measure::Cost => money.cost,
        Measure::CostLow => money.low,
        Measure::CostHigh => money.high,
        _ => return None,
    };
    let sign = if partial && measure == Measure::Cost { PARTIAL } else { "" };
    Some(shown.map_or_else(|| UNKNOWN.to_owned(), |shown| format!("{sign}{}", amount(shown, decimals))))
}

fn figure(measure: Measure, field: Field<'_>) -> String {
    match field {
        Field::Count(number) if measure == Measure::ResponseBytes => bytes(number),
        Field::Count(number) => count(number),
        Field::Millis(number) => signed(number),
        Field::Decimal(part) if measure == Measure::ErrorRate => percent(part),
        Field::Decimal(value) => amount(value, PER_1000_DECIMALS),
        Field::Flag(flag) => flag.to_string(),
        Field::Names(names) => names.join(", "),
        Field::Unknown => UNKNOWN.to_owned(),
    }
}

/// Whether a measure is known of any row and says more than its neighbours.
fn telling(measure: Measure, total: &Measures, shown: &Shown<'_>) -> bool {
    let known = |measure: Measure| {
        let row = |row: &ShownRow<'_>| row.row.is_some_and(|row| measure.of_row(row) != Field::Unknown);
        measure.of(total) != Field::Unknown || shown.rows.iter().any(row)
    };
    match measure {
        Measure::Requests | Measure::Cost => true,
        Measure::CostLow => total.cost_low.is_some() && total.cost_low != total.cost,
        Measure::CostHigh => total.cost_high.is_some() && total.cost_high != total.cost,
        Measure::RequestCost | Measure::TransferCost => {
            let part = |part: Option<Decimal>| part.is_some_and(|part| !part.is_zero());
            part(total.request_cost) && part(total.transfer_cost)
        }
        Measure::Billable => total.billable_requests != total.requests,
        Measure::Unbilled => total.unbilled_requests > 0,
        Measure::Undetermined => total.undetermined_requests > 0,
        other => known(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn sheet(analysis: &CostAnalysis) -> Sheet {
        Sheet::of(analysis, &Shown::of(analysis, usize::MAX))
    }

    fn column(analysis: &CostAnalysis, name: &str) -> Column {
        sheet(analysis).columns.into_iter().find(|column| column.name == name).unwrap()
    }

    #[test]
    fn what_is_not_known_is_a_dash_and_never_zero() {
        let analysis = fixture::unpriced();
        for name in ["method", "cost", "share", "cost_per_1000", "p50_ms", "response_bytes"] {
            assert_eq!(column(&analysis, name).cells, ["–"], "{name}");
        }
        assert_eq!(column(&analysis, "cost").total, "–");
        assert!(!column(&analysis, "p50_ms").telling);
    }

    #[test]
    fn partly_priced_amounts_and_made_routes_are_marked() {
        let mut analysis = fixture::analysis();
        analysis.rows[0].unpriced = vec!["internet_transfer".to_owned()];
        analysis.rows[0].templated = true;
        assert!(column(&analysis, "cost").cells[0].starts_with("† "));
        assert!(!column(&analysis, "cost").cells[1].starts_with("† "));
        assert!(column(&analysis, "cost").total.starts_with("† "));
        assert_eq!(column(&analysis, "route").cells[0], "≈ /orders/{id}");
        assert_eq!(sheet(&analysis).signs().len(), 2);
    }

    #[test]
    fn dimensions_with_one_value_are_found_but_the_last_is_kept() {
        let analysis = fixture::wide(1);
        let sheet = sheet(&analysis);
        let names: Vec<&str> = sheet.constants().into_iter().map(|index| sheet.columns[index].name).collect();
        assert_eq!(names, ["account", "region", "api", "stage", "method"]);
        assert_eq!(sheet.scope_text(&[0, 1]), "account 123456789012, region us-east-1");
    }
}
