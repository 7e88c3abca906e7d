//! Files and objects of S3 as jobs: how the lines of each are read, and what they do not say.

use std::collections::HashMap;
use std::path::Path;

use gwcost_core::framing::Framing;

use super::super::CommandError;
use super::super::context::Context;
use super::manner::{LINES_TO_GUESS_BY, Typed, guessed};
use crate::cli::IngestArgs;
use crate::ingest::{Failure, Job, LogFormat, held_objects};
use crate::lake::{Lake, Origin, UnitRecord};
use crate::source::{Input, Remote, SourceError, expand, first_events};

/// What is to be done about files and objects.
#[derive(Default)]
pub struct Jobs {
    /// Those that are to be read.
    pub jobs: Vec<Job>,
    /// Objects whose beginning could not be read.
    pub failures: Vec<Failure>,
}

/// The jobs of the files, folders, globs and prefixes that were typed.
pub fn jobs(
    context: &Context,
    arguments: &IngestArgs,
    typed: &Typed,
    inputs: &[String],
    remote: &mut Remote,
) -> Result<Jobs, CommandError> {
    let framing = arguments.framing.as_deref().map(str::parse::<Framing>).transpose();
    let framing = framing.map_err(|error| CommandError::flag("--framing")(error.to_string()))?;
    let mut found = Jobs::default();
    let mut before: Option<Before> = None;
    for input in expand(inputs, remote)? {
        let name = input.name();
        let configured = match &input {
            Input::File(path) => context.config.source(path),
            Input::Stdin => context.config.source(Path::new("-")),
            Input::Object(_) => context.config.source(Path::new(&name)),
        };
        let format = match typed.format(configured)? {
            Some(format) => Some(format),
            None => match before.get_or_insert_with(|| Before::of(context)).format(&input) {
                Some(format) => Some(format),
                None => match guessed_format(&input) {
                    Ok(format) => format,
                    Err(CommandError::Source(error)) if is_an_objects_own(&input, &error) => {
                        let refused = error.of_aws().is_some_and(|error| error.is_refusal());
                        found.failures.push(Failure { name, reason: error.to_string(), refused });
                        continue;
                    }
                    Err(error) => return Err(error),
                },
            },
        };
        let format = format.ok_or_else(|| no_format(&input))?;
        let manner = typed.manner(&name, format, configured, Origin::default())?;
        found.jobs.push(Job { input, manner, framing });
    }
    Ok(found)
}

/// Whether what went wrong is wrong with one object, and the others may go on.
fn is_an_objects_own(input: &Input, error: &SourceError) -> bool {
    matches!(input, Input::Object(_)) && !error.of_aws().is_some_and(|error| error.is_of_credentials())
}

/// How the lake holds objects: those that have not changed are not asked for again to guess their format.
struct Before(HashMap<(String, String), UnitRecord>);

impl Before {
    fn of(context: &Context) -> Before {
        // A lake that cannot be read is reported when it is written to.
        let lake = Lake::open(&context.lake).ok();
        let held = held_objects(lake.iter().flat_map(Lake::units));
        Before(held.into_iter().map(|(object, unit)| (object, unit.clone())).collect())
    }

    fn format(&self, input: &Input) -> Option<LogFormat> {
        let Input::Object(object) = input else { return None };
        let unit = self.0.get(&(object.name(), object.etag()?.to_owned()))?;
        LogFormat::named(&unit.reading.format).ok().filter(|_| unit.bytes == object.bytes())
    }
}

/// The format that an input's first lines certainly have, if they leave no doubt.
fn guessed_format(input: &Input) -> Result<Option<LogFormat>, CommandError> {
    if *input == Input::Stdin {
        return Ok(None);
    }
    guessed(&input.name(), &first_events(input, LINES_TO_GUESS_BY)?)
}

fn no_format(input: &Input) -> CommandError {
    CommandError::Usage(format!(
        "{0}: no log format, and its lines leave doubt: give --preset, --format-string or --format-file, or a \
         [[source]] in gwcost.toml that matches the file; `gwcost log-format guess {0}` proposes one",
        input.name()
    ))
}
