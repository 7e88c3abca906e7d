//! The ways in which a stream holds events, each recognised by its first bytes.

use std::fmt;
use std::str::FromStr;

use crate::text::did_you_mean;

/// How events stand in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One a line.
    Lines,
    /// JSON objects back to back, with or without white space between and inside them.
    Objects,
    /// JSON documents with `logEvents` (a CloudWatch Logs subscription) or `events` (its API).
    Envelopes,
    /// Lines that begin with a time: an export of CloudWatch Logs to S3. An event may have more lines.
    Export,
    /// The output of `aws logs tail`: time, stream, event.
    Tail,
    /// CSV of Logs Insights, with the columns `@message` and, for the time, `@timestamp`.
    InsightsCsv,
    /// JSON of Logs Insights.
    InsightsJson,
    /// The table that the console shows: `| time | event | stream |`.
    Table,
}

impl Framing {
    /// Every framing.
    pub const ALL: [Framing; 8] = [
        Framing::Lines,
        Framing::Objects,
        Framing::Envelopes,
        Framing::Export,
        Framing::Tail,
        Framing::InsightsCsv,
        Framing::InsightsJson,
        Framing::Table,
    ];

    /// The name used in flags and files.
    pub const fn name(self) -> &'static str {
        match self {
            Framing::Lines => "lines",
            Framing::Objects => "objects",
            Framing::Envelopes => "envelopes",
            Framing::Export => "export",
            Framing::Tail => "tail",
            Framing::InsightsCsv => "insights-csv",
            Framing::InsightsJson => "insights-json",
            Framing::Table => "table",
        }
    }

    /// Whether it says when each event was.
    pub const fn has_time(self) -> bool {
        !matches!(self, Framing::Lines | Framing::Objects)
    }

    /// The framing of a stream that begins with `head`; `json` says that its events are JSON objects.
    pub fn of(head: &[u8], json: bool) -> Framing {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start();
        let first = text.lines().next().unwrap_or_default();
        if text.starts_with('{') && is_envelope(text) {
            return Framing::Envelopes;
        }
        if text.starts_with('[') && text.contains("\"@message\"") || is_query_result(text) {
            return Framing::InsightsJson;
        }
        if is_insights_header(first) {
            return Framing::InsightsCsv;
        }
        if first.starts_with('|') && first.to_lowercase().contains("message") {
            return Framing::Table;
        }
        match parse_time_prefix(first) {
            Some(prefix) if prefix.zulu => return Framing::Export,
            Some(prefix) if first[prefix.length..].contains(' ') => return Framing::Tail,
            _ => {}
        }
        let objects = json && text.starts_with('{') && (!first.trim_end().ends_with('}') || are_joined(text));
        if objects { Framing::Objects } else { Framing::Lines }
    }
}

/// Whether half of the lines hold more than one object: a single one may quote a caller, who could
/// otherwise have a line of his own making read.
fn are_joined(text: &str) -> bool {
    let (mut lines, mut joined) = (0, 0);
    for line in text.lines().filter(|line| line.starts_with('{')) {
        lines += 1;
        joined += usize::from(next_seam(line.as_bytes(), 0).is_some());
    }
    joined > 0 && joined * 2 >= lines
}

/// The place of the next object's brace, from `from` on: it follows the brace that ends an object,
/// with nothing but white space between them, and a quote follows it.
pub fn next_seam(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr(b'}', bytes.get(at..)?)? + 1;
        let space = |place: usize| {
            bytes[place..].iter().position(|byte| !byte.is_ascii_whitespace()).map(|count| place + count)
        };
        let brace = space(at)?;
        if bytes[brace] == b'{' && space(brace + 1).is_some_and(|next| bytes[next] == b'"') {
            return Some(brace);
        }
    }
}

/// The place of the last object's brace.
pub fn last_seam(bytes: &[u8]) -> Option<usize> {
    let mut found = None;
    let mut from = 0;
    while let Some(seam) = next_seam(bytes, from) {
        found = Some(seam);
        from = seam;
    }
    found
}

fn is_envelope(text: &str) -> bool {
    let start = text[1..].trim_start();
    ["\"messageType\"", "\"owner\"", "\"logEvents\"", "\"events\"", "\"logGroup\"", "\"subscriptionFilters\""]
        .iter()
        .any(|key| start.starts_with(key))
        && (text.contains("\"logEvents\"") || text.contains("\"events\""))
}

fn is_query_result(text: &str) -> bool {
    text.starts_with('{')
        && text.contains("\"results\"")
        && text.contains("\"field\"")
        && text.contains("@message")
}

fn is_insights_header(line: &str) -> bool {
    line.split(',').any(|column| column.trim_matches(['"', ' ', '\r']) == "@message")
}

/// A time at the beginning of a line.
pub(super) struct TimePrefix {
    /// Milliseconds of Unix time.
    pub time_ms: i64,
    /// Its bytes, the space after it included.
    pub length: usize,
    /// It ends in `Z`, as exports write it.
    pub zulu: bool,
}

/// `2026-10-17T10:05:03.123Z ` or `2026-10-17T10:05:03.123456+00:00 `.
pub(super) fn parse_time_prefix(line: &str) -> Option<TimePrefix> {
    let (time, _) = line.split_once(' ')?;
    if time.len() < 20 || !time.as_bytes()[0].is_ascii_digit() || time.as_bytes()[10] != b'T' {
        return None;
    }
    let time_ms = time.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    Some(TimePrefix { time_ms, length: time.len() + 1, zulu: time.ends_with('Z') })
}

impl fmt::Display for Framing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no framing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown framing {typed:?}: expected {}{hint}", Framing::ALL.map(Framing::name).join(", "))]
pub struct UnknownFraming {
    typed: String,
    hint: String,
}

impl FromStr for Framing {
    type Err = UnknownFraming;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        Framing::ALL.into_iter().find(|framing| framing.name() == typed).ok_or_else(|| UnknownFraming {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, Framing::ALL.map(Framing::name)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_framing_is_told_by_its_beginning() {
        let cases = [
            ("{\"a\":\"b\"}\n{\"a\":\"c\"}\n", Framing::Lines),
            ("{\"a\":\"b\"}{\"a\":\"c\"}", Framing::Objects),
            ("{\"a\":\"b\"} {\"a\":\"c\"}\n", Framing::Objects),
            ("{\"a\":\"b\"}{\"a\":\"c\"}\n{\"a\":\"d\"}", Framing::Objects),
            ("{\"a\":\"b\"}{\"a\":\"c\"}\n{\"a\":\"d\"}\n{\"a\":\"e\"}\n", Framing::Lines),
            ("{\n  \"a\": \"b\"\n}\n{\n", Framing::Objects),
            ("{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[]}", Framing::Envelopes),
            ("{ \"events\": [ {\"timestamp\": 1} ] }", Framing::Envelopes),
            ("2026-10-17T10:05:03.123Z {\"a\":\"b\"}\n", Framing::Export),
            ("2026-10-17T10:05:03.123456+00:00 stream {\"a\":\"b\"}\n", Framing::Tail),
            ("@timestamp,@message\n2026", Framing::InsightsCsv),
            ("[{\"@timestamp\":\"2026-10-17 10:05:03.123\",\"@message\":\"x\"}]", Framing::InsightsJson),
            ("| timestamp | message | logStreamName |\n|---|---|---|\n", Framing::Table),
            ("192.0.2.1 - - [17/Oct/2026:10:05:03 +0000] \"GET\n", Framing::Lines),
            ("", Framing::Lines),
        ];
        for (head, framing) in cases {
            assert_eq!(Framing::of(head.as_bytes(), true), framing, "{head}");
        }
    }

    #[test]
    fn seams_are_between_objects_and_not_inside() {
        assert_eq!(next_seam(b"{\"a\":{\"b\":1}}\n {\"c\"", 0), Some(15));
        assert_eq!(next_seam(b"{\"a\":\"}{\\\"x\"}", 0), None);
        assert_eq!(last_seam(b"{\"a\":1}{\"a\":2}{\"a\":3}"), Some(14));
    }
}
