//! A format that lines of a place can have: which stages log in it, and what it leaves open.

use std::fmt;

use crate::log_format::{Finding, Level, Template, capabilities};
use crate::model::ApiKind;
use crate::model::settings::{RegionSettings, StageRef};

/// A stage, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StageOrigin {
    /// Twelve digits.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// The API's id.
    pub api: String,
    /// The API's name.
    pub api_name: String,
    /// The stage's name.
    pub stage: String,
    /// The kind of API.
    pub kind: ApiKind,
}

impl StageOrigin {
    /// A stage of some settings.
    pub fn of(settings: &RegionSettings, stage: &StageRef<'_>) -> StageOrigin {
        StageOrigin {
            account: settings.account.clone(),
            region: settings.region.clone(),
            api: stage.api_id.to_owned(),
            api_name: stage.api_name.to_owned(),
            stage: stage.stage.to_owned(),
            kind: stage.kind,
        }
    }
}

impl fmt::Display for StageOrigin {
    /// `orders/prod (rest, a1b2c3d4e5)`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{} ({}, {})", self.api_name, self.stage, self.kind, self.api)
    }
}

/// What a line would have to say for its stage to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The API's id.
    Api,
    /// The stage's name.
    Stage,
    /// The kind of API, which the API's id would tell.
    Kind,
}

impl Fact {
    /// As people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Fact::Api => "API",
            Fact::Stage => "stage",
            Fact::Kind => "kind of API",
        }
    }
}

/// A format with the stages that log in it, all of one kind, account and region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The format string, without white space at its ends.
    pub format: String,
    /// The kind of API.
    pub kind: ApiKind,
    /// The account that owns the APIs.
    pub account: String,
    /// The region of the APIs.
    pub region: String,
    /// The API's id, where it is the same for all stages.
    pub api: Option<String>,
    /// The stage's name, where it is the same for all stages.
    pub stage: Option<String>,
    /// The stages that log in this format.
    pub stages: Vec<StageOrigin>,
    /// What stages differ in and lines do not say: these lines cannot be given to a stage.
    pub unsaid: Vec<Fact>,
    /// What analyses cannot do with lines of this format, or only with a restriction.
    pub lacks: Vec<Finding>,
}

impl Candidate {
    pub(super) fn new(origin: StageOrigin, template: &Template) -> Candidate {
        Candidate {
            format: template.source().to_owned(),
            kind: origin.kind,
            account: origin.account.clone(),
            region: origin.region.clone(),
            api: None,
            stage: None,
            lacks: lacks(template, origin.kind),
            stages: vec![origin],
            unsaid: Vec::new(),
        }
    }

    /// Whether a stage that logs in a format is one more of these.
    pub(super) fn takes(&self, origin: &StageOrigin, template: &Template) -> bool {
        self.format == template.source()
            && self.kind == origin.kind
            && self.account == origin.account
            && self.region == origin.region
    }
}

/// Settles what the stages of each candidate have in common, and what nobody says.
pub(super) fn decided(candidates: Vec<(Candidate, Template)>) -> Vec<Candidate> {
    let kinds: Vec<(String, ApiKind)> =
        candidates.iter().map(|(candidate, _)| (candidate.format.clone(), candidate.kind)).collect();
    candidates
        .into_iter()
        .map(|(mut candidate, template)| {
            let same = |of: fn(&StageOrigin) -> &String| {
                let first = candidate.stages.first().map(of)?;
                candidate.stages.iter().all(|stage| of(stage) == first).then(|| first.clone())
            };
            let (api, stage) = (same(|stage| &stage.api), same(|stage| &stage.stage));
            let says = |names: &[&str]| template.variables().any(|name| names.contains(&name));
            let says_api = says(&["apiId", "domainName"]);
            let shared =
                kinds.iter().any(|(format, kind)| *format == candidate.format && *kind != candidate.kind);
            candidate.unsaid = [
                (Fact::Kind, shared && !says_api),
                (Fact::Api, api.is_none() && !says_api),
                (Fact::Stage, stage.is_none() && !says(&["stage"])),
            ]
            .into_iter()
            .filter_map(|(fact, unsaid)| unsaid.then_some(fact))
            .collect();
            (candidate.api, candidate.stage) = (api, stage);
            candidate
        })
        .collect()
}

/// What a format lacks for a kind of API whose account, region, API and stage are known.
pub fn lacks(template: &Template, kind: ApiKind) -> Vec<Finding> {
    const KNOWN: [&str; 4] = ["accountId", "domainName", "apiId", "stage"];
    let settled = |finding: &Finding| {
        !finding.variables.is_empty()
            && finding.variables.iter().all(|variable| KNOWN.contains(&variable.as_str()))
    };
    capabilities(template, Some(kind))
        .into_iter()
        .filter(|finding| finding.level != Level::Ok && !settled(finding))
        .collect()
}
