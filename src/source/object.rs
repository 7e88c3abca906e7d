//! An S3 object as an input, and the account that it is read with.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use gwcost_core::model::Window;

use super::SourceError;
use super::aws::{Aws, AwsOptions, S3Location, S3Object};

/// An object that was listed.
#[derive(Clone)]
pub struct Object {
    listed: S3Object,
    aws: Arc<Aws>,
}

impl Object {
    /// `s3://bucket/key`.
    pub fn name(&self) -> String {
        self.listed.name()
    }

    /// Its size when it was listed.
    pub fn bytes(&self) -> u64 {
        self.listed.bytes
    }

    /// Its bytes. An object that changes meanwhile, or that breaks off, is an error.
    pub fn read(&self) -> impl Read + use<> {
        self.aws.read_object(&self.listed)
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Object) -> bool {
        self.listed == other.listed
    }
}

impl Eq for Object {}

impl fmt::Debug for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.listed.fmt(formatter)
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
        aws.list_objects(&location, self.window)
            .map(|listed| Ok(Object { listed: listed.map_err(SourceError::aws)?, aws: Arc::clone(&aws) }))
            .collect()
    }
}
