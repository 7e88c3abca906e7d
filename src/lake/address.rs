//! Client addresses: kept as networks, in rows and in rejected lines.

use std::borrow::Cow;
use std::net::IpAddr;

/// Addresses whose networks are remembered: clients come back.
const REMEMBERED: usize = 8192;

/// Makes networks of addresses, and remembers those that take time.
#[derive(Debug)]
pub struct Networks {
    /// The network of the latest IPv4 address.
    latest: String,
    /// Other addresses with their networks.
    seen: Vec<(String, String)>,
}

impl Networks {
    /// Nothing seen yet.
    pub fn new() -> Networks {
        Networks { latest: String::new(), seen: vec![(String::new(), String::new()); REMEMBERED] }
    }

    /// What [`client_network`] says.
    pub(super) fn of<'a>(&'a mut self, address: &'a str, keep_ip: bool) -> &'a str {
        if keep_ip {
            return address;
        }
        if let Some(last) = last_octet(address.as_bytes()) {
            self.latest.clear();
            self.latest.push_str(&address[..last]);
            self.latest.push_str("0/24");
            return &self.latest;
        }
        let place = xxhash_rust::xxh3::xxh3_64(address.as_bytes()).to_le_bytes();
        let place = usize::from(u16::from_le_bytes([place[0], place[1]])) % REMEMBERED;
        let (seen, network) = &mut self.seen[place];
        // A place that nothing was put in looks like that of an empty address.
        if seen != address || network.is_empty() {
            address.clone_into(seen);
            client_network(address, false).as_ref().clone_into(network);
        }
        network
    }
}

/// Where the last part of an IPv4 address begins; `None` for any other text.
fn last_octet(address: &[u8]) -> Option<usize> {
    let mut at = 0;
    for part in 0..4 {
        let (begin, mut octet) = (at, 0_u32);
        while let Some(digit) = address.get(at).filter(|byte| byte.is_ascii_digit()) {
            if at == begin + 3 {
                return None;
            }
            octet = octet * 10 + u32::from(digit - b'0');
            at += 1;
        }
        let padded = at > begin + 1 && address[begin] == b'0';
        if at == begin || padded || octet > 255 {
            return None;
        }
        if part == 3 {
            return (at == address.len()).then_some(begin);
        }
        if address.get(at) != Some(&b'.') {
            return None;
        }
        at += 1;
    }
    None
}

/// The /24 of an IPv4 or the /48 of an IPv6 address; text that is no address is dropped.
pub(super) fn client_network(address: &str, keep_ip: bool) -> Cow<'_, str> {
    if keep_ip {
        return Cow::Borrowed(address);
    }
    match address.parse() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            Cow::Owned(format!("{a}.{b}.{c}.0/24"))
        }
        Ok(IpAddr::V6(address)) => {
            if let Some(mapped) = address.to_ipv4_mapped() {
                let [a, b, c, _] = mapped.octets();
                return Cow::Owned(format!("{a}.{b}.{c}.0/24"));
            }
            let [a, b, c, ..] = address.segments();
            Cow::Owned(format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
        }
        Err(_) => Cow::Borrowed("unknown"),
    }
}

/// A text with every address in it replaced by its network.
pub(super) fn mask_addresses(text: &str) -> String {
    let of_address = |character: char| character.is_ascii_hexdigit() || matches!(character, '.' | ':');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(of_address) {
        let length = rest[start..].find(|character| !of_address(character)).unwrap_or(rest.len() - start);
        let word = &rest[start..start + length];
        out.push_str(&rest[..start]);
        // `::` alone parses as an address, but stands in no log as one.
        if word.len() > 4 && word.parse::<IpAddr>().is_ok() {
            out.push_str(&client_network(word, false));
        } else {
            out.push_str(word);
        }
        rest = &rest[start + length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_truncated_unless_kept() {
        assert_eq!(client_network("192.0.2.77", false), "192.0.2.0/24");
        assert_eq!(client_network("2001:db8:1:2::3", false), "2001:db8:1::/48");
        assert_eq!(client_network("::ffff:192.0.2.77", false), "192.0.2.0/24");
        let mut networks = Networks::new();
        for (address, network) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("192.0.2.77", "192.0.2.0/24"),
            ("192.0.2.256", "unknown"),
            ("192.0.02.7", "unknown"),
            ("192.0.2", "unknown"),
            ("192.0.2.+7", "unknown"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ] {
            assert_eq!(networks.of(address, false), network);
            assert_eq!(client_network(address, false), network);
        }
        assert_eq!(networks.of("192.0.2.77", true), "192.0.2.77");
        assert_eq!(client_network("192.0.2.77", true), "192.0.2.77");
        assert_eq!(client_network("alice@example.com", false), "unknown");
    }

    proptest::proptest! {
        #[test]
        fn networks_are_those_of_the_parser(
            address in "([0-9]{1,3}[.]){3}[0-9]{1,3}|([0-9]{0,4}[.]?){0,5}|[0-9a-f.:]{0,20}|\\PC{0,12}"
        ) {
            let mut networks = Networks::new();
            let parsed = client_network(&address, false);
            proptest::prop_assert_eq!(networks.of(&address, false), parsed.as_ref());
        }
    }

    #[test]
    fn addresses_in_rejected_lines_are_truncated() {
        assert_eq!(
            mask_addresses("{\"ip\":\"192.0.2.77\",\"v\":\"1.2.3\",x=2001:db8:1:2::3 10:05:03"),
            "{\"ip\":\"192.0.2.0/24\",\"v\":\"1.2.3\",x=2001:db8:1::/48 10:05:03"
        );
    }
}
