//! A country's code as databases have it: ISO 3166-1 alpha-2.

use std::fmt;

/// Two capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// Reads a code; `None` if it is none, or one that stands for no country: `ZZ`, `XX`.
    pub fn read(text: &str) -> Option<CountryCode> {
        match text.as_bytes() {
            [one, other] if one.is_ascii_alphabetic() && other.is_ascii_alphabetic() => {
                let code = [one.to_ascii_uppercase(), other.to_ascii_uppercase()];
                (code != *b"ZZ" && code != *b"XX").then_some(CountryCode(code))
            }
            _ => None,
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        // They are letters by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_two_letters_that_stand_for_a_country() {
        assert_eq!(CountryCode::read("de").unwrap().as_str(), "DE");
        for none in ["", "D", "DEU", "ZZ", "xx", "1A", "é"] {
            assert_eq!(CountryCode::read(none), None, "{none}");
        }
    }
}
