//! `gwcost ingest metrics:`: what CloudWatch counted of the stages that the settings know, into the lake.
//!
//! Which days are asked for follows from what the lake holds: a day is asked for as a whole, until it was seen
//! some hours after its end. Every piece is a commit of its own, so a run that is stopped goes on where it was.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gwcost_core::model::metrics::{
    MetricsStage, PERIOD_SECONDS, RETENTION, day_window, days_at_once, finest_period, is_settled,
    metrics_stages, plan_days, queries_of,
};
use gwcost_core::model::settings::RegionSettings;
use gwcost_core::model::{DAY_MS, Window};
use gwcost_core::text::grouped;
use serde::Serialize;

use super::super::CommandError;
use crate::lake::{MetricRow, MetricsDay, MetricsLook, Record, WritableLake, commit_metrics, metrics_looks};
use crate::source::SourceError;
use crate::source::aws::{Aws, AwsError, MetricValue, MetricValues};

/// ListMetrics leaves out what had no request for two weeks: before that, methods are also asked for by the
/// names in the settings.
const LISTED_DAYS: i64 = 14;

/// What a run asked for, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MetricsSummary {
    /// Stages that were asked for.
    pub stages: u64,
    /// Stages and days that were asked for.
    pub looks: u64,
    /// Stages and days of which the lake holds all that there is.
    pub looks_settled: u64,
    /// Stages and days of which CloudWatch keeps nothing any more.
    pub looks_expired: u64,
    /// Metrics that were asked for, one for each statistic: what CloudWatch charges for.
    pub metrics_requested: u64,
    /// Calls of GetMetricData.
    pub calls: u64,
    /// Calls of ListMetrics, which are charged by the call.
    pub list_calls: u64,
    /// Values that came.
    pub values: u64,
    /// Of these, those of which the lake held another value: they had not settled.
    pub values_changed: u64,
    /// Values that were not taken, by the reason.
    pub reject_reasons: BTreeMap<String, u64>,
    /// Stages whose series nobody can attribute, a sentence fragment each.
    pub shared: Vec<String>,
    /// What may be missing, a sentence fragment each.
    pub missing: Vec<String>,
    /// Stages that could not be read, a sentence fragment each. The same command tries them again.
    pub failed: Vec<String>,
}

/// What a run would ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MetricsEstimate {
    /// Stages that would be asked for.
    pub stages: u64,
    /// Stages and days.
    pub looks: u64,
    /// Metrics that CloudWatch would charge for, one for each statistic, without those of methods that only
    /// ListMetrics can name.
    pub metrics_requested: u64,
    /// Stages with metrics by method: one call of ListMetrics each, at least.
    pub detailed_stages: u64,
}

/// Reads the metrics of a window into the lake. `now_ms` is a time before the first request.
///
/// # Errors
/// [`CommandError`] when AWS cannot be asked, or the lake cannot be written. A stage that alone cannot be read is
/// in [`MetricsSummary::failed`].
pub fn ingest_metrics(
    lake: &mut WritableLake,
    aws: &Aws,
    settings: &RegionSettings,
    window: Window,
    now_ms: i64,
) -> Result<MetricsSummary, CommandError> {
    let stages = metrics_stages(settings);
    let mut plan = Plan::of(lake.records(), settings, &stages, window, now_ms);
    let mut summary = std::mem::take(&mut plan.summary);
    commit_shared(lake, settings, &plan, now_ms)?;
    for (days, stages) in &plan.ask {
        summary.stages += stages.len() as u64;
        let long_ago = days.first().is_some_and(|day| now_ms - day * DAY_MS > LISTED_DAYS * DAY_MS);
        let listed = aws.metric_scopes(&settings.region, stages, long_ago).map_err(refused)?;
        summary.list_calls += listed.calls;
        let queries = listed.scopes.iter().map(|scope| queries_of(scope).count() as u64).sum();
        for piece in pieces(days, days_at_once(queries, PERIOD_SECONDS)) {
            let Some(asked) = window_of(piece, now_ms) else { continue };
            let period = finest_period(asked.from_ms, now_ms)
                .map_or(PERIOD_SECONDS, |least| least.max(PERIOD_SECONDS));
            let values =
                aws.metric_values(&settings.region, &listed.scopes, asked, period).map_err(refused)?;
            // Without the list of methods some may be missing: then the next run asks again.
            let looks = Looks { settings, stages, piece, period, now_ms, listed: listed.missing.is_empty() };
            let days = looks.days(&values, &mut summary);
            let written_at = Window { from_ms: now_ms, to_ms: now_ms }.from_rfc3339();
            let committed = commit_metrics(lake, days, &written_at)?;
            summary.values += committed.rows;
            summary.values_changed += committed.changed;
        }
        summary.missing.extend(listed.missing);
    }
    Ok(summary)
}

/// What [`ingest_metrics`] would ask for, without asking.
pub fn estimate_metrics(
    records: &[Record],
    settings: &RegionSettings,
    window: Window,
    now_ms: i64,
) -> MetricsEstimate {
    let stages = metrics_stages(settings);
    let plan = Plan::of(records, settings, &stages, window, now_ms);
    let mut estimate = MetricsEstimate::default();
    for (days, stages) in &plan.ask {
        estimate.stages += stages.len() as u64;
        estimate.looks += (days.len() * stages.len()) as u64;
        for stage in stages {
            let methods = stage.known.iter().map(|cut| queries_of(&stage.part(cut.clone())).count());
            estimate.metrics_requested += (queries_of(&stage.scope).count() + methods.sum::<usize>()) as u64;
            estimate.detailed_stages += u64::from(stage.detailed);
        }
    }
    estimate
}

fn refused(error: AwsError) -> CommandError {
    CommandError::Source(SourceError::Aws(Box::new(error)))
}

/// Stages by the days that they are to be asked for, so that those of equal days share their calls.
struct Plan<'s> {
    ask: BTreeMap<Vec<i64>, Vec<&'s MetricsStage>>,
    /// Stages that are not asked for, because the answer could not be attributed.
    shared: Vec<(&'s MetricsStage, Vec<i64>)>,
    summary: MetricsSummary,
}

impl<'s> Plan<'s> {
    fn of(
        records: &[Record],
        settings: &RegionSettings,
        stages: &'s [MetricsStage],
        window: Window,
        now_ms: i64,
    ) -> Plan<'s> {
        let known: HashMap<(&str, &str, i64), &MetricsLook> = metrics_looks(records)
            .filter(|look| look.account == settings.account && look.region == settings.region)
            .map(|look| ((look.api.as_str(), look.stage.as_str(), look.day()), look))
            .collect();
        let mut plan = Plan { ask: BTreeMap::new(), shared: Vec::new(), summary: MetricsSummary::default() };
        for stage in stages {
            let scope = &stage.scope;
            let days = plan_days(window, now_ms, |day| {
                let look = known.get(&(scope.api.as_str(), scope.stage.as_str(), day))?;
                let as_now = look.shared_with == stage.shared_with && (look.detailed || !stage.detailed);
                as_now.then_some(look.fetched_at_ms)
            });
            if !stage.shared_with.is_empty() {
                plan.summary.shared.push(format!(
                    "stage {} of API {}: CloudWatch counts it together with API {}, because both are named {:?}; \
                     it is attributed to none",
                    scope.stage,
                    scope.api,
                    stage.shared_with.join(", "),
                    scope.api_name
                ));
                plan.shared.push((stage, days.fetch));
                continue;
            }
            plan.summary.looks_settled += days.settled;
            plan.summary.looks_expired += days.expired;
            if !days.fetch.is_empty() {
                plan.ask.entry(days.fetch).or_default().push(stage);
            }
        }
        plan
    }
}

/// Writes down which stages share their series, so that an analysis can say why it has no count of them.
fn commit_shared(
    lake: &mut WritableLake,
    settings: &RegionSettings,
    plan: &Plan<'_>,
    now_ms: i64,
) -> Result<(), CommandError> {
    let days: BTreeSet<i64> = plan.shared.iter().flat_map(|(_, days)| days).copied().collect();
    let written_at = Window { from_ms: now_ms, to_ms: now_ms }.from_rfc3339();
    let of_day = |day: i64| {
        let asked = day_window(day, now_ms)?;
        let stages = plan.shared.iter().filter(|(_, days)| days.contains(&day));
        let looks = stages.map(|(stage, _)| look(settings, stage, asked, PERIOD_SECONDS, now_ms)).collect();
        Some(MetricsDay { day, looks, ..day_of(settings) })
    };
    commit_metrics(lake, days.into_iter().filter_map(of_day).collect(), &written_at)?;
    Ok(())
}

fn day_of(settings: &RegionSettings) -> MetricsDay {
    MetricsDay { account: settings.account.clone(), region: settings.region.clone(), ..MetricsDay::default() }
}

fn look(
    settings: &RegionSettings,
    stage: &MetricsStage,
    asked: Window,
    period_seconds: u32,
    now_ms: i64,
) -> MetricsLook {
    MetricsLook {
        account: settings.account.clone(),
        region: settings.region.clone(),
        api_kind: stage.scope.kind.name().to_owned(),
        api: stage.scope.api.clone(),
        api_name: stage.scope.api_name.clone(),
        stage: stage.scope.stage.clone(),
        from_ms: asked.from_ms,
        to_ms: asked.to_ms,
        period_seconds,
        fetched_at_ms: now_ms,
        detailed: stage.detailed,
        rejects: 0,
        shared_with: stage.shared_with.clone(),
    }
}

/// Days that follow each other, no more than `most` at once.
fn pieces(days: &[i64], most: usize) -> Vec<&[i64]> {
    days.chunk_by(|one, next| one + 1 == *next).flat_map(|run| run.chunks(most)).collect()
}

fn window_of(days: &[i64], now_ms: i64) -> Option<Window> {
    let (first, last) = (days.first()?, days.last()?);
    Window::new(day_window(*first, now_ms)?.from_ms, day_window(*last, now_ms)?.to_ms).ok()
}

/// What was asked at once.
struct Looks<'a> {
    settings: &'a RegionSettings,
    stages: &'a [&'a MetricsStage],
    piece: &'a [i64],
    period: u32,
    now_ms: i64,
    listed: bool,
}

impl Looks<'_> {
    /// The days as the lake takes them. A stage of which a series failed is left out as a whole.
    fn days(&self, values: &MetricValues, summary: &mut MetricsSummary) -> Vec<MetricsDay> {
        summary.metrics_requested += values.queries;
        summary.calls += values.calls;
        let mut failed: BTreeMap<(&str, &str), String> = BTreeMap::new();
        for failure in &values.failed {
            failed.entry((&failure.scope.api, &failure.scope.stage)).or_insert_with(|| {
                format!(
                    "stage {} of API {}: {} is not complete: {}",
                    failure.scope.stage, failure.scope.api, failure.metric, failure.status
                )
            });
        }
        let mut days: BTreeMap<i64, MetricsDay> = BTreeMap::new();
        for day in self.piece {
            let Some(asked) = day_window(*day, self.now_ms) else { continue };
            let whole = self.stages.iter().filter(|stage| {
                !failed.contains_key(&(stage.scope.api.as_str(), stage.scope.stage.as_str()))
            });
            let looks: Vec<MetricsLook> = whole
                .map(|stage| MetricsLook {
                    detailed: stage.detailed && self.listed,
                    ..look(self.settings, stage, asked, self.period, self.now_ms)
                })
                .collect();
            summary.looks += looks.len() as u64;
            if !looks.is_empty() {
                days.insert(*day, MetricsDay { day: *day, looks, ..day_of(self.settings) });
            }
        }
        for reject in &values.rejects {
            let reason = format!("{}: {}", reject.metric, reject.reason);
            *summary.reject_reasons.entry(reason).or_default() += 1;
            let of_day = days.get_mut(&reject.start_ms.div_euclid(DAY_MS));
            let looks = of_day.into_iter().flat_map(|day| &mut day.looks);
            for look in looks.filter(|look| look.api == reject.scope.api && look.stage == reject.scope.stage)
            {
                look.rejects += 1;
            }
        }
        for value in &values.values {
            if failed.contains_key(&(value.scope.api.as_str(), value.scope.stage.as_str())) {
                continue;
            }
            if let Some(day) = days.get_mut(&value.start_ms.div_euclid(DAY_MS)) {
                day.rows.push(self.row(value));
            }
        }
        summary.failed.extend(failed.into_values());
        days.into_values().collect()
    }

    fn row(&self, value: &MetricValue) -> MetricRow {
        let scope = &value.scope;
        MetricRow {
            account: self.settings.account.clone(),
            region: self.settings.region.clone(),
            api: scope.api.clone(),
            stage: scope.stage.clone(),
            level: scope.level().name().to_owned(),
            dimensions: scope.dimension_names(),
            route: scope.route().map(str::to_owned),
            method: scope.method().map(str::to_owned),
            metric: value.metric.to_owned(),
            statistic: value.statistic.name().to_owned(),
            start_ms: value.start_ms,
            period_seconds: i64::from(self.period),
            value: value.value,
            api_kind: scope.kind.name().to_owned(),
            api_name: scope.api_name.clone(),
            fetched_at_ms: self.now_ms,
            settled: is_settled(value.start_ms + i64::from(self.period) * 1000, self.now_ms),
        }
    }
}

impl MetricsSummary {
    /// The summary in sentences, one a line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "metrics: {} values of {} stages, {} of them changed since the last look; {} days of stages asked for, {} \
             settled before",
            grouped(self.values),
            grouped(self.stages),
            grouped(self.values_changed),
            grouped(self.looks),
            grouped(self.looks_settled)
        )];
        if self.metrics_requested > 0 {
            lines.push(format!(
                "CloudWatch charges for {} metrics requested in {} calls of GetMetricData, and for {} calls of \
                 ListMetrics",
                grouped(self.metrics_requested),
                grouped(self.calls),
                grouped(self.list_calls)
            ));
        }
        if self.looks_expired > 0 {
            let most = RETENTION.last().map_or(0, |(_, days)| *days);
            lines.push(format!(
                "{} days of stages are older than the {most} days for which CloudWatch keeps metrics",
                grouped(self.looks_expired)
            ));
        }
        let rejects = self.reject_reasons.iter();
        lines
            .extend(rejects.map(|(reason, count)| format!("{} values not taken: {reason}", grouped(*count))));
        lines.extend(self.shared.iter().map(|text| format!("not read: {text}")));
        lines.extend(self.missing.iter().map(|text| format!("incomplete: {text}")));
        lines.extend(self.failed.iter().map(|text| format!("failed: {text}")));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_asked_for_together_where_they_follow_each_other() {
        assert_eq!(pieces(&[1, 2, 3, 7, 8], 30), [&[1, 2, 3][..], &[7, 8]]);
        assert_eq!(pieces(&[1, 2, 3, 4, 5], 2), [&[1, 2][..], &[3, 4], &[5]]);
        assert!(pieces(&[], 5).is_empty());
    }
}
