//! Throttling headroom as people and programs read it: a table, JSON, CSV, Markdown.

mod json;
mod notes;
mod picture;
mod row;
mod sheet;

pub use json::json;
pub use picture::{Picture, picture};
pub use row::csv;

use super::inert::inert;
use super::listing::{Listed, listing_without_total};
use super::table::{Terminal, wrap};
use crate::analysis::ThrottleAnalysis;

/// Limits that a table shows; the tightest are first.
const TABLE_ROWS: usize = 50;

/// Suggestions, contributors, quotas and clients that a table shows.
const PART_ROWS: usize = 12;

/// A part of the report: a title and a table.
struct Part {
    title: &'static str,
    columns: Vec<Listed>,
    /// Rows that are not shown.
    more: usize,
}

/// The analysis for a terminal: limits, then what could be set, who filled the buckets, and notes.
pub fn table(analysis: &ThrottleAnalysis, terminal: &Terminal) -> String {
    let mut text = String::new();
    for line in wrap(&notes::headline(analysis), terminal.width) {
        text += &format!("{line}\n");
    }
    for line in analysis.closest.iter().flat_map(picture::lines) {
        text.extend(wrap(&line, terminal.width).iter().map(|line| format!("{line}\n")));
    }
    for part in sheet::parts(analysis, TABLE_ROWS, PART_ROWS) {
        text += &format!("\n{}\n\n", part.title);
        text += &listing_without_total(part.columns, terminal);
        if part.more > 0 {
            text += &format!("and {} more: --format json has all\n", part.more);
        }
    }
    text.push('\n');
    for note in notes::notes(analysis) {
        for line in wrap(&note, terminal.width) {
            text += &format!("{line}\n");
        }
    }
    text
}

/// The same as Markdown.
pub fn markdown(analysis: &ThrottleAnalysis) -> String {
    let mut text = format!("**{}**\n", super::markdown::escape(&notes::headline(analysis)));
    for part in sheet::parts(analysis, usize::MAX, PART_ROWS) {
        text += &format!("\n{}\n\n", part.title);
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        text += &line(part.columns.iter().map(|column| column.title.to_owned()).collect());
        let rule = |column: &Listed| if column.number { "---:" } else { "---" }.to_owned();
        text += &line(part.columns.iter().map(rule).collect());
        let rows = part.columns.first().map_or(0, |column| column.cells.len());
        for row in 0..rows {
            let cell = |column: &Listed| {
                let cell = inert(&column.cells[row]);
                if column.number || cell.is_empty() {
                    super::markdown::escape(&cell)
                } else {
                    super::markdown::code_cell(&cell)
                }
            };
            text += &line(part.columns.iter().map(cell).collect());
        }
        if part.more > 0 {
            text += &format!("\nand {} more\n", part.more);
        }
    }
    text.push('\n');
    for note in notes::notes(analysis) {
        text += &format!("- {}\n", super::markdown::escape(&note));
    }
    text
}
