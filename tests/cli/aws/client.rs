//! What an SDK's client needs to ask a server on loopback, and nothing of the machine's own AWS.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_apigateway::config::{Credentials, SharedCredentialsProvider};

/// A configuration for the server at `url`. Tries again like the real one, but sooner.
pub fn config(url: &str, region: &'static str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    let retry = RetryConfig::standard().with_max_attempts(8).with_initial_backoff(Duration::from_millis(5));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(retry)
        .endpoint_url(url)
        .build()
}

/// Waits for what a client answers.
pub fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
