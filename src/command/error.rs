//! Everything that can end a run, and the exit code that it ends with.

use std::io;
use std::path::{Path, PathBuf};

use gwcost_core::log_format::{TemplateError, UnknownPreset};
use gwcost_core::model::limits::UnknownLimitScope;
use gwcost_core::model::{MonthError, UnknownApiKind, WindowError};
use gwcost_core::pricing::price_list::PriceListError;
use gwcost_core::pricing::{CardError, UnknownHttpMetering};

use crate::analysis::{AnalysisError, FilterError, GateError, SortError, SqlTextError, UnknownDimension};
use crate::assets::AssetError;
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::export::ExportError;
use crate::geo::GeoError;
use crate::ingest::IngestError;
use crate::lake::LakeError;
use crate::source::aws::LogGroupError;
use crate::source::{DownloadError, SettingsFileError, SourceError};
use crate::store::StorePlaceError;

/// A run that could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A flag's value that is none.
    #[error("{flag}: {problem}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// What is wrong and what would be accepted.
        problem: String,
    },
    /// Flags that do not go together, or one that is missing.
    #[error("{0}")]
    Usage(String),
    /// A configuration file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A rate card, query or template.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// An input.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A saved snapshot of settings.
    #[error(transparent)]
    Settings(#[from] SettingsFileError),
    /// A country database.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The threads of an ingest.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The engine, or a query.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// A parameter of a query.
    #[error(transparent)]
    SqlText(#[from] SqlTextError),
    /// Tables for dashboards.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A template.
    #[error("template {name}: {source}")]
    Template {
        /// Its name or file.
        name: String,
        /// What is wrong with it.
        source: Box<tera::Error>,
    },
    /// A file that cannot be written or read.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A price list that is none, or that contradicts itself.
    #[error("{name}: {source}")]
    PriceList {
        /// The file or address.
        name: String,
        /// What is wrong with it.
        source: Box<PriceListError>,
    },
    /// A public file that could not be had.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A folder that holds something else.
    #[error("{0}")]
    Occupied(String),
    /// Standard output.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] io::Error),
}

impl CommandError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            CommandError::Flag { .. } | CommandError::Usage(_) | CommandError::Config(_) => Exit::Usage,
            CommandError::Asset(AssetError::Unknown { .. }) => Exit::Usage,
            CommandError::Source(SourceError::Place(_)) => Exit::Usage,
            CommandError::Source(SourceError::Aws(error)) if error.is_refusal() => Exit::Refused,
            CommandError::Source(SourceError::Aws(error)) if error.is_not_found() => Exit::Input,
            CommandError::Source(SourceError::Aws(_)) => Exit::Failure,
            CommandError::Asset(_) | CommandError::Source(_) | CommandError::Occupied(_) => Exit::Input,
            CommandError::Settings(_) | CommandError::Geo(_) => Exit::Input,
            CommandError::PriceList { .. } => Exit::Input,
            CommandError::Download(DownloadError::Address { .. }) => Exit::Usage,
            CommandError::Download(_) => Exit::Failure,
            CommandError::Template { .. } | CommandError::Analysis(AnalysisError::Card(_)) => Exit::Input,
            CommandError::Lake(error) => of_lake(error),
            CommandError::Analysis(AnalysisError::Lake(error @ LakeError::Store(_))) => of_lake(error),
            CommandError::Analysis(AnalysisError::ListPrice { .. }) => Exit::Input,
            CommandError::Analysis(AnalysisError::Sql { .. }) | CommandError::SqlText(_) => Exit::Usage,
            CommandError::Analysis(AnalysisError::Column { .. } | AnalysisError::Lake(_)) => Exit::Input,
            CommandError::Ingest(IngestError::Lake(error @ LakeError::Store(_))) => of_lake(error),
            CommandError::Ingest(_) | CommandError::Analysis(_) => Exit::Failure,
            CommandError::File { .. } | CommandError::Output(_) | CommandError::Export(_) => Exit::Failure,
        }
    }

    /// A file of the lake went away.
    pub(super) fn is_of_a_file_gone(&self) -> bool {
        matches!(
            self,
            CommandError::Lake(LakeError::FileGone { .. })
                | CommandError::Analysis(AnalysisError::Lake(LakeError::FileGone { .. }))
        )
    }

    /// The reader of standard output went away, which is its right.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, CommandError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(super) fn flag(flag: &'static str) -> impl FnOnce(String) -> CommandError {
        move |problem| CommandError::Flag { flag, problem }
    }

    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> CommandError {
        let path = path.to_owned();
        move |source| CommandError::File { path, source }
    }
}

/// The exit code of a lake that cannot be read or written.
fn of_lake(error: &LakeError) -> Exit {
    match error {
        LakeError::Store(error) if error.is_refusal() => Exit::Refused,
        LakeError::Store(error) if error.is_not_found() => Exit::Input,
        LakeError::Io { .. } | LakeError::Arrow { .. } | LakeError::Thread => Exit::Failure,
        LakeError::Store(_) | LakeError::Overtaken(_) => Exit::Failure,
        _ => Exit::Input,
    }
}

macro_rules! usage_errors {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for CommandError {
            fn from(error: $error) -> CommandError {
                CommandError::Usage(error.to_string())
            }
        })*
    };
}

usage_errors!(
    FilterError,
    LogGroupError,
    MonthError,
    StorePlaceError,
    SortError,
    TemplateError,
    UnknownApiKind,
    UnknownDimension,
    UnknownHttpMetering,
    UnknownLimitScope,
    UnknownPreset,
    WindowError,
);

impl From<GateError> for CommandError {
    fn from(error: GateError) -> CommandError {
        match error {
            GateError::Analysis(error) => CommandError::Analysis(error),
            scope @ GateError::Scope { .. } => CommandError::Usage(format!("gwcost.toml: {scope}")),
        }
    }
}

impl From<CardError> for CommandError {
    fn from(error: CardError) -> CommandError {
        CommandError::Analysis(AnalysisError::Card(error))
    }
}
