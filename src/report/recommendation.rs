//! A recommendation in JSON: the same shape in every document that holds one. `docs/json.md` describes it.

use gwcost_core::model::{Recommendation, Step};
use serde::Serialize;

use super::fields::plain;

/// A recommendation, in this key order.
#[derive(Debug, Serialize)]
pub struct RecommendationJson<'a> {
    name: &'a str,
    account: &'a str,
    region: &'a str,
    api: Option<&'a str>,
    stage: Option<&'a str>,
    method: Option<&'a str>,
    route: Option<&'a str>,
    title: &'a str,
    saving_per_month_low: Option<String>,
    saving_per_month_high: Option<String>,
    effort: &'static str,
    risk: &'static str,
    evidence: &'a [String],
    assumptions: &'a [String],
    apply: Vec<StepJson<'a>>,
    check: &'a [String],
    excludes: &'a [String],
}

/// A way to apply something, in this key order.
#[derive(Debug, Serialize)]
pub struct StepJson<'a> {
    tool: &'static str,
    text: &'a str,
}

impl<'a> RecommendationJson<'a> {
    /// The JSON of a recommendation.
    pub fn of(recommendation: &'a Recommendation) -> RecommendationJson<'a> {
        let place = &recommendation.place;
        RecommendationJson {
            name: &recommendation.name,
            account: &place.account,
            region: &place.region,
            api: place.api.as_deref(),
            stage: place.stage.as_deref(),
            method: place.method.as_deref(),
            route: place.route.as_deref(),
            title: &recommendation.title,
            saving_per_month_low: recommendation.saving.map(|saving| plain(saving.low)),
            saving_per_month_high: recommendation.saving.map(|saving| plain(saving.high)),
            effort: recommendation.effort.name(),
            risk: recommendation.risk.name(),
            evidence: &recommendation.evidence,
            assumptions: &recommendation.assumptions,
            apply: recommendation.apply.iter().map(StepJson::of).collect(),
            check: &recommendation.check,
            excludes: &recommendation.excludes,
        }
    }
}

impl<'a> StepJson<'a> {
    /// The JSON of a step.
    pub fn of(step: &'a Step) -> StepJson<'a> {
        StepJson { tool: step.tool.name(), text: &step.text }
    }
}
