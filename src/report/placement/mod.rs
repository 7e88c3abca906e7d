//! Placement: for a terminal, as JSON, CSV and Markdown.

mod csv_file;
mod document;
mod sections;

pub use csv_file::csv;
pub use document::{SCHEMA, json};

use crate::analysis::placement::PlacementAnalysis;
use crate::report::listing::{Listed, listing_without_total, markdown_listing};
use crate::report::markdown::escape;
use crate::report::notes::counted;
use crate::report::period::period;
use crate::report::table::{Terminal, wrap};
use sections::{Section, notes, sections};

/// For a terminal, or a pipe. Ends with a newline.
pub fn text(analysis: &PlacementAnalysis, terminal: &Terminal) -> String {
    let mut lines = wrap(&headline(analysis), terminal.width);
    for Section { heading, columns, lines: sentences } in sections(analysis) {
        lines.push(String::new());
        lines.extend(wrap(&heading, terminal.width));
        if has_rows(&columns) {
            lines.push(String::new());
            lines.push(listing_without_total(columns, terminal).trim_end().to_owned());
        }
        lines.extend(sentences.iter().flat_map(|sentence| wrap(sentence, terminal.width)));
    }
    lines.push(String::new());
    lines.extend(notes(analysis).iter().flat_map(|note| wrap(note, terminal.width)));
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// In GitHub's Markdown. Ends with a newline.
pub fn markdown(analysis: &PlacementAnalysis) -> String {
    let mut text = format!("**{}**\n", escape(&headline(analysis)));
    for Section { heading, columns, lines } in sections(analysis) {
        text.push_str(&format!("\n### {}\n", escape(&heading)));
        if has_rows(&columns) {
            text.push('\n');
            text.push_str(&markdown_listing(columns, 0));
        }
        if !lines.is_empty() {
            text.push('\n');
        }
        for line in lines {
            text.push_str(&format!("- {}\n", escape(&line)));
        }
    }
    text.push('\n');
    for note in notes(analysis) {
        text.push_str(&format!("- {}\n", escape(&note)));
    }
    text
}

fn headline(analysis: &PlacementAnalysis) -> String {
    let apis = counted(analysis.apis.len() as u64, "stage");
    format!("{}: placement of {apis}", period(&analysis.window))
}

fn has_rows(columns: &[Listed]) -> bool {
    columns.first().is_some_and(|column| !column.cells.is_empty())
}
