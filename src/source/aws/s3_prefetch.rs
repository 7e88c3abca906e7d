//! Many objects in order, their first bytes asked for ahead: small objects cost bandwidth, not waiting.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::connect::Aws;
use super::error::AwsError;
use super::s3::S3Object;
use super::s3_client::S3Clients;
use super::s3_read::{ObjectReader, RANGE_BYTES};

/// Objects that are asked for before they are wanted. At 40 ms for an answer, that makes 1,600 objects a second.
const MOST_AHEAD: usize = 64;

/// Bytes of them that may be in flight or wait.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Objects with their readers, in the order of the list. Of each the first range, which of a small object is
/// all, is on its way before its turn comes.
pub struct Prefetch<I> {
    clients: Arc<S3Clients>,
    handle: Handle,
    objects: I,
    ready: VecDeque<ObjectReader>,
    ahead_bytes: u64,
    /// The object that did not fit any more.
    waiting: Option<S3Object>,
    /// Why the list ended early; the last item.
    failed: Option<AwsError>,
    ended: bool,
}

impl Aws {
    /// Reads objects ahead of their turn. An object that cannot be read fails when it is read; the others go
    /// on. An error of the list is the last item.
    pub fn prefetch<I>(&self, objects: I) -> Prefetch<I::IntoIter>
    where
        I: IntoIterator<Item = Result<S3Object, AwsError>>,
    {
        Prefetch {
            clients: Arc::clone(&self.s3),
            handle: self.handle().clone(),
            objects: objects.into_iter(),
            ready: VecDeque::new(),
            ahead_bytes: 0,
            waiting: None,
            failed: None,
            ended: false,
        }
    }
}

impl<I: Iterator<Item = Result<S3Object, AwsError>>> Prefetch<I> {
    fn fill(&mut self) {
        while self.ready.len() < MOST_AHEAD {
            let object = match self.waiting.take() {
                Some(object) => object,
                None if self.ended => return,
                None => match self.objects.next() {
                    Some(Ok(object)) => object,
                    end => {
                        self.ended = true;
                        self.failed = end.and_then(Result::err);
                        return;
                    }
                },
            };
            let bytes = first_bytes(&object);
            if !self.ready.is_empty() && self.ahead_bytes + bytes > MOST_BYTES {
                self.waiting = Some(object);
                return;
            }
            self.ahead_bytes += bytes;
            let reader = ObjectReader::start(Arc::clone(&self.clients), self.handle.clone(), object);
            self.ready.push_back(reader);
        }
    }
}

impl<I: Iterator<Item = Result<S3Object, AwsError>>> Iterator for Prefetch<I> {
    type Item = Result<(S3Object, ObjectReader), AwsError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.fill();
        let Some(reader) = self.ready.pop_front() else { return self.failed.take().map(Err) };
        self.ahead_bytes -= first_bytes(reader.object());
        // While the caller reads this one, the others come.
        self.fill();
        Some(Ok((reader.object().clone(), reader)))
    }
}

/// What is asked for ahead.
fn first_bytes(object: &S3Object) -> u64 {
    object.bytes.min(RANGE_BYTES)
}
