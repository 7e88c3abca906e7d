//! A headline, some titled lists and some sentences: what most reports are made of, for a terminal and as
//! Markdown.

use super::listing::{Listed, listing, listing_without_total, markdown_listing};
use super::table::{Terminal, wrap};

/// A titled list.
#[derive(Clone, Debug)]
pub struct Section {
    /// What stands above it; empty for none.
    pub title: String,
    /// Its columns; no rows leave only `empty`.
    pub columns: Vec<Listed>,
    /// How many columns say what a row is, where the list has a total; zero for one that has none.
    pub names: usize,
    /// What is said instead of a list without rows.
    pub empty: String,
    /// Rows that are not shown.
    pub more: usize,
}

/// A report.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The answer in one line.
    pub headline: String,
    /// Its lists.
    pub sections: Vec<Section>,
    /// What a reader must know, a sentence each.
    pub notes: Vec<String>,
}

impl Section {
    fn is_empty(&self) -> bool {
        self.columns.first().is_none_or(|column| column.cells.is_empty())
    }
}

impl Document {
    /// For a terminal, or a pipe. Ends with a newline.
    pub fn text(self, terminal: &Terminal) -> String {
        let mut text = lines(&self.headline, terminal);
        for section in self.sections {
            text.push('\n');
            if !section.title.is_empty() {
                text += &lines(&section.title, terminal);
                text.push('\n');
            }
            let (more, is_empty, empty) = (section.more, section.is_empty(), section.empty);
            text += &match (is_empty, section.names) {
                (true, _) => lines(&empty, terminal),
                (false, 0) => listing_without_total(section.columns, terminal),
                (false, names) => listing(section.columns, names, terminal),
            };
            if more > 0 {
                text += &lines(&format!("and {more} more: --format json has all"), terminal);
            }
        }
        if !self.notes.is_empty() {
            text.push('\n');
        }
        for note in &self.notes {
            text += &lines(note, terminal);
        }
        text
    }

    /// As Markdown. Ends with a newline.
    pub fn markdown(self) -> String {
        let escape = super::markdown::escape;
        let mut text = format!("**{}**\n", escape(&self.headline));
        for section in self.sections {
            text.push('\n');
            if !section.title.is_empty() {
                text += &format!("{}\n\n", escape(&section.title));
            }
            let more = section.more;
            text += &match section.is_empty() {
                true => format!("{}\n", escape(&section.empty)),
                false => markdown_listing(section.columns, section.names),
            };
            if more > 0 {
                text += &format!("\nand {more} more\n");
            }
        }
        if !self.notes.is_empty() {
            text.push('\n');
        }
        for note in &self.notes {
            text += &format!("- {}\n", escape(note));
        }
        text
    }
}

fn lines(sentence: &str, terminal: &Terminal) -> String {
    wrap(sentence, terminal.width).into_iter().map(|line| line + "\n").collect()
}

/// A column of text.
pub fn words(title: &'static str, keep: Option<u8>, cells: Vec<String>) -> Listed {
    Listed { title, number: false, keep, cells, total: String::new() }
}

/// A column of figures, with the cell of the total line.
pub fn figures(title: &'static str, keep: Option<u8>, cells: Vec<String>, total: String) -> Listed {
    Listed { title, number: true, keep, cells, total }
}
