//! Arrivals kept aside, for questions that need more than one pass: how much traffic may grow, which burst passes
//! 99.9 %.
//!
//! A month can have more arrivals than fit into memory. They are written as differences of a byte or two into a
//! temporary file without a name, an hour of a bucket at a time, and read again hour by hour. Small ones stay in
//! memory.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use gwcost_core::simulate::Arrival;
use tempfile::SpooledTempFile;

/// Bytes that stay in memory.
const IN_MEMORY: usize = 64 << 20;

/// Arrivals by bucket.
pub struct Spill {
    /// Threads read it in turns.
    file: Mutex<SpooledTempFile>,
    end: u64,
    buffer: Vec<u8>,
}

/// Where the arrivals of a bucket are.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    offset: u64,
    bytes: usize,
    arrivals: usize,
}

impl Spill {
    /// With nothing in it.
    pub fn new() -> Spill {
        Spill { file: Mutex::new(SpooledTempFile::new(IN_MEMORY)), end: 0, buffer: Vec::new() }
    }

    /// Adds arrivals of a bucket, in time order and later than those before.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep(&mut self, kept: &mut Kept, arrivals: &[Arrival]) -> io::Result<()> {
        self.buffer.clear();
        let mut last = 0;
        for arrival in arrivals {
            // Between the first time and those after it, wrapping is undone when it is read.
            put(&mut self.buffer, arrival.ms.wrapping_sub(last).cast_unsigned());
            put(&mut self.buffer, u64::from(arrival.count));
            last = arrival.ms;
        }
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(&self.buffer)?;
        kept.blocks.push(Block { offset: self.end, bytes: self.buffer.len(), arrivals: arrivals.len() });
        self.end += u64::try_from(self.buffer.len()).unwrap_or_default();
        Ok(())
    }

    /// Shows the arrivals of a bucket in time order.
    ///
    /// # Errors
    /// What the disk says.
    pub fn each(&self, kept: &Kept, mut show: impl FnMut(&[Arrival])) -> io::Result<()> {
        let (mut buffer, mut arrivals) = (Vec::new(), Vec::new());
        for block in &kept.blocks {
            buffer.resize(block.bytes, 0);
            {
                let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(block.offset))?;
                file.read_exact(&mut buffer)?;
            }
            arrivals.clear();
            arrivals.reserve(block.arrivals);
            let (mut at, mut ms) = (0, 0_i64);
            for _ in 0..block.arrivals {
                ms = ms.wrapping_add(get(&buffer, &mut at)?.cast_signed());
                let count = u32::try_from(get(&buffer, &mut at)?).unwrap_or(u32::MAX);
                arrivals.push(Arrival { ms, count });
            }
            show(&arrivals);
        }
        Ok(())
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn get(bytes: &[u8], at: &mut usize) -> io::Result<u64> {
    let (mut number, mut shift) = (0_u64, 0);
    loop {
        let byte = *bytes.get(*at).ok_or(io::ErrorKind::UnexpectedEof)?;
        *at += 1;
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        if byte < 0x80 {
            return Ok(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_by_bucket_and_in_order() {
        let mut spill = Spill::new();
        let (mut one, mut other) = (Kept::default(), Kept::default());
        let hour = |start: i64| -> Vec<Arrival> {
            (0..1000).map(|at| Arrival { ms: start + at * at, count: 1 + at as u32 * 3 }).collect()
        };
        let (first, second) = (hour(-5), hour(1_790_812_800_000));
        spill.keep(&mut one, &first).unwrap();
        spill.keep(&mut other, &second[..1]).unwrap();
        spill.keep(&mut one, &second).unwrap();
        let read = |kept: &Kept| {
            let mut all = Vec::new();
            spill.each(kept, |arrivals| all.extend_from_slice(arrivals)).unwrap();
            all
        };
        assert_eq!(read(&one), [first, second.clone()].concat());
        assert_eq!(read(&other), second[..1]);
        assert_eq!(read(&one).len(), 2000);
    }
}
