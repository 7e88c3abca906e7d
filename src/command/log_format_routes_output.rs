//! A survey of routes as people, programs and `gwcost.toml` read it.

use gwcost_core::text::grouped;
use serde::Serialize;

use super::CommandError;
use super::log_format::json;
use super::output::{say, to_stdout};
use crate::analysis::{RouteOrigin, RouteVariable, Suggestion, Survey, SurveyedApi, SurveyedRoute};
use crate::cli::RoutesFormat;

const SCHEMA: &str = "gwcost/log-format-routes/1";

/// What is said where there is nothing to show.
const NOTHING: &str = "no request has a route made from its path";

/// Prints a survey.
pub fn print(survey: &Survey, format: RoutesFormat) -> Result<(), CommandError> {
    if survey.uncounted > 0 {
        say(&format!(
            "{} requests have a path that is too long, or of too many routes: they are counted here only",
            grouped(survey.uncounted)
        ));
    }
    match format {
        RoutesFormat::Table => to_stdout(|out| out.write_all(table(survey).as_bytes())),
        RoutesFormat::Toml => to_stdout(|out| out.write_all(patterns(survey).as_bytes())),
        RoutesFormat::Json => json(&Found {
            schema: SCHEMA,
            requests: survey.apis.iter().map(|of_api| of_api.requests).sum::<u64>() + survey.uncounted,
            requests_uncounted: survey.uncounted,
            apis: survey.apis.iter().map(FoundApi::new).collect(),
        }),
    }
}

fn table(survey: &Survey) -> String {
    if survey.apis.is_empty() {
        return format!("{NOTHING}\n");
    }
    let mut text = String::new();
    for of_api in &survey.apis {
        text += &format!(
            "{}: {} requests have a route made from their path, {} routes\n",
            if of_api.api.is_empty() {
                "API not known".to_owned()
            } else {
                format!("API {}", inert(&of_api.api))
            },
            grouped(of_api.requests),
            grouped(of_api.routes_found as u64)
        );
        text += &rows(&of_api.routes);
        let left = of_api.routes_found - of_api.routes.len();
        if left > 0 {
            text += &format!("and {} routes with fewer requests: --most shows more\n", grouped(left as u64));
        }
        for (index, found) in of_api.suggestions.iter().enumerate() {
            if index == 0 {
                text += "\nthese look like identifiers that are not recognised:\n";
            }
            text += &suggestion(found);
        }
        text.push('\n');
    }
    text + &patterns(survey)
}

/// Routes in columns.
fn rows(routes: &[SurveyedRoute]) -> String {
    let mut cells = vec![["requests", "route", "values", "example"].map(str::to_owned)];
    cells.extend(routes.iter().map(|found| {
        let folded = if found.origin == RouteOrigin::Folded { " (folded)" } else { "" };
        let values: Vec<String> = found.variables.iter().map(values).collect();
        let route = format!("{}{folded}", inert(&found.route));
        [grouped(found.requests), route, values.join(", "), inert(&found.example)]
    }));
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (requests, route, values) = (width(0), width(1), width(2));
    let line = |row: &[String; 4]| {
        format!("{:>requests$}  {:<route$}  {:<values$}  {}\n", row[0], row[1], row[2], row[3])
    };
    cells.iter().map(line).collect()
}

fn values(variable: &RouteVariable) -> String {
    format!("{} {}", inert(&variable.name), counted(variable.values, variable.more))
}

fn counted(values: usize, more: bool) -> String {
    format!("{}{}", grouped(values as u64), if more { "+" } else { "" })
}

fn suggestion(found: &Suggestion) -> String {
    let list = |texts: &[String]| texts.iter().map(|text| inert(text)).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "{}: {} values in {} requests, as {}",
        inert(&found.pattern),
        counted(found.values, found.more),
        grouped(found.requests),
        list(&found.examples)
    );
    if !found.words.is_empty() {
        text += &format!("; too frequent for that: {}", list(&found.words));
    }
    text.push('\n');
    text
}

/// The patterns as they stand in `gwcost.toml`.
fn patterns(survey: &Survey) -> String {
    if survey.apis.is_empty() {
        return format!("# {NOTHING}\n");
    }
    let mut text =
        String::from("# For gwcost.toml: leave out what you do not want, and name variables as you like.\n");
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    for of_api in &survey.apis {
        if of_api.patterns.is_empty() {
            continue;
        }
        text += "[[routes]]\n";
        if !of_api.api.is_empty() {
            text += &format!("api = {}\n", quoted(&of_api.api));
        }
        text += "patterns = [\n";
        for pattern in &of_api.patterns {
            let found = of_api.suggestions.iter().find(|found| found.pattern == *pattern);
            let remark = found.map_or_else(String::new, |found| {
                format!("  # suggested: {} values", counted(found.values, found.more))
            });
            text += &format!("  {},{remark}\n", quoted(pattern));
        }
        text += "]\n";
    }
    text
}

/// Text from logs as it can be shown: what moves, colours or hides is written out.
fn inert(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '"' | '\'' | '\\' => shown.push(one),
            _ => shown.extend(one.escape_debug()),
        }
    }
    shown
}

/// The survey as programs read it.
#[derive(Serialize)]
struct Found<'a> {
    schema: &'static str,
    requests: u64,
    requests_uncounted: u64,
    apis: Vec<FoundApi<'a>>,
}

#[derive(Serialize)]
struct FoundApi<'a> {
    api: Option<&'a str>,
    requests: u64,
    routes_found: usize,
    routes: Vec<FoundRoute<'a>>,
    suggestions: Vec<FoundSuggestion<'a>>,
    patterns: &'a [String],
}

#[derive(Serialize)]
struct FoundRoute<'a> {
    route: &'a str,
    requests: u64,
    example: &'a str,
    origin: &'static str,
    variables: Vec<FoundVariable<'a>>,
}

#[derive(Serialize)]
struct FoundVariable<'a> {
    name: &'a str,
    values: usize,
    more: bool,
}

#[derive(Serialize)]
struct FoundSuggestion<'a> {
    pattern: &'a str,
    requests: u64,
    values: usize,
    more: bool,
    examples: &'a [String],
    words: &'a [String],
}

impl<'a> FoundApi<'a> {
    fn new(found: &'a SurveyedApi) -> FoundApi<'a> {
        FoundApi {
            api: Some(found.api.as_str()).filter(|api| !api.is_empty()),
            requests: found.requests,
            routes_found: found.routes_found,
            routes: found.routes.iter().map(FoundRoute::new).collect(),
            suggestions: found
                .suggestions
                .iter()
                .map(|found| FoundSuggestion {
                    pattern: &found.pattern,
                    requests: found.requests,
                    values: found.values,
                    more: found.more,
                    examples: &found.examples,
                    words: &found.words,
                })
                .collect(),
            patterns: &found.patterns,
        }
    }
}

impl<'a> FoundRoute<'a> {
    fn new(found: &'a SurveyedRoute) -> FoundRoute<'a> {
        let variables = found.variables.iter().map(|variable| FoundVariable {
            name: &variable.name,
            values: variable.values,
            more: variable.more,
        });
        FoundRoute {
            route: &found.route,
            requests: found.requests,
            example: &found.example,
            origin: found.origin.name(),
            variables: variables.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey() -> Survey {
        let route = |route: &str, requests, example: &str, values: &[usize]| SurveyedRoute {
            route: route.to_owned(),
            requests,
            example: example.to_owned(),
            origin: RouteOrigin::Path,
            variables: values
                .iter()
                .map(|values| RouteVariable {
                    name: "{id}".to_owned(),
                    values: *values,
                    more: *values == 1000,
                })
                .collect(),
        };
        Survey {
            apis: vec![SurveyedApi {
                api: "a1".to_owned(),
                requests: 1234,
                routes_found: 3,
                routes: vec![
                    route("/u/{id}/o/{id}", 1200, "/u/7/o/\u{1b}[2J", &[1000, 2]),
                    route("/health", 30, "/health", &[]),
                ],
                suggestions: vec![Suggestion {
                    pattern: "/p/{id}".to_owned(),
                    values: 51,
                    more: false,
                    requests: 60,
                    examples: vec!["red-hat".to_owned()],
                    words: vec!["search".to_owned()],
                }],
                patterns: vec!["/p/search".to_owned(), "/p/{id}".to_owned(), "/u/{id}/o/{id}".to_owned()],
            }],
            uncounted: 0,
        }
    }

    #[test]
    fn people_see_routes_suggestions_and_patterns() {
        let shown = table(&survey());
        let expected = "\
            API a1: 1,234 requests have a route made from their path, 3 routes\n\
            requests  route           values               example\n\
            \x20  1,200  /u/{id}/o/{id}  {id} 1,000+, {id} 2  /u/7/o/\\u{1b}[2J\n\
            \x20     30  /health                              /health\n\
            and 1 routes with fewer requests: --most shows more\n\n\
            these look like identifiers that are not recognised:\n\
            /p/{id}: 51 values in 60 requests, as red-hat; too frequent for that: search\n\n";
        assert_eq!(shown, format!("{expected}{}", patterns(&survey())));
    }

    #[test]
    fn the_patterns_are_toml_for_the_configuration() {
        let text = patterns(&survey());
        assert!(text.contains("  \"/p/{id}\",  # suggested: 51 values\n"), "{text}");
        let table: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(table["routes"][0]["api"].as_str(), Some("a1"));
        assert_eq!(table["routes"][0]["patterns"].as_array().unwrap().len(), 3);
        let none = Survey { apis: Vec::new(), uncounted: 0 };
        assert_eq!(patterns(&none), "# no request has a route made from its path\n");
        assert!(toml::from_str::<toml::Table>(&patterns(&none)).unwrap().is_empty());
    }
}
