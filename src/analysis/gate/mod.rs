//! Do figures keep to their limits?
//!
//! The lake is counted once for all rules, by endpoint and status; each rule then picks its endpoints and adds
//! them up. What cannot be told is not taken for kept: a gate that passes because nothing is known is none.

mod figures;
mod hold;
mod limits;
mod result;
mod tags;

pub use result::{GateAnalysis, GateOutcome, GateResult};

use gwcost_core::model::settings::Snapshot;
use gwcost_core::model::{DAY_MS, GateRule, RouteLimits, Window};
use gwcost_core::pricing::HttpMetering;

use super::AnalysisError;
use super::catalog::Catalog;
use super::filter::FilterError;
use super::query::Queries;
use crate::lake::Lake;
use figures::Figures;
use tags::Tags;

/// What is asked.
pub struct GateQuestion<'a> {
    /// The half-open UTC window.
    pub window: Window,
    /// Milliseconds of Unix time that count as now.
    pub now_ms: i64,
    /// What is held to which limits.
    pub rules: &'a [GateRule],
    /// Which bytes count for HTTP APIs.
    pub metering: HttpMetering,
    /// What is configured; `None` where nobody knows.
    pub settings: Option<&'a Snapshot>,
    /// What was configured over time.
    pub history: &'a [Snapshot],
    /// Whether a window without requests is fine.
    pub allow_empty: bool,
}

/// A question about gates that cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// A scope that is no glob.
    #[error("[[check]] {rule:?}: {problem}")]
    Scope {
        /// The rule's name.
        rule: String,
        /// What is wrong.
        problem: FilterError,
    },
    /// Figures could not be found.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
}

/// Holds every rule to its limits, in order.
///
/// # Errors
/// [`GateError`].
pub fn gate(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &GateQuestion<'_>,
) -> Result<GateAnalysis, GateError> {
    let figures = Figures::count(lake, queries, catalog, question)?;
    let tags = question.settings.map(Tags::of);
    let mut results = Vec::new();
    for rule in question.rules {
        let scope = hold::scope(rule)?;
        for &(measure, limit) in &rule.limits {
            let held = hold::Held {
                rule,
                scope: &scope,
                measure,
                limit,
                window: question.window,
                allow_empty: question.allow_empty,
            };
            if limits::is_about_limits(measure) {
                results.extend(limits::hold(lake, catalog, question, &held)?);
            } else {
                results.extend(hold::hold(&figures, tags.as_ref(), &held));
            }
        }
    }
    Ok(GateAnalysis {
        window: question.window,
        currency: catalog.currency().to_owned(),
        requests: figures.requests,
        window_problem: (!question.allow_empty).then(|| thin(&figures, question.window)).flatten(),
        allow_empty: question.allow_empty,
        results,
        notes: figures.notes,
    })
}

/// Why a window says too little to be relied upon.
fn thin(figures: &Figures, window: Window) -> Option<String> {
    if figures.requests == 0 {
        return Some("the window holds no request".to_owned());
    }
    let days = window.to_ms.div_euclid(DAY_MS) - window.from_ms.div_euclid(DAY_MS);
    let days = days + i64::from(window.to_ms.rem_euclid(DAY_MS) > 0);
    let with = i64::try_from(figures.days_with_requests).unwrap_or(i64::MAX);
    (with * 2 < days).then(|| format!("only {with} of the window's {days} days have requests"))
}

/// No route is merged into others: a rule can be about any of them.
fn every_route() -> RouteLimits {
    RouteLimits::new(usize::MAX, std::collections::BTreeMap::new())
}
