//! What a reader must know of a replay: what AWS leaves open, what the log and the settings do.

use gwcost_core::model::limits::{LimitGap, LimitSource};

use crate::analysis::{LimitHeadroom, ThrottleAnalysis};
use crate::report::number::count;
use crate::report::period::period;

/// Changes of settings that are named.
const CHANGES: usize = 5;

/// One line: the tightest limit.
pub fn headline(analysis: &ThrottleAnalysis) -> String {
    let window = period(&analysis.window);
    if analysis.limits.is_empty() {
        return format!("{window}: no requests");
    }
    let set = analysis.limits.iter().filter(|limit| limit.source != LimitSource::Typed);
    let tightest = set
        .filter_map(|limit| Some((limit, limit.growth?)))
        .min_by_key(|(_, growth)| growth.to_first_refusal);
    let Some((limit, growth)) = tightest else {
        return format!("{window}: the limits are not known");
    };
    let name = super::inert(&limit.id.name());
    let refused = limit.refused.map_or(0, |refused| refused.high);
    if refused > 0 {
        return format!(
            "{window}: the tightest limit, {} {name}, refuses {} of {} requests in the replay",
            limit.id.scope,
            count(refused),
            count(limit.arrivals)
        );
    }
    format!(
        "{window}: traffic may grow {}x until the first limit refuses: {} {name}",
        growth.to_first_refusal, limit.id.scope
    )
}

/// Sentences below the tables.
pub fn notes(analysis: &ThrottleAnalysis) -> Vec<String> {
    let mut notes = Vec::new();
    if analysis.settings_taken_ms.is_none() {
        notes.push(
            "no settings are known: only the accounts' defaults are known, and usage plans, stages and \
             methods may set lower limits"
                .to_owned(),
        );
    }
    if !analysis.settings_changed_ms.is_empty() {
        let times: Vec<String> =
            analysis.settings_changed_ms.iter().map(|ms| super::json::time(*ms)).collect();
        let shown = times.len().min(CHANGES);
        let more = times.len() - shown;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        notes.push(format!(
            "settings were seen to have changed at {}{more}: each limit is replayed over the time that it held, up to \
             when another one was seen",
            times[..shown].join(", ")
        ));
    }
    if let Some(until) = analysis.settings_assumed_until_ms {
        notes.push(format!(
            "settings were first read at {}: before, they are taken to have been the same",
            super::json::time(until)
        ));
    }
    let any = |is: fn(&LimitHeadroom) -> bool| analysis.limits.iter().any(is);
    if any(|limit| limit.source == LimitSource::RegionDefault) {
        notes.push("an account's limit is AWS's default of the region; it may have been raised".to_owned());
    }
    if any(|limit| limit.source == LimitSource::Unknown) {
        notes
            .push("no default is known for some regions: their accounts' limits are not replayed".to_owned());
    }
    if any(|limit| limit.limit.is_some() && limit.refused.is_none()) {
        notes.push("some limits have too many digits to be replayed exactly, and were not".to_owned());
    }
    if any(|limit| limit.resolution_ms > 1) {
        notes.push(
            "some lines hold seconds only: their refusals are between arrivals spread evenly in the \
             second and all of them at its beginning; log $context.requestTimeEpoch for milliseconds"
                .to_owned(),
        );
    }
    for (gap, requests) in &analysis.gaps {
        let what = match gap {
            LimitGap::RouteNotLogged => {
                "met a limit of their method or route that is not known, for their route is made from the path"
            }
            LimitGap::PlansNotRead => "have an API key whose usage plan was not read",
            LimitGap::StageNotRead => "are of a stage whose settings were not read",
        };
        notes.push(format!("{} requests {what}", count(*requests)));
    }
    if !analysis.quotas.is_empty() {
        notes.push(
            "AWS does not document when a quota's period begins: days and months are taken to be those \
             of UTC, weeks to begin on Monday; refused requests count as used"
                .to_owned(),
        );
    }
    if analysis.limits.iter().any(|limit| limit.observed.untyped_429 > 0) {
        notes.push("some 429s have no response type in the log: they may be the backend's own".to_owned());
    }
    if analysis.limits.iter().any(|limit| limit.first_refusal.is_some()) {
        notes.push(
            "days until the first refusal are a straight line through the daily peaks of 1 s, with its \
             95 % interval: not a forecast of launches"
                .to_owned(),
        );
    }
    if analysis.not_suggested > 0 {
        notes.push(format!(
            "nothing is suggested for the {} least busy buckets",
            count(analysis.not_suggested as u64)
        ));
    }
    if analysis.clients_forgotten > 0 {
        notes.push(format!(
            "{} refusals are of clients beyond those that are remembered",
            count(analysis.clients_forgotten)
        ));
    }
    notes.push(
        "all logged requests are arrivals, refused ones included; AWS does not document whether \
         blocked and unauthenticated ones take a token"
            .to_owned(),
    );
    notes.push(
        "the log says that a request was throttled, not by which limit; AWS's limits are best \
         effort, targets and not ceilings"
            .to_owned(),
    );
    notes
}
