//! A rule's endpoints, put together as it asks, and held to a limit.

use std::collections::BTreeMap;

use gwcost_core::model::{GateEach, GateMeasure, GateRule, Month, Window};
use rust_decimal::{Decimal, RoundingStrategy};

use super::GateError;
use super::figures::{EndpointKey, Figure, Figures};
use super::result::{GateOutcome, GateResult};
use super::tags::Tags;
use crate::analysis::coverage::StageCoverage;
use crate::analysis::dimension::Dimension;
use crate::analysis::filter::Filters;
use crate::analysis::percentile::nearest_rank;

/// A measure of a rule.
pub(super) struct Held<'a> {
    pub rule: &'a GateRule,
    pub scope: &'a Filters,
    pub measure: GateMeasure,
    pub limit: Decimal,
    pub window: Window,
    pub allow_empty: bool,
}

/// A figure, or why there is none.
type Found = Result<Decimal, String>;

/// The globs of a rule.
pub(super) fn scope(rule: &GateRule) -> Result<Filters, GateError> {
    let mut filters = Filters::default();
    for (name, glob) in &rule.scope {
        if let Some(dimension) = Dimension::ENDPOINT.into_iter().find(|dimension| dimension.name() == *name) {
            let wrong = |problem| GateError::Scope { rule: rule.name.clone(), problem };
            filters.add(dimension, glob).map_err(wrong)?;
        }
    }
    Ok(filters)
}

impl Held<'_> {
    pub(super) fn each(&self) -> GateEach {
        self.rule.each.unwrap_or(GateEach::of(self.measure))
    }

    /// The result of a group.
    pub(super) fn result(&self, subject: String, found: Found, limit: Decimal) -> GateResult {
        let outcome = match &found {
            Ok(found) if self.measure.holds(*found, limit) => GateOutcome::Held,
            Ok(_) => GateOutcome::Broken,
            Err(_) => GateOutcome::Unknown,
        };
        let (found, reason) = match found {
            Ok(found) => (Some(found.normalize()), None),
            Err(reason) => (None, Some(reason)),
        };
        let measure = self.measure;
        let limit = limit.normalize();
        GateResult { rule: self.rule.name.clone(), measure, subject, found, limit, outcome, reason }
    }

    /// What is said where there is nothing.
    pub(super) fn nothing(&self, reason: &str) -> GateResult {
        self.result(self.rule.scope_text(), Err(reason.to_owned()), self.limit)
    }

    /// What is said where no request is in the scope, which is fine if the user said so.
    pub(super) fn empty(&self, reason: &str) -> GateResult {
        let mut result = self.nothing(reason);
        if self.allow_empty {
            result.outcome = GateOutcome::Empty;
        }
        result
    }

    fn selects(&self, key: &EndpointKey) -> bool {
        let value = |dimension| {
            let at = Dimension::ENDPOINT.iter().position(|of_endpoint| *of_endpoint == dimension)?;
            key[at].as_deref()
        };
        self.scope.select(value)
    }
}

/// Holds each group of a rule to a limit.
pub(super) fn hold(figures: &Figures, tags: Option<&Tags<'_>>, held: &Held<'_>) -> Vec<GateResult> {
    let tagged = |key: &EndpointKey| match (&held.rule.tag, tags) {
        (None, _) => true,
        (Some((name, value)), Some(tags)) => tags.has(key, name, value.as_deref()),
        (Some(_), None) => false,
    };
    if held.rule.tag.is_some() && tags.is_none() {
        return vec![
            held.nothing("tags are not known: the lake holds no settings (gwcost ingest settings:)"),
        ];
    }
    if held.measure == GateMeasure::Coverage {
        return coverage(figures, held);
    }
    let depth = held.each().depth();
    let mut groups: BTreeMap<Vec<Option<String>>, Figure> = BTreeMap::new();
    for (key, figure) in figures.endpoints.iter().filter(|(key, _)| held.selects(key) && tagged(key)) {
        groups.entry(key[..depth].to_vec()).or_default().add(figure);
    }
    let in_use = |figure: &Figure| match held.measure {
        GateMeasure::GrowthPerWeek => figure.weeks.iter().any(|week| week.requests > 0),
        _ => figure.requests > 0,
    };
    groups.retain(|_, figure| in_use(figure));
    if groups.is_empty() {
        return vec![held.empty("no request of the window is in the scope")];
    }
    groups.retain(|_, figure| figure.requests >= held.rule.min_requests);
    groups.into_iter().map(|(key, figure)| one(figures, held, &key, &figure)).collect()
}

fn one(figures: &Figures, held: &Held<'_>, key: &[Option<String>], figure: &Figure) -> GateResult {
    let subject = if key.is_empty() { held.rule.scope_text() } else { subject(key) };
    let mut limit = held.limit;
    let part = |errors: u64| {
        let all = figure.with_status;
        if all == 0 { Err("statuses are not logged".to_owned()) } else { Ok(ratio(errors, all)) }
    };
    let found = match held.measure {
        GateMeasure::Budget => {
            limit = budget(held.limit, held.window);
            // What could be priced is a floor: above the limit it tells enough.
            let broken = figure.cost > limit;
            if figure.unpriced && !broken { Err(UNPRICED.to_owned()) } else { Ok(figure.cost) }
        }
        GateMeasure::CostPer1000 if figure.unpriced => Err(UNPRICED.to_owned()),
        GateMeasure::CostPer1000 => {
            let per_1000 = figure.cost * Decimal::ONE_THOUSAND / Decimal::from(figure.requests.max(1));
            Ok(round(per_1000, 10))
        }
        GateMeasure::GrowthPerWeek => growth(figures, figure),
        GateMeasure::ErrorRate => part(figure.client_errors + figure.server_errors),
        GateMeasure::ClientErrorRate => part(figure.client_errors),
        GateMeasure::ServerErrorRate => part(figure.server_errors),
        GateMeasure::Latency(percent) => {
            let counts: Vec<(i64, u64)> =
                figure.latencies.iter().map(|(latency, count)| (*latency, *count)).collect();
            nearest_rank(&counts, percent)
                .map(Decimal::from)
                .ok_or_else(|| "latencies are not logged".to_owned())
        }
        GateMeasure::Headroom | GateMeasure::CacheNet | GateMeasure::Coverage => {
            Err("this is not counted by endpoint".to_owned())
        }
    };
    let mut result = held.result(subject, found, limit);
    if limit != held.limit && result.reason.is_none() {
        result.reason = Some(format!("the window's part of {} a month", held.limit));
    }
    result
}

const UNPRICED: &str = "some usage has no price";

/// `api/stage GET /route`, as far as a group has them.
pub(super) fn subject(key: &[Option<String>]) -> String {
    let part = |at: usize| key.get(at).map(|value| value.as_deref().unwrap_or("–"));
    match (part(0), part(1), part(2), part(3)) {
        (Some(_), Some(region), Some(api), Some(stage)) => {
            let mut text = format!("{api}/{stage}");
            if let (Some(method), Some(route)) = (part(4), part(5)) {
                text = format!("{text} {method} {route}");
            }
            format!("{text} in {region}")
        }
        (Some(_), Some(region), Some(api), None) => format!("{api} in {region}"),
        (Some(account), ..) => format!("account {account}"),
        _ => String::new(),
    }
}

/// A monthly budget's part for a window: all of it where the window begins with a month and ends in it, because
/// what is spent of a month is spent; else the part of each month's time.
fn budget(monthly: Decimal, window: Window) -> Decimal {
    let first = Month::of_ms(window.from_ms).window();
    if window.from_ms == first.from_ms && window.to_ms <= first.to_ms {
        return monthly;
    }
    let part = |month: Month| {
        let whole = month.window();
        let covered = window.to_ms.min(whole.to_ms) - window.from_ms.max(whole.from_ms);
        monthly * Decimal::from(covered) / Decimal::from(whole.to_ms - whole.from_ms)
    };
    round(window.months().into_iter().map(part).sum(), 10)
}

fn growth(figures: &Figures, figure: &Figure) -> Found {
    let [now, before] = figure.weeks;
    if now.unpriced || before.unpriced {
        return Err(UNPRICED.to_owned());
    }
    let days = figures.days_of_weeks.unwrap_or_default();
    if days[1] < days[0] {
        return Err(format!(
            "the lake has requests of {} days of the week before, and of {} of the last",
            days[1], days[0]
        ));
    }
    if before.cost.is_zero() {
        return Err("the week before cost nothing".to_owned());
    }
    Ok(round((now.cost - before.cost) / before.cost, 6))
}

fn coverage(figures: &Figures, held: &Held<'_>) -> Vec<GateResult> {
    let key = |stage: &StageCoverage| -> EndpointKey {
        let of = &stage.stage;
        [Some(&of.account), Some(&of.region), Some(&of.api), Some(&of.stage), None, None]
            .map(Option::<&String>::cloned)
    };
    let Some(stages) = &figures.coverage else {
        return vec![held.nothing("the lake has no metrics of the window (gwcost ingest metrics:)")];
    };
    let depth = held.each().depth().min(GateEach::Stage.depth());
    let mut groups: BTreeMap<Vec<Option<String>>, Option<(u64, u64)>> = BTreeMap::new();
    for stage in stages {
        let key = key(stage);
        if held.selects(&key) {
            let sum = groups.entry(key[..depth].to_vec()).or_default();
            if let Some((held, counted)) = stage.held_of_counted() {
                let (all_held, all_counted) = sum.get_or_insert((0, 0));
                *all_held += held;
                *all_counted += counted;
            }
        }
    }
    if groups.is_empty() {
        return vec![held.empty("no stage of the window is in the scope")];
    }
    let found = |sum: Option<(u64, u64)>| match sum {
        Some((held, counted)) if counted > 0 => Ok(ratio(held, counted)),
        _ => Err("nothing that CloudWatch counted could be compared".to_owned()),
    };
    let subject = |key: &[Option<String>]| if key.is_empty() { held.rule.scope_text() } else { subject(key) };
    groups.into_iter().map(|(key, sum)| held.result(subject(&key), found(sum), held.limit)).collect()
}

fn ratio(part: u64, whole: u64) -> Decimal {
    round(Decimal::from(part) / Decimal::from(whole), 6)
}

fn round(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gwcost_core::model::parse_instant;

    fn of(from: &str, to: &str) -> String {
        let window = Window { from_ms: parse_instant(from).unwrap(), to_ms: parse_instant(to).unwrap() };
        budget(Decimal::new(31, 0), window).normalize().to_string()
    }

    #[test]
    fn a_budget_is_a_months_and_a_month_to_date_has_all_of_it() {
        assert_eq!(of("2026-10-01", "2026-11-01"), "31");
        assert_eq!(of("2026-10-01", "2026-10-02"), "31");
        assert_eq!(of("2026-10-02", "2026-10-03"), "1");
        assert_eq!(of("2026-12-22", "2027-01-11"), "20");
        assert_eq!(of("2026-10-01", "2027-01-01"), "93");
    }
}
