//! The table in a terminal, or in a pipe.
//!
//! In a terminal no line is wider than the terminal; what had to be left out is named below the
//! table. In a pipe nothing is left out or cut.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Row, Table,
    TableStyle, Width,
};
use rust_decimal::Decimal;

use super::fit::{GAP, Need, fit};
use super::notes;
use super::number::UNKNOWN;
use super::sheet::{Column, Sheet};
use super::shown::Shown;
use crate::analysis::CostAnalysis;

/// What is known of the place where the table is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// Columns of the terminal; `None` for a pipe or a file: everything, uncut.
    pub width: Option<u16>,
    /// Whether ANSI colours may be used.
    pub color: bool,
}

/// Never split a cell at a character that could be in it: cells are cut, not wrapped.
const NO_DELIMITER: char = '\0';

/// A rule under the header and nothing between columns: a junction would widen every gap.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// The analysis as a table with a headline above, and a total and notes below. Ends with a newline.
pub fn table(analysis: &CostAnalysis, terminal: &Terminal) -> String {
    let shown = Shown::of(analysis, usize::MAX);
    let sheet = Sheet::of(analysis, &shown);
    let chosen = choose(&sheet, terminal.width.map(usize::from));
    let mut lines = wrap(&notes::headline(analysis), terminal.width);
    if terminal.color {
        lines = lines.iter().map(|line| styled(line, "1")).collect();
    }
    if !chosen.scope.is_empty() {
        lines.extend(wrap(&format!("every listed row: {}", chosen.scope), terminal.width));
    }
    lines.push(String::new());
    if analysis.rows.is_empty() {
        lines.push("no requests".to_owned());
    } else {
        lines.extend(body(&sheet, &chosen.columns, terminal.color));
    }
    lines.push(String::new());
    if !chosen.hidden.is_empty() {
        let left_out = format!("not shown in this width: {}", chosen.hidden.join(", "));
        lines.extend(wrap(&left_out, terminal.width).iter().map(|line| dim(line, terminal.color)));
    }
    for note in sheet.signs() {
        lines.extend(wrap(&note, terminal.width).iter().map(|line| dim(line, terminal.color)));
    }
    for note in notes::under_table(analysis) {
        let warning = note.starts_with("not priced:") || note.starts_with("note:");
        for line in wrap(&note, terminal.width) {
            lines.push(if terminal.color && warning { styled(&line, "33") } else { line });
        }
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// What of a sheet is shown.
pub(super) struct Chosen {
    /// The columns by index, with their width; no width means uncut.
    pub columns: Vec<(usize, Option<usize>)>,
    /// Dimensions with one value, said above the table.
    pub scope: String,
    /// Titles of columns that are known but did not fit.
    pub hidden: Vec<&'static str>,
}

pub(super) fn choose(sheet: &Sheet, width: Option<usize>) -> Chosen {
    let all: Vec<usize> = (0..sheet.columns.len()).collect();
    let Some(width) = width else {
        let columns = all.into_iter().map(|index| (index, None)).collect();
        return Chosen { columns, scope: String::new(), hidden: Vec::new() };
    };
    let needs = needs(sheet);
    let telling: Vec<usize> = all.into_iter().filter(|&index| sheet.columns[index].telling).collect();
    let natural = telling.iter().map(|&index| needs[index].natural + GAP).sum::<usize>();
    let constants = if natural > width + GAP { sheet.constants() } else { Vec::new() };
    let listed: Vec<usize> = telling.into_iter().filter(|index| !constants.contains(index)).collect();
    let listed_needs: Vec<Need> = listed.iter().map(|&index| needs[index]).collect();
    let columns: Vec<(usize, Option<usize>)> =
        fit(&listed_needs, width).into_iter().map(|(index, width)| (listed[index], Some(width))).collect();
    let is_hidden = |index: &usize| columns.iter().all(|(kept, _)| kept != index);
    let hidden = listed.into_iter().filter(is_hidden).map(|index| sheet.columns[index].title).collect();
    Chosen { scope: sheet.scope_text(&constants), columns, hidden }
}

/// What each column needs, measured as terminals do: wide characters take two places.
fn needs(sheet: &Sheet) -> Vec<Need> {
    let measured = |column: &Column| {
        let mut table = Table::new();
        table.force_no_tty().set_header([column.title]).add_row([column.total.as_str()]);
        table.add_rows(column.cells.iter().map(|cell| [cell.as_str()]));
        let natural = table.column_max_content_widths().first().copied().unwrap_or(1);
        Need { natural: usize::from(natural), number: column.number, keep: column.keep }
    };
    sheet.columns.iter().map(measured).collect()
}

/// The lines of the table itself, with a rule above the total.
pub(super) fn body(sheet: &Sheet, columns: &[(usize, Option<usize>)], color: bool) -> Vec<String> {
    let chosen: Vec<&Column> = columns.iter().map(|(index, _)| &sheet.columns[*index]).collect();
    let mut table = Table::new();
    table.force_no_tty().load_style(STYLE).set_delimiter(NO_DELIMITER);
    if color {
        table.enforce_styling().style_text_only();
    }
    table.set_header(row(chosen.iter().map(|column| bold(column.title))));
    let rows = chosen.first().map_or(0, |column| column.cells.len());
    for index in 0..rows {
        table.add_row(row(chosen.iter().map(|column| plain(column, &column.cells[index]))));
    }
    let total = sheet.dimensions > 0;
    if total {
        table.add_row(row(chosen.iter().map(|column| bold(&column.total))));
    }
    let last = columns.len().saturating_sub(1);
    for (position, (index, width)) in columns.iter().enumerate() {
        let Some(column) = table.column_mut(position) else { continue };
        let gap = if position == last { 0 } else { u16::try_from(GAP).unwrap_or_default() };
        column.set_padding((0, gap));
        column.set_cell_alignment(if sheet.columns[*index].number {
            CellAlignment::Right
        } else {
            CellAlignment::Left
        });
        if let Some(width) = width {
            let width = u16::try_from(*width).unwrap_or(u16::MAX).saturating_add(gap);
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
    }
    let mut lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    if total && let Some(rule) = lines.get(1).cloned() {
        lines.insert(lines.len() - 1, rule);
    }
    lines
}

fn row(cells: impl Iterator<Item = Cell>) -> Row {
    let mut row = Row::from(cells.collect::<Vec<Cell>>());
    row.max_height(1);
    row
}

fn bold(text: &str) -> Cell {
    let cell = Cell::new(text);
    if text.is_empty() { cell } else { cell.add_attribute(Attribute::Bold) }
}

/// Colour says what a cell means: what is not known is dim, what leaves something out is yellow, what is wrong is red.
fn plain(column: &Column, text: &str) -> Cell {
    let cell = Cell::new(text);
    match text {
        UNKNOWN => cell.add_attribute(Attribute::Dim),
        "FAILED" => cell.fg(Color::Red),
        "NOT KNOWN" => cell.fg(Color::Yellow),
        "kept" => cell.fg(Color::Green),
        _ if text.starts_with("† ") => cell.fg(Color::Yellow),
        _ if column.title == "errors" && is_high(text) => cell.fg(Color::Red),
        _ => cell,
    }
}

/// Whether a rate of errors is above the 5 % from which AWS recommends an alarm.
fn is_high(text: &str) -> bool {
    let part = text.strip_suffix('%').and_then(|digits| digits.parse::<Decimal>().ok());
    part.is_some_and(|part| part > Decimal::from(5))
}

/// A sentence in lines of a width, by words.
pub(super) fn wrap(text: &str, width: Option<u16>) -> Vec<String> {
    let Some(width) = width else { return vec![text.to_owned()] };
    let mut table = Table::new();
    table.force_no_tty().load_style(TableStyle::new()).set_width(width);
    table.set_content_arrangement(ContentArrangement::Dynamic).add_row([text]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

pub(super) fn dim(line: &str, color: bool) -> String {
    if color { styled(line, "2") } else { line.to_owned() }
}

fn styled(line: &str, code: &str) -> String {
    format!("\u{1b}[{code}m{line}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn at(analysis: &CostAnalysis, width: u16) -> String {
        table(analysis, &Terminal { width: Some(width), color: false })
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for analysis in
            [fixture::analysis(), fixture::wide(1), fixture::wide(9), fixture::hostile(), fixture::many(30)]
        {
            for width in 40..=200 {
                let text = at(&analysis, width);
                for line in text.lines() {
                    assert!(line.chars().count() <= usize::from(width), "{width}: {line:?}");
                }
                for title in ["route", "requests", "cost"] {
                    assert!(text.contains(title), "{title} is missing at {width}:\n{text}");
                }
                assert!(text.contains("total"));
            }
        }
    }

    #[test]
    fn figures_are_whole_at_every_width() {
        let analysis = fixture::wide(9);
        for width in 40..=200 {
            let text = at(&analysis, width);
            assert!(text.contains("12,345,678"), "{text}");
            assert!(text.lines().all(|line| !line.ends_with('…')), "{text}");
        }
    }

    #[test]
    fn a_pipe_gets_everything_uncut() {
        let text = table(&fixture::wide(9), &Terminal::default());
        let route = fixture::wide(9).rows[0].values.last().cloned().flatten().unwrap();
        assert!(text.contains(&route));
        for title in ["account", "method", "integration p99 ms", "undetermined", "cost low"] {
            assert!(text.contains(title), "{title}");
        }
        assert!(!text.contains('…') && !text.contains("not shown"));
    }

    #[test]
    fn a_long_route_does_not_push_the_measures_out() {
        let text = at(&fixture::wide(9), 120);
        assert!(text.contains("p95 ms") && text.contains("share") && text.contains('…'), "{text}");
        assert!(text.contains("every listed row: account 123456789012, region us-east-1"), "{text}");
        assert!(text.contains("not shown in this width: "), "{text}");
    }

    #[test]
    fn hostile_routes_are_inert() {
        for width in [None, Some(60), Some(200)] {
            let text = table(&fixture::hostile(), &Terminal { width, color: false });
            assert!(text.chars().all(|character| character == '\n' || !character.is_control()), "{text:?}");
            assert!(!text.contains('\u{202e}'));
            assert!(text.contains("\\u{1b}"), "{text}");
        }
        assert!(table(&fixture::hostile(), &Terminal { width: None, color: true }).contains("\u{1b}[1m"));
        assert!(!table(&fixture::hostile(), &Terminal { width: None, color: true }).contains("\u{1b}[2J"));
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        for width in [None, Some(60), Some(120)] {
            let colored = table(&fixture::analysis(), &Terminal { width, color: true });
            let parts = colored.split('\u{1b}').enumerate();
            let bare: String = parts
                .map(|(index, part)| if index == 0 { part } else { part.split_once('m').unwrap().1 })
                .collect();
            assert_eq!(bare, table(&fixture::analysis(), &Terminal { width, color: false }));
        }
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        let text = at(&fixture::unpriced(), 100);
        assert!(text.contains("cost unknown"));
        assert!(!text.contains("0.00"), "{text}");
        assert!(
            text.contains(
                "not priced: 1,000 requests of rest_requests of account 111122223333 in eu-south-2"
            )
        );
    }
}
