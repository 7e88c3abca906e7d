//! Objects in S3: what is there is listed and read, once and whole, whatever goes wrong on the way.

use std::fs::File;
use std::io::Read;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use gwcost::source::aws::{Aws, AwsError, S3Location, S3Object};
use gwcost_core::model::Window;

use super::client::config;
use super::recorded::{ANY, Faults, Request, Response, Server};
use super::s3_server::{REGION, S3Server};

/// A few ranges of 8 MiB.
const LARGE: usize = 30_000_000;

fn connect(url: &str) -> Aws {
    Aws::with_config(config(url, REGION)).unwrap()
}

fn location(typed: &str) -> S3Location {
    typed.parse().unwrap()
}

fn list(aws: &Aws, typed: &str) -> Vec<S3Object> {
    aws.list_objects(&location(typed), None).map(Result::unwrap).collect()
}

fn keys(aws: &Aws, typed: &str, window: Option<Window>) -> Vec<String> {
    aws.list_objects(&location(typed), window).map(|object| object.unwrap().key).collect()
}

fn read(aws: &Aws, object: &S3Object) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    aws.read_object(object).read_to_end(&mut bytes).map(|_| bytes)
}

/// Bytes that are not the same anywhere.
fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; count];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[test]
fn what_is_there_is_listed_in_order_and_read() {
    let server = S3Server::start();
    let mut expected: Vec<String> = (0..2500).map(|number| format!("many/{number:04}.log")).collect();
    expected.extend(["odd/a b", "odd/a&b<c>'d\"", "odd/a%20b", "odd/a+b", "odd/ü€"].map(str::to_owned));
    for key in &expected {
        server.put("logs", key, key.as_bytes());
    }
    server.put("logs", "odd/empty", b"");
    expected.push("odd/empty".to_owned());
    expected.sort();

    let aws = connect(&server.endpoint);
    assert_eq!(keys(&aws, "s3://logs", None), expected);
    assert_eq!(keys(&aws, "s3://logs/many/1", None).len(), 1000);
    assert_eq!(keys(&aws, "s3://logs/odd/a+b", None), ["odd/a+b"]);
    assert_eq!(keys(&aws, "s3://logs/nothing", None), Vec::<String>::new());
    let objects = list(&aws, "s3://logs/odd/");
    assert_eq!(objects.len(), 6);
    for object in objects {
        let content = if object.key == "odd/empty" { "" } else { object.key.as_str() };
        assert_eq!(read(&aws, &object).unwrap(), content.as_bytes(), "{}", object.name());
    }
}

#[test]
fn an_object_with_the_name_of_the_prefix_is_the_only_one() {
    let server = S3Server::start();
    for key in ["a.log", "a.log.old", "a.logs/b"] {
        server.put("logs", key, b"x");
    }
    let aws = connect(&server.endpoint);
    assert_eq!(keys(&aws, "s3://logs/a.log", None), ["a.log"]);
    assert_eq!(keys(&aws, "s3://logs/a.lo", None), ["a.log", "a.log.old", "a.logs/b"]);
}

#[test]
fn folders_outside_of_the_window_are_passed_over_and_all_others_are_not() {
    let server = S3Server::start();
    let written =
        SystemTime::UNIX_EPOCH + Duration::from_millis(ms("2026-12-01T00:00:00Z").try_into().unwrap());
    let window = Window::new(ms("2026-03-10T00:00:00Z"), ms("2026-03-12T00:00:00Z")).unwrap();
    let mut expected = Vec::new();
    let mut put = |key: String, wanted: bool| {
        let path = server.put("logs", &key, b"x");
        File::options().write(true).open(path).unwrap().set_modified(written).unwrap();
        if wanted {
            expected.push(key);
        }
    };
    for hour in 0..2400 {
        let start = ms("2026-01-01T00:00:00Z") + hour * 3_600_000;
        let folder = jiff::Timestamp::from_millisecond(start).unwrap().strftime("%Y/%m/%d/%H").to_string();
        // Thirteen hours for zones in the west, a day and fourteen hours for late delivery and the east.
        let wanted = start >= ms("2026-03-09T11:00:00Z") && start < ms("2026-03-13T14:00:00Z");
        put(format!("orders/{folder}/orders-1.gz"), wanted);
        put(format!("orders/processing-failed/{folder}/orders-1.gz"), wanted);
    }
    put("orders/readme.txt".to_owned(), true);
    expected.sort();

    let counted = Server::in_front_of(server.address(), Faults::none());
    let aws = connect(&counted.url());
    assert_eq!(keys(&aws, "s3://logs/", Some(window)), expected);
    assert_eq!(keys(&aws, "s3://logs/orders/2026/03/", Some(window)).len(), 99);
    assert!(counted.requests() < 30, "{}", counted.requests());
}

#[test]
fn faults_on_the_way_change_nothing() {
    let server = S3Server::start();
    let large = noise(LARGE, 1);
    server.put("logs", "large", &large);
    for number in 0..300_u64 {
        server.put("logs", &format!("small/{number:03}"), &noise(20_000, number));
    }
    let faulty = Server::in_front_of(server.address(), Faults::of(7, 30, &ANY));
    let aws = connect(&faulty.url());
    assert_eq!(read(&aws, &list(&aws, "s3://logs/large")[0]).unwrap(), large);
    let mut number = 0;
    for next in aws.prefetch(aws.list_objects(&location("s3://logs/small/"), None)) {
        let (object, mut reader) = next.unwrap();
        assert_eq!(object.key, format!("small/{number:03}"));
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, noise(20_000, number), "{}", object.name());
        number += 1;
    }
    assert_eq!(number, 300);
    assert!(faulty.faults() > 50, "{}", faulty.faults());
}

#[test]
fn one_object_that_cannot_be_read_does_not_stop_the_others() {
    let server = S3Server::start();
    for key in ["a", "b", "c"] {
        server.put("logs", key, key.as_bytes());
    }
    let aws = connect(&server.endpoint);
    let objects = list(&aws, "s3://logs/");
    std::fs::remove_file(server.root().join("logs/b")).unwrap();
    let read: Vec<Result<String, String>> = aws
        .prefetch(objects.into_iter().map(Ok))
        .map(|next| std::io::read_to_string(next.unwrap().1).map_err(|error| error.to_string()))
        .collect();
    assert_eq!((read[0].as_deref(), read[2].as_deref()), (Ok("a"), Ok("c")));
    let error = read[1].as_ref().unwrap_err();
    assert!(error.starts_with("s3://logs/b does not exist (s3:GetObject"), "{error}");
}

/// Plays an object of [`LARGE`] bytes that is replaced after `parts` answers by one of the same size.
fn replaced_after(parts: usize) -> Server {
    let answered = Mutex::new(0);
    Server::play(Faults::none(), move |request| {
        if request.path.contains("list-type=2") {
            let page = format!(
                "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>o</Key><Size>{LARGE}</Size>\
                 <ETag>&quot;old&quot;</ETag><LastModified>2026-03-01T00:00:00.000Z</LastModified></Contents>\
                 </ListBucketResult>"
            );
            return Response::to(request, 200, &page.into());
        }
        let mut answered = answered.lock().unwrap();
        *answered += 1;
        if *answered > parts && request.header("if-match") == Some("\"old\"") {
            return Response::error(request, 412, "PreconditionFailed", "it is another one");
        }
        part(request)
    })
}

fn part(request: &Request) -> Response {
    let range = request.header("range").unwrap().strip_prefix("bytes=").unwrap();
    let (first, last) = range.split_once('-').unwrap();
    let count = last.parse::<usize>().unwrap() + 1 - first.parse::<usize>().unwrap();
    let headers = [("etag", "\"old\"".to_owned()), ("content-range", format!("bytes {range}/{LARGE}"))];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Response { status: 206, headers, body: vec![0; count] }
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_is_no_mixture() {
    let server = replaced_after(usize::MAX);
    let aws = connect(&server.url());
    assert_eq!(read(&aws, &list(&aws, "s3://logs/")[0]).unwrap().len(), LARGE);
    let server = replaced_after(2);
    let aws = connect(&server.url());
    let error = read(&aws, &list(&aws, "s3://logs/")[0]).unwrap_err();
    assert!(error.to_string().starts_with("s3://logs/o: changed while it was read"), "{error}");
}

#[test]
fn a_bucket_in_another_region_is_asked_there() {
    let server = Server::play(Faults::none(), |request| {
        if request.header("authorization").unwrap().contains("/us-west-2/s3/") {
            let empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
            return Response::to(request, 200, &empty.into());
        }
        let mut answer = Response::error(request, 301, "PermanentRedirect", "elsewhere");
        answer.headers.push(("x-amz-bucket-region".to_owned(), "us-west-2".to_owned()));
        answer
    });
    assert_eq!(list(&connect(&server.url()), "s3://logs/"), []);
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_denial_says_what_to_allow() {
    let server = Server::play(Faults::none(), |request| {
        Response::error(request, 403, "AccessDenied", "Access Denied")
    });
    let aws = connect(&server.url());
    let error = aws.list_objects(&location("s3://logs/a/"), None).next().unwrap().unwrap_err();
    assert!(matches!(error, AwsError::AccessDenied { .. }) && error.is_refusal(), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with("AWS denies s3:ListBucket on s3://logs/a/:"), "{text}");
    assert!(text.contains("\"Resource\": \"arn:aws:s3:::logs\""), "{text}");
}

#[test]
fn a_page_without_anything_is_not_an_empty_bucket() {
    let asked = Mutex::new(0);
    let server = Server::play(Faults::none(), move |request| {
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        let page = match *asked {
            1 => "",
            2 => "<ListBucketResult></ListBucketResult>",
            _ => {
                "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>o</Key><Size>1</Size>\
                 <LastModified>2026-03-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>"
            }
        };
        Response::to(request, 200, &page.into())
    });
    assert_eq!(keys(&connect(&server.url()), "s3://logs/", None), ["o"]);
}
