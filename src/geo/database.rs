//! A country database in MaxMind's format (MMDB), whoever publishes it.
//!
//! Publishers write the country in one of three shapes: `country.iso_code` (MaxMind, DB-IP), `country_code`
//! (ip-location-db) or `country` as text (IPinfo). All of them are read.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{MaxMindDbError, Reader, WithinOptions};
use serde::Deserialize;

use super::country::CountryCode;

/// Networks that are looked at to see whether a database holds countries at all.
const LOOKED_AT: usize = 10_000;

/// A database that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// It is no MMDB, or a damaged one.
    #[error("{name}: no country database in MMDB format: {source}")]
    Format {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        source: Box<MaxMindDbError>,
    },
    /// It holds something else.
    #[error(
        "{name}: a database of type {kind:?} without countries: expected one by country or city, such as DB-IP's country lite"
    )]
    NoCountries {
        /// The file's name.
        name: String,
        /// What it calls itself.
        kind: String,
    },
}

/// The country in a record, in any of the shapes.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    country: Option<CountryField<'a>>,
    #[serde(borrow)]
    registered_country: Option<CountryField<'a>>,
    #[serde(borrow)]
    country_code: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CountryField<'a> {
    Code(&'a str),
    Named {
        #[serde(borrow)]
        iso_code: Option<&'a str>,
    },
}

impl Record<'_> {
    fn code(&self) -> Option<CountryCode> {
        let field = |field: &Option<CountryField<'_>>| match field {
            Some(CountryField::Code(code)) => CountryCode::read(code),
            Some(CountryField::Named { iso_code }) => iso_code.and_then(CountryCode::read),
            None => None,
        };
        let plain = self.country_code.and_then(CountryCode::read);
        field(&self.country).or(plain).or_else(|| field(&self.registered_country))
    }
}

/// Countries by address.
pub struct Countries {
    reader: Reader<Vec<u8>>,
    name: String,
}

impl std::fmt::Debug for Countries {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Countries").field("name", &self.name).field("kind", &self.kind()).finish()
    }
}

impl Countries {
    /// Opens a file.
    ///
    /// # Errors
    /// [`GeoError`] when it cannot be read, is no MMDB, or holds no countries.
    pub fn open(path: &Path) -> Result<Countries, GeoError> {
        let bytes = fs::read(path).map_err(|source| GeoError::Io { path: path.to_owned(), source })?;
        Countries::from_bytes(&path.display().to_string(), bytes)
    }

    /// Reads a database; `name` is said in errors and reports.
    ///
    /// # Errors
    /// [`GeoError`] when it is no MMDB or holds no countries.
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Countries, GeoError> {
        let wrong = |source| GeoError::Format { name: name.to_owned(), source: Box::new(source) };
        let reader = Reader::from_source(bytes).map_err(wrong)?;
        let countries = Countries { reader, name: name.to_owned() };
        if countries.holds_some().map_err(wrong)? {
            return Ok(countries);
        }
        Err(GeoError::NoCountries { name: name.to_owned(), kind: countries.kind().to_owned() })
    }

    /// Whether one of the first networks has a country.
    fn holds_some(&self) -> Result<bool, MaxMindDbError> {
        for found in self.reader.networks(WithinOptions::default())?.take(LOOKED_AT) {
            if found?.decode::<Record<'_>>()?.is_some_and(|record| record.code().is_some()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The country of an address; `None` where the database has none, or none for addresses of its kind.
    pub fn country(&self, address: IpAddr) -> Option<CountryCode> {
        let found = self.reader.lookup(address).ok()?;
        found.decode::<Record<'_>>().ok()??.code()
    }

    /// The file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the database calls itself: `DBIP-Country-Lite`.
    pub fn kind(&self) -> &str {
        &self.reader.metadata().database_type
    }

    /// Whether it knows addresses of IPv6.
    pub fn has_ipv6(&self) -> bool {
        self.reader.metadata().ip_version == 6
    }

    /// The UTC day on which it was made, `2026-11-01`; `None` where it says nothing that can be.
    pub fn made_on(&self) -> Option<String> {
        let seconds =
            i64::try_from(self.reader.metadata().build_epoch).ok().filter(|seconds| *seconds > 0)?;
        let made = jiff::Timestamp::from_second(seconds).ok()?;
        Some(made.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
    }

    /// What its licence wants to be said wherever its answers are shown, for those that are known.
    pub fn credit(&self) -> Option<&'static str> {
        let kind = self.kind().to_ascii_lowercase();
        let says = |word: &str| kind.contains(word);
        if says("dbip") || says("db-ip") {
            Some("IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0")
        } else if says("geolite") {
            Some(
                "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com",
            )
        } else if says("ipinfo") {
            Some("IP address data powered by IPinfo (https://ipinfo.io), CC BY-SA 4.0")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::country_database;

    #[test]
    fn what_is_no_country_database_is_said() {
        let error = Countries::from_bytes("x.mmdb", b"<html>".to_vec()).unwrap_err().to_string();
        assert!(error.starts_with("x.mmdb: no country database in MMDB format: "), "{error}");
        let empty = country_database(&[], 0).unwrap();
        let error = Countries::from_bytes("x.mmdb", empty).unwrap_err().to_string();
        assert!(error.contains("without countries"), "{error}");
        let gone = Countries::open(Path::new("/nowhere/x.mmdb")).unwrap_err();
        assert!(matches!(gone, GeoError::Io { .. }));
    }

    #[test]
    fn a_database_says_when_it_was_made() {
        let made = country_database(&[("8.0.0.0/8", "US")], 1_793_491_200).unwrap();
        let countries = Countries::from_bytes("x", made).unwrap();
        assert_eq!(countries.made_on().as_deref(), Some("2026-11-01"));
        assert_eq!(countries.kind(), "gwcost-country");
        assert!(countries.has_ipv6() && countries.credit().is_none());
    }

    #[test]
    fn a_damaged_file_is_no_panic() {
        let whole = country_database(&[("8.0.0.0/8", "US"), ("2a00::/16", "DE")], 1).unwrap();
        for cut in 0..whole.len() {
            if let Ok(countries) = Countries::from_bytes("cut", whole[..cut].to_vec()) {
                countries.country("8.8.8.8".parse().unwrap());
            }
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            if let Ok(countries) = Countries::from_bytes("damaged", damaged) {
                countries.country("8.8.8.8".parse().unwrap());
                countries.country("2a00::1".parse().unwrap());
            }
        }
    }
}
