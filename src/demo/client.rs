//! Who sends the requests: an address and a user agent for every client, the same each time it
//! comes back.
//!
//! All addresses are from the ranges that are reserved for documentation, so that no line of the
//! demo points at anybody. Each range stands for one country: see [`COUNTRIES`].

use super::plan::Audience;
use super::rng::{mix, pick, scale};
use super::text::{push_group, push_number, push_text};

/// The networks of the example, each with the country that it stands for.
pub const COUNTRIES: [(&str, &str); 10] = [
    ("192.0.2.0/24", "US"),
    ("198.51.100.0/24", "DE"),
    ("203.0.113.0/24", "JP"),
    ("2001:db8:1::/48", "BR"),
    ("2001:db8:2::/48", "US"),
    ("2001:db8:3::/48", "GB"),
    ("2001:db8:4::/48", "IN"),
    ("2001:db8:5::/48", "FR"),
    ("2001:db8:6::/48", "AU"),
    ("2001:db8:7::/48", "CA"),
];

/// One client, told apart by a number that is scrambled well enough to draw traits from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    traits: u64,
    network: &'static Network,
    agent: Option<&'static str>,
}

#[derive(Debug)]
struct Network {
    /// What all its addresses begin with.
    prefix: &'static str,
    /// An IPv4 /24, else an IPv6 /48.
    is_v4: bool,
    /// Of a thousand clients of an American API, how many are here.
    american: u64,
    /// The same of a European API.
    european: u64,
}

const fn network(prefix: &'static str, is_v4: bool, american: u64, european: u64) -> Network {
    Network { prefix, is_v4, american, european }
}

static NETWORKS: [Network; 10] = [
    network("192.0.2.", true, 330, 60),
    network("198.51.100.", true, 90, 380),
    network("203.0.113.", true, 110, 30),
    network("2001:db8:1:", false, 60, 20),
    network("2001:db8:2:", false, 180, 40),
    network("2001:db8:3:", false, 60, 200),
    network("2001:db8:4:", false, 50, 20),
    network("2001:db8:5:", false, 40, 190),
    network("2001:db8:6:", false, 30, 30),
    network("2001:db8:7:", false, 50, 30),
];

// No quotes and no backslashes: whether API Gateway escapes them has changed over the years.
static PEOPLE: [&str; 10] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    "ExampleShop/5.3.1 (iOS 18.6; iPhone15,2)",
    "ExampleShop/5.2.9 (Android 15; Pixel 8)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
];

static MACHINES: [&str; 6] = [
    "python-requests/2.32.5",
    "okhttp/4.12.0",
    "axios/1.12.2",
    "Go-http-client/2.0",
    "Apache-HttpClient/5.4.4 (Java/21.0.8)",
    "curl/8.15.0",
];

static SCANNERS: [&str; 3] =
    ["Mozilla/5.0 zgrab/0.x", "python-urllib3/1.26.18", "Mozilla/5.0 (compatible; l9scan/2.0)"];

impl Client {
    /// The client that a number stands for; numbers need not be random.
    pub(super) fn new(number: u64, audience: Audience) -> Self {
        let agents: &[&str] = match audience {
            Audience::American | Audience::European => &PEOPLE,
            Audience::Machines | Audience::Developers => &MACHINES,
        };
        let traits = mix(number);
        // One client in two hundred does not say what it is.
        let agent = (!traits.is_multiple_of(200)).then(|| pick(mix(traits ^ 1), agents));
        Self { traits, network: home(mix(traits ^ 2), audience), agent }
    }

    /// One of the few that try every door.
    pub(super) fn scanner(number: u64) -> Self {
        let traits = mix(number % 40);
        let agent = Some(pick(mix(traits ^ 1), &SCANNERS));
        Self { traits, network: home(mix(traits ^ 2), Audience::American), agent }
    }

    /// A number below `bound` that is this client's own.
    pub(super) const fn own_number(self, bound: u64) -> u64 {
        scale(mix(self.traits ^ 3), bound)
    }

    /// The value of `$context.identity.userAgent`, if the client sends one.
    pub(super) const fn agent(self) -> Option<&'static str> {
        self.agent
    }

    /// Whether the client speaks TLS 1.3.
    pub(super) const fn is_modern(self) -> bool {
        self.own_number(8) != 0
    }

    /// Appends the address in its shortest form.
    pub(super) fn push_address(self, out: &mut Vec<u8>) {
        push_text(out, self.network.prefix);
        if self.network.is_v4 {
            push_number(out, 1 + scale(self.traits, 254));
        } else {
            // Neither group is ever zero, which keeps the short form the canonical one.
            push_group(out, 1 + (self.traits & 0x7ff));
            out.extend_from_slice(b"::");
            push_group(out, 1 + (self.traits >> 16 & 0x7fff));
        }
    }
}

/// The network of one client.
fn home(bits: u64, audience: Audience) -> &'static Network {
    let mut place = scale(bits, 1_000);
    for network in &NETWORKS {
        let share = match audience {
            Audience::American | Audience::Developers => network.american,
            Audience::European | Audience::Machines => network.european,
        };
        if place < share {
            return network;
        }
        place -= share;
    }
    &NETWORKS[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_parse_and_are_for_documentation() {
        for number in 0..5_000 {
            let audience = if number % 2 == 0 { Audience::American } else { Audience::European };
            let mut out = Vec::new();
            Client::new(number, audience).push_address(&mut out);
            let text = String::from_utf8(out).unwrap();
            let address: std::net::IpAddr = text.parse().unwrap();
            assert_eq!(address.to_string(), text, "not the canonical form");
            assert!(
                ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"]
                    .iter()
                    .any(|prefix| text.starts_with(prefix)),
                "{text}"
            );
        }
    }

    #[test]
    fn shares_of_the_networks_add_up() {
        assert_eq!(NETWORKS.iter().map(|network| network.american).sum::<u64>(), 1_000);
        assert_eq!(NETWORKS.iter().map(|network| network.european).sum::<u64>(), 1_000);
    }

    #[test]
    fn agents_need_no_escaping() {
        for agent in PEOPLE.iter().chain(&MACHINES).chain(&SCANNERS) {
            assert!(!agent.contains(['"', '\\']), "{agent}");
        }
    }
}
