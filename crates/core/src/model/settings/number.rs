//! Rates, sizes and shares as exact decimals: JSON strings when written; strings or numbers when read,
//! because people type `100`.
//!
//! For use as `#[serde(with = "number", default, skip_serializing_if = "Option::is_none")]`.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;

/// The decimal that AWS meant by a float: the shortest that reads as the same float. `None` for what is no
/// number.
pub fn from_f64(value: f64) -> Option<Decimal> {
    Decimal::from_str_exact(&format!("{value}")).ok().map(|decimal| decimal.normalize())
}

/// Writes the decimal as a string, without an exponent and without trailing zeros.
pub(super) fn serialize<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(&value.normalize()),
        None => serializer.serialize_none(),
    }
}

/// Reads a string, a number or `null`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    struct Number;

    impl<'de> Visitor<'de> for Number {
        type Value = Option<Decimal>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a decimal number, as in \"0.5\"")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
            let decimal = if plain { Decimal::from_str_exact(text).ok() } else { None };
            let problem = || E::custom(format_args!("{text:?} is not a decimal number, as in \"0.5\""));
            decimal.map(Some).ok_or_else(problem)
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
            Ok(Some(Decimal::from(value)))
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
            Ok(Some(Decimal::from(value)))
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
            from_f64(value)
                .map(Some)
                .ok_or_else(|| E::custom(format_args!("{value} is out of range: at most 28 digits are kept")))
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }

    deserializer.deserialize_any(Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_of_the_api_become_the_decimals_that_were_set() {
        let text = |value: f64| from_f64(value).map(|decimal| decimal.to_string());
        assert_eq!(text(0.5).as_deref(), Some("0.5"));
        assert_eq!(text(10_000.0).as_deref(), Some("10000"));
        assert_eq!(text(0.1 + 0.2).as_deref(), Some("0.30000000000000004"));
        assert_eq!(text(-1.0).as_deref(), Some("-1"));
        assert_eq!(text(f64::NAN), None);
        assert_eq!(text(1e300), None);
    }

    #[test]
    fn strings_and_numbers_are_read_and_nothing_else() {
        let read = |text: &str| {
            let mut json = serde_json::Deserializer::from_str(text);
            deserialize(&mut json).map(|value| value.map(|decimal| decimal.to_string()))
        };
        assert_eq!(read("\"0.5\"").unwrap().as_deref(), Some("0.5"));
        assert_eq!(read("0.5").unwrap().as_deref(), Some("0.5"));
        assert_eq!(read("100").unwrap().as_deref(), Some("100"));
        assert_eq!(read("-1").unwrap().as_deref(), Some("-1"));
        assert_eq!(read("null").unwrap(), None);
        for text in ["\"fast\"", "\"1e3\"", "\"1_000\"", "\"\"", "true", "[1]", "1e300"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
