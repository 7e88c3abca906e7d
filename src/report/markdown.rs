//! The table in GitHub's Markdown, and Markdown's escaping.
//!
//! Paths stand in code spans: there `*`, `<script>`, a link or an `@name` is only text, so nobody
//! can put markup into a comment or call a team by sending a request.

use super::inert::inert;
use super::notes;
use super::sheet::{Column, Sheet};
use super::shown::Shown;
use crate::analysis::CostAnalysis;

/// The analysis as a Markdown table with a headline above and notes below. Ends with a newline.
pub fn table(analysis: &CostAnalysis) -> String {
    let shown = Shown::of(analysis, usize::MAX);
    let sheet = Sheet::of(analysis, &shown);
    let constants = sheet.constants();
    let mut lines = vec![format!("**{}**", escape(&notes::headline(analysis))), String::new()];
    let scope = sheet.scope_text(&constants);
    if !scope.is_empty() {
        lines.push(format!("Every listed row: {}", code(&scope)));
        lines.push(String::new());
    }
    let listed = |index: &usize| sheet.columns[*index].telling && !constants.contains(index);
    let columns: Vec<&Column> =
        (0..sheet.columns.len()).filter(listed).map(|index| &sheet.columns[index]).collect();
    if analysis.rows.is_empty() {
        lines.push("No requests.".to_owned());
    } else {
        lines.extend(body(&columns, sheet.dimensions > 0));
    }
    lines.push(String::new());
    let notes = sheet.signs().into_iter().chain(notes::under_table(analysis));
    lines.extend(notes.map(|note| format!("- {}", escape(&note))));
    lines.push(String::new());
    lines.join("\n")
}

pub(super) fn body(columns: &[&Column], total: bool) -> Vec<String> {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let rule = |column: &&Column| if column.number { "---:" } else { "---" }.to_owned();
    let mut lines = vec![
        line(columns.iter().map(|column| escape(column.title)).collect()),
        line(columns.iter().map(rule).collect()),
    ];
    let rows = columns.first().map_or(0, |column| column.cells.len());
    lines.extend((0..rows).map(|row| line(columns.iter().map(|column| cell(column, row)).collect())));
    if total {
        let bold = |column: &&Column| match column.total.as_str() {
            "" => String::new(),
            text => format!("**{}**", escape(text)),
        };
        lines.push(line(columns.iter().map(bold).collect()));
    }
    lines
}

fn cell(column: &Column, row: usize) -> String {
    let text = &column.cells[row];
    if column.number || text.is_empty() { escape(text) } else { code_cell(text) }
}

/// Text as a code span in a cell of a table, where a pipe needs an escape even so.
pub fn code_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// Text as a code span: nothing in it is markup.
pub fn code(text: &str) -> String {
    let text = inert(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Next to a backtick, or when only spaces: a space of padding, which renderers take away.
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text in which nothing is markup. Numbers and addresses of pages stay readable as source.
pub fn escape(text: &str) -> String {
    let text = inert(text);
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let inside_word = before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '_' if inside_word => escaped.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
        before = character;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_cell_cannot_leave_its_cell() {
        assert_eq!(escape("a|b\\c\nd<e>"), "a\\|b\\\\c\\\\u{a}d&lt;e&gt;");
        assert_eq!(escape("rest_requests _x_ https://a/b_c"), "rest_requests \\_x\\_ https://a/b_c");
        assert_eq!((code("/a|b"), code_cell("/a|b")), ("`/a|b`".to_owned(), "`/a\\|b`".to_owned()));
        assert_eq!(code("``x`"), "``` ``x` ```");
        assert_eq!(code("/<script>@team"), "`/<script>@team`");
    }

    #[test]
    fn every_line_of_the_table_has_the_same_cells() {
        for analysis in [fixture::analysis(), fixture::hostile(), fixture::wide(9)] {
            let text = table(&analysis);
            // Pipes that are not escaped separate cells.
            let cells = |line: &str| line.replace("\\|", "").matches('|').count();
            let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
            assert_eq!(rows.len(), analysis.rows.len() + 3, "{text}");
            assert!(rows.iter().all(|row| cells(row) == cells(rows[0])), "{text}");
            assert!(rows[1].contains("---:"));
        }
    }

    #[test]
    fn hostile_routes_are_inert() {
        let text = table(&fixture::hostile());
        assert!(text.chars().all(|character| character == '\n' || !character.is_control()));
        assert!(!text.contains('\u{202e}'));
        let row = text.lines().find(|line| line.contains("script")).unwrap();
        assert!(row.contains("`\u{2f}"), "{row}");
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        let text = table(&fixture::unpriced());
        assert!(text.contains("| – |") && !text.contains("0.00"), "{text}");
        assert!(text.contains("- not priced: 1,000 requests of rest_requests"));
    }
}
