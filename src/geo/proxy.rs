//! Addresses that are a proxy's: of the CloudFront distribution in front, not of whoever asked it.

use std::sync::OnceLock;

use ipnet::IpNet;

use super::caller::address;

/// Networks of CloudFront, a line each.
const NETWORKS: &str = include_str!("cloudfront-networks.txt");

fn networks() -> &'static [IpNet] {
    static PARSED: OnceLock<Vec<IpNet>> = OnceLock::new();
    PARSED.get_or_init(|| NETWORKS.lines().filter_map(|line| line.parse().ok()).collect())
}

/// Whether a network of the lake is CloudFront's.
pub fn is_cloudfront(network: &str) -> bool {
    address(network).is_some_and(|address| networks().iter().any(|known| known.contains(&address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_network() {
        let lines = NETWORKS.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(networks().len(), lines);
        assert!(is_cloudfront("130.176.1.0/24") && is_cloudfront("2600:9000:2::/48"));
        assert!(!is_cloudfront("8.8.8.0/24") && !is_cloudfront("no address"));
    }
}
