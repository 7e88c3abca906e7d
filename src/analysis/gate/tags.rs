//! Which APIs and stages have which tags, as their settings say.

use std::collections::{BTreeMap, HashMap};

use gwcost_core::model::settings::Snapshot;

type Of = BTreeMap<String, String>;

/// Tags by account, region, API and stage; those of the API itself are without a stage.
pub(super) struct Tags<'a> {
    known: HashMap<[&'a str; 4], &'a Of>,
}

impl<'a> Tags<'a> {
    /// All tags of a snapshot.
    pub(super) fn of(settings: &'a Snapshot) -> Tags<'a> {
        let mut known = HashMap::new();
        for region in &settings.regions {
            let (account, name) = (region.account.as_str(), region.region.as_str());
            for api in region.rest_apis.iter().flatten() {
                known.insert([account, name, api.id.as_str(), ""], &api.tags);
                for stage in api.stages.iter().flatten() {
                    known.insert([account, name, api.id.as_str(), stage.name.as_str()], &stage.tags);
                }
            }
            for api in region.v2_apis.iter().flatten() {
                known.insert([account, name, api.id.as_str(), ""], &api.tags);
                for stage in api.stages.iter().flatten() {
                    known.insert([account, name, api.id.as_str(), stage.name.as_str()], &stage.tags);
                }
            }
        }
        Tags { known }
    }

    /// Whether an endpoint has a tag: its stage's counts before its API's.
    pub(super) fn has(&self, endpoint: &[Option<String>; 6], key: &str, value: Option<&str>) -> bool {
        let part = |at: usize| endpoint[at].as_deref().unwrap_or_default();
        let of = |stage| self.known.get(&[part(0), part(1), part(2), stage]).and_then(|tags| tags.get(key));
        of(part(3)).or_else(|| of("")).is_some_and(|found| value.is_none_or(|value| value == found))
    }
}
