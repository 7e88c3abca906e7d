//! How fast S3 is read beside local files: `cargo bench --bench s3_rate`.
//!
//! The binary ingests one large log and ten thousand small ones, from files and from a server on loopback by
//! turns. The server keeps everything in memory and does next to nothing, because on AWS it would not share
//! the processors with gwcost. A ratio is also given for each pair of runs, so that a machine that slows down
//! does not favour either.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use server::Server;

const REQUESTS: &str = "1M";

/// Small logs.
const PARTS: usize = 10_000;

const ROUNDS: usize = 3;

const FORMAT: &str = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","route":"$context.resourcePath","status":"$context.status","type":"$context.error.responseType","bytes":"$context.responseLength","latency":"$context.responseLatency","integration":"$context.integrationLatency","ip":"$context.identity.sourceIp","agent":"$context.identity.userAgent"}"#;

/// Ticks of the system's count of processor time in a second.
const TICKS: f64 = 100.0;

struct Run {
    wall: f64,
    cpu: f64,
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let log = folder.join("large/access.log");
    fs::create_dir_all(log.parent().unwrap()).unwrap();
    let output = log.to_str().unwrap();
    run(folder, &["demo", "--requests", REQUESTS, "--output", output, "--format-string", FORMAT], None);
    let text = fs::read(&log).unwrap();
    let small = folder.join("small");
    fs::create_dir_all(&small).unwrap();
    let server = Server::start();
    for (number, part) in parts(&text).into_iter().enumerate() {
        fs::write(small.join(format!("{number:05}.log")), part).unwrap();
        server.put(&format!("small/{number:05}.log"), part.to_vec());
    }
    let megabytes = text.len() as f64 / 1e6;
    server.put("large/access.log", text);
    println!("{megabytes:.0} MB, {REQUESTS} requests; load before: {}", load());
    for (name, what) in [("one object", "large"), ("10,000 objects", "small")] {
        let (mut local, mut remote) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            local.push(ingest(folder, what, None));
            remote.push(ingest(folder, &format!("s3://logs/{what}/"), Some(&server)));
        }
        let pairs: Vec<String> = local
            .iter()
            .zip(&remote)
            .map(|(local, remote)| format!("{:.2}", local.wall / remote.wall))
            .collect();
        let (local, remote) = (median(local), median(remote));
        println!(
            "{name}: files {:.2} s ({:.0} MB/s, CPU/wall {:.2}), S3 {:.2} s ({:.0} MB/s, CPU/wall {:.2}): \
             ratio {:.2}, of the pairs {}",
            local.wall,
            megabytes / local.wall,
            local.cpu / local.wall,
            remote.wall,
            megabytes / remote.wall,
            remote.cpu / remote.wall,
            local.wall / remote.wall,
            pairs.join(" ")
        );
    }
}

/// A log cut at ends of lines.
fn parts(text: &[u8]) -> Vec<&[u8]> {
    let size = text.len() / PARTS;
    let (mut parts, mut rest) = (Vec::new(), text);
    while parts.len() + 1 < PARTS && rest.len() > size {
        let end = rest[size..].iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| size + at + 1);
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

fn ingest(folder: &Path, from: &str, server: Option<&Server>) -> Run {
    let lake = folder.join("gwcost-lake");
    if lake.exists() {
        fs::remove_dir_all(&lake).unwrap();
    }
    let format = ["--format-string", FORMAT, "--api-kind", "rest", "--region", "us-east-1"];
    run(folder, &[&["ingest", from][..], &format].concat(), server)
}

fn run(folder: &Path, arguments: &[&str], server: Option<&Server>) -> Run {
    let binary =
        std::env::var_os("GWCOST").map_or_else(|| env!("CARGO_BIN_EXE_gwcost").into(), PathBuf::from);
    let mut command = Command::new(binary);
    command.args(arguments).current_dir(folder).env_clear().env("HOME", folder);
    if let Some(server) = server {
        command
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ENDPOINT_URL_S3", server.url())
            .env("AWS_EC2_METADATA_DISABLED", "true");
    }
    let (cpu, started) = (cpu_of_children(), Instant::now());
    let output = command.stdin(Stdio::null()).output().unwrap();
    let run = Run { wall: started.elapsed().as_secs_f64(), cpu: cpu_of_children() - cpu };
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    run
}

/// The processor time of processes that have ended, in seconds.
fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the program stands in parentheses, and may hold anything.
    let after = stat.rsplit_once(')').unwrap().1;
    let ticks = |at: usize| after.split_whitespace().nth(at).unwrap().parse::<f64>().unwrap();
    (ticks(13) + ticks(14)) / TICKS
}

fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    load.split(' ').next().unwrap().to_owned()
}

fn median(mut runs: Vec<Run>) -> Run {
    runs.sort_by(|one, other| one.wall.total_cmp(&other.wall));
    let middle = runs.len() / 2;
    runs.swap_remove(middle)
}
