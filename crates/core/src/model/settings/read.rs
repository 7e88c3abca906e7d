//! Snapshots from and to JSON, with errors that say where: the way inside the document, line and column.

use serde::Deserialize;

use super::{SCHEMA, Snapshot, check, place};
use crate::text::did_you_mean;

/// A text that is no snapshot of settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It is no JSON, or not an object.
    #[error("no snapshot of settings: {problem} ({at})")]
    Json {
        /// What is wrong.
        problem: String,
        /// Line and column.
        at: String,
    },
    /// It does not say that it is a snapshot of settings.
    #[error("no `schema` in it: not a snapshot of settings; expected \"schema\": {SCHEMA:?}")]
    NoSchema,
    /// It is something else, or of another version.
    #[error("schema {found:?} is not one that this version reads as settings: expected {SCHEMA:?}")]
    Schema {
        /// What it says.
        found: String,
    },
    /// A key that does not exist.
    #[error("unknown key {key:?} in {place}{at}: expected {known}{hint}")]
    Key {
        /// The key.
        key: String,
        /// The object that has it.
        place: String,
        /// The keys that exist.
        known: String,
        /// The nearest one.
        hint: String,
        /// Line and column.
        at: String,
    },
    /// A value that cannot be, or one that is not there.
    #[error("{place}{at}: {problem}")]
    Value {
        /// The way to the value, or to the object without it.
        place: String,
        /// What is wrong.
        problem: String,
        /// Line and column, where they are known.
        at: String,
    },
}

impl Snapshot {
    /// Reads a snapshot.
    ///
    /// # Errors
    /// [`SettingsError`] names the place and what would be accepted.
    pub fn from_json(text: &str) -> Result<Snapshot, SettingsError> {
        // Some editors begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // The schema comes first: a snapshot of another version has keys that this one does not know.
        match serde_json::from_str::<Header>(text) {
            Ok(Header { schema: Some(schema) }) if schema == SCHEMA => {}
            Ok(Header { schema: Some(found) }) => return Err(SettingsError::Schema { found }),
            Ok(Header { schema: None }) => return Err(SettingsError::NoSchema),
            Err(error) => return Err(json_error(&error)),
        }
        let snapshot: Snapshot = serde_json::from_str(text).map_err(|error| value_error(text, &error))?;
        check::check(&snapshot)?;
        Ok(snapshot)
    }

    /// The snapshot as an indented JSON document with a line end.
    ///
    /// # Errors
    /// [`SettingsError::Value`] for a time outside of the calendar.
    pub fn to_json(&self) -> Result<String, SettingsError> {
        match serde_json::to_string_pretty(self) {
            Ok(text) => Ok(text + "\n"),
            Err(error) => Err(SettingsError::Value {
                place: "the snapshot".to_owned(),
                problem: error.to_string(),
                at: String::new(),
            }),
        }
    }
}

/// What tells a snapshot from other documents.
#[derive(Deserialize)]
struct Header {
    schema: Option<String>,
}

fn json_error(error: &serde_json::Error) -> SettingsError {
    SettingsError::Json { problem: problem(error), at: at(error) }
}

fn at(error: &serde_json::Error) -> String {
    format!("line {} column {}", error.line(), error.column())
}

/// serde_json's words without the position that it adds.
fn problem(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let position = format!(" at {}", at(error));
    said.strip_suffix(&position).unwrap_or(&said).to_owned()
}

fn value_error(text: &str, error: &serde_json::Error) -> SettingsError {
    let said = problem(error);
    let way = place::path(text, place::offset(text, error.line(), error.column()));
    let position = format!(" ({})", at(error));
    let names: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
    match names.as_slice() {
        [key, known @ ..] if said.starts_with("unknown field ") => SettingsError::Key {
            key: (*key).to_owned(),
            // The way ends with the key itself.
            place: top(way.strip_suffix(key).map_or(way.as_str(), |way| way.trim_end_matches('.'))),
            known: known.join(", "),
            hint: did_you_mean(key, known.iter().copied()),
            at: position,
        },
        _ => SettingsError::Value { place: top(&way), problem: said, at: position },
    }
}

fn top(way: &str) -> String {
    if way.is_empty() { "the document".to_owned() } else { way.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(regions: &str) -> Result<Snapshot, String> {
        let text = format!(
            "{{\"schema\":\"gwcost/settings/1\",\n\"taken_at\":\"2026-10-31T06:00:00Z\",\n\"regions\":{regions}}}"
        );
        Snapshot::from_json(&text).map_err(|error| error.to_string())
    }

    const HERE: &str = r#""account":"111122223333","region":"us-east-1""#;

    #[test]
    fn a_minimal_snapshot_knows_nothing_rather_than_none() {
        let snapshot = read(&format!("[{{{HERE}}}]")).unwrap();
        assert_eq!(snapshot.taken_at_ms, 1_793_426_400_000);
        let region = snapshot.region("111122223333", "us-east-1").unwrap();
        assert_eq!((region.rest_apis.as_ref(), region.account_throttle.as_ref()), (None, None));
        let written = snapshot.to_json().unwrap();
        assert!(!written.contains("rest_apis"), "{written}");
        assert_eq!(Snapshot::from_json(&written).unwrap(), snapshot);
        let empty = read(&format!("[{{{HERE},\"rest_apis\":[]}}]")).unwrap();
        assert_eq!(empty.regions[0].rest_apis, Some(Vec::new()));
        assert!(empty.to_json().unwrap().contains("\"rest_apis\": []"));
    }

    #[test]
    fn unknown_keys_are_named_with_their_place_and_the_nearest_name() {
        let error =
            read(&format!("[{{{HERE},\n\"rest_apis\":[{{\"id\":\"a\",\"nmae\":\"x\"}}]}}]")).unwrap_err();
        assert!(error.contains("unknown key \"nmae\" in regions[0].rest_apis[0] (line 4 column"), "{error}");
        assert!(error.contains("did you mean \"name\"?"), "{error}");
        let error = Snapshot::from_json(
            r#"{"schema":"gwcost/settings/1","takenat":"x","taken_at":"2026-10-31T06:00:00Z","regions":[]}"#,
        );
        let error = error.unwrap_err().to_string();
        assert!(error.contains("unknown key \"takenat\" in the document"), "{error}");
    }

    #[test]
    fn wrong_values_are_named_with_their_place() {
        let stage = |stage: &str| {
            read(&format!(
                "[{{{HERE},\"rest_apis\":[{{\"id\":\"a\",\"name\":\"n\",\"stages\":[{stage}]}}]}}]"
            ))
            .unwrap_err()
        };
        let error = stage(r#"{"name":"prod","cache_cluster_size":"big"}"#);
        let place = "regions[0].rest_apis[0].stages[0].cache_cluster_size";
        assert!(error.starts_with(place) && error.contains("\"big\" is not a decimal"), "{error}");
        let error = stage(r#"{"name":"prod","method_settings":{"items/GTE":{}}}"#);
        assert!(error.contains(r#"stages[0].method_settings["items/GTE"]"#), "{error}");
        assert!(error.contains("did you mean \"GET\"?"), "{error}");
        let error = stage(r#"{"cache_cluster_enabled":true}"#);
        assert!(
            error.contains("rest_apis[0].stages[0]") && error.contains("missing field `name`"),
            "{error}"
        );
        let error = stage(r#"{"name":"prod","cache_cluster_status":"available"}"#);
        assert!(error.contains("expected \"AVAILABLE\""), "{error}");
        let error = stage(r#"{"name":"prod","tracing_enabled":"yes"}"#);
        assert!(error.contains("stages[0].tracing_enabled") && error.contains("a boolean"), "{error}");
        let error = stage(r#"{"name":"prod","created_at":"yesterday"}"#);
        assert!(error.contains("stages[0].created_at") && error.contains("2026-10-31T12:00:00Z"), "{error}");
    }

    #[test]
    fn other_documents_are_told_apart() {
        let error = |text: &str| Snapshot::from_json(text).unwrap_err();
        let newer = r#"{"schema":"gwcost/settings/2","taken_at":"x","new_key":1}"#;
        assert_eq!(error(newer), SettingsError::Schema { found: "gwcost/settings/2".to_owned() });
        assert_eq!(error(r#"{"items":[]}"#), SettingsError::NoSchema);
        for text in ["", "[]", "{", "{\"schema\":7}", "null", "{} {}"] {
            assert!(matches!(error(text), SettingsError::Json { .. }), "{text}: {}", error(text));
        }
        assert!(error("{\n\"schema\" \"x\"}").to_string().contains("line 2 column"));
        let marked =
            "\u{feff}{\"schema\":\"gwcost/settings/1\",\"taken_at\":\"2026-10-31T06:00:00Z\",\"regions\":[]}";
        assert!(Snapshot::from_json(marked).is_ok());
    }

    #[test]
    fn the_documented_example_is_a_snapshot_and_says_all_of_itself() {
        let document = include_str!("../../../../../docs/settings.md");
        let (_, rest) = document.split_once("```json\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let snapshot = Snapshot::from_json(example).unwrap();
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&snapshot.to_json().unwrap()), value(example));
        // Cut anywhere, or with a byte less, it is an error or another snapshot, never a panic.
        for cut in (0..example.trim_end().len()).filter(|cut| example.is_char_boundary(*cut)) {
            assert!(Snapshot::from_json(&example[..cut]).is_err(), "{cut}");
            if example.is_char_boundary(cut + 1) {
                let _ = Snapshot::from_json(&format!("{}{}", &example[..cut], &example[cut + 1..]));
            }
        }
    }

    #[test]
    fn what_stands_twice_is_refused() {
        let twice = read(&format!("[{{{HERE}}},{{{HERE}}}]")).unwrap_err();
        assert!(twice.contains("regions[1]: account 111122223333 in us-east-1 stands twice"), "{twice}");
        let stages = r#""rest_apis":[{"id":"a","name":"n","stages":[{"name":"prod"},{"name":"prod"}]}]"#;
        let error = read(&format!("[{{{HERE},{stages}}}]")).unwrap_err();
        assert!(error.contains("regions[0].rest_apis[0]: the stage \"prod\" stands twice"), "{error}");
        let short = read(r#"[{"account":"12","region":"us-east-1"}]"#).unwrap_err();
        assert!(short.contains("regions[0].account") && short.contains("twelve digits"), "{short}");
    }

    #[test]
    fn a_later_reading_that_found_the_same_is_later() {
        let text = |confirmed: &str| {
            format!(
                "{{\"schema\":\"gwcost/settings/1\",\"taken_at\":\"2026-10-31T06:00:00Z\",\
                 \"confirmed_at\":\"{confirmed}\",\"regions\":[]}}"
            )
        };
        let snapshot = Snapshot::from_json(&text("2026-11-02T06:00:00Z")).unwrap();
        assert_eq!(snapshot.seen_until_ms() - snapshot.taken_at_ms, 2 * crate::model::DAY_MS);
        assert_eq!(Snapshot::from_json(&snapshot.to_json().unwrap()).unwrap(), snapshot);
        let error = Snapshot::from_json(&text("2026-10-30T06:00:00Z")).unwrap_err().to_string();
        assert!(error.starts_with("confirmed_at: before taken_at"), "{error}");
    }
}
