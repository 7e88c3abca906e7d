//! An S3 object as an input, and the account that it is read with.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use gwcost_core::model::Window;

use super::SourceError;
use super::aws::{
    Aws, AwsOptions, MOST_AHEAD, MOST_BYTES_AHEAD, ObjectReader, S3Location, S3Object, first_bytes,
};

/// An object that was listed.
#[derive(Clone)]
pub struct Object {
    list: Arc<List>,
    index: usize,
}

/// The objects of one place in their order, and those of them that are on their way before their turn.
struct List {
    aws: Arc<Aws>,
    objects: Vec<S3Object>,
    ahead: Mutex<BTreeMap<usize, ObjectReader>>,
}

impl Object {
    fn listed(&self) -> &S3Object {
        &self.list.objects[self.index]
    }

    /// `s3://bucket/key`.
    pub fn name(&self) -> String {
        self.listed().name()
    }

    /// Its size when it was listed.
    pub fn bytes(&self) -> u64 {
        self.listed().bytes
    }

    /// Its entity tag when it was listed: another one means other content. Not every server has them.
    pub fn etag(&self) -> Option<&str> {
        self.listed().etag.as_deref()
    }

    /// Its bytes. An object that changes meanwhile, or that breaks off, is an error. The next objects of the
    /// list are asked for as well, so that small ones cost bandwidth and no waiting.
    pub fn read(&self) -> impl Read + use<> {
        let List { aws, objects, ahead } = &*self.list;
        let mut ahead = ahead.lock().unwrap_or_else(PoisonError::into_inner);
        // What was passed over is not wanted.
        *ahead = ahead.split_off(&self.index);
        let own = ahead.remove(&self.index).unwrap_or_else(|| aws.read_object(self.listed()));
        let mut bytes: u64 = ahead.keys().map(|index| first_bytes(&objects[*index])).sum();
        for (index, object) in objects.iter().enumerate().skip(self.index + 1).take(MOST_AHEAD) {
            if ahead.contains_key(&index) {
                continue;
            }
            bytes += first_bytes(object);
            if bytes > MOST_BYTES_AHEAD {
                break;
            }
            ahead.insert(index, aws.read_object(object));
        }
        own
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Object) -> bool {
        self.listed() == other.listed()
    }
}

impl Eq for Object {}

impl fmt::Debug for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.listed().fmt(formatter)
    }
}

/// AWS, as far as it is needed: nothing is connected before the first input that is there.
pub struct Remote {
    options: AwsOptions,
    /// Only objects that may hold events of this window are wanted.
    window: Option<Window>,
    aws: Option<Arc<Aws>>,
}

impl Remote {
    /// With options for who asks, and a window that objects are chosen by.
    pub fn new(options: AwsOptions, window: Option<Window>) -> Remote {
        Remote { options, window, aws: None }
    }

    /// The objects that `s3://bucket/prefix` names.
    ///
    /// # Errors
    /// [`SourceError`] when the text names no place, or AWS says no.
    pub fn objects(&mut self, typed: &str) -> Result<Vec<Object>, SourceError> {
        let location: S3Location = typed.parse().map_err(SourceError::Place)?;
        let aws = match &self.aws {
            Some(aws) => Arc::clone(aws),
            None => {
                let aws = Arc::new(Aws::connect(&self.options).map_err(SourceError::aws)?);
                Arc::clone(self.aws.insert(aws))
            }
        };
        let objects: Result<Vec<S3Object>, _> = aws.list_objects(&location, self.window).collect();
        let objects = objects.map_err(SourceError::aws)?;
        let list = Arc::new(List { aws, objects, ahead: Mutex::default() });
        Ok((0..list.objects.len()).map(|index| Object { list: Arc::clone(&list), index }).collect())
    }
}
