//! HTTP/1.1 as bytes: enough of it to answer an SDK, and to hand its requests on to another server.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use super::cbor;

/// The most that the beginning of a request may take up.
const LONGEST_HEAD: usize = 64 * 1024;
/// Milliseconds that it may take to come.
const MOST_LOOKS: u32 = 10_000;

/// A request as it was sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// `POST`.
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As sent.
    pub body: Vec<u8>,
}

/// The wire protocols that AWS's services speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// CloudWatch Logs.
    Json11,
    /// API Gateway.
    RestJson,
    /// CloudWatch.
    Cbor,
    /// S3 and STS.
    Xml,
}

impl Request {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What it was sent in.
    pub fn protocol(&self) -> Protocol {
        let scope = self.header("authorization").unwrap_or_default();
        if self.header("x-amz-target").is_some() {
            Protocol::Json11
        } else if self.header("smithy-protocol") == Some("rpc-v2-cbor") {
            Protocol::Cbor
        } else if scope.contains("/s3/") || scope.contains("/sts/") {
            Protocol::Xml
        } else {
            Protocol::RestJson
        }
    }

    /// `FilterLogEvents`, `GetMetricData`, or the path where the protocol has no names.
    pub fn operation(&self) -> &str {
        match self.protocol() {
            Protocol::Json11 => self.header("x-amz-target").unwrap().rsplit('.').next().unwrap(),
            Protocol::Cbor => self.path.rsplit('/').next().unwrap(),
            Protocol::RestJson | Protocol::Xml => self.path.split('?').next().unwrap(),
        }
    }

    /// What it asks for.
    pub fn input(&self) -> serde_json::Value {
        match self.protocol() {
            Protocol::Cbor => cbor::decode(&self.body),
            _ => serde_json::from_slice(&self.body).unwrap(),
        }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// 200.
    pub status: u16,
    /// Without the length.
    pub headers: Vec<(String, String)>,
    /// As sent.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer in the protocol of the request.
    pub fn to(request: &Request, status: u16, output: &serde_json::Value) -> Response {
        let json = || output.to_string().into_bytes();
        let (kind, body) = match request.protocol() {
            Protocol::Json11 => ("application/x-amz-json-1.1", json()),
            Protocol::RestJson => ("application/json", json()),
            Protocol::Cbor => ("application/cbor", cbor::encode(output)),
            Protocol::Xml => ("application/xml", output.as_str().unwrap().as_bytes().to_vec()),
        };
        let mut headers = vec![("content-type".to_owned(), kind.to_owned())];
        if request.protocol() == Protocol::Cbor {
            headers.push(("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()));
        }
        Response { status, headers, body }
    }

    /// An error of the service, in the shape that the protocol gives it.
    pub fn error(request: &Request, status: u16, code: &str, message: &str) -> Response {
        let protocol = request.protocol();
        let output = match protocol {
            Protocol::Json11 | Protocol::Cbor => serde_json::json!({"__type": code, "message": message}),
            Protocol::RestJson => serde_json::json!({"message": message}),
            Protocol::Xml if request.header("authorization").unwrap_or_default().contains("/sts/") => {
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
                     </Error></ErrorResponse>"
                )
                .into()
            }
            Protocol::Xml => format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>").into(),
        };
        let mut response = Response::to(request, status, &output);
        if protocol == Protocol::RestJson {
            response.headers.push(("x-amzn-errortype".to_owned(), code.to_owned()));
        }
        response
    }

    /// The bytes before the body, which promise as many bytes as the body has.
    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} X\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.headers.iter().all(|(name, _)| name != "content-length") {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// Reads a request but for its very last byte, so that closing the connection there resets it.
/// `None` when the client has gone.
pub fn read_request(stream: &mut TcpStream) -> io::Result<Option<Request>> {
    let mut buffer = vec![0; LONGEST_HEAD];
    let mut looks = 0;
    let length = loop {
        let seen = stream.peek(&mut buffer)?;
        if seen == 0 {
            return Ok(None);
        }
        match head_length(&buffer[..seen]) {
            Some(length) => break length,
            // Too long, or the client has gone in the middle of it.
            None if seen == LONGEST_HEAD || looks == MOST_LOOKS => {
                return Err(io::ErrorKind::InvalidData.into());
            }
            None => sleep(Duration::from_millis(1)),
        }
        looks += 1;
    };
    let (first, headers) = parse_head(&buffer[..length]);
    let value = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let body_length: usize = value("content-length").map_or(0, |length| length.parse().unwrap());
    assert_eq!(value("transfer-encoding"), None, "requests come with a length");
    let left = usize::from(body_length == 0);
    stream.read_exact(&mut buffer[..length - left])?;
    if value("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = vec![0; body_length.saturating_sub(1)];
    stream.read_exact(&mut body)?;
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    Ok(Some(Request { method, path, headers, body }))
}

/// Reads the last byte of a request.
pub fn read_rest(stream: &mut TcpStream, request: &mut Request) -> io::Result<()> {
    let mut last = [0];
    stream.read_exact(&mut last)?;
    if request.header("content-length").is_some_and(|length| length != "0") {
        request.body.push(last[0]);
    }
    Ok(())
}

/// Sends a request on and reads the answer.
pub fn forward(upstream: &mut TcpStream, request: &Request) -> io::Result<Response> {
    let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, request.path).into_bytes();
    // As they are: most of them are signed.
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "expect") {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&request.body);
    upstream.write_all(&bytes)?;

    let mut read = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    let mut more = |read: &mut Vec<u8>| -> io::Result<usize> {
        let count = upstream.read(&mut piece)?;
        read.extend_from_slice(&piece[..count]);
        Ok(count)
    };
    let length = loop {
        match head_length(&read) {
            Some(length) => break length,
            None if more(&mut read)? == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            None => {}
        }
    };
    let (first, mut headers) = parse_head(&read[..length]);
    let mut body = read.split_off(length);
    let status: u16 = first.split(' ').nth(1).unwrap().parse().unwrap();
    let value = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    if request.method == "HEAD" || matches!(status, 204 | 304) {
        body.clear();
    } else if value("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        while !body.ends_with(b"0\r\n\r\n") {
            if more(&mut body)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        body = without_chunks(&body);
        headers.retain(|(name, _)| name != "transfer-encoding");
    } else {
        let promised = value("content-length").map(|length| length.parse::<usize>().unwrap());
        while promised.is_none_or(|length| body.len() < length) {
            if more(&mut body)? == 0 {
                break;
            }
        }
    }
    headers.retain(|(name, _)| !matches!(name.as_str(), "connection" | "keep-alive"));
    Ok(Response { status, headers, body })
}

fn head_length(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn parse_head(head: &[u8]) -> (String, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.trim_end().split("\r\n");
    let first = lines.next().unwrap().to_owned();
    let pair = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.trim().to_lowercase(), value.trim().to_owned())
    };
    (first, lines.map(pair).collect())
}

fn without_chunks(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = String::from_utf8_lossy(&chunks[..end]);
        let size = usize::from_str_radix(size.split(';').next().unwrap().trim(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&chunks[end + 2..end + 2 + size]);
        chunks = &chunks[end + size + 4..];
    }
}
