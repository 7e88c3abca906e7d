//! A log group that answers DescribeLogGroups and FilterLogEvents in AWS's shapes and with its quirks:
//! pages that are partly full, empty pages with a token, a last page that is empty, both ends inclusive.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::{Value, json};

use super::http::{Request, Response};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    /// Milliseconds of Unix time.
    pub time_ms: i64,
    /// Digits.
    pub id: String,
    /// The line.
    pub message: String,
}

/// A group and its events, in the order of time.
#[derive(Clone, Debug)]
pub struct LogGroup {
    name: &'static str,
    events: Vec<Stored>,
    page: usize,
}

impl LogGroup {
    /// `count` events from `from_ms` on and before `to_ms`, more of them in some hours than in others, with
    /// some on the very millisecond that an hour begins or ends with. Pages hold up to `page` events.
    pub fn of(name: &'static str, count: usize, from_ms: i64, to_ms: i64, page: usize) -> LogGroup {
        let length = to_ms - from_ms;
        let mut events: Vec<Stored> = (0..count)
            .map(|number| {
                let chance = hash(&(number, "time"));
                let even = i64::try_from(chance >> 1).unwrap() % length;
                let time_ms = from_ms
                    + match chance % 7 {
                        // A peak of a twentieth of the time.
                        0 => length / 3 + even / 20,
                        1 => (even / 3_600_000 * 3_600_000 - i64::from(chance % 2 == 0)).max(0),
                        _ => even,
                    };
                let message =
                    json!({"requestId": format!("{:032x}", hash(&number)), "n": number, "ä": "\"x\\"});
                Stored { time_ms, id: format!("{:020}{number:036}", time_ms), message: message.to_string() }
            })
            .collect();
        events.sort();
        LogGroup { name, events, page }
    }

    /// A group with these events.
    pub fn with(name: &'static str, mut events: Vec<Stored>, page: usize) -> LogGroup {
        events.sort();
        LogGroup { name, events, page }
    }

    /// The events with `from_ms <= time < to_ms`.
    pub fn within(&self, from_ms: i64, to_ms: i64) -> &[Stored] {
        let before = |time_ms: i64| self.events.partition_point(|event| event.time_ms < time_ms);
        &self.events[before(from_ms)..before(to_ms)]
    }

    /// What the service answers.
    pub fn answer(&self, request: &Request) -> Response {
        let input = request.input();
        match request.operation() {
            "DescribeLogGroups" => {
                let found = self.name.starts_with(input["logGroupNamePrefix"].as_str().unwrap_or_default());
                let group = json!({
                    "logGroupName": self.name, "creationTime": 1_700_000_000_000_i64, "retentionInDays": 90,
                    "storedBytes": 1_000_000, "logGroupClass": "STANDARD", "metricFilterCount": 0,
                });
                let groups = if found { vec![group] } else { Vec::new() };
                Response::to(request, 200, &json!({"logGroups": groups}))
            }
            "FilterLogEvents" if input["logGroupName"] != self.name => {
                let message = "The specified log group does not exist.";
                Response::error(request, 400, "ResourceNotFoundException", message)
            }
            "FilterLogEvents" => self.page(request, &input),
            other => panic!("{other} is not recorded"),
        }
    }

    fn page(&self, request: &Request, input: &Value) -> Response {
        let (from_ms, to_ms) = (input["startTime"].as_i64().unwrap(), input["endTime"].as_i64().unwrap());
        let of = format!("{from_ms}-{to_ms}");
        let (at, number) = match input["nextToken"].as_str().map(|token| token.split('/').collect::<Vec<_>>())
        {
            None => (0, 0),
            Some(parts) if parts.len() == 3 && parts[0] == of => {
                (parts[1].parse::<usize>().unwrap(), parts[2].parse::<u64>().unwrap())
            }
            _ => {
                let message = "The specified nextToken is invalid.";
                return Response::error(request, 400, "InvalidParameterException", message);
            }
        };
        let events = self.within(from_ms, to_ms + 1);
        let chance = hash(&(&of, number));
        let count = match chance % 4 {
            0 => 0,
            1 => self.page / 2,
            _ => self.page,
        };
        let end = events.len().min(at + count);
        let shown: Vec<Value> = events[at..end]
            .iter()
            .map(|event| {
                json!({
                    "logStreamName": format!("{:032x}", hash(&(event.time_ms / 60_000))),
                    "timestamp": event.time_ms, "message": event.message,
                    "ingestionTime": event.time_ms + 900, "eventId": event.id,
                })
            })
            .collect();
        let mut output = json!({"events": shown, "searchedLogStreams": []});
        // Where the last page was full, one without events may follow.
        if end < events.len() || chance % 3 == 0 {
            output["nextToken"] = format!("{of}/{end}/{}", number + 1).into();
        }
        Response::to(request, 200, &output)
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hash = DefaultHasher::new();
    value.hash(&mut hash);
    hash.finish()
}
