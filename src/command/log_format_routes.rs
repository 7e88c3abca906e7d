//! `gwcost log-format routes`: which routes the paths of a log or of the lake make.

use std::fs;
use std::path::Path;

use gwcost_core::framing::{Framing, next_seam};
use gwcost_core::log_format::{
    Certainty, IntegerField, Preset, Reader, Scratch, Sink, Target, Template, TextField, guess, kinds,
};
use gwcost_core::model::{ApiKind, LoggedRoute, execute_api_host};
use gwcost_core::text::grouped;

use super::CommandError;
use super::context::Context;
use super::log_format_routes_output::print;
use super::output::say;
use crate::analysis::{RouteSurvey, survey_lake};
use crate::cli::RoutesArgs;
use crate::config::SourceConfig;
use crate::exit::Exit;
use crate::source::aws::AwsOptions;
use crate::source::{Input, Opened, Remote, SourceError, expand, first_events, open};

/// Lines that a format is guessed by.
const LINES_TO_GUESS_BY: usize = 1000;

/// Runs `gwcost log-format routes`.
pub fn run(context: &Context, arguments: &RoutesArgs) -> Result<Exit, CommandError> {
    let given = context.config.route_patterns();
    let mut survey = if arguments.inputs.is_empty() {
        context.ask_lake(|lake| {
            let mut survey = RouteSurvey::new(&given);
            survey_lake(lake, &mut survey)?;
            Ok(survey)
        })?
    } else {
        RouteSurvey::new(&given)
    };
    let inputs = if arguments.inputs.is_empty() {
        Vec::new()
    } else {
        expand(&arguments.inputs, &mut Remote::new(AwsOptions::default(), None))?
    };
    for input in inputs {
        let log = Log::new(context, arguments, &input)?;
        let lines = log.survey(&input, &mut survey).map_err(SourceError::io(&input.name(), "cannot read"))?;
        if lines.unread > 0 {
            let all = lines.read + lines.unread;
            say(&format!(
                "{}: {} of {} lines could not be read in its format",
                input.name(),
                grouped(lines.unread),
                grouped(all)
            ));
        }
        if lines.read == 0 && lines.unread > 0 {
            say(&format!("error: {}: none of its lines could be read", input.name()));
            return Ok(Exit::Input);
        }
    }
    print(&survey.finish(arguments.most as usize), arguments.format)?;
    Ok(Exit::Done)
}

/// How the lines of an input say their route.
struct Log {
    reader: Reader,
    json: bool,
    kind: ApiKind,
    api: Option<String>,
    stage: Option<String>,
}

/// How many lines there were.
#[derive(Default)]
struct Lines {
    read: u64,
    unread: u64,
}

/// A format, and the kinds of API that could have it.
struct Format {
    reader: Reader,
    json: bool,
    kinds: Vec<ApiKind>,
}

impl Log {
    fn new(context: &Context, arguments: &RoutesArgs, input: &Input) -> Result<Log, CommandError> {
        let name = input.name();
        let configured = match input {
            Input::File(path) => context.config.source(path),
            Input::Stdin => context.config.source(Path::new("-")),
            Input::Object(object) => context.config.source(Path::new(&object.name())),
        };
        let format = match typed(arguments)? {
            Some(format) => format,
            None => match configured.map(of_source).transpose()?.flatten() {
                Some(format) => format,
                None => guessed(input)?,
            },
        };
        let typed_kind = arguments.api_kind.as_deref().map(str::parse::<ApiKind>).transpose()?;
        let given = typed_kind.or_else(|| configured.and_then(|source| source.api_kind));
        let kind = given.or(match format.kinds.as_slice() {
            [only] => Some(*only),
            _ => None,
        });
        if !format.reader.reads(Target::Text(TextField::Path)) {
            let problem = format!("{name}: its format holds no `$context.path` to make routes from");
            return Err(CommandError::Usage(problem));
        }
        let kind = kind.ok_or_else(|| {
            CommandError::Usage(format!(
                "{name}: its lines do not say which kind of API wrote them: add --api-kind"
            ))
        })?;
        if kind == ApiKind::WebSocket {
            let problem = format!("{name}: a WebSocket API has no paths: expected a rest or http API");
            return Err(CommandError::Usage(problem));
        }
        let pick = |typed: &Option<String>, from_file: fn(&SourceConfig) -> &Option<String>| {
            typed.clone().or_else(|| configured.and_then(|source| from_file(source).clone()))
        };
        Ok(Log {
            reader: format.reader,
            json: format.json,
            kind,
            api: pick(&arguments.api, |source| &source.api),
            stage: pick(&arguments.stage, |source| &source.stage),
        })
    }

    /// The variable that holds the route.
    fn route_field(&self) -> TextField {
        match self.kind {
            ApiKind::Rest => TextField::ResourcePath,
            ApiKind::Http | ApiKind::WebSocket => TextField::RouteKey,
        }
    }

    fn survey(&self, input: &Input, survey: &mut RouteSurvey<'_>) -> std::io::Result<Lines> {
        let route_logged = self.reader.reads(Target::Text(self.route_field()));
        let (opened, framing, _) = open(input, None, self.json).map_err(std::io::Error::other)?;
        let mut scratch = Scratch::default();
        let mut lines = Lines::default();
        let mut line = |bytes: &[u8]| {
            let bytes = bytes.trim_ascii();
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            if bytes.is_empty() {
                return;
            }
            let mut values = Values([None; TextField::COUNT]);
            let text = std::str::from_utf8(bytes).ok();
            if text.is_none_or(|text| self.reader.read(text, &mut scratch, &mut values).is_err()) {
                lines.unread += 1;
                return;
            }
            lines.read += 1;
            let stage = values.of(TextField::Stage).or(self.stage.as_deref()).unwrap_or_default();
            let logged = LoggedRoute {
                kind: self.kind,
                method: None,
                route: values.of(self.route_field()),
                route_logged,
                path: values.of(TextField::Path),
                stage,
            };
            let host = values.of(TextField::DomainName).and_then(execute_api_host).map(|(api, _)| api);
            let api = values.of(TextField::ApiId).or(host).or(self.api.as_deref()).unwrap_or_default();
            if let Some(path) = logged.path_to_template() {
                survey.add(api, path);
            }
        };
        match opened {
            Opened::Events(mut events) => {
                while let Some(event) = events.next_event()? {
                    line(&event.text);
                }
            }
            Opened::Blocks(mut blocks) => {
                while let Some(block) = blocks.next_block()? {
                    // The beginning of a line that is too long is no JSON and no whole line.
                    let mut rest = block.bytes.as_slice();
                    while !rest.is_empty() {
                        let end = match framing {
                            Framing::Objects => next_seam(rest, 0).unwrap_or(rest.len()),
                            _ => memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1),
                        };
                        let (one, later) = rest.split_at(end);
                        line(one);
                        rest = later;
                    }
                }
            }
        }
        Ok(lines)
    }
}

/// The values of a line that say its route.
struct Values<'line>([Option<&'line str>; TextField::COUNT]);

impl<'line> Values<'line> {
    fn of(&self, field: TextField) -> Option<&'line str> {
        self.0[field as usize]
    }
}

impl<'line> Sink<'line> for Values<'line> {
    fn text(&mut self, field: TextField, value: &'line str) {
        self.0[field as usize].get_or_insert(value);
    }

    fn integer(&mut self, _field: IntegerField, _value: i64) {}
}

impl Format {
    fn preset(preset: Preset) -> Result<Format, CommandError> {
        let json = preset.formats().iter().all(|format| format.starts_with('{'));
        Ok(Format { reader: preset.reader()?, json, kinds: vec![preset.kind()] })
    }

    fn string(format: &str) -> Result<Format, CommandError> {
        let template = Template::parse(format)?;
        // Paths are for REST and HTTP APIs only.
        let kinds = kinds(&template).into_iter().filter(|kind| *kind != ApiKind::WebSocket).collect();
        Ok(Format { reader: Reader::new(&template), json: template.is_json(), kinds })
    }
}

fn typed(arguments: &RoutesArgs) -> Result<Option<Format>, CommandError> {
    if let Some(preset) = &arguments.preset {
        return Format::preset(preset.parse()?).map(Some);
    }
    if let Some(path) = &arguments.format_file {
        let unreadable = |error| CommandError::flag("--format-file")(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(|error: std::io::Error| unreadable(error))?;
        return Format::string(&text).map(Some);
    }
    arguments.format_string.as_deref().map(Format::string).transpose()
}

fn of_source(source: &SourceConfig) -> Result<Option<Format>, CommandError> {
    match source.preset {
        Some(preset) => Format::preset(preset).map(Some),
        None => source.format_string.as_deref().map(Format::string).transpose(),
    }
}

/// The format that an input's first lines have; nothing is kept, so it need not be certain.
fn guessed(input: &Input) -> Result<Format, CommandError> {
    let name = input.name();
    let open = || {
        CommandError::Usage(format!(
            "{name}: no log format, and its lines leave doubt: give --preset, --format-string or --format-file"
        ))
    };
    if *input == Input::Stdin {
        return Err(open());
    }
    let lines = first_events(input, LINES_TO_GUESS_BY)?;
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let found = guess(&lines).map_err(|_| open())?;
    if found.certainty == Certainty::Ambiguous {
        return Err(open());
    }
    say(&format!("{name}: no format was given; its lines are read as {}", found.format));
    match found.presets.as_slice() {
        [preset] => Format::preset(*preset),
        _ => Format::string(&found.format),
    }
}
