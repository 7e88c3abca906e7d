//! Bytes as they are stored: counted and hashed on the way, decompressed by what they are.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

use super::{Input, SourceError};

const BUFFER_BYTES: usize = 256 * 1024;

#[derive(Default)]
struct Tally {
    hash: blake3::Hasher,
    bytes: u64,
}

struct Counted<R> {
    inner: R,
    tally: Rc<RefCell<Tally>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut tally = self.tally.borrow_mut();
        tally.hash.update(&buffer[..count]);
        tally.bytes += count as u64;
        Ok(count)
    }
}

/// An input that is open for reading, with what has been read of it so far.
pub struct Stored {
    reader: Box<dyn Read>,
    tally: Rc<RefCell<Tally>>,
}

impl Stored {
    /// Bytes as stored that were read so far.
    pub fn stored_bytes(&self) -> u64 {
        self.tally.borrow().bytes
    }

    /// BLAKE3 of the stored bytes, once all are read.
    pub fn digest(&self) -> String {
        self.tally.borrow().hash.finalize().to_hex().to_string()
    }
}

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// Opens an input. Gzip (of any number of members) and zstd are recognised by their first bytes.
///
/// # Errors
/// [`SourceError::Io`].
pub fn open(input: &Input) -> Result<Stored, SourceError> {
    let name = input.name();
    let raw: Box<dyn Read> = match input {
        Input::Stdin => Box::new(io::stdin()),
        Input::File(path) => Box::new(File::open(path).map_err(SourceError::io(&name, "cannot open"))?),
    };
    let tally = Rc::new(RefCell::new(Tally::default()));
    let mut counted =
        BufReader::with_capacity(BUFFER_BYTES, Counted { inner: raw, tally: Rc::clone(&tally) });
    let mut magic = Vec::with_capacity(4);
    counted.by_ref().take(4).read_to_end(&mut magic).map_err(SourceError::io(&name, "cannot read"))?;
    let gzip = magic.starts_with(&[0x1f, 0x8b]);
    let zstd = magic == [0x28, 0xb5, 0x2f, 0xfd];
    let whole = Cursor::new(magic).chain(counted);
    let reader: Box<dyn Read> = if gzip {
        // AWS writes gzip of several members; a decoder of one member would drop the rest in silence.
        Box::new(flate2::read::MultiGzDecoder::new(whole))
    } else if zstd {
        Box::new(
            zstd::stream::read::Decoder::new(whole).map_err(SourceError::io(&name, "cannot decompress"))?,
        )
    } else {
        Box::new(whole)
    };
    Ok(Stored { reader, tally })
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
        let mut stored = open(&Input::File(path)).unwrap();
        let mut text = String::new();
        stored.read_to_string(&mut text)?;
        assert_eq!(stored.digest(), blake3::hash(bytes).to_hex().to_string());
        assert_eq!(stored.stored_bytes(), bytes.len() as u64);
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
