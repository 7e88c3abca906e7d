//! What the network of a request says of its caller.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::country::CountryCode;
use super::database::Countries;

/// Where a caller is, as far as its network says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// In a country.
    Country(CountryCode),
    /// In a network that is nobody's on the internet: behind a VPC endpoint, or a test.
    Private,
    /// In a range that no caller can have: for documentation, multicast, or not given out.
    Reserved,
    /// The database does not know the network, or what was logged is no address.
    Unknown,
}

impl Caller {
    /// Looks a network up, as the lake holds it: `192.0.2.0/24`, `2001:db8:1::/48`, or a whole address. What the
    /// database knows counts before what an address means by convention.
    pub fn of(network: &str, countries: &Countries) -> Caller {
        let Some(address) = address(network) else { return Caller::Unknown };
        match countries.country(address) {
            Some(country) => Caller::Country(country),
            None if is_private(address) => Caller::Private,
            None if is_reserved(address) => Caller::Reserved,
            None => Caller::Unknown,
        }
    }

    /// The name in columns, JSON and CSV: the country's code, or a word in small letters.
    pub fn name(&self) -> &str {
        match self {
            Caller::Country(code) => code.as_str(),
            Caller::Private => "private",
            Caller::Reserved => "reserved",
            Caller::Unknown => "unknown",
        }
    }
}

/// The first address of a network.
pub(super) fn address(network: &str) -> Option<IpAddr> {
    let network = network.trim();
    let address = match network.parse::<IpNet>() {
        Ok(network) => network.addr(),
        Err(_) => network.parse().ok()?,
    };
    Some(address.to_canonical())
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && second & 0xC0 == 64;
            address.is_private() || address.is_loopback() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

fn is_reserved(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            first == 0
                || first >= 224
                || address.is_documentation()
                || (first == 198 && second & 0xFE == 18)
                || address == Ipv4Addr::UNSPECIFIED
        }
        IpAddr::V6(address) => {
            let segments = address.segments();
            // Only 2000::/3 is given out; 2001:db8::/32 of it is for documentation.
            segments[0] & 0xE000 != 0x2000 || (segments[0] == 0x2001 && segments[1] == 0xDB8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::country_database;

    #[test]
    fn networks_of_both_kinds_find_their_country_or_say_why_not() {
        let bytes = country_database(&[("8.8.0.0/16", "US"), ("2a00::/16", "DE"), ("192.0.2.0/24", "FR")], 0)
            .unwrap();
        let countries = Countries::from_bytes("a test", bytes).unwrap();
        for (network, name) in [
            ("8.8.8.0/24", "US"),
            ("8.8.8.8", "US"),
            ("2a00:1450:4001::/48", "DE"),
            ("::ffff:8.8.8.8", "US"),
            // Reserved, but somebody's database knows it.
            ("192.0.2.0/24", "FR"),
            ("198.51.100.0/24", "reserved"),
            ("2001:db8:1::/48", "reserved"),
            ("10.1.2.0/24", "private"),
            ("100.64.0.0/24", "private"),
            ("fd00:1:2::/48", "private"),
            ("127.0.0.0/24", "private"),
            ("240.0.0.0/24", "reserved"),
            ("9.9.9.0/24", "unknown"),
            ("2a02:1::/48", "unknown"),
            ("test-invoke-source-ip", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(Caller::of(network, &countries).name(), name, "{network}");
        }
    }
}
