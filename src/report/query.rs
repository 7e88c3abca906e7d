//! What SQL answered, and what it can ask: for terminals, programs, spreadsheets and wikis.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

use super::inert;
use super::table::Terminal;
use crate::analysis::{Cell, SqlAnswer, SqlTable, TABLES};

/// The name and version of an answer's shape.
pub const SCHEMA: &str = "gwcost/query/1";

/// The name and version of the list's shape.
pub const LIST_SCHEMA: &str = "gwcost/query-list/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    window: Ends,
    columns: &'a [String],
    rows: Rows<'a>,
    truncated: bool,
}

#[derive(Serialize)]
struct Ends {
    from: String,
    to: String,
}

struct Rows<'a>(&'a [Vec<Cell>]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.len()))?;
        for row in self.0 {
            rows.serialize_element(&row.iter().map(Value).collect::<Vec<_>>())?;
        }
        rows.end()
    }
}

struct Value<'a>(&'a Cell);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Null => serializer.serialize_none(),
            Cell::Boolean(value) => serializer.serialize_bool(*value),
            Cell::Number(number) => number.serialize(serializer),
            Cell::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// Writes an answer as one JSON document and a newline.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn json(answer: &SqlAnswer, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        window: Ends { from: answer.window.from_rfc3339(), to: answer.window.to_rfc3339() },
        columns: &answer.columns,
        rows: Rows(&answer.rows),
        truncated: answer.truncated,
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

/// Writes an answer as CSV with a header; nothing is empty.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn csv(answer: &SqlAnswer, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let mut write = || -> csv::Result<()> {
        writer.write_record(answer.columns.iter().map(|name| super::csv::neutral(name).into_owned()))?;
        for row in &answer.rows {
            writer.write_record(row.iter().map(|cell| match cell {
                Cell::Text(text) => super::csv::neutral(text).into_owned(),
                other => plain(other),
            }))?;
        }
        Ok(writer.flush()?)
    };
    write().map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

/// The answer as a table; where it is wider than the terminal, row by row. Ends with a newline.
pub fn table(answer: &SqlAnswer, terminal: &Terminal) -> String {
    if answer.rows.is_empty() {
        let (from, to) = (answer.window.from_rfc3339(), answer.window.to_rfc3339());
        return format!("no rows; read were the requests from {from} to {to}\n");
    }
    let names: Vec<String> = answer.columns.iter().map(|name| inert(name)).collect();
    let rows: Vec<Vec<String>> = answer.rows.iter().map(|row| row.iter().map(shown).collect()).collect();
    let widths: usize = (0..names.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(names[column].chars().count()) + 2
        })
        .sum();
    if terminal.width.is_some_and(|width| widths.saturating_sub(2) > usize::from(width)) {
        return blocks(&names, &rows);
    }
    let mut table = Table::new();
    let style = TableStyle::new().header_separator(LineStyle::none().fill('─'));
    table.force_no_tty().load_style(style).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(&names);
    for row in &rows {
        table.add_row(row);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if answer.rows.iter().all(|row| matches!(row[at], Cell::Number(_) | Cell::Null)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// A block of lines for each row: the name, and the value.
fn blocks(names: &[String], rows: &[Vec<String>]) -> String {
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let block = |row: &Vec<String>| -> String {
        let lines = names.iter().zip(row);
        lines.map(|(name, value)| format!("{name:width$}  {value}").trim_end().to_owned() + "\n").collect()
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n")
}

/// The answer as a table in Markdown. Ends with a newline.
pub fn markdown(answer: &SqlAnswer) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let escaped = super::markdown::escape;
    let mut text = line(answer.columns.iter().map(|name| escaped(name)).collect());
    text.push_str(&line(answer.columns.iter().map(|_| "---".to_owned()).collect()));
    for row in &answer.rows {
        text.push_str(&line(row.iter().map(|cell| escaped(&shown(cell))).collect()));
    }
    text
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
    }
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Null => super::number::UNKNOWN.to_owned(),
        other => inert(&plain(other)),
    }
}

/// The queries that have a name, and the tables with their columns.
pub fn list(queries: &[(&str, &str)], terminal: &Terminal) -> String {
    let mut lines = vec!["queries:".to_owned()];
    let entry = |name: &str, says: &str| super::table::wrap(&format!("  {name}: {says}"), terminal.width);
    for (name, says) in queries {
        lines.extend(entry(&inert(name), &inert(says)));
    }
    for table in TABLES {
        lines.push(String::new());
        lines.push(format!("table {}: {}", table.name, table.description));
        for column in table.columns() {
            lines.extend(entry(column.name, &format!("{}. {}", column.kind, column.description)));
        }
    }
    lines.join("\n") + "\n"
}

#[derive(Serialize)]
struct ListDocument<'a> {
    schema: &'static str,
    queries: Vec<ListedQuery<'a>>,
    tables: Vec<ListedTable>,
}

#[derive(Serialize)]
struct ListedQuery<'a> {
    name: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
struct ListedTable {
    name: &'static str,
    description: &'static str,
    columns: Vec<ListedColumn>,
}

#[derive(Serialize)]
struct ListedColumn {
    name: &'static str,
    kind: &'static str,
    description: String,
}

/// Writes the same list as one JSON document and a newline.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn list_json(queries: &[(&str, &str)], out: &mut dyn Write) -> io::Result<()> {
    let columns = |table: &SqlTable| {
        let columns = table.columns().into_iter();
        columns
            .map(|column| ListedColumn {
                name: column.name,
                kind: column.kind,
                description: column.description,
            })
            .collect()
    };
    let document = ListDocument {
        schema: LIST_SCHEMA,
        queries: queries.iter().map(|(name, description)| ListedQuery { name, description }).collect(),
        tables: TABLES
            .iter()
            .map(|table| ListedTable {
                name: table.name,
                description: table.description,
                columns: columns(table),
            })
            .collect(),
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use gwcost_core::model::Window;

    use super::*;

    fn answer() -> SqlAnswer {
        let text = |text: &str| Cell::Text(text.to_owned());
        SqlAnswer {
            window: Window { from_ms: 0, to_ms: 86_400_000 },
            columns: vec!["route".to_owned(), "requests".to_owned()],
            rows: vec![vec![text("=cmd|x"), Cell::Number(12.into())], vec![text("/\u{1b}[2J"), Cell::Null]],
            truncated: true,
        }
    }

    #[test]
    fn hostile_text_is_harmless_and_data_is_whole() {
        let table = table(&answer(), &Terminal::default());
        assert!(table.starts_with("route"), "{table}");
        assert!(table.contains("/\\u{1b}[2J") && table.contains("–"), "{table}");
        let mut bytes = Vec::new();
        csv(&answer(), &mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "route,requests\n'=cmd|x,12\n/\u{1b}[2J,\n");
        let mut bytes = Vec::new();
        json(&answer(), &mut bytes).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value["rows"], serde_json::json!([["=cmd|x", 12], ["/\u{1b}[2J", null]]));
        assert_eq!((&value["truncated"], &value["schema"]), (&true.into(), &SCHEMA.into()));
    }

    #[test]
    fn what_is_too_wide_is_shown_row_by_row() {
        let narrow = super::table(&answer(), &Terminal { width: Some(12), color: false });
        assert!(narrow.starts_with("route     =cmd|x\nrequests  12\n\n"), "{narrow}");
    }
}
