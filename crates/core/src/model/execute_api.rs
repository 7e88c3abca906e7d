//! The default host of an API, which names it.

/// The API id and region of `a1b2c3d4e5.execute-api.us-east-1.amazonaws.com`; `None` for other hosts.
pub fn execute_api_host(domain: &str) -> Option<(&str, &str)> {
    let (api, rest) = domain.split_once(".execute-api.")?;
    let (region, suffix) = rest.split_once('.')?;
    // A private API is also reached as `{api}-{endpoint}.execute-api...`.
    let api = api.split('-').next().unwrap_or(api);
    (suffix.starts_with("amazonaws.com") && !api.is_empty() && region.contains('-')).then_some((api, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_host_names_api_and_region() {
        assert_eq!(
            execute_api_host("a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"),
            Some(("a1b2c3d4e5", "us-east-1"))
        );
        assert_eq!(
            execute_api_host("a1b2c3d4e5-vpce-01234.execute-api.cn-north-1.amazonaws.com.cn"),
            Some(("a1b2c3d4e5", "cn-north-1"))
        );
        assert_eq!(execute_api_host("api.example.com"), None);
    }
}
