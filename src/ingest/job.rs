//! How the lines of an input are read: a format, and what its lines do not say.

use std::sync::Arc;

use gwcost_core::framing::Framing;
use gwcost_core::log_format::{IntegerField, Preset, Reader, Target, Template, TemplateError, TextField};
use gwcost_core::model::{ApiKind, ApiPatterns};

use crate::lake::{Origin, Reading, UnitContext, Way};
use crate::source::Input;

/// A compiled format and what its string alone tells.
#[derive(Clone, Debug)]
pub struct LogFormat {
    reader: Arc<Reader>,
    /// The preset's name or the format string.
    name: String,
    /// The kind of API that a preset is for.
    kind: Option<ApiKind>,
    warnings: Vec<String>,
    /// It logs the values of API keys.
    secret: bool,
    /// Its lines are JSON objects.
    json: bool,
}

impl LogFormat {
    /// A preset of the console.
    ///
    /// # Errors
    /// Never in practice: a test holds every preset to its syntax.
    pub fn preset(preset: Preset) -> Result<LogFormat, TemplateError> {
        Ok(LogFormat {
            reader: Arc::new(preset.reader()?),
            name: preset.name().to_owned(),
            kind: Some(preset.kind()),
            warnings: Vec::new(),
            secret: false,
            json: preset.formats().iter().all(|format| format.starts_with('{')),
        })
    }

    /// A format string.
    ///
    /// # Errors
    /// [`TemplateError`] when it is none.
    pub fn string(format: &str) -> Result<LogFormat, TemplateError> {
        let template = Template::parse(format)?;
        Ok(LogFormat {
            reader: Arc::new(Reader::new(&template)),
            name: template.source().to_owned(),
            kind: None,
            warnings: template.warnings(),
            secret: template.variables().any(|name| name == "identity.apiKey"),
            json: template.is_json(),
        })
    }

    /// The format that a unit record names: a preset, or a format string.
    ///
    /// # Errors
    /// [`TemplateError`] when it is neither.
    pub fn named(name: &str) -> Result<LogFormat, TemplateError> {
        match name.parse::<Preset>() {
            Ok(preset) => LogFormat::preset(preset),
            Err(_) => LogFormat::string(name),
        }
    }

    /// The kind of API that it is for, where a preset says so.
    pub fn kind(&self) -> Option<ApiKind> {
        self.kind
    }

    /// A sentence for each variable that is not known.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether lines are JSON objects.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether lines say when they were.
    pub fn has_time(&self) -> bool {
        self.reader.reads(Target::Integer(IntegerField::TimeEpochMs))
            || self.reader.reads(Target::Integer(IntegerField::TimeClfMs))
    }

    /// The flags of those facts that neither lines nor `origin` say.
    pub fn missing(&self, origin: &Origin) -> Vec<&'static str> {
        let host = self.logs(TextField::DomainName);
        let facts = [
            ("--account", origin.account.is_some() || self.logs(TextField::AccountId)),
            ("--region", origin.region.is_some() || host),
            ("--api", origin.api.is_some() || host || self.logs(TextField::ApiId)),
            ("--stage", origin.stage.is_some() || self.logs(TextField::Stage)),
        ];
        facts.into_iter().filter(|(_, known)| !known).map(|(flag, _)| flag).collect()
    }

    fn logs(&self, field: TextField) -> bool {
        self.reader.reads(Target::Text(field))
    }

    /// The reader for lines that may be of another format: values are held to their kinds.
    fn strict_reader(&self) -> Arc<Reader> {
        // That of a preset is strict as it is.
        match Template::parse(&self.name) {
            Ok(template) if self.kind.is_none() => Arc::new(Reader::of_variants([&template])),
            _ => Arc::clone(&self.reader),
        }
    }
}

/// How lines are read, and what they do not say.
#[derive(Clone, Debug)]
pub struct Manner {
    /// How a line is read.
    pub format: LogFormat,
    /// What lines do not say.
    pub origin: Origin,
    /// The kind of API.
    pub kind: ApiKind,
    /// Keep client addresses whole.
    pub keep_ip: bool,
    /// The user's patterns for routes that are made from paths.
    pub patterns: Arc<ApiPatterns>,
    /// The origin was not typed but is that of one stage, as its settings say: lines that say another
    /// account, region, API or stage are not read in this manner. Otherwise what a line says wins.
    pub bound: bool,
}

/// A file, an object or standard input, with the manner in which it is read.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where the bytes are.
    pub input: Input,
    /// How its lines are read.
    pub manner: Manner,
    /// How events stand in the input; `None` where its beginning says it.
    pub framing: Option<Framing>,
}

impl Job {
    /// The reading as it is recorded.
    pub fn reading(&self) -> Reading {
        self.manner.reading(self.framing)
    }
}

impl Manner {
    /// The reading as it is recorded.
    pub fn reading(&self, framing: Option<Framing>) -> Reading {
        Reading {
            format: self.format.name.clone(),
            api_kind: self.kind.name().to_owned(),
            account: self.origin.account.clone(),
            region: self.origin.region.clone(),
            api: self.origin.api.clone(),
            stage: self.origin.stage.clone(),
            keep_ip: self.keep_ip,
            framing: framing.map(|framing| framing.name().to_owned()),
            route_patterns: self.route_patterns(),
            others: Vec::new(),
        }
    }

    /// The way of a unit; `alone` says that it has no other.
    pub(super) fn way(&self, number: i64, source: &str, alone: bool) -> Way {
        let reader = if alone { Arc::clone(&self.format.reader) } else { self.format.strict_reader() };
        Way { context: self.context(number, source), reader, bound: self.bound }
    }

    /// A digest of the patterns that can match a path of this input; `None` where none can.
    fn route_patterns(&self) -> Option<String> {
        if self.kind == ApiKind::WebSocket || !self.format.logs(TextField::Path) {
            return None;
        }
        let says_api = self.format.logs(TextField::ApiId) || self.format.logs(TextField::DomainName);
        let api = self.origin.api.as_deref().filter(|_| !says_api);
        let text = self.patterns.canonical(api)?;
        Some(blake3::hash(text.as_bytes()).to_hex()[..12].to_owned())
    }

    fn context(&self, number: i64, source: &str) -> UnitContext {
        let logs = |field| self.format.logs(field);
        UnitContext {
            number,
            source: source.to_owned(),
            secret: self.format.secret,
            origin: self.origin.clone(),
            kind: self.kind,
            response_type_logged: logs(TextField::ResponseType),
            route_logged: match self.kind {
                ApiKind::Rest => logs(TextField::ResourcePath),
                ApiKind::Http | ApiKind::WebSocket => logs(TextField::RouteKey),
            },
            event_logged: logs(TextField::EventType) || logs(TextField::RouteKey),
            keep_ip: self.keep_ip,
            patterns: Arc::clone(&self.patterns),
        }
    }
}
