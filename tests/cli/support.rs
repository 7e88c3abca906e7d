//! A place of its own for each test, and ways to look at what gwcost left there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use gwcost::lake::{Column, Kind, Lake, replay};
use gwcost_core::model::Window;
use serde_json::Value;
use tempfile::TempDir;

use crate::venv;

pub const BINARY: &str = env!("CARGO_BIN_EXE_gwcost");

/// The REST format that most tests log in.
pub const REST: &str = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","route":"$context.resourcePath","status":"$context.status","type":"$context.error.responseType","bytes":"$context.responseLength","latency":"$context.responseLatency"}"#;

/// A folder in which gwcost runs.
pub struct Place(TempDir);

/// What a run left.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The binary, with an environment that holds nothing of the machine's user.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).current_dir(self.0.path()).env_clear().env("HOME", self.0.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        use std::io::Write;
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Ingests a file in the format [`REST`] and returns the summary.
    pub fn ingest(&self, file: &str) -> Value {
        self.ingest_with(file, &[])
    }

    pub fn ingest_with(&self, file: &str, more: &[&str]) -> Value {
        let mut arguments = vec!["ingest", file, "--format-string", REST, "--region", "us-east-1"];
        arguments.extend(["--api-kind", "rest", "--format", "json"]);
        arguments.extend(more);
        self.run(&arguments).ok().json()
    }

    /// `analyze --format json` with these arguments.
    pub fn analyze(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["analyze", "--format", "json"];
        all.extend(arguments);
        self.run(&all).ok().json()
    }

    /// Every row of the lake in time order, all columns but the unit's number.
    pub fn rows(&self) -> Vec<String> {
        rows_of(&self.path("gwcost-lake"))
    }
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn ok(self) -> Ran {
        assert_eq!(self.code, Some(0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn fails(self, code: i32, says: &str) -> Ran {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert!(self.stderr.contains(says), "{says:?} is not in {}", self.stderr);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

pub fn rows_of(lake: &Path) -> Vec<String> {
    let lake = Lake::open(lake).unwrap();
    let window = Window { from_ms: 0, to_ms: 4_102_444_800_000 };
    let columns: Vec<Column> = Column::ALL.iter().copied().filter(|column| *column != Column::Unit).collect();
    let mut rows = Vec::new();
    for batch in replay(&lake, window, &columns).unwrap() {
        let batch = batch.unwrap();
        let options = FormatOptions::default().with_null("null");
        // Times as milliseconds: arrow names zones only with a database of them.
        let plain: Vec<_> = columns
            .iter()
            .map(|column| {
                let values = batch.column_by_name(column.name()).unwrap();
                if column.kind() == Kind::Time {
                    cast(values, &DataType::Int64).unwrap()
                } else {
                    values.clone()
                }
            })
            .collect();
        let fields: Vec<_> =
            plain.iter().map(|values| ArrayFormatter::try_new(values, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let values: Vec<String> = fields.iter().map(|field| field.value(row).to_string()).collect();
            rows.push(values.join("|"));
        }
    }
    rows
}

/// One line in the format [`REST`]; `second` counts from 2026-10-01.
pub struct Line {
    pub id: usize,
    pub second: i64,
    pub route: &'static str,
    pub status: u16,
    pub response_type: &'static str,
    pub bytes: &'static str,
    pub latency: u32,
}

impl Default for Line {
    fn default() -> Self {
        Line { id: 0, second: 0, route: "/pets", status: 200, response_type: "-", bytes: "1024", latency: 10 }
    }
}

/// 2026-10-01 in milliseconds.
pub const OCTOBER_MS: i64 = 1_790_812_800_000;

impl Line {
    pub fn text(&self) -> String {
        format!(
            "{{\"id\":\"id{}=\",\"epoch\":\"{}\",\"account\":\"111122223333\",\"api\":\"a1b2c3d4e5\",\
             \"stage\":\"prod\",\"method\":\"GET\",\"route\":\"{}\",\"status\":\"{}\",\"type\":\"{}\",\
             \"bytes\":\"{}\",\"latency\":\"{}\"}}\n",
            self.id,
            OCTOBER_MS + self.second * 1000,
            self.route,
            self.status,
            self.response_type,
            self.bytes,
            self.latency
        )
    }
}

/// `count` equal requests, a second apart, ids from `first` on.
pub fn lines(first: usize, count: usize) -> String {
    (first..first + count).map(|id| Line { id, second: id as i64, ..Line::default() }.text()).collect()
}

/// A Python with the packages of `tests/independent/requirements.txt`.
pub fn python() -> PathBuf {
    venv::python("tests/independent/requirements.txt", "the independent checks need")
}
