//! Clients of S3, each asking the region that a bucket is in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_config::{Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;

use super::error::Call;

/// Clients by bucket. All share one pool of connections and one set of credentials.
pub(crate) struct S3Clients {
    config: Builder,
    region: String,
    usual: Client,
    elsewhere: Mutex<HashMap<String, Client>>,
}

impl S3Clients {
    pub(super) fn new(config: &SdkConfig) -> S3Clients {
        let mut builder = Builder::from(config);
        if config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some() {
            // Servers other than AWS's seldom answer to a host name for each bucket.
            builder = builder.force_path_style(true);
        }
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let usual = Client::from_conf(builder.clone().build());
        S3Clients { config: builder, region, usual, elsewhere: Mutex::default() }
    }

    /// The client that asks where the bucket is, as far as that is known.
    pub(crate) fn of(&self, bucket: &str) -> Client {
        let elsewhere = self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        elsewhere.get(bucket).unwrap_or(&self.usual).clone()
    }

    /// Learns from an answer that the bucket is in another region, and says whether it did. S3 names the
    /// region where a bucket is to everybody who asks in a wrong one.
    pub(crate) fn learn<E>(&self, bucket: &str, error: &SdkError<E, HttpResponse>) -> bool {
        let Some(answer) = error.raw_response() else { return false };
        let elsewhere = matches!(answer.status().as_u16(), 301 | 307 | 400);
        let Some(region) = answer.headers().get("x-amz-bucket-region").filter(|_| elsewhere) else {
            return false;
        };
        let mut known = self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        if region == self.region || known.contains_key(bucket) {
            return false;
        }
        let config = self.config.clone().region(Region::new(region.to_owned())).build();
        known.insert(bucket.to_owned(), Client::from_conf(config));
        true
    }

    /// Listing a bucket, as errors name it.
    pub(crate) fn listing(&self, bucket: &str, prefix: &str) -> Call {
        let arn = format!("arn:{}:s3:::{bucket}", partition(&self.region));
        Call::new("s3:ListBucket", format!("s3://{bucket}/{prefix}"), arn)
    }

    /// Reading an object, as errors name it.
    pub(crate) fn reading(&self, bucket: &str, key: &str) -> Call {
        let arn = format!("arn:{}:s3:::{bucket}/*", partition(&self.region));
        Call::new("s3:GetObject", format!("s3://{bucket}/{key}"), arn)
    }

    /// Changing an object, as errors name it. No action that changes anything is named in this room: what it
    /// calls is what `doctor --iam-policy` allows.
    pub(crate) fn changing(&self, action: &'static str, bucket: &str, key: &str) -> Call {
        let arn = format!("arn:{}:s3:::{bucket}/*", partition(&self.region));
        Call::new(action, format!("s3://{bucket}/{key}"), arn)
    }
}

/// The first part of every ARN in a region.
pub(super) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

#[cfg(test)]
mod tests {
    use aws_config::BehaviorVersion;
    use aws_sdk_s3::error::ErrorMetadata;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn answer(status: u16, region: Option<&'static str>) -> SdkError<ErrorMetadata, HttpResponse> {
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        if let Some(region) = region {
            response.headers_mut().insert("x-amz-bucket-region", region);
        }
        SdkError::service_error(ErrorMetadata::builder().build(), response)
    }

    #[test]
    fn a_bucket_elsewhere_is_asked_there_from_then_on() {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .build();
        let clients = S3Clients::new(&config);
        let region = |bucket: &str| clients.of(bucket).config().region().unwrap().to_string();
        assert!(!clients.learn("far", &answer(403, Some("us-east-1"))));
        assert!(!clients.learn("far", &answer(301, None)));
        assert!(!clients.learn("far", &answer(400, Some("eu-west-1"))));
        assert!(clients.learn("far", &answer(301, Some("us-east-1"))));
        assert!(!clients.learn("far", &answer(301, Some("us-east-1"))), "it would be asked for ever");
        assert_eq!((region("far"), region("near")), ("us-east-1".to_owned(), "eu-west-1".to_owned()));
    }

    #[test]
    fn arns_belong_to_the_partition() {
        assert_eq!(partition("cn-north-1"), "aws-cn");
        assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
        assert_eq!(partition("eu-west-1"), "aws");
    }
}
