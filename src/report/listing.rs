//! A list that is no analysis, laid out as analyses are: columns that fit the terminal, figures whole.

use super::inert::inert;
use super::sheet::{ALWAYS, Column, Sheet};
use super::table::{Terminal, body, choose, dim, wrap};

/// One column of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What stands above it.
    pub title: &'static str,
    /// Whether it holds figures, which are aligned right and never cut.
    pub number: bool,
    /// Which columns are left out first: those with the lowest value; `None` stays.
    pub keep: Option<u8>,
    /// One cell for each row.
    pub cells: Vec<String>,
    /// The cell of the total line.
    pub total: String,
}

/// A list with a total below it; `names` of its columns come first and say what a row is. Where they
/// are the same in every row and room is short, they are said once, above. Ends with a newline.
pub fn listing(columns: Vec<Listed>, names: usize, terminal: &Terminal) -> String {
    laid_out(columns, names.max(1), terminal)
}

/// A list of things that do not add up, without a total. Ends with a newline.
pub fn listing_without_total(columns: Vec<Listed>, terminal: &Terminal) -> String {
    laid_out(columns, 0, terminal)
}

/// With no `names` there is no total.
fn laid_out(columns: Vec<Listed>, names: usize, terminal: &Terminal) -> String {
    let columns = columns.into_iter().map(sheet_column).collect();
    let sheet = Sheet { columns, dimensions: names, templated: false, partial: false };
    let chosen = choose(&sheet, terminal.width.map(usize::from));
    let mut lines = Vec::new();
    if !chosen.scope.is_empty() {
        lines.extend(wrap(&format!("every listed row: {}", chosen.scope), terminal.width));
        lines.push(String::new());
    }
    lines.extend(body(&sheet, &chosen.columns, terminal.color));
    if !chosen.hidden.is_empty() {
        lines.push(String::new());
        let left_out = format!("not shown in this width: {}", chosen.hidden.join(", "));
        lines.extend(wrap(&left_out, terminal.width).iter().map(|line| dim(line, terminal.color)));
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn sheet_column(column: Listed) -> Column {
    Column {
        name: column.title,
        title: column.title,
        number: column.number,
        keep: column.keep.unwrap_or(ALWAYS),
        telling: true,
        cells: column.cells.iter().map(|cell| inert(cell)).collect(),
        total: column.total,
    }
}

/// The same list as a table in Markdown, with all of its columns. Ends with a newline.
pub(super) fn markdown_listing(columns: Vec<Listed>, names: usize) -> String {
    let columns: Vec<Column> = columns.into_iter().map(sheet_column).collect();
    let columns: Vec<&Column> = columns.iter().collect();
    let mut text = super::markdown::body(&columns, names > 0).join("\n");
    text.push('\n');
    text
}

/// Sentences below a list, each on lines of its own that fit. Ends with a newline, if there is any.
pub fn sentences(all: &[String], terminal: &Terminal) -> String {
    let mut text = String::new();
    for line in all.iter().flat_map(|sentence| wrap(sentence, terminal.width)) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Listed> {
        let text = |title, keep, cells: &[&str]| Listed {
            title,
            number: false,
            keep,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            total: String::new(),
        };
        let long = "/a/rather/long/path/to/the/access.log.gz";
        vec![
            text("region", Some(3), &["us-east-1", "us-east-1"]),
            text("source", None, &[long, "/b\u{1b}[2J"]),
            Listed { number: true, total: "1,500".to_owned(), ..text("rows", None, &["1,000", "500"]) },
            Listed { number: true, ..text("written", Some(1), &["2026-10-01 00:00", "2026-10-02 00:00"]) },
        ]
    }

    #[test]
    fn a_list_fits_every_width_with_its_figures_whole() {
        for width in 30..140 {
            let text = listing(columns(), 2, &Terminal { width: Some(width), color: false });
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}: {text}");
            assert!(text.contains("1,500") && text.contains("1,000"), "{width}: {text}");
        }
        let narrow = listing(columns(), 2, &Terminal { width: Some(40), color: false });
        assert!(narrow.contains("not shown in this width: written"), "{narrow}");
        assert!(narrow.contains("every listed row: region us-east-1"), "{narrow}");
        let pipe = listing(columns(), 2, &Terminal::default());
        assert!(pipe.contains("/a/rather/long/path/to/the/access.log.gz") && !pipe.contains('\u{1b}'));
    }
}
