//! What costs by itself, whoever asks: caches by the hour, logs by the byte.

use gwcost_core::model::{Window, day_of_ms};
use gwcost_core::pricing::{Meter, Pool, Units};
use rust_decimal::Decimal;

use super::super::AnalysisError;
use super::super::catalog::Catalog;
use super::pass::Found;
use super::{WasteItem, WasteKind, WasteQuestion};

/// Caches of stages that the log holds no request of.
pub fn idle_caches(catalog: &Catalog, question: &WasteQuestion<'_>, found: &Found) -> Vec<WasteItem> {
    let mut items = Vec::new();
    for region in question.settings.into_iter().flat_map(|snapshot| &snapshot.regions) {
        for api in region.rest_apis.as_deref().unwrap_or_default() {
            for stage in api.stages.as_deref().unwrap_or_default() {
                let (Some(size), true) = (stage.cache_size(), stage.cache_cluster_enabled) else { continue };
                let place =
                    [&region.account, &region.region, &api.id, &stage.name].map(|of| Some(of.clone()));
                let [account, in_region, of_api, of_stage] = place.clone();
                let endpoint = [account, in_region, of_api, of_stage, None, None];
                let selected = question.filters.select(|dimension| {
                    let at = super::Dimension::ENDPOINT.iter().position(|of| *of == dimension)?;
                    endpoint[at].as_deref()
                });
                if !selected || found.lines.contains_key(&place) {
                    continue;
                }
                let Ok(size) = size.to_string().parse() else { continue };
                let meter = Meter::CacheHours(size);
                let seconds = (question.window.to_ms - question.window.from_ms).unsigned_abs() / 1000;
                items.push(WasteItem {
                    kind: WasteKind::IdleCache,
                    endpoint,
                    detail: format!("{size} GB"),
                    requests: None,
                    bytes: None,
                    cost: priced(catalog, &region.region, meter, seconds, question.window).ok().flatten(),
                    a_month: None,
                });
            }
        }
    }
    items
}

/// What lines of access logs cost if they go to CloudWatch Logs, by stage.
pub fn logging(catalog: &Catalog, window: Window, found: &Found) -> Result<Vec<WasteItem>, AnalysisError> {
    let mut items = Vec::new();
    for ([account, region, api, stage], (lines, bytes)) in &found.lines {
        let in_region = region.as_deref().unwrap_or_default();
        items.push(WasteItem {
            kind: WasteKind::Logging,
            endpoint: [account.clone(), region.clone(), api.clone(), stage.clone(), None, None],
            detail: format!("{} bytes a line", bytes / lines.max(&1)),
            requests: Some(*lines),
            bytes: Some(*bytes),
            cost: priced(catalog, in_region, Meter::LogsIngestion, *bytes, window)?,
            a_month: None,
        });
    }
    Ok(items)
}

/// A quantity by itself, from the first tier.
fn priced(
    catalog: &Catalog,
    region: &str,
    meter: Meter,
    base: u64,
    window: Window,
) -> Result<Option<Decimal>, AnalysisError> {
    let Ok(quote) = catalog.quote(region, meter, day_of_ms(window.from_ms)) else { return Ok(None) };
    let leaves = [Units { base, low: base, high: base }];
    let bill = Pool { meter, before: 0, leaves: &leaves, groups: &[] }.price(&quote.tiers)?;
    Ok((bill.unpriced == 0).then(|| bill.leaves.iter().map(|leaf| leaf.amount.to_decimal()).sum()))
}
