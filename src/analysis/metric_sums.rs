//! What CloudWatch counted in a window, for analyses that need a figure that no log holds: cache hits and
//! misses, messages in both directions, bytes processed.
//!
//! A stage's figure and its methods' count the same requests, and so do series of different dimensions: each
//! is looked up by itself, and nothing here adds them up.

use std::collections::HashMap;

use gwcost_core::model::Window;
use gwcost_core::model::metrics::{Level, Statistic};

use super::AnalysisError;
use super::coverage::StageKey;
use crate::lake::{Lake, visit_metrics};

/// Sums of the periods that lie in a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricSums {
    stages: HashMap<(StageKey, String), MetricSum>,
    /// By the names of the dimensions, too.
    methods: HashMap<(MethodKey, String), HashMap<String, MetricSum>>,
}

/// A method or a route of a stage, as its series names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MethodKey {
    /// The stage.
    pub stage: StageKey,
    /// `GET`, `ANY`; `None` where the series has none.
    pub method: Option<String>,
    /// `/pets/{petId}`, a route.
    pub route: Option<String>,
}

/// What was counted, and of when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricSum {
    /// Requests, messages, bytes or milliseconds.
    pub value: u64,
    /// From the start of the first period that has a value to the end of the last.
    pub window: Window,
    /// No period of it is one that CloudWatch may still add to.
    pub settled: bool,
}

/// Answers of a cache. `None`: CloudWatch has no value, as where there was no cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// CacheHitCount.
    pub hits: Option<u64>,
    /// CacheMissCount.
    pub misses: Option<u64>,
}

/// Adds up metrics of the lake: the periods that lie wholly in the window. Only sums, because nothing else can
/// be added up.
///
/// # Errors
/// [`AnalysisError::Lake`] when a file cannot be read.
pub fn metric_sums(lake: &Lake, window: Window, metrics: &[&str]) -> Result<MetricSums, AnalysisError> {
    let mut sums = MetricSums::default();
    visit_metrics(lake, window, |row| {
        let wanted = row.statistic == Statistic::Sum.name() && metrics.contains(&row.metric);
        if !wanted || row.end_ms() > window.to_ms {
            return;
        }
        let stage = StageKey::of_row(&row);
        let metric = row.metric.to_owned();
        let window = Window { from_ms: row.start_ms, to_ms: row.end_ms() };
        let one = MetricSum { value: row.value.unsigned_abs(), window, settled: row.settled };
        let sum = if row.level == Level::Stage.name() {
            sums.stages.entry((stage, metric))
        } else {
            let (method, route) = (row.method.map(str::to_owned), row.route.map(str::to_owned));
            let of_method = sums.methods.entry((MethodKey { stage, method, route }, metric)).or_default();
            let entry = of_method.entry(row.dimensions.to_owned());
            entry.and_modify(|sum| sum.add(&one)).or_insert(one);
            return;
        };
        sum.and_modify(|sum| sum.add(&one)).or_insert(one);
    })?;
    Ok(sums)
}

impl MetricSums {
    /// A stage's sum. `None`: CloudWatch has no value, or was not asked.
    pub fn stage(&self, stage: &StageKey, metric: &str) -> Option<MetricSum> {
        self.stages.get(&(stage.clone(), metric.to_owned())).copied()
    }

    /// A method's or route's sum. Where there are series of two kinds of dimensions, the newer kind's.
    pub fn method(&self, method: &MethodKey, metric: &str) -> Option<MetricSum> {
        let found = self.methods.get(&(method.clone(), metric.to_owned()))?;
        let newer = found.iter().find(|(dimensions, _)| dimensions.ends_with("Method"));
        newer.or_else(|| found.iter().next()).map(|(_, sum)| *sum)
    }

    /// The methods and routes of a stage that have any sum, in order.
    pub fn methods(&self, stage: &StageKey) -> Vec<&MethodKey> {
        let mut all: Vec<&MethodKey> =
            self.methods.keys().map(|(key, _)| key).filter(|key| key.stage == *stage).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What a stage's cache answered.
    pub fn cache(&self, stage: &StageKey) -> CacheCounts {
        let value = |metric| self.stage(stage, metric).map(|sum| sum.value);
        CacheCounts { hits: value("CacheHitCount"), misses: value("CacheMissCount") }
    }

    /// What the cache answered of one method.
    pub fn method_cache(&self, method: &MethodKey) -> CacheCounts {
        let value = |metric| self.method(method, metric).map(|sum| sum.value);
        CacheCounts { hits: value("CacheHitCount"), misses: value("CacheMissCount") }
    }

    /// Messages of a WebSocket stage, in both directions.
    pub fn messages(&self, stage: &StageKey) -> Option<MetricSum> {
        self.stage(stage, "MessageCount")
    }

    /// Bytes that an HTTP stage processed.
    pub fn data_processed(&self, stage: &StageKey) -> Option<MetricSum> {
        self.stage(stage, "DataProcessed")
    }
}

impl MetricSum {
    fn add(&mut self, other: &MetricSum) {
        self.value += other.value;
        self.window.from_ms = self.window.from_ms.min(other.window.from_ms);
        self.window.to_ms = self.window.to_ms.max(other.window.to_ms);
        self.settled &= other.settled;
    }
}
