//! `gwcost query`: SQL over a window of the lake.

use std::io::{self, Write};
use std::path::Path;

use gwcost_core::text::did_you_mean;

use super::CommandError;
use super::context::Context;
use super::output::{say, terminal, to_file, to_stdout};
use crate::analysis::{fill, sql, sql_to_parquet};
use crate::assets::{Asset, Folder};
use crate::cli::{QueryArgs, QueryFormat};
use crate::exit::Exit;
use crate::report::query as report;

/// Runs `gwcost query`.
pub fn run(context: &Context, arguments: &QueryArgs) -> Result<Exit, CommandError> {
    let queries = context.assets.all(Folder::Queries)?;
    let Some(typed) = arguments.query.as_deref() else {
        let listed: Vec<(&str, &str)> = queries.iter().map(named).collect();
        let write = |out: &mut dyn Write| match arguments.format {
            QueryFormat::Json => report::list_json(&listed, out),
            _ => out.write_all(report::list(&listed, &terminal()).as_bytes()),
        };
        to_stdout(write)?;
        return Ok(Exit::Done);
    };
    let text = statement(typed, &queries)?;
    let text = fill(&text, &arguments.params)?;
    let window = context.window(&arguments.window)?;
    if arguments.format == QueryFormat::Parquet {
        let path = arguments.output.as_deref().ok_or_else(|| {
            CommandError::flag("--format parquet")("needs a file: add --output FILE".to_owned())
        })?;
        return to_parquet(context, &text, window, path);
    }
    let answer = context.ask_lake(|lake| Ok(sql(lake, &text, window, arguments.limit)?))?;
    let write = |out: &mut dyn Write| match arguments.format {
        QueryFormat::Json => report::json(&answer, out),
        QueryFormat::Csv => report::csv(&answer, out),
        QueryFormat::Markdown => out.write_all(report::markdown(&answer).as_bytes()),
        QueryFormat::Table | QueryFormat::Parquet => {
            out.write_all(report::table(&answer, &terminal()).as_bytes())
        }
    };
    match &arguments.output {
        Some(path) => to_file(path, write)?,
        None => to_stdout(write)?,
    }
    if answer.truncated {
        say(&format!("warning: there are more than {} rows: --limit keeps more", arguments.limit));
    }
    Ok(Exit::Done)
}

fn to_parquet(
    context: &Context,
    text: &str,
    window: gwcost_core::model::Window,
    path: &Path,
) -> Result<Exit, CommandError> {
    let mut aside = path.file_name().unwrap_or_default().to_owned();
    aside.push(".part");
    let aside = path.with_file_name(aside);
    let written = context.ask_lake(|lake| Ok(sql_to_parquet(lake, text, window, &aside)?));
    let written = written.and_then(|()| std::fs::rename(&aside, path).map_err(CommandError::file(path)));
    if written.is_err() {
        drop(std::fs::remove_file(&aside));
    }
    written.map(|()| Exit::Done)
}

/// The text of a statement: one with spaces is SQL, one without is a name.
fn statement(typed: &str, queries: &[Asset]) -> Result<String, CommandError> {
    if typed == "-" {
        return io::read_to_string(io::stdin())
            .map_err(|error| CommandError::Usage(format!("cannot read standard input: {error}")));
    }
    if typed.trim().contains(char::is_whitespace) {
        return Ok(typed.to_owned());
    }
    let name = typed.trim().trim_end_matches(".sql");
    let found = queries.iter().find(|query| named(query).0 == name);
    found.map(|query| query.text.clone()).ok_or_else(|| {
        let names: Vec<&str> = queries.iter().map(|query| named(query).0).collect();
        let hint = did_you_mean(name, names.iter().copied());
        let problem =
            format!("no query {name:?}: expected a SELECT statement, or one of {}{hint}", names.join(", "));
        CommandError::Usage(problem)
    })
}

/// A query's name, and what its first comment says.
fn named(query: &Asset) -> (&str, &str) {
    let first = query.text.lines().next().unwrap_or_default();
    (query.name.trim_end_matches(".sql"), first.trim_start_matches('-').trim())
}
