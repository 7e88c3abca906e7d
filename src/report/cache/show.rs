//! The sections on a terminal and in Markdown.

use super::Shown;
use super::sections::{Section, notes, sections};
use crate::analysis::cache::CacheAnalysis;
use crate::report::listing::{Listed, listing_without_total};
use crate::report::markdown::{code_cell, escape};
use crate::report::period::period;
use crate::report::table::{Terminal, wrap};

/// For a terminal, or a pipe. Ends with a newline.
pub fn text(analysis: &CacheAnalysis, shown: Shown, terminal: &Terminal) -> String {
    let mut lines = wrap(&headline(analysis), terminal.width);
    for Section { heading, lines: sentences, columns } in sections(analysis, shown) {
        lines.push(String::new());
        lines.extend(wrap(&heading, terminal.width));
        lines.extend(sentences.iter().flat_map(|sentence| wrap(sentence, terminal.width)));
        if has_rows(&columns) {
            lines.push(String::new());
            lines.push(listing_without_total(columns, terminal).trim_end().to_owned());
        }
    }
    lines.push(String::new());
    lines.extend(notes(analysis).iter().flat_map(|note| wrap(note, terminal.width)));
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// In GitHub's Markdown. Ends with a newline.
pub fn markdown(analysis: &CacheAnalysis, shown: Shown) -> String {
    let mut lines = vec![format!("**{}**", escape(&headline(analysis))), String::new()];
    for Section { heading, lines: sentences, columns } in sections(analysis, shown) {
        lines.push(format!("### {}", escape(&heading)));
        lines.push(String::new());
        lines.extend(sentences.iter().map(|sentence| format!("- {}", escape(sentence))));
        if has_rows(&columns) {
            lines.push(String::new());
            lines.extend(table(&columns));
        }
        lines.push(String::new());
    }
    lines.extend(notes(analysis).iter().map(|note| format!("- {}", escape(note))));
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn headline(analysis: &CacheAnalysis) -> String {
    let what = if analysis.shared { "a shared cache" } else { "caches" };
    let stages = crate::report::notes::counted(analysis.stages.len() as u64, "stage");
    format!("{}: {what}, {stages}", period(&analysis.window))
}

fn has_rows(columns: &[Listed]) -> bool {
    columns.first().is_some_and(|column| !column.cells.is_empty())
}

fn table(columns: &[Listed]) -> Vec<String> {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut lines = vec![
        line(columns.iter().map(|column| escape(column.title)).collect()),
        line(columns.iter().map(|column| if column.number { "---:" } else { "---" }.to_owned()).collect()),
    ];
    let rows = columns.first().map_or(0, |column| column.cells.len());
    lines.extend((0..rows).map(|row| {
        let cell = |column: &Listed| {
            let text = &column.cells[row];
            if column.number { escape(text) } else { code_cell(text) }
        };
        line(columns.iter().map(cell).collect())
    }));
    lines
}
