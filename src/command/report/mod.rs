//! `gwcost report`: everything that was asked about a window, looked at once and written in as many forms as were
//! asked for.

mod gather;
mod outlook;
mod outputs;

use std::path::PathBuf;

use super::CommandError;
use super::analyze::verdict;
use super::context::{Context, filters, overriding};
use super::output::{to_file, to_stdout};
use super::timezone::Zone;
use crate::analysis::{CostQuestion, Dimension, SortKey};
use crate::assets::Folder;
use crate::cli::{ReportArgs, Selection};
use crate::exit::Exit;
use crate::report::full::{self, Report};
use crate::report::{self, Terminal, View, page};
use gwcost_core::model::Window;
use outputs::{Form, Place, Template};

/// The longest JSON that is put into a page; more would make it slow on a phone.
const EMBEDDED_BYTES: usize = 1 << 21;

/// What the window is compared with.
pub enum Compare {
    /// The time before it, as long as it is; a month with the month before.
    Previous,
    /// A month as it was typed.
    Month(String),
    /// Nothing.
    None,
}

/// Runs `gwcost report`.
pub fn run(context: &Context, arguments: &ReportArgs) -> Result<Exit, CommandError> {
    if arguments.explain_view {
        let schema = serde_json::to_string_pretty(&report::schema_of::<View>()).unwrap_or_default();
        to_stdout(|out| writeln!(out, "{schema}"))?;
        return Ok(Exit::Done);
    }
    let window = context.window(&arguments.window)?;
    // A wrong ending is found before the work is done.
    let template = Template::find(&arguments.template)?;
    let outputs = outputs::outputs(&arguments.output, arguments.format, &template, &name(window))?;
    let compare = match arguments.compare.as_str() {
        "previous" => Compare::Previous,
        "none" => Compare::None,
        month => Compare::Month(month.to_owned()),
    };
    let zone = Zone::parse(&arguments.timezone)?;
    let mut command = command_line(context, window, &arguments.selection);
    if !matches!(compare, Compare::Previous) {
        command += &format!(" --compare {}", quoted(&arguments.compare));
    }
    if arguments.timezone != "UTC" {
        command += &format!(" --timezone {}", quoted(&arguments.timezone));
    }
    if arguments.template != "monthly" {
        command += &format!(" --template {}", quoted(&arguments.template));
    }
    let report = look(context, window, &arguments.selection, (&compare, &zone), command)?;
    let written = write_all(context, report, &outputs, template.own.as_ref())?;
    Ok(verdict(&written.analysis, &arguments.selection))
}

/// Looks at everything that a report shows.
pub fn look(
    context: &Context,
    window: Window,
    selection: &Selection,
    (compare, zone): (&Compare, &Zone),
    command: String,
) -> Result<Report, CommandError> {
    let question = CostQuestion {
        window,
        by: Dimension::ENDPOINT.to_vec(),
        filters: filters(selection)?,
        sort: SortKey::default(),
        top: None,
        limits: context.config.route_limits(),
        metering: context.metering(selection)?,
        // They come with the split of days by API.
        days: false,
    };
    let pricing = context.pricing(selection)?;
    let mut report = gather::gather(context, &pricing, &question, compare, zone)?;
    report.made.command = command;
    Ok(report)
}

/// Writes the forms, and names the files on standard output unless a form is written there.
fn write_all(
    context: &Context,
    report: Report,
    outputs: &[(Place, Form)],
    own: Option<&(String, String)>,
) -> Result<Report, CommandError> {
    let report = write(context, report, outputs, own)?;
    let files: Vec<String> = outputs
        .iter()
        .filter_map(|(place, _)| match place {
            Place::File(path) => Some(format!("{}\n", path.display())),
            Place::Stdout => None,
        })
        .collect();
    if files.len() == outputs.len() {
        to_stdout(|out| out.write_all(files.concat().as_bytes()))?;
    }
    Ok(report)
}

/// Writes a report to the files that `gwcost demo` leaves.
pub fn write_pages(
    context: &Context,
    report: Report,
    pages: &[(PathBuf, &str)],
) -> Result<Report, CommandError> {
    let outputs: Vec<(Place, Form)> = pages
        .iter()
        .map(|(path, name)| (Place::File(path.clone()), Form::Page((*name).to_owned())))
        .collect();
    write(context, report, &outputs, None)
}

fn write(
    context: &Context,
    mut report: Report,
    outputs: &[(Place, Form)],
    own: Option<&(String, String)>,
) -> Result<Report, CommandError> {
    let assets = context.assets.all(Folder::Templates)?;
    if outputs.iter().any(|(_, form)| matches!(form, Form::Page(_))) {
        report.analysis.overrides.extend(assets.iter().filter_map(overriding));
    }
    let mut templates: Vec<(String, String)> =
        assets.into_iter().map(|asset| (asset.name, asset.text)).collect();
    templates.extend(own.cloned());
    let mut view = full::view(&report);
    let mut json = Vec::new();
    full::json(&report, &mut json).map_err(CommandError::Output)?;
    if json.len() <= EMBEDDED_BYTES {
        // In a page, nothing in it may look like the end of its element.
        view.json = String::from_utf8_lossy(&json).trim_end().replace('<', "\\u003c");
    }
    for (place, form) in outputs {
        let bytes = match form {
            Form::Json => json.clone(),
            Form::Csv => {
                let mut bytes = Vec::new();
                report::csv::write(&report.analysis, &mut bytes).map_err(CommandError::Output)?;
                bytes
            }
            Form::Text => {
                let terminal = match place {
                    Place::Stdout => super::output::terminal(),
                    Place::File(_) => Terminal { width: None, color: false },
                };
                full::text(&report, &view, &terminal).into_bytes()
            }
            Form::Page(name) => {
                let text = page::render(&view, name, &templates).map_err(|source| {
                    CommandError::Template { name: name.clone(), source: Box::new(source) }
                })?;
                text.into_bytes()
            }
        };
        match place {
            Place::File(path) => to_file(path, |out| out.write_all(&bytes))?,
            Place::Stdout => to_stdout(|out| out.write_all(&bytes))?,
        }
    }
    Ok(report)
}

/// What files are called that nobody named.
fn name(window: Window) -> String {
    let day = |text: String| text.get(..10).unwrap_or_default().to_owned();
    format!("gwcost-report-{}-{}", day(window.from_rfc3339()), day(window.to_rfc3339()))
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
