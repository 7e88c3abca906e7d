//! Files, objects and standard input on their way into the lake: what is known is skipped, what grew or is
//! read another way replaces, the rest is read.

use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::sync::Arc;

use super::IngestError;
use super::feeder::Feeder;
use super::job::Job;
use super::pipeline::{Failure, Options, Progress, Run, Summary, Tallies};
use crate::lake::{Draft, Reading, Seen, Transaction, UnitRecord, WritableLake};
use crate::source::{Ahead, Input, Opened, SourceError, aws_error, digests_at, open, open_read};

/// Reads all jobs into the lake.
///
/// # Errors
/// [`IngestError`] when the lake cannot be written; an unusable input is a [`Failure`] instead.
pub fn run(
    lake: &mut WritableLake,
    jobs: Vec<Job>,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Summary, IngestError> {
    let mut run = Run { options, progress, summary: Summary::default() };
    let mut files = Files::of(lake, jobs, options.replace);
    while !files.jobs.is_empty() {
        run.transaction(lake, |feeder| files.feed(feeder), refuse)?;
    }
    if files.unasked > 0 {
        let name = format!("{} further objects", files.unasked);
        let reason = "not asked for, because AWS does not answer with these credentials".to_owned();
        run.summary.failures.push(Failure { name, reason, refused: true });
    }
    Ok(run.summary)
}

/// A unit of the lake that holds an object as it was listed.
struct Unchanged {
    unit: i64,
    reading: Reading,
}

/// The objects among some units, by name and entity tag.
pub fn held_objects<'u>(
    units: impl Iterator<Item = &'u UnitRecord>,
) -> HashMap<(String, String), &'u UnitRecord> {
    units.filter_map(|unit| Some(((unit.source.clone(), unit.etag.clone()?), unit))).collect()
}

/// Jobs that are to be done, in order.
struct Files {
    jobs: VecDeque<(Job, Option<Unchanged>)>,
    ahead: Ahead,
    /// AWS does not accept the credentials, so that no further object is asked for.
    locked_out: bool,
    /// Objects that were not asked for.
    unasked: u64,
}

impl Files {
    fn of(lake: &WritableLake, jobs: Vec<Job>, replace: bool) -> Files {
        let known = held_objects(lake.units());
        let unchanged = |job: &Job| {
            let Input::Object(object) = &job.input else { return None };
            let unit = known.get(&(object.name(), object.etag()?.to_owned()))?;
            let same = unit.bytes == object.bytes();
            same.then(|| Unchanged { unit: unit.number, reading: unit.reading.clone() })
        };
        let jobs: VecDeque<(Job, Option<Unchanged>)> = jobs
            .into_iter()
            .map(|job| {
                let unchanged = unchanged(&job);
                (job, unchanged)
            })
            .collect();
        let ahead = Ahead::of(jobs.iter().filter_map(|(job, unchanged)| match (&job.input, unchanged) {
            (Input::Object(object), None) => Some(object),
            (Input::Object(object), Some(known)) if replace && known.reading != job.reading() => Some(object),
            _ => None,
        }));
        Files { jobs, ahead, locked_out: false, unasked: 0 }
    }

    fn feed(&mut self, feeder: &mut Feeder<'_, '_>) -> Result<(), IngestError> {
        while !feeder.is_full(u64::MAX) {
            let Some((job, unchanged)) = self.jobs.pop_front() else { break };
            if self.locked_out && matches!(job.input, Input::Object(_)) {
                self.unasked += 1;
            } else if !self.feed_one(feeder, &job, unchanged)? {
                // The workers are gone; the reason is in their result.
                break;
            }
        }
        Ok(())
    }

    /// Hands out one input; false when nobody takes blocks any more.
    fn feed_one(
        &mut self,
        feeder: &mut Feeder<'_, '_>,
        job: &Job,
        unchanged: Option<Unchanged>,
    ) -> Result<bool, IngestError> {
        let (name, reading) = (job.input.name(), job.reading());
        let Some(mut replaces) = self.before_reading(feeder, job, unchanged, &name, &reading) else {
            return Ok(true);
        };
        let number = feeder.number();
        let ways = Arc::new(vec![job.manner.way(number, &name, !job.manner.bound)]);
        let format = &job.manner.format;
        let opened = match &job.input {
            Input::Object(object) => {
                let bytes: Box<dyn Read> = Box::new(self.ahead.open(object));
                open_read(&job.input, bytes, job.framing, format.is_json())
            }
            input => open(input, job.framing, format.is_json()),
        };
        let (opened, framing, tally) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.fail(feeder, &name, &error);
                return Ok(true);
            }
        };
        tracing::debug!(source = name, framing = framing.name(), "reading");
        if !framing.has_time() && !format.has_time() {
            let reason = "the format holds neither $context.requestTime nor $context.requestTimeEpoch, \
                          and a plain file says nothing else about when its lines were written";
            feeder.fail(Failure::new(name, reason));
            return Ok(true);
        }
        let sent = match opened {
            Opened::Blocks(blocks) => feeder.send_blocks(&ways, blocks, framing, &tally),
            Opened::Events(events) => feeder.send_events(&ways, events, &tally),
        };
        match sent {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(error) => {
                feeder.transaction.abandon(number);
                let place = tally.bytes();
                let doing = format!("cannot be read past stored byte {place}");
                self.fail(feeder, &name, &SourceError::Io { name: name.clone(), doing, source: error });
                return Ok(true);
            }
        }
        let (bytes, digest) = (tally.bytes(), tally.digest());
        let etag = match &job.input {
            Input::Object(object) => object.etag().map(str::to_owned),
            _ => None,
        };
        if !matches!(job.input, Input::File(_)) {
            let seen = feeder.seen(&name, bytes, &digest, &reading);
            if let (Seen::Same, Some(etag)) = (&seen, &etag) {
                feeder.transaction.tag(&name, &digest, &reading, etag);
            }
            match feeder.wanted(&name, &reading, seen, bytes) {
                // What it replaces because of its tag is found again by its content, if that is the same.
                Some(units) => replaces = [replaces, units].concat(),
                None => {
                    feeder.transaction.abandon(number);
                    return Ok(true);
                }
            }
        }
        feeder.add(Draft { number, source: name, digest, bytes, reading, replaces, etag, look: None });
        Ok(true)
    }

    /// The units that give way to an input, as far as can be told without reading it; `None` if it is not to
    /// be read.
    fn before_reading(
        &mut self,
        feeder: &mut Feeder<'_, '_>,
        job: &Job,
        unchanged: Option<Unchanged>,
        name: &str,
        reading: &Reading,
    ) -> Option<Vec<i64>> {
        match (&job.input, unchanged) {
            (Input::File(path), _) => {
                // Only content of a size that is known can be known: others are hashed as they are read.
                let known =
                    std::fs::metadata(path).map_err(SourceError::io(name, "cannot open")).and_then(|data| {
                        let lengths = feeder.transaction.sizes_to_compare(name, data.len());
                        digests_at(&job.input, &lengths).map(|digests| (data.len(), digests))
                    });
                match known {
                    Ok((bytes, digests)) => {
                        let seen = feeder.transaction.seen(name, bytes, &digests, reading);
                        feeder.wanted(name, reading, seen, bytes)
                    }
                    Err(error) => {
                        self.fail(feeder, name, &error);
                        None
                    }
                }
            }
            (Input::Object(object), Some(known)) => {
                let seen = if known.reading == *reading {
                    Seen::Same
                } else {
                    let (source, units) = (name.to_owned(), vec![known.unit]);
                    Seen::Otherwise { reading: Box::new(known.reading), source, units }
                };
                feeder.wanted(name, reading, seen, object.bytes())
            }
            _ => Some(Vec::new()),
        }
    }

    /// Notes an input that cannot be read.
    fn fail(&mut self, feeder: &mut Feeder<'_, '_>, name: &str, error: &SourceError) {
        let of_aws = error.of_aws();
        self.locked_out |= of_aws.is_some_and(|error| error.is_of_credentials());
        let refused = of_aws.is_some_and(|error| error.is_refusal());
        let reason = match error {
            // It names the object itself.
            SourceError::Io { source, .. } if aws_error(source).is_some() => source.to_string(),
            SourceError::Io { doing, source, .. } => format!("{doing}: {source}; nothing of it was kept"),
            other => other.to_string(),
        };
        feeder.fail(Failure { name: name.to_owned(), reason, refused });
    }
}

/// Takes units out that cannot be meant: none of their lines could be read, or lines lack a fact
/// that only a person can add.
fn refuse(transaction: &mut Transaction<'_>, tallies: &Tallies) -> Vec<Failure> {
    let mut failures = Vec::new();
    let units: Vec<(i64, String)> =
        transaction.drafts().map(|draft| (draft.number, draft.source.clone())).collect();
    for (unit, name) in units {
        let tally = tallies.get(&unit).cloned().unwrap_or_default();
        if tally.lines == 0 {
            // Nothing to remember: the next look may find something.
            transaction.withdraw(unit);
        } else if let Some((missing, count)) = tally.missing_fact() {
            transaction.withdraw(unit);
            let reason = format!("{count} of {} lines: {missing}; nothing of it was kept", tally.lines);
            failures.push(Failure::new(name, reason));
        } else if tally.rows == 0 {
            transaction.withdraw(unit);
            let commonest = tally.commonest_reason().unwrap_or_default();
            let reason = format!(
                "none of its {} lines could be read (most often: {commonest}); is it in another format?",
                tally.lines
            );
            failures.push(Failure::new(name, reason));
        }
    }
    failures
}
