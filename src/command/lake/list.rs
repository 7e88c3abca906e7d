//! `gwcost lake list`: the units, and how each was read.

use std::collections::HashSet;

use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::terminal;
use super::{instant, print_json, print_text};
use crate::cli::{LakeListArgs, ListFormat};
use crate::exit::Exit;
use crate::lake::{Lake, MetricsLook, Reading, Record, UnitRecord, metrics_looks, snapshots};
use crate::report::{Listed, bytes, count, counted, listing};

/// The list's shape for programs.
const SCHEMA: &str = "gwcost/lake-list/1";

/// Stands where the lines say it themselves.
const IN_LOG: &str = "(log)";

/// A unit with the record that committed it.
type Member<'a> = (&'a Record, &'a UnitRecord);

/// Runs `gwcost lake list`.
pub fn run(context: &Context, arguments: &LakeListArgs) -> Result<Exit, CommandError> {
    let window = arguments.window.is_given().then(|| context.window(&arguments.window)).transpose()?;
    let lake = Lake::open(&context.lake)?;
    let all = lake.records().iter().flat_map(|record| record.units.iter().map(move |unit| (record, unit)));
    let mut units: Vec<Member<'_>> = all
        .filter(|(_, unit)| match (window, unit.first_ms, unit.last_ms) {
            (None, ..) => true,
            (Some(window), Some(first), Some(last)) => window.overlaps(first, last),
            (Some(_), ..) => false,
        })
        .collect();
    units.sort_by_key(|(_, unit)| unit.number);
    match arguments.format {
        ListFormat::Json => print_json(&List::of(&lake, &units))?,
        ListFormat::Table => print_text(&table(&lake, &units))?,
    }
    Ok(Exit::Done)
}

fn sum(units: &[Member<'_>], figure: fn(&UnitRecord) -> u64) -> u64 {
    units.iter().map(|(_, unit)| figure(unit)).sum()
}

fn table(lake: &Lake, units: &[Member<'_>]) -> String {
    let text = |title, keep, cell: &dyn Fn(&Member<'_>) -> String| Listed {
        title,
        number: false,
        keep,
        cells: units.iter().map(cell).collect(),
        total: String::new(),
    };
    let given = |value: &Option<String>| value.clone().unwrap_or_else(|| IN_LOG.to_owned());
    let figure = |title, keep, of: fn(&UnitRecord) -> u64, show: fn(u64) -> String| Listed {
        title,
        number: true,
        keep,
        cells: units.iter().map(|(_, unit)| show(of(unit))).collect(),
        total: show(sum(units, of)),
    };
    // A column of zeros goes before everything else.
    let telling = |keep: u8, of: fn(&UnitRecord) -> u64| Some(if sum(units, of) == 0 { 0 } else { keep });
    let width = terminal().width;
    let time = |ms: Option<i64>| ms.map_or_else(|| "–".to_owned(), |ms| minute(&instant(ms)));
    let mut columns = vec![
        Listed { number: true, ..text("unit", None, &|(_, unit)| unit.number.to_string()) },
        text("format", Some(60), &|(_, unit)| format_name(&unit.reading.format)),
        text("kind", Some(50), &|(_, unit)| unit.reading.api_kind.clone()),
        text("account", Some(70), &|(_, unit)| given(&unit.reading.account)),
        text("region", Some(65), &|(_, unit)| given(&unit.reading.region)),
        Listed {
            // Already short where there is little room, and half of a name says nothing.
            number: width.is_some(),
            total: "total".to_owned(),
            ..text("source", None, &|(_, unit)| shortened(&unit.source, width))
        },
        figure("rows", None, |unit| unit.rows, count),
        figure("rejects", telling(90, |unit| unit.rejects), |unit| unit.rejects, count),
        figure("duplicates", telling(85, |unit| unit.duplicates), |unit| unit.duplicates, count),
        figure("forgotten", Some(84), |unit| unit.forgotten, count),
        figure("input", Some(80), |unit| unit.bytes, bytes),
        Listed { number: true, ..text("first", Some(82), &|(_, unit)| time(unit.first_ms)) },
        Listed { number: true, ..text("last", Some(81), &|(_, unit)| time(unit.last_ms)) },
        Listed { number: true, ..text("read", Some(75), &|(record, _)| minute(&record.written_at)) },
    ];
    columns.retain(|column| column.title != "forgotten" || sum(units, |unit| unit.forgotten) > 0);
    let files = || lake.records().iter().flat_map(|record| &record.files);
    let settings = match snapshots(lake.root()).map(|snapshots| snapshots.len() as u64) {
        Ok(0) => String::new(),
        Ok(snapshots) => format!(" and {} of settings", counted(snapshots, "snapshot")),
        Err(_) => " and damaged settings (see `gwcost lake verify`)".to_owned(),
    };
    let foot = format!(
        "{}; the lake: {} ({}) of {}{settings} in {}\n",
        counted(units.len() as u64, "unit"),
        counted(files().count() as u64, "file"),
        bytes(files().map(|file| file.bytes).sum()),
        counted(lake.records().len() as u64, "record"),
        lake.place().display()
    );
    let metrics = MetricsHeld::of(lake).map_or_else(String::new, |held| held.line());
    if units.is_empty() {
        foot + &metrics
    } else {
        format!("{}\n{foot}{metrics}", listing(columns, 6, &terminal()))
    }
}

/// What the lake has of CloudWatch's metrics, whatever is listed.
#[derive(Serialize)]
struct MetricsHeld {
    stages: u64,
    days: u64,
    first: String,
    last: String,
}

impl MetricsHeld {
    fn of(lake: &Lake) -> Option<MetricsHeld> {
        let looks: Vec<&MetricsLook> = metrics_looks(lake.records()).collect();
        let place =
            |look: &&'_ MetricsLook| [&look.account, &look.region, &look.api, &look.stage].map(String::clone);
        Some(MetricsHeld {
            stages: looks.iter().map(place).collect::<HashSet<_>>().len() as u64,
            days: looks.iter().map(|look| look.day()).collect::<HashSet<_>>().len() as u64,
            first: instant(looks.iter().map(|look| look.from_ms).min()?),
            last: instant(looks.iter().map(|look| look.to_ms).max()?),
        })
    }

    fn line(&self) -> String {
        format!(
            "metrics: {} on {}, from {} to {}\n",
            counted(self.stages, "stage"),
            counted(self.days, "day"),
            minute(&self.first),
            minute(&self.last)
        )
    }
}

/// A source without its beginning where there is little room: the name of a file is at its end.
fn shortened(source: &str, width: Option<u16>) -> String {
    let most = match width {
        None => return source.to_owned(),
        Some(width) if width < 60 => 20,
        Some(width) if width < 140 => 28,
        Some(_) => 60,
    };
    match source.char_indices().rev().nth(most - 1) {
        Some((at, _)) if at > 0 => {
            let rest: String = source[at..].chars().skip(1).collect();
            format!("…{rest}")
        }
        _ => source.to_owned(),
    }
}

/// `2026-10-31 12:34` of an RFC 3339 time.
fn minute(rfc3339: &str) -> String {
    rfc3339.get(..16).unwrap_or(rfc3339).replace('T', " ")
}

/// A format's name; a format string has none, and is too long for a list.
fn format_name(format: &str) -> String {
    if format.contains('$') { "own string".to_owned() } else { format.to_owned() }
}

/// The list as programs read it.
#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    lake: Held,
    metrics: Option<MetricsHeld>,
    units: Vec<Unit<'a>>,
    total: Total,
}

/// What the lake consists of, whatever is listed.
#[derive(Serialize)]
struct Held {
    folder: String,
    records: u64,
    files: u64,
    file_bytes: u64,
    /// Snapshots of settings; unknown where one is damaged.
    settings: Option<u64>,
}

#[derive(Serialize)]
struct Unit<'a> {
    unit: i64,
    source: &'a str,
    digest: &'a str,
    bytes: u64,
    lines: u64,
    rows: u64,
    rejects: u64,
    duplicates: u64,
    possible_duplicates: u64,
    forgotten: u64,
    first: Option<String>,
    last: Option<String>,
    read_at: &'a str,
    read_by: &'a str,
    reading: &'a Reading,
}

#[derive(Serialize)]
struct Total {
    units: u64,
    bytes: u64,
    lines: u64,
    rows: u64,
    rejects: u64,
    duplicates: u64,
    possible_duplicates: u64,
    forgotten: u64,
    first: Option<String>,
    last: Option<String>,
}

impl<'a> List<'a> {
    fn of(lake: &Lake, units: &[Member<'a>]) -> List<'a> {
        let files = || lake.records().iter().flat_map(|record| &record.files);
        let first = units.iter().filter_map(|(_, unit)| unit.first_ms).min();
        let last = units.iter().filter_map(|(_, unit)| unit.last_ms).max();
        List {
            schema: SCHEMA,
            lake: Held {
                folder: lake.place().display().to_string(),
                records: lake.records().len() as u64,
                files: files().count() as u64,
                file_bytes: files().map(|file| file.bytes).sum(),
                settings: snapshots(lake.root()).ok().map(|snapshots| snapshots.len() as u64),
            },
            metrics: MetricsHeld::of(lake),
            units: units.iter().map(|(record, unit)| Unit::of(record, unit)).collect(),
            total: Total {
                units: units.len() as u64,
                bytes: sum(units, |unit| unit.bytes),
                lines: sum(units, |unit| unit.lines),
                rows: sum(units, |unit| unit.rows),
                rejects: sum(units, |unit| unit.rejects),
                duplicates: sum(units, |unit| unit.duplicates),
                possible_duplicates: sum(units, |unit| unit.possible_duplicates),
                forgotten: sum(units, |unit| unit.forgotten),
                first: first.map(instant),
                last: last.map(instant),
            },
        }
    }
}

impl<'a> Unit<'a> {
    fn of(record: &'a Record, unit: &'a UnitRecord) -> Unit<'a> {
        Unit {
            unit: unit.number,
            source: &unit.source,
            digest: &unit.digest,
            bytes: unit.bytes,
            lines: unit.lines,
            rows: unit.rows,
            rejects: unit.rejects,
            duplicates: unit.duplicates,
            possible_duplicates: unit.possible_duplicates,
            forgotten: unit.forgotten,
            first: unit.first_ms.map(instant),
            last: unit.last_ms.map(instant),
            read_at: &record.written_at,
            read_by: &record.written_by,
            reading: &unit.reading,
        }
    }
}
