//! `gwcost log-format`: what a format is good for, which one to use, which one a log has.

use std::fs;
use std::path::Path;

use gwcost_core::log_format::{
    Certainty, Guess, Preset, Snippet, Template, capabilities, guess, kinds, snippet, suggest,
};
use gwcost_core::model::ApiKind;
use gwcost_core::text::did_you_mean;
use serde::Serialize;

use super::CommandError;
use super::context::Context;
use super::output::{say, to_stdout};
use crate::cli::{LogFormatArgs, LogFormatCommand, SnippetForm, SummaryFormat};
use crate::exit::Exit;
use crate::source::aws::AwsOptions;
use crate::source::{Remote, expand, first_events};

const CHECK_SCHEMA: &str = "gwcost/log-format-check/1";
const GUESS_SCHEMA: &str = "gwcost/log-format-guess/1";

/// Runs `gwcost log-format`.
pub fn run(context: &Context, arguments: &LogFormatArgs) -> Result<Exit, CommandError> {
    match &arguments.command {
        LogFormatCommand::Check { format, api_kind, output } => check(format, api_kind.as_deref(), *output),
        LogFormatCommand::Suggest { kind, form } => {
            let kind: ApiKind = kind.parse()?;
            let text = snippet(form_of(*form), kind, &suggest(kind));
            to_stdout(|out| out.write_all(text.as_bytes()))?;
            Ok(Exit::Done)
        }
        LogFormatCommand::Guess { file, lines, output } => propose(file, *lines as usize, *output),
        LogFormatCommand::Routes(arguments) => super::log_format_routes::run(context, arguments),
        LogFormatCommand::List => {
            let mut text = String::new();
            for preset in Preset::ALL {
                for format in preset.formats() {
                    text.push_str(&format!("{preset}\t{}\t{format}\n", preset.kind()));
                }
            }
            to_stdout(|out| out.write_all(text.as_bytes()))?;
            Ok(Exit::Done)
        }
    }
}

fn form_of(form: SnippetForm) -> Snippet {
    match form {
        SnippetForm::Text => Snippet::Text,
        SnippetForm::Terraform => Snippet::Terraform,
        SnippetForm::CloudFormation => Snippet::CloudFormation,
        SnippetForm::Cdk => Snippet::Cdk,
        SnippetForm::Sam => Snippet::Sam,
    }
}

/// The findings as programs read them.
#[derive(Serialize)]
struct Checked<'a> {
    schema: &'static str,
    format: &'a str,
    preset: Option<&'static str>,
    api_kind: Option<&'static str>,
    findings: Vec<CheckedFinding>,
}

#[derive(Serialize)]
struct CheckedFinding {
    level: &'static str,
    what: String,
    variables: Vec<String>,
}

fn check(typed: &str, kind: Option<&str>, output: SummaryFormat) -> Result<Exit, CommandError> {
    let given = kind.map(str::parse::<ApiKind>).transpose()?;
    let (template, preset) = format_of(typed)?;
    let of_preset = preset.map(Preset::kind);
    if let (Some(given), Some(own)) = (given, of_preset)
        && given != own
    {
        let problem = format!("{typed}: --api-kind {given} does not go with a preset for {own} APIs");
        return Err(CommandError::Usage(problem));
    }
    let offering = kinds(&template);
    let kind = given.or(of_preset).or(match offering.as_slice() {
        [only] => Some(*only),
        _ => None,
    });
    let findings = capabilities(&template, kind)
        .into_iter()
        .map(|finding| CheckedFinding {
            level: finding.level.name(),
            what: finding.what,
            variables: finding.variables,
        })
        .collect();
    let checked = Checked {
        schema: CHECK_SCHEMA,
        format: template.source(),
        preset: preset.map(Preset::name),
        api_kind: kind.map(ApiKind::name),
        findings,
    };
    match output {
        SummaryFormat::Json => json(&checked)?,
        SummaryFormat::Text => {
            let mut text = match kind {
                Some(kind) => format!("as the format of a {kind} API:\n"),
                None => "several kinds of API could have this format; --api-kind says more:\n".to_owned(),
            };
            for finding in &checked.findings {
                text.push_str(&format!("{:<8} {}\n", finding.level, finding.what));
            }
            to_stdout(|out| out.write_all(text.as_bytes()))?;
        }
    }
    Ok(Exit::Done)
}

/// The format that was typed: a string, a preset's name, standard input or a file.
fn format_of(typed: &str) -> Result<(Template, Option<Preset>), CommandError> {
    if typed.contains("$context.") {
        return Ok((Template::parse(typed)?, None));
    }
    if let Ok(preset) = typed.parse::<Preset>() {
        let current = preset.formats().first().copied().unwrap_or_default();
        return Ok((Template::parse(current)?, Some(preset)));
    }
    let path = Path::new(typed);
    let text = if typed == "-" {
        std::io::read_to_string(std::io::stdin())
    } else if path.is_file() {
        fs::read_to_string(path)
    } else {
        let hint = did_you_mean(typed, Preset::ALL.map(Preset::name));
        return Err(CommandError::Usage(format!(
            "{typed:?} is no format: expected a string with `$context` variables, a file that holds one, or a \
             preset ({}){hint}",
            Preset::ALL.map(Preset::name).join(", ")
        )));
    };
    let text = text.map_err(|error| CommandError::Usage(format!("{typed}: {error}")))?;
    let template =
        Template::parse(&text).map_err(|error| CommandError::Usage(format!("{typed}: {error}")))?;
    Ok((template, None))
}

/// The proposal as programs read it.
#[derive(Serialize)]
struct Proposal<'a> {
    schema: &'static str,
    format: &'a str,
    certainty: String,
    presets: Vec<&'static str>,
    api_kinds: Vec<&'static str>,
    lines: usize,
    lines_read: usize,
    lines_other: usize,
    fields: Vec<ProposedField<'a>>,
}

#[derive(Serialize)]
struct ProposedField<'a> {
    key: &'a str,
    candidates: &'a [String],
    certainty: String,
}

fn propose(file: &str, most: usize, output: SummaryFormat) -> Result<Exit, CommandError> {
    let mut lines = Vec::new();
    for input in expand(&[file.to_owned()], &mut Remote::new(AwsOptions::default(), None))? {
        lines.extend(first_events(&input, most - lines.len())?);
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let found = match guess(&lines) {
        Ok(found) => found,
        Err(error) => {
            say(&format!("error: {file}: {error}"));
            return Ok(Exit::Input);
        }
    };
    match output {
        SummaryFormat::Json => json(&Proposal {
            schema: GUESS_SCHEMA,
            format: &found.format,
            certainty: found.certainty.to_string(),
            presets: found.presets.iter().map(|preset| preset.name()).collect(),
            api_kinds: found.kinds.iter().map(|kind| kind.name()).collect(),
            lines: found.lines,
            lines_read: found.read,
            lines_other: found.other,
            fields: found
                .fields
                .iter()
                .map(|field| ProposedField {
                    key: &field.key,
                    candidates: &field.candidates,
                    certainty: field.certainty.to_string(),
                })
                .collect(),
        })?,
        // The string alone, so that it can be written to a file; what is to be said of it goes beside.
        SummaryFormat::Text => to_stdout(|out| writeln!(out, "{}", found.format))?,
    }
    for remark in remarks(&found) {
        say(&remark);
    }
    Ok(if found.certainty == Certainty::Ambiguous { Exit::Input } else { Exit::Done })
}

/// How sure a proposal is, and why it is not surer.
fn remarks(found: &Guess) -> Vec<String> {
    let mut remarks = vec![format!("{}: reads {} of {} lines", found.certainty, found.read, found.lines)];
    let presets: Vec<&str> = found.presets.iter().map(|preset| preset.name()).collect();
    match presets.as_slice() {
        [] => {}
        [preset] => remarks.push(format!("it is the preset {preset}")),
        several => remarks.push(format!("ambiguous: the lines fit the presets {}", several.join(", "))),
    }
    match found.kinds.as_slice() {
        [] => remarks.push("no kind of API offers all of its variables".to_owned()),
        [kind] => remarks.push(format!("only {kind} APIs write such lines")),
        several => {
            let names: Vec<&str> = several.iter().map(|kind| kind.name()).collect();
            remarks.push(format!("several kinds of API write such lines: {}", names.join(", ")));
        }
    }
    if found.other > 0 {
        remarks.push(format!("lines that are unlike the others: {}", found.other));
    }
    for field in &found.fields {
        let candidates = field.candidates.join(", ");
        match (field.certainty, field.candidates.is_empty()) {
            (Certainty::Ambiguous, _) => {
                remarks.push(format!("ambiguous: key {:?} can be any of {candidates}", field.key));
            }
            (_, true) => {
                remarks
                    .push(format!("unknown: no variable fits key {:?}; its values are not kept", field.key));
            }
            (Certainty::Likely, false) => {
                remarks.push(format!("likely: key {:?} is probably {candidates}", field.key));
            }
            (Certainty::Certain, false) => {}
        }
    }
    remarks
}

/// Writes one JSON document and a line end.
pub fn json(value: &impl Serialize) -> Result<(), CommandError> {
    to_stdout(|out| {
        serde_json::to_writer(&mut *out, value)?;
        out.write_all(b"\n")
    })
}
