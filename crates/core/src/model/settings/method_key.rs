//! The keys of method settings and of a usage plan's method throttles, in each of their spellings.
//!
//! API Gateway answers with `~1items~1{id}/GET` (a JSON pointer's escapes), usage plans with
//! `/items/{id}/GET`, and templates are full of `items/{id}/GET`. They are one key.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::text::did_you_mean;

/// The methods that a REST API can have; `ANY` is AWS's word for all that are not given apart.
const METHODS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// A resource path and a method, either of which may be all of them.
///
/// It is written `/items/{id}/GET`, `/items/*`, `*/*`; the root's GET is `//GET`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MethodKey {
    path: Option<String>,
    method: Option<String>,
}

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MethodKeyError {
    /// It has no slash.
    #[error(
        "{0:?} is no method-settings key: expected a resource path and a method, as in /items/{{id}}/GET, or */*"
    )]
    NoMethod(String),
    /// What follows the last slash is no method.
    #[error("{key:?} does not end in a method: {method:?} is none of {known} and *{hint}")]
    Method {
        /// The key.
        key: String,
        /// What stands for the method.
        method: String,
        /// The methods that exist.
        known: String,
        /// The nearest one.
        hint: String,
    },
}

impl MethodKey {
    /// The key of all methods of all resources: the stage's default.
    pub const ALL: MethodKey = MethodKey { path: None, method: None };

    /// The key of one method: a resource path such as `/items/{id}`, and a method such as `GET`.
    pub fn new(path: &str, method: &str) -> MethodKey {
        MethodKey { path: Some(path.to_owned()), method: Some(method.to_owned()) }
    }

    /// The resource path; `None` for all of them.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The method in capitals; `None` for all of them.
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// Whether it is the stage's default, `*/*`.
    pub fn is_all(&self) -> bool {
        *self == MethodKey::ALL
    }

    /// The keys that can hold settings of one method, the most general first.
    pub fn chain(path: &str, method: &str) -> [MethodKey; 4] {
        let of = |method: Option<&str>| MethodKey {
            path: Some(path.to_owned()),
            method: method.map(str::to_owned),
        };
        [MethodKey::ALL, of(None), of(Some("ANY")), of(Some(method))]
    }
}

impl FromStr for MethodKey {
    type Err = MethodKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, method) =
            text.rsplit_once('/').ok_or_else(|| MethodKeyError::NoMethod(text.to_owned()))?;
        let capitals = method.to_ascii_uppercase();
        let method = match capitals.as_str() {
            "*" => None,
            known if METHODS.contains(&known) => Some(capitals),
            _ => {
                return Err(MethodKeyError::Method {
                    key: text.to_owned(),
                    method: method.to_owned(),
                    known: METHODS.join(", "),
                    hint: did_you_mean(method, METHODS),
                });
            }
        };
        // The order of the two is JSON pointer's: `~01` is `~1`, not a slash.
        let path = path.replace("~1", "/").replace("~0", "~");
        let path = match path.trim_start_matches('/') {
            "*" => None,
            rest => Some(format!("/{rest}")),
        };
        Ok(MethodKey { path, method })
    }
}

impl fmt::Display for MethodKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path().unwrap_or("*").replace('~', "~0");
        write!(formatter, "{path}/{}", self.method().unwrap_or("*"))
    }
}

impl Serialize for MethodKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MethodKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Key;

        impl Visitor<'_> for Key {
            type Value = MethodKey;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a resource path and a method, as in \"/items/{id}/GET\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<MethodKey, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_the_same_key() {
        for spelling in ["~1items~1{id}/GET", "/items/{id}/GET", "items/{id}/GET", "items~1{id}/get"] {
            let key: MethodKey = spelling.parse().unwrap();
            assert_eq!(key, MethodKey::new("/items/{id}", "GET"), "{spelling}");
            assert_eq!(key.to_string(), "/items/{id}/GET");
        }
        assert_eq!("a~01b/PUT".parse(), Ok(MethodKey::new("/a~1b", "PUT")));
    }

    #[test]
    fn everything_and_the_root_have_keys() {
        for all in ["*/*", "/*/*", "~1*/*"] {
            assert!(all.parse::<MethodKey>().unwrap().is_all(), "{all}");
        }
        for root in ["~1/GET", "//GET", "/GET"] {
            assert_eq!(root.parse(), Ok(MethodKey::new("/", "GET")), "{root}");
        }
        let proxy: MethodKey = "~1{proxy+}/ANY".parse().unwrap();
        assert_eq!((proxy.path(), proxy.method()), (Some("/{proxy+}"), Some("ANY")));
        let resource: MethodKey = "items/*".parse().unwrap();
        assert_eq!((resource.path(), resource.method()), (Some("/items"), None));
    }

    #[test]
    fn written_keys_read_as_themselves() {
        for key in ["*/*", "//GET", "/items/*", "/items/{id}/GET", "*/OPTIONS"] {
            let parsed: MethodKey = key.parse().unwrap();
            assert_eq!(parsed.to_string(), key);
            assert_eq!(parsed.to_string().parse(), Ok(parsed));
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_is_written_as_itself(text in "[~01a{}/*+.é]{0,12}(/(GET|any|\\*|x))?") {
            if let Ok(key) = text.parse::<MethodKey>() {
                proptest::prop_assert_eq!(key.to_string().parse(), Ok(key));
            }
        }
    }

    #[test]
    fn what_is_no_key_is_named() {
        assert!("items".parse::<MethodKey>().unwrap_err().to_string().contains("/items/{id}/GET"));
        let error = "/items/GTE".parse::<MethodKey>().unwrap_err().to_string();
        assert!(error.contains("did you mean \"GET\"?"), "{error}");
        assert!("".parse::<MethodKey>().is_err());
        assert!("/items/".parse::<MethodKey>().is_err());
    }
}
