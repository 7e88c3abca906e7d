//! `gwcost lake forget`: which units were meant, what goes with them, and whether it is really to go.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use gwcost_core::text::did_you_mean;
use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::terminal;
use super::{day, print_json, print_text, writable};
use crate::cli::{LakeForgetArgs, SummaryFormat};
use crate::exit::Exit;
use crate::lake::{Forget, Forgotten, Going, Lake, UnitRecord, forget, to_forget};
use crate::report::{Listed, count, counted, listing};

/// The summary's shape for programs.
const SCHEMA: &str = "gwcost/lake-forget/1";

/// Units that a note names one by one.
const UNITS_NAMED: usize = 10;

/// Runs `gwcost lake forget`.
pub fn run(context: &Context, arguments: &LakeForgetArgs) -> Result<Exit, CommandError> {
    let forgotten = if arguments.yes {
        let mut lake = writable(context)?;
        let what = what(arguments, &lake.units().collect::<Vec<_>>())?;
        forget(&mut lake, &what, &context.now())?
    } else {
        let lake = Lake::open(&context.lake)?;
        let what = what(arguments, &lake.units().collect::<Vec<_>>())?;
        to_forget(&lake, &what)?
    };
    match arguments.format {
        SummaryFormat::Json => print_json(&Figures::of(&forgotten, arguments.yes))?,
        SummaryFormat::Text => print_text(&text(context, &forgotten, arguments.yes))?,
    }
    if arguments.yes || arguments.dry_run || forgotten.is_empty() {
        return Ok(Exit::Done);
    }
    let problem = "nothing was taken out: add --yes to do it, or --dry-run to only look";
    Err(CommandError::Usage(problem.to_owned()))
}

/// What was meant, by number.
fn what(arguments: &LakeForgetArgs, units: &[&UnitRecord]) -> Result<Forget, CommandError> {
    if let Some(typed) = &arguments.before {
        return Ok(Forget::Before(day("--before", typed)?));
    }
    let mut meant = HashSet::new();
    for number in &arguments.units {
        if units.iter().all(|unit| unit.number != *number) {
            let numbers = || units.iter().map(|unit| unit.number);
            let known = match (numbers().min(), numbers().max()) {
                (Some(first), Some(last)) => format!("its units are among {first} to {last}"),
                _ => "it holds none".to_owned(),
            };
            let problem = format!("the lake has no unit {number}: {known}; `gwcost lake list` shows them");
            return Err(CommandError::Flag { flag: "--unit", problem });
        }
        meant.insert(*number);
    }
    for typed in &arguments.sources {
        let source = Source::of(typed);
        let before = meant.len();
        meant.extend(units.iter().filter(|unit| source.matches(&unit.source)).map(|unit| unit.number));
        if meant.len() == before && !units.iter().any(|unit| source.matches(&unit.source)) {
            return Err(CommandError::Usage(unknown(typed, &source, units)));
        }
    }
    Ok(Forget::Units(meant))
}

fn unknown(typed: &str, source: &Source, units: &[&UnitRecord]) -> String {
    let sources: HashSet<&str> = units.iter().map(|unit| unit.source.as_str()).collect();
    let mut hint = did_you_mean(typed, sources.iter().copied());
    if hint.is_empty() {
        hint = did_you_mean(&source.absolute, sources.iter().copied());
    }
    let of = counted(sources.len() as u64, "source");
    format!("the lake holds nothing from {typed:?}: it has {of}, and `gwcost lake list` shows them{hint}")
}

/// A source as it was typed, in all the ways that it can be meant.
struct Source {
    typed: String,
    /// The path from the root, as the lake keeps files.
    absolute: String,
    glob: Option<GlobMatcher>,
}

impl Source {
    fn of(typed: &str) -> Source {
        let absolute = absolute(Path::new(typed)).to_string_lossy().into_owned();
        let pattern = typed.contains(['*', '?', '[', '{']).then(|| absolute.clone());
        let glob = pattern.and_then(|pattern| {
            GlobBuilder::new(&pattern).literal_separator(true).build().ok().map(|glob| glob.compile_matcher())
        });
        Source { typed: typed.to_owned(), absolute, glob }
    }

    fn matches(&self, source: &str) -> bool {
        let below = |folder: &str| {
            let folder = folder.trim_end_matches('/');
            source.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        source == self.typed
            || source == self.absolute
            || below(&self.absolute)
            || (self.typed.ends_with('/') && source.starts_with(&self.typed))
            || self.glob.as_ref().is_some_and(|glob| glob.is_match(source))
    }
}

/// A path as the lake keeps it, also if the file is gone by now or the path is a pattern.
fn absolute(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for folder in whole.ancestors().skip(1) {
        if let (Ok(found), Ok(rest)) = (folder.canonicalize(), whole.strip_prefix(folder)) {
            return found.join(rest);
        }
    }
    whole
}

fn text(context: &Context, forgotten: &Forgotten, taken: bool) -> String {
    if forgotten.is_empty() {
        return "nothing to take out: the lake holds nothing of that\n".to_owned();
    }
    let units = &forgotten.units;
    let figure = |title, of: fn(&Going) -> u64| Listed {
        title,
        number: true,
        keep: None,
        cells: units.iter().map(|going| count(of(going))).collect(),
        total: count(units.iter().map(of).sum()),
    };
    let name = |title, total: &str, of: &dyn Fn(&Going) -> String| Listed {
        title,
        number: false,
        keep: None,
        cells: units.iter().map(of).collect(),
        total: total.to_owned(),
    };
    let columns = vec![
        Listed { number: true, ..name("unit", "", &|going| going.unit.number.to_string()) },
        name("source", "total", &|going| going.unit.source.clone()),
        figure("rows", |going| going.rows),
        figure("rejects", |going| going.rejects),
    ];
    let (deleted, rewritten) =
        (counted(forgotten.files_deleted, "file"), counted(forgotten.files_rewritten, "file"));
    let lake = context.lake.display();
    let foot = if taken {
        format!("taken out of {lake}: {deleted} deleted, {rewritten} written anew\n")
    } else {
        format!("would be taken out of {lake}: {deleted} to delete, {rewritten} to write anew\n")
    };
    let mut text = format!("{}\n{foot}", listing(columns, 2, &terminal()));
    if !forgotten.leaning.is_empty() {
        let mut named: Vec<String> = forgotten.leaning.iter().take(UNITS_NAMED).map(i64::to_string).collect();
        if forgotten.leaning.len() > UNITS_NAMED {
            named.push("...".to_owned());
        }
        text += &format!(
            "note: {} left out duplicates when read, in times that overlap ({}): what they left out may have \
             been what goes, and only forgetting and ingesting them again brings it back\n",
            counted(forgotten.leaning.len() as u64, "other unit"),
            named.join(", ")
        );
    }
    text
}

/// The summary as programs read it.
#[derive(Serialize)]
struct Figures<'a> {
    schema: &'static str,
    taken_out: bool,
    rows: u64,
    rejects: u64,
    files_deleted: u64,
    files_rewritten: u64,
    units: Vec<Unit<'a>>,
    leaning_units: &'a [i64],
}

#[derive(Serialize)]
struct Unit<'a> {
    unit: i64,
    source: &'a str,
    rows: u64,
    rejects: u64,
}

impl<'a> Figures<'a> {
    fn of(forgotten: &'a Forgotten, taken: bool) -> Figures<'a> {
        let units = &forgotten.units;
        Figures {
            schema: SCHEMA,
            taken_out: taken && !forgotten.is_empty(),
            rows: units.iter().map(|going| going.rows).sum(),
            rejects: units.iter().map(|going| going.rejects).sum(),
            files_deleted: forgotten.files_deleted,
            files_rewritten: forgotten.files_rewritten,
            units: units
                .iter()
                .map(|going| Unit {
                    unit: going.unit.number,
                    source: &going.unit.source,
                    rows: going.rows,
                    rejects: going.rejects,
                })
                .collect(),
            leaning_units: &forgotten.leaning,
        }
    }
}
