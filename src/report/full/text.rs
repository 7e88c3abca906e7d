//! The report as plain text: the table of endpoints, then every section.

use super::{SectionView, TableView};
use crate::report::listing::{Listed, listing_without_total, sentences};
use crate::report::table::{Terminal, table, wrap};
use crate::report::view::View;

/// The report for a terminal or a mail without markup. Ends with a newline.
pub fn text(report: &super::Report, view: &View, terminal: &Terminal) -> String {
    let mut text = String::new();
    if let Some(change) = &view.change {
        text += &sentences(std::slice::from_ref(&change.sentence), terminal);
        text.push('\n');
    }
    text += &table(&report.analysis, terminal);
    for section in std::iter::once(&view.movers).chain(&view.sections) {
        text += &part(section, terminal);
    }
    text.push('\n');
    let made = [
        format!("Made by gwcost {} with: {}", view.version, view.command),
        format!("Digest of {}: {}", view.inputs, view.digest),
    ];
    text += &sentences(&made, terminal);
    text
}

fn part(section: &SectionView, terminal: &Terminal) -> String {
    let mut text = format!("\n{}\n", section.title.to_uppercase());
    let said: Vec<String> = section.lead.iter().chain(&section.missing).cloned().collect();
    text += &sentences(&said, terminal);
    if let Some(bars) = section.bars.as_ref().filter(|_| section.table.is_none()) {
        let column = |number, cells: Vec<String>| Listed {
            title: "",
            number,
            keep: None,
            cells,
            total: String::new(),
        };
        let names = bars.rows.iter().map(|row| row.name.clone()).collect();
        let values = bars.rows.iter().map(|row| row.value.clone()).collect();
        let listed = vec![
            Listed { title: "name", ..column(false, names) },
            Listed { title: "value", ..column(true, values) },
        ];
        text += &format!("\n{}", listing_without_total(listed, terminal));
    }
    if let Some(found) = &section.table {
        text += &format!("\n{}", listed(found, terminal));
    }
    for note in &section.notes {
        for line in wrap(note, terminal.width) {
            text += &format!("{line}\n");
        }
    }
    text
}

/// A table laid out for a terminal.
fn listed(table: &TableView, terminal: &Terminal) -> String {
    let column = |(at, head): (usize, &super::ColumnView)| Listed {
        title: head.title,
        number: head.number,
        keep: if head.secondary { Some(1) } else { None },
        cells: table.rows.iter().map(|row| row.get(at).cloned().unwrap_or_default()).collect(),
        total: String::new(),
    };
    let mut text = listing_without_total(table.columns.iter().enumerate().map(column).collect(), terminal);
    if !table.more.is_empty() {
        text += &format!("and {} more\n", table.more);
    }
    text
}
