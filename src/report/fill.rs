//! Fills a view: chooses what a page shows of an analysis, and says why a figure is missing.

use rust_decimal::Decimal;

use super::by_api::by_api;
use super::chart::Chart;
use super::compared::compared;
use super::inert::{inert, value};
use super::notes;
use super::number::{self, UNKNOWN, amount, bytes, count, money};
use super::period::period;
use super::sheet::{ALWAYS, Column, Sheet};
use super::shown::{Money, Shown, ShownRow};
use super::view::{
    Endpoints, Fact, Head, Named, QualityView, Range, RateView, RowView, SectionView, UnpricedLine, View,
};
use crate::analysis::{CostAnalysis, RateUse, Unpriced};

/// Rows that a page lists in a table; the others are one line.
const LISTED: usize = 25;

/// Measures that a page shows where there is room for few.
const PRIMARY: [&str; 2] = ["requests", "cost"];

/// Measures that a page shows, in order: what matters most stands next to the route. The others
/// are for the terminal, JSON and CSV.
const ON_A_PAGE: [&str; 8] =
    ["requests", "cost", "share", "error_rate", "p95_ms", "cost_per_1000", "request_cost", "transfer_cost"];

/// Dimensions that tell where an endpoint is.
const PLACE: [&str; 5] = ["account", "region", "api", "api_kind", "stage"];

impl View {
    /// The report of an analysis; `generated_with` is the command line that makes it again.
    pub fn new(analysis: &CostAnalysis, generated_with: &str) -> View {
        let shown = Shown::of(analysis, LISTED);
        let sheet = Sheet::of(analysis, &shown);
        let constants = constants(analysis, &sheet);
        let named = |(name, value): (&str, &str)| Named { name: name.to_owned(), value: value.to_owned() };
        View {
            period: period(&analysis.window),
            from: analysis.window.from_rfc3339(),
            to: analysis.window.to_rfc3339(),
            total: notes::total_cost(analysis),
            partial: notes::is_partial(analysis),
            range: range(analysis),
            currency: inert(&analysis.currency),
            scope: sheet.scope(&constants).into_iter().map(named).chain(filters(analysis)).collect(),
            facts: facts(analysis, &shown.total, shown.decimals),
            attention: notes::needs_attention(analysis),
            endpoints: endpoints(analysis, &sheet, &shown, &constants),
            apis: apis(analysis),
            chart: Chart::of(analysis),
            change: None,
            movers: SectionView::default(),
            bars: None,
            heat: None,
            sections: Vec::new(),
            unpriced: unpriced(analysis),
            quality: quality(analysis),
            rates: rates(analysis),
            rates_at: analysis.rates_at.as_deref().map(inert),
            overrides: analysis.overrides.iter().map(|name| inert(name)).collect(),
            assumptions: analysis.assumptions.iter().map(|sentence| inert(sentence)).collect(),
            command: inert(generated_with),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            timezone: "UTC".to_owned(),
            digest: String::new(),
            inputs: String::new(),
            json: String::new(),
        }
    }
}

fn range(analysis: &CostAnalysis) -> Option<Range> {
    let (low, high) = notes::range(analysis)?;
    let total = &analysis.total;
    let unsure = total.undetermined_requests;
    let mut reasons = Vec::new();
    if unsure > 0 {
        let requests = notes::counted(unsure, "request");
        reasons.push(format!("of {requests} the log does not say whether AWS billed them"));
    } else if total.cost_low != total.cost {
        reasons.push("whether unbilled responses pay transfer is not documented".to_owned());
    }
    if total.cost_high != total.cost {
        reasons.push("sizes that are metered are not logged".to_owned());
    }
    let reason = reasons.join("; ");
    Some(Range { low, high, reason })
}

/// What rows had to match.
fn filters(analysis: &CostAnalysis) -> impl Iterator<Item = Named> + '_ {
    analysis
        .filters
        .iter()
        .map(|(dimension, glob)| Named { name: format!("only {}", dimension.name()), value: inert(glob) })
}

/// The figures under the headline, each with the reason why it is not known.
fn facts(analysis: &CostAnalysis, shown: &Money, decimals: u32) -> Vec<Fact> {
    let total = &analysis.total;
    let fact =
        |name: &str, value: String, reason: Option<String>| Fact { name: name.to_owned(), value, reason };
    let cost = |cost: Option<Decimal>| {
        cost.map_or_else(|| UNKNOWN.to_owned(), |cost| money(cost, decimals, &analysis.currency))
    };
    let mut facts = vec![fact("requests", count(total.requests), None)];
    if total.requests > 0 {
        let part = |requests: u64| {
            let part = number::percent(Decimal::from(requests) / Decimal::from(total.requests));
            Some(format!("{part} of all requests"))
        };
        // With the undetermined ones these add up to the requests.
        let (billable, unbilled) = (total.billable_requests, total.unbilled_requests);
        facts.push(fact("billable", count(billable), part(billable)));
        facts.push(fact("unbilled", count(unbilled), part(unbilled)));
    }
    if total.undetermined_requests > 0 {
        let reason = Some("counted as billed".to_owned());
        facts.push(fact("undetermined", count(total.undetermined_requests), reason));
    }
    facts.push(fact("cost of requests", cost(shown.request), missing(analysis, false)));
    facts.push(fact("cost of transfer", cost(shown.transfer), missing(analysis, true)));
    let no_sizes = total.response_bytes.is_none().then(|| NO_SIZES.to_owned());
    facts.push(fact("responses", total.response_bytes.map_or_else(|| UNKNOWN.to_owned(), bytes), no_sizes));
    facts
}

const NO_SIZES: &str = "the log has no response sizes";

/// What a cost leaves out, or why it is not known.
fn missing(analysis: &CostAnalysis, transfer: bool) -> Option<String> {
    let mut usage = analysis.unpriced.iter().filter(|usage| usage.meter.contains("transfer") == transfer);
    if let Some(first) = usage.next() {
        let more = usage.count();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        return Some(inert(&format!("without {} in {}{more}: {}", first.meter, first.region, first.reason)));
    }
    let unknown =
        transfer && analysis.total.transfer_cost.is_none() && analysis.total.response_bytes.is_none();
    unknown.then(|| NO_SIZES.to_owned())
}

/// Dimensions with one value in all rows, listed or not.
fn constants(analysis: &CostAnalysis, sheet: &Sheet) -> Vec<usize> {
    let everywhere = |index: &usize| {
        let mut values = analysis.rows.iter().map(|row| row.values.get(*index));
        values.next().is_some_and(|first| values.all(|value| value == first))
    };
    sheet.constants().into_iter().filter(everywhere).collect()
}

/// The same cost by API and stage, where there are several.
fn apis(analysis: &CostAnalysis) -> Option<Endpoints> {
    let grouped = by_api(analysis)?;
    let shown = Shown::of(&grouped, LISTED);
    let sheet = Sheet::of(&grouped, &shown);
    Some(endpoints(&grouped, &sheet, &shown, &constants(&grouped, &sheet)))
}

fn endpoints(analysis: &CostAnalysis, sheet: &Sheet, shown: &Shown<'_>, constants: &[usize]) -> Endpoints {
    let (dimensions, measures) = sheet.columns.split_at(sheet.dimensions);
    let varying = dimensions.iter().enumerate().filter(|(index, _)| !constants.contains(index));
    let measures = ON_A_PAGE
        .iter()
        .filter_map(|name| measures.iter().find(|column| column.name == *name && column.telling));
    let columns: Vec<&Column> = varying.map(|(_, column)| column).chain(measures).collect();
    let head = |column: &&Column| {
        let label = !column.number && column.keep == ALWAYS;
        Head {
            name: column.name.to_owned(),
            title: column.title.to_owned(),
            number: column.number,
            label,
            place: !label && PLACE.contains(&column.name),
            secondary: column.number && !PRIMARY.contains(&column.name),
        }
    };
    let row = |(index, row): (usize, &ShownRow<'_>)| RowView {
        cells: columns.iter().map(|column| column.cells[index].clone()).collect(),
        share: row
            .share
            .map(|share| amount(share.clamp(Decimal::ZERO, Decimal::ONE) * Decimal::ONE_HUNDRED, 2)),
        others: row.row.is_none(),
        reason: row
            .row
            .filter(|row| !row.unpriced.is_empty())
            .map(|row| inert(&format!("no rate for {}", row.unpriced.join(", ")))),
    };
    Endpoints {
        columns: columns.iter().map(head).collect(),
        rows: shown.rows.iter().enumerate().map(row).collect(),
        total: columns.iter().map(|column| column.total.clone()).collect(),
        signs: sheet.signs(),
        listed: count(shown.rows.iter().filter(|row| row.row.is_some()).count() as u64),
        all: count(analysis.rows.len() as u64),
    }
}

fn unpriced(analysis: &CostAnalysis) -> Vec<UnpricedLine> {
    let line = |usage: &Unpriced| UnpricedLine {
        account: inert(&usage.account),
        region: inert(&usage.region),
        meter: inert(&usage.meter),
        month: inert(&usage.month),
        quantity: inert(&format!("{} {}", notes::quantity_text(&usage.quantity), usage.unit)),
        reason: inert(&usage.reason),
    };
    analysis.unpriced.iter().map(line).collect()
}

fn quality(analysis: &CostAnalysis) -> QualityView {
    let quality = &analysis.quality;
    let (compared, left_out) = compared(quality);
    QualityView {
        lines: count(quality.lines),
        rejects: count(quality.rejects),
        duplicates: count(quality.duplicates),
        possible_duplicates: count(quality.possible_duplicates),
        coverage: notes::coverage(quality),
        compared,
        compared_left_out: (left_out > 0).then(|| count(left_out as u64)),
        notes: quality.notes.iter().map(|note| inert(note)).collect(),
    }
}

fn rates(analysis: &CostAnalysis) -> Vec<RateView> {
    let view = |rate: &RateUse| RateView {
        region: inert(&rate.region),
        meter: inert(&rate.meter),
        effective: value(Some(&rate.effective)),
        confidence: inert(&rate.confidence),
        source: inert(&rate.source),
        card: inert(&rate.card),
        tiers: notes::tiers(rate, &analysis.currency)
            .into_iter()
            .map(|(name, value)| Named { name, value })
            .collect(),
    };
    analysis.rates.iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn cells(view: &View, name: &str) -> Vec<String> {
        let index = view.endpoints.columns.iter().position(|column| column.name == name).unwrap();
        view.endpoints.rows.iter().map(|row| row.cells[index].clone()).collect()
    }

    #[test]
    fn at_most_twenty_five_endpoints_and_the_others_add_up() {
        let view = View::new(&fixture::many(70), "gwcost report");
        assert_eq!(view.endpoints.rows.len(), 26);
        assert!(view.endpoints.rows[25].others);
        assert_eq!(cells(&view, "route")[25], "(others)");
        assert_eq!((view.endpoints.listed.as_str(), view.endpoints.all.as_str()), ("25", "70"));
        let number = |text: &str| text.replace(',', "").parse::<Decimal>().unwrap();
        let shown: Decimal = cells(&view, "cost").iter().map(|cell| number(cell)).sum();
        assert_eq!(money(shown, 2, "USD"), view.total);
        let requests: Decimal = cells(&view, "requests").iter().map(|cell| number(cell)).sum();
        assert_eq!(count(fixture::many(70).total.requests), amount(requests, 0));
    }

    #[test]
    fn kinds_of_requests_add_up_to_the_requests() {
        for analysis in [fixture::analysis(), fixture::wide(3), fixture::unpriced(), fixture::many(5)] {
            let view = View::new(&analysis, "gwcost report");
            let fact = |name: &str| {
                let fact = view.facts.iter().find(|fact| fact.name == name);
                fact.map_or(0, |fact| fact.value.replace(',', "").parse::<u64>().unwrap())
            };
            let kinds = ["billable", "unbilled", "undetermined"].map(fact);
            assert_eq!(kinds.iter().sum::<u64>(), fact("requests"));
        }
    }

    #[test]
    fn a_value_that_only_the_listed_rows_share_is_no_scope() {
        let mut analysis = fixture::wide(30);
        let named = |view: &View| view.scope.iter().any(|scope| scope.name == "region");
        assert!(named(&View::new(&analysis, "gwcost report")));
        analysis.rows[29].values[1] = Some("eu-west-1".to_owned());
        let view = View::new(&analysis, "gwcost report");
        assert!(!named(&view));
        let column = |name: &str| view.endpoints.columns.iter().find(|column| column.name == name);
        assert!(column("region").unwrap().place && !column("method").unwrap().place);
    }

    #[test]
    fn apis_add_up_to_the_total() {
        let mut analysis = fixture::wide(30);
        for (index, row) in analysis.rows.iter_mut().enumerate() {
            row.values[2] = Some(format!("api{}", index % 7));
        }
        let view = View::new(&analysis, "gwcost report");
        let apis = view.apis.unwrap();
        assert_eq!((apis.rows.len(), apis.listed.as_str(), apis.all.as_str()), (7, "7", "7"));
        let index = apis.columns.iter().position(|column| column.name == "cost").unwrap();
        let sum: Decimal =
            apis.rows.iter().map(|row| row.cells[index].replace(',', "").parse::<Decimal>().unwrap()).sum();
        assert_eq!(money(sum, 2, "USD"), view.total);
    }

    #[test]
    fn what_is_not_known_has_its_reason() {
        let view = View::new(&fixture::unpriced(), "gwcost report");
        assert_eq!(view.total, "cost unknown");
        assert!(view.attention);
        assert_eq!(cells(&view, "cost"), ["–"]);
        assert_eq!(view.endpoints.rows[0].reason.as_deref(), Some("no rate for rest_requests"));
        let fact = |name: &str| view.facts.iter().find(|fact| fact.name == name).unwrap();
        assert_eq!(fact("cost of requests").value, "–");
        assert!(fact("cost of requests").reason.as_ref().unwrap().contains("eu-south-2"));
        assert_eq!(fact("responses").reason.as_deref(), Some(NO_SIZES));
        assert_eq!(fact("cost of transfer").reason.as_deref(), Some(NO_SIZES));
    }

    #[test]
    fn nothing_in_a_view_acts() {
        let view = View::new(&fixture::hostile(), "gwcost report --lake \u{1b}]0;x\u{7}");
        let text = format!("{view:?}");
        assert!(!text.contains('\u{1b}') && !text.contains("\\u{202e}\""));
        assert!(cells(&view, "route")[0].starts_with("/\\u{1b}[2J\\u{202e}<script>"));
        assert!(view.command.contains("\\u{1b}"));
    }
}
