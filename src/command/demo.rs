//! `gwcost demo`: generates a month of traffic, ingests it, prices it, reports it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use gwcost_core::log_format::Template;
use gwcost_core::model::{ApiKind, Month, RouteLimits, Window};

use super::CommandError;
use super::analyze::{answer, print};
use super::context::{Context, filters};
use super::ingest::{ingest_jobs, read_format};
use super::output::{say, to_stdout};
use super::report::{Compare, command_line, look, write_pages};
use super::timezone::Zone;
use crate::analysis::{CostQuestion, Dimension, SortKey};
use crate::cli::{DemoArgs, OutputFormat, Selection};
use crate::config::FILE_NAME;
use crate::demo::{COUNTRIES, Kind, Traffic, Variable, example_apis, share_requests};
use crate::exit::Exit;
use crate::geo::country_database;
use crate::ingest::{Job, LogFormat, Manner};
use crate::lake::{LakePlace, Origin};
use crate::source::Input;

/// Says that a folder is a demo's, to be made anew, and of which traffic.
const MARKER: &str = "demo.txt";

const REST_FORMAT: &str = r#"{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId","accountId":"$context.accountId","apiId":"$context.apiId","stage":"$context.stage","domainName":"$context.domainName","requestTimeEpoch":"$context.requestTimeEpoch","httpMethod":"$context.httpMethod","path":"$context.path","resourcePath":"$context.resourcePath","status":"$context.status","responseType":"$context.error.responseType","responseLength":"$context.responseLength","responseLatency":"$context.responseLatency","integrationLatency":"$context.integrationLatency","integrationStatus":"$context.integration.status","authorizerStatus":"$context.authorizer.status","apiKeyId":"$context.identity.apiKeyId","principalId":"$context.authorizer.principalId","ip":"$context.identity.sourceIp","userAgent":"$context.identity.userAgent"}"#;
const HTTP_FORMAT: &str = r#"{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId","accountId":"$context.accountId","apiId":"$context.apiId","stage":"$context.stage","requestTimeEpoch":"$context.requestTimeEpoch","httpMethod":"$context.httpMethod","path":"$context.path","routeKey":"$context.routeKey","status":"$context.status","responseType":"$context.error.responseType","responseLength":"$context.responseLength","dataProcessed":"$context.dataProcessed","responseLatency":"$context.responseLatency","integrationLatency":"$context.integrationLatency","integrationStatus":"$context.integration.status","principalId":"$context.authorizer.principalId","ip":"$context.identity.sourceIp","userAgent":"$context.identity.userAgent"}"#;
const WEBSOCKET_FORMAT: &str = r#"{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId","apiId":"$context.apiId","stage":"$context.stage","requestTimeEpoch":"$context.requestTimeEpoch","routeKey":"$context.routeKey","eventType":"$context.eventType","connectionId":"$context.connectionId","messageId":"$context.messageId","connectedAt":"$context.connectedAt","status":"$context.status","responseType":"$context.error.responseType","integrationLatency":"$context.integrationLatency","integrationStatus":"$context.integration.status","ip":"$context.identity.sourceIp"}"#;

/// Runs `gwcost demo`.
pub fn run(context: &Context, arguments: &DemoArgs) -> Result<Exit, CommandError> {
    let requests = parse_count(&arguments.requests)?;
    let window = arguments.month.parse::<Month>()?.window();
    if let Some(output) = &arguments.output {
        return write_log(arguments, requests, window, output);
    }
    let folder = &arguments.dir;
    claim(folder, &format!("requests {requests}\nseed {}\nmonth {}\n", arguments.seed, arguments.month))?;
    say(&format!("generating {requests} requests of {} into {}", arguments.month, folder.display()));
    let jobs = generate(folder, requests, arguments.seed, window)?;
    let context = Context {
        now_ms: window.to_ms,
        clock_ms: context.clock_ms,
        config: context.config.clone(),
        assets: context.assets.clone(),
        lake: LakePlace::Folder(folder.join("lake")),
        home: context.home.clone(),
    };
    let summary = ingest_jobs(&context, jobs, false)?;
    let lines: u64 = summary.units.iter().map(|unit| unit.lines).sum();
    let rows: u64 = summary.units.iter().map(|unit| unit.rows).sum();
    say(&format!("ingested {rows} rows from {lines} lines into {}", context.lake.display()));

    let selection = Selection::default();
    let question = CostQuestion {
        window,
        by: Dimension::ENDPOINT.to_vec(),
        filters: filters(&selection)?,
        sort: SortKey::default(),
        top: None,
        limits: RouteLimits::default(),
        metering: context.metering(&selection)?,
        days: true,
    };
    let report = look(
        &context,
        window,
        &selection,
        (&Compare::Previous, &Zone::parse("UTC")?),
        command_line(&context, window, &selection),
    )?;
    let pages = ["report.html", "report.md"].map(|name| (folder.join(name), name));
    let analysis = write_pages(&context, report, &pages)?.analysis;
    let by_stage = CostQuestion {
        by: vec![Dimension::Account, Dimension::Region, Dimension::Api, Dimension::ApiKind, Dimension::Stage],
        days: false,
        ..question
    };
    print(&answer(&context, &selection, &by_stage)?, OutputFormat::Table)?;
    let mut endpoints = analysis;
    endpoints.rows.truncate(15);
    to_stdout(|out| out.write_all(b"\n"))?;
    print(&endpoints, OutputFormat::Table)?;
    say(&format!(
        "\nwritten: {0}/report.html and {0}/report.md\ngo on with: cd {0} && gwcost analyze --month {1} --by day",
        folder.display(),
        arguments.month
    ));
    Ok(Exit::Done)
}

/// The countries of the example's networks.
const COUNTRY_FILE: &str = "countries.mmdb";

/// Makes the folder the demo's own; what an earlier demo left in it goes.
fn claim(folder: &Path, marker: &str) -> Result<(), CommandError> {
    let at = folder.join(MARKER);
    if folder.is_dir() && !at.exists() && folder.read_dir().is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(CommandError::Occupied(format!(
            "{} holds something that is not a demo: name another folder with --dir",
            folder.display()
        )));
    }
    for part in ["lake", "logs"] {
        let part = folder.join(part);
        if part.is_dir() {
            fs::remove_dir_all(&part).map_err(CommandError::file(&part))?;
        }
    }
    let logs = folder.join("logs");
    fs::create_dir_all(&logs).map_err(CommandError::file(&logs))?;
    fs::write(&at, marker).map_err(CommandError::file(&at))
}

/// Writes the logs, a configuration that says how to read them, and the jobs that read them.
fn generate(folder: &Path, requests: u64, seed: u64, window: Window) -> Result<Vec<Job>, CommandError> {
    let apis = example_apis();
    let mut config =
        format!("# How the logs of this example are read.\nlake = \"lake\"\ngeoip = \"{COUNTRY_FILE}\"\n");
    let countries = folder.join(COUNTRY_FILE);
    // The networks are those for documentation, so that no publisher knows them.
    let database = country_database(&COUNTRIES, window.from_ms.unsigned_abs() / 1000).unwrap_or_default();
    fs::write(&countries, database).map_err(CommandError::file(&countries))?;
    let mut jobs = Vec::new();
    for (index, (api, count)) in apis.iter().zip(share_requests(&apis, requests)).enumerate() {
        let stage = api.stage.trim_start_matches('$');
        let name = format!("{}-{stage}.log.gz", api.name);
        let path = folder.join("logs").join(&name);
        let format = default_format(api.kind);
        let template = Template::parse(format)?;
        let traffic = Traffic::new(api, seed.wrapping_add(index as u64), count, window.from_ms, window.to_ms);
        let file = File::create(&path).map_err(CommandError::file(&path))?;
        let mut out = GzEncoder::new(BufWriter::new(file), Compression::fast());
        write_lines(traffic, &template, &mut out)
            .and_then(|()| out.finish()?.flush())
            .map_err(CommandError::file(&path))?;
        let kind = kind_of(api.kind);
        config.push_str(&format!(
            "\n[[source]]\nfiles = \"logs/{name}\"\nformat_string = '{format}'\naccount = \"{}\"\nregion = \"{}\"\n\
             api = \"{}\"\nstage = \"{}\"\napi_kind = \"{kind}\"\n",
            api.account, api.region, api.api_id, api.stage
        ));
        jobs.push(Job {
            input: Input::File(path.canonicalize().map_err(CommandError::file(&path))?),
            manner: Manner {
                format: LogFormat::string(format)?,
                origin: Origin {
                    account: Some(api.account.to_owned()),
                    region: Some(api.region.to_owned()),
                    api: Some(api.api_id.to_owned()),
                    stage: Some(api.stage.to_owned()),
                },
                kind,
                keep_ip: false,
                patterns: Arc::default(),
                bound: false,
            },
            framing: None,
        });
    }
    let path = folder.join(FILE_NAME);
    fs::write(&path, config).map_err(CommandError::file(&path))?;
    Ok(jobs)
}

/// `gwcost demo --output FILE`: only a log, of the busiest API of a kind.
fn write_log(
    arguments: &DemoArgs,
    requests: u64,
    window: Window,
    output: &PathBuf,
) -> Result<Exit, CommandError> {
    let kind: ApiKind = arguments.api_kind.parse()?;
    let apis = example_apis();
    let api = apis.iter().filter(|api| kind_of(api.kind) == kind).max_by_key(|api| api.weight);
    let Some(api) = api else {
        return Err(CommandError::Usage(format!("the example has no {kind} API")));
    };
    let format = match (&arguments.format_string, &arguments.format_file) {
        (Some(format), _) => format.clone(),
        (None, Some(path)) => read_format(path)?,
        (None, None) => default_format(api.kind).to_owned(),
    };
    let template = Template::parse(&format)?;
    let traffic = Traffic::new(api, arguments.seed, requests, window.from_ms, window.to_ms);
    if output == Path::new("-") {
        to_stdout(|out| write_lines(traffic, &template, out))?;
        return Ok(Exit::Done);
    }
    let file = File::create(output).map_err(CommandError::file(output))?;
    let mut plain = BufWriter::with_capacity(1 << 20, file);
    let written = if output.extension().is_some_and(|ending| ending == "gz") {
        let mut out = GzEncoder::new(plain, Compression::fast());
        write_lines(traffic, &template, &mut out).and_then(|()| out.finish()?.flush())
    } else {
        write_lines(traffic, &template, &mut plain).and_then(|()| plain.flush())
    };
    written.map_err(CommandError::file(output))?;
    Ok(Exit::Done)
}

/// One line for each request; line ends inside the format are rendered as spaces, so that a line
/// stays one.
fn write_lines(traffic: Traffic<'_>, template: &Template, out: &mut dyn Write) -> io::Result<()> {
    let variables: Vec<Option<Variable>> = template.variables().map(Variable::resolve).collect();
    let mut line = Vec::with_capacity(1024);
    for request in traffic {
        line.clear();
        template.render(&mut line, |index, _, text| {
            variables[index].is_some_and(|variable| request.write(variable, text))
        });
        for byte in &mut line {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

fn default_format(kind: Kind) -> &'static str {
    match kind {
        Kind::Rest => REST_FORMAT,
        Kind::Http => HTTP_FORMAT,
        Kind::WebSocket => WEBSOCKET_FORMAT,
    }
}

fn kind_of(kind: Kind) -> ApiKind {
    match kind {
        Kind::Rest => ApiKind::Rest,
        Kind::Http => ApiKind::Http,
        Kind::WebSocket => ApiKind::WebSocket,
    }
}

/// Reads `200000`, `200k` or `10M`.
fn parse_count(typed: &str) -> Result<u64, CommandError> {
    let (digits, factor) = match typed.as_bytes().last() {
        Some(b'k' | b'K') => (&typed[..typed.len() - 1], 1_000),
        Some(b'm' | b'M') => (&typed[..typed.len() - 1], 1_000_000),
        _ => (typed, 1),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(factor))
        .filter(|count| (1..=10_000_000_000).contains(count))
        .ok_or_else(|| CommandError::Flag {
            flag: "--requests",
            problem: format!("{typed:?} is not a count: expected 1 to 10000M, as in 200000, 200k or 10M"),
        })
}
