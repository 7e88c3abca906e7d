//! What a verification finds: what is wrong, where, in a sentence.

/// A class of findings, named in the JSON of `lake verify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A unit record cannot be read.
    Record,
    /// A committed file is not there.
    MissingFile,
    /// A file that no record lists.
    StrayFile,
    /// A file of another size than was committed.
    Size,
    /// A file with other bytes than were committed.
    Digest,
    /// A file that is no Parquet, or stops being it.
    Unreadable,
    /// A footer with another schema version than its record.
    SchemaVersion,
    /// A column that is missing, of another type, or null where it must not be.
    Columns,
    /// A file with another number of rows than its record says.
    FileRows,
    /// Rows outside the times that the record or the footer says.
    Times,
    /// Rows in the folder of another day.
    Day,
    /// Rows that are not sorted.
    Order,
    /// Rows of a unit that the file should not hold.
    Unit,
    /// A unit with another number of rows than its record says.
    UnitRows,
    /// A unit with another number of rejects than its record says.
    UnitRejects,
    /// Requests that are there twice.
    Duplicates,
    /// A snapshot of settings that cannot be read, or is not the one of its name.
    Settings,
}

impl FindingKind {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            FindingKind::Record => "record",
            FindingKind::MissingFile => "missing_file",
            FindingKind::StrayFile => "stray_file",
            FindingKind::Size => "size",
            FindingKind::Digest => "digest",
            FindingKind::Unreadable => "unreadable",
            FindingKind::SchemaVersion => "schema_version",
            FindingKind::Columns => "columns",
            FindingKind::FileRows => "file_rows",
            FindingKind::Times => "times",
            FindingKind::Day => "day",
            FindingKind::Order => "order",
            FindingKind::Unit => "unit",
            FindingKind::UnitRows => "unit_rows",
            FindingKind::UnitRejects => "unit_rejects",
            FindingKind::Duplicates => "duplicates",
            FindingKind::Settings => "settings",
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What class of thing.
    pub kind: FindingKind,
    /// The file, below the lake's root.
    pub file: Option<String>,
    /// The unit's number.
    pub unit: Option<i64>,
    /// Where the unit was read from.
    pub source: Option<String>,
    /// A sentence without the file and the unit.
    pub says: String,
}

impl Finding {
    pub(super) fn of_file(kind: FindingKind, file: &str, says: impl Into<String>) -> Finding {
        Finding { kind, file: Some(file.to_owned()), unit: None, source: None, says: says.into() }
    }

    pub(super) fn of_unit(kind: FindingKind, unit: i64, says: impl Into<String>) -> Finding {
        Finding { kind, file: None, unit: Some(unit), source: None, says: says.into() }
    }
}
