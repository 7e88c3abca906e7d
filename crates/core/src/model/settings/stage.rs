//! Every stage of every kind of API, in one list: what finding the logs and metrics begins with.

use super::{AccessLogSettings, RegionSettings};
use crate::model::ApiKind;

/// A stage of an API of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageRef<'a> {
    /// The kind of API.
    pub kind: ApiKind,
    /// The API's id.
    pub api_id: &'a str,
    /// The API's name.
    pub api_name: &'a str,
    /// The stage's name.
    pub stage: &'a str,
    /// Where its access log goes. `None`: nothing is logged.
    pub access_log: Option<&'a AccessLogSettings>,
    /// Whether there are metrics by method or route, for some of them at least.
    pub detailed_metrics: bool,
}

impl RegionSettings {
    /// All stages that are known: those of REST APIs first, in the order of the snapshot.
    pub fn stages(&self) -> Vec<StageRef<'_>> {
        let mut stages = Vec::new();
        for api in self.rest_apis.iter().flatten() {
            for stage in api.stages.iter().flatten() {
                let detailed = stage.method_settings.values().any(|own| own.metrics_enabled == Some(true));
                stages.push(StageRef {
                    kind: ApiKind::Rest,
                    api_id: &api.id,
                    api_name: &api.name,
                    stage: &stage.name,
                    access_log: stage.access_log.as_ref(),
                    detailed_metrics: detailed,
                });
            }
        }
        for api in self.v2_apis.iter().flatten() {
            let Some(kind) = api.kind() else { continue };
            for stage in api.stages.iter().flatten() {
                let own = stage.route_settings.values();
                let detailed = std::iter::once(&stage.default_route_settings)
                    .chain(own)
                    .any(|settings| settings.detailed_metrics_enabled == Some(true));
                stages.push(StageRef {
                    kind,
                    api_id: &api.id,
                    api_name: &api.name,
                    stage: &stage.name,
                    access_log: stage.access_log.as_ref(),
                    detailed_metrics: detailed,
                });
            }
        }
        stages
    }
}
