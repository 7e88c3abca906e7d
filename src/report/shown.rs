//! The rows that are shown, the rest as one row, and their money rounded so that it adds up.
//!
//! Down the column and along the row: the total's cost is rounded, its two parts to that, each
//! row's parts to those, and a row's cost is the sum of its shown parts.

use rust_decimal::Decimal;

use super::number::{cents_top_down, decimals_for, round};
use crate::analysis::{CostAnalysis, CostRow, Measures};

/// Less than any request costs, more than what rounding to ten decimals leaves of a sum: 0.0000005.
const DUST: Decimal = Decimal::from_parts(5, 0, 0, false, 7);

/// What a report shows of an analysis.
pub struct Shown<'a> {
    /// Decimals of every amount in it.
    pub decimals: u32,
    /// The rows, in order; the last one may be all others.
    pub rows: Vec<ShownRow<'a>>,
    /// The money of the total line.
    pub total: Money,
}

/// One shown row.
pub struct ShownRow<'a> {
    /// The row; `None` for the line that stands for all others.
    pub row: Option<&'a CostRow>,
    /// The row's figures, or what is left of the total.
    pub measures: Measures,
    /// The row's part of the total cost.
    pub share: Option<Decimal>,
    /// The row's money, rounded to be shown.
    pub money: Money,
}

/// Amounts rounded to [`Shown::decimals`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// For requests or messages.
    pub request: Option<Decimal>,
    /// For transfer to the internet.
    pub transfer: Option<Decimal>,
    /// The sum of both.
    pub cost: Option<Decimal>,
    /// The least that the cost can be.
    pub low: Option<Decimal>,
    /// The most that the cost can be.
    pub high: Option<Decimal>,
}

impl<'a> Shown<'a> {
    /// At most `cap` rows of an analysis; the others, also those that `--top` cut, are one more row.
    pub fn of(analysis: &'a CostAnalysis, cap: usize) -> Shown<'a> {
        let listed = analysis.rows.iter().take(cap);
        let mut rows: Vec<ShownRow<'a>> = listed.map(ShownRow::of).collect();
        rows.extend(others(&analysis.total, &rows));
        let decimals = decimals_for(analysis.total.cost.unwrap_or_default());
        let mut total = share_out(&analysis.total, decimals, &mut rows);
        total.low = set_low(&analysis.total, total.cost, decimals, &mut rows);
        total.high = set_high(&analysis.total, total.cost, decimals, &mut rows);
        Shown { decimals, rows, total }
    }
}

impl<'a> ShownRow<'a> {
    fn of(row: &'a CostRow) -> ShownRow<'a> {
        let measures = row.measures.clone();
        ShownRow { row: Some(row), measures, share: row.share, money: Money::default() }
    }
}

/// What of the total is in none of the rows, if anything is.
fn others<'a>(total: &Measures, rows: &[ShownRow<'a>]) -> Option<ShownRow<'a>> {
    let left = |of: fn(&Measures) -> u64| {
        rows.iter().fold(of(total), |left, row| left.saturating_sub(of(&row.measures)))
    };
    let requests = left(|measures| measures.requests);
    if requests == 0 || rows.is_empty() {
        return None;
    }
    let billable_requests = left(|measures| measures.billable_requests);
    let undetermined_requests = left(|measures| measures.undetermined_requests);
    let may_be_billed = billable_requests + undetermined_requests > 0;
    // Nothing left of the money of requests that are billed: it is not known, it is not nothing.
    let money = |of: fn(&Measures) -> Option<Decimal>| {
        let listed: Decimal = rows.iter().filter_map(|row| of(&row.measures)).sum();
        of(total).map(|total| total - listed).filter(|left| *left > DUST || !may_be_billed)
    };
    let response_bytes = total.response_bytes.map(|_| left(|measures| measures.response_bytes.unwrap_or(0)));
    let share = rows.iter().filter_map(|row| row.share).sum::<Decimal>();
    let cost = money(|measures| measures.cost);
    Some(ShownRow {
        row: None,
        measures: Measures {
            requests,
            billable_requests,
            unbilled_requests: left(|measures| measures.unbilled_requests),
            undetermined_requests,
            response_bytes: response_bytes.filter(|left| *left > 0),
            request_cost: money(|measures| measures.request_cost),
            transfer_cost: money(|measures| measures.transfer_cost),
            cost,
            cost_low: money(|measures| measures.cost_low),
            cost_high: money(|measures| measures.cost_high),
        },
        share: cost.map(|_| (Decimal::ONE - share).max(Decimal::ZERO)),
        money: Money::default(),
    })
}

/// Rounds the money of the rows and of their total; the answer is the total's.
fn share_out(total: &Measures, decimals: u32, rows: &mut [ShownRow<'_>]) -> Money {
    let request = |measures: &Measures| measures.request_cost;
    let transfer = |measures: &Measures| measures.transfer_cost;
    let cost = |measures: &Measures| measures.cost;
    let whole = |measures: &Measures| {
        let parts = request(measures).unwrap_or_default() + transfer(measures).unwrap_or_default();
        (cost(measures).unwrap_or_default() - parts).abs() < DUST
    };
    if whole(total) && rows.iter().all(|row| whole(&row.measures)) {
        let parts = [request(total), transfer(total)].map(Option::unwrap_or_default);
        let shown = cents_top_down(parts[0] + parts[1], &parts, decimals);
        let requests = column(shown[0], request, decimals, rows);
        let transfers = column(shown[1], transfer, decimals, rows);
        for ((row, request), transfer) in rows.iter_mut().zip(requests).zip(transfers) {
            let sum = request.unwrap_or_default() + transfer.unwrap_or_default();
            row.money =
                Money { request, transfer, cost: cost(&row.measures).map(|_| sum), ..Money::default() };
        }
        Money {
            request: request(total).map(|_| shown[0]),
            transfer: transfer(total).map(|_| shown[1]),
            cost: cost(total).map(|_| shown[0] + shown[1]),
            ..Money::default()
        }
    } else {
        // Costs of another kind are in it: each column for itself.
        let of_total = |of: fn(&Measures) -> Option<Decimal>| of(total).map(|total| round(total, decimals));
        let money = Money {
            request: of_total(request),
            transfer: of_total(transfer),
            cost: of_total(cost),
            ..Money::default()
        };
        let requests = column(total.request_cost.unwrap_or_default(), request, decimals, rows);
        let transfers = column(total.transfer_cost.unwrap_or_default(), transfer, decimals, rows);
        let costs = column(total.cost.unwrap_or_default(), cost, decimals, rows);
        for (((row, request), transfer), cost) in rows.iter_mut().zip(requests).zip(transfers).zip(costs) {
            row.money = Money { request, transfer, cost, ..Money::default() };
        }
        money
    }
}

/// Sets the rows' lower bounds; the answer is the total's.
///
/// What is shared out is the distance to the cost, so that bounds add up and none is above its cost.
fn set_low(
    total: &Measures,
    cost: Option<Decimal>,
    decimals: u32,
    rows: &mut [ShownRow<'_>],
) -> Option<Decimal> {
    let unsure = |measures: &Measures| Some(measures.cost? - measures.cost_low?);
    let low = round(total.cost_low?, decimals);
    let distances = column(cost? - low, unsure, decimals, rows);
    for (row, distance) in rows.iter_mut().zip(distances) {
        row.money.low = row.money.cost.zip(distance).map(|(cost, distance)| cost - distance);
    }
    Some(low)
}

/// Sets the rows' upper bounds in the same way; the answer is the total's.
fn set_high(
    total: &Measures,
    cost: Option<Decimal>,
    decimals: u32,
    rows: &mut [ShownRow<'_>],
) -> Option<Decimal> {
    let unsure = |measures: &Measures| Some(measures.cost_high? - measures.cost?);
    let high = round(total.cost_high?, decimals).max(cost?);
    let distances = column(high - cost?, unsure, decimals, rows);
    for (row, distance) in rows.iter_mut().zip(distances) {
        row.money.high = row.money.cost.zip(distance).map(|(cost, distance)| cost + distance);
    }
    Some(high)
}

/// One column of money, rounded to add up to a total; what is not known stays unknown.
fn column(
    total: Decimal,
    of: impl Fn(&Measures) -> Option<Decimal>,
    decimals: u32,
    rows: &[ShownRow<'_>],
) -> Vec<Option<Decimal>> {
    let parts: Vec<Decimal> = rows.iter().map(|row| of(&row.measures).unwrap_or_default()).collect();
    let shown = cents_top_down(total, &parts, decimals);
    rows.iter().zip(shown).map(|(row, shown)| of(&row.measures).map(|_| shown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn adds_up(shown: &Shown<'_>) {
        let sum = |of: fn(&Money) -> Option<Decimal>| -> Decimal {
            shown.rows.iter().filter_map(|row| of(&row.money)).sum()
        };
        assert_eq!(sum(|money| money.cost), shown.total.cost.unwrap());
        assert_eq!(sum(|money| money.request), shown.total.request.unwrap());
        assert_eq!(sum(|money| money.transfer), shown.total.transfer.unwrap());
        assert_eq!(sum(|money| money.low), shown.total.low.unwrap());
        assert!(shown.rows.iter().all(|row| row.money.low <= row.money.cost));
        for money in shown.rows.iter().map(|row| row.money).chain([shown.total]) {
            let parts = money.request.unwrap_or_default() + money.transfer.unwrap_or_default();
            assert_eq!(money.cost.unwrap_or_default(), parts);
        }
    }

    #[test]
    fn what_is_shown_adds_up_down_and_across() {
        let analysis = fixture::many(137);
        for cap in [1, 2, 50, 137, 500] {
            let shown = Shown::of(&analysis, cap);
            adds_up(&shown);
            assert_eq!(shown.rows.len(), if cap < 137 { cap + 1 } else { 137 });
            let requests: u64 = shown.rows.iter().map(|row| row.measures.requests).sum();
            assert_eq!(requests, analysis.total.requests);
            assert!((shown.total.cost.unwrap() - analysis.total.cost.unwrap()).abs() < Decimal::new(1, 2));
        }
    }

    #[test]
    fn lower_bounds_add_up_too() {
        adds_up(&Shown::of(&fixture::analysis(), 50));
        let mut analysis = fixture::many(137);
        for (index, row) in (0..).zip(&mut analysis.rows) {
            let unsure = Decimal::new(index * 333_333, 10);
            row.measures.cost_low = row.measures.cost.map(|cost| cost - unsure);
            analysis.total.cost_low = analysis.total.cost_low.map(|low| low - unsure);
        }
        for cap in [1, 50, 137] {
            adds_up(&Shown::of(&analysis, cap));
        }
    }

    #[test]
    fn rows_that_top_cut_are_others() {
        let mut analysis = fixture::many(10);
        analysis.rows.truncate(3);
        let shown = Shown::of(&analysis, 50);
        adds_up(&shown);
        assert!(shown.rows.last().unwrap().row.is_none());
    }

    #[test]
    fn what_is_left_of_billed_requests_without_money_is_unknown() {
        let mut analysis = fixture::many(3);
        analysis.total.requests += 5;
        analysis.total.billable_requests += 5;
        let shown = Shown::of(&analysis, 50);
        let rest = shown.rows.last().unwrap();
        assert_eq!((rest.measures.requests, rest.money.cost, rest.share), (5, None, None));
        assert!(Shown::of(&fixture::unpriced(), 50).rows[0].money.cost.is_none());
        assert!(Shown::of(&fixture::unpriced(), 50).total.cost.is_none());
    }
}
