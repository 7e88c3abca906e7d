//! What gates answer: plain values.

use gwcost_core::model::{GateMeasure, Window};
use rust_decimal::Decimal;

/// What became of all rules.
#[derive(Clone, Debug)]
pub struct GateAnalysis {
    /// The half-open UTC window.
    pub window: Window,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// Requests of the window.
    pub requests: u64,
    /// Why the window says too little; not asked where that is fine.
    pub window_problem: Option<String>,
    /// A window or a scope without requests is fine.
    pub allow_empty: bool,
    /// What was held to a limit, by rule, measure and group.
    pub results: Vec<GateResult>,
    /// What a reader must know, a sentence each.
    pub notes: Vec<String>,
}

/// What one group came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateResult {
    /// The rule's name.
    pub rule: String,
    /// What was held.
    pub measure: GateMeasure,
    /// The group: the values of account, region, API, stage, method and route that tell it from others, or the
    /// scope in words.
    pub subject: String,
    /// The figure; `None` where it is not known.
    pub found: Option<Decimal>,
    /// The limit.
    pub limit: Decimal,
    /// How it ended.
    pub outcome: GateOutcome,
    /// Why it is not known, or what the limit was made of.
    pub reason: Option<String>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateOutcome {
    /// The figure keeps to the limit.
    Held,
    /// It does not.
    Broken,
    /// It cannot be told, which fails as well.
    Unknown,
    /// There is nothing to hold, and that is fine.
    Empty,
}

impl GateOutcome {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            GateOutcome::Held => "held",
            GateOutcome::Broken => "broken",
            GateOutcome::Unknown => "unknown",
            GateOutcome::Empty => "empty",
        }
    }

    /// Whether it fails the gate.
    pub const fn fails(self) -> bool {
        matches!(self, GateOutcome::Broken | GateOutcome::Unknown)
    }
}

impl GateAnalysis {
    /// Results that fail.
    pub fn failures(&self) -> impl Iterator<Item = &GateResult> {
        self.results.iter().filter(|result| result.outcome.fails())
    }

    /// Whether anything fails.
    pub fn fails(&self) -> bool {
        self.window_problem.is_some() || self.failures().next().is_some()
    }
}
