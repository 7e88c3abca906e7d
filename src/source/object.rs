//! S3 objects as inputs, those that are opened ahead of their turn, and the account that they are read with.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::vec;

use gwcost_core::model::Window;

use super::SourceError;
use super::aws::{Aws, AwsError, AwsOptions, ObjectReader, Prefetch, S3Location, S3Object};

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

    /// Its entity tag when it was listed, with the quotes: it changes with the content.
    pub fn etag(&self) -> Option<&str> {
        self.listed.etag.as_deref()
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

type Listed = Result<S3Object, AwsError>;

/// Objects that are opened ahead of their turn, so that many small ones are not waited for one by one.
pub struct Ahead {
    /// For each account, because an object is read with the credentials that listed it.
    accounts: Vec<(Arc<Aws>, Prefetch<vec::IntoIter<Listed>>)>,
}

impl Ahead {
    /// Objects in the order in which they will be opened.
    pub fn of<'o>(objects: impl IntoIterator<Item = &'o Object>) -> Ahead {
        let mut lists: Vec<(Arc<Aws>, Vec<Listed>)> = Vec::new();
        for object in objects {
            let listed = Ok(object.listed.clone());
            match lists.iter_mut().find(|(aws, _)| Arc::ptr_eq(aws, &object.aws)) {
                Some((_, list)) => list.push(listed),
                None => lists.push((Arc::clone(&object.aws), vec![listed])),
            }
        }
        let begin = |(aws, list): (Arc<Aws>, Vec<_>)| {
            let prefetch = aws.prefetch(list);
            (aws, prefetch)
        };
        Ahead { accounts: lists.into_iter().map(begin).collect() }
    }

    /// The bytes of an object, which are on their way if its turn has come. Those of objects before it that
    /// nobody opened are dropped.
    pub fn open(&mut self, object: &Object) -> ObjectReader {
        let of_account = self.accounts.iter_mut().find(|(aws, _)| Arc::ptr_eq(aws, &object.aws));
        let coming = of_account
            .and_then(|(_, ahead)| ahead.filter_map(Result::ok).find(|(listed, _)| *listed == object.listed));
        match coming {
            Some((_, reader)) => reader,
            None => object.aws.read_object(&object.listed),
        }
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

    /// The connection, which is made when it is first asked for.
    ///
    /// # Errors
    /// [`SourceError`] when no region is known.
    pub fn aws(&mut self) -> Result<Arc<Aws>, SourceError> {
        if let Some(aws) = &self.aws {
            return Ok(Arc::clone(aws));
        }
        let aws = Arc::new(Aws::connect(&self.options).map_err(SourceError::aws)?);
        Ok(Arc::clone(self.aws.insert(aws)))
    }

    /// The objects that `s3://bucket/prefix` names.
    ///
    /// # Errors
    /// [`SourceError`] when the text names no place, or AWS says no.
    pub fn objects(&mut self, typed: &str) -> Result<Vec<Object>, SourceError> {
        let location: S3Location = typed.parse().map_err(SourceError::Place)?;
        let aws = self.aws()?;
        aws.list_objects(&location, self.window)
            .map(|listed| Ok(Object { listed: listed.map_err(SourceError::aws)?, aws: Arc::clone(&aws) }))
            .collect()
    }
}
