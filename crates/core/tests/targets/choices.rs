//! Choices taken from bytes: what a fuzzer or a property test hands in becomes a case.
//!
//! Every choice takes one byte, and 0 once there are none left, so the first alternative should be
//! the plainest: shorter inputs are then simpler cases.

/// Bytes that are not used up yet.
pub struct Choices<'b>(pub &'b [u8]);

impl Choices<'_> {
    /// The next byte, 0 at the end.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `count`, which is at most 256.
    pub fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    /// One of some items.
    pub fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Yes once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }
}
