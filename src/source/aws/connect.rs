//! The way to AWS: who asks, from where, in which region, over which client, and how often it is tried again.
//!
//! The SDK is asynchronous and the rest of gwcost is not. [`Aws`] owns the runtime, and what it offers blocks.

use std::sync::Arc;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use tokio::runtime::{Handle, Runtime};

use super::error::{AwsError, Call};
use super::s3_client::S3Clients;

/// How long and how often it is tried.
#[derive(Clone, Copy)]
struct Patience {
    /// Requests that the SDK makes for one, the first included, slowing down when AWS throttles.
    attempts: u32,
    /// Until a connection stands.
    connect: Duration,
    /// Until an answer starts.
    read: Duration,
    /// Until there are credentials.
    credentials: Duration,
    /// Until the configuration is read: outside of EC2 nobody answers for the region there.
    configuration: Duration,
}

/// For reading: much longer than the SDK's own, for an external process may have to ask somebody for
/// credentials, and a page of CloudWatch Logs may search for long before it says anything.
const PATIENT: Patience = Patience {
    attempts: 8,
    connect: Duration::from_secs(10),
    read: Duration::from_secs(60),
    credentials: Duration::from_secs(60),
    configuration: Duration::from_secs(60),
};

/// For a look whether there is somebody: no answer is one.
const HASTY: Patience = Patience {
    attempts: 2,
    connect: Duration::from_secs(3),
    read: Duration::from_secs(5),
    credentials: Duration::from_secs(6),
    configuration: Duration::from_secs(6),
};

/// Threads that do the waiting. Parsing happens elsewhere; what is left to them is TLS.
const WORKER_THREADS: usize = 2;

/// The first pause between two of them, on average half of this; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two of them.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A body that stands still for so long is given up, and asked for again from where it ended.
const STALLED_AFTER: Duration = Duration::from_secs(20);

/// The name under which an assumed role appears in the other account's records, unless one is given.
const SESSION_NAME: &str = "gwcost";

/// Who asks, and where. What is `None` comes from the environment and the profile, as with AWS's own tools.
/// There is no field for a key: secrets stay in the places that AWS gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsOptions {
    /// A profile of `~/.aws/config`. If given, keys in the environment do not count.
    pub profile: Option<String>,
    /// A region, as `eu-west-1`.
    pub region: Option<String>,
    /// A role to assume with the credentials found.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
    /// The name of the role's session; `gwcost` if not given.
    pub session_name: Option<String>,
    /// Endpoints that are validated for FIPS 140.
    pub use_fips: Option<bool>,
    /// Endpoints that answer over IPv6 too.
    pub use_dual_stack: Option<bool>,
}

/// A connection to one account and region. Dropping it ends what is still under way.
pub struct Aws {
    config: SdkConfig,
    pub(super) s3: Arc<S3Clients>,
    runtime: Runtime,
}

impl Aws {
    /// Reads configuration, in the order of AWS's own tools. Credentials are asked for at the first request,
    /// and again when they end. `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` are honoured, and so are
    /// `HTTPS_PROXY` and `NO_PROXY`.
    ///
    /// # Errors
    /// [`AwsError::NoRegion`], or [`AwsError::Other`] when the system gives no threads.
    pub fn connect(options: &AwsOptions) -> Result<Aws, AwsError> {
        Aws::with_patience(options, PATIENT)
    }

    /// The same for a look whether AWS answers, which is over within seconds when it does not.
    ///
    /// # Errors
    /// As [`Aws::connect`].
    pub fn connect_hastily(options: &AwsOptions) -> Result<Aws, AwsError> {
        Aws::with_patience(options, HASTY)
    }

    fn with_patience(options: &AwsOptions, patience: Patience) -> Result<Aws, AwsError> {
        let runtime = runtime()?;
        let configuration = configure(options, patience);
        let config = runtime
            .block_on(async { tokio::time::timeout(patience.configuration, configuration).await })
            .map_err(|_| AwsError::Unavailable {
                action: "reading".to_owned(),
                resource: "the AWS configuration".to_owned(),
                message: format!("not done after {} s", patience.configuration.as_secs()),
            })?;
        Aws::over(runtime, config)
    }

    /// A connection with a configuration that is ready, as for a server that is not AWS's.
    ///
    /// # Errors
    /// As [`Aws::connect`].
    pub fn with_config(config: SdkConfig) -> Result<Aws, AwsError> {
        Aws::over(runtime()?, config)
    }

    fn over(runtime: Runtime, config: SdkConfig) -> Result<Aws, AwsError> {
        if config.region().is_none() {
            return Err(AwsError::NoRegion);
        }
        let s3 = Arc::new(S3Clients::new(&config));
        Ok(Aws { config, s3, runtime })
    }

    /// The configuration that every client is made of.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Clients of S3, for the room that writes there.
    pub(crate) fn s3_clients(&self) -> &Arc<S3Clients> {
        &self.s3
    }

    /// The region, as `eu-west-1`.
    pub fn region(&self) -> &str {
        self.config.region().map_or("", |region| region.as_ref())
    }

    /// Where tasks are started.
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Waits for a request. Not to be called from within a task.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// The twelve digits of the account that the credentials belong to.
    ///
    /// # Errors
    /// [`AwsError`] when the credentials are none, or not accepted.
    pub fn account_id(&self) -> Result<String, AwsError> {
        Ok(self.caller()?.account)
    }

    /// Who the credentials are.
    ///
    /// # Errors
    /// As [`Aws::account_id`].
    pub fn caller(&self) -> Result<Caller, AwsError> {
        let call = Call::new("sts:GetCallerIdentity", "the caller's own account", "*");
        let request = aws_sdk_sts::Client::new(&self.config).get_caller_identity();
        let identity = self.block_on(request.send()).map_err(|error| AwsError::of(&call, &error))?;
        let account = identity.account.ok_or_else(|| AwsError::Other {
            action: call.action.to_owned(),
            resource: call.resource,
            message: "the answer names no account".to_owned(),
        })?;
        Ok(Caller { account, arn: identity.arn })
    }
}

/// Who the credentials are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    /// The user or the session of a role.
    pub arn: Option<String>,
}

fn runtime() -> Result<Runtime, AwsError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .thread_name("gwcost-aws")
        .enable_all()
        .build()
        .map_err(|error| AwsError::Other {
            action: "connecting".to_owned(),
            resource: "AWS".to_owned(),
            message: format!("cannot start threads: {error}"),
        })
}

async fn configure(options: &AwsOptions, patience: Patience) -> SdkConfig {
    let http = http_client();
    let retry = RetryConfig::adaptive()
        .with_max_attempts(patience.attempts)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE);
    let timeouts =
        TimeoutConfig::builder().connect_timeout(patience.connect).read_timeout(patience.read).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .retry_config(retry)
        .timeout_config(timeouts)
        .stalled_stream_protection(
            StalledStreamProtectionConfig::enabled().grace_period(STALLED_AFTER).build(),
        )
        .identity_cache(IdentityCache::lazy().load_timeout(patience.credentials).build());
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(fips) = options.use_fips {
        loader = loader.use_fips(fips);
    }
    if let Some(dual_stack) = options.use_dual_stack {
        loader = loader.use_dual_stack(dual_stack);
    }
    let mut config = loader.load().await;
    if let Some(profile) = &options.profile {
        // The SDK's chain would take keys from the environment first, and read another account than was named.
        let place = ProviderConfig::without_region()
            .with_http_client(http)
            .with_region(config.region().cloned())
            .with_use_fips(config.use_fips())
            .with_use_dual_stack(config.use_dual_stack());
        let named = ProfileFileCredentialsProvider::builder().configure(&place).profile_name(profile).build();
        // A chain of one, because a chain says what it tried.
        let named = CredentialsProviderChain::first_try(format!("the profile {profile:?}"), named);
        config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(named)).build();
    }
    if let Some(role) = &options.role_arn {
        let session = options.session_name.as_deref().unwrap_or(SESSION_NAME);
        let mut assumed = AssumeRoleProvider::builder(role).configure(&config).session_name(session);
        if let Some(id) = &options.external_id {
            assumed = assumed.external_id(id);
        }
        let assumed = SharedCredentialsProvider::new(assumed.build().await);
        config = config.into_builder().credentials_provider(assumed).build();
    }
    config
}

/// TLS by rustls with ring and the system's certificates; plain HTTP where an endpoint says `http://`.
fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder()
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::Rustls(CryptoMode::Ring));
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.build()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> AwsOptions {
        AwsOptions { region: Some("eu-central-1".to_owned()), ..AwsOptions::default() }
    }

    #[test]
    fn what_is_given_wins() {
        let aws = Aws::connect(&AwsOptions { use_fips: Some(true), use_dual_stack: Some(true), ..options() })
            .unwrap();
        assert_eq!(aws.region(), "eu-central-1");
        assert_eq!(aws.config().use_fips(), Some(true));
        assert_eq!(aws.config().use_dual_stack(), Some(true));
    }

    #[test]
    fn a_profile_that_is_not_there_is_named() {
        let profile = Some("no-such-profile".to_owned());
        let aws = Aws::connect(&AwsOptions { profile, ..options() }).unwrap();
        let error = aws.account_id().unwrap_err();
        assert!(matches!(error, AwsError::NoCredentials { .. }), "{error:?}");
        assert!(error.to_string().contains("no-such-profile"), "{error}");
    }
}
