//! How far from the first 429: API Gateway's token buckets, replayed over the lake's own arrivals.
//!
//! All logged requests are arrivals, refused ones included, for they are demand. The lake is read once, an hour at a
//! time; what needs more passes goes over arrivals that were kept aside, by bucket and millisecond. Memory grows with
//! the buckets and with the different callers (endpoint and key), not with the requests.

mod chains;
mod clients;
mod closest;
mod eras;
mod explore;
mod finish;
mod low;
mod quotas;
mod result;
mod rows;
mod run;
mod spill;
mod unused;
mod watch;

pub use result::{
    Agreement, Basis, ChainReplay, Closest, Contributor, Disagreement, FrontierPoint, Growth, Hammering,
    HourOfWeek, LimitHeadroom, LowMoment, Observed, QuotaUse, Refused, Suggested, ThrottleAnalysis, Unused,
};

use gwcost_core::model::Window;
use gwcost_core::model::limits::LimitScope;
use gwcost_core::model::settings::{Limit, Snapshot};

use self::eras::Eras;
use self::run::Run;
use super::AnalysisError;
use super::filter::Filters;
use crate::lake::{Lake, replay};

/// What is asked.
#[derive(Clone, Debug)]
pub struct ThrottleQuestion<'a> {
    /// The window.
    pub window: Window,
    /// Which limits are shown: those that some matching request meets. All requests drain their buckets.
    pub filters: Filters,
    /// What API Gateway was configured as, over time. Empty: only the accounts' defaults are known.
    pub settings: &'a [Snapshot],
    /// A limit that nobody has set yet, for every bucket of a scope.
    pub typed: Option<(LimitScope, Limit)>,
}

/// Replays the limits.
///
/// # Errors
/// [`AnalysisError`] when the lake cannot be read, or arrivals cannot be kept aside.
pub fn throttle(lake: &Lake, question: &ThrottleQuestion<'_>) -> Result<ThrottleAnalysis, AnalysisError> {
    lake.check_files(question.window)?;
    let eras = Eras::new(question.settings, question.window);
    let mut run = Run::new(question, &eras);
    for batch in replay(lake, question.window, &rows::COLUMNS)?.ahead() {
        run.hour(&batch?)?;
    }
    run.finish(lake.covered())
}
