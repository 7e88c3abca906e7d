//! The cost by API and stage: the rows of an analysis, put together.
//!
//! Only what adds up is kept: counts, bytes and money. Percentiles and error rates of a whole
//! cannot be had from those of its parts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::analysis::{CostAnalysis, CostRow, Dimension, Measures, Percentiles};

/// What a group is named by, where an analysis has it.
const NAMED_BY: [Dimension; 4] = [Dimension::Account, Dimension::Region, Dimension::Api, Dimension::Stage];

/// The same analysis with one row for each API and stage, the dearest first; `None` where that
/// says nothing new: without APIs, with one group only, or with rows that are no endpoints.
pub fn by_api(analysis: &CostAnalysis) -> Option<CostAnalysis> {
    let place = |dimension: &Dimension| analysis.dimensions.iter().position(|other| other == dimension);
    let dimensions: Vec<Dimension> =
        NAMED_BY.into_iter().filter(|dimension| place(dimension).is_some()).collect();
    if !dimensions.contains(&Dimension::Api) || place(&Dimension::Route).is_none() {
        return None;
    }
    let places: Vec<usize> = dimensions.iter().filter_map(place).collect();
    let mut groups: BTreeMap<Vec<Option<String>>, CostRow> = BTreeMap::new();
    for row in &analysis.rows {
        let values: Vec<Option<String>> =
            places.iter().map(|&index| row.values.get(index).cloned().flatten()).collect();
        let group = groups.entry(values).or_insert_with_key(|values| nothing(values.clone()));
        add(group, row);
    }
    if groups.len() < 2 {
        return None;
    }
    let mut rows: Vec<CostRow> = groups.into_values().collect();
    // A stable sort: equal ones stay in the order of their names.
    rows.sort_by_key(|row| std::cmp::Reverse((row.measures.cost, row.measures.requests)));
    Some(CostAnalysis {
        window: analysis.window,
        dimensions,
        filters: analysis.filters.clone(),
        http_metering: analysis.http_metering.clone(),
        allocation: analysis.allocation.clone(),
        by_metrics: analysis.by_metrics.clone(),
        full: None,
        currency: analysis.currency.clone(),
        total: analysis.total.clone(),
        rows,
        days: Vec::new(),
        unpriced: analysis.unpriced.clone(),
        rates: Vec::new(),
        rates_at: analysis.rates_at.clone(),
        quality: analysis.quality.clone(),
        assumptions: Vec::new(),
        overrides: Vec::new(),
    })
}

/// A group before its first row.
fn nothing(values: Vec<Option<String>>) -> CostRow {
    CostRow {
        values,
        measures: Measures::default(),
        share: None,
        cost_per_1000: None,
        error_rate: None,
        latency: Percentiles::default(),
        integration_latency: Percentiles::default(),
        unpriced: Vec::new(),
        templated: false,
    }
}

/// Adds a row to its group. A part that is not known leaves the sum of the known ones.
fn add(group: &mut CostRow, row: &CostRow) {
    let plus = |sum: &mut Option<Decimal>, part: Option<Decimal>| {
        *sum = part.map_or(*sum, |part| Some(sum.unwrap_or_default() + part));
    };
    let (sum, part) = (&mut group.measures, &row.measures);
    sum.requests = sum.requests.saturating_add(part.requests);
    sum.billable_requests = sum.billable_requests.saturating_add(part.billable_requests);
    sum.unbilled_requests = sum.unbilled_requests.saturating_add(part.unbilled_requests);
    sum.undetermined_requests = sum.undetermined_requests.saturating_add(part.undetermined_requests);
    if let Some(bytes) = part.response_bytes {
        sum.response_bytes = Some(sum.response_bytes.unwrap_or(0).saturating_add(bytes));
    }
    plus(&mut sum.request_cost, part.request_cost);
    plus(&mut sum.transfer_cost, part.transfer_cost);
    plus(&mut sum.cost, part.cost);
    plus(&mut sum.cost_low, part.cost_low);
    plus(&mut sum.cost_high, part.cost_high);
    plus(&mut group.share, row.share);
    for meter in &row.unpriced {
        if !group.unpriced.contains(meter) {
            group.unpriced.push(meter.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn groups_add_up_to_the_total_and_the_dearest_is_first() {
        let mut analysis = fixture::wide(9);
        for (index, row) in analysis.rows.iter_mut().enumerate() {
            row.values[2] = Some(["cheap", "dear", "dear"][index % 3].to_owned());
        }
        analysis.rows[0].unpriced = vec!["internet_transfer".to_owned()];
        let grouped = by_api(&analysis).unwrap();
        let names: Vec<&str> = grouped.rows.iter().filter_map(|row| row.values[2].as_deref()).collect();
        assert_eq!(names, ["dear", "cheap"]);
        assert_eq!(grouped.rows[0].values.len(), grouped.dimensions.len());
        assert_eq!(grouped.rows[1].unpriced, ["internet_transfer"]);
        let sum = |of: fn(&Measures) -> Option<Decimal>| -> Decimal {
            grouped.rows.iter().filter_map(|row| of(&row.measures)).sum()
        };
        assert_eq!(Some(sum(|measures| measures.cost)), analysis.total.cost);
        assert_eq!(Some(sum(|measures| measures.request_cost)), analysis.total.request_cost);
        let requests: u64 = grouped.rows.iter().map(|row| row.measures.requests).sum();
        assert_eq!(requests, analysis.total.requests);
    }

    #[test]
    fn one_group_or_none_says_nothing_new() {
        assert!(by_api(&fixture::wide(9)).is_none());
        assert!(by_api(&fixture::analysis()).is_none());
    }
}
