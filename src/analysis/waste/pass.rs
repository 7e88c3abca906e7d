//! One pass over the log in the order of time: which requests need not have been.
//!
//! Each request counts in one class at most, the first that holds in the order of [`Class`], so that classes never
//! count a dollar twice. What is remembered of a client ends an hour after it was last seen, so memory is bounded by
//! the clients of an hour, not by those of a month.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use gwcost_core::model::{AgentClass, Window, agent};

use super::super::AnalysisError;
use crate::lake::{Column, Lake, replay};

/// Seconds after a failure in which the same request again is a retry.
pub const RETRY_SECONDS: i64 = 10;

/// How often a client asks for the same, one time after the other, until that is polling.
pub const LEAST_POLLS: u32 = 30;

/// Requests of one client in an hour that were not found, from which on it looks for holes.
pub const LEAST_STORM: u64 = 100;

/// Bytes from which on a response is large: an increment of an HTTP API is half of it.
pub const LARGE_BYTES: u64 = 1_048_576;

/// How long a client is remembered, and the longest time between two polls.
const MEMORY_MS: i64 = 3_600_000;

/// Why a request need not have been, in the order in which classes are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// A browser asked whether it may ask.
    Preflight,
    /// A known robot or scanner.
    Robot,
    /// A client that was not found what it asked for, a hundred times in an hour.
    Storm,
    /// The same again within seconds of a 5xx or 429.
    Retry,
    /// An error.
    Error,
    /// The same again, after thirty times within an hour of each other, with an answer of the same size.
    Poll,
}

/// Account, region, API, stage, method and route.
pub type Endpoint = [Option<String>; 6];

/// Requests of one class at one endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests.
    pub requests: u64,
    /// Bytes of their responses.
    pub bytes: u64,
}

/// What the pass found.
#[derive(Debug, Default)]
pub struct Found {
    /// By endpoint, status, class, and what says more: the family of a robot, the cause of an error.
    pub classes: BTreeMap<(Endpoint, Option<i64>, Class, String), Tally>,
    /// Responses of no class larger than [`LARGE_BYTES`], by endpoint; the bytes are those above it.
    pub large: BTreeMap<Endpoint, Tally>,
    /// Lines of the log and their bytes, by account, region, API and stage.
    pub lines: BTreeMap<[Option<String>; 4], (u64, u64)>,
    /// Requests of which nothing says who sent them.
    pub nameless: u64,
    /// All requests.
    pub requests: u64,
}

const COLUMNS: [Column; 14] = [
    Column::Account,
    Column::Region,
    Column::Api,
    Column::Stage,
    Column::Method,
    Column::Route,
    Column::Status,
    Column::ResponseType,
    Column::ResponseTypeLogged,
    Column::ResponseBytes,
    Column::ClientNetwork,
    Column::UserAgent,
    Column::Path,
    Column::Key,
];

/// What is remembered of a client and what it asked for.
#[derive(Clone, Copy, Default)]
struct Last {
    ms: i64,
    failed: bool,
    bytes: Option<i64>,
    run: u32,
}

/// A row in short, for the end of its hour.
struct Row {
    endpoint: usize,
    status: Option<i64>,
    bytes: Option<i64>,
    client: Option<u64>,
    class: Option<(Class, String)>,
}

/// Goes through the requests of a window.
///
/// # Errors
/// [`AnalysisError`] when a file cannot be read.
pub fn pass(
    lake: &Lake,
    window: Window,
    selects: impl Fn(&Endpoint) -> bool,
) -> Result<Found, AnalysisError> {
    let mut columns = COLUMNS.to_vec();
    columns.push(Column::LineBytes);
    let mut pass = Pass::default();
    for batch in replay(lake, window, &columns)? {
        pass.hour(&batch?, &selects);
    }
    Ok(pass.found)
}

#[derive(Default)]
struct Pass {
    hasher: RandomState,
    lasts: HashMap<u64, Last>,
    endpoints: Vec<Endpoint>,
    by_endpoint: HashMap<Endpoint, usize>,
    found: Found,
}

impl Pass {
    fn hour(&mut self, batch: &RecordBatch, selects: &impl Fn(&Endpoint) -> bool) {
        let text =
            |column: Column| batch.column_by_name(column.name()).and_then(|of| of.as_string_opt::<i32>());
        let integer = |column: Column| {
            batch.column_by_name(column.name()).and_then(|of| of.as_primitive_opt::<Int64Type>())
        };
        let number = |column: Column, row: usize| {
            integer(column).filter(|of| of.is_valid(row)).map(|of| of.value(row))
        };
        let times = batch
            .column_by_name(Column::Time.name())
            .and_then(|of| of.as_primitive_opt::<TimestampMillisecondType>());
        let logged =
            batch.column_by_name(Column::ResponseTypeLogged.name()).and_then(|of| of.as_boolean_opt());
        let [account, region, api, stage, method, route] =
            [Column::Account, Column::Region, Column::Api, Column::Stage, Column::Method, Column::Route]
                .map(text);
        let (network, program, path, key) =
            (text(Column::ClientNetwork), text(Column::UserAgent), text(Column::Path), text(Column::Key));
        let kind = text(Column::ResponseType);
        let mut rows = Vec::with_capacity(batch.num_rows());
        let mut storms: HashMap<u64, (u64, u64)> = HashMap::new();
        for row in 0..batch.num_rows() {
            let endpoint =
                [account, region, api, stage, method, route].map(|of| at(of, row).map(str::to_owned));
            if !selects(&endpoint) {
                continue;
            }
            let time = times.map_or(0, |times| times.value(row));
            let status = number(Column::Status, row);
            let bytes = number(Column::ResponseBytes, row);
            self.found.requests += 1;
            let lines = self
                .found
                .lines
                .entry([endpoint[0].clone(), endpoint[1].clone(), endpoint[2].clone(), endpoint[3].clone()])
                .or_default();
            lines.0 += 1;
            lines.1 += number(Column::LineBytes, row).unwrap_or(0).unsigned_abs();
            let client = (at(network, row).is_some() || at(key, row).is_some())
                .then(|| self.hasher.hash_one((at(network, row), at(program, row), at(key, row))));
            self.found.nameless += u64::from(client.is_none());
            let family = at(program, row).and_then(agent);
            let asked = at(path, row).or_else(|| at(route, row));
            let again = client.map(|client| {
                let method = at(method, row);
                let key = self.hasher.hash_one((client, &endpoint[2], &endpoint[3], method, asked));
                self.again(key, time, status, bytes)
            });
            let cause = || {
                let said = match (at(kind, row), logged.is_some_and(|logged| logged.value(row))) {
                    (Some(kind), _) => kind,
                    (None, true) => "backend",
                    (None, false) => "not logged",
                };
                said.to_owned()
            };
            let robot = family.filter(|of| matches!(of.class, AgentClass::Scanner | AgentClass::Crawler));
            let is_error = status.is_some_and(|status| status >= 400);
            let class = match (at(method, row), robot, again) {
                (Some("OPTIONS"), ..) => Some((Class::Preflight, String::new())),
                (_, Some(of), _) => Some((Class::Robot, of.family.to_owned())),
                (_, _, Some(Again::Retry)) => Some((Class::Retry, String::new())),
                _ if is_error => Some((Class::Error, cause())),
                (Some("GET" | "HEAD"), _, Some(Again::Poll)) => Some((Class::Poll, String::new())),
                _ => None,
            };
            if let Some(client) = client {
                let storm = storms.entry(client).or_default();
                storm.0 += u64::from(matches!(status, Some(403 | 404)));
                storm.1 += 1;
            }
            let place = self.place(endpoint);
            rows.push(Row { endpoint: place, status, bytes, client, class });
        }
        storms.retain(|_, (missed, all)| *missed >= LEAST_STORM && *missed * 10 >= *all * 9);
        for Row { endpoint, status, bytes, client, class } in rows {
            let stormed = client.is_some_and(|client| storms.contains_key(&client));
            let (class, more) = match class {
                Some((class @ (Class::Preflight | Class::Robot), more)) => (class, more),
                _ if stormed => (Class::Storm, String::new()),
                Some((class, more)) => (class, more),
                None => {
                    self.large(endpoint, bytes);
                    continue;
                }
            };
            let endpoint = self.endpoints[endpoint].clone();
            let tally = self.found.classes.entry((endpoint, status, class, more)).or_default();
            tally.requests += 1;
            tally.bytes += bytes.unwrap_or(0).unsigned_abs();
        }
        let last = times.and_then(|times| times.iter().flatten().max()).unwrap_or(0);
        self.lasts.retain(|_, of| last - of.ms < MEMORY_MS);
    }

    /// Counts what a response of no class has above [`LARGE_BYTES`].
    fn large(&mut self, endpoint: usize, bytes: Option<i64>) {
        let above = bytes.and_then(|bytes| bytes.unsigned_abs().checked_sub(LARGE_BYTES));
        if let Some(above) = above.filter(|above| *above > 0) {
            let large = self.found.large.entry(self.endpoints[endpoint].clone()).or_default();
            large.requests += 1;
            large.bytes += above;
        }
    }

    fn place(&mut self, endpoint: Endpoint) -> usize {
        if let Some(place) = self.by_endpoint.get(&endpoint) {
            return *place;
        }
        self.endpoints.push(endpoint.clone());
        self.by_endpoint.insert(endpoint, self.endpoints.len() - 1);
        self.endpoints.len() - 1
    }

    /// What a request is to the one before it of the same client for the same.
    fn again(&mut self, key: u64, ms: i64, status: Option<i64>, bytes: Option<i64>) -> Again {
        let failed = status.is_some_and(|status| status == 429 || status >= 500);
        let Some(last) = self.lasts.get_mut(&key) else {
            self.lasts.insert(key, Last { ms, failed, bytes, ..Last::default() });
            return Again::New;
        };
        let gap_ms = ms - last.ms;
        let retry = last.failed && gap_ms <= RETRY_SECONDS * 1000;
        let answered = matches!(status, Some(200 | 304));
        let same = status == Some(304) || (bytes.is_some() && bytes == last.bytes);
        let run = if answered && gap_ms <= MEMORY_MS { last.run.saturating_add(1) } else { 0 };
        *last = Last { ms, failed, bytes, run };
        match (retry, answered && same && run >= LEAST_POLLS) {
            (true, _) => Again::Retry,
            (false, true) => Again::Poll,
            (false, false) => Again::New,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    New,
    Retry,
    Poll,
}

fn at(texts: Option<&StringArray>, row: usize) -> Option<&str> {
    texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row))
}
