//! Log groups on their way into the lake: a unit is one look at one UTC hour.
//!
//! Hours come in the order of time, and several of them share a transaction. What breaks off in the middle of
//! an hour leaves nothing of it; hours before it are committed, and the next run goes on from there.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use gwcost_core::framing::Event;

use super::IngestError;
use super::feeder::{EVENTS_BYTES, Feeder};
use super::hour_digest::{HourDigest, sort};
use super::hour_plan::{Fetch, GroupPlan, LogJob, plan_group};
use super::pipeline::{Failure, Options, Progress, Run, Summary, Tallies};
use super::worker::{Part, Ways};
use crate::lake::{Draft, HeldEvents, Look, Reading, Transaction, UnitTally, Way, WritableLake};
use crate::source::aws::{AwsError, LogEvents};

/// Bytes of events after which a transaction is committed: some seconds of fetching, so that an interruption
/// loses no more.
const TRANSACTION_BYTES: u64 = 32 * 1024 * 1024;

/// Reads log groups into the lake.
///
/// # Errors
/// [`IngestError`] when the lake cannot be written; a group that cannot be read is a [`Failure`] instead.
pub fn run_logs(
    lake: &mut WritableLake,
    jobs: Vec<LogJob>,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Summary, IngestError> {
    let mut run = Run { options, progress, summary: Summary::default() };
    let mut groups = VecDeque::new();
    for job in jobs {
        let Some(reading) = job.reading() else { continue };
        let mut plan = plan_group(&job, &reading, lake.units(), options.replace);
        run.summary.hours.settled += plan.settled;
        run.summary.hours.expired += plan.expired;
        run.summary.failures.append(&mut plan.failures);
        progress.expect_hours(plan.fetch.len() as u64);
        groups.push_back(Group::of(job, reading, plan));
    }
    while !groups.is_empty() {
        let before = run.summary.units.len();
        let mut stopped = HashSet::new();
        run.transaction(
            lake,
            |feeder| feed(&mut groups, feeder),
            |transaction, tallies| judge(transaction, tallies, &mut stopped),
        )?;
        groups.retain(|group| !stopped.contains(&group.name));
        let hours = run.summary.units.get(before..).unwrap_or_default();
        run.summary.hours.fetched += hours.len() as u64;
        run.summary.hours.empty += hours.iter().filter(|hour| hour.bytes == 0).count() as u64;
    }
    Ok(run.summary)
}

/// Hands out hours until the transaction is full.
fn feed(groups: &mut VecDeque<Group>, feeder: &mut Feeder<'_, '_>) -> Result<(), IngestError> {
    while !feeder.is_full(TRANSACTION_BYTES) {
        let Some(group) = groups.front_mut() else { break };
        match group.feed_hour(feeder)? {
            Fed::Hour => {}
            Fed::End => drop(groups.pop_front()),
            Fed::Gone => break,
        }
    }
    Ok(())
}

/// What came of an attempt to hand out an hour.
enum Fed {
    /// It was handed out.
    Hour,
    /// There is no further one.
    End,
    /// The workers are gone; the reason is in their result.
    Gone,
}

/// A log group that is being read.
struct Group {
    /// As the lake knows it.
    name: String,
    job: LogJob,
    reading: Reading,
    /// How lines are read, for a unit without number and name.
    ways: Ways,
    plan: GroupPlan,
    /// Hours that were handed out.
    done: usize,
    /// The fetching, once it has begun.
    events: Option<LogEvents>,
}

impl Group {
    fn of(job: LogJob, reading: Reading, plan: GroupPlan) -> Group {
        let alone = job.manners.len() == 1 && !job.manners.iter().any(|manner| manner.bound);
        let ways = job.manners.iter().map(|manner| manner.way(0, "", alone)).collect();
        Group { name: job.group.name_in_lake(), job, reading, ways, plan, done: 0, events: None }
    }

    /// Hands out the next hour.
    fn feed_hour(&mut self, feeder: &mut Feeder<'_, '_>) -> Result<Fed, IngestError> {
        let Some(fetch) = self.plan.fetch.get(self.done) else { return Ok(Fed::End) };
        let (plan, job) = (&self.plan, &self.job);
        let events = self.events.get_or_insert_with(|| job.aws.log_events_in(&job.group, plan.windows()));
        let (source, number) = (fetch.planned.hour.name(), feeder.number());
        let held = if fetch.held.is_empty() {
            HeldEvents::default()
        } else {
            feeder.transaction.held_events(&fetch.held)?
        };
        let ways = Arc::new(self.ways.iter().map(|way| of_unit(way, number, &source)).collect());
        let hour = match send_hour(feeder, events, fetch, &ways, &held) {
            Ok(Some(hour)) => hour,
            Ok(None) => return Ok(Fed::Gone),
            Err(error) => {
                feeder.transaction.abandon(number);
                let left = self.plan.fetch.len() - self.done;
                let what = if left == 1 { "1 hour was".to_owned() } else { format!("{left} hours were") };
                feeder.fail(Failure {
                    name: self.name.clone(),
                    reason: format!("{error}; {what} not fetched, from {source} on"),
                    refused: error.is_refusal(),
                });
                return Ok(Fed::End);
            }
        };
        let look = Look {
            generation: fetch.planned.hour.generation,
            fetched_at_ms: self.job.now_ms,
            settled: fetch.planned.settles,
        };
        feeder.add(Draft {
            number,
            source,
            digest: hour.digest.finish(),
            bytes: hour.bytes,
            reading: self.reading.clone(),
            replaces: fetch.replaces.clone(),
            etag: None,
            look: Some(look),
        });
        feeder.progress.hour();
        self.done += 1;
        Ok(Fed::Hour)
    }
}

fn of_unit(way: &Way, number: i64, source: &str) -> Way {
    let mut way = way.clone();
    way.context.number = number;
    source.clone_into(&mut way.context.source);
    way
}

/// What an hour held.
#[derive(Default)]
struct Hour {
    digest: HourDigest,
    /// Bytes of the texts of all its events.
    bytes: u64,
    /// How many there were.
    events: u64,
}

/// Hands out the events of an hour that no look before has brought; `None` when the workers are gone.
fn send_hour(
    feeder: &mut Feeder<'_, '_>,
    events: &mut LogEvents,
    fetch: &Fetch,
    ways: &Arc<Ways>,
    held: &HeldEvents,
) -> Result<Option<Hour>, AwsError> {
    let mut hour = Hour::default();
    loop {
        let Some(batch) = events.next_batch()? else {
            return Err(AwsError::Unavailable {
                action: "logs:FilterLogEvents".to_owned(),
                resource: format!("log group {}", fetch.planned.hour.group.name),
                message: "the reading ended before the hour did".to_owned(),
            });
        };
        let mut found = batch.events;
        sort(&mut found);
        let (mut waiting, mut size, bytes_before) = (Vec::new(), 0, hour.bytes);
        let count = found.len() as u64;
        for mut event in found {
            hour.digest.add(&event);
            event.ordinal = hour.events;
            hour.events += 1;
            hour.bytes += event.text.len() as u64;
            if event.id.as_deref().is_some_and(|id| held.contains(id)) {
                continue;
            }
            size += event.text.len();
            waiting.push(event);
            if size >= EVENTS_BYTES {
                size = 0;
                if !send(feeder, ways, &mut waiting) {
                    return Ok(None);
                }
            }
        }
        if !waiting.is_empty() && !send(feeder, ways, &mut waiting) {
            return Ok(None);
        }
        feeder.count(hour.bytes - bytes_before);
        feeder.progress.events(hour.bytes - bytes_before, count);
        if batch.window.to_ms >= fetch.planned.window.to_ms {
            return Ok(Some(hour));
        }
    }
}

fn send(feeder: &Feeder<'_, '_>, ways: &Arc<Ways>, events: &mut Vec<Event>) -> bool {
    feeder.send(ways, Part::Events(std::mem::take(events)))
}

/// A unit that was read, before it is committed.
struct Drafted {
    number: i64,
    /// Rows of the units that would give way to it.
    replaced_rows: u64,
    tally: UnitTally,
}

/// Takes hours out that cannot be meant: their lines lack a fact that only a person can add, or of all lines
/// of their group none could be read, or they would replace something by nothing. Names of groups that are not
/// read on go into `stopped`.
///
/// One hour without a line that can be read is no reason: a group may hold other things.
fn judge(
    transaction: &mut Transaction<'_>,
    tallies: &Tallies,
    stopped: &mut HashSet<String>,
) -> Vec<Failure> {
    let mut groups: BTreeMap<String, (Reading, Vec<Drafted>)> = BTreeMap::new();
    for draft in transaction.drafts() {
        let replaced_rows = if draft.replaces.is_empty() {
            0
        } else {
            let replaced = transaction.lake_units().filter(|unit| draft.replaces.contains(&unit.number));
            replaced.map(|unit| unit.rows).sum()
        };
        let drafted = Drafted {
            number: draft.number,
            replaced_rows,
            tally: tallies.get(&draft.number).cloned().unwrap_or_default(),
        };
        let group = group_of(&draft.source).to_owned();
        groups.entry(group).or_insert_with(|| (draft.reading.clone(), Vec::new())).1.push(drafted);
    }
    let mut failures = Vec::new();
    for (group, (reading, drafts)) in groups {
        let (withdrawn, reason) = judge_group(transaction, &group, &reading, &drafts);
        if !withdrawn.is_empty() {
            withdrawn.into_iter().for_each(|unit| transaction.withdraw(unit));
            failures.push(Failure::new(group.clone(), reason));
            stopped.insert(group);
        }
    }
    failures
}

/// The units of a group that are not committed, and why.
fn judge_group(
    transaction: &Transaction<'_>,
    group: &str,
    reading: &Reading,
    drafts: &[Drafted],
) -> (Vec<i64>, String) {
    let lacking: Vec<&Drafted> = drafts.iter().filter(|draft| draft.tally.missing_fact().is_some()).collect();
    if let Some((missing, _)) = lacking.first().and_then(|draft| draft.tally.missing_fact()) {
        let count: u64 =
            lacking.iter().filter_map(|draft| draft.tally.missing_fact()).map(|(_, count)| count).sum();
        let lines: u64 = lacking.iter().map(|draft| draft.tally.lines).sum();
        let reason =
            format!("{count} of {lines} lines: {missing}; of the hours that hold them nothing was kept");
        return (numbers(&lacking), reason);
    }
    let all = drafts.iter().fold(UnitTally::default(), |mut all, draft| {
        all.add(&draft.tally);
        all
    });
    let read_before = || {
        let mut of_group = transaction.lake_units().filter(|unit| group_of(&unit.source) == group);
        of_group.any(|unit| unit.rows > 0 && reading.covers(&unit.reading))
    };
    if all.rows == 0 && all.lines > 0 && !read_before() {
        let with_lines: Vec<&Drafted> = drafts.iter().filter(|draft| draft.tally.lines > 0).collect();
        let reason = format!(
            "none of {} lines could be read (most often: {}); are they in another format?",
            all.lines,
            all.commonest_reason().unwrap_or_default()
        );
        return (numbers(&with_lines), reason);
    }
    let emptied: Vec<&Drafted> =
        drafts.iter().filter(|draft| draft.replaced_rows > 0 && draft.tally.rows == 0).collect();
    let reason = format!(
        "{} rows are not replaced: of what the group holds of their hours now, nothing can be read in this way",
        emptied.iter().map(|draft| draft.replaced_rows).sum::<u64>()
    );
    (numbers(&emptied), reason)
}

fn numbers(drafts: &[&Drafted]) -> Vec<i64> {
    drafts.iter().map(|draft| draft.number).collect()
}

/// The group of an hour, as the lake knows both.
fn group_of(source: &str) -> &str {
    source.rsplit_once('@').map_or(source, |(group, _)| group)
}
