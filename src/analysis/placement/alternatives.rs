//! The ways to place one API: what each would use, cost, and how far it would be from the callers.

use std::collections::BTreeMap;

use gwcost_core::model::settings::{EndpointType, RestApi, RestStage};
use gwcost_core::model::{ApiKind, Step, Window, start_of_day_ms};
use gwcost_core::pricing::{CloudfrontUse, Meter, Units, part_of_month, per_month, rounded};
use rust_decimal::Decimal;

use super::PlacementQuestion;
use super::apply;
use super::bills::{Line, Money, Pools, Price};
use super::blockers::to_http;
use super::callers::{Places, country, ratio};
use super::hits::Hits;
use super::result::{Alternative, Blocker, Verdict};
use super::usage::{CallerUse, Part, PartUse, StageUse};
use crate::analysis::AnalysisError;
use crate::analysis::result::Measures;
use crate::geo::{GEOGRAPHIES, Point, Region, atlas};

/// Round trips before a request on a new connection: one for TCP, one for TLS 1.3.
const HANDSHAKES: f64 = 2.0;

/// What is known of a stage when alternatives are made.
pub(super) struct Subject<'a> {
    pub(super) question: &'a PlacementQuestion,
    pub(super) pools: &'a Pools<'a>,
    pub(super) stage: &'a StageUse,
    /// As it is billed.
    pub(super) measures: &'a Measures,
    pub(super) logged: Option<Window>,
    pub(super) settings: Option<(&'a RestApi, &'a RestStage)>,
    pub(super) has_plan: bool,
    pub(super) is_throttled_by_method: bool,
    /// By TTL; `None` where the log holds no paths.
    pub(super) hits: Option<&'a [Hits]>,
    /// The addresses are the callers'.
    pub(super) are_callers: bool,
}

/// How a request travels.
#[derive(Clone, Copy)]
enum Route<'a> {
    /// To one region.
    Direct(&'a Region),
    /// To the nearer of two.
    Nearer(&'a Region, &'a Region),
    /// To the nearest edge, and on to a region unless it was answered there.
    Edge(&'a Region, f64),
    /// Not over the internet.
    Private,
}

impl Route<'_> {
    /// Kilometres of a request that is answered by the API.
    fn km(self, from: Point) -> f64 {
        match self {
            Route::Direct(region) => from.km_to(region.point),
            Route::Nearer(one, other) => from.km_to(one.point).min(from.km_to(other.point)),
            Route::Edge(region, _) => match atlas().nearest_edge(from) {
                Some((edge, km)) => km + edge.point.km_to(region.point),
                None => from.km_to(region.point),
            },
            Route::Private => 0.0,
        }
    }

    /// Kilometres to where connections end.
    fn entry_km(self, from: Point) -> f64 {
        match self {
            Route::Edge(..) => atlas().nearest_edge(from).map_or(0.0, |(_, km)| km),
            direct => direct.km(from),
        }
    }

    fn ways(self, from: Point) -> Vec<(f64, f64)> {
        match self {
            Route::Edge(_, hit_ratio) if hit_ratio > 0.0 => {
                vec![(self.entry_km(from), hit_ratio), (self.km(from), 1.0 - hit_ratio)]
            }
            route => vec![(route.km(from), 1.0)],
        }
    }
}

/// An alternative before it is priced.
struct Draft<'a> {
    name: &'static str,
    ttl_seconds: Option<u32>,
    regions: Vec<&'a str>,
    /// What it uses; several where the log leaves it open, and the dearest counts.
    scenarios: Vec<Vec<Line>>,
    hits: Option<Hits>,
    /// A flat price beside the lines.
    flat: Option<Flat>,
    route: Option<Route<'a>>,
    verdict: Verdict,
    blockers: Vec<Blocker>,
    apply: Vec<Step>,
}

/// A plan's price for the time that is logged.
#[derive(Clone, Debug)]
struct Flat {
    plan: String,
    /// If nothing is charged beyond it.
    low: Decimal,
    /// If the rest is paid as one goes.
    high: Decimal,
}

impl Flat {
    fn on_top_of(&self, lines: Money) -> Price {
        let Money { low, base, high } = lines;
        Ok(Money { low: low + self.low, base: base + self.high, high: high + self.high })
    }
}

impl<'a> Subject<'a> {
    /// All alternatives, what is there now first.
    pub(super) fn alternatives(&self) -> Result<Vec<Alternative>, AnalysisError> {
        let as_is_name = self.as_is_name();
        let lines = self.as_is_lines();
        let as_is = self.pools.price(self.stage, &lines)?;
        let home = atlas().region(&self.stage.id.region);
        let now = self.route_now(home);
        let mut drafts = self.one_region(home);
        let in_front = self.cloudfront(home);
        let plans = self.plans(&in_front)?;
        drafts.extend(in_front);
        drafts.extend(plans);
        drafts.extend(self.private(home));
        drafts.extend(self.elsewhere(home, &as_is)?);
        let mut alternatives = Vec::new();
        for draft in drafts {
            alternatives.push(self.price(draft, &as_is, as_is_name, now)?);
        }
        // The one that is there now comes first; the others stay in their order.
        alternatives.sort_by_key(|alternative| !alternative.as_is);
        Ok(alternatives)
    }

    /// The alternative that is there now; where settings do not say, a REST API is taken for a regional one, whose
    /// bill is the same as an edge-optimized one's.
    fn as_is_name(&self) -> &'static str {
        match (self.stage.kind, self.endpoint()) {
            (ApiKind::Rest, Some(EndpointType::Edge)) => "rest_edge",
            (ApiKind::Rest, Some(EndpointType::Private)) => "rest_private",
            (ApiKind::Rest, _) => "rest_regional",
            _ => "http_regional",
        }
    }

    fn endpoint(&self) -> Option<&EndpointType> {
        self.settings.and_then(|(api, _)| api.endpoint_types.first())
    }

    fn route_now(&self, home: Option<&'a Region>) -> Option<Route<'a>> {
        let home = home?;
        Some(match self.endpoint() {
            Some(EndpointType::Edge) => Route::Edge(home, 0.0),
            Some(EndpointType::Private) => Route::Private,
            _ => Route::Direct(home),
        })
    }

    fn parts(&self) -> impl Iterator<Item = (Part, &'a PartUse)> {
        self.stage.parts.iter().map(|(part, used)| (*part, used))
    }

    /// Requests of a kind and transfer to the internet, in a region.
    fn direct_lines(&self, kind: ApiKind, region: &str) -> Vec<Line> {
        let mut lines = Vec::new();
        for (part, used) in self.parts() {
            let calls = if kind == self.stage.kind { used.calls } else { used.as_other };
            lines.push(Line::new(region, Meter::of_calls(kind), part, calls));
            lines.push(Line::new(region, Meter::InternetTransfer, part, used.transfer));
        }
        lines
    }

    fn as_is_lines(&self) -> Vec<Line> {
        self.direct_lines(self.stage.kind, &self.stage.id.region)
    }

    fn http_verdict(&self) -> (Verdict, Vec<Blocker>) {
        match (self.stage.kind, self.settings) {
            (ApiKind::Http, _) => (Verdict::MovesAsIs, Vec::new()),
            (_, Some((api, stage))) => to_http(api, stage, self.has_plan, self.is_throttled_by_method),
            _ => (Verdict::Unknown, Vec::new()),
        }
    }

    /// Edge, regional, and an HTTP API, all in the region where it is.
    fn one_region(&self, home: Option<&'a Region>) -> Vec<Draft<'a>> {
        let region = self.stage.id.region.as_str();
        let draft = |name, kind, route, verdict, blockers, apply| Draft {
            name,
            ttl_seconds: None,
            regions: vec![region],
            scenarios: vec![self.direct_lines(kind, region)],
            hits: None,
            flat: None,
            route,
            verdict,
            blockers,
            apply,
        };
        let id = &self.stage.id;
        let rest = if self.stage.kind == ApiKind::Rest { Verdict::MovesAsIs } else { Verdict::MovesWithWork };
        let (http, blockers) = self.http_verdict();
        let edge = home.map(|home| Route::Edge(home, 0.0));
        let direct = home.map(Route::Direct);
        let mut drafts = Vec::new();
        if self.stage.kind == ApiKind::Rest {
            drafts.push(draft(
                "rest_edge",
                ApiKind::Rest,
                edge,
                rest,
                Vec::new(),
                apply::endpoint(id, "EDGE"),
            ));
        }
        drafts.push(draft(
            "rest_regional",
            ApiKind::Rest,
            direct,
            rest,
            Vec::new(),
            apply::endpoint(id, "REGIONAL"),
        ));
        drafts.push(draft("http_regional", ApiKind::Http, direct, http, blockers, apply::http_api(id)));
        drafts
    }

    /// CloudFront in front, without a cache and with each TTL.
    fn cloudfront(&self, home: Option<&'a Region>) -> Vec<Draft<'a>> {
        let id = &self.stage.id;
        let kinds: &[(&'static str, ApiKind)] = match self.stage.kind {
            ApiKind::Rest => {
                &[("rest_regional_cloudfront", ApiKind::Rest), ("http_regional_cloudfront", ApiKind::Http)]
            }
            _ => &[("http_regional_cloudfront", ApiKind::Http)],
        };
        let mut drafts = Vec::new();
        for &(name, kind) in kinds {
            let (verdict, blockers) = match kind {
                ApiKind::Http => {
                    let (verdict, mut blockers) = self.http_verdict();
                    // What CloudFront brings itself.
                    blockers.retain(|blocker| {
                        !["edge_endpoint", "cache", "waf", "compression"].contains(&blocker.name)
                    });
                    let lost = blockers.iter().any(|blocker| blocker.hard);
                    let verdict = match verdict {
                        Verdict::Cannot if lost => Verdict::Cannot,
                        Verdict::Unknown => Verdict::Unknown,
                        _ => Verdict::MovesWithWork,
                    };
                    (verdict, blockers)
                }
                _ => (Verdict::MovesWithWork, Vec::new()),
            };
            let without = Hits { ttl_seconds: 0, low: 0, high: 0 };
            let cached = self.hits.unwrap_or_default().iter().copied();
            for hits in std::iter::once(without).chain(cached) {
                drafts.push(Draft {
                    name,
                    ttl_seconds: Some(hits.ttl_seconds),
                    regions: vec![&id.region],
                    scenarios: self.cloudfront_scenarios(kind, hits),
                    hits: Some(hits),
                    flat: None,
                    route: home.map(|home| Route::Edge(home, part(hits.low, self.stage.requests))),
                    verdict,
                    blockers: blockers.clone(),
                    apply: apply::cloudfront(id, hits.ttl_seconds),
                });
            }
        }
        drafts
    }

    /// With a flat-rate plan of CloudFront's, the one that costs least at most; its cache keeps answers for the
    /// longest TTL that was asked for.
    fn plans(&self, in_front: &[Draft<'a>]) -> Result<Vec<Draft<'a>>, AnalysisError> {
        let mut drafts = Vec::new();
        for (metered, name) in [
            ("rest_regional_cloudfront", "rest_regional_cloudfront_plan"),
            ("http_regional_cloudfront", "http_regional_cloudfront_plan"),
        ] {
            let kept =
                in_front.iter().filter(|draft| draft.name == metered).max_by_key(|draft| draft.ttl_seconds);
            let (Some(kept), Some(flat)) = (kept, self.flat()?) else { continue };
            let is_origin = |line: &&Line| line.region == self.stage.id.region;
            let origin = kept.scenarios.iter().map(|lines| lines.iter().filter(is_origin).cloned().collect());
            drafts.push(Draft {
                name,
                ttl_seconds: kept.ttl_seconds,
                regions: kept.regions.clone(),
                // What the API is asked is the same wherever its callers are.
                scenarios: origin.take(1).collect(),
                hits: kept.hits,
                flat: Some(flat),
                route: kept.route,
                verdict: kept.verdict,
                blockers: kept.blockers.clone(),
                apply: kept.apply.clone(),
            });
        }
        Ok(drafts)
    }

    /// The plan for what callers use in a month, at the share of a month that is logged. `None` where no plan is
    /// known, or its price is in another currency.
    fn flat(&self) -> Result<Option<Flat>, AnalysisError> {
        let catalog = self.pools.catalog();
        let (Some(logged), Some(((_, since), _))) = (self.logged, self.parts().last()) else {
            return Ok(None);
        };
        if catalog.cloudfront_plans().currency != catalog.currency() {
            return Ok(None);
        }
        let milliseconds = (logged.to_ms - logged.from_ms).unsigned_abs();
        let callers = self.stage.callers();
        let bytes: u64 = callers.values().map(|used| used.bytes).sum();
        let a_month = |used: u64| {
            let scaled = per_month(Decimal::from(used), milliseconds)?;
            u64::try_from(scaled.ceil()).ok()
        };
        let (Some(requests), Some(transfer_bytes)) = (a_month(self.stage.requests), a_month(bytes)) else {
            return Ok(None);
        };
        // Beyond the plan the dearest of the geographies that callers are in counts.
        let named =
            callers.keys().filter_map(|name| country(name.as_deref())).map(|country| country.geography);
        let mut geographies: Vec<&str> = named.filter(|_| self.are_callers).collect();
        geographies.sort_unstable();
        geographies.dedup();
        if geographies.is_empty() {
            geographies = GEOGRAPHIES.iter().map(|(code, _)| *code).collect();
        }
        let mut best: Option<Flat> = None;
        for plan in catalog.cloudfront_plans().on(since) {
            let mut high = Some(plan.monthly);
            for geography in &geographies {
                let rates = |meter| catalog.quote(geography, meter, since).ok().map(|quote| quote.tiers);
                let cost = plan.cost(CloudfrontUse { requests, transfer_bytes }, rates)?.high;
                high = high.zip(cost).map(|(high, cost)| high.max(cost));
            }
            let Some(high) = high else { continue };
            let logged = |monthly: Decimal| part_of_month(monthly, milliseconds);
            let flat = Flat { plan: plan.name.clone(), low: logged(plan.monthly), high: logged(high) };
            if best.as_ref().is_none_or(|best| flat.high < best.high) {
                best = Some(flat);
            }
        }
        Ok(best)
    }

    /// One scenario if all callers' geographies are known; else one for each geography that the others could be
    /// in.
    fn cloudfront_scenarios(&self, kind: ApiKind, hits: Hits) -> Vec<Vec<Line>> {
        let mut lines = Vec::new();
        let mut unknown: Vec<(Part, CallerUse)> = Vec::new();
        let mut spent = Hits { low: 0, high: 0, ..hits };
        let mut seen = 0;
        for (part, used) in self.parts() {
            seen += used.requests;
            // Hits are of the whole window; a part has its share of them.
            let until = |all: u64| share(all, seen, self.stage.requests);
            let own = Hits { low: until(hits.low) - spent.low, high: until(hits.high) - spent.high, ..hits };
            spent = Hits { low: until(hits.low), high: until(hits.high), ..hits };
            let calls = if kind == self.stage.kind { used.calls } else { used.as_other };
            let left = Units {
                low: calls.low.saturating_sub(own.high),
                base: calls.base.saturating_sub(own.low),
                high: calls.high.saturating_sub(own.low),
            };
            lines.push(Line::new(&self.stage.id.region, Meter::of_calls(kind), part, left));
            let mut by_geography: BTreeMap<&str, CallerUse> = BTreeMap::new();
            let mut rest = CallerUse::default();
            for (name, of_country) in &used.callers {
                let sum = match country(name.as_deref()).filter(|_| self.are_callers) {
                    Some(country) => by_geography.entry(country.geography).or_default(),
                    None => &mut rest,
                };
                sum.requests += of_country.requests;
                sum.bytes += of_country.bytes;
            }
            for (geography, of_geography) in by_geography {
                lines.extend(viewer_lines(geography, part, of_geography));
            }
            if rest.requests > 0 {
                unknown.push((part, rest));
            }
        }
        if unknown.is_empty() {
            return vec![lines];
        }
        let with = |geography: &str| {
            let others = unknown.iter().flat_map(|(part, used)| viewer_lines(geography, *part, *used));
            merged(lines.iter().cloned().chain(others))
        };
        GEOGRAPHIES.iter().map(|(geography, _)| with(geography)).collect()
    }

    /// Behind endpoints of a VPC.
    fn private(&self, home: Option<&'a Region>) -> Vec<Draft<'a>> {
        if self.stage.kind != ApiKind::Rest {
            return Vec::new();
        }
        let region = self.stage.id.region.as_str();
        let mut lines = Vec::new();
        let parts: Vec<(Part, &PartUse)> = self.parts().collect();
        for (at, (part, used)) in parts.iter().enumerate() {
            let next = parts.get(at + 1).map(|(next, _)| *next);
            let seconds = self.seconds(*part, next) * u64::from(self.question.zones);
            lines.push(Line::new(region, Meter::RestRequests, *part, used.calls));
            lines.push(Line::exact(region, Meter::PrivateEndpointHours, *part, seconds));
            lines.push(Line::new(region, Meter::PrivateTransfer, *part, used.transfer));
        }
        let public =
            self.are_callers && self.stage.callers().keys().any(|name| country(name.as_deref()).is_some());
        let blockers = if public {
            vec![Blocker {
                name: "public_callers",
                what: "callers on the internet cannot reach a private API",
                hard: true,
                methods: Vec::new(),
            }]
        } else {
            Vec::new()
        };
        vec![Draft {
            name: "rest_private",
            ttl_seconds: None,
            regions: vec![region],
            scenarios: vec![lines],
            hits: None,
            flat: None,
            route: home.filter(|_| self.endpoint() == Some(&EndpointType::Private)).map(|_| Route::Private),
            verdict: if public { Verdict::Cannot } else { Verdict::MovesWithWork },
            blockers,
            apply: apply::private(&self.stage.id),
        }]
    }

    /// Seconds of a part that the log covers.
    fn seconds(&self, part: Part, next: Option<Part>) -> u64 {
        let Some(logged) = self.logged else { return 0 };
        let (month, since) = part;
        let from = start_of_day_ms(since).max(logged.from_ms);
        let end = match next {
            Some((same, day)) if same == month => start_of_day_ms(day),
            _ => month.window().to_ms,
        };
        u64::try_from(end.min(logged.to_ms) - from).unwrap_or(0) / 1000
    }

    /// Another region, the one nearest to the callers and the cheapest one; and two regions, each caller going to
    /// the nearer.
    fn elsewhere(&self, home: Option<&'a Region>, as_is: &Price) -> Result<Vec<Draft<'a>>, AnalysisError> {
        let (Some(home), Ok(as_is)) = (home, as_is) else { return Ok(Vec::new()) };
        let places = self.places();
        let mut priced: Vec<(&'static Region, Money, Option<f64>)> = Vec::new();
        for region in
            atlas().regions.iter().filter(|region| region.code != home.code && same_partition(region, home))
        {
            let lines = self.direct_lines(self.stage.kind, region.code);
            if let Ok(money) = self.pools.price(self.stage, &lines)? {
                priced.push((region, money, places.mean_km(|from| from.km_to(region.point))));
            }
        }
        let with_km = |of: &(&'static Region, Money, Option<f64>)| of.2.unwrap_or(f64::MAX);
        let nearest = priced
            .iter()
            .filter(|of| of.2.is_some())
            .min_by(|one, other| with_km(one).total_cmp(&with_km(other)));
        let cheapest = priced.iter().min_by(|one, other| {
            (one.1.base, with_km(one))
                .partial_cmp(&(other.1.base, with_km(other)))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut chosen: Vec<&'static Region> = Vec::new();
        chosen.extend(nearest.map(|of| of.0));
        let cheaper = cheapest.filter(|of| of.1.base < as_is.base).map(|of| of.0);
        if let Some(cheaper) =
            cheaper.filter(|cheaper| chosen.iter().all(|nearest| nearest.code != cheaper.code))
        {
            chosen.push(cheaper);
        }
        let id = &self.stage.id;
        let mut drafts: Vec<Draft<'a>> = chosen
            .into_iter()
            .map(|region| Draft {
                name: "another_region",
                ttl_seconds: None,
                regions: vec![region.code],
                scenarios: vec![self.direct_lines(self.stage.kind, region.code)],
                hits: None,
                flat: None,
                route: Some(Route::Direct(region)),
                verdict: Verdict::MovesWithWork,
                blockers: Vec::new(),
                apply: apply::region(id, &[region.code]),
            })
            .collect();
        let both =
            |region: &Region| places.mean_km(|from| from.km_to(region.point).min(from.km_to(home.point)));
        let second = priced
            .iter()
            .filter_map(|of| Some((of.0, both(of.0)?)))
            .min_by(|one, other| one.1.total_cmp(&other.1));
        if let Some((second, _)) = second {
            drafts.push(Draft {
                name: "multi_region",
                ttl_seconds: None,
                regions: vec![home.code, second.code],
                scenarios: vec![self.two_regions(&places, home, second)],
                hits: None,
                flat: None,
                route: Some(Route::Nearer(home, second)),
                verdict: Verdict::MovesWithWork,
                blockers: Vec::new(),
                apply: apply::region(id, &[home.code, second.code]),
            });
        }
        Ok(drafts)
    }

    /// What two regions would use: callers at the nearer one, those of whom nothing is known at home.
    fn two_regions(&self, places: &Places, home: &Region, second: &Region) -> Vec<Line> {
        let nearer = places.nearer(second.point, home.point);
        let mut lines = Vec::new();
        for (part, used) in self.parts() {
            let (mut requests, mut bytes) = (0u64, 0u64);
            for (name, of_country) in &used.callers {
                let millionths = name.as_ref().and_then(|name| nearer.get(name)).copied().unwrap_or(0);
                requests += share(of_country.requests, millionths, 1_000_000);
                bytes += share(of_country.bytes, millionths, 1_000_000);
            }
            let meter = Meter::of_calls(self.stage.kind);
            let (away, kept) = split(used.calls, requests, used.requests);
            lines.push(Line::new(home.code, meter, part, kept));
            lines.push(Line::new(second.code, meter, part, away));
            let (away, kept) = split(used.transfer, bytes, used.transfer.base);
            lines.push(Line::new(home.code, Meter::InternetTransfer, part, kept));
            lines.push(Line::new(second.code, Meter::InternetTransfer, part, away));
        }
        lines
    }

    fn places(&self) -> Places {
        Places::of(&self.stage.callers(), self.are_callers)
    }

    fn price(
        &self,
        draft: Draft<'a>,
        as_is: &Price,
        as_is_name: &str,
        now: Option<Route<'a>>,
    ) -> Result<Alternative, AnalysisError> {
        let is_as_is = draft.name == as_is_name;
        let mut price: Option<Price> = None;
        for lines in &draft.scenarios {
            let one = self.pools.price(self.stage, lines)?;
            price = Some(match (price, one) {
                (None, one) => one,
                (Some(Ok(sum)), Ok(one)) => Ok(Money {
                    low: sum.low.min(one.low),
                    base: sum.base.max(one.base),
                    high: sum.high.max(one.high),
                }),
                // Where one possibility has no price, nobody knows the dearest.
                (Some(Err(reason)), _) | (_, Err(reason)) => Err(reason),
            });
        }
        let price = match (price, &draft.flat) {
            (Some(Ok(lines)), Some(flat)) => Some(flat.on_top_of(lines)),
            (price, _) => price,
        };
        let money = match (price, as_is) {
            (Some(Ok(then)), Ok(now)) => Ok((then, *now)),
            (Some(Err(reason)), _) => Err(reason),
            (_, Err(reason)) => Err(reason.clone()),
            (None, _) => Err("nothing is used".to_owned()),
        };
        let measures = self.measures;
        let (delta, [cost, low, high]) = match &money {
            _ if is_as_is => (Some(Decimal::ZERO), [measures.cost, measures.cost_low, measures.cost_high]),
            Ok((then, now)) => {
                let delta = rounded(then.base - now.base);
                let moved = |cost: Option<Decimal>, then: Decimal, now: Decimal| {
                    cost.map(|cost| rounded(cost + then - now))
                };
                let cost = measures.cost.map(|cost| rounded(cost + delta));
                let low = moved(measures.cost_low, then.low, now.low);
                let high = moved(measures.cost_high, then.high, now.high);
                (Some(delta), [cost, low.min(cost), high.max(cost)])
            }
            Err(_) => (None, [None; 3]),
        };
        let places = self.places();
        let spread = draft.route.and_then(|route| places.spread(|from| route.ways(from)));
        let connect = draft
            .route
            .and_then(|route| places.spread(|from| vec![(route.entry_km(from), 1.0)]))
            .map(|once| once.times(HANDSHAKES));
        let changes = match (now, draft.route) {
            (Some(now), Some(then)) if !is_as_is => places.changes(|from| now.km(from), |from| then.km(from)),
            _ => Vec::new(),
        };
        let milliseconds = self.logged.map_or(0, |logged| (logged.to_ms - logged.from_ms).unsigned_abs());
        let scaled =
            |amount: Option<Decimal>| amount.and_then(|amount| per_month(amount, milliseconds)).map(rounded);
        let of_all = |hits: u64| ratio(hits, self.stage.requests);
        Ok(Alternative {
            name: draft.name,
            as_is: is_as_is,
            ttl_seconds: draft.ttl_seconds,
            plan: draft.flat.map(|flat| flat.plan),
            regions: draft.regions.into_iter().map(str::to_owned).collect(),
            cost,
            cost_low: low,
            cost_high: high,
            cost_per_month: scaled(cost),
            delta,
            delta_per_month: scaled(delta),
            unpriced: money.err(),
            hit_ratio_low: draft.hits.map(|hits| of_all(hits.low)),
            hit_ratio_high: draft.hits.map(|hits| of_all(hits.high)),
            latency: spread,
            connect,
            changes,
            verdict: if is_as_is { Verdict::MovesAsIs } else { draft.verdict },
            blockers: if is_as_is { Vec::new() } else { draft.blockers },
            apply: if is_as_is { Vec::new() } else { draft.apply },
        })
    }
}

/// What CloudFront charges for viewers in one geography. Everything but health checks is HTTPS today.
fn viewer_lines(geography: &str, part: Part, used: CallerUse) -> [Line; 2] {
    [
        Line::exact(geography, Meter::CloudfrontHttpsRequests, part, used.requests),
        Line::exact(geography, Meter::CloudfrontTransfer, part, used.bytes),
    ]
}

/// Lines of one pool and part as one, so that none stands below the other.
fn merged(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut sums: Vec<Line> = Vec::new();
    for line in lines {
        let same =
            |sum: &&mut Line| sum.region == line.region && sum.meter == line.meter && sum.part == line.part;
        match sums.iter_mut().find(same) {
            Some(sum) => sum.units.add(line.units),
            None => sums.push(line),
        }
    }
    sums
}

/// Units that go away, and those that stay, when `part` of `whole` goes.
fn split(units: Units, part: u64, whole: u64) -> (Units, Units) {
    let of = |units: u64| share(units, part, whole);
    let away = Units { base: of(units.base), low: of(units.low), high: of(units.high) };
    let kept =
        Units { base: units.base - away.base, low: units.low - away.low, high: units.high - away.high };
    (away, kept)
}

/// `all x part / whole`, down to a whole number.
fn share(all: u64, part: u64, whole: u64) -> u64 {
    let product = u128::from(all) * u128::from(part.min(whole));
    // Never more than `all`.
    u64::try_from(product.checked_div(u128::from(whole)).unwrap_or(0)).unwrap_or(all)
}

fn part(of: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { of as f64 / whole as f64 }
}

/// Whether an account of one region can use the other: AWS's partitions have accounts of their own.
fn same_partition(one: &Region, other: &Region) -> bool {
    let partition = |region: &Region| match region.code {
        code if code.starts_with("us-gov-") => 1,
        code if code.starts_with("eusc-") => 2,
        code if code.starts_with("cn-") => 3,
        _ => 0,
    };
    partition(one) == partition(other)
}
