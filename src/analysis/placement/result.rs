//! What an analysis of placement returns: plain values, not yet formatted for anybody.

use gwcost_core::model::{ApiKind, Recommendation, Step, Window};
use rust_decimal::Decimal;

use crate::analysis::cache::StageId;
use crate::analysis::dimension::Dimension;
use crate::analysis::result::{Percentiles, RateUse};
use crate::geo::Spread;

/// What other placements of each API would cost, and how far they would be from its callers.
#[derive(Clone, Debug)]
pub struct PlacementAnalysis {
    /// The half-open UTC window.
    pub window: Window,
    /// The part of it that the lake covers, in whole hours; `None` without requests.
    pub logged: Option<Window>,
    /// Dimensions and globs that APIs had to match.
    pub filters: Vec<(Dimension, String)>,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// The rates that were used.
    pub rates: Vec<RateUse>,
    /// The month whose rates were used instead of the window's own.
    pub rates_at: Option<String>,
    /// The country database; `None` without one.
    pub countries: Option<CountrySource>,
    /// One for each API and stage, those with most requests first.
    pub apis: Vec<ApiPlacement>,
    /// What a reader must know, a sentence each.
    pub notes: Vec<String>,
    /// What was taken for granted, a sentence each.
    pub assumptions: Vec<String>,
    /// Files that replaced embedded ones.
    pub overrides: Vec<String>,
}

/// Whose word countries are.
#[derive(Clone, Debug)]
pub struct CountrySource {
    /// The file.
    pub name: String,
    /// What it calls itself.
    pub kind: String,
    /// When it was made.
    pub made_on: Option<String>,
    /// What its licence wants to be said.
    pub credit: Option<&'static str>,
}

/// One stage of one API.
#[derive(Clone, Debug)]
pub struct ApiPlacement {
    /// Whose.
    pub id: StageId,
    /// The kind of API.
    pub kind: ApiKind,
    /// Where callers enter now, as settings say; `None` where they are not known.
    pub endpoint: Option<String>,
    /// All of its requests.
    pub requests: u64,
    /// Bytes of their responses; `None` where no size was logged.
    pub response_bytes: Option<u64>,
    /// Where its callers are, the most requests first; empty without a database.
    pub callers: Vec<CallerShare>,
    /// The part of the requests whose country is not known, 0 to 1.
    pub unknown_share: Option<Decimal>,
    /// The addresses are those of a proxy in front, so they say nothing of callers.
    pub proxied: bool,
    /// Milliseconds that API Gateway itself took: latency less the integration's, where both were logged.
    pub overhead: Percentiles,
    /// What the bill says of it, and what it would say.
    pub alternatives: Vec<Alternative>,
    /// What to do.
    pub recommendations: Vec<Recommendation>,
    /// What a reader must know of this one.
    pub notes: Vec<String>,
}

/// Requests from one country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerShare {
    /// The country's code; or `private`, `reserved`, `unknown`; `None` where no address was logged.
    pub country: Option<String>,
    /// Its requests.
    pub requests: u64,
    /// Bytes of their responses.
    pub response_bytes: u64,
    /// The part of all requests, 0 to 1, six decimals.
    pub share: Decimal,
}

/// One way to place an API.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// Its name in JSON: `rest_regional_cloudfront`.
    pub name: &'static str,
    /// It is what is there now.
    pub as_is: bool,
    /// How long CloudFront keeps answers; zero is without caching, `None` where nothing is kept anyway.
    pub ttl_seconds: Option<u32>,
    /// The flat-rate plan of CloudFront's; `None` where one pays as one goes.
    pub plan: Option<String>,
    /// The regions that it stands in.
    pub regions: Vec<String>,
    /// Dollars for the window; `None` where something of it has no price.
    pub cost: Option<Decimal>,
    /// At least.
    pub cost_low: Option<Decimal>,
    /// At most.
    pub cost_high: Option<Decimal>,
    /// `cost`, scaled to 730 hours.
    pub cost_per_month: Option<Decimal>,
    /// What the whole bill changes by, for the window.
    pub delta: Option<Decimal>,
    /// The same, scaled to 730 hours.
    pub delta_per_month: Option<Decimal>,
    /// Why there is no price.
    pub unpriced: Option<String>,
    /// The part of all requests that CloudFront answers with one cache for each price geography.
    pub hit_ratio_low: Option<Decimal>,
    /// The same with one cache for all callers.
    pub hit_ratio_high: Option<Decimal>,
    /// Round trips of a request on an open connection, over all callers whose country is known.
    pub latency: Option<Spread>,
    /// Round trips that open a connection (TCP and TLS 1.3), before the request.
    pub connect: Option<Spread>,
    /// Countries whose round trip changes most, nearest first.
    pub changes: Vec<CountryChange>,
    /// Whether it can be done.
    pub verdict: Verdict,
    /// What stands against it, or would have to be rebuilt.
    pub blockers: Vec<Blocker>,
    /// How to do it.
    pub apply: Vec<Step>,
}

/// A country whose round trip changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryChange {
    /// Its code.
    pub country: String,
    /// The estimate now, in the middle of its range.
    pub now_ms: u32,
    /// The estimate then.
    pub then_ms: u32,
}

/// Whether an alternative can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing is lost.
    MovesAsIs,
    /// Something has to be rebuilt, or tested.
    MovesWithWork,
    /// Something cannot be had there.
    Cannot,
    /// What is configured is not known.
    Unknown,
}

impl Verdict {
    /// The name in JSON and CSV.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::MovesAsIs => "moves_as_is",
            Verdict::MovesWithWork => "moves_with_work",
            Verdict::Cannot => "cannot",
            Verdict::Unknown => "unknown",
        }
    }
}

/// Something that an alternative does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// A name that stays the same: `api_keys`.
    pub name: &'static str,
    /// What it is, and what becomes of it.
    pub what: &'static str,
    /// It cannot be rebuilt there.
    pub hard: bool,
    /// The methods that use it, `GET /items`; empty where all of the stage does.
    pub methods: Vec<String>,
}
