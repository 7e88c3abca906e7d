//! `gwcost ingest --estimate`: what fetching log groups will take, without fetching them.

use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::{say, to_stdout};
use super::logs::Found;
use super::places::{MetricsWanted, Place, wanted_metrics};
use crate::cli::{IngestArgs, SummaryFormat};
use crate::exit::Exit;
use crate::ingest::known_hours;
use crate::lake::{Lake, LakeError};
use crate::report::{bytes, count, counted};
use crate::source::SourceError;
use crate::source::aws::{AwsError, Charged, Estimate, HourPlan, LogGroup, LogVolume, Span, VolumeSource};
use crate::source::aws::{estimate, plan_hours};

/// The estimate's shape for programs.
const SCHEMA: &str = "gwcost/ingest-estimate/1";

/// The estimate as programs read it.
#[derive(Serialize)]
struct Estimates {
    schema: &'static str,
    groups: Vec<Estimate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricsWanted>,
}

/// Estimates and prints what the groups that were found take, and the metrics of `places`.
pub fn run(
    context: &Context,
    arguments: &IngestArgs,
    found: &[Found],
    places: &[Place],
) -> Result<Exit, CommandError> {
    let lake = match Lake::open(&context.lake) {
        Ok(lake) => Some(lake),
        Err(LakeError::Missing(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let known = known_hours(lake.iter().flat_map(Lake::units));
    let mut groups = Vec::new();
    for found in found {
        for (group, facts) in &found.groups {
            let oldest_ms = facts.oldest_ms(found.now_ms);
            let plan = plan_hours(group, found.window, found.now_ms, oldest_ms, &known);
            let volume = volume(found, group, &plan)?;
            groups.push(estimate(group, &plan, Some(facts), volume.as_ref(), found.now_ms));
        }
    }
    let metrics = wanted_metrics(context, arguments, lake.as_ref(), places)?;
    match arguments.format {
        SummaryFormat::Json => to_stdout(|out| {
            serde_json::to_writer(&mut *out, &Estimates { schema: SCHEMA, groups, metrics })?;
            out.write_all(b"\n")
        })?,
        SummaryFormat::Text => {
            let of_groups = groups.iter().map(text);
            let text: Vec<String> = of_groups.chain(metrics.iter().map(MetricsWanted::text)).collect();
            to_stdout(|out| out.write_all(text.join("\n").as_bytes()))?;
        }
    }
    Ok(Exit::Done)
}

/// What CloudWatch counted in the hours to fetch, where it may be asked.
fn volume(found: &Found, group: &LogGroup, plan: &HourPlan) -> Result<Option<LogVolume>, CommandError> {
    let (Some(first), Some(last)) = (plan.fetch.first(), plan.fetch.last()) else { return Ok(None) };
    let window = gwcost_core::model::Window { from_ms: first.window.from_ms, to_ms: last.window.to_ms };
    match found.aws.log_volume(group, window) {
        Ok(volume) => Ok(volume),
        Err(error @ AwsError::AccessDenied { .. }) => {
            say(&format!("warning: {error}; without it, the volume is a rough guess"));
            Ok(None)
        }
        Err(error) => Err(SourceError::aws(error).into()),
    }
}

fn text(estimate: &Estimate) -> String {
    let mut text = format!("{}\n", estimate.source);
    let mut line = |what: String| text += &format!("  {what}\n");
    line(match (&estimate.from, &estimate.to) {
        (Some(from), Some(to)) => {
            format!("{} to fetch, from {from} to {to}", counted(estimate.hours, "hour"))
        }
        _ => "nothing to fetch".to_owned(),
    });
    if estimate.hours_settled > 0 {
        line(format!("{} held by the lake already", counted(estimate.hours_settled, "hour")));
    }
    if estimate.hours_expired > 0 {
        line(format!("{} deleted by CloudWatch Logs", counted(estimate.hours_expired, "hour")));
    }
    if estimate.hours > 0 {
        line(size(estimate));
        line(effort(estimate));
        for charge in &estimate.charges {
            line(format!("{}: {} ({})", charge.what, charged(charge.charged), charge.note));
        }
        if let Some(reason) = &estimate.export_instead {
            line(reason.clone());
        }
    }
    text
}

fn size(estimate: &Estimate) -> String {
    let Some(volume) = estimate.bytes else { return "volume unknown".to_owned() };
    let source = match estimate.volume_source {
        Some(VolumeSource::IncomingBytes) => ", counted by CloudWatch",
        Some(VolumeSource::StoredBytes) => ", roughly: the share of all that the group stores",
        None => "",
    };
    let events = estimate.events.map_or(String::new(), |events| format!(" in {}", counted(events, "event")));
    format!("about {}{events}{source}", bytes(volume))
}

fn effort(estimate: &Estimate) -> String {
    let (Some(calls), Some(seconds)) = (estimate.calls, estimate.seconds) else {
        return "number of calls unknown".to_owned();
    };
    format!("{} calls of FilterLogEvents, {}", span(calls, count), span(seconds, duration))
}

fn span(span: Span, shown: impl Fn(u64) -> String) -> String {
    let (least, most) = (shown(span.least), shown(span.most));
    if least == most { least } else { format!("{least} to {most}") }
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => counted(seconds, "second"),
        120..7200 => counted(seconds.div_ceil(60), "minute"),
        _ => counted(seconds.div_ceil(3600), "hour"),
    }
}

fn charged(charged: Charged) -> &'static str {
    match charged {
        Charged::No => "not charged",
        Charged::Yes => "charged",
        Charged::OutsideAws => "charged where gwcost runs outside AWS",
    }
}
