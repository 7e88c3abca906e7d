//! A stage's options as a picture: hit ratio and net dollars against the TTL, a line for each size.

use gwcost_core::pricing::CacheSize;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::analysis::cache::{Basis, CacheAnalysis, CacheOption, StageCache};
use crate::report::inert::inert;
use crate::report::line_chart::{LineChart, Plot, Series};
use crate::report::number::{money, percent};
use crate::report::period::period;

/// What `line-chart.svg` is rendered from.
#[derive(Clone, Debug, Serialize)]
pub struct Picture {
    /// The chart.
    pub chart: Option<LineChart>,
}

/// The picture of a stage.
pub fn picture(analysis: &CacheAnalysis, stage: &StageCache) -> Picture {
    let mut ttls: Vec<u32> = stage.options.iter().map(|option| option.ttl_seconds).collect();
    ttls.dedup();
    let mut sizes: Vec<CacheSize> = stage.options.iter().filter_map(|option| option.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let steps: Vec<String> = ttls.iter().map(|ttl| format!("{ttl} s")).collect();
    let series = |size: Option<CacheSize>, of: fn(&CacheOption) -> Option<Decimal>| Series {
        name: size.map_or_else(|| "any size".to_owned(), |size| format!("{size} GB")),
        values: ttls.iter().map(|ttl| said_of(stage, *ttl, size).and_then(of)).collect(),
    };
    let ratio = |option: &CacheOption| option.hit_ratio;
    // Sizes that everything fits have the line of a cache without a bound.
    let crowded = sizes.iter().filter(|size| {
        stage.options.iter().any(|option| option.size == Some(**size) && option.basis == Basis::LruEstimate)
    });
    let mut ratios = vec![series(None, ratio)];
    ratios.extend(crowded.map(|size| series(Some(*size), ratio)));
    let nets = sizes.iter().map(|size| series(Some(*size), |option| option.net_per_month));
    let dollars = |value: Decimal| {
        let decimals = match (value.normalize().scale(), value.abs() < Decimal::ONE) {
            (0, _) => 0,
            (_, false) => 2,
            (scale, true) => scale.clamp(2, 6),
        };
        money(value, decimals, &analysis.currency)
    };
    let plots = [
        Plot { title: "hit ratio".to_owned(), series: ratios, show: &percent },
        Plot { title: "saved less cost, a month".to_owned(), series: nets.collect(), show: &dollars },
    ];
    let title = inert(&format!("Caches of {}, {}", stage.id, period(&analysis.window)));
    let description = inert(&format!(
        "Hit ratio and net dollars a month against the TTL, a line for each size, of {} requests that a cache could \
         answer.",
        stage.cacheable_requests
    ));
    Picture { chart: LineChart::of(title, description, &steps, &plots) }
}

/// The option of a TTL and size: the estimate, where there is one beside a bound.
fn said_of(stage: &StageCache, ttl: u32, size: Option<CacheSize>) -> Option<&CacheOption> {
    let of = || stage.options.iter().filter(move |option| (option.ttl_seconds, option.size) == (ttl, size));
    of().find(|option| option.basis == Basis::LruEstimate).or_else(|| of().next())
}
