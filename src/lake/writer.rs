//! One thread's way into the lake: rows become sorted row groups of one file for each UTC day.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gwcost_core::log_format::{Path as ReadPath, Scratch};
use gwcost_core::model::DAY_MS;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::address::{Networks, mask_addresses};
use super::batch::Batch;
use super::columns::{Column, Kind};
use super::error::LakeError;
use super::group::GroupWriter;
use super::keys::{KeyStore, RowPlace};
use super::rejects::RejectWriter;
use super::row::{PendingRow, Place, RowError, UnitContext};
use super::ways::{Scratches, Way, one_of};

/// Rows of a full row group.
const GROUP_ROWS: usize = 131_072;
/// Memory for rows that are not written yet, in one thread.
const HELD_BYTES: usize = 40 * 1024 * 1024;
/// Days with a file open at the same time, in one thread.
const OPEN_FILES: usize = 64;

/// A file that is complete but not committed.
#[derive(Debug)]
pub struct Staged {
    /// The number that keys name it by.
    pub number: u32,
    /// Where it is.
    pub path: PathBuf,
    /// The UTC day of all its rows, counted from 1970-01-01; `None` for rejects.
    pub day: Option<i64>,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// The earliest request, milliseconds of Unix time.
    pub first_ms: i64,
    /// The latest request.
    pub last_ms: i64,
}

/// What one thread saw of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitTally {
    /// Lines, empty ones left out.
    pub lines: u64,
    /// Rows written.
    pub rows: u64,
    /// Lines that made no row.
    pub rejects: u64,
    /// How often each reason refused a line.
    pub reject_reasons: BTreeMap<String, u64>,
    /// Lines that needed the tolerant path.
    pub tolerant: u64,
    /// Bytes of all lines.
    pub line_bytes: u64,
    /// The earliest request, milliseconds of Unix time.
    pub first_ms: Option<i64>,
    /// The latest request.
    pub last_ms: Option<i64>,
}

const TOO_LONG: &str = "is longer than 16 MiB";

impl UnitTally {
    fn reject(&mut self, reason: &str) {
        self.rejects += 1;
        match self.reject_reasons.get_mut(reason) {
            Some(count) => *count += 1,
            None => drop(self.reject_reasons.insert(reason.to_owned(), 1)),
        }
    }

    /// A fact that lines lack and that a person can add, with how many lines lack it.
    pub fn missing_fact(&self) -> Option<(&str, u64)> {
        let is_fact = |reason: &str| RowError::FACTS.iter().any(|fact| fact.to_string() == reason);
        let found = self.reject_reasons.iter().find(|(reason, _)| is_fact(reason))?;
        Some((found.0, *found.1))
    }

    /// The reason that refused most lines.
    pub fn commonest_reason(&self) -> Option<&str> {
        let commonest = self.reject_reasons.iter().max_by_key(|(_, count)| **count);
        commonest.map(|(reason, _)| reason.as_str())
    }

    /// Adds what another thread saw.
    pub fn add(&mut self, other: &UnitTally) {
        self.lines += other.lines;
        self.rows += other.rows;
        self.rejects += other.rejects;
        for (reason, count) in &other.reject_reasons {
            *self.reject_reasons.entry(reason.clone()).or_default() += count;
        }
        self.tolerant += other.tolerant;
        self.line_bytes += other.line_bytes;
        self.first_ms = [self.first_ms, other.first_ms].into_iter().flatten().min();
        self.last_ms = self.last_ms.max(other.last_ms);
    }
}

struct DayFile {
    number: u32,
    path: PathBuf,
    writer: Option<GroupWriter>,
    batch: Batch,
    rows: u64,
    first_ms: i64,
    last_ms: i64,
    /// When it was last written to, for choosing which one to close.
    used: u64,
}

/// Writes rows and rejects into the staging folder.
pub struct StagedWriter {
    folder: PathBuf,
    worker: u32,
    days: BTreeMap<i64, DayFile>,
    finished: Vec<Staged>,
    next_file: u32,
    clock: u64,
    keys: KeyStore,
    rejects: RejectWriter,
    /// The unit that lines come from now, and what was seen of it.
    current: (i64, UnitTally),
    /// Units before it.
    tallies: HashMap<i64, UnitTally>,
    scratch: Scratch,
    /// For units whose lines can be of several formats.
    scratches: Scratches,
    properties: Arc<WriterProperties>,
    networks: Networks,
}

/// Parquet settings of everything that gwcost writes.
pub(super) fn writer_properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(GROUP_ROWS));
    // What nobody looks for by range needs none: finding the smallest of two million ids takes time.
    for column in Column::ALL.iter().filter(|column| column.kind() == Kind::Text && !column.required()) {
        let path = ColumnPath::from(column.name());
        properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
    }
    // Ids never repeat: a dictionary of them is built only to be thrown away.
    let unique = [Column::RequestId, Column::ExtendedRequestId, Column::LineHash, Column::MessageId];
    for column in unique {
        let path = ColumnPath::from(column.name());
        properties = properties.set_column_dictionary_enabled(path.clone(), false);
        if column.kind() == Kind::Text {
            // Lengths that are all alike take no room of their own, and are in nobody's way.
            properties = properties.set_column_encoding(path, Encoding::DELTA_LENGTH_BYTE_ARRAY);
        }
    }
    for column in [Column::Time, Column::UnitOffset] {
        let path = ColumnPath::from(column.name());
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    properties.build()
}

impl StagedWriter {
    /// A writer for thread `worker` into a staging folder.
    pub fn new(folder: &Path, worker: u32) -> StagedWriter {
        StagedWriter {
            folder: folder.to_owned(),
            worker,
            days: BTreeMap::new(),
            finished: Vec::new(),
            next_file: 0,
            clock: 0,
            keys: KeyStore::new(folder, format!("worker{worker}")),
            rejects: RejectWriter::new(folder.join(format!("worker{worker}-rejects.parquet"))),
            current: (0, UnitTally::default()),
            tallies: HashMap::new(),
            scratch: Scratch::default(),
            scratches: Scratches::default(),
            properties: Arc::new(writer_properties()),
            networks: Networks::new(),
        }
    }

    /// Reads one line of a unit, in one of `ways` and at least one, and writes its row, or keeps it as a
    /// reject.
    ///
    /// # Errors
    /// [`LakeError`] when the disk says no; never because of the line.
    pub fn line(&mut self, ways: &[Way], line: &[u8], place: Place<'_>) -> Result<(), LakeError> {
        let Some(Way { context: unit, .. }) = ways.first() else { return Ok(()) };
        let tally = self.tally(unit.number);
        tally.lines += 1;
        tally.line_bytes += line.len() as u64;
        let reason = match simdutf8::basic::from_utf8(line) {
            Ok(text) => match ways {
                [Way { reader, bound: false, .. }] => {
                    let mut row = PendingRow::default();
                    // The scratch is lent to the row, so it cannot be a field in use.
                    let mut scratch = std::mem::take(&mut self.scratch);
                    let outcome = match reader.read(text, &mut scratch, &mut row) {
                        Ok(path) => self.row(&row, unit, text, place, path)?,
                        Err(error) => Some(error.to_string()),
                    };
                    self.scratch = scratch;
                    outcome
                }
                _ => {
                    let mut scratches = std::mem::take(&mut self.scratches);
                    let outcome = match one_of(ways, text, &mut scratches) {
                        Ok(fit) => self.row(&fit.row, &fit.way.context, text, place, fit.path)?,
                        Err(reason) => Some(reason),
                    };
                    self.scratches = scratches;
                    outcome
                }
            },
            Err(_) => Some("is not UTF-8".to_owned()),
        };
        if let Some(reason) = reason {
            self.tally(unit.number).reject(&reason);
            let secret = ways.iter().any(|way| way.context.secret);
            let keep_ip = ways.iter().all(|way| way.context.keep_ip);
            let line = (!secret).then(|| kept_line(line, keep_ip));
            let (unit, source) = (unit.number, &unit.source);
            self.rejects.push(source, unit, place.offset, &reason, line.as_deref(), place.event_id)?;
        }
        Ok(())
    }

    /// Keeps the beginning of a line that is longer than lines can be.
    ///
    /// # Errors
    /// [`LakeError`] when the disk says no.
    pub fn too_long(&mut self, unit: &UnitContext, offset: i64, beginning: &[u8]) -> Result<(), LakeError> {
        let tally = self.tally(unit.number);
        tally.lines += 1;
        tally.reject(TOO_LONG);
        let shown = kept_line(&beginning[..beginning.len().min(1024)], unit.keep_ip);
        let shown = (!unit.secret).then_some(shown.as_str());
        self.rejects.push(&unit.source, unit.number, offset, TOO_LONG, shown, None)
    }

    /// Appends a row; the answer is the reason if it makes none.
    fn row<'line>(
        &mut self,
        row: &PendingRow<'line>,
        unit: &UnitContext,
        line: &str,
        place: Place<'line>,
        path: ReadPath,
    ) -> Result<Option<String>, LakeError> {
        let placed = match row.place(unit, line, place) {
            Ok(placed) => placed,
            Err(error) => return Ok(Some(error.to_string())),
        };
        let day = placed.time_ms.div_euclid(DAY_MS);
        self.clock += 1;
        let clock = self.clock;
        if !self.days.contains_key(&day) {
            self.open(day)?;
        }
        let Some(file) = self.days.get_mut(&day) else { return Ok(None) };
        if let Err(error) = row.append(&placed, unit, line, place.offset, &mut self.networks, &mut file.batch)
        {
            return Ok(Some(error.to_string()));
        }
        file.used = clock;
        file.rows += 1;
        file.first_ms = file.first_ms.min(placed.time_ms);
        file.last_ms = file.last_ms.max(placed.time_ms);
        let number = file.number;
        let enough = file.batch.rows() >= GROUP_ROWS || file.batch.bytes() >= HELD_BYTES;
        if enough || file.batch.is_full() {
            write_group(file, &self.properties)?;
        } else if clock.is_multiple_of(4096) {
            self.bound_memory()?;
        }
        let at = RowPlace { new: true, unit: unit.number, offset: place.offset, file: number };
        self.keys.push(&placed.ids, at)?;
        let tally = self.tally(unit.number);
        tally.rows += 1;
        tally.tolerant += u64::from(path == ReadPath::Tolerant);
        tally.first_ms = Some(tally.first_ms.map_or(placed.time_ms, |first| first.min(placed.time_ms)));
        tally.last_ms = tally.last_ms.max(Some(placed.time_ms));
        Ok(None)
    }

    /// What was seen of a unit. Lines of one unit follow each other, so the last one is at hand.
    fn tally(&mut self, unit: i64) -> &mut UnitTally {
        if self.current.0 != unit {
            let tally = self.tallies.remove(&unit).unwrap_or_default();
            let (number, before) = std::mem::replace(&mut self.current, (unit, tally));
            self.tallies.insert(number, before);
        }
        &mut self.current.1
    }

    /// Starts the file of a day, closing the one unused for longest when too many are open.
    fn open(&mut self, day: i64) -> Result<(), LakeError> {
        if self.days.len() >= OPEN_FILES
            && let Some(oldest) = self.days.iter().min_by_key(|(_, file)| file.used).map(|(day, _)| *day)
            && let Some(file) = self.days.remove(&oldest)
        {
            self.finished.extend(finish_file(oldest, file, &self.properties)?);
        }
        // Two workers never share a number: the worker is in its upper bits.
        let number = self.worker << 24 | self.next_file;
        self.next_file += 1;
        let path = self.folder.join(format!("{number:08x}.parquet"));
        let file = DayFile {
            number,
            path,
            writer: None,
            batch: Batch::new(),
            rows: 0,
            first_ms: i64::MAX,
            last_ms: i64::MIN,
            used: self.clock,
        };
        self.days.insert(day, file);
        Ok(())
    }

    /// Writes the largest batches until what is held fits.
    fn bound_memory(&mut self) -> Result<(), LakeError> {
        let mut held: usize = self.days.values().map(|file| file.batch.bytes()).sum();
        while held > HELD_BYTES {
            let Some(file) = self.days.values_mut().max_by_key(|file| file.batch.bytes()) else { break };
            held -= file.batch.bytes();
            write_group(file, &self.properties)?;
        }
        Ok(())
    }

    /// Completes all files.
    ///
    /// # Errors
    /// [`LakeError`] when the disk says no.
    pub fn finish(mut self) -> Result<super::commit::Finished, LakeError> {
        let (number, tally) = std::mem::take(&mut self.current);
        self.tallies.insert(number, tally);
        for (day, file) in std::mem::take(&mut self.days) {
            self.finished.extend(finish_file(day, file, &self.properties)?);
        }
        let mut files = self.finished;
        if let Some((path, rows)) = self.rejects.finish()? {
            let bytes = std::fs::metadata(&path).map_err(LakeError::reading(&path))?.len();
            files.push(Staged { number: u32::MAX, path, day: None, rows, bytes, first_ms: 0, last_ms: 0 });
        }
        Ok(super::commit::Finished { files, keys: self.keys, tallies: self.tallies })
    }
}

/// A rejected line as it is kept: readable, and with addresses truncated unless they are kept whole.
fn kept_line(line: &[u8], keep_ip: bool) -> String {
    let text = String::from_utf8_lossy(line);
    if keep_ip { text.into_owned() } else { mask_addresses(&text) }
}

fn write_group(file: &mut DayFile, properties: &Arc<WriterProperties>) -> Result<(), LakeError> {
    if file.batch.rows() == 0 {
        return Ok(());
    }
    let writer = match &mut file.writer {
        Some(writer) => writer,
        none => none.insert(GroupWriter::create(&file.path, properties)?),
    };
    writer.write(&mut file.batch)
}

fn finish_file(
    day: i64,
    mut file: DayFile,
    properties: &Arc<WriterProperties>,
) -> Result<Option<Staged>, LakeError> {
    write_group(&mut file, properties)?;
    let Some(writer) = file.writer.take() else { return Ok(None) };
    Ok(Some(Staged {
        number: file.number,
        path: file.path,
        day: Some(day),
        rows: file.rows,
        bytes: writer.close()?,
        first_ms: file.first_ms,
        last_ms: file.last_ms,
    }))
}
