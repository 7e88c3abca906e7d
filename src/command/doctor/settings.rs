//! Settings in the lake: whether there are any, how old they are, and what stages log.

use std::collections::BTreeSet;

use gwcost_core::discovery::{Discovery, discover};
use gwcost_core::log_format::Level as Reach;
use gwcost_core::model::settings::{History, Snapshot};
use gwcost_core::model::{ApiKind, DAY_MS, Window};

use super::finding::Finding;
use crate::command::context::Context;
use crate::command::ingest::discover::unsaid;
use crate::lake::{Lake, snapshots};
use crate::report::counted;

const ABOUT: &str = "settings";

const LOGS: &str = "logs";

/// Settings that nobody looked at for so many days may have changed.
const OLD_DAYS: i64 = 30;

/// How to get settings.
const HOW: &str = "gwcost ingest settings:";

/// Looks at the settings, and hands them on. Of a lake in a bucket that could not be opened, that was said.
pub fn look(context: &Context, lake: Option<&Lake>, findings: &mut Vec<Finding>) -> Vec<Snapshot> {
    let kept = match lake {
        Some(lake) => snapshots(lake.root()),
        None if context.lake.is_shared() => return Vec::new(),
        None => snapshots(&context.lake),
    };
    let snapshots = match kept {
        Ok(snapshots) => snapshots,
        Err(error) => {
            let how = format!("take the file away and read them again: {HOW}");
            findings.push(Finding::wrong(ABOUT, error.to_string(), how));
            return Vec::new();
        }
    };
    let places: BTreeSet<(&str, &str)> = snapshots
        .iter()
        .flat_map(|snapshot| &snapshot.regions)
        .map(|settings| (settings.account.as_str(), settings.region.as_str()))
        .collect();
    if places.is_empty() {
        let what = "no settings in the lake: stages, caches, limits and log formats are not known";
        findings.push(Finding::missing(ABOUT, what, format!("{HOW} (offline: --settings FILE)")));
    }
    for (account, region) in places {
        let Some((snapshot, settings)) = History::of(&snapshots, account, region).latest() else { continue };
        let seen_ms = snapshot.seen_until_ms();
        let days = (context.now_ms - seen_ms).max(0) / DAY_MS;
        let seen = Window { from_ms: seen_ms, to_ms: seen_ms }.from_rfc3339();
        let what = format!("account {account} in {region}: read last at {seen}, {} ago", counted_days(days));
        if days > OLD_DAYS {
            findings.push(Finding::missing(ABOUT, what, format!("read them again: {HOW}")));
        } else {
            findings.push(Finding::ok(ABOUT, what));
        }
        for missing in &settings.missing {
            let what = format!(
                "account {account} in {region}: {} could not be read: {} on {}",
                missing.what, missing.action, missing.resource
            );
            findings.push(Finding::missing(ABOUT, what, "gwcost doctor --iam-policy prints what to allow"));
        }
        logs(&discover([settings]), findings);
    }
    snapshots
}

fn counted_days(days: i64) -> String {
    counted(u64::try_from(days).unwrap_or_default(), "day")
}

/// What stages log, and what of it cannot be used.
fn logs(found: &Discovery, findings: &mut Vec<Finding>) {
    for stage in &found.silent {
        let what = format!("{stage} has no access log: nothing can be said of its endpoints");
        findings.push(Finding::missing(LOGS, what, suggestion(stage.kind)));
    }
    for (stage, reason) in &found.unusable {
        findings.push(Finding::missing(LOGS, format!("{stage}: {reason}"), suggestion(stage.kind)));
    }
    for candidate in found.groups.iter().chain(&found.streams).flat_map(|source| &source.candidates) {
        let stages: Vec<String> = candidate.stages.iter().map(ToString::to_string).collect();
        let stages = stages.join(", ");
        let mut lacks: Vec<String> = candidate
            .lacks
            .iter()
            .filter(|lack| lack.level == Reach::Missing)
            .map(|lack| lack.what.clone())
            .collect();
        lacks.extend(unsaid(candidate));
        if lacks.is_empty() {
            findings.push(Finding::ok(LOGS, format!("{stages}: the format has what analyses need")));
        } else {
            let what = format!("{stages}: {}", lacks.join("; "));
            findings.push(Finding::missing(LOGS, what, suggestion(candidate.kind)));
        }
    }
}

fn suggestion(kind: ApiKind) -> String {
    format!("gwcost log-format suggest {kind} prints a format that has all, and how to set it")
}
