//! A bucket as a store.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use tokio::task::JoinSet;

use super::{Condition, Content, Entry, Put, Reading, Store, StoreError, StorePlace};
use crate::source::aws::{Aws, AwsError, AwsOptions, Call, S3Clients, S3Location, S3Object, patiently};

/// Files that are put at the same time, and keys that are deleted at the same time.
const MOST_IN_FLIGHT: usize = 8;

/// Until a file is put as a whole: the time to send it counts. Standing still is noticed much earlier.
const FILE_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Until a connection for a file stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A folder of a bucket. The credentials are those of the environment or its profile, whoever reads inputs.
pub struct S3Store {
    aws: Aws,
    place: StorePlace,
}

impl S3Store {
    /// Finds out who asks, and where; nothing is asked yet.
    ///
    /// # Errors
    /// [`StoreError`] without a region.
    pub fn connect(place: &StorePlace) -> Result<S3Store, StoreError> {
        Ok(S3Store::over(Aws::connect(&AwsOptions::default())?, place))
    }

    /// With a connection that is ready.
    pub fn over(aws: Aws, place: &StorePlace) -> S3Store {
        S3Store { aws, place: place.clone() }
    }

    fn object(&self, key: &str) -> Object {
        Object {
            clients: Arc::clone(self.aws.s3_clients()),
            bucket: self.place.bucket.clone(),
            key: format!("{}{key}", self.place.prefix),
        }
    }

    /// Does something for each of many, some at a time.
    fn together<T, F>(&self, many: impl Iterator<Item = T>, each: impl Fn(T) -> F) -> Result<(), StoreError>
    where
        F: Future<Output = Result<(), AwsError>> + Send + 'static,
    {
        let mut waiting = many.map(each);
        self.aws.block_on(async {
            let mut flying = JoinSet::new();
            loop {
                while flying.len() < MOST_IN_FLIGHT
                    && let Some(next) = waiting.next()
                {
                    flying.spawn(next);
                }
                match flying.join_next().await {
                    None => return Ok(()),
                    Some(Ok(done)) => done?,
                    Some(Err(error)) => {
                        let stopped = std::io::Error::other(error);
                        return Err(StoreError::Io { name: self.place.to_string(), source: stopped });
                    }
                }
            }
        })
    }
}

impl Store for S3Store {
    fn name(&self, key: &str) -> String {
        format!("s3://{}/{}{key}", self.place.bucket, self.place.prefix)
    }

    fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError> {
        let prefix = format!("{}{prefix}", self.place.prefix);
        let location = S3Location { bucket: self.place.bucket.clone(), prefix };
        let mut entries = Vec::new();
        for object in self.aws.list_objects(&location, None) {
            let S3Object { key, bytes, etag, .. } = object?;
            if let Some(key) = key.strip_prefix(&self.place.prefix) {
                entries.push(Entry { key: key.to_owned(), bytes, etag });
            }
        }
        Ok(entries)
    }

    fn read(&self, key: &str) -> Result<Option<Content>, StoreError> {
        let object = self.object(key);
        Ok(self.aws.block_on(patiently(|| object.get()))?)
    }

    fn read_each<'a>(&'a self, entries: Vec<Entry>) -> Box<dyn Iterator<Item = Reading<'a>> + 'a> {
        let (bucket, prefix) = (self.place.bucket.clone(), self.place.prefix.clone());
        let objects = entries.into_iter().map(move |Entry { key, bytes, etag }| {
            let key = format!("{prefix}{key}");
            Ok(S3Object { bucket: bucket.clone(), key, bytes, etag, modified_ms: 0 })
        });
        // An error could only come from a list, and this list is here.
        Box::new(self.aws.prefetch(objects).flatten().map(|(object, reader)| {
            let key = object.key.strip_prefix(&self.place.prefix).unwrap_or(&object.key).to_owned();
            let entry = Entry { key, bytes: object.bytes, etag: object.etag };
            (entry, Box::new(reader) as Box<dyn Read>)
        }))
    }

    fn put(&self, key: &str, bytes: &[u8], condition: &Condition) -> Result<Put, StoreError> {
        let object = self.object(key);
        self.aws.block_on(async {
            let put = patiently(|| object.put(ByteStream::from(bytes.to_vec()), condition, None)).await?;
            if put == Put::Refused
                && let Some(there) = patiently(|| object.get()).await?
                && there.bytes == bytes
            {
                // The answer to an earlier attempt was lost on the way.
                return Ok(Put::Done(there.etag));
            }
            Ok(put)
        })
    }

    fn put_files(&self, files: &[(PathBuf, String)]) -> Result<(), StoreError> {
        self.together(files.iter(), |(path, key)| {
            let (object, path) = (self.object(key), path.clone());
            // Refused is done: nobody else uses these keys, so an earlier attempt has come through.
            async move { patiently(|| object.put_file(&path)).await.map(drop) }
        })
    }

    fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        self.together(keys.iter(), |key| {
            let object = self.object(key);
            async move { patiently(|| object.delete()).await }
        })
    }
}

/// One object, by its whole key.
struct Object {
    clients: Arc<S3Clients>,
    bucket: String,
    key: String,
}

impl Object {
    async fn get(&self) -> Result<Option<Content>, AwsError> {
        let call = self.clients.reading(&self.bucket, &self.key);
        loop {
            let request = self.clients.of(&self.bucket).get_object().bucket(&self.bucket).key(&self.key);
            match request.send().await {
                Ok(output) => {
                    let etag = output.e_tag.clone().unwrap_or_default();
                    let broke_off = |message: String| unavailable(&call, message);
                    let body = output.body.collect().await.map_err(|error| broke_off(error.to_string()))?;
                    return Ok(Some(Content { bytes: body.to_vec(), etag }));
                }
                Err(error) if self.clients.learn(&self.bucket, &error) => {}
                Err(error) if code(&error) == Some("NoSuchKey") => return Ok(None),
                Err(error) => return Err(AwsError::of(&call, &error)),
            }
        }
    }

    async fn put_file(&self, path: &Path) -> Result<Put, AwsError> {
        let call = self.clients.changing("s3:PutObject", &self.bucket, &self.key);
        let body = ByteStream::from_path(path).await.map_err(|error| AwsError::Other {
            action: call.action.to_owned(),
            resource: call.resource,
            message: format!("cannot read {}: {error}", path.display()),
        })?;
        self.put(body, &Condition::Absent, Some(FILE_TIMEOUT)).await
    }

    /// Puts it once. The body of a redirect is sent by the next of the patient attempts.
    async fn put(
        &self,
        body: ByteStream,
        condition: &Condition,
        timeout: Option<Duration>,
    ) -> Result<Put, AwsError> {
        let call = self.clients.changing("s3:PutObject", &self.bucket, &self.key);
        let mut request =
            self.clients.of(&self.bucket).put_object().bucket(&self.bucket).key(&self.key).body(body);
        request = match condition {
            Condition::Absent => request.if_none_match("*"),
            Condition::Matches(etag) => request.if_match(etag),
        };
        let mut request = request.customize();
        if let Some(timeout) = timeout {
            let timeouts =
                TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(timeout).build();
            request = request.config_override(aws_sdk_s3::Config::builder().timeout_config(timeouts));
        }
        match request.send().await {
            Ok(output) => match output.e_tag {
                Some(etag) => Ok(Put::Done(etag)),
                // S3 never answers without one: it was something on the way, and nobody knows what it did.
                None => Err(unavailable(&call, "an answer without a tag".to_owned())),
            },
            Err(error) if self.clients.learn(&self.bucket, &error) => {
                Err(unavailable(&call, "the bucket is in another region".to_owned()))
            }
            Err(error) => match (status(&error), code(&error)) {
                (Some(412), _) => Ok(Put::Refused),
                // A condition on an object that is gone.
                (Some(404), Some("NoSuchKey")) => Ok(Put::Refused),
                // Two puts at once: which of them happened is known when it is tried again.
                (Some(409), _) => Err(unavailable(&call, "another put was under way".to_owned())),
                _ => Err(AwsError::of(&call, &error)),
            },
        }
    }

    async fn delete(&self) -> Result<(), AwsError> {
        loop {
            let request = self.clients.of(&self.bucket).delete_object().bucket(&self.bucket).key(&self.key);
            match request.send().await {
                Ok(_) => return Ok(()),
                Err(error) if self.clients.learn(&self.bucket, &error) => {}
                Err(error) => {
                    let call = self.clients.changing("s3:DeleteObject", &self.bucket, &self.key);
                    return Err(AwsError::of(&call, &error));
                }
            }
        }
    }
}

fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|answer| answer.status().as_u16())
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

fn unavailable(call: &Call, message: String) -> AwsError {
    AwsError::Unavailable { action: call.action.to_owned(), resource: call.resource.clone(), message }
}
