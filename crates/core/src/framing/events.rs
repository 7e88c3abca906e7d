//! Events out of what CloudWatch Logs hands out: each with its own time, and an id where there is one.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde_json::Value;

use super::kind::{Framing, parse_time_prefix};

/// The longest event that is read.
const LONGEST_EVENT: usize = 16 * 1024 * 1024;

/// One log event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its place in the unit, counted from 0.
    pub ordinal: u64,
    /// When it was, milliseconds of Unix time.
    pub time_ms: Option<i64>,
    /// CloudWatch's id.
    pub id: Option<String>,
    /// What was logged; not looked at, so it may be no UTF-8.
    pub text: Vec<u8>,
}

/// Reads events one after another.
pub struct Events {
    parser: Parser,
    ordinal: u64,
}

enum Parser {
    Documents(Documents),
    Timed(Timed),
    Csv(Box<csv::Reader<Box<dyn BufRead>>>, CsvColumns),
    Table(Box<dyn BufRead>),
}

struct Documents {
    values: serde_json::StreamDeserializer<'static, serde_json::de::IoRead<Box<dyn BufRead>>, Document>,
    waiting: VecDeque<Event>,
}

/// Any JSON document that holds events.
#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Envelope(Envelope),
    QueryResults { results: Vec<Vec<ResultField>> },
    Rows(Vec<Value>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    #[serde(default)]
    message_type: String,
    #[serde(alias = "events")]
    log_events: Vec<LogEvent>,
}

#[derive(Deserialize)]
struct LogEvent {
    #[serde(alias = "eventId")]
    id: Option<String>,
    timestamp: Option<i64>,
    message: String,
}

#[derive(Deserialize)]
struct ResultField {
    field: String,
    value: String,
}

/// Lines that begin with a time; others continue the event before.
struct Timed {
    reader: Box<dyn BufRead>,
    stream: bool,
    started: Option<Event>,
}

struct CsvColumns {
    message: usize,
    time: Option<usize>,
}

impl Events {
    /// Events of a stream in a framing that has them; `None` for lines and objects.
    ///
    /// # Errors
    /// What the stream says, or that a CSV has no column `@message`.
    pub fn new(framing: Framing, reader: Box<dyn BufRead>) -> io::Result<Option<Events>> {
        let parser = match framing {
            Framing::Lines | Framing::Objects => return Ok(None),
            Framing::Envelopes | Framing::InsightsJson => Parser::Documents(Documents {
                values: serde_json::Deserializer::from_reader(reader).into_iter(),
                waiting: VecDeque::new(),
            }),
            Framing::Export => Parser::Timed(Timed { reader, stream: false, started: None }),
            Framing::Tail => Parser::Timed(Timed { reader, stream: true, started: None }),
            Framing::InsightsCsv => {
                let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
                let headers = reader.headers().map_err(csv_error)?;
                let column = |name: &str| headers.iter().position(|header| header.trim() == name);
                let missing = || invalid("the CSV has no column @message");
                let columns = CsvColumns {
                    message: column("@message").ok_or_else(missing)?,
                    time: column("@timestamp"),
                };
                Parser::Csv(Box::new(reader), columns)
            }
            Framing::Table => Parser::Table(reader),
        };
        Ok(Some(Events { parser, ordinal: 0 }))
    }

    /// The next event, or `None` at the end.
    ///
    /// # Errors
    /// What the stream says, or that it is not what its beginning promised.
    pub fn next_event(&mut self) -> io::Result<Option<Event>> {
        let event = match &mut self.parser {
            Parser::Documents(documents) => documents.next()?,
            Parser::Timed(timed) => timed.next()?,
            Parser::Csv(reader, columns) => next_record(reader, columns)?,
            Parser::Table(reader) => next_table_row(reader)?,
        };
        Ok(event.map(|mut event| {
            event.ordinal = self.ordinal;
            self.ordinal += 1;
            event
        }))
    }
}

impl Documents {
    fn next(&mut self) -> io::Result<Option<Event>> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(event));
            }
            let Some(document) = self.values.next() else { return Ok(None) };
            match document.map_err(io::Error::from)? {
                Document::Envelope(envelope) if envelope.message_type == "CONTROL_MESSAGE" => {}
                Document::Envelope(envelope) => {
                    self.waiting.extend(envelope.log_events.into_iter().map(|event| Event {
                        ordinal: 0,
                        time_ms: event.timestamp,
                        id: event.id,
                        text: event.message.into_bytes(),
                    }));
                }
                Document::QueryResults { results } => self.waiting.extend(results.into_iter().map(of_fields)),
                Document::Rows(rows) => self.waiting.extend(rows.iter().map(of_row)),
            }
        }
    }
}

/// A row of `get-query-results`.
fn of_fields(fields: Vec<ResultField>) -> Event {
    let mut event = Event::default();
    for ResultField { field, value } in fields {
        match field.as_str() {
            "@message" => event.text = value.into_bytes(),
            "@timestamp" => event.time_ms = insights_time(&value),
            _ => {}
        }
    }
    event
}

/// A row of the console's JSON export, in which a message that is JSON may stand as such.
fn of_row(row: &Value) -> Event {
    let text = match &row["@message"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let time_ms = row["@timestamp"].as_str().and_then(insights_time);
    Event { ordinal: 0, time_ms, id: None, text: text.into_bytes() }
}

/// `2026-10-17 10:05:03.123`, UTC.
fn insights_time(text: &str) -> Option<i64> {
    let text = text.trim().replacen(' ', "T", 1);
    let zoned = if text.ends_with('Z') { text } else { format!("{text}Z") };
    Some(zoned.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

impl Timed {
    fn next(&mut self) -> io::Result<Option<Event>> {
        loop {
            let Some(line) = next_line(&mut self.reader)? else { return Ok(self.started.take()) };
            let Some(prefix) = parse_time_prefix(&String::from_utf8_lossy(&line)) else {
                let Some(event) = &mut self.started else {
                    // Text before the first event: kept, so that it is counted.
                    if !line.trim_ascii().is_empty() {
                        self.started = Some(Event { text: line, ..Event::default() });
                    }
                    continue;
                };
                if event.text.len() + line.len() > LONGEST_EVENT {
                    return Ok(self.started.replace(Event { text: line, ..Event::default() }));
                }
                event.text.push(b'\n');
                event.text.extend_from_slice(&line);
                continue;
            };
            // The time is ASCII, so its length holds for the bytes as well.
            let mut text = &line[prefix.length..];
            if self.stream
                && let Some(space) = memchr::memchr(b' ', text)
            {
                text = &text[space + 1..];
            }
            let event = Event { ordinal: 0, time_ms: Some(prefix.time_ms), id: None, text: text.to_owned() };
            if let Some(before) = self.started.replace(event) {
                return Ok(Some(before));
            }
        }
    }
}

fn next_record(
    reader: &mut csv::Reader<Box<dyn BufRead>>,
    columns: &CsvColumns,
) -> io::Result<Option<Event>> {
    let mut record = csv::ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(csv_error)? {
        return Ok(None);
    }
    let time = columns.time.and_then(|column| record.get(column)).unwrap_or_default();
    let time_ms = insights_time(&String::from_utf8_lossy(time));
    let text = record.get(columns.message).unwrap_or_default().to_owned();
    Ok(Some(Event { ordinal: 0, time_ms, id: None, text }))
}

/// The next row of `| 1792231503000 | event | stream |`; the header and rules are passed over.
fn next_table_row(reader: &mut Box<dyn BufRead>) -> io::Result<Option<Event>> {
    while let Some(line) = next_line(reader)? {
        let Some(row) = line.trim_ascii().strip_prefix(b"|") else { continue };
        let row = row.strip_suffix(b"|").unwrap_or(row);
        let Some(bar) = memchr::memchr(b'|', row) else { continue };
        let (time, rest) = (String::from_utf8_lossy(&row[..bar]), &row[bar + 1..]);
        let Ok(time_ms) = time.trim().parse() else { continue };
        // A message may hold bars, a stream's name may not.
        let end = memchr::memrchr(b'|', rest).unwrap_or(rest.len());
        let text = rest[..end].trim_ascii().to_owned();
        return Ok(Some(Event { ordinal: 0, time_ms: Some(time_ms), id: None, text }));
    }
    Ok(None)
}

fn next_line(reader: &mut Box<dyn BufRead>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let count = io::Read::take(&mut *reader, LONGEST_EVENT as u64).read_until(b'\n', &mut line)?;
    if count == 0 {
        return Ok(None);
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok(Some(line))
}

fn csv_error(error: csv::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const AT: i64 = 1_792_231_503_123;

    fn events(framing: Framing, text: &str) -> Vec<(Option<i64>, Option<String>, String)> {
        let reader = Box::new(Cursor::new(text.to_owned().into_bytes()));
        let mut events = Events::new(framing, reader).unwrap().unwrap();
        let mut found = Vec::new();
        while let Some(event) = events.next_event().unwrap() {
            assert_eq!(event.ordinal, found.len() as u64);
            found.push((event.time_ms, event.id, String::from_utf8(event.text).unwrap()));
        }
        found
    }

    fn texts(framing: Framing, text: &str) -> Vec<String> {
        let found = events(framing, text);
        assert!(found.iter().all(|(time, ..)| *time == Some(AT)), "{found:?}");
        found.into_iter().map(|(.., text)| text).collect()
    }

    #[test]
    fn envelopes_follow_each_other_and_control_messages_are_skipped() {
        let text = format!(
            "{{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[{{\"id\":\"0\",\"timestamp\":1,\"message\":\"ping\"}}]}}\
             {{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logEvents\":[{{\"id\":\"a\",\"timestamp\":{AT},\
             \"message\":\"{{\\\"x\\\":1}}\"}},{{\"id\":\"b\",\"timestamp\":{AT},\"message\":\"two\"}}]}}\n"
        );
        let found = events(Framing::Envelopes, &text);
        assert_eq!(found[0], (Some(AT), Some("a".to_owned()), "{\"x\":1}".to_owned()));
        assert_eq!(found.len(), 2);
        let api = format!(
            "{{\"events\":[{{\"eventId\":\"e\",\"timestamp\":{AT},\"message\":\"m\"}}],\"nextToken\":\"t\"}}"
        );
        assert_eq!(events(Framing::Envelopes, &api), [(Some(AT), Some("e".to_owned()), "m".to_owned())]);
    }

    #[test]
    fn timed_lines_keep_their_continuations() {
        let text = "2026-10-17T10:05:03.123Z {\n  \"a\": 1\n}\n2026-10-17T10:05:03.123Z two\n";
        assert_eq!(texts(Framing::Export, text), ["{\n  \"a\": 1\n}", "two"]);
        let text = "2026-10-17T10:05:03.123000+00:00 0123abcd {\"a\": 1}\n";
        assert_eq!(texts(Framing::Tail, text), ["{\"a\": 1}"]);
    }

    #[test]
    fn insights_exports_are_read() {
        let csv = "@timestamp,@message\n2026-10-17 10:05:03.123,\"{\"\"a\"\":\"\"b\"\"}\"\n";
        assert_eq!(texts(Framing::InsightsCsv, csv), ["{\"a\":\"b\"}"]);
        let json = "[{\"@timestamp\":\"2026-10-17 10:05:03.123\",\"@message\":{\"a\":\"b\"}}]";
        assert_eq!(texts(Framing::InsightsJson, json), ["{\"a\":\"b\"}"]);
        let api = "{\"results\":[[{\"field\":\"@timestamp\",\"value\":\"2026-10-17 10:05:03.123\"},\
                   {\"field\":\"@message\",\"value\":\"m\"}]],\"status\":\"Complete\"}";
        assert_eq!(texts(Framing::InsightsJson, api), ["m"]);
    }

    #[test]
    fn the_consoles_table_is_read() {
        let text = format!("| timestamp | message | stream |\n|---|---|---|\n| {AT} | a | b | 0123 |\n");
        assert_eq!(texts(Framing::Table, &text), ["a | b"]);
    }

    #[test]
    fn a_document_that_is_cut_off_is_an_error() {
        let reader = Box::new(Cursor::new(b"{\"logEvents\":[{\"id\":\"a\"".to_vec()));
        assert!(Events::new(Framing::Envelopes, reader).unwrap().unwrap().next_event().is_err());
    }
}
