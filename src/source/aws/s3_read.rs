//! An object as a stream of bytes: ranges in flight, delivered in order, all of them or an error.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::connect::Aws;
use super::error::AwsError;
use super::s3::S3Object;
use super::s3_client::S3Clients;
use super::s3_part::{Part, fetch};

/// The size of a range. Large enough that the time of a request does not count, small enough to keep some in
/// memory.
pub(super) const RANGE_BYTES: u64 = 8 * 1024 * 1024;

/// Ranges of one object that are in flight or wait to be read.
const MOST_IN_FLIGHT: usize = 4;

/// Reads an object from its start to its end. An end before its listed size is an error, never an end, and so
/// is an object that changed since it was listed.
///
/// In memory are at most five ranges of 8 MiB: one that is being read, and four that come next. Errors are
/// [`io::Error`]s that hold an [`AwsError`], and say `s3://bucket/key`; once failed, it fails for good.
/// Not to be read from within an asynchronous task.
pub struct ObjectReader {
    object: S3Object,
    clients: Arc<S3Clients>,
    handle: Handle,
    /// Ranges in order, the next one to be read first.
    coming: VecDeque<Coming>,
    /// Where the first range begins that has not been asked for.
    asked: u64,
    /// The tag that all ranges must have; unknown until the first answer if the list did not give it.
    etag: Option<String>,
    current: io::Cursor<Vec<u8>>,
    /// Bytes in ranges that have arrived here.
    received: u64,
    failed: Option<AwsError>,
}

/// A range on its way. Dropping it stops its task.
struct Coming(JoinHandle<Result<Part, AwsError>>);

impl Drop for Coming {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Aws {
    /// Opens an object. Its first bytes are asked for at once, so the answer is on its way before anybody
    /// reads.
    pub fn read_object(&self, object: &S3Object) -> ObjectReader {
        ObjectReader::start(Arc::clone(&self.s3), self.handle().clone(), object.clone())
    }
}

impl ObjectReader {
    /// Asks for the first range.
    pub(super) fn start(clients: Arc<S3Clients>, handle: Handle, object: S3Object) -> ObjectReader {
        let etag = object.etag.clone();
        let mut reader = ObjectReader {
            object,
            clients,
            handle,
            coming: VecDeque::new(),
            asked: 0,
            etag,
            current: io::Cursor::default(),
            received: 0,
            failed: None,
        };
        reader.ask_up_to(1);
        reader
    }

    /// The object that is read.
    pub fn object(&self) -> &S3Object {
        &self.object
    }

    fn ask_up_to(&mut self, count: usize) {
        while self.coming.len() < count {
            let Some(range) = next_range(self.asked, self.object.bytes) else { return };
            if range.start > 0 && self.etag.is_none() && self.received == 0 {
                // Without a tag, two ranges could be of two contents. The first answer brings it.
                return;
            }
            self.asked = range.end;
            let (clients, object, etag) = (Arc::clone(&self.clients), self.object.clone(), self.etag.clone());
            let task = async move { fetch(&clients, &object, range, etag).await };
            self.coming.push_back(Coming(self.handle.spawn(task)));
        }
    }

    /// Waits for the next range.
    fn receive(&mut self) -> Result<(), AwsError> {
        self.ask_up_to(MOST_IN_FLIGHT);
        let call = self.clients.reading(&self.object.bucket, &self.object.key);
        let cut = |message: String| AwsError::Unavailable {
            action: call.action.to_owned(),
            resource: call.resource.clone(),
            message,
        };
        let Some(mut coming) = self.coming.pop_front() else {
            return Err(cut("nothing more was asked for".to_owned()));
        };
        let part = self
            .handle
            .block_on(&mut coming.0)
            .map_err(|error| cut(format!("reading stopped: {error}")))??;
        self.received += part.bytes.len() as u64;
        self.etag = part.etag;
        self.current = io::Cursor::new(part.bytes);
        self.ask_up_to(MOST_IN_FLIGHT);
        Ok(())
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(error) = &self.failed {
                return Err(error.clone().into());
            }
            let count = self.current.read(buffer)?;
            if count > 0 || buffer.is_empty() || self.received == self.object.bytes {
                return Ok(count);
            }
            if let Err(error) = self.receive() {
                self.coming.clear();
                self.failed = Some(error);
            }
        }
    }
}

/// The range that starts at a byte, of an object of so many; `None` at its end.
fn next_range(at: u64, bytes: u64) -> Option<Range<u64>> {
    (at < bytes).then(|| at..bytes.min(at + RANGE_BYTES))
}

impl From<AwsError> for io::Error {
    fn from(error: AwsError) -> io::Error {
        let kind = match error {
            AwsError::NotFound { .. } => io::ErrorKind::NotFound,
            _ if error.is_refusal() => io::ErrorKind::PermissionDenied,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_an_object_once() {
        let ranges = |bytes: u64| {
            std::iter::successors(next_range(0, bytes), |before| next_range(before.end, bytes))
                .collect::<Vec<_>>()
        };
        assert_eq!(ranges(0), []);
        assert_eq!(ranges(1).as_slice(), std::slice::from_ref(&(0..1)));
        assert_eq!(ranges(RANGE_BYTES).as_slice(), std::slice::from_ref(&(0..RANGE_BYTES)));
        assert_eq!(ranges(RANGE_BYTES + 1), [0..RANGE_BYTES, RANGE_BYTES..RANGE_BYTES + 1]);
        let many = ranges(50_000_000);
        assert!(many.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!((many[0].start, many.last().unwrap().end), (0, 50_000_000));
    }

    #[test]
    fn an_error_of_reading_holds_the_reason() {
        let changed = AwsError::Changed { resource: "s3://b/k".to_owned() };
        let error = io::Error::from(changed.clone());
        assert!(error.to_string().starts_with("s3://b/k: changed while it was read"), "{error}");
        assert_eq!(error.get_ref().and_then(|inner| inner.downcast_ref()), Some(&changed));
    }
}
