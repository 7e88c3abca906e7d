//! The country of each request, worked out when a question asks for it: the lake holds networks, and countries
//! change with the database. Each network is looked up once, and the answers are joined to the requests.

use gwcost_core::model::Window;
use polars::prelude::{DataFrame, DataType, Engine, IntoLazy, LazyFrame, NULL, NamedFrom, Series, col, lit};

use super::AnalysisError;
use super::dimension::Dimension;
use super::frame::requests;
use super::query::Queries;
use crate::geo::{Caller, Countries};
use crate::lake::{Column, Lake};

/// The frame with a column of countries: null where no network was logged, or there is no database.
pub(super) fn with_country(
    frame: LazyFrame,
    countries: Option<&Countries>,
) -> Result<LazyFrame, AnalysisError> {
    let name = Dimension::Country.name();
    let Some(countries) = countries else {
        return Ok(frame.with_column(lit(NULL).cast(DataType::String).alias(name)));
    };
    let failed = || AnalysisError::engine("cannot look countries up");
    let network = Column::ClientNetwork.name();
    let mut table = frame
        .clone()
        .filter(col(network).is_not_null())
        .group_by([col(network)])
        .agg([col(Column::Unit.name()).count().alias("requests")])
        .collect_with_engine(Engine::Streaming)
        .map_err(failed())?
        .unwrap_single();
    let names: Vec<String> = texts(&table, network)?
        .iter()
        .map(|network| Caller::of(network.as_deref().unwrap_or_default(), countries).name().to_owned())
        .collect();
    table.with_column(Series::new(name.into(), names).into()).map_err(failed())?;
    let table = table.lazy().select([col(network), col(name)]);
    Ok(frame.left_join(table, col(network), col(network)))
}

fn texts(frame: &DataFrame, column: &str) -> Result<Vec<Option<String>>, AnalysisError> {
    let texts = frame
        .column(column)
        .and_then(|column| column.as_materialized_series().str())
        .map_err(AnalysisError::engine("cannot look countries up"))?;
    Ok(texts.iter().map(|text| text.map(str::to_owned)).collect())
}

/// Requests of one network to one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NetworkUse {
    /// Account, region, API and stage.
    pub(super) place: [String; 4],
    /// The network; `None` where it was not logged.
    pub(super) network: Option<String>,
    /// Its requests.
    pub(super) requests: u64,
}

/// Which networks asked which stages how often.
pub(super) fn networks(
    lake: &Lake,
    queries: &Queries,
    window: Window,
) -> Result<Vec<NetworkUse>, AnalysisError> {
    let failed = || AnalysisError::engine("cannot count networks");
    let network = Column::ClientNetwork.name();
    let place = [Column::Account, Column::Region, Column::Api, Column::Stage];
    let columns: Vec<_> = place.iter().map(|column| col(column.name())).chain([col(network)]).collect();
    let found = requests(lake, window, &[], queries.countries())?
        .group_by(columns)
        .agg([col(Column::Unit.name()).count().cast(DataType::Int64).alias("requests")])
        .collect_with_engine(Engine::Streaming)
        .map_err(failed())?
        .unwrap_single();
    let mut columns = Vec::new();
    for column in place.iter().map(|column| column.name()).chain([network]) {
        columns.push(texts(&found, column)?);
    }
    let counts = found
        .column("requests")
        .and_then(|column| column.as_materialized_series().i64())
        .map_err(failed())?
        .clone();
    let used = |row: usize| NetworkUse {
        place: std::array::from_fn(|at| columns[at][row].clone().unwrap_or_default()),
        network: columns[place.len()][row].clone(),
        requests: counts.get(row).unwrap_or(0).unsigned_abs(),
    };
    Ok((0..found.height()).map(used).collect())
}
