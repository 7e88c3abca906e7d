//! Which hours of a log group are fetched, given what the lake holds of them and how that was read.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use gwcost_core::model::Window;

use super::job::Manner;
use super::pipeline::Failure;
use crate::lake::{Reading, UnitRecord};
use crate::source::aws::{Aws, HourPlan, KnownHour, LogGroup, LogGroupFacts, PlannedHour, plan_hours};

/// What is to be done about hours that the lake holds in another reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// They are refused, unless they are to be replaced: somebody typed how they are read.
    Refuse,
    /// They stay, and what comes late is read in the new way: formats change, and settings tell only the
    /// present ones.
    Keep,
}

/// A log group that is to be read.
pub struct LogJob {
    /// Who reads it.
    pub aws: Arc<Aws>,
    /// The group.
    pub group: LogGroup,
    /// The window, which is widened to whole hours.
    pub window: Window,
    /// What counts as now, and is not later than it is.
    pub now_ms: i64,
    /// What is known of the group.
    pub facts: LogGroupFacts,
    /// How its lines are read: in one of these manners, and one at least. A line that several of them can
    /// read must mean the same in all of them.
    pub manners: Vec<Manner>,
    /// What is to be done about hours that the lake holds in another reading.
    pub otherwise: Otherwise,
}

impl LogJob {
    /// The reading as it is recorded, whatever the order of the manners.
    pub fn reading(&self) -> Option<Reading> {
        let mut readings: Vec<Reading> = self.manners.iter().map(|manner| manner.reading(None)).collect();
        readings.sort_by(|one, other| key(one).cmp(&key(other)));
        readings.dedup();
        let mut readings = readings.into_iter();
        let first = readings.next()?;
        Some(Reading { others: readings.collect(), ..first })
    }
}

fn key(reading: &Reading) -> [Option<&str>; 6] {
    [
        reading.account.as_deref(),
        reading.region.as_deref(),
        reading.api.as_deref(),
        reading.stage.as_deref(),
        Some(&reading.api_kind),
        Some(&reading.format),
    ]
}

/// The hours of log groups among some units.
pub fn known_hours<'u>(units: impl Iterator<Item = &'u UnitRecord>) -> Vec<KnownHour> {
    units.filter_map(known_hour).collect()
}

fn known_hour(unit: &UnitRecord) -> Option<KnownHour> {
    let look = unit.look?;
    Some(KnownHour {
        source: unit.source.clone(),
        generation: look.generation,
        fetched_at_ms: look.fetched_at_ms,
        settled: look.settled,
    })
}

/// An hour to fetch.
pub(super) struct Fetch {
    pub planned: PlannedHour,
    /// Units that earlier looks at the hour brought.
    pub held: HashSet<i64>,
    /// Units that give way to it.
    pub replaces: Vec<i64>,
}

/// What is to be done about a log group.
#[derive(Default)]
pub(super) struct GroupPlan {
    /// In the order of time.
    pub fetch: Vec<Fetch>,
    pub settled: u64,
    pub expired: u64,
    /// Why some hours are left out.
    pub failures: Vec<Failure>,
}

impl GroupPlan {
    /// The windows to ask for.
    pub fn windows(&self) -> Vec<Window> {
        let fetch = self.fetch.iter().map(|fetch| fetch.planned.clone()).collect();
        HourPlan { fetch, ..HourPlan::default() }.windows()
    }
}

/// A unit of an hour that was read in another way, if one was.
fn otherwise<'u>(reading: &Reading, units: &[&'u UnitRecord]) -> Option<&'u UnitRecord> {
    units.iter().find(|unit| !reading.covers(&unit.reading)).copied()
}

/// Plans a group; `units` is what the lake holds, of other groups too.
pub(super) fn plan_group<'u>(
    job: &LogJob,
    reading: &Reading,
    units: impl Iterator<Item = &'u UnitRecord>,
    replace: bool,
) -> GroupPlan {
    let prefix = format!("{}@", job.group.name_in_lake());
    let mut hours: BTreeMap<&str, Vec<&UnitRecord>> = BTreeMap::new();
    for unit in units.filter(|unit| unit.look.is_some() && unit.source.starts_with(&prefix)) {
        hours.entry(&unit.source).or_default().push(unit);
    }
    // Hours in another reading are planned as if nobody knew them, and then looked at one by one.
    let refuse = job.otherwise == Otherwise::Refuse;
    let known = hours.values().filter(|units| !refuse || otherwise(reading, units).is_none());
    let known = known_hours(known.flatten().copied());
    let oldest_ms = job.facts.oldest_ms(job.now_ms);
    let planned = plan_hours(&job.group, job.window, job.now_ms, oldest_ms, &known);
    let mut plan = GroupPlan { settled: planned.settled, expired: planned.expired, ..GroupPlan::default() };
    let kept_from = job.facts.kept_from(job.now_ms);
    let (mut refused, mut lost) = (Vec::new(), Vec::new());
    for planned in planned.fetch {
        let name = planned.hour.name();
        let units: &[&UnitRecord] = hours.get(name.as_str()).map_or(&[], Vec::as_slice);
        let numbers = units.iter().map(|unit| unit.number);
        match otherwise(reading, units).filter(|_| refuse) {
            None => plan.fetch.push(Fetch { planned, held: numbers.collect(), replaces: Vec::new() }),
            Some(other) if !replace => refused.push((name, other)),
            // What is taken out must be there to be read again.
            Some(_) if kept_from.is_none_or(|from| planned.hour.hour_start_ms < from) => lost.push(name),
            Some(_) => {
                let replaces = numbers.collect();
                plan.fetch.push(Fetch { planned, held: HashSet::new(), replaces });
            }
        }
    }
    let hours = |count: usize| if count == 1 { "1 hour is".to_owned() } else { format!("{count} hours are") };
    if let Some((first, other)) = refused.first() {
        plan.failures.push(Failure::new(
            job.group.name_in_lake(),
            format!(
                "{} in the lake in another reading, from {first} on ({}): add --replace to fetch them again \
                 and take the other reading out",
                hours(refused.len()),
                reading.difference(&other.reading)
            ),
        ));
    }
    if let Some(first) = lost.first() {
        plan.failures.push(Failure::new(
            job.group.name_in_lake(),
            format!(
                "{} not replaced, from {first} on: the group may no longer hold all of their events",
                hours(lost.len())
            ),
        ));
    }
    plan
}
