//! Which APIs are private: their responses go to endpoints of PrivateLink, not to the internet.

use std::collections::BTreeSet;

use gwcost_core::model::settings::{EndpointType, RestApi};

use super::AnalysisError;
use super::catalog::Catalog;
use crate::lake::{Lake, latest_settings};

/// The same prices, with the APIs that the lake's settings call private and nothing else.
pub(super) fn private_apis(lake: &Lake, catalog: &Catalog) -> Result<Catalog, AnalysisError> {
    let mut private = BTreeSet::new();
    let settings = latest_settings(lake.root())?;
    for region in settings.iter().flat_map(|settings| &settings.regions) {
        let apis = region.rest_apis.iter().flatten().filter(|api| is_private(api));
        private.extend(apis.map(|api| [region.account.clone(), region.region.clone(), api.id.clone()]));
    }
    Ok(catalog.clone().with_private_apis(private))
}

fn is_private(api: &RestApi) -> bool {
    !api.endpoint_types.is_empty() && api.endpoint_types.iter().all(|of| *of == EndpointType::Private)
}
