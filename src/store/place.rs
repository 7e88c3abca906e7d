//! Where a store is, as typed: `s3://bucket/lake`.

use std::fmt;
use std::str::FromStr;

use crate::source::aws::{S3Location, S3LocationError};

/// A bucket and a folder in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StorePlace {
    pub(super) bucket: String,
    /// Ends with `/`, or is empty.
    pub(super) prefix: String,
}

/// A text that names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct StorePlaceError(#[from] S3LocationError);

impl FromStr for StorePlace {
    type Err = StorePlaceError;

    fn from_str(typed: &str) -> Result<StorePlace, StorePlaceError> {
        let S3Location { bucket, prefix } = typed.parse()?;
        let prefix = prefix.trim_end_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(StorePlace { bucket, prefix })
    }
}

impl StorePlace {
    /// All that is in it.
    pub fn location(&self) -> S3Location {
        S3Location { bucket: self.bucket.clone(), prefix: self.prefix.clone() }
    }
}

impl fmt::Display for StorePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.prefix.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_makes_no_other_place() {
        let place = |typed: &str| typed.parse::<StorePlace>().unwrap();
        assert_eq!(place("s3://logs/lake"), place("s3://logs/lake//"));
        assert_eq!(place("s3://logs/a/lake/").to_string(), "s3://logs/a/lake");
        assert_eq!(place("s3://logs/a/lake").location().prefix, "a/lake/");
        assert_eq!((place("s3://logs").prefix.as_str(), place("s3://logs/").prefix.as_str()), ("", ""));
        assert!("s3://*/lake".parse::<StorePlace>().is_err());
    }
}
