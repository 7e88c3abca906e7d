//! Who the callers are: usage plans and tags by the settings of the lake, hosts and programs by the log.
//!
//! A query groups by columns, and these are none of the lake's: settings come and go without the rows being
//! written again. They are put beside the rows when a query asks for them.

use std::collections::HashMap;
use std::sync::Arc;

use gwcost_core::model::settings::{RegionSettings, Snapshot};
use gwcost_core::model::{agent, execute_api_host};
use polars::prelude::{
    Column as Values, DataType, Expr, Field, LazyFrame, NamedFrom, PolarsResult, Series, col,
};

use super::dimension::Dimension;
use crate::lake::Column;

/// Account, region, API and stage.
type StageKey = [String; 4];

/// How clients are named.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    /// The plan of each API key on each stage.
    plans: Arc<HashMap<(StageKey, String), String>>,
    /// What is said of each stage's tags.
    tags: Arc<HashMap<StageKey, String>>,
    /// When the settings were read; `None` without any.
    settings_of: Option<String>,
    /// The tag that was chosen.
    tag: Option<String>,
}

impl Clients {
    /// Plans and tags of a snapshot. `tag` chooses one of the tags; without it all of a stage's count together.
    pub fn new(settings: Option<&Snapshot>, tag: Option<&str>) -> Clients {
        let mut plans = HashMap::new();
        let mut tags = HashMap::new();
        for region in settings.into_iter().flat_map(|snapshot| &snapshot.regions) {
            plans.extend(plans_of(region));
            tags.extend(tags_of(region, tag));
        }
        let settings_of = settings.map(|snapshot| {
            let read = snapshot.seen_until_ms();
            gwcost_core::model::Window { from_ms: read, to_ms: read }.from_rfc3339()
        });
        Clients { plans: Arc::new(plans), tags: Arc::new(tags), settings_of, tag: tag.map(str::to_owned) }
    }

    /// What a reader must know of names by settings, if the dimensions hold any.
    pub fn said(&self, dimensions: &[Dimension]) -> Option<String> {
        if !dimensions.iter().any(|dimension| matches!(dimension, Dimension::Plan | Dimension::Tag)) {
            return None;
        }
        Some(match &self.settings_of {
            None => "The lake holds no settings, so no request has a plan or a tag: gwcost ingest settings: \
                     reads them."
                .to_owned(),
            Some(read) => {
                let tag = self.tag.as_ref().filter(|_| dimensions.contains(&Dimension::Tag));
                let tag = tag.map(|tag| format!(" The tag is {tag:?}.")).unwrap_or_default();
                format!(
                    "Plans and tags are those of the settings of {read}, for the whole window.{tag} A stage's tag \
                     goes before its API's."
                )
            }
        })
    }

    /// Puts a column beside the rows for each dimension that the lake has none for.
    pub(super) fn name(&self, frame: LazyFrame, dimensions: &[Dimension]) -> LazyFrame {
        let columns: Vec<Expr> = dimensions.iter().filter_map(|dimension| self.column(*dimension)).collect();
        if columns.is_empty() { frame } else { frame.with_columns(columns) }
    }

    fn column(&self, dimension: Dimension) -> Option<Expr> {
        const STAGE: [Column; 4] = [Column::Account, Column::Region, Column::Api, Column::Stage];
        let of_stage = |values: &[Option<&str>]| -> Option<StageKey> {
            let value = |at: usize| values.get(at).copied().flatten().map(str::to_owned);
            Some([value(0)?, value(1)?, value(2)?, value(3)?])
        };
        Some(match dimension {
            Dimension::Plan => {
                let plans = Arc::clone(&self.plans);
                let columns = [&STAGE[..], &[Column::Key]].concat();
                derived(dimension, &columns, move |values| {
                    let key = values.get(4).copied().flatten()?;
                    plans.get(&(of_stage(values)?, key.to_owned())).cloned()
                })
            }
            Dimension::Tag => {
                let tags = Arc::clone(&self.tags);
                derived(dimension, &STAGE, move |values| tags.get(&of_stage(values)?).cloned())
            }
            Dimension::CustomDomain => derived(dimension, &[Column::DomainName], |values| {
                let host = values.first().copied().flatten()?;
                execute_api_host(host).is_none().then(|| host.to_ascii_lowercase())
            }),
            Dimension::UserAgentFamily => derived(dimension, &[Column::UserAgent], |values| {
                Some(agent(values.first().copied().flatten()?)?.family.to_owned())
            }),
            Dimension::Canary => derived(dimension, &[Column::Canary], |values| {
                let word = if values.first().copied().flatten()? == "true" { "canary" } else { "base" };
                Some(word.to_owned())
            }),
            _ => return None,
        })
    }
}

/// A text made of other columns of the same row, and the same for the same values.
fn derived(
    dimension: Dimension,
    columns: &[Column],
    value: impl Fn(&[Option<&str>]) -> Option<String> + Send + Sync + 'static,
) -> Expr {
    let inputs: Vec<Expr> = columns.iter().map(|column| col(column.name()).cast(DataType::String)).collect();
    let made = move |inputs: &mut [Values]| -> PolarsResult<Values> {
        let rows = inputs.iter().map(Values::len).max().unwrap_or(0);
        let series: Vec<&Series> = inputs.iter().map(Values::as_materialized_series).collect();
        let texts = series.iter().map(|series| series.str()).collect::<PolarsResult<Vec<_>>>()?;
        // Rows repeat what few clients say; each is worked out once.
        let mut known: HashMap<Vec<Option<&str>>, Option<String>> = HashMap::new();
        let mut found: Vec<Option<String>> = Vec::with_capacity(rows);
        for row in 0..rows {
            let values: Vec<Option<&str>> = texts.iter().map(|text| text.get(row)).collect();
            let answer = known.get(&values).cloned().unwrap_or_else(|| {
                let answer = value(&values);
                known.insert(values, answer.clone());
                answer
            });
            found.push(answer);
        }
        Ok(Series::new(dimension.name().into(), found).into())
    };
    let mut inputs = inputs.into_iter();
    let first = inputs.next().unwrap_or_else(|| col(Column::Account.name()));
    let others: Vec<Expr> = inputs.collect();
    first
        .map_many(made, &others, move |_, _| Ok(Field::new(dimension.name().into(), DataType::String)))
        .alias(dimension.name())
}

fn plans_of(region: &RegionSettings) -> Vec<((StageKey, String), String)> {
    let mut found = Vec::new();
    for plan in region.usage_plans.as_deref().unwrap_or_default() {
        let name = plan.name.as_ref().unwrap_or(&plan.id);
        for stage in &plan.stages {
            for key in plan.keys.as_deref().unwrap_or_default() {
                found.push(((stage_key(region, &stage.api, &stage.stage), key.clone()), name.clone()));
            }
        }
    }
    found
}

fn tags_of(region: &RegionSettings, tag: Option<&str>) -> Vec<(StageKey, String)> {
    let mut stages = Vec::new();
    for api in region.rest_apis.as_deref().unwrap_or_default() {
        for stage in api.stages.as_deref().unwrap_or_default() {
            stages.push((&api.id, &stage.name, &stage.tags, &api.tags));
        }
    }
    for api in region.v2_apis.as_deref().unwrap_or_default() {
        for stage in api.stages.as_deref().unwrap_or_default() {
            stages.push((&api.id, &stage.name, &stage.tags, &api.tags));
        }
    }
    stages
        .into_iter()
        .filter_map(|(api, stage, of_stage, of_api)| {
            let text = match tag {
                Some(tag) => of_stage.get(tag).or_else(|| of_api.get(tag))?.clone(),
                None => {
                    let mut both = of_api.clone();
                    both.extend(of_stage.iter().map(|(name, value)| (name.clone(), value.clone())));
                    let pairs: Vec<String> =
                        both.iter().map(|(name, value)| format!("{name}={value}")).collect();
                    Some(pairs.join(", ")).filter(|text| !text.is_empty())?
                }
            };
            Some((stage_key(region, api, stage), text))
        })
        .collect()
}

fn stage_key(region: &RegionSettings, api: &str, stage: &str) -> StageKey {
    [region.account.clone(), region.region.clone(), api.to_owned(), stage.to_owned()]
}
