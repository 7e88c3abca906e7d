//! Instants as RFC 3339 in UTC in the file, and as milliseconds of Unix time in memory.
//!
//! For use as `#[serde(with = "instant")]`, or `#[serde(with = "instant::optional", default)]`.

use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserializer, Error, Visitor};
use serde::ser::{Error as _, Serializer};

/// Writes `2026-10-31T06:00:00Z`, with milliseconds where there are any.
pub(super) fn serialize<S: Serializer>(ms: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    let instant = Timestamp::from_millisecond(*ms)
        .map_err(|_| S::Error::custom(format_args!("{ms} ms is outside of the calendar")))?;
    serializer.collect_str(&instant)
}

/// Reads an RFC 3339 time; one with another offset than `Z` is the same instant in UTC.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    struct Instant;

    impl Visitor<'_> for Instant {
        type Value = i64;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an RFC 3339 time, as in \"2026-10-31T12:00:00Z\"")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
            let problem =
                |_| E::custom(format_args!("{text:?} is not a time: expected one as 2026-10-31T12:00:00Z"));
            text.parse::<Timestamp>().map(|instant| instant.as_millisecond()).map_err(problem)
        }
    }

    deserializer.deserialize_str(Instant)
}

/// The same where the time may be unknown.
pub(super) mod optional {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the time or `null`.
    pub(in super::super) fn serialize<S: Serializer>(
        ms: &Option<i64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match ms {
            Some(ms) => super::serialize(ms, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a time or `null`.
    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<i64>, D::Error> {
        #[derive(Deserialize)]
        struct Known(#[serde(with = "super")] i64);

        Ok(Option::<Known>::deserialize(deserializer)?.map(|known| known.0))
    }
}
