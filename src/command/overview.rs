//! `gwcost` alone: what there is, and what could be done next.

use gwcost_core::model::{DAY_MS, Month, Window};

use super::CommandError;
use super::context::Context;
use super::output::{terminal, to_stdout};
use crate::exit::Exit;
use crate::lake::{Lake, LakeError, latest_settings, metrics_looks};
use crate::report::{self, counted, sentences};

/// A command line, and what it answers.
type Step = (String, &'static str);

/// Shows the lake, the window and the next steps.
pub fn run(context: &Context) -> Result<Exit, CommandError> {
    let mut facts = vec![("lake", lake_place(context))];
    let steps = match Lake::open(&context.lake) {
        Ok(lake) => {
            facts.push(("holds", holds(&lake)));
            facts.extend(line(&lake).map(|line| ("by day", line)));
            beside(&lake, &mut facts)?;
            with_lake(context, &lake)
        }
        Err(LakeError::Missing(_)) => {
            facts.push(("holds", "nothing: there is no lake yet".to_owned()));
            without_lake()
        }
        Err(error) => return Err(error.into()),
    };
    let checks = match context.config.checks.len() {
        0 => "none: gwcost check uses AWS's recommended thresholds".to_owned(),
        some => format!("{} in gwcost.toml", counted(some as u64, "rule")),
    };
    facts.push(("checks", checks));
    let terminal = terminal();
    let mut text = format!(
        "gwcost {}: what every endpoint behind Amazon API Gateway costs\n\n",
        env!("CARGO_PKG_VERSION")
    );
    for (name, value) in facts {
        text += &sentences(&[format!("{name:<9} {}", report::inert(&value))], &terminal);
    }
    text += "\nnext:\n";
    let width = steps.iter().map(|(step, _)| step.len()).max().unwrap_or_default();
    let narrow = terminal.width.is_some_and(|columns| usize::from(columns) < width + 40);
    for (step, answers) in steps {
        text += &if narrow {
            format!("  {step}\n      {answers}\n")
        } else {
            format!("  {step:<width$}  {answers}\n")
        };
    }
    text += "\ngwcost --help lists every command.\n";
    to_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}

fn lake_place(context: &Context) -> String {
    context.lake.display().to_string()
}

fn day(ms: i64) -> String {
    Window { from_ms: ms, to_ms: ms }.from_rfc3339().get(..10).unwrap_or_default().to_owned()
}

fn holds(lake: &Lake) -> String {
    let rows: u64 = lake.units().map(|unit| unit.rows).sum();
    let units = lake.units().count() as u64;
    match lake.covered() {
        Some((first, last)) => {
            format!(
                "{} from {} to {}, read from {}",
                counted(rows, "request"),
                day(first),
                day(last),
                counted(units, "unit")
            )
        }
        None => "no request".to_owned(),
    }
}

/// Days of the sparkline, at most.
const DAYS: i64 = 60;

/// The last days' requests as a line of bars, by what the files of each day hold.
fn line(lake: &Lake) -> Option<String> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let (first, last) = lake.covered()?;
    let (first, last) = (first.div_euclid(DAY_MS), last.div_euclid(DAY_MS));
    let first = first.max(last - DAYS + 1);
    let mut rows = vec![0u64; usize::try_from(last - first + 1).ok()?];
    for (_, file) in lake.request_files(Window { from_ms: first * DAY_MS, to_ms: (last + 1) * DAY_MS }) {
        let day = file.first_ms.and_then(|ms| usize::try_from(ms.div_euclid(DAY_MS) - first).ok());
        if let Some(count) = day.and_then(|day| rows.get_mut(day)) {
            *count += file.rows;
        }
    }
    let most = rows.iter().copied().max().filter(|most| *most > 0 && rows.len() > 1)?;
    let bar = |rows: &u64| match rows {
        0 => ' ',
        rows => BARS[usize::try_from(rows * 7 / most).unwrap_or(0).min(7)],
    };
    let bars: String = rows.iter().map(bar).collect();
    Some(format!("{bars} at most {}", counted(most, "request")))
}

/// What there is beside requests.
fn beside(lake: &Lake, facts: &mut Vec<(&'static str, String)>) -> Result<(), CommandError> {
    let settings = match latest_settings(lake.root())? {
        Some(settings) => format!("as of {}", day(settings.taken_at_ms)),
        None => "none: gwcost ingest settings: asks AWS what is configured".to_owned(),
    };
    facts.push(("settings", settings));
    let looks = metrics_looks(lake.records()).count() as u64;
    let metrics = match looks {
        0 => "none: gwcost ingest metrics: lets figures be compared with CloudWatch".to_owned(),
        looks => format!("{} asked about", counted(looks, "day")),
    };
    facts.push(("metrics", metrics));
    Ok(())
}

fn without_lake() -> Vec<Step> {
    vec![
        ("gwcost demo".to_owned(), "the whole job on a generated example"),
        ("gwcost ingest access.log.gz --preset rest-json".to_owned(), "read a log into a lake"),
        ("gwcost ingest --discover --since 30d".to_owned(), "ask AWS which logs there are, and read them"),
        ("gwcost doctor".to_owned(), "what is missing, and how to get it"),
    ]
}

/// The window that has something in it: the last 30 days, else the month of the last request.
fn with_lake(context: &Context, lake: &Lake) -> Vec<Step> {
    const THIRTY_DAYS_MS: i64 = 30 * DAY_MS;
    let window = match lake.covered() {
        Some((_, last)) if last < context.now_ms - THIRTY_DAYS_MS => {
            format!("--month {}", Month::of_ms(last))
        }
        _ => "--since 30d".to_owned(),
    };
    vec![
        (format!("gwcost analyze {window}"), "what each endpoint costs"),
        (format!("gwcost report {window}"), "a page to send to somebody"),
        (format!("gwcost bill {window}"), "the same as AWS lays it out"),
        (format!("gwcost check {window}"), "whether it keeps to its limits"),
        (format!("gwcost throttle {window}"), "how far it is from the first 429"),
        ("gwcost doctor".to_owned(), "what is missing, and how to get it"),
    ]
}
