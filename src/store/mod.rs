//! Bytes by key: what a lake in a bucket is made of. What the bytes mean is the lake's business.
//!
//! A put says what must be there before it. That is all that two writers who do not see each other need, and
//! S3 gives it to everybody at once.

mod place;
mod s3;

#[cfg(test)]
pub(crate) mod memory;

pub use place::{StorePlace, StorePlaceError};
pub use s3::S3Store;

use std::io::{self, Read};
use std::path::PathBuf;

use crate::source::aws::AwsError;

/// What a list says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, below the store's place.
    pub key: String,
    /// The size.
    pub bytes: u64,
    /// Changes with the content. S3 always gives one, other servers may not.
    pub etag: Option<String>,
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// All of it.
    pub bytes: Vec<u8>,
    /// By which a later put can say that it means this one.
    pub etag: String,
}

/// What must be there for a put to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Absent,
    /// Content with this tag.
    Matches(String),
}

/// What became of a put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there, with this tag.
    Done(String),
    /// Something else was there, and stays.
    Refused,
}

/// A key with its bytes still to be read. They break off with an error, never with an end.
pub type Reading<'a> = (Entry, Box<dyn Read + 'a>);

/// Bytes by key, below one place. Keys have `/` between their parts and none in front.
///
/// Every method blocks, and has tried again what fails for a moment when it returns an error.
pub trait Store: Send + Sync {
    /// The whole name of a key, for people.
    fn name(&self, key: &str) -> String;

    /// Every key that begins with a prefix, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError>;

    /// A small content as a whole; `None` if there is nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn read(&self, key: &str) -> Result<Option<Content>, StoreError>;

    /// Many contents in their order, the next ones on their way while one is read. Each must have its size and,
    /// where one is given, its tag: what has changed since it was listed fails when it is read.
    fn read_each<'a>(&'a self, entries: Vec<Entry>) -> Box<dyn Iterator<Item = Reading<'a>> + 'a>;

    /// Puts a small content. A put that was refused because an earlier attempt of its own had come through is
    /// done.
    ///
    /// # Errors
    /// [`StoreError`]; then it is not known whether it happened.
    fn put(&self, key: &str, bytes: &[u8], condition: &Condition) -> Result<Put, StoreError>;

    /// Puts files under keys that nobody else uses, several at a time. What is there already stays.
    ///
    /// # Errors
    /// [`StoreError`]; then some of them may be there.
    fn put_files(&self, files: &[(PathBuf, String)]) -> Result<(), StoreError>;

    /// Deletes keys; those that are not there are no error.
    ///
    /// # Errors
    /// [`StoreError`]; then some of them may be gone.
    fn delete(&self, keys: &[String]) -> Result<(), StoreError>;
}

/// A store that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// AWS, or the way to it.
    #[error(transparent)]
    Aws(Box<AwsError>),
    /// A file on this machine.
    #[error("{name}: {source}")]
    Io {
        /// The key or the file.
        name: String,
        /// The system's word.
        source: io::Error,
    },
}

impl StoreError {
    /// What a failed read of [`Store::read_each`] means.
    pub fn of_read(name: &str, error: io::Error) -> StoreError {
        match error.downcast::<AwsError>() {
            Ok(aws) => aws.into(),
            Err(source) => StoreError::Io { name: name.to_owned(), source },
        }
    }

    /// AWS said no to who asks, or nobody can be asked.
    pub fn is_refusal(&self) -> bool {
        matches!(self, StoreError::Aws(error) if error.is_refusal())
    }

    /// What was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        match self {
            StoreError::Aws(error) => error.is_not_found(),
            StoreError::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
        }
    }

    /// What was asked for is not what it was when it was listed.
    pub fn is_changed(&self) -> bool {
        matches!(self, StoreError::Aws(error) if matches!(**error, AwsError::Changed { .. }))
    }
}

impl From<AwsError> for StoreError {
    fn from(error: AwsError) -> StoreError {
        StoreError::Aws(Box::new(error))
    }
}
