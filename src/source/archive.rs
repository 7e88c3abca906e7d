//! Zip archives: their files one after the other, as one stream.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};

use crossbeam_channel::{Receiver, Sender, bounded};
use zip::ZipArchive;

use super::compression::decompress;

/// How a zip archive begins, unless it is empty.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";

const PART_BYTES: usize = 256 * 1024;

/// Parts of the text, from a thread of their own: an archive's files borrow from it.
struct Parts {
    receiver: Receiver<io::Result<Vec<u8>>>,
    part: Cursor<Vec<u8>>,
}

/// The text of an archive, each of its files decompressed. A file that does not end with a line end gets
/// one, so that lines of two files stay apart.
///
/// # Errors
/// When it is no archive; what is wrong inside comes when it is read.
pub(super) fn read(file: File) -> io::Result<impl Read> {
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let (sender, receiver) = bounded(4);
    std::thread::Builder::new().name("zip".to_owned()).spawn(move || {
        if let Err(error) = send(&mut archive, &sender) {
            // Nobody listens any more if the reader is gone.
            let _ = sender.send(Err(error));
        }
    })?;
    Ok(Parts { receiver, part: Cursor::new(Vec::new()) })
}

fn send(archive: &mut ZipArchive<BufReader<File>>, sender: &Sender<io::Result<Vec<u8>>>) -> io::Result<()> {
    for index in 0..archive.len() {
        let file = archive.by_index(index)?;
        let name = file.name()?.into_owned();
        // macOS puts what it knows of each file beside it.
        if file.is_dir() || name.starts_with("__MACOSX/") {
            continue;
        }
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{name} in the archive: {error}"));
        let mut text = decompress(Box::new(BufReader::new(file))).map_err(named)?;
        let mut last = b'\n';
        loop {
            let mut part = Vec::with_capacity(PART_BYTES);
            text.by_ref().take(PART_BYTES as u64).read_to_end(&mut part).map_err(named)?;
            let Some(end) = part.last() else { break };
            last = *end;
            if sender.send(Ok(part)).is_err() {
                return Ok(());
            }
        }
        if last != b'\n' && sender.send(Ok(vec![b'\n'])).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.part.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.receiver.recv() {
                Ok(part) => self.part = Cursor::new(part?),
                // The thread is done.
                Err(_) => return Ok(0),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> File {
        let mut zip = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        let mut file = zip.finish().unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn files_of_an_archive_follow_each_other() {
        let zstd = zstd::encode_all(&b"three\n"[..], 1).unwrap();
        let file = archive(&[
            ("a.log", b"one\ntwo"),
            ("empty.log", b""),
            ("__MACOSX/a.log", b"nothing of ours"),
            ("b.log.zst", &zstd),
        ]);
        let mut text = String::new();
        read(file).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\nthree\n");
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_a_short_one() {
        let mut file = archive(&[("a.log", &b"a line of a log\n".repeat(5000))]);
        file.seek(io::SeekFrom::Start(60)).unwrap();
        file.write_all(b"damaged").unwrap();
        file.rewind().unwrap();
        let mut text = Vec::new();
        assert!(read(file).and_then(|mut read| read.read_to_end(&mut text)).is_err());
    }
}
