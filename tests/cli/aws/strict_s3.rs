//! S3 as far as a lake needs it, in memory: conditions hold at one moment, every list has tags and is paged.
//!
//! The other server of S3's protocol looks first and writes later, and its lists have no tags.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::recorded::{Faults, Request, Response, Server};
use super::s3_server::{ACCESS_KEY, REGION, SECRET_KEY};

/// Keys on a page of a list: fewer than AWS has, so that there are pages.
const PAGE: usize = 7;

/// A server with one bucket, `bucket`.
pub struct StrictS3 {
    server: Server,
    contents: Contents,
    requests: Arc<Mutex<Vec<String>>>,
}

type Contents = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

impl StrictS3 {
    /// Starts empty.
    pub fn start() -> StrictS3 {
        let (contents, requests) = (Contents::default(), Arc::<Mutex<Vec<String>>>::default());
        let (inside, noted) = (Arc::clone(&contents), Arc::clone(&requests));
        let server = Server::play(Faults::none(), move |request| {
            noted.lock().unwrap().push(format!("{} {}", request.method, decoded(&request.path)));
            answer(&mut inside.lock().unwrap(), request)
        });
        StrictS3 { server, contents, requests }
    }

    /// What a process needs to find it.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ENDPOINT_URL_S3", self.server.url()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// The keys that there are.
    pub fn keys(&self) -> Vec<String> {
        self.contents.lock().unwrap().keys().cloned().collect()
    }

    /// Method and path of what was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    /// Writes everything below a prefix into a folder.
    pub fn save(&self, prefix: &str, folder: &std::path::Path) {
        for (key, bytes) in self.contents.lock().unwrap().iter() {
            if let Some(name) = key.strip_prefix(prefix) {
                let path = folder.join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
        }
    }
}

fn answer(contents: &mut BTreeMap<String, Vec<u8>>, request: &Request) -> Response {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let key = decoded(path.strip_prefix("/bucket").unwrap_or("/")).trim_start_matches('/').to_owned();
    if request.method == "GET" && query.contains("list-type=2") {
        return list(contents, request, query);
    }
    let there = contents.get(&key);
    match request.method.as_str() {
        "PUT" => {
            let fits = match (request.header("if-none-match"), request.header("if-match"), there) {
                (Some("*"), _, there) => there.is_none(),
                (_, Some(etag), Some(there)) => etag == tag(there),
                (_, Some(_), None) => return Response::error(request, 404, "NoSuchKey", "it is gone"),
                (..) => true,
            };
            if !fits {
                return Response::error(request, 412, "PreconditionFailed", "not what was expected");
            }
            let body = body(request);
            let headers = vec![("etag".to_owned(), tag(&body))];
            contents.insert(key, body);
            Response { status: 200, headers, body: Vec::new() }
        }
        "DELETE" => {
            contents.remove(&key);
            Response { status: 204, headers: Vec::new(), body: Vec::new() }
        }
        _ => {
            let Some(there) = there else { return Response::error(request, 404, "NoSuchKey", "it is gone") };
            if request.header("if-match").is_some_and(|etag| etag != tag(there)) {
                return Response::error(request, 412, "PreconditionFailed", "not what was expected");
            }
            let mut headers = vec![("etag".to_owned(), tag(there))];
            let Some(range) = request.header("range") else {
                return Response { status: 200, headers, body: there.clone() };
            };
            let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            let last = last.parse::<usize>().unwrap().min(there.len() - 1);
            let range = format!("bytes {first}-{last}/{}", there.len());
            headers.push(("content-range".to_owned(), range));
            Response { status: 206, headers, body: there[first.parse().unwrap()..=last].to_vec() }
        }
    }
}

fn list(contents: &BTreeMap<String, Vec<u8>>, request: &Request, query: &str) -> Response {
    let value = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| decoded(value))
    };
    let (prefix, after) = (value("prefix").unwrap_or_default(), value("continuation-token"));
    let wanted = |key: &&String| key.starts_with(&prefix) && after.as_ref().is_none_or(|after| *key > after);
    let keys: Vec<&String> = contents.keys().filter(wanted).take(PAGE + 1).collect();
    let more = keys.len() > PAGE;
    let mut page = format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>");
    for key in keys.iter().take(PAGE) {
        let (size, tag) = (contents[*key].len(), tag(&contents[*key]).replace('"', "&quot;"));
        page += &format!(
            "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>{tag}</ETag>\
             <LastModified>2026-03-01T00:00:00.000Z</LastModified></Contents>"
        );
    }
    if more {
        page += &format!("<NextContinuationToken>{}</NextContinuationToken>", keys[PAGE - 1]);
    }
    Response::to(request, 200, &(page + "</ListBucketResult>").into())
}

fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", &blake3::hash(bytes).to_hex()[..32])
}

/// A body without the chunks in which the SDK sends files.
fn body(request: &Request) -> Vec<u8> {
    if !request.header("content-encoding").is_some_and(|coding| coding.contains("aws-chunked")) {
        return request.body.clone();
    }
    let (mut body, mut rest) = (Vec::new(), request.body.as_slice());
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let line = String::from_utf8_lossy(&rest[..end]);
        let size = usize::from_str_radix(line.split(';').next().unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, more @ ..] = rest {
        let code =
            more.get(..2).and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = &more[2..];
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}
