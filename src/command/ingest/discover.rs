//! What settings say there is to read, as people and programs read it.

use gwcost_core::discovery::{Candidate, Discovery, LogSource, StageOrigin};
use serde::Serialize;

/// A sentence for each place that stages log to, and for each stage that cannot be read from one.
pub fn lines(found: &Discovery) -> Vec<String> {
    let mut lines = Vec::new();
    for group in &found.groups {
        lines.push(format!("log group {}: {}", group.name, stages(group.stages())));
        lines.push(format!("  to read it: gwcost ingest logs:{}", group.arn));
        lines.extend(problems(group));
    }
    for stream in &found.streams {
        lines.push(format!("Firehose stream {}: {}", stream.name, stages(stream.stages())));
        lines.push("  where it delivers is not in the settings: gwcost ingest s3://BUCKET/PREFIX".to_owned());
        lines.extend(problems(stream));
    }
    if !found.silent.is_empty() {
        lines.push(format!("no access log: {}", stages(found.silent.iter())));
    }
    for (stage, reason) in &found.unusable {
        lines.push(format!("access log that cannot be used: {stage}: {reason}"));
    }
    lines.extend(found.unknown.iter().cloned());
    lines
}

fn stages<'a>(stages: impl Iterator<Item = &'a StageOrigin>) -> String {
    stages.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn problems(source: &LogSource) -> impl Iterator<Item = String> {
    let of = |candidate: &Candidate| {
        let lack = unsaid(candidate)?;
        Some(format!("  {}: {lack}", stages(candidate.stages.iter())))
    };
    source.candidates.iter().filter_map(of)
}

/// That lines cannot be given to a stage, and why; `None` where they can.
pub fn unsaid(candidate: &Candidate) -> Option<String> {
    if candidate.unsaid.is_empty() {
        return None;
    }
    let facts: Vec<&str> = candidate.unsaid.iter().map(|fact| fact.name()).collect();
    Some(format!(
        "the format is shared and lines do not say the {}: add $context.apiId and $context.stage to it",
        facts.join(" and ")
    ))
}

/// What there is to read, as programs read it.
#[derive(Serialize)]
pub struct Found {
    log_groups: Vec<Place>,
    firehose_streams: Vec<Place>,
    stages_without_access_log: Vec<Stage>,
    unusable: Vec<Unusable>,
    unknown: Vec<String>,
}

#[derive(Serialize)]
struct Place {
    arn: String,
    formats: Vec<Format>,
}

#[derive(Serialize)]
struct Format {
    format: String,
    api_kind: &'static str,
    stages: Vec<Stage>,
    unsaid: Vec<&'static str>,
    lacks: Vec<String>,
}

#[derive(Serialize)]
struct Stage {
    api: String,
    api_name: String,
    api_kind: &'static str,
    stage: String,
}

#[derive(Serialize)]
struct Unusable {
    #[serde(flatten)]
    stage: Stage,
    reason: String,
}

impl Found {
    /// What was found.
    pub fn of(found: &Discovery) -> Found {
        Found {
            log_groups: found.groups.iter().map(Place::of).collect(),
            firehose_streams: found.streams.iter().map(Place::of).collect(),
            stages_without_access_log: found.silent.iter().map(Stage::of).collect(),
            unusable: found
                .unusable
                .iter()
                .map(|(stage, reason)| Unusable { stage: Stage::of(stage), reason: reason.clone() })
                .collect(),
            unknown: found.unknown.clone(),
        }
    }
}

impl Place {
    fn of(source: &LogSource) -> Place {
        let format = |candidate: &Candidate| Format {
            format: candidate.format.clone(),
            api_kind: candidate.kind.name(),
            stages: candidate.stages.iter().map(Stage::of).collect(),
            unsaid: candidate.unsaid.iter().map(|fact| fact.name()).collect(),
            lacks: candidate.lacks.iter().map(|lack| lack.what.clone()).collect(),
        };
        Place { arn: source.arn.clone(), formats: source.candidates.iter().map(format).collect() }
    }
}

impl Stage {
    fn of(origin: &StageOrigin) -> Stage {
        Stage {
            api: origin.api.clone(),
            api_name: origin.api_name.clone(),
            api_kind: origin.kind.name(),
            stage: origin.stage.clone(),
        }
    }
}
