//! Holds the recorded server to the SDK: its clients read its answers and its errors in every protocol.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudwatch::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_cloudwatch::error::ProvideErrorMetadata;
use aws_sdk_cloudwatch::types::MetricDataQuery;
use aws_smithy_types::DateTime;
use serde_json::json;

use super::recorded::{Fault, Faults, Server};
use super::recorded::{Request, Response};

/// What any client needs to ask a server on loopback, once.
fn config(server: &Server) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .endpoint_url(server.url())
        .build()
}

fn answer(request: &Request) -> Response {
    let output = match request.operation() {
        "GetMetricData" => {
            let id = request.input()["MetricDataQueries"][0]["Id"].clone();
            let at = json!({"$time": 1_792_195_200});
            let result = json!({"Id": id, "Timestamps": [at], "Values": [12.0], "StatusCode": "Complete"});
            json!({"MetricDataResults": [result], "Messages": []})
        }
        "/restapis" => json!({"item": [{"id": "a1b2c3", "name": "orders"}]}),
        "/" => json!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
        ),
        other => panic!("{other} is not recorded"),
    };
    Response::to(request, 200, &output)
}

macro_rules! metrics {
    ($config:expr) => {
        aws_sdk_cloudwatch::Client::new($config)
            .get_metric_data()
            .metric_data_queries(MetricDataQuery::builder().id("bytes").expression("1").build())
            .start_time(DateTime::from_secs(0))
            .end_time(DateTime::from_secs(1))
            .send()
    };
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

#[test]
fn answers_are_read_in_every_protocol_and_through_a_proxy() {
    let server = Server::play(Faults::none(), answer);
    let proxy = Server::in_front_of(server.address(), Faults::none());
    for config in [config(&server), config(&proxy)] {
        run(async {
            let metrics = metrics!(&config).await.unwrap();
            let result = &metrics.metric_data_results()[0];
            assert_eq!((result.id(), result.values()), (Some("bytes"), &[12.0][..]));
            assert_eq!(result.timestamps()[0].secs(), 1_792_195_200);
            let apis = aws_sdk_apigateway::Client::new(&config).get_rest_apis().send().await.unwrap();
            assert_eq!(apis.items()[0].id(), Some("a1b2c3"));
            let caller = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();
            assert_eq!(caller.account(), Some("123456789012"));
        });
    }
    assert_eq!(proxy.requests(), 3);
}

#[test]
fn throttling_has_its_code_in_every_protocol() {
    let server = Server::play(Faults::of(1, 100, &[Fault::Throttled]), answer);
    let config = config(&server);
    run(async {
        let metrics = metrics!(&config).await.unwrap_err();
        assert_eq!(metrics.code(), Some("Throttling"));
        let apis = aws_sdk_apigateway::Client::new(&config).get_rest_apis().send().await.unwrap_err();
        assert_eq!(apis.code(), Some("TooManyRequestsException"));
        let objects = aws_sdk_s3::Client::new(&config).list_buckets().send().await.unwrap_err();
        assert_eq!(objects.code(), Some("SlowDown"));
    });
}

#[test]
fn no_fault_is_taken_for_an_answer() {
    for fault in [Fault::Reset, Fault::ResetInBody, Fault::Truncated, Fault::Status(503)] {
        let server = Server::play(Faults::of(1, 100, &[fault]), answer);
        let config = config(&server);
        let apis = run(aws_sdk_apigateway::Client::new(&config).get_rest_apis().send());
        assert!(apis.is_err(), "{fault:?}: {apis:?}");
        assert_eq!(server.faults(), 1, "{fault:?}");
    }
}
