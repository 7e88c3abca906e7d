//! Bytes as they are stored: counted and hashed on the way, decompressed by what they are.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::rc::Rc;

use gwcost_core::framing::{Blocks, Events, Framing};

use super::archive;
use super::compression::{decompress, peek};
use super::{Input, SourceError};

const BUFFER_BYTES: usize = 256 * 1024;

/// A buffer for the smallest of inputs.
const LEAST_BUFFER_BYTES: usize = 8 * 1024;

/// Bytes that are looked at to recognise the framing.
const HEAD_BYTES: usize = 64 * 1024;

#[derive(Default)]
struct Counts {
    hash: blake3::Hasher,
    bytes: u64,
}

struct Counted<R> {
    inner: R,
    counts: Rc<RefCell<Counts>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut counts = self.counts.borrow_mut();
        counts.hash.update(&buffer[..count]);
        counts.bytes += count as u64;
        Ok(count)
    }
}

/// What has been read of an input so far, as stored.
#[derive(Clone)]
pub struct Tally(Rc<RefCell<Counts>>);

impl Tally {
    /// Bytes as stored.
    pub fn bytes(&self) -> u64 {
        self.0.borrow().bytes
    }

    /// BLAKE3 of the stored bytes, once all are read.
    pub fn digest(&self) -> String {
        self.0.borrow().hash.finalize().to_hex().to_string()
    }
}

/// An input that is open for reading.
pub enum Opened {
    /// Lines or objects, in blocks that threads can share out.
    Blocks(Blocks<Box<dyn BufRead>>),
    /// Events with their own times.
    Events(Events),
}

/// Opens an input: takes off compression and recognises the framing, unless one is given. `json`
/// says that events are JSON objects.
///
/// # Errors
/// [`SourceError::Io`].
pub fn open(
    input: &Input,
    framing: Option<Framing>,
    json: bool,
) -> Result<(Opened, Framing, Tally), SourceError> {
    let raw: Box<dyn Read> = match input {
        Input::Stdin => Box::new(io::stdin()),
        Input::File(path) => {
            Box::new(File::open(path).map_err(SourceError::io(&input.name(), "cannot open"))?)
        }
        Input::Object(object) => Box::new(object.read()),
    };
    open_read(input, raw, framing, json)
}

/// Opens an input whose bytes, as stored, somebody has begun to read already.
///
/// # Errors
/// [`SourceError::Io`].
pub fn open_read(
    input: &Input,
    raw: Box<dyn Read>,
    framing: Option<Framing>,
    json: bool,
) -> Result<(Opened, Framing, Tally), SourceError> {
    let name = input.name();
    let counts = Rc::new(RefCell::new(Counts::default()));
    let counted = Counted { inner: raw, counts: Rc::clone(&counts) };
    let stored = Box::new(BufReader::with_capacity(buffer_bytes(input), counted));
    let (magic, mut stored) =
        peek(stored, archive::MAGIC.len()).map_err(SourceError::io(&name, "cannot read"))?;
    let plain = if magic == archive::MAGIC {
        let file = spooled(input, &mut stored).map_err(SourceError::io(&name, "cannot read"))?;
        let text = archive::read(file).map_err(SourceError::io(&name, "cannot read the zip archive"))?;
        Box::new(BufReader::with_capacity(BUFFER_BYTES, text))
    } else {
        decompress(stored).map_err(SourceError::io(&name, "cannot decompress"))?
    };
    let (head, whole) = peek(plain, HEAD_BYTES).map_err(SourceError::io(&name, "cannot read"))?;
    let framing = framing.unwrap_or_else(|| Framing::of(&head, json));
    let opened = match framing {
        Framing::Lines | Framing::Objects => Opened::Blocks(Blocks::new(whole, framing == Framing::Objects)),
        _ => match Events::new(framing, whole).map_err(SourceError::io(&name, "cannot read"))? {
            Some(events) => Opened::Events(events),
            None => return Err(SourceError::io(&name, "cannot read")(io::Error::other("no events"))),
        },
    };
    Ok((opened, framing, Tally(counts)))
}

/// Room for what is read of an input at once. A buffer is cleared before it is used, which for many small objects
/// takes longer than reading them.
fn buffer_bytes(input: &Input) -> usize {
    let bytes = match input {
        Input::Object(object) => object.bytes(),
        Input::File(path) => std::fs::metadata(path).map_or(u64::MAX, |data| data.len()),
        Input::Stdin => u64::MAX,
    };
    // One more, so that the end is seen with the last byte.
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).saturating_add(1);
    bytes.clamp(LEAST_BUFFER_BYTES, BUFFER_BYTES)
}

/// All of an input as a file: the list of an archive's files is at its end. Reads it whole, so that all of
/// it is counted and hashed.
fn spooled(input: &Input, stored: &mut dyn Read) -> io::Result<File> {
    match input {
        Input::File(path) => {
            io::copy(stored, &mut io::sink())?;
            File::open(path)
        }
        _ => {
            let mut file = tempfile::tempfile()?;
            io::copy(stored, &mut file)?;
            file.rewind()?;
            Ok(file)
        }
    }
}

/// The digests of a file's first bytes, for each of the given lengths (in ascending order) that it has.
///
/// # Errors
/// [`SourceError::Io`].
pub fn digests_at(input: &Input, lengths: &[u64]) -> Result<HashMap<u64, String>, SourceError> {
    let Input::File(path) = input else { return Ok(HashMap::new()) };
    let name = input.name();
    let mut file = File::open(path).map_err(SourceError::io(&name, "cannot open"))?;
    let mut hash = blake3::Hasher::new();
    let (mut digests, mut at) = (HashMap::new(), 0);
    for length in lengths {
        let mut part = file.by_ref().take(length.saturating_sub(at));
        let count = io::copy(&mut part, &mut hash).map_err(SourceError::io(&name, "cannot read"))?;
        at += count;
        if at < *length {
            break;
        }
        digests.insert(*length, hash.finalize().to_hex().to_string());
    }
    Ok(digests)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        std::fs::write(&path, bytes).unwrap();
        let (opened, _, tally) = match open(&Input::File(path), None, false) {
            Ok(opened) => opened,
            Err(error) => return Err(io::Error::other(error)),
        };
        let Opened::Blocks(mut blocks) = opened else { panic!("not lines") };
        let mut text = String::new();
        while let Some(block) = blocks.next_block()? {
            text.push_str(std::str::from_utf8(&block.bytes).unwrap());
        }
        assert_eq!(tally.digest(), blake3::hash(bytes).to_hex().to_string());
        assert_eq!(tally.bytes(), bytes.len() as u64);
        Ok(text)
    }

    #[test]
    fn compression_is_recognised_by_content() {
        assert_eq!(read(b"plain\n").unwrap(), "plain\n");
        assert_eq!(read(b"").unwrap(), "");
        assert_eq!(read(b"x").unwrap(), "x");
        assert_eq!(read(&[gzip("one\n"), gzip("two\n")].concat()).unwrap(), "one\ntwo\n");
        let frames =
            [zstd::encode_all(&b"one\n"[..], 1).unwrap(), zstd::encode_all(&b"two\n"[..], 1).unwrap()];
        assert_eq!(read(&frames.concat()).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_truncated_file_is_an_error_and_not_a_short_one() {
        let whole = gzip(&"a line of a log\n".repeat(1000));
        assert!(read(&whole[..whole.len() - 10]).is_err());
    }

    #[test]
    fn beginnings_have_digests() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        std::fs::write(&path, "abcdef").unwrap();
        let digests = digests_at(&Input::File(path), &[3, 6, 9]).unwrap();
        assert_eq!(digests.len(), 2);
        assert_eq!(digests[&3], blake3::hash(b"abc").to_hex().to_string());
        assert_eq!(digests[&6], blake3::hash(b"abcdef").to_hex().to_string());
    }
}
