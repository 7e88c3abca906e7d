//! What a stage sets for its methods: for all of them, for those of a resource, for one.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{LoggingLevel, MethodKey, Throttle};

/// The settings of a method. `None` is "not set here".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodSettings {
    /// Detailed metrics, by method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_enabled: Option<bool>,
    /// The execution log's level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging_level: Option<LoggingLevel>,
    /// Whole requests and responses go to the execution log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_trace_enabled: Option<bool>,
    /// The method's token bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
    /// Responses are cached, where the stage has a cache cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caching_enabled: Option<bool>,
    /// How long, in seconds: 0 to 3600; 0 is not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_ttl_seconds: Option<u32>,
    /// Cached responses are encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_data_encrypted: Option<bool>,
    /// Only callers with a permission may invalidate entries; without it, any client can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_authorization_for_cache_control: Option<bool>,
}

/// The settings of a stage's methods, each key once.
pub type MethodSettingsMap = BTreeMap<MethodKey, MethodSettings>;

impl MethodSettings {
    /// These settings where they say something, and those below where they do not.
    pub fn over(&self, below: &MethodSettings) -> MethodSettings {
        MethodSettings {
            metrics_enabled: self.metrics_enabled.or(below.metrics_enabled),
            logging_level: self.logging_level.clone().or_else(|| below.logging_level.clone()),
            data_trace_enabled: self.data_trace_enabled.or(below.data_trace_enabled),
            throttle: Throttle::lay(self.throttle.as_ref(), below.throttle.as_ref()),
            caching_enabled: self.caching_enabled.or(below.caching_enabled),
            cache_ttl_seconds: self.cache_ttl_seconds.or(below.cache_ttl_seconds),
            cache_data_encrypted: self.cache_data_encrypted.or(below.cache_data_encrypted),
            require_authorization_for_cache_control: self
                .require_authorization_for_cache_control
                .or(below.require_authorization_for_cache_control),
        }
    }
}

/// What holds for one method: the stage's default, with the resource's, with `ANY`'s, with its own laid over.
pub fn effective(settings: &MethodSettingsMap, path: &str, method: &str) -> MethodSettings {
    MethodKey::chain(path, method)
        .iter()
        .filter_map(|key| settings.get(key))
        .fold(MethodSettings::default(), |below, own| own.over(&below))
}

/// Reads a map by method keys and refuses two spellings of one key: nobody could say which one holds.
pub(super) fn by_method<'de, D, V>(deserializer: D) -> Result<BTreeMap<MethodKey, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    struct ByMethod<V>(std::marker::PhantomData<V>);

    impl<'de, V: Deserialize<'de>> Visitor<'de> for ByMethod<V> {
        type Value = BTreeMap<MethodKey, V>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object whose keys are methods, as in \"/items/{id}/GET\" or \"*/*\"")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some(key) = entries.next_key::<MethodKey>()? {
                if map.contains_key(&key) {
                    return Err(A::Error::custom(format_args!("the method {key} stands twice")));
                }
                map.insert(key, entries.next_value()?);
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(ByMethod(std::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(entries: &[(&str, MethodSettings)]) -> MethodSettingsMap {
        entries.iter().map(|(key, settings)| (key.parse().unwrap(), settings.clone())).collect()
    }

    #[test]
    fn a_methods_own_settings_lie_over_the_stages() {
        let ttl = |seconds| MethodSettings { cache_ttl_seconds: Some(seconds), ..MethodSettings::default() };
        let all = MethodSettings {
            caching_enabled: Some(true),
            cache_ttl_seconds: Some(300),
            throttle: Some(Throttle::of_aws(500.0, 1000)),
            ..MethodSettings::default()
        };
        let own = MethodSettings { throttle: Some(Throttle::of_aws(0.5, 2)), ..ttl(60) };
        let map = settings(&[("*/*", all), ("items/ANY", ttl(30)), ("~1items~1{id}/GET", own)]);
        let item = effective(&map, "/items/{id}", "GET");
        assert_eq!((item.caching_enabled, item.cache_ttl_seconds), (Some(true), Some(60)));
        assert_eq!(item.throttle, Some(Throttle::of_aws(0.5, 2)));
        let items = effective(&map, "/items", "POST");
        assert_eq!((items.caching_enabled, items.cache_ttl_seconds), (Some(true), Some(30)));
        assert_eq!(effective(&map, "/other", "GET").cache_ttl_seconds, Some(300));
        assert_eq!(effective(&settings(&[]), "/items", "GET"), MethodSettings::default());
    }

    #[test]
    fn one_method_in_two_spellings_is_refused() {
        #[derive(Debug, Deserialize)]
        struct Holder(#[serde(deserialize_with = "by_method")] MethodSettingsMap);

        let twice = r#"{"~1items/GET":{},"/items/GET":{}}"#;
        let error = serde_json::from_str::<Holder>(twice).unwrap_err().to_string();
        assert!(error.contains("/items/GET stands twice"), "{error}");
        assert_eq!(serde_json::from_str::<Holder>(r#"{"*/*":{}}"#).unwrap().0.len(), 1);
    }
}
