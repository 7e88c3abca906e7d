//! A format proposed from lines alone, with how sure it is and what the lines leave open.
//!
//! JSON is read by its keys, and a key's meaning must fit all of its values; other lines are tried
//! with every preset. A proposal is certain only if nothing else could be meant.

use std::collections::HashMap;
use std::fmt;

use super::alias::{Field, adopt_recommended, plausible_integer, plausible_text, settle};
use super::field::{IntegerField, Sink, TextField};
use super::json::{Leaf, scan};
use super::preset::Preset;
use super::reader::{Reader, Scratch};
use super::template::{Template, TemplateError, describe};
use super::variable::Target;
use crate::model::{ApiKind, split_route_key};

/// How sure a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Nothing else could be meant.
    Certain,
    /// Keys or lines are left that are not understood, or names were only similar.
    Likely,
    /// Something can mean several things.
    Ambiguous,
}

impl fmt::Display for Certainty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Certainty::Certain => "certain",
            Certainty::Likely => "likely",
            Certainty::Ambiguous => "ambiguous",
        })
    }
}

/// A key of JSON lines and what it may stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessedField {
    /// The key, with those of the objects around it: `identity.sourceIp`.
    pub key: String,
    /// The variables that fit, the one that stands in the proposal first; none if it is unknown.
    pub candidates: Vec<String>,
    /// How sure the first one is.
    pub certainty: Certainty,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The format string.
    pub format: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// The presets that print such lines.
    pub presets: Vec<Preset>,
    /// The kinds of API that could have written the lines.
    pub kinds: Vec<ApiKind>,
    /// The keys of JSON lines.
    pub fields: Vec<GuessedField>,
    /// Lines that were looked at.
    pub lines: usize,
    /// Lines that the proposal reads.
    pub read: usize,
    /// Lines with other keys than most, or that are no JSON where most are.
    pub other: usize,
}

/// Lines from which no format can be proposed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuessError {
    /// There is none.
    #[error("no lines: expected at least one line of an access log")]
    NoLines,
    /// No preset reads them, and they are no JSON with known keys.
    #[error(
        "no format can be proposed for {lines} lines: expected JSON with keys named after `$context` variables, \
         or lines of a preset"
    )]
    NotRecognised {
        /// How many were tried.
        lines: usize,
    },
    /// What the keys make is no format.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// Proposes a format for lines, without their line ends; empty ones are passed over.
///
/// # Errors
/// [`GuessError`] when nothing in the lines is understood.
pub fn guess(lines: &[&str]) -> Result<Guess, GuessError> {
    let lines: Vec<&str> = lines.iter().copied().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return Err(GuessError::NoLines);
    }
    let scanned: Vec<(&str, Vec<Leaf>)> = lines
        .iter()
        .filter_map(|line| Some((*line, scan(line)?)))
        .filter(|(_, leaves)| !leaves.is_empty())
        .collect();
    if scanned.len() * 2 > lines.len() { by_keys(&lines, &scanned) } else { by_presets(&lines) }
}

fn by_keys(lines: &[&str], scanned: &[(&str, Vec<Leaf>)]) -> Result<Guess, GuessError> {
    let (skeleton, alike) = most_common(scanned);
    let Some((text, leaves)) = skeleton else { return Err(GuessError::NotRecognised { lines: lines.len() }) };
    let mut fields: Vec<Field> = Vec::with_capacity(leaves.len());
    for (index, leaf) in leaves.iter().enumerate() {
        let occurrence = leaves[..index].iter().filter(|other| other.path == leaf.path).count();
        let values: Vec<(&str, bool)> = alike
            .iter()
            .filter_map(|(line, leaves)| {
                let other = leaves.iter().filter(|other| other.path == leaf.path).nth(occurrence)?;
                Some((&line[other.start..other.end], other.quoted))
            })
            .collect();
        fields.push(Field::new(leaf, &values));
    }
    settle(&mut fields);
    adopt_recommended(&mut fields);

    let mut format = String::with_capacity(text.len() * 2);
    let mut at = 0;
    for (leaf, field) in leaves.iter().zip(&fields) {
        let (start, end) = match (field.escaped, field.own_quotes && leaf.quoted) {
            (true, _) => (leaf.start + 2, leaf.end - 2),
            (_, true) => (leaf.start - 1, leaf.end + 1),
            _ => (leaf.start, leaf.end),
        };
        format.push_str(&text[at..start]);
        format.push_str("$context.");
        format.push_str(field.name());
        at = end;
    }
    format.push_str(&text[at..]);

    if !fields.iter().any(|field| is_kept(field.name())) {
        return Err(GuessError::NotRecognised { lines: lines.len() });
    }
    let template = Template::parse(&format)?;
    let read = count_read(&Reader::new(&template), None, lines);
    let other = lines.len() - alike.len();
    let presets: Vec<Preset> =
        Preset::ALL.into_iter().filter(|preset| prints(*preset, &template)).take(1).collect();
    let kinds = match presets.first() {
        Some(preset) => vec![preset.kind()],
        None => ApiKind::ALL
            .into_iter()
            .filter(|kind| fields.iter().all(|field| field.offered_by(*kind)))
            .collect(),
    };
    let doubt = if read < lines.len() || other > 0 { Certainty::Likely } else { Certainty::Certain };
    let certainty = fields.iter().map(|field| field.certainty).fold(doubt, Ord::max);
    let fields = fields
        .into_iter()
        .map(|field| GuessedField {
            key: field.key,
            candidates: field.candidates,
            certainty: field.certainty,
        })
        .collect();
    Ok(Guess { format, certainty, presets, kinds, fields, lines: lines.len(), read, other })
}

type Scanned<'s, 'l> = &'s (&'l str, Vec<Leaf>);

/// The first line of those with the most common keys, and all of those.
fn most_common<'s, 'l>(
    scanned: &'s [(&'l str, Vec<Leaf>)],
) -> (Option<Scanned<'s, 'l>>, Vec<Scanned<'s, 'l>>) {
    let mut shapes: HashMap<Vec<&str>, Vec<Scanned<'s, 'l>>> = HashMap::new();
    for line in scanned {
        let mut keys: Vec<&str> = line.1.iter().map(|leaf| leaf.path.as_str()).collect();
        keys.sort_unstable();
        shapes.entry(keys).or_default().push(line);
    }
    // Of equally common ones the one with more keys, so that the choice is always the same.
    let most = shapes.into_iter().max_by(|(keys, lines), (other_keys, other)| {
        (lines.len(), keys.len(), keys).cmp(&(other.len(), other_keys.len(), other_keys))
    });
    most.map_or_else(|| (None, Vec::new()), |(_, lines)| (lines.first().copied(), lines))
}

fn is_kept(name: &str) -> bool {
    !matches!(describe(name).1, Target::Dropped | Target::Unknown)
}

/// Whether a preset prints the same variables.
fn prints(preset: Preset, template: &Template) -> bool {
    let same =
        |format: &&str| Template::parse(format).is_ok_and(|other| other.variables().eq(template.variables()));
    preset.formats().iter().any(same)
}

fn by_presets(lines: &[&str]) -> Result<Guess, GuessError> {
    let mut best: Vec<(Preset, usize)> = Vec::new();
    for preset in Preset::ALL {
        let read = count_read(&preset.reader()?, Some(preset.kind()), lines);
        let most = best.first().map_or(1, |(_, most)| *most);
        if read > most {
            best.clear();
        }
        if read >= most {
            best.push((preset, read));
        }
    }
    // Most of the lines must be read, or it is another format.
    let most = best.first().map_or(0, |(_, read)| *read);
    if most * 2 <= lines.len() {
        return Err(GuessError::NotRecognised { lines: lines.len() });
    }
    let mut found: Vec<(Preset, Template)> = Vec::new();
    for (preset, _) in best {
        let template = best_variant(preset, lines)?;
        // Presets of different tools print the same.
        if !found.iter().any(|(_, known)| known.variables().eq(template.variables())) {
            found.push((preset, template));
        }
    }
    let certainty = match (found.len(), most == lines.len()) {
        (1, true) => Certainty::Certain,
        (1, false) => Certainty::Likely,
        _ => Certainty::Ambiguous,
    };
    let format = found.first().map_or_else(String::new, |(_, template)| template.source().to_owned());
    let presets: Vec<Preset> = found.iter().map(|(preset, _)| *preset).collect();
    let mut kinds: Vec<ApiKind> = presets.iter().map(|preset| preset.kind()).collect();
    kinds.dedup();
    let other = lines.len() - most;
    Ok(Guess { format, certainty, presets, kinds, fields: Vec::new(), lines: lines.len(), read: most, other })
}

/// The variant of a preset that reads most lines.
fn best_variant(preset: Preset, lines: &[&str]) -> Result<Template, TemplateError> {
    let mut best: Option<(usize, Template)> = None;
    for format in preset.formats() {
        let template = Template::parse(format)?;
        let read = count_read(&Reader::new(&template), Some(preset.kind()), lines);
        if best.as_ref().is_none_or(|(most, _)| read > *most) {
            best = Some((read, template));
        }
    }
    best.map(|(_, template)| template).ok_or(TemplateError::NoVariable)
}

/// How many lines a reader reads to values that look like their fields.
fn count_read(reader: &Reader, kind: Option<ApiKind>, lines: &[&str]) -> usize {
    let mut scratch = Scratch::default();
    let mut count = 0;
    for line in lines {
        let mut looks = Looks { kind, right: true };
        count += usize::from(reader.read(line, &mut scratch, &mut looks).is_ok() && looks.right);
    }
    count
}

/// Whether all values of a line look like their fields.
struct Looks {
    kind: Option<ApiKind>,
    right: bool,
}

impl<'line> Sink<'line> for Looks {
    fn text(&mut self, field: TextField, value: &'line str) {
        // A resource of a REST API would pass as a route key of an HTTP API.
        let is_http_route = || value == "$default" || split_route_key(value).0.is_some();
        let http_route = field == TextField::RouteKey && self.kind == Some(ApiKind::Http);
        self.right &= plausible_text(field, value) && (!http_route || is_http_route());
    }

    fn integer(&mut self, field: IntegerField, value: i64) {
        self.right &= plausible_integer(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_format::suggest;

    fn rendered(format: &str, unset: bool) -> String {
        let mut line = Vec::new();
        let all = |name: &str| match name {
            "requestTime" => "17/Oct/2026:10:05:03 +0000",
            "requestTimeEpoch" | "connectedAt" => "1792231503123",
            "accountId" | "identity.accountId" => "111122223333",
            "httpMethod" => "GET",
            "path" | "resourcePath" => "/pets",
            "routeKey" => "GET /pets",
            "identity.sourceIp" => "192.0.2.7",
            "eventType" => "CONNECT",
            "error.responseType" => "THROTTLED",
            "protocol" => "HTTP/1.1",
            "wafResponseCode" => "WAF_ALLOW",
            "isCanaryRequest" => "true",
            "integration.responseTransferMode" => "BUFFERED",
            "identity.vpceId" => "vpce-1",
            _ => "200",
        };
        Template::parse(format).unwrap().render(&mut line, |_, name, out| {
            let rare = name.starts_with("integration") || name.starts_with("error");
            if unset && rare {
                return false;
            }
            out.extend_from_slice(all(name).as_bytes());
            true
        });
        String::from_utf8(line).unwrap()
    }

    fn guessed(format: &str) -> Guess {
        let lines = [rendered(format, false), rendered(format, true)];
        guess(&[&lines[0], "", &lines[1]]).unwrap()
    }

    #[test]
    fn presets_and_recommended_formats_are_certain() {
        let meaning = |format: &str| -> Vec<Target> {
            Template::parse(format).unwrap().variables().map(|name| describe(name).1).collect()
        };
        for preset in Preset::ALL {
            let of_console =
                ["rest-", "http-", "websocket-"].iter().any(|kind| preset.name().starts_with(kind));
            for format in preset.formats() {
                let found = guessed(format);
                assert!(!of_console || found.certainty == Certainty::Certain, "{preset}");
                if found.certainty == Certainty::Certain {
                    // Some variables have two names for one meaning.
                    assert_eq!((meaning(&found.format), found.read), (meaning(format), 2), "{format}");
                }
                // Two names may stand for one format, but not for two kinds of API.
                let kinds: Vec<ApiKind> = found.presets.iter().map(|found| found.kind()).collect();
                assert!(
                    (!of_console || !kinds.is_empty()) && kinds.iter().all(|kind| *kind == preset.kind()),
                    "{format}"
                );
            }
        }
        for kind in ApiKind::ALL {
            let found = guessed(&suggest(kind));
            assert_eq!((found.format, found.certainty), (suggest(kind), Certainty::Certain));
            assert_eq!(found.kinds, [kind]);
        }
    }

    #[test]
    fn json_of_any_shape_is_read_by_its_keys() {
        for (format, certainty) in [
            (r#"{ "time": $context.requestTimeEpoch,"request_id":"$context.requestId" }"#, Certainty::Likely),
            (r#"{"requestTime":$context.requestTimeEpoch,"status":$context.status}"#, Certainty::Certain),
            (r#"{"requestTime":"\"$context.requestTime\"","path":"\"$context.path\""}"#, Certainty::Certain),
            (
                r#"{"context":{"identity":{"sourceIP":"$context.identity.sourceIp"},"stage":"$context.stage"}}"#,
                Certainty::Certain,
            ),
            (
                r#"{"error.responseType":"$context.error.responseType","error.responseType":"$context.error.responseType"}"#,
                Certainty::Certain,
            ),
            (r#"{"status":"$context.status","colour":"$context.unknown.colour"}"#, Certainty::Likely),
            (
                r#"{"integrationStatus":"$context.integrationStatus","status":"$context.status"}"#,
                Certainty::Ambiguous,
            ),
            (
                r#"{"accountId":"$context.accountId","identityAccountId":"$context.identity.accountId"}"#,
                Certainty::Likely,
            ),
        ] {
            let found = guessed(format);
            assert_eq!((found.format.as_str(), found.certainty, found.read), (format, certainty, 2));
        }
    }

    #[test]
    fn a_message_that_brings_its_own_quotes_is_recognised() {
        let lines =
            [r#"{"status":"200","messageString":-}"#, r#"{"status":"429","messageString":"Too Many"}"#];
        for lines in [lines, [lines[1], lines[0]]] {
            let found = guess(&lines).unwrap();
            assert_eq!(
                found.format,
                r#"{"status":"$context.status","messageString":$context.error.messageString}"#
            );
            assert_eq!((found.certainty, found.read), (Certainty::Certain, 2));
        }
    }

    #[test]
    fn what_lines_leave_open_is_never_certain() {
        let certainty = |lines: &[&str]| guess(lines).map(|found| found.certainty);
        // No route matched: both kinds of API print this.
        let line = r#"192.0.2.7 - - [17/Oct/2026:10:05:03 +0000] "GET - HTTP/1.1" 403 23 id"#;
        assert_eq!(certainty(&[line]), Ok(Certainty::Ambiguous));
        let known = r#"{"requestId":"a","status":"200"}"#;
        assert_eq!(certainty(&[known]), Ok(Certainty::Certain));
        for other in [r#"{"requestId":"a"}"#, "START", r#"{"requestId":"a","status":"200","x":"y"}"#] {
            assert_eq!(certainty(&[known, known, other]), Ok(Certainty::Likely), "{other}");
        }
        assert_eq!(certainty(&[r#"{"status":"OK","requestId":"a"}"#]), Ok(Certainty::Likely));
        assert_eq!(certainty(&[r#"{"status":"200","apiKeyId":null}"#]), Ok(Certainty::Likely));
        assert_eq!(certainty(&[r#"{"apiKey":"abcdefghij","status":"200"}"#]), Ok(Certainty::Ambiguous));
        assert_eq!(guess(&["", " "]), Err(GuessError::NoLines));
        for line in ["hello", r#"{"level":"info"}"#, "{", "{}", "192.0.2.7 GET /"] {
            assert_eq!(guess(&[line]), Err(GuessError::NotRecognised { lines: 1 }), "{line}");
        }
    }
}
