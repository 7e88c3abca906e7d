//! Compression by content: gzip of any number of members, zstd, bzip2 and snappy, also one inside
//! another, as a stream that compresses what a subscription has compressed already.

use std::io::{self, BufRead, BufReader, Cursor, Read};

/// Layers that are taken off; more of them are no log.
const MOST_LAYERS: usize = 3;

/// The most that one block of Hadoop's snappy may hold.
const LARGEST_BLOCK: usize = 64 * 1024 * 1024;

/// Bytes that are looked at to tell compressions apart.
const MAGIC_BYTES: usize = 16;

/// Takes off every layer of compression.
///
/// # Errors
/// What the stream or a decoder's header says.
pub(super) fn decompress<'a>(mut reader: Box<dyn BufRead + 'a>) -> io::Result<Box<dyn BufRead + 'a>> {
    for _ in 0..MOST_LAYERS {
        let (magic, whole) = peek(reader, MAGIC_BYTES)?;
        reader = if magic.starts_with(&[0x1f, 0x8b]) {
            // AWS writes gzip of several members; a decoder of one member would drop the rest in silence.
            buffered(flate2::bufread::MultiGzDecoder::new(whole))
        } else if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            buffered(zstd::stream::read::Decoder::with_buffer(whole)?)
        } else if magic.starts_with(b"BZh") && magic.get(4..10) == Some(b"1AY&SY") {
            buffered(bzip2::bufread::MultiBzDecoder::new(whole))
        } else if magic.starts_with(b"\xff\x06\x00\x00sNaPpY") {
            buffered(snap::read::FrameDecoder::new(whole))
        } else if is_hadoop_snappy(&magic) {
            buffered(HadoopSnappy { inner: whole, left: 0, block: Cursor::new(Vec::new()) })
        } else {
            return Ok(whole);
        };
    }
    Ok(reader)
}

/// A file without its compression, `most` bytes at most.
///
/// # Errors
/// What a decoder says, or that there is more.
pub fn unpacked(bytes: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    let limit = most as u64 + 1;
    decompress(Box::new(Cursor::new(bytes)))?.take(limit).read_to_end(&mut whole)?;
    if whole.len() > most {
        return Err(io::Error::other(format!("more than {most} bytes, which is no such file")));
    }
    Ok(whole)
}

fn buffered<'a>(reader: impl Read + 'a) -> Box<dyn BufRead + 'a> {
    Box::new(BufReader::with_capacity(128 * 1024, reader))
}

/// The first bytes of a stream, and the stream as if they had not been read.
pub(super) fn peek<'a>(
    mut reader: Box<dyn BufRead + 'a>,
    count: usize,
) -> io::Result<(Vec<u8>, Box<dyn BufRead + 'a>)> {
    let mut head = Vec::with_capacity(count);
    reader.by_ref().take(count as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(reader))))
}

/// Hadoop's blocks have no magic: two lengths, and a snappy block that says its own.
fn is_hadoop_snappy(head: &[u8]) -> bool {
    let number = |at: usize| {
        let bytes: [u8; 4] = head.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    };
    let (Some(block), Some(chunk)) = (number(0), number(4)) else { return false };
    let own = head.get(8..).and_then(|chunk| snap::raw::decompress_len(chunk).ok());
    (1..=LARGEST_BLOCK).contains(&block)
        && (1..=LARGEST_BLOCK).contains(&chunk)
        && own.is_some_and(|own| own > 0 && own <= block)
}

/// Blocks of `length of the block, (length of a chunk, chunk)...`, lengths big-endian.
struct HadoopSnappy<'a> {
    inner: Box<dyn BufRead + 'a>,
    /// Bytes of the block that are still to come.
    left: usize,
    block: Cursor<Vec<u8>>,
}

impl HadoopSnappy<'_> {
    fn length(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 4];
        self.inner.read_exact(&mut bytes)?;
        let length = u32::from_be_bytes(bytes) as usize;
        if length > LARGEST_BLOCK {
            let problem = format!("a snappy block of {length} bytes is beyond {LARGEST_BLOCK}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok(length)
    }
}

impl Read for HadoopSnappy<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.block.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            if self.left == 0 {
                if self.inner.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                self.left = self.length()?;
                continue;
            }
            let mut chunk = vec![0; self.length()?];
            self.inner.read_exact(&mut chunk)?;
            let invalid = |error: snap::Error| io::Error::new(io::ErrorKind::InvalidData, error);
            let plain = snap::raw::Decoder::new().decompress_vec(&chunk).map_err(invalid)?;
            self.left = self.left.saturating_sub(plain.len());
            self.block = Cursor::new(plain);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn hadoop(chunks: &[&[u8]]) -> Vec<u8> {
        let plain: usize = chunks.iter().map(|chunk| chunk.len()).sum();
        let mut out = u32::try_from(plain).unwrap().to_be_bytes().to_vec();
        for chunk in chunks {
            let packed = snap::raw::Encoder::new().compress_vec(chunk).unwrap();
            out.extend(u32::try_from(packed.len()).unwrap().to_be_bytes());
            out.extend(packed);
        }
        out
    }

    fn read(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        decompress(Box::new(Cursor::new(bytes)))?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn every_compression_is_taken_off() {
        let text = b"one line of a log\nanother line of a log\n".repeat(50);
        let mut framed = snap::write::FrameEncoder::new(Vec::new());
        framed.write_all(&text).unwrap();
        let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip.write_all(&text).unwrap();
        let cases = [
            text.clone(),
            gzip(&text),
            gzip(&gzip(&text)),
            zstd::encode_all(&text[..], 1).unwrap(),
            bzip.finish().unwrap(),
            framed.into_inner().unwrap(),
            [hadoop(&[&text[..900], &text[900..1000]]), hadoop(&[&text[1000..]])].concat(),
        ];
        for case in cases {
            assert_eq!(read(case).unwrap(), text);
        }
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        let text = b"one line of a log\n".repeat(500);
        for whole in [gzip(&text), zstd::encode_all(&text[..], 1).unwrap(), hadoop(&[&text])] {
            assert!(read(whole[..whole.len() - 3].to_vec()).is_err());
        }
    }
}
