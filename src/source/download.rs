//! Public files over HTTPS, whole or not at all: no credentials, a bound on their size, and an error for whatever
//! is not the file that was asked for.

use std::error::Error;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::runtime::Runtime;

/// Until an answer begins, and between two pieces of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Times that a file is asked for, when the server fails or cannot be reached.
const ATTEMPTS: u32 = 3;

/// Before the second time; twice as long before each one after it.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A file that could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// What was given is no address to load from.
    #[error("{url:?} is no address to load from: expected https://, or http:// of this machine")]
    Address {
        /// The address.
        url: String,
    },
    /// No connection, no answer in time, or an answer that broke off.
    #[error("{url}: {problem}")]
    Broken {
        /// The address.
        url: String,
        /// The network's words.
        problem: String,
    },
    /// The server answered with something else than the file.
    #[error("{url}: the server answered with status {status}")]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// The file is larger than anything that it could be.
    #[error("{url}: more than {most} bytes, which is no such file")]
    TooLarge {
        /// The address.
        url: String,
        /// The bound.
        most: usize,
    },
    /// The system gives no threads.
    #[error("cannot start threads: {0}")]
    Threads(String),
}

impl DownloadError {
    fn may_pass(&self) -> bool {
        match self {
            DownloadError::Broken { .. } => true,
            DownloadError::Status { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }
}

/// Loads files, over one connection where the server lets it.
pub struct Downloader {
    runtime: Runtime,
    connector: Connector,
}

impl Downloader {
    /// TLS by rustls with the system's certificates. `HTTPS_PROXY` and `NO_PROXY` are honoured.
    ///
    /// # Errors
    /// [`DownloadError::Threads`].
    pub fn new() -> Result<Downloader, DownloadError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("gwcost-download")
            .enable_all()
            .build()
            .map_err(|error| DownloadError::Threads(error.to_string()))?;
        let connector = runtime.block_on(async {
            Connector::builder()
                .proxy_config(ProxyConfig::from_env())
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build()
        });
        Ok(Downloader { runtime, connector })
    }

    /// The file at an address, `most` bytes at most.
    ///
    /// # Errors
    /// [`DownloadError`]; a server that fails is asked again first.
    pub fn get(&self, url: &str, most: usize) -> Result<Vec<u8>, DownloadError> {
        if !may_load(url) {
            return Err(DownloadError::Address { url: url.to_owned() });
        }
        let mut attempt = 1;
        loop {
            match self.runtime.block_on(self.once(url, most)) {
                Err(error) if error.may_pass() && attempt < ATTEMPTS => {
                    tracing::debug!(url, attempt, %error, "asking again");
                    std::thread::sleep(FIRST_PAUSE * (1 << (attempt - 1)));
                    attempt += 1;
                }
                answer => return answer,
            }
        }
    }

    async fn once(&self, url: &str, most: usize) -> Result<Vec<u8>, DownloadError> {
        let broken = |problem: String| DownloadError::Broken { url: url.to_owned(), problem };
        let late = || broken(format!("nothing came for {} seconds", PATIENCE.as_secs()));
        let request = HttpRequest::get(url).map_err(|_| DownloadError::Address { url: url.to_owned() })?;
        let answer =
            tokio::time::timeout(PATIENCE, self.connector.call(request)).await.map_err(|_| late())?;
        let answer = answer.map_err(|error| broken(chain(&error)))?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(DownloadError::Status { url: url.to_owned(), status });
        }
        let promised: Option<usize> =
            answer.headers().get("content-length").and_then(|length| length.parse().ok());
        let mut body = ByteStream::new(answer.into_body());
        let mut bytes = Vec::new();
        while let Some(piece) = tokio::time::timeout(PATIENCE, body.next()).await.map_err(|_| late())? {
            bytes.extend_from_slice(&piece.map_err(|error| broken(chain(&error)))?);
            if bytes.len() > most {
                return Err(DownloadError::TooLarge { url: url.to_owned(), most });
            }
        }
        match promised {
            Some(promised) if promised != bytes.len() => {
                Err(broken(format!("it broke off after {} of {promised} bytes", bytes.len())))
            }
            _ => Ok(bytes),
        }
    }
}

/// Whether files may come from there: over TLS, or from this machine, where nobody is in between.
fn may_load(url: &str) -> bool {
    let host_of = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
    if let Some(rest) = url.strip_prefix("https://") {
        return !host_of(rest).is_empty();
    }
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = host_of(rest);
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// An error with what it says of its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        assert!(may_load("https://example.com/a") && may_load("http://127.0.0.1:8080/a"));
        assert!(may_load("http://localhost/a") && may_load("http://[::1]:80/"));
        for url in [
            "http://example.com/a",
            "http://127.0.0.1.example.com/",
            "ftp://x/",
            "/a",
            "",
            "https://",
            "file:///x",
        ] {
            assert!(!may_load(url), "{url}");
        }
        let error = Downloader::new().unwrap().get("http://example.com/a", 10).unwrap_err();
        assert!(error.to_string().contains("expected https://"), "{error}");
    }
}
