//! Accounts and regions with their settings, and what follows from these: log groups to read, metrics to ask for.

use std::sync::Arc;

use gwcost_core::discovery::{LogSource, discover};
use gwcost_core::model::settings::RegionSettings;
use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::super::targets::targets;
use super::discover::unsaid;
use super::logs::{Found, facts_of};
use super::manner::Typed;
use super::metrics::{MetricsEstimate, MetricsSummary, estimate_metrics, ingest_metrics};
use super::settings::{Came, Ingested, connect};
use crate::cli::IngestArgs;
use crate::ingest::{Failure, LogJob, Manner, Otherwise};
use crate::lake::{Lake, WritableLake, snapshots};
use crate::report::inert;
use crate::source::aws::{Aws, LogGroup};

/// An account and region that AWS is asked in.
pub struct Place {
    /// Who asks.
    pub aws: Arc<Aws>,
    /// What is configured there.
    pub settings: RegionSettings,
}

/// A log group that stages name, and what they say of it.
pub struct Named {
    /// The group alone, and who reads it.
    pub found: Found,
    /// The stages that log there, and their formats.
    pub source: LogSource,
}

/// What CloudWatch counted in one place, for programs.
#[derive(Serialize)]
pub struct MetricsOf {
    account: String,
    region: String,
    #[serde(flatten)]
    summary: MetricsSummary,
}

/// What would be asked of CloudWatch in one place.
#[derive(Serialize)]
pub struct MetricsWanted {
    account: String,
    region: String,
    #[serde(flatten)]
    estimate: MetricsEstimate,
}

impl Place {
    /// The places whose settings were just read.
    pub fn of_read(ingested: &Ingested) -> Vec<Place> {
        let place = |came: &Came| {
            Some(Place { aws: Arc::clone(came.aws.as_ref()?), settings: came.settings.clone() })
        };
        ingested.regions.iter().filter_map(place).collect()
    }

    /// The places whose settings the lake holds, as they were seen last. Without settings nobody knows what to
    /// ask for.
    pub fn of_lake(
        context: &Context,
        arguments: &IngestArgs,
    ) -> Result<(Vec<Place>, Vec<Failure>), CommandError> {
        let known = snapshots(&context.lake)?;
        let (mut places, mut failures) = (Vec::new(), Vec::new());
        for target in targets(context, &arguments.aws)? {
            let asked = connect(&target);
            let (aws, account) = match asked {
                Ok(asked) => asked,
                Err(error) => {
                    failures.push(failure(&format!("metrics of {}", target.shown()), &error));
                    continue;
                }
            };
            let last = known.iter().rev().find_map(|snapshot| snapshot.region(&account, aws.region()));
            match last {
                Some(settings) => places.push(Place { settings: settings.clone(), aws }),
                None => failures.push(Failure {
                    name: format!("metrics of account {account} in {}", aws.region()),
                    reason:
                        "the lake holds no settings of it, which say what to ask for: add the input settings:"
                            .to_owned(),
                    refused: false,
                }),
            }
        }
        Ok((places, failures))
    }
}

/// A failure of a place, with AWS's refusals told apart.
pub fn failure(name: &str, error: &CommandError) -> Failure {
    let refused = error.exit() == crate::exit::Exit::Refused;
    Failure { name: name.to_owned(), reason: error.to_string(), refused }
}

/// The log groups that the stages of some places name, and those of them that cannot be read.
pub fn log_groups(
    context: &Context,
    arguments: &IngestArgs,
    places: &[Place],
) -> Result<(Vec<Named>, Vec<Failure>), CommandError> {
    let window = context.window(&arguments.window)?;
    let now_ms = context.now_ms.min(context.clock_ms);
    let mut failures = Vec::new();
    let mut named = Vec::new();
    for source in discover(places.iter().map(|place| &place.settings)).groups {
        let name = format!("logs:{}", source.arn);
        let reads = |place: &&Place| place.settings.region == source.region;
        let own = places.iter().filter(reads).find(|place| place.settings.account == source.account);
        let Some(place) = own.or_else(|| places.iter().find(reads)) else {
            let reason = format!(
                "it is in {}, which is not asked: add the region to [[account]] in gwcost.toml, or to --aws-region",
                source.region
            );
            failures.push(Failure { name, reason, refused: false });
            continue;
        };
        let group = LogGroup {
            name: source.name.clone(),
            region: source.region.clone(),
            account: source.account.clone(),
            linked: place.settings.account != source.account,
        };
        let facts = match facts_of(&place.aws, &group) {
            Ok(facts) => facts,
            Err(error) => {
                failures.push(failure(&name, &error));
                continue;
            }
        };
        let (aws, groups) = (Arc::clone(&place.aws), vec![(group, facts)]);
        named.push(Named { found: Found { aws, groups, window, now_ms }, source });
    }
    Ok((named, failures))
}

/// The jobs of log groups that settings name. What their stages do not settle is said, and left out.
pub fn log_jobs(
    typed: &Typed,
    named: Vec<Named>,
    failures: &mut Vec<Failure>,
) -> Result<Vec<LogJob>, CommandError> {
    let mut jobs = Vec::new();
    for Named { found, source } in named {
        let manners = manners(typed, &source, failures)?;
        if manners.is_empty() {
            continue;
        }
        let Found { aws, groups, window, now_ms } = found;
        jobs.extend(groups.into_iter().map(|(group, facts)| LogJob {
            aws: Arc::clone(&aws),
            group,
            window,
            now_ms,
            facts,
            manners: manners.clone(),
            // Settings tell the formats of today. What was read in those of yesterday stays.
            otherwise: Otherwise::Keep,
        }));
    }
    Ok(jobs)
}

fn manners(
    typed: &Typed,
    source: &LogSource,
    failures: &mut Vec<Failure>,
) -> Result<Vec<Manner>, CommandError> {
    let mut manners = Vec::new();
    for candidate in &source.candidates {
        match unsaid(candidate) {
            Some(reason) => {
                let stages: Vec<String> = candidate.stages.iter().map(ToString::to_string).collect();
                let name = format!("logs:{}, the stages {}", source.arn, stages.join(", "));
                failures.push(Failure { name, reason, refused: false });
            }
            None => manners.push(typed.discovered(candidate)?),
        }
    }
    Ok(manners)
}

/// Reads the metrics of some places into the lake.
pub fn read_metrics(
    context: &Context,
    arguments: &IngestArgs,
    lake: &mut WritableLake,
    places: &[Place],
    failures: &mut Vec<Failure>,
) -> Result<Vec<MetricsOf>, CommandError> {
    let window = context.window(&arguments.window)?;
    let mut read = Vec::new();
    for Place { aws, settings } in places {
        let name = format!("metrics of account {} in {}", settings.account, settings.region);
        match ingest_metrics(lake, aws, settings, window, context.now_ms.min(context.clock_ms)) {
            Ok(summary) => {
                let of_stage = summary.failed.iter();
                failures.extend(of_stage.map(|reason| Failure {
                    name: name.clone(),
                    reason: reason.clone(),
                    refused: false,
                }));
                let (account, region) = (settings.account.clone(), settings.region.clone());
                read.push(MetricsOf { account, region, summary });
            }
            Err(error @ CommandError::Source(_)) => failures.push(failure(&name, &error)),
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// What reading the metrics of some places would ask for.
pub fn wanted_metrics(
    context: &Context,
    arguments: &IngestArgs,
    lake: Option<&Lake>,
    places: &[Place],
) -> Result<Vec<MetricsWanted>, CommandError> {
    let window = context.window(&arguments.window)?;
    let now_ms = context.now_ms.min(context.clock_ms);
    let records = lake.map(Lake::records).unwrap_or_default();
    Ok(places
        .iter()
        .map(|Place { settings, .. }| MetricsWanted {
            account: settings.account.clone(),
            region: settings.region.clone(),
            estimate: estimate_metrics(records, settings, window, now_ms),
        })
        .collect())
}

impl MetricsOf {
    /// For people, lines with their ends.
    pub fn text(&self) -> String {
        let place = format!("account {} in {}", self.account, self.region);
        let lines = self.summary.lines().into_iter();
        // Failures are said with all others.
        lines
            .filter(|line| !line.starts_with("failed: "))
            .map(|line| inert(&format!("{place}: {line}")) + "\n")
            .collect()
    }
}

impl MetricsWanted {
    /// For people, lines with their ends.
    pub fn text(&self) -> String {
        let MetricsEstimate { stages, looks, metrics_requested, detailed_stages } = self.estimate;
        let mut text = format!(
            "metrics of account {} in {}\n  {looks} days of {stages} stages: {metrics_requested} metrics requested, \
             which CloudWatch charges for\n",
            self.account, self.region
        );
        if detailed_stages > 0 {
            text += &format!(
                "  and those by method of {detailed_stages} stages, after one call of ListMetrics each\n"
            );
        }
        text
    }
}
