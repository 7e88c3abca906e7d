//! What needs more passes over a bucket's arrivals: growth, the frontier, and bursts that pass most of the traffic.

use std::io;

use gwcost_core::simulate::{
    BucketError, BurstSearch, Frontier, GrowthSearch, MOST_RATES, TokenBucket, Tolerance,
};
use rust_decimal::Decimal;

use super::result::{Basis, FrontierPoint, Growth, Suggested};
use super::spill::Spill;
use super::watch::Watch;

/// What may be refused at the three factors of growth: nothing, 0.1 %, 1 %.
const GROWTH: [Tolerance; 3] =
    [Tolerance::NONE, Tolerance::per_ten_thousand(10), Tolerance::per_ten_thousand(100)];

/// What suggested bursts may refuse, beside nothing: 0.01 % and 0.1 %.
const BURSTS: [u32; 2] = [1, 10];

/// By which factor traffic may grow with a suggestion's margin: half as much again.
const MARGIN: Decimal = Decimal::from_parts(15, 0, 0, false, 1);

/// What was found.
#[derive(Default)]
pub struct Explored {
    /// By which factor traffic may grow, where there is a limit.
    pub growth: Option<Growth>,
    /// The frontier.
    pub frontier: Vec<FrontierPoint>,
    /// What could be set.
    pub suggested: Vec<Suggested>,
}

/// Goes over a bucket's arrivals as often as it takes; `suggest` also looks for what could be set.
///
/// # Errors
/// What the disk says of the file that keeps arrivals.
pub fn explore(watch: &mut Watch, spill: &Spill, suggest: bool) -> io::Result<Explored> {
    let mut explored = Explored::default();
    if watch.arrivals == 0 {
        return Ok(explored);
    }
    let bases = if suggest { bases(watch) } else { Vec::new() };
    if suggest {
        explored.frontier = frontier(watch, spill, &bases)?;
    }
    let limit = watch.limit.filter(|limit| TokenBucket::new(limit).is_ok());
    let mut growth: Vec<GrowthSearch> = limit
        .map(|limit| GROWTH.map(|tolerance| GrowthSearch::new(limit, watch.arrivals, tolerance)))
        .into_iter()
        .flatten()
        .collect();
    let mut bursts = Vec::new();
    for (basis, rate) in &bases {
        let Some(enough) = explored.frontier.iter().find(|point| point.rate == *rate) else { continue };
        explored.suggested.push(suggestion(watch, *basis, *rate, 0, enough.burst));
        for refuse in BURSTS {
            let tolerance = Tolerance::per_ten_thousand(refuse);
            bursts.push((
                *basis,
                *rate,
                refuse,
                BurstSearch::new(*rate, enough.burst, watch.arrivals, tolerance),
            ));
        }
    }
    loop {
        let mut more = false;
        for search in &mut growth {
            more |= search.begin_pass().map_err(unreplayable)?;
        }
        for (_, _, _, search) in &mut bursts {
            more |= search.begin_pass().map_err(unreplayable)?;
        }
        if !more {
            break;
        }
        spill.each(&watch.kept, |arrivals| {
            growth.iter_mut().for_each(|search| search.replay(arrivals));
            bursts.iter_mut().for_each(|(_, _, _, search)| search.replay(arrivals));
        })?;
        for search in &mut growth {
            search.end_pass().map_err(unreplayable)?;
        }
        for (_, _, _, search) in &mut bursts {
            search.end_pass().map_err(unreplayable)?;
        }
    }
    if let [none, some, more] = growth.as_slice() {
        explored.growth = Some(Growth {
            to_first_refusal: none.found().decimal(),
            to_0_1_percent: some.found().decimal(),
            to_1_percent: more.found().decimal(),
        });
    }
    for (basis, rate, refuse, search) in &bursts {
        explored.suggested.push(suggestion(watch, *basis, *rate, *refuse, search.found()));
    }
    // By basis, and what passes all first.
    explored.suggested.sort_by_key(|one| (one.basis as u8, std::cmp::Reverse(one.passes_percent)));
    Ok(explored)
}

/// The limits were replayed before, and rates are made here: this cannot be met.
fn unreplayable(error: BucketError) -> io::Error {
    io::Error::other(error)
}

/// The rates that suggestions are made for, those of the traffic itself.
fn bases(watch: &mut Watch) -> Vec<(Basis, Decimal)> {
    let mut bases = Vec::new();
    if let Some(p99) = watch.seconds.percentile(99) {
        bases.push((Basis::P99, Decimal::from(p99)));
    }
    for (basis, peak, seconds) in [(Basis::Peak60, watch.peaks[2], 60), (Basis::Peak10, watch.peaks[1], 10)] {
        if let Some(peak) = peak {
            bases.push((basis, per_second(peak.arrivals, seconds)));
        }
    }
    bases
}

/// Requests in some seconds as a rate, rounded up to a hundredth.
fn per_second(arrivals: u64, seconds: u64) -> Decimal {
    hundredths((u128::from(arrivals) * 100).div_ceil(u128::from(seconds.max(1))))
}

fn hundredths(number: u128) -> Decimal {
    Decimal::new(i64::try_from(number).unwrap_or(i64::MAX), 2).normalize()
}

/// The frontier at the rates of the suggestions, the limit's own, and some in steps of a quarter from the mean to
/// the busiest second.
fn frontier(watch: &Watch, spill: &Spill, bases: &[(Basis, Decimal)]) -> io::Result<Vec<FrontierPoint>> {
    let mut rates: Vec<Decimal> = bases.iter().map(|(_, rate)| *rate).collect();
    // A limit with more digits would need another width of integers for all.
    rates.extend(watch.limit.map(|limit| limit.rate.normalize()).filter(|rate| rate.scale() <= 3));
    let (first, last) = watch.span_ms.unwrap_or_default();
    let seconds = u64::try_from((last - first) / 1000).unwrap_or_default() + 1;
    let mut step = (u128::from(watch.arrivals) * 100).div_ceil(u128::from(seconds));
    let most = u128::from(watch.peaks[0].map_or(0, |peak| peak.arrivals)) * 100;
    while rates.len() + 1 < MOST_RATES && step < most {
        rates.push(hundredths(step));
        step += (step / 4).max(1);
    }
    rates.push(hundredths(most));
    rates.sort_unstable();
    rates.dedup();
    let mut frontier = Frontier::new(&rates).map_err(unreplayable)?;
    spill.each(&watch.kept, |arrivals| frontier.replay(arrivals))?;
    let points = frontier.bursts().into_iter();
    Ok(points.map(|(rate, burst)| FrontierPoint { id: watch.id.clone(), rate, burst }).collect())
}

fn suggestion(watch: &Watch, basis: Basis, rate: Decimal, refuse: u32, burst: u64) -> Suggested {
    // Half as much again, rounded up.
    let with_margin = u128::from(burst) * 15;
    Suggested {
        id: watch.id.clone(),
        basis,
        rate,
        passes_percent: (Decimal::ONE_HUNDRED - Decimal::new(i64::from(refuse), 2)).normalize(),
        burst,
        margin: MARGIN,
        rate_with_margin: (rate * MARGIN).normalize(),
        burst_with_margin: u64::try_from(with_margin.div_ceil(10)).unwrap_or(u64::MAX),
    }
}
