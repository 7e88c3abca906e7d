//! Places and objects in S3, and the list of those that may hold events of a window.

use std::str::FromStr;
use std::sync::Arc;
use std::vec;

use gwcost_core::model::Window;
use tokio::sync::mpsc::{self, Receiver};

use super::connect::Aws;
use super::error::AwsError;
use super::s3_walk;

/// A bucket and the start of keys in it, as typed: `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct S3Location {
    /// The bucket's name.
    pub bucket: String,
    /// What the keys start with; empty for all of the bucket. `logs` covers `logs/` and `logs-old/`.
    pub prefix: String,
}

/// A text that names no place in S3.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum S3LocationError {
    /// Another scheme, or none.
    #[error("{0:?} is no place in S3: expected s3://bucket or s3://bucket/prefix")]
    Scheme(String),
    /// No bucket's name where one belongs.
    #[error(
        "{typed:?}: {bucket:?} is no bucket's name: expected 3 to 63 of a-z, 0-9, `.` and `-`, as in \
         s3://my-logs/prefix/"
    )]
    Bucket {
        /// What was typed.
        typed: String,
        /// What stands in the bucket's place.
        bucket: String,
    },
    /// An ARN in the bucket's place.
    #[error("{0:?}: an ARN stands for the bucket: expected its name, or the alias of an access point")]
    Arn(String),
    /// A glob.
    #[error("{0:?}: S3 lists by prefix and knows no patterns: expected what comes before the `*`")]
    Pattern(String),
}

impl FromStr for S3Location {
    type Err = S3LocationError;

    fn from_str(typed: &str) -> Result<S3Location, S3LocationError> {
        let rest = typed.strip_prefix("s3://").ok_or_else(|| S3LocationError::Scheme(typed.to_owned()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.starts_with("arn:") {
            return Err(S3LocationError::Arn(typed.to_owned()));
        }
        // Buckets from before 2018 may have capitals, `_`, and more letters than the rules of today allow.
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if !(3..=255).contains(&bucket.len()) || !bucket.bytes().all(known) {
            return Err(S3LocationError::Bucket { typed: typed.to_owned(), bucket: bucket.to_owned() });
        }
        if prefix.contains('*') {
            return Err(S3LocationError::Pattern(typed.to_owned()));
        }
        Ok(S3Location { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

/// An object as it was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Object {
    /// The bucket it is in.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its size as stored.
    pub bytes: u64,
    /// Its entity tag, with the quotes; changes with the content. S3 always gives one, other servers may not.
    pub etag: Option<String>,
    /// When it was last written, in milliseconds of Unix time.
    pub modified_ms: i64,
}

impl S3Object {
    /// The name that the lake knows it by: `s3://bucket/key`.
    pub fn name(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// Objects in the order of their keys. At most three pages of a thousand are in memory at a time, however
/// many objects there are.
pub struct S3Objects {
    location: S3Location,
    pages: Receiver<Listed>,
    page: vec::IntoIter<S3Object>,
    ended: bool,
}

/// What the listing task says.
pub(super) enum Listed {
    /// Objects, some or none.
    Objects(Vec<S3Object>),
    /// It ends here, and how.
    End(Result<(), AwsError>),
}

impl Aws {
    /// The objects under a location that may hold events of the window; all without one. An object whose key
    /// is exactly the location's is the only one. Keys that end with `/` and hold nothing stand for folders
    /// and are left out. What Firehose could not process (`processing-failed/`) is listed with the rest.
    ///
    /// The next page is asked for while this one is used. The first error is the last item.
    pub fn list_objects(&self, location: &S3Location, window: Option<Window>) -> S3Objects {
        let (sender, pages) = mpsc::channel(1);
        let walk = s3_walk::Walk::new(Arc::clone(&self.s3), location.clone(), window, sender);
        self.handle().spawn(walk.run());
        S3Objects { location: location.clone(), pages, page: Vec::new().into_iter(), ended: false }
    }
}

impl Iterator for S3Objects {
    type Item = Result<S3Object, AwsError>;

    fn next(&mut self) -> Option<Result<S3Object, AwsError>> {
        loop {
            if let Some(object) = self.page.next() {
                return Some(Ok(object));
            }
            if self.ended {
                return None;
            }
            match self.pages.blocking_recv() {
                Some(Listed::Objects(objects)) => self.page = objects.into_iter(),
                Some(Listed::End(result)) => {
                    self.ended = true;
                    return result.err().map(Err);
                }
                // Without its last word the list is not whole, and must not look like it.
                None => {
                    self.ended = true;
                    return Some(Err(AwsError::Unavailable {
                        action: "s3:ListBucket".to_owned(),
                        resource: format!("s3://{}/{}", self.location.bucket, self.location.prefix),
                        message: "the listing broke off".to_owned(),
                    }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_read() {
        let parse = |typed: &str| typed.parse::<S3Location>().map(|at| (at.bucket, at.prefix));
        assert_eq!(parse("s3://logs"), Ok(("logs".to_owned(), String::new())));
        assert_eq!(parse("s3://logs/"), Ok(("logs".to_owned(), String::new())));
        assert_eq!(parse("s3://my.logs/a b/c+d/"), Ok(("my.logs".to_owned(), "a b/c+d/".to_owned())));
        assert_eq!(parse("s3://logs//a"), Ok(("logs".to_owned(), "/a".to_owned())));
    }

    #[test]
    fn what_names_no_place_is_said() {
        let said = |typed: &str| typed.parse::<S3Location>().unwrap_err().to_string();
        assert!(said("s3:/logs").contains("expected s3://bucket"));
        assert!(said("s3:///prefix").contains("\"\" is no bucket's name"));
        assert!(said("s3://a b/").contains("\"a b\" is no bucket's name"));
        assert!(said("s3://arn:aws:s3:eu-west-1:1:accesspoint/x").contains("alias of an access point"));
        assert!(said("s3://logs/*.gz").contains("before the `*`"));
    }
}
