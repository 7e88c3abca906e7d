//! What makes two requests the same to a cache, as far as the log holds it.

use gwcost_core::text::did_you_mean;
use xxhash_rust::xxh3::xxh3_128;

use crate::lake::Column;

/// Columns that can be part of a cache key beside method and path: what callers send, not what AWS makes.
const FIELDS: [Column; 7] = [
    Column::Principal,
    Column::Key,
    Column::ClientNetwork,
    Column::UserAgent,
    Column::DomainName,
    Column::BasePath,
    Column::VpcEndpoint,
];

/// A name that is no field of a cache key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{typed:?} cannot be part of the cache key: the lake holds {}; method and path are always part of it{hint}",
    FIELDS.map(Column::name).join(", ")
)]
pub struct UnknownKeyField {
    typed: String,
    hint: String,
}

/// The field of a name.
///
/// # Errors
/// [`UnknownKeyField`] says which ones there are.
pub fn key_field(typed: &str) -> Result<Column, UnknownKeyField> {
    FIELDS.into_iter().find(|column| column.name() == typed).ok_or_else(|| UnknownKeyField {
        typed: typed.to_owned(),
        hint: did_you_mean(typed, FIELDS.map(Column::name)),
    })
}

/// Makes hashes of keys: each field with its length, so that no two keys are written alike.
#[derive(Default)]
pub(super) struct KeyHash(Vec<u8>);

impl KeyHash {
    /// Begins a key of a kind, so that keys of different kinds differ.
    pub(super) fn begin(&mut self, kind: u8, of: u64) -> &mut KeyHash {
        self.0.clear();
        self.0.push(kind);
        self.0.extend(of.to_le_bytes());
        self
    }

    /// Adds a field.
    pub(super) fn field(&mut self, text: Option<&str>) -> &mut KeyHash {
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        self.0.extend(length.to_le_bytes());
        self.0.extend(text.unwrap_or_default().as_bytes());
        self
    }

    /// The hash: of 128 bits, so that no two of a lake's keys will ever share one.
    pub(super) fn hash(&self) -> u128 {
        xxh3_128(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart() {
        let hash = |fields: &[Option<&str>]| {
            let mut key = KeyHash::default();
            let key = key.begin(0, 1);
            fields.iter().fold(key, |key, field| key.field(*field)).hash()
        };
        assert_ne!(hash(&[Some("ab"), Some("c")]), hash(&[Some("a"), Some("bc")]));
        assert_ne!(hash(&[None]), hash(&[Some("")]));
        assert_eq!(hash(&[Some("ab"), None]), hash(&[Some("ab"), None]));
    }

    #[test]
    fn a_mistyped_field_is_named() {
        assert_eq!(key_field("principal"), Ok(Column::Principal));
        let error = key_field("principel").unwrap_err().to_string();
        assert!(error.ends_with("always part of it; did you mean \"principal\"?"), "{error}");
        assert!(key_field("request_id").is_err());
    }
}
