//! Pages from templates: a view and tera, with everything escaped for the format of the page.
//!
//! Escaping is decided by the name of the page that is rendered: HTML for `.html` and `.svg`,
//! Markdown for `.md`, a JSON string's for `.json`, none for other names. A template cannot forget it; `| safe` is the only way
//! around. In Markdown `| code` makes a code span, and `| code_cell` one in a table.

use std::io::{self, Write};

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera, Value};

use super::markdown;

/// Renders one of the templates, given as names and texts; they may include one another.
///
/// # Errors
/// A template that cannot be read, an unknown name, or a value that the view does not have.
pub fn render(
    view: &impl Serialize,
    template_name: &str,
    templates: &[(String, String)],
) -> Result<String, tera::Error> {
    let mut tera = Tera::default();
    tera.autoescape_on([".html", ".svg", ".md", ".json"]);
    if template_name.ends_with(".md") {
        tera.set_escape_fn(escape_markdown);
    } else if template_name.ends_with(".json") {
        tera.set_escape_fn(escape_json);
    }
    tera.register_filter("code", |text: &str, _: Kwargs, _: &State| {
        Value::safe_string(&markdown::code(text))
    });
    tera.register_filter("code_cell", |text: &str, _: Kwargs, _: &State| {
        Value::safe_string(&markdown::code_cell(text))
    });
    tera.add_raw_templates(templates.iter().map(|(name, text)| (name.as_str(), text.as_str())))?;
    tera.render(template_name, &Context::from_serialize(view)?)
}

fn escape_markdown(text: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(markdown::escape(text).as_bytes())
}

/// What stands between the quotes of a JSON string. Slack reads `&`, `<` and `>` in it as its own markup.
fn escape_json(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quoted = serde_json::to_string(&text)?;
    out.write_all(quoted.get(1..quoted.len() - 1).unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{CostAnalysis, Measures};
    use crate::report::{View, fixture};

    fn templates() -> Vec<(String, String)> {
        [
            ("report.html", include_str!("../../templates/report.html")),
            ("report.md", include_str!("../../templates/report.md")),
            ("section.html", include_str!("../../templates/section.html")),
            ("section.md", include_str!("../../templates/section.md")),
            ("executive.html", include_str!("../../templates/executive.html")),
            ("email.html", include_str!("../../templates/email.html")),
            ("pull-request.md", include_str!("../../templates/pull-request.md")),
            ("slack.json", include_str!("../../templates/slack.json")),
            ("bars.svg", include_str!("../../templates/bars.svg")),
            ("heat.svg", include_str!("../../templates/heat.svg")),
            ("daily-chart.svg", include_str!("../../templates/daily-chart.svg")),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .to_vec()
    }

    fn page(analysis: &CostAnalysis, name: &str) -> String {
        render(&View::new(analysis, "gwcost report --month 2026-10"), name, &templates()).unwrap()
    }

    #[test]
    fn every_template_renders_every_analysis() {
        let empty = {
            let mut analysis = fixture::many(1);
            analysis.rows.clear();
            analysis.total = Measures::default();
            analysis
        };
        for analysis in [
            fixture::analysis(),
            fixture::covered(),
            fixture::unpriced(),
            fixture::hostile(),
            fixture::wide(3),
            fixture::many(60),
            empty,
        ] {
            assert!(page(&analysis, "report.html").trim_end().ends_with("</html>"));
            assert!(page(&analysis, "report.md").starts_with("# "));
            assert!(page(&analysis, "executive.html").trim_end().ends_with("</html>"));
            assert!(page(&analysis, "email.html").trim_end().ends_with("</html>"));
            assert!(page(&analysis, "pull-request.md").starts_with("### "));
            let slack: serde_json::Value = serde_json::from_str(&page(&analysis, "slack.json")).unwrap();
            assert!(slack["blocks"].as_array().is_some_and(|blocks| blocks.len() > 3));
        }
        assert!(page(&fixture::analysis(), "daily-chart.svg").trim_start().starts_with("<svg"));
    }

    #[test]
    fn a_page_needs_nothing_from_anywhere_and_runs_nothing() {
        let html = page(&fixture::hostile(), "report.html");
        for forbidden in
            ["<script", "javascript:alert", "<link", "<img", "@import", "url(", "src=", "onload", "onclick"]
        {
            assert!(!html.to_lowercase().contains(forbidden), "{forbidden}");
        }
        assert!(html.contains("default-src 'none'"));
    }

    #[test]
    fn hostile_routes_are_inert() {
        let html = page(&fixture::hostile(), "report.html");
        assert!(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"));
        let markdown = page(&fixture::hostile(), "report.md");
        for text in [&html, &markdown] {
            assert!(text.chars().all(|character| character == '\n' || !character.is_control()));
            assert!(!text.contains('\u{202e}') && !text.contains('\u{200b}'));
            assert!(text.contains("{{ 7*7 }}"), "a value is not a template");
        }
        assert!(
            markdown.lines().any(|line| line.contains("``/\\u{1b}[2J") && line.starts_with("| ")),
            "{markdown}"
        );
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        for name in ["report.html", "report.md"] {
            let text = page(&fixture::unpriced(), name);
            assert!(text.contains("cost unknown") || text.contains("Cost unknown"), "{text}");
            assert!(!text.contains("$0.00"), "{text}");
            assert!(text.contains("no rate card has a rate for this region"));
        }
    }

    #[test]
    fn a_missing_template_or_value_is_an_error() {
        let view = View::new(&fixture::analysis(), "gwcost report");
        assert!(render(&view, "report.pdf", &templates()).is_err());
        assert!(render(&view, "a.html", &[("a.html".to_owned(), "{{ no_such_value }}".to_owned())]).is_err());
    }
}
