//! One range of an object, whole or not at all: what breaks off is asked for again from where it ended.

use std::ops::Range;

use aws_sdk_s3::operation::get_object::GetObjectOutput;

use super::error::AwsError;
use super::patience::{patiently, pause};
use super::s3::S3Object;
use super::s3_client::S3Clients;

/// Bodies that may break off without having brought anything worth mentioning.
const MOST_BREAKS: u32 = 10;

/// What is worth mentioning. An answer that brought so much does not count as a failure, so that a bad
/// connection is slow and not fatal; with it, no range is asked for without end.
const PROGRESS_BYTES: usize = 64 * 1024;

/// The bytes of a range, and the entity tag that they belong to.
pub(super) struct Part {
    /// As many as the range has.
    pub(super) bytes: Vec<u8>,
    /// The tag with which S3 answered.
    pub(super) etag: Option<String>,
}

/// Reads a range of an object that has the tag `etag`, or any if that is `None`.
///
/// # Errors
/// [`AwsError::Changed`] if the object is not the one that was listed; else why it could not be read.
pub(super) async fn fetch(
    clients: &S3Clients,
    object: &S3Object,
    range: Range<u64>,
    etag: Option<String>,
) -> Result<Part, AwsError> {
    let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    let mut part = Part { bytes: Vec::with_capacity(length), etag };
    let mut breaks = 0;
    while part.bytes.len() < length {
        let before = part.bytes.len();
        let left = range.start + before as u64..range.end;
        let output = patiently(|| ask(clients, object, left.clone(), part.etag.as_deref())).await?;
        let problem = match compare(object, &left, part.etag.as_deref(), &output) {
            Likeness::Same => {
                part.etag = output.e_tag.clone().or(part.etag);
                let Err(problem) = collect(output, &mut part.bytes, length).await else { continue };
                problem
            }
            Likeness::Changed => return Err(AwsError::Changed { resource: object.name() }),
            Likeness::Broken => "an answer that is not what was asked for".to_owned(),
        };
        if part.bytes.len() >= length {
            // Every byte came, and then it failed: a checksum, or more than was asked for.
            part.bytes.clear();
        }
        if part.bytes.len() < before + PROGRESS_BYTES {
            breaks += 1;
        }
        if breaks > MOST_BREAKS {
            let at = range.start + part.bytes.len() as u64;
            let call = clients.reading(&object.bucket, &object.key);
            return Err(AwsError::Unavailable {
                action: call.action.to_owned(),
                resource: call.resource,
                message: format!("broke off at byte {at} of {}, again and again: {problem}", object.bytes),
            });
        }
        tracing::debug!(object = object.name(), problem, at = part.bytes.len(), "a body broke off");
        tokio::time::sleep(pause(breaks.max(1))).await;
    }
    Ok(part)
}

async fn ask(
    clients: &S3Clients,
    object: &S3Object,
    range: Range<u64>,
    etag: Option<&str>,
) -> Result<GetObjectOutput, AwsError> {
    let request = clients.of(&object.bucket).get_object().bucket(&object.bucket).key(&object.key);
    // A whole object is asked for without a range, so that the SDK compares the checksum that S3 has of it.
    let part = (range.start > 0 || range.end < object.bytes)
        .then(|| format!("bytes={}-{}", range.start, range.end.saturating_sub(1)));
    let request = request.set_range(part).set_if_match(etag.map(str::to_owned));
    request.send().await.map_err(|error| AwsError::of(&clients.reading(&object.bucket, &object.key), &error))
}

/// How an answer compares to what was listed and asked for.
#[derive(Debug, PartialEq, Eq)]
enum Likeness {
    /// It is a part of that object.
    Same,
    /// It is a part of another content.
    Changed,
    /// It has the right tag and the wrong bytes: something on the way has lost them.
    Broken,
}

/// Holds an answer to what was listed. Not every server minds `If-Match`, so the tag is compared here too.
fn compare(object: &S3Object, range: &Range<u64>, etag: Option<&str>, output: &GetObjectOutput) -> Likeness {
    let same_tag = etag.zip(output.e_tag.as_deref()).map(|(etag, got)| bare(etag) == bare(got));
    let length = output.content_length.and_then(|length| u64::try_from(length).ok());
    let answered = match output.content_range.as_deref() {
        Some(text) => read_range(text),
        None => length.map(|length| (0..length, length)),
    };
    let fits = length.is_none_or(|length| length == range.end - range.start)
        && answered.is_none_or(|(part, total)| part == *range && total == object.bytes);
    match (same_tag, fits) {
        (None | Some(true), true) => Likeness::Same,
        (Some(true), false) => Likeness::Broken,
        // S3 never answers without a tag: it was something on the way.
        (None, false) if output.e_tag.is_none() => Likeness::Broken,
        (Some(false), _) | (None, false) => Likeness::Changed,
    }
}

/// A tag without its quotes, and without the mark of a weak one.
fn bare(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"')
}

/// `bytes 0-9/100`: a range, and the size of the whole.
fn read_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (part, total) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    let (first, last) = part.split_once('-')?;
    Some((
        first.trim().parse().ok()?..last.trim().parse::<u64>().ok()?.checked_add(1)?,
        total.trim().parse().ok()?,
    ))
}

/// Adds a body to what there is, up to `length` in all. What came before a break stays.
async fn collect(output: GetObjectOutput, bytes: &mut Vec<u8>, length: usize) -> Result<(), String> {
    let mut body = output.body;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| super::error::words(&error))?;
        if chunk.len() > length - bytes.len() {
            bytes.extend_from_slice(&chunk[..length - bytes.len()]);
            return Err("more bytes than were asked for".to_owned());
        }
        bytes.extend_from_slice(&chunk);
    }
    if bytes.len() < length { Err("the body ended early".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> S3Object {
        S3Object { bucket: "b".into(), key: "k".into(), bytes: 100, etag: None, modified_ms: 0 }
    }

    fn answer(length: i64, range: Option<&str>, etag: &str) -> GetObjectOutput {
        let output = GetObjectOutput::builder().content_length(length).e_tag(etag);
        output.set_content_range(range.map(str::to_owned)).build()
    }

    #[test]
    fn an_answer_is_held_to_what_was_listed() {
        let compare = |output| compare(&object(), &(10..20), Some("\"a\""), &output);
        assert_eq!(compare(answer(10, Some("bytes 10-19/100"), "\"a\"")), Likeness::Same);
        assert_eq!(compare(answer(10, Some("bytes 10-19/100"), "\"b\"")), Likeness::Changed);
        assert_eq!(compare(answer(10, Some("bytes 10-19/90"), "\"b\"")), Likeness::Changed);
        assert_eq!(compare(answer(10, Some("bytes 0-9/100"), "\"a\"")), Likeness::Broken);
        assert_eq!(compare(answer(100, None, "\"a\"")), Likeness::Broken, "a server that knows no ranges");
        assert_eq!(compare(answer(0, None, "\"a\"")), Likeness::Broken, "nothing");
    }

    #[test]
    fn without_a_tag_the_size_has_to_do() {
        let compare = |output| compare(&object(), &(0..100), None, &output);
        assert_eq!(compare(answer(100, None, "x")), Likeness::Same);
        assert_eq!(compare(answer(100, Some("bytes 0-99/100"), "x")), Likeness::Same);
        assert_eq!(compare(answer(101, None, "x")), Likeness::Changed);
        assert_eq!(compare(GetObjectOutput::builder().content_length(101).build()), Likeness::Broken);
    }

    #[test]
    fn ranges_are_read() {
        assert_eq!(read_range("bytes 10-19/100"), Some((10..20, 100)));
        assert_eq!(read_range("bytes */100"), None);
    }
}
