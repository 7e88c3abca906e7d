//! `gwcost report`: one analysis, written in as many forms as were asked for.

use std::path::{Path, PathBuf};

use super::CommandError;
use super::analyze::{answer, verdict};
use super::context::{Context, filters, overriding};
use super::output::{to_file, to_stdout};
use crate::analysis::{CostAnalysis, CostQuestion, Dimension, SortKey};
use crate::assets::Folder;
use crate::cli::{ReportArgs, Selection};
use crate::exit::Exit;
use crate::report::{self, Terminal, View, page};
use gwcost_core::model::Window;

/// Runs `gwcost report`.
pub fn run(context: &Context, arguments: &ReportArgs) -> Result<Exit, CommandError> {
    let window = context.window(&arguments.window)?;
    let outputs =
        if arguments.output.is_empty() { vec![default_name(window)] } else { arguments.output.clone() };
    for path in &outputs {
        // A wrong ending is found before the work is done.
        form(path)?;
    }
    let question = CostQuestion {
        window,
        by: Dimension::ENDPOINT.to_vec(),
        filters: filters(&arguments.selection)?,
        sort: SortKey::default(),
        top: None,
        limits: context.config.route_limits(),
        metering: context.metering(&arguments.selection)?,
        days: true,
    };
    let analysis = answer(context, &arguments.selection, &question)?;
    for path in &outputs {
        write(context, analysis.clone(), path, &command_line(context, window, &arguments.selection))?;
    }
    let names: Vec<String> = outputs.iter().map(|path| format!("{}\n", path.display())).collect();
    to_stdout(|out| out.write_all(names.concat().as_bytes()))?;
    Ok(verdict(&analysis, &arguments.selection))
}

/// Writes one form of the report.
pub fn write(
    context: &Context,
    mut analysis: CostAnalysis,
    path: &Path,
    generated_with: &str,
) -> Result<(), CommandError> {
    match form(path)? {
        Form::Json => to_file(path, |out| report::json::write(&analysis, out)),
        Form::Csv => to_file(path, |out| report::csv::write(&analysis, out)),
        Form::Text => {
            let table = report::table(&analysis, &Terminal { width: None, color: false });
            to_file(path, |out| out.write_all(table.as_bytes()))
        }
        Form::Page(name) => {
            let assets = context.assets.all(Folder::Templates)?;
            analysis.overrides.extend(assets.iter().filter_map(overriding));
            let templates: Vec<(String, String)> =
                assets.into_iter().map(|asset| (asset.name, asset.text)).collect();
            let view = View::new(&analysis, generated_with);
            let text = page::render(&view, name, &templates).map_err(|source| CommandError::Template {
                name: name.to_owned(),
                source: Box::new(source),
            })?;
            to_file(path, |out| out.write_all(text.as_bytes()))
        }
    }
}

enum Form {
    Page(&'static str),
    Json,
    Csv,
    Text,
}

fn form(path: &Path) -> Result<Form, CommandError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "htm") => Ok(Form::Page("report.html")),
        Some("md" | "markdown") => Ok(Form::Page("report.md")),
        Some("json") => Ok(Form::Json),
        Some("csv") => Ok(Form::Csv),
        Some("txt") => Ok(Form::Text),
        _ => Err(CommandError::Flag {
            flag: "--output",
            problem: format!(
                "{}: expected a file that ends in .html, .md, .json, .csv or .txt",
                path.display()
            ),
        }),
    }
}

fn default_name(window: Window) -> PathBuf {
    let day = |text: String| text.get(..10).unwrap_or_default().to_owned();
    PathBuf::from(format!("gwcost-report-{}-{}.html", day(window.from_rfc3339()), day(window.to_rfc3339())))
}

/// The command that makes the same report again.
pub fn command_line(context: &Context, window: Window, selection: &Selection) -> String {
    let mut words = vec!["gwcost report --from".to_owned(), window.from_rfc3339(), "--to".to_owned()];
    words.push(window.to_rfc3339());
    let options = [
        ("--account", &selection.account),
        ("--region", &selection.region),
        ("--api", &selection.api),
        ("--stage", &selection.stage),
        ("--method", &selection.method),
        ("--route", &selection.route),
        ("--http-metering", &selection.http_metering),
        ("--allocation", &selection.allocation),
        ("--rates-at", &selection.rates_at),
    ];
    for (flag, value) in options {
        if let Some(value) = value {
            words.push(flag.to_owned());
            words.push(quoted(value));
        }
    }
    if selection.scale_to_metrics {
        words.push("--scale-to-metrics".to_owned());
    }
    words.push("--lake".to_owned());
    words.push(quoted(&context.lake.display().to_string()));
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:$".contains(&byte);
    if word.bytes().all(plain) && !word.contains('$') {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
