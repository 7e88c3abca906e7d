//! What changed between two windows, or between two deployments in one: the difference of two bills in parts that
//! add up to it.

use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::{Window, day_of_ms};
use gwcost_core::pricing::{
    AMOUNT_DECIMALS, Amount, AmountOverflow, Cell, Effects, HttpMetering, Meter, Side, round_to_sum, rounded,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::AnalysisError;
use super::catalog::Catalog;
use super::cost::{count, count_around};
use super::dimension::Dimension;
use super::filter::Filters;
use super::pricing::{Around, Priced, price, units};
use super::private_apis::private_apis;
use super::query::Queries;
use super::result::Unpriced;
use super::usage::{Leaf, LeafKey, Leaves, further_dimensions};
use crate::lake::Lake;

/// One of the two things that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The half-open UTC window.
    pub window: Window,
    /// A value that a dimension must have: `canary`, a deployment.
    pub only: Option<(Dimension, String)>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct DiffQuestion {
    /// What was before.
    pub before: Compared,
    /// What came after.
    pub after: Compared,
    /// What to group by; no dimension that is cut from the calendar.
    pub by: Vec<Dimension>,
    /// What to show; the rest still fills tiers.
    pub filters: Filters,
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
}

/// The difference.
#[derive(Clone, Debug)]
pub struct Diff {
    /// What was before.
    pub before: Compared,
    /// What came after.
    pub after: Compared,
    /// The dimensions of [`DiffRow::values`].
    pub by: Vec<Dimension>,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// The sum of all rows.
    pub total: DiffRow,
    /// One for each group, the largest difference first.
    pub rows: Vec<DiffRow>,
    /// Usage that has no rate in one of the two, and is in no figure.
    pub unpriced: Vec<Unpriced>,
}

/// A group before and after.
#[derive(Clone, Debug, Default)]
pub struct DiffRow {
    /// Its values.
    pub values: Vec<Option<String>>,
    /// Before.
    pub before: DiffSide,
    /// After.
    pub after: DiffSide,
    /// The difference of cost in parts.
    pub effects: Effects,
}

/// A group in one of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiffSide {
    /// Requests, billed or not.
    pub requests: u64,
    /// Requests with a status.
    pub with_status: u64,
    /// Requests with status 400 and above.
    pub errors: u64,
    /// What is priced.
    pub cost: Decimal,
}

impl DiffSide {
    fn add(&mut self, other: &DiffSide) {
        self.requests += other.requests;
        self.with_status += other.with_status;
        self.errors += other.errors;
        self.cost += other.cost;
    }
}

/// What rounding can put between two equal amounts.
const LAST_DECIMALS: Decimal = Decimal::from_parts(2, 0, 0, false, AMOUNT_DECIMALS);

/// Months and days differ between two windows by their nature.
pub const CALENDAR: [Dimension; 3] = [Dimension::Month, Dimension::Day, Dimension::Hour];

/// An endpoint with the further values that were asked for.
type Group = Vec<Option<String>>;

/// What a group used of its meters, in one of the two.
#[derive(Clone, Default)]
struct Used {
    side: DiffSide,
    meters: BTreeMap<Meter, (u64, Amount)>,
    unpriced: bool,
}

/// Compares two windows of a lake, or two deployments.
///
/// # Errors
/// [`AnalysisError`].
pub fn diff(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &DiffQuestion,
) -> Result<Diff, AnalysisError> {
    let catalog = &private_apis(lake, catalog)?;
    let one = Counted::of(lake, queries, catalog, question, &question.before)?;
    let two = Counted::of(lake, queries, catalog, question, &question.after)?;
    let same_bill = question.before.window == question.after.window;
    let (before, after) = (one.used(&one.leaves, &one.priced), two.used(&two.leaves, &two.priced));
    let at_old_rates = match same_bill {
        true => None,
        false => {
            let day = day_of_ms(question.before.window.from_ms);
            let leaves = dated(&two.leaves, day);
            let around =
                Around { before: dated(&two.around.before, day), after: dated(&two.around.after, day) };
            let priced = price(catalog, &leaves, &around, |key| two.selects(key))?;
            Some(two.used(&leaves, &priced))
        }
    };
    let names: BTreeSet<&Group> = before.keys().chain(after.keys()).collect();
    let nothing = Used::default();
    let of = |used: &'_ BTreeMap<Group, Used>, name: &Group| used.get(name).cloned().unwrap_or_default();

    // A meter that lacks a rate in one of the two would pass for a change of rates.
    let mut cells: Vec<(&Group, Meter, Cell)> = Vec::new();
    for name in names.iter().copied() {
        let (before, after) = (of(&before, name), of(&after, name));
        if before.unpriced || after.unpriced {
            continue;
        }
        let old = at_old_rates.as_ref().map(|used| used.get(name).unwrap_or(&nothing));
        let meters: BTreeSet<Meter> = before.meters.keys().chain(after.meters.keys()).copied().collect();
        for meter in meters {
            let side = |used: &Used| {
                let (units, amount) = used.meters.get(&meter).copied().unwrap_or_default();
                Side { requests: used.side.requests, units, amount: amount.to_decimal() }
            };
            let old = old.filter(|old| !old.unpriced).map(|old| rounded(side(old).amount));
            cells.push((
                name,
                meter,
                Cell { before: side(&before), after: side(&after), after_at_old_rates: old },
            ));
        }
    }
    round(&mut cells);
    for (.., cell) in &mut cells {
        // The two were rounded by themselves: a last decimal between them is no change of rates.
        if cell.after_at_old_rates.is_some_and(|old| (old - cell.after.amount).abs() <= LAST_DECIMALS) {
            cell.after_at_old_rates = Some(cell.after.amount);
        }
    }

    let all = |used: &BTreeMap<Group, Used>| used.values().map(|used| used.side.requests).sum::<u64>();
    let (all_before, all_after) = (all(&before), all(&after));
    let mut total = DiffRow::default();
    let mut rows: BTreeMap<Group, DiffRow> = BTreeMap::new();
    for name in names.iter().copied() {
        let row = rows.entry(one.group(name)).or_default();
        for (sum, used) in [(&mut row.before, of(&before, name)), (&mut row.after, of(&after, name))] {
            sum.add(&used.side);
        }
    }
    for (name, _, cell) in &cells {
        let overflow = AmountOverflow { units: cell.after.units, rate: cell.after.amount };
        let effects = cell.effects(all_before, all_after).ok_or(overflow)?;
        let row = rows.entry(one.group(name)).or_default();
        row.effects.add(&effects);
        row.before.cost += cell.before.amount;
        row.after.cost += cell.after.amount;
    }
    let mut rows: Vec<DiffRow> = rows.into_iter().map(|(values, row)| DiffRow { values, ..row }).collect();
    for row in &rows {
        total.before.add(&row.before);
        total.after.add(&row.after);
        total.effects.add(&row.effects);
    }
    rows.sort_by(|one, other| {
        let size = |row: &DiffRow| row.effects.total().abs();
        size(other).cmp(&size(one)).then_with(|| one.values.cmp(&other.values))
    });
    let mut unpriced = one.priced.unpriced;
    unpriced.extend(two.priced.unpriced.into_iter().filter(|_| !same_bill));
    Ok(Diff {
        before: question.before.clone(),
        after: question.after.clone(),
        by: question.by.clone(),
        currency: catalog.currency().to_owned(),
        total,
        rows,
        unpriced,
    })
}

/// Costs rounded as an analysis rounds them, so that totals are the same to the last decimal.
fn round(cells: &mut [(&Group, Meter, Cell)]) {
    for transfer in [false, true] {
        for after in [false, true] {
            let mut sides: Vec<&mut Side> = cells
                .iter_mut()
                .filter(|(_, meter, _)| (*meter == Meter::InternetTransfer) == transfer)
                .map(|(.., cell)| if after { &mut cell.after } else { &mut cell.before })
                .collect();
            let exact: Vec<Decimal> = sides.iter().map(|side| side.amount).collect();
            let (_, amounts) = round_to_sum(&exact, AMOUNT_DECIMALS);
            for (side, amount) in sides.iter_mut().zip(amounts) {
                side.amount = amount;
            }
        }
    }
}

/// The same leaves on a day: what they would cost at its rates.
fn dated(leaves: &Leaves, day: Date) -> Leaves {
    let mut dated = Leaves::new();
    for (key, leaf) in leaves {
        dated.entry(LeafKey { since: day, ..key.clone() }).or_default().merge(leaf);
    }
    dated
}

/// One of the two, counted and priced.
struct Counted<'q> {
    question: &'q DiffQuestion,
    compared: &'q Compared,
    /// The dimensions of the leaves' further values.
    further: Vec<Dimension>,
    leaves: Leaves,
    around: Around,
    priced: Priced,
}

impl<'q> Counted<'q> {
    fn of(
        lake: &Lake,
        queries: &Queries,
        catalog: &Catalog,
        question: &'q DiffQuestion,
        compared: &'q Compared,
    ) -> Result<Counted<'q>, AnalysisError> {
        let mut by = question.by.clone();
        by.extend(compared.only.as_ref().map(|(dimension, _)| *dimension).filter(|only| !by.contains(only)));
        let usage = |window| count(lake, queries, catalog, question.metering, window, &by);
        let around = count_around(lake, compared.window, catalog.allocation(), usage)?;
        let leaves = usage(compared.window)?;
        let further = further_dimensions(&by);
        let mut counted = Counted { question, compared, further, leaves, around, priced: Priced::default() };
        counted.priced = price(catalog, &counted.leaves, &counted.around, |key| counted.selects(key))?;
        Ok(counted)
    }

    fn further<'k>(&self, key: &'k LeafKey, dimension: Dimension) -> Option<&'k str> {
        let at = self.further.iter().position(|of| *of == dimension)?;
        key.further.get(at)?.as_deref()
    }

    fn selects(&self, key: &LeafKey) -> bool {
        let only = self.compared.only.as_ref();
        self.question.filters.select(|dimension| key.endpoint.value(dimension))
            && only.is_none_or(|(dimension, wanted)| {
                let value = match key.endpoint.value(*dimension) {
                    Some(value) => Some(value),
                    None => self.further(key, *dimension),
                };
                value == Some(wanted)
            })
    }

    /// Everything that can be grouped by: the endpoint, its kind, and the further values asked for.
    fn name(&self, key: &LeafKey) -> Group {
        let mut name = key.endpoint.values.to_vec();
        name.push(Some(key.endpoint.kind.name().to_owned()));
        let asked = further_dimensions(&self.question.by);
        name.extend(asked.into_iter().map(|dimension| self.further(key, dimension).map(str::to_owned)));
        name
    }

    /// The values to group by of a name.
    fn group(&self, name: &[Option<String>]) -> Group {
        let asked = further_dimensions(&self.question.by);
        let place = |dimension: &Dimension| {
            let of_endpoint = Dimension::ENDPOINT.iter().position(|of| of == dimension);
            let kind = (*dimension == Dimension::ApiKind).then_some(Dimension::ENDPOINT.len());
            let further = || asked.iter().position(|of| of == dimension);
            of_endpoint.or(kind).or_else(|| Some(further()? + Dimension::ENDPOINT.len() + 1))
        };
        self.question
            .by
            .iter()
            .map(|dimension| place(dimension).and_then(|at| name.get(at).cloned().flatten()))
            .collect()
    }

    fn used(&self, leaves: &Leaves, priced: &Priced) -> BTreeMap<Group, Used> {
        let mut all: BTreeMap<Group, Used> = BTreeMap::new();
        for ((key, leaf), cost) in leaves.iter().zip(&priced.leaves) {
            if !self.selects(key) {
                continue;
            }
            let used = all.entry(self.name(key)).or_default();
            used.side.add(&side_of(leaf));
            used.unpriced |= cost.calls.unpriced > 0 || cost.transfer.unpriced > 0;
            let calls = Meter::of_calls(key.endpoint.kind);
            for (meter, amount) in
                [(calls, cost.calls.amount), (Meter::InternetTransfer, cost.transfer.amount)]
            {
                let (sum, cost) = used.meters.entry(meter).or_default();
                *sum = sum.saturating_add(units(leaf, meter).base);
                *cost += amount;
            }
        }
        all
    }
}

fn side_of(leaf: &Leaf) -> DiffSide {
    DiffSide {
        requests: leaf.requests,
        with_status: leaf.with_status,
        errors: leaf.errors,
        cost: Decimal::ZERO,
    }
}
