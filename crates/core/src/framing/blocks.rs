//! A stream in blocks of whole lines or objects, so that threads can share them out.

use std::io::{self, Read};

use memchr::memrchr;

use super::kind::last_seam;

/// The longest line that is read; API Gateway's log entries end at 1 MB.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;

const BLOCK_BYTES: usize = 1024 * 1024;

/// Room for the first bytes of a block in new memory: to clear a whole block takes longer than to read one of the
/// small objects of which a bucket holds many.
const FIRST_BYTES: usize = 64 * 1024;

/// Whole lines of a unit.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The place of its first byte in the unit, after decompression.
    pub offset: u64,
    /// Lines with their ends; the last line of a unit may lack it.
    pub bytes: Vec<u8>,
    /// It is the beginning of one line longer than [`LONGEST_LINE`], whose rest was skipped.
    pub cut: bool,
}

/// Cuts a stream into blocks.
pub struct Blocks<R> {
    reader: R,
    /// Cut where one JSON object ends and the next begins, not at line ends.
    objects: bool,
    /// Read but not handed out: the beginning of a line.
    rest: Vec<u8>,
    /// Blocks that were done with, to be filled again.
    spare: Vec<Vec<u8>>,
    offset: u64,
    skipping: bool,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    /// Blocks of a stream of lines, or of JSON objects back to back.
    pub fn new(reader: R, objects: bool) -> Blocks<R> {
        Blocks {
            reader,
            objects,
            rest: Vec::new(),
            spare: Vec::new(),
            offset: 0,
            skipping: false,
            ended: false,
        }
    }

    /// Takes back the bytes of a block, so that a later one needs no new memory.
    pub fn recycle(&mut self, bytes: Vec<u8>) {
        self.spare.push(bytes);
    }

    /// The next block, or `None` at the end.
    ///
    /// # Errors
    /// What the stream says.
    pub fn next_block(&mut self) -> io::Result<Option<Block>> {
        loop {
            if self.ended {
                if self.rest.is_empty() || self.skipping {
                    return Ok(None);
                }
                let bytes = std::mem::take(&mut self.rest);
                return Ok(Some(self.block(bytes, false)));
            }
            let rest = std::mem::take(&mut self.rest);
            let had = rest.len();
            let mut bytes = match self.spare.pop() {
                Some(mut spare) if had < BLOCK_BYTES => {
                    // What it held is overwritten, not cleared first.
                    spare.resize(spare.len().max(had), 0);
                    spare[..had].copy_from_slice(&rest);
                    spare
                }
                _ => rest,
            };
            let count = self.fill(&mut bytes, had)?;
            self.ended = count < BLOCK_BYTES;
            if self.skipping {
                let Some(end) = memchr::memchr(b'\n', &bytes) else {
                    self.offset += bytes.len() as u64;
                    continue;
                };
                bytes.drain(..=end);
                self.offset += end as u64 + 1;
                self.skipping = false;
            }
            match self.cut(&bytes, had.min(bytes.len())) {
                Some(end) => {
                    self.rest = bytes.split_off(end);
                    return Ok(Some(self.block(bytes, false)));
                }
                // No line end is where reading could go on, so nothing of the input is kept.
                None if bytes.len() > LONGEST_LINE && self.objects => {
                    let problem = format!("no object ends within {LONGEST_LINE} bytes");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
                }
                None if bytes.len() > LONGEST_LINE => {
                    self.skipping = true;
                    return Ok(Some(self.block(bytes, true)));
                }
                None => self.rest = bytes,
            }
        }
    }

    /// Reads a block's bytes behind the first `had`, or what is left; large reads spare the copies of those in
    /// between.
    fn fill(&mut self, bytes: &mut Vec<u8>, had: usize) -> io::Result<usize> {
        let mut room = if bytes.capacity() < had + BLOCK_BYTES { FIRST_BYTES } else { BLOCK_BYTES };
        let mut count = 0;
        bytes.resize(had + room, 0);
        while count < BLOCK_BYTES {
            if count == room {
                room = BLOCK_BYTES;
                bytes.resize(had + room, 0);
            }
            match self.reader.read(&mut bytes[had + count..]) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(had + count);
        Ok(count)
    }

    /// Where the last whole line or object ends; nothing ends before `from`.
    fn cut(&self, bytes: &[u8], from: usize) -> Option<usize> {
        if self.objects {
            // A seam may have begun in what was there before.
            return last_seam(bytes);
        }
        memrchr(b'\n', &bytes[from..]).map(|end| from + end + 1)
    }

    fn block(&mut self, bytes: Vec<u8>, cut: bool) -> Block {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        Block { offset, bytes, cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time, as a pipe does.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn all(reader: impl Read) -> Vec<Block> {
        let mut blocks = Blocks::new(reader, false);
        let mut found = Vec::new();
        while let Some(block) = blocks.next_block().unwrap() {
            // Memory that comes back still holds what it held, more or less of it than is needed next.
            blocks.recycle(b"an older line\n".repeat(found.len() * 40_000));
            found.push(block);
        }
        found
    }

    #[test]
    fn blocks_hold_whole_lines_and_add_up() {
        let line = format!("{}\n", "x".repeat(1000));
        let text = format!("{}last", line.repeat(5000));
        for reader in [Drip(text.as_bytes(), 7777), Drip(text.as_bytes(), usize::MAX)] {
            let blocks = all(reader);
            assert!(blocks.len() > 2);
            let mut at = 0;
            for block in &blocks {
                assert_eq!(block.offset, at);
                at += block.bytes.len() as u64;
            }
            assert!(blocks[..blocks.len() - 1].iter().all(|block| block.bytes.ends_with(b"\n")));
            assert_eq!(blocks.concat_bytes(), text.as_bytes());
        }
    }

    #[test]
    fn an_object_without_an_end_is_an_error() {
        let text = format!("{{\"a\":\"{}", "x".repeat(LONGEST_LINE + 2 * BLOCK_BYTES));
        assert!(Blocks::new(text.as_bytes(), true).next_block().is_err());
    }

    #[test]
    fn objects_back_to_back_are_cut_between_them() {
        let text = "{\"a\":\"b\"}".repeat(300_000);
        let mut blocks = Blocks::new(Drip(text.as_bytes(), 7777), true);
        let mut whole = Vec::new();
        while let Some(block) = blocks.next_block().unwrap() {
            assert!(block.bytes.starts_with(b"{") && block.bytes.ends_with(b"}"));
            whole.extend(block.bytes);
        }
        assert_eq!(whole, text.as_bytes());
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_line_is_read() {
        let long = "y".repeat(LONGEST_LINE + 3 * BLOCK_BYTES);
        let blocks = all(format!("a\n{long}\nb\nc").as_bytes());
        let cut: Vec<&Block> = blocks.iter().filter(|block| block.cut).collect();
        assert_eq!(cut.len(), 1);
        let last: Vec<u8> = blocks.iter().rev().take(2).rev().flat_map(|block| block.bytes.clone()).collect();
        assert!(last.ends_with(b"b\nc"));
        let b = blocks.iter().find(|block| block.bytes.starts_with(b"b\n")).unwrap();
        assert_eq!(b.offset, 2 + long.len() as u64 + 1);
    }

    trait Concat {
        fn concat_bytes(&self) -> Vec<u8>;
    }

    impl Concat for Vec<Block> {
        fn concat_bytes(&self) -> Vec<u8> {
            self.iter().flat_map(|block| block.bytes.clone()).collect()
        }
    }
}
