//! S3 from memory: lists, objects and their ranges, on loopback, with nothing in between.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Keys on a page of a list, as many as S3 has there.
const PAGE: usize = 1000;

type Objects = Arc<Mutex<BTreeMap<String, Arc<Vec<u8>>>>>;

/// A server with one bucket, `logs`.
pub struct Server {
    address: SocketAddr,
    objects: Objects,
}

impl Server {
    /// Starts empty.
    pub fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let objects = Objects::default();
        let served = Arc::clone(&objects);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let objects = Arc::clone(&served);
                // An error is a client that has gone.
                thread::spawn(move || serve(&stream, &objects));
            }
        });
        Server { address, objects }
    }

    /// For `AWS_ENDPOINT_URL_S3`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts an object.
    pub fn put(&self, key: &str, bytes: Vec<u8>) {
        self.objects.lock().unwrap().insert(key.to_owned(), Arc::new(bytes));
    }
}

fn serve(stream: &TcpStream, objects: &Objects) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    loop {
        let (mut first, mut range) = (String::new(), None);
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("range") {
                range = Some(value.trim().to_owned());
            } else if name.eq_ignore_ascii_case("content-length") {
                std::io::copy(&mut (&mut reader).take(value.trim().parse().unwrap()), &mut std::io::sink())?;
            }
        }
        let path = first.split(' ').nth(1).unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if query.contains("list-type=2") {
            let page = list(&objects.lock().unwrap(), query);
            write!(writer, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{page}", page.len())?;
            continue;
        }
        let key = path.trim_start_matches("/logs/");
        let object = Arc::clone(&objects.lock().unwrap()[key]);
        let tag = tag(key, &object);
        match range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) {
            Some((first, last)) => {
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                let part = &object[first..=last];
                let head = format!(
                    "HTTP/1.1 206 Partial\r\netag: {tag}\r\ncontent-length: {}\r\ncontent-range: bytes {first}-{last}/{}\r\n\r\n",
                    part.len(),
                    object.len()
                );
                writer.write_all(head.as_bytes())?;
                writer.write_all(part)?;
            }
            None => {
                let head =
                    format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {}\r\n\r\n", object.len());
                writer.write_all(&[head.as_bytes(), &object].concat())?;
            }
        }
    }
}

/// Nothing changes here, so a name and a size make a tag.
fn tag(key: &str, object: &[u8]) -> String {
    format!("\"{}-{}\"", key.replace('/', "-"), object.len())
}

fn list(objects: &BTreeMap<String, Arc<Vec<u8>>>, query: &str) -> String {
    let value = |name: &str| {
        let found = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
        found.map(|(_, value)| value.replace("%2F", "/"))
    };
    let (prefix, after) = (value("prefix").unwrap_or_default(), value("continuation-token"));
    let from = after.clone().unwrap_or_else(|| prefix.clone());
    let keys: Vec<_> = objects
        .range(from..)
        .take_while(|(key, _)| key.starts_with(&prefix))
        .filter(|(key, _)| after.as_ref() != Some(key))
        .take(PAGE + 1)
        .collect();
    let more = keys.len() > PAGE;
    let mut page = format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>");
    for (key, object) in keys.iter().take(PAGE) {
        let (size, tag) = (object.len(), tag(key, object).replace('"', "&quot;"));
        write!(
            page,
            "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>{tag}</ETag>\
             <LastModified>2026-10-01T00:00:00.000Z</LastModified></Contents>"
        )
        .unwrap();
    }
    if more {
        write!(page, "<NextContinuationToken>{}</NextContinuationToken>", keys[PAGE - 1].0).unwrap();
    }
    page + "</ListBucketResult>"
}
