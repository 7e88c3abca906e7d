//! Writes a small country database in MaxMind's format, for the example and for tests: what `database.rs` reads,
//! made without any publisher's data. The format is documented at <https://maxmind.github.io/MaxMind-DB/>.

use std::net::IpAddr;

use ipnet::IpNet;

/// Bits of a record in the search tree.
const RECORD_BITS: u16 = 24;

/// Zeros between the tree and the data, which offsets into the data count with.
const SEPARATOR: [u8; 16] = [0; 16];

/// What stands before the metadata.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";

/// Where IPv4 stands in a tree of IPv6: below `::/96`.
const IPV4_DEPTH: u8 = 96;

const TYPE_TEXT: u8 = 2;
const TYPE_U16: u8 = 5;
const TYPE_U32: u8 = 6;
const TYPE_MAP: u8 = 7;
/// Types from 8 on have a byte of their own, 7 less than they are.
const TYPE_U64_EXTENDED: u8 = 9 - 7;
const TYPE_LIST_EXTENDED: u8 = 11 - 7;

/// One side of a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Record {
    Nothing,
    Node(usize),
    Data(usize),
}

/// A database of networks and their countries, in which the longest prefix wins; `made_at` is in seconds of Unix
/// time. `None` if a network is none, or there are too many of them for records of 24 bits.
pub fn country_database(networks: &[(&str, &str)], made_at: u64) -> Option<Vec<u8>> {
    let mut parsed: Vec<(IpNet, &str)> = Vec::new();
    for (network, country) in networks {
        parsed.push((network.parse().ok()?, country));
    }
    parsed.sort_by_key(|(network, _)| network.prefix_len() + depth(*network));
    let mut data = Vec::new();
    let mut known: Vec<(&str, usize)> = Vec::new();
    let mut tree = vec![[Record::Nothing; 2]];
    for (network, country) in parsed {
        let at = match known.iter().find(|(known, _)| *known == country) {
            Some((_, at)) => *at,
            None => {
                let at = data.len();
                map(&mut data, 1);
                text(&mut data, "country");
                map(&mut data, 1);
                text(&mut data, "iso_code");
                text(&mut data, country);
                known.push((country, at));
                at
            }
        };
        insert(&mut tree, network, at);
    }
    let count = tree.len();
    let mut out = Vec::new();
    for record in tree.iter().flatten() {
        let value = match record {
            Record::Nothing => count,
            Record::Node(node) => *node,
            Record::Data(at) => count + SEPARATOR.len() + at,
        };
        let value = u32::try_from(value).ok().filter(|value| *value < 1 << RECORD_BITS)?;
        out.extend(&value.to_be_bytes()[1..]);
    }
    out.extend(SEPARATOR);
    out.extend(data);
    out.extend(MARKER);
    metadata(&mut out, u32::try_from(count).ok()?, made_at);
    Some(out)
}

fn depth(network: IpNet) -> u8 {
    if matches!(network, IpNet::V4(_)) { IPV4_DEPTH } else { 0 }
}

fn insert(tree: &mut Vec<[Record; 2]>, network: IpNet, data: usize) {
    let bits = match network.network() {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    let length = depth(network) + network.prefix_len();
    let side = |at: u8| usize::from(bits >> (127 - u32::from(at)) & 1 == 1);
    let mut node = 0;
    for at in 0..length.saturating_sub(1) {
        node = match tree[node][side(at)] {
            Record::Node(next) => next,
            // A shorter prefix reaches what is longer through both sides of a new node.
            shorter => {
                tree.push([shorter; 2]);
                let next = tree.len() - 1;
                tree[node][side(at)] = Record::Node(next);
                next
            }
        };
    }
    match length {
        0 => tree[0] = [Record::Data(data); 2],
        _ => tree[node][side(length - 1)] = Record::Data(data),
    }
}

fn metadata(out: &mut Vec<u8>, nodes: u32, made_at: u64) {
    map(out, 9);
    text(out, "binary_format_major_version");
    number(out, TYPE_U16, &2u16.to_be_bytes());
    text(out, "binary_format_minor_version");
    number(out, TYPE_U16, &0u16.to_be_bytes());
    text(out, "build_epoch");
    out.extend([8, TYPE_U64_EXTENDED]);
    out.extend(made_at.to_be_bytes());
    text(out, "database_type");
    text(out, "gwcost-country");
    text(out, "description");
    map(out, 1);
    text(out, "en");
    text(out, "countries of an example");
    text(out, "ip_version");
    number(out, TYPE_U16, &6u16.to_be_bytes());
    text(out, "languages");
    out.extend([0, TYPE_LIST_EXTENDED]);
    text(out, "node_count");
    number(out, TYPE_U32, &nodes.to_be_bytes());
    text(out, "record_size");
    number(out, TYPE_U16, &RECORD_BITS.to_be_bytes());
}

fn map(out: &mut Vec<u8>, pairs: u8) {
    out.push(TYPE_MAP << 5 | pairs);
}

fn number(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    out.push(kind << 5 | bytes.len() as u8);
    out.extend(bytes);
}

/// Texts here are shorter than 29 bytes, whose length fits the first byte.
fn text(out: &mut Vec<u8>, text: &str) {
    let text = &text.as_bytes()[..text.len().min(28)];
    out.push(TYPE_TEXT << 5 | text.len() as u8);
    out.extend(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Countries;

    #[test]
    fn the_longest_prefix_wins_in_any_order() {
        let networks =
            [("10.1.2.0/24", "CC"), ("10.0.0.0/8", "AA"), ("10.1.0.0/16", "BB"), ("2001:db8::/32", "DD")];
        for shift in 0..networks.len() {
            let mut turned = networks;
            turned.rotate_left(shift);
            let countries = Countries::from_bytes("x", country_database(&turned, 0).unwrap()).unwrap();
            let of = |address: &str| countries.country(address.parse().unwrap()).map(|code| code.to_string());
            assert_eq!(of("10.1.2.3").as_deref(), Some("CC"));
            assert_eq!(of("10.1.3.3").as_deref(), Some("BB"));
            assert_eq!(of("10.2.3.3").as_deref(), Some("AA"));
            assert_eq!(of("11.0.0.1"), None);
            assert_eq!(of("2001:db8:5::1").as_deref(), Some("DD"));
            assert_eq!(of("2001:db9::1"), None);
        }
        assert!(country_database(&[("no network", "AA")], 0).is_none());
    }
}
