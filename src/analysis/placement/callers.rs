//! Where a stage's callers are, whether the log can know it, and how far other places are from them.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::result::{CallerShare, CountryChange};
use super::usage::{CallerUse, StageUse};
use crate::analysis::cache::StageId;
use crate::analysis::country::NetworkUse;
use crate::geo::{
    Caller, Countries, Country, CountryCode, Milliseconds, Point, Spread, atlas, is_cloudfront, spread,
};

/// Stages with fewer requests may have few networks without a proxy.
const ENOUGH_REQUESTS: u64 = 1_000;
/// So few networks with nearly all of the requests are a proxy's.
const FEW_NETWORKS: usize = 3;
/// Nearly all, in percent.
const NEARLY_ALL: u64 = 95;
/// Countries of which it is said how their round trip changes.
const MOST_CHANGES: usize = 6;
/// A change that nobody notices, in milliseconds.
const LEAST_CHANGE: u32 = 5;

/// Which of the stages have a proxy in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Networks {
    pub(super) requests: u64,
    pub(super) with_address: u64,
    pub(super) of_cloudfront: u64,
    /// The requests of the busiest few networks, and how many networks there are.
    pub(super) of_busiest: u64,
    pub(super) distinct: usize,
}

impl Networks {
    /// More than half of the requests came through CloudFront, or nearly all of them from a handful of networks.
    pub(super) fn are_a_proxy(&self) -> bool {
        self.of_cloudfront * 2 > self.requests
            || (self.with_address >= ENOUGH_REQUESTS
                && self.distinct > 0
                && self.of_busiest * 100 >= self.with_address * NEARLY_ALL)
    }
}

/// The networks of each stage, summed up.
pub(super) fn by_stage(networks: &[NetworkUse]) -> HashMap<StageId, Networks> {
    let mut counts: HashMap<StageId, (Networks, Vec<u64>)> = HashMap::new();
    for used in networks {
        let [account, region, api, stage] = used.place.clone();
        let (sum, each) = counts.entry(StageId { account, region, api, stage }).or_default();
        sum.requests += used.requests;
        if let Some(network) = &used.network {
            sum.with_address += used.requests;
            sum.of_cloudfront += if is_cloudfront(network) { used.requests } else { 0 };
            each.push(used.requests);
        }
    }
    let summed = |(mut sum, mut each): (Networks, Vec<u64>)| {
        each.sort_unstable_by(|one, other| other.cmp(one));
        sum.distinct = each.len();
        sum.of_busiest = each.iter().take(FEW_NETWORKS).sum();
        sum
    };
    counts.into_iter().map(|(id, counts)| (id, summed(counts))).collect()
}

/// The price geography of each network, where it is known.
pub(super) fn geographies(networks: &[NetworkUse], countries: &Countries) -> HashMap<String, &'static str> {
    let mut found = HashMap::new();
    for network in networks.iter().filter_map(|used| used.network.as_ref()) {
        if found.contains_key(network) {
            continue;
        }
        if let Caller::Country(code) = Caller::of(network, countries)
            && let Some(country) = atlas().country(code)
        {
            found.insert(network.clone(), country.geography);
        }
    }
    found
}

/// The country that a name of a caller stands for.
pub(super) fn country(name: Option<&str>) -> Option<&'static Country> {
    atlas().country(CountryCode::read(name?)?)
}

/// The callers of a stage as rows, those with most requests first.
pub(super) fn shares(stage: &StageUse) -> Vec<CallerShare> {
    let mut shares: Vec<CallerShare> = stage
        .callers()
        .into_iter()
        .map(|(country, used)| CallerShare {
            country,
            requests: used.requests,
            response_bytes: used.bytes,
            share: ratio(used.requests, stage.requests),
        })
        .collect();
    shares.sort_by(|one, other| {
        other.requests.cmp(&one.requests).then_with(|| one.country.cmp(&other.country))
    });
    shares
}

/// A part of a whole, six decimals.
pub(super) fn ratio(part: u64, whole: u64) -> Decimal {
    (Decimal::from(part) / Decimal::from(whole.max(1))).round_dp(6).normalize()
}

/// Callers whose country is known, each place of it with its part of the requests.
pub(super) struct Places(Vec<(&'static Country, Vec<(Point, f64)>)>);

impl Places {
    /// Of no callers at all where the addresses say nothing of them.
    pub(super) fn of(callers: &BTreeMap<Option<String>, CallerUse>, are_known: bool) -> Places {
        let known = callers.iter().filter(|_| are_known).filter_map(|(name, used)| {
            let country = country(name.as_deref())?;
            let weights: f64 = country.places.iter().map(|(_, weight)| weight).sum();
            let share = |(point, weight): &(Point, f64)| (*point, used.requests as f64 * weight / weights);
            Some((country, country.places.iter().map(share).collect()))
        });
        Places(known.collect())
    }

    /// How round trips are spread; a way is its kilometres and the part of the requests that take it.
    pub(super) fn spread(&self, ways: impl Fn(Point) -> Vec<(f64, f64)>) -> Option<Spread> {
        let mut all = Vec::new();
        for (point, requests) in self.0.iter().flat_map(|(_, places)| places) {
            all.extend(ways(*point).into_iter().map(|(km, part)| (km, requests * part)));
        }
        spread(&mut all)
    }

    /// The mean kilometres of all ways; `None` without callers.
    pub(super) fn mean_km(&self, way: impl Fn(Point) -> f64) -> Option<f64> {
        let (mut km, mut requests) = (0.0, 0.0);
        for (point, weight) in self.0.iter().flat_map(|(_, places)| places) {
            km += way(*point) * weight;
            requests += weight;
        }
        (requests > 0.0).then(|| km / requests)
    }

    /// The countries whose mean round trip changes most, those that gain most first.
    pub(super) fn changes(
        &self,
        now: impl Fn(Point) -> f64,
        then: impl Fn(Point) -> f64,
    ) -> Vec<CountryChange> {
        let mean = |places: &[(Point, f64)], way: &dyn Fn(Point) -> f64| {
            let requests: f64 = places.iter().map(|(_, weight)| weight).sum();
            let km: f64 = places.iter().map(|(point, weight)| way(*point) * weight).sum();
            Milliseconds::of_km(km / requests).middle()
        };
        let mut changes: Vec<CountryChange> = self
            .0
            .iter()
            .map(|(country, places)| CountryChange {
                country: country.code.to_string(),
                now_ms: mean(places, &now),
                then_ms: mean(places, &then),
            })
            .filter(|change| change.now_ms.abs_diff(change.then_ms) >= LEAST_CHANGE)
            .collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.now_ms.abs_diff(change.then_ms)));
        changes.truncate(MOST_CHANGES);
        changes.sort_by_key(|change| i64::from(change.then_ms) - i64::from(change.now_ms));
        changes
    }

    /// For each country, the part of its requests in millionths whose way is shorter to the one place than to the
    /// other.
    pub(super) fn nearer(&self, one: Point, other: Point) -> BTreeMap<String, u64> {
        let part = |places: &[(Point, f64)]| {
            let all: f64 = places.iter().map(|(_, weight)| weight).sum();
            let near = places.iter().filter(|(point, _)| point.km_to(one) < point.km_to(other));
            let near: f64 = near.map(|(_, weight)| weight).sum();
            (near / all * 1e6).round() as u64
        };
        self.0.iter().map(|(country, places)| (country.code.to_string(), part(places))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(network: Option<&str>, requests: u64) -> NetworkUse {
        let place = ["1", "us-east-1", "a", "prod"].map(str::to_owned);
        NetworkUse { place, network: network.map(str::to_owned), requests }
    }

    fn are_a_proxy(uses: &[NetworkUse]) -> bool {
        by_stage(uses).values().all(Networks::are_a_proxy)
    }

    #[test]
    fn a_proxy_is_known_by_its_networks() {
        assert!(are_a_proxy(&[used(Some("130.176.1.0/24"), 6), used(Some("8.8.8.0/24"), 4)]));
        assert!(!are_a_proxy(&[used(Some("130.176.1.0/24"), 4), used(Some("8.8.8.0/24"), 4)]));
        assert!(are_a_proxy(&[used(Some("8.8.8.0/24"), 990), used(Some("9.9.9.0/24"), 10)]));
        assert!(!are_a_proxy(&[used(Some("8.8.8.0/24"), 99)]));
        let many: Vec<NetworkUse> = (0..100).map(|at| used(Some(&format!("8.8.{at}.0/24")), 20)).collect();
        assert!(!are_a_proxy(&many));
        assert!(!are_a_proxy(&[used(None, 5_000)]));
    }

    #[test]
    fn the_nearer_region_takes_the_requests_of_a_country() {
        let callers = BTreeMap::from([
            (Some("DE".to_owned()), CallerUse { requests: 10, bytes: 0 }),
            (Some("US".to_owned()), CallerUse { requests: 10, bytes: 0 }),
            (Some("private".to_owned()), CallerUse { requests: 10, bytes: 0 }),
            (None, CallerUse { requests: 10, bytes: 0 }),
        ]);
        let places = Places::of(&callers, true);
        let of = |code: &str| atlas().region(code).unwrap().point;
        let nearer = places.nearer(of("eu-central-1"), of("us-east-1"));
        assert_eq!(nearer, BTreeMap::from([("DE".to_owned(), 1_000_000), ("US".to_owned(), 0)]));
        assert!(Places::of(&callers, false).mean_km(|_| 1.0).is_none());
        let changes =
            places.changes(|point| point.km_to(of("us-east-1")), |point| point.km_to(of("eu-central-1")));
        let named: Vec<&str> = changes.iter().map(|change| change.country.as_str()).collect();
        assert_eq!(named, ["DE", "US"]);
        assert!(changes[0].then_ms < changes[0].now_ms && changes[1].then_ms > changes[1].now_ms);
    }
}
