//! What the doctor finds, as people and programs read it.

use serde::Serialize;

use crate::report::{counted, inert};

/// The answer's shape for programs.
const SCHEMA: &str = "gwcost/doctor/1";

/// How it stands with something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing is to be done.
    Ok,
    /// It is not there; what needs it cannot be done, and the rest can.
    Missing,
    /// It is there and cannot be right.
    Wrong,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Missing => "missing",
            Level::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it stands.
    pub level: Level,
    /// What it is about: `lake`, `rates`, `settings`, ...
    pub about: &'static str,
    /// What was found, a sentence fragment.
    pub what: String,
    /// What to do about it: mostly a command.
    pub how: Option<String>,
}

impl Finding {
    /// Nothing is to be done.
    pub fn ok(about: &'static str, what: impl Into<String>) -> Finding {
        Finding { level: Level::Ok, about, what: what.into(), how: None }
    }

    /// It is not there, and this is how to get it.
    pub fn missing(about: &'static str, what: impl Into<String>, how: impl Into<String>) -> Finding {
        Finding { level: Level::Missing, about, what: what.into(), how: Some(how.into()) }
    }

    /// It is wrong, and this is how to mend it.
    pub fn wrong(about: &'static str, what: impl Into<String>, how: impl Into<String>) -> Finding {
        Finding { level: Level::Wrong, about, what: what.into(), how: Some(how.into()) }
    }
}

fn number(findings: &[Finding], level: Level) -> u64 {
    findings.iter().filter(|finding| finding.level == level).count() as u64
}

/// The findings for people.
pub fn text(findings: &[Finding]) -> String {
    let about = findings.iter().map(|finding| finding.about.len()).max().unwrap_or_default();
    let mut text = String::new();
    for finding in findings {
        text +=
            &format!("{:<7}  {:<about$}  {}\n", finding.level.name(), finding.about, inert(&finding.what));
        if let Some(how) = &finding.how {
            text += &format!("{:7}  {:about$}  -> {}\n", "", "", inert(how));
        }
    }
    text += &format!(
        "{}: {} ok, {} missing, {} wrong\n",
        counted(findings.len() as u64, "finding"),
        number(findings, Level::Ok),
        number(findings, Level::Missing),
        number(findings, Level::Wrong)
    );
    text
}

/// The findings for programs.
pub fn json(findings: &[Finding]) -> impl Serialize {
    #[derive(Serialize)]
    struct Answer<'a> {
        schema: &'static str,
        ok: u64,
        missing: u64,
        wrong: u64,
        findings: &'a [Finding],
    }
    Answer {
        schema: SCHEMA,
        ok: number(findings, Level::Ok),
        missing: number(findings, Level::Missing),
        wrong: number(findings, Level::Wrong),
        findings,
    }
}
