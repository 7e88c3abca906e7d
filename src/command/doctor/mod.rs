//! `gwcost doctor`: what is missing, and how to get it.
//!
//! It looks at everything that a run can stumble over, and changes nothing. What is on this machine comes first;
//! AWS is asked last, with little patience, and not at all with `--offline`.

mod asked;
mod finding;
mod here;
mod policy;
mod rates;
mod settings;

use std::path::Path;

use super::CommandError;
use super::context::Context;
use super::output::to_stdout;
use crate::cli::{DoctorArgs, GlobalArgs, SummaryFormat};
use crate::config::{Config, FILE_NAME, home};
use crate::exit::Exit;
use finding::{Finding, Level};

/// Runs `gwcost doctor`.
pub fn run(global: &GlobalArgs, arguments: &DoctorArgs) -> Result<Exit, CommandError> {
    if arguments.iam_policy {
        let context = Context::new(global)?;
        return policy::run(&context, arguments);
    }
    // A configuration that cannot be used is a finding, and the rest is looked at without it.
    let (context, configuration) = match Context::new(global) {
        Ok(context) => (context, configuration(global)),
        Err(CommandError::Config(error)) => {
            let how = "mend the file, or name another one with --config";
            let finding = Finding::wrong("config", error.to_string(), how);
            (Context::with_config(global, Config::default())?, finding)
        }
        Err(error) => return Err(error),
    };
    let mut findings = vec![configuration];
    let lake = here::lake(&context, arguments.offline, &mut findings);
    rates::look(&context, lake.as_ref(), &mut findings);
    let snapshots = settings::look(&context, lake.as_ref(), &mut findings);
    if !arguments.offline {
        asked::look(&context, arguments, &snapshots, &mut findings)?;
    }
    to_stdout(|out| match arguments.format {
        SummaryFormat::Text => out.write_all(finding::text(&findings).as_bytes()),
        SummaryFormat::Json => {
            serde_json::to_writer(&mut *out, &finding::json(&findings))?;
            out.write_all(b"\n")
        }
    })?;
    let wrong = findings.iter().any(|finding| finding.level == Level::Wrong);
    Ok(if wrong { Exit::Input } else { Exit::Done })
}

/// Which files were read.
fn configuration(global: &GlobalArgs) -> Finding {
    let files: Vec<String> = match &global.config {
        Some(path) => vec![path.display().to_string()],
        None => {
            let user = home().map(|home| home.join(FILE_NAME));
            let files = [Some(Path::new(FILE_NAME).to_owned()), user];
            files
                .into_iter()
                .flatten()
                .filter(|path| path.exists())
                .map(|path| path.display().to_string())
                .collect()
        }
    };
    if files.is_empty() {
        let what = format!("no {FILE_NAME}: nothing needs one, and one saves typing");
        return Finding::ok("config", what);
    }
    Finding::ok("config", format!("read: {}", files.join(", ")))
}
