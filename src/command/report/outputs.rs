//! Where a report goes, and in which form: by the ending of a file, by the template, or as it was typed.

use std::fs;
use std::path::{Path, PathBuf};

use gwcost_core::text::did_you_mean;

use super::super::CommandError;
use crate::cli::ReportForm;

/// Templates by the names that people type: the page that each makes, by ending.
const TEMPLATES: [(&str, &[(&str, &str)]); 5] = [
    ("monthly", &[("html", "report.html"), ("md", "report.md")]),
    ("executive", &[("html", "executive.html")]),
    ("pull-request", &[("md", "pull-request.md")]),
    ("slack", &[("json", "slack.json")]),
    ("email", &[("html", "email.html")]),
];

/// Endings that a report can have, as they are chosen for a folder.
const FORMS: [(&str, ReportForm); 5] = [
    ("html", ReportForm::Html),
    ("md", ReportForm::Md),
    ("json", ReportForm::Json),
    ("txt", ReportForm::Txt),
    ("csv", ReportForm::Csv),
];

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A template of this name.
    Page(String),
    /// The documents of all parts.
    Json,
    /// The endpoints.
    Csv,
    /// Plain text.
    Text,
}

/// Where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// Standard output.
    Stdout,
}

/// What pages are made of.
pub struct Template {
    /// A template's name for each ending that it makes.
    pages: Vec<(String, String)>,
    /// The user's own template, if it is one: its name and its text.
    pub own: Option<(String, String)>,
}

impl Template {
    /// Finds what was typed: a name, or a file.
    pub fn find(typed: &str) -> Result<Template, CommandError> {
        if let Some((_, pages)) = TEMPLATES.into_iter().find(|(name, _)| *name == typed) {
            let pages =
                pages.iter().map(|(ending, name)| ((*ending).to_owned(), (*name).to_owned())).collect();
            return Ok(Template { pages, own: None });
        }
        let path = Path::new(typed);
        let known = ["html", "md", "json", "txt"];
        match path.extension().and_then(|ending| ending.to_str()) {
            Some(ending) if known.contains(&ending) => {
                let text = fs::read_to_string(path).map_err(CommandError::file(path))?;
                // Escaping follows the ending of the name, which is all that is kept of the path.
                let name = format!("own-template.{ending}");
                Ok(Template { pages: vec![(ending.to_owned(), name.clone())], own: Some((name, text)) })
            }
            _ => {
                let names = TEMPLATES.map(|(name, _)| name);
                let problem = format!(
                    "unknown template {typed:?}: expected {}, or a file that ends in .html, .md, .json or .txt{}",
                    names.join(", "),
                    did_you_mean(typed, names)
                );
                Err(CommandError::flag("--template")(problem))
            }
        }
    }

    /// The endings of the pages that it makes.
    fn endings(&self) -> Vec<&str> {
        self.pages.iter().map(|(ending, _)| ending.as_str()).collect()
    }

    fn form(&self, ending: &str) -> Option<Form> {
        let ending = match ending {
            "htm" => "html",
            "markdown" => "md",
            other => other,
        };
        let page = self.pages.iter().find(|(of, _)| of == ending).map(|(_, name)| Form::Page(name.clone()));
        page.or(match ending {
            "json" => Some(Form::Json),
            "csv" => Some(Form::Csv),
            "txt" => Some(Form::Text),
            _ => None,
        })
    }
}

/// What is written where, in order.
pub fn outputs(
    typed: &[PathBuf],
    format: Option<ReportForm>,
    template: &Template,
    name: &str,
) -> Result<Vec<(Place, Form)>, CommandError> {
    let of_format = |form: ReportForm| {
        let ending = FORMS.into_iter().find(|(_, of)| *of == form).map_or("txt", |(ending, _)| ending);
        let found = template.form(ending).map(|form| (ending, form));
        found.ok_or_else(|| wrong_ending(ending, template))
    };
    let chosen = format.map(of_format).transpose()?;
    if typed.is_empty() {
        let (ending, form) = match chosen {
            Some(chosen) => chosen,
            None => first(template)?,
        };
        // What a template other than a page makes is for a program that stands behind.
        let place = match ending {
            "html" => Place::File(PathBuf::from(format!("{name}.html"))),
            _ => Place::Stdout,
        };
        return Ok(vec![(place, form)]);
    }
    let mut outputs = Vec::new();
    for path in typed {
        if path.as_os_str() == "-" {
            let form = chosen.clone().map_or(Form::Text, |(_, form)| form);
            let form = match (format, template.pages.first()) {
                // A template says what it makes.
                (None, Some((_, page))) if page != "report.html" => Form::Page(page.clone()),
                _ => form,
            };
            outputs.push((Place::Stdout, form));
        } else if path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/') {
            fs::create_dir_all(path).map_err(CommandError::file(path))?;
            for (ending, _) in FORMS {
                let Some(form) = template.form(ending) else { continue };
                if chosen.as_ref().is_none_or(|(of, _)| *of == ending) {
                    outputs.push((Place::File(path.join(format!("{name}.{ending}"))), form));
                }
            }
        } else {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let form = template.form(ending).ok_or_else(|| CommandError::Flag {
                flag: "--output",
                problem: format!("{}: {}", path.display(), expected(template)),
            })?;
            outputs.push((Place::File(path.clone()), form));
        }
    }
    if outputs.iter().filter(|(place, _)| *place == Place::Stdout).count() > 1 {
        return Err(CommandError::flag("--output")(
            "- is there twice: standard output takes one form".to_owned(),
        ));
    }
    Ok(outputs)
}

fn first(template: &Template) -> Result<(&'static str, Form), CommandError> {
    let ending = template.pages.first().map_or("html", |(ending, _)| ending.as_str());
    let known = FORMS.into_iter().find(|(of, _)| *of == ending).map_or("html", |(ending, _)| ending);
    template.form(known).map(|form| (known, form)).ok_or_else(|| wrong_ending(known, template))
}

fn wrong_ending(ending: &str, template: &Template) -> CommandError {
    CommandError::flag("--format")(format!("{ending}: {}", expected(template)))
}

fn expected(template: &Template) -> String {
    let mut endings: Vec<&str> = template.endings();
    endings.extend(["json", "csv", "txt"].into_iter().filter(|ending| !template.endings().contains(ending)));
    let endings: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
    let (last, others) = endings.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
    format!("expected a file that ends in {} or {last}", others.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(typed: &[&str], format: Option<ReportForm>, template: &str) -> Vec<(Place, Form)> {
        let typed: Vec<PathBuf> = typed.iter().map(PathBuf::from).collect();
        outputs(&typed, format, &Template::find(template).unwrap(), "october").unwrap()
    }

    fn page(name: &str) -> Form {
        Form::Page(name.to_owned())
    }

    #[test]
    fn the_ending_chooses_the_form_and_the_template_the_page() {
        assert_eq!(of(&["a.md"], None, "monthly"), [(Place::File("a.md".into()), page("report.md"))]);
        assert_eq!(of(&["a.json"], None, "monthly"), [(Place::File("a.json".into()), Form::Json)]);
        assert_eq!(of(&["a.json"], None, "slack"), [(Place::File("a.json".into()), page("slack.json"))]);
        assert_eq!(of(&["-"], None, "monthly"), [(Place::Stdout, Form::Text)]);
        assert_eq!(of(&["-"], Some(ReportForm::Html), "email"), [(Place::Stdout, page("email.html"))]);
        assert_eq!(of(&["-"], None, "pull-request"), [(Place::Stdout, page("pull-request.md"))]);
        assert_eq!(of(&[], None, "pull-request"), [(Place::Stdout, page("pull-request.md"))]);
        assert_eq!(of(&[], None, "monthly"), [(Place::File("october.html".into()), page("report.html"))]);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of(&[folder.path().to_str().unwrap()], None, "monthly").len(), 5);
    }

    #[test]
    fn what_cannot_be_written_says_what_can() {
        let template = Template::find("pull-request").unwrap();
        let error = outputs(&["a.html".into()], None, &template, "x").unwrap_err().to_string();
        assert!(error.contains("a.html: expected a file that ends in .md, .json, .csv or .txt"), "{error}");
        let error = Template::find("monthli").err().unwrap().to_string();
        assert!(error.contains("did you mean \"monthly\"?"), "{error}");
        let twice = outputs(&["-".into(), "-".into()], None, &template, "x");
        assert!(twice.is_err());
    }
}
