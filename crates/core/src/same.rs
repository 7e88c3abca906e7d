//! Comparing and searching short texts without a call: on the hot path most are between four and 32 bytes.

use memchr::memchr;

/// Whether two texts are equal.
#[inline]
pub fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        4..8 => ends::<4>(one) == ends::<4>(other),
        8..=16 => ends::<8>(one) == ends::<8>(other),
        17..=32 => ends::<16>(one) == ends::<16>(other),
        _ => one == other,
    }
}

/// The first and the last `N` bytes, which overlap where there are fewer than twice as many.
#[inline]
fn ends<const N: usize>(text: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
    text.first_chunk().zip(text.last_chunk())
}

/// A one in every byte.
const ONES: u64 = u64::from_le_bytes([1; 8]);
/// Words that are looked at here before the rest is left to who is best at long ones.
const NEAR_WORDS: usize = 3;

/// The place of the first `byte`.
#[inline]
pub fn find(byte: u8, text: &[u8]) -> Option<usize> {
    let words = text.as_chunks::<8>().0;
    let near = &words[..words.len().min(NEAR_WORDS)];
    for (index, word) in near.iter().enumerate() {
        let differing = u64::from_le_bytes(*word) ^ (ONES * u64::from(byte));
        // The lowest bit that is set is that of the first byte that differs in nothing.
        let found = differing.wrapping_sub(ONES) & !differing & (ONES << 7);
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let passed = near.len() * 8;
    memchr(byte, &text[passed..]).map(|place| passed + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_one_is_found_at_every_place() {
        for length in 0..80_usize {
            for (other, byte) in
                [(b'a', b'b'), (b'b', b'a'), (0, 0x80), (0x80, 0), (0xff, b'"'), (b'#', b'"')]
            {
                let mut text = vec![other; length];
                assert_eq!(find(byte, &text), None);
                for at in (0..length).rev() {
                    text[at] = byte;
                    assert_eq!(find(byte, &text), Some(at), "{length} {at}");
                }
            }
        }
    }

    #[test]
    fn every_byte_counts_at_every_length() {
        for length in 0..80_usize {
            let text: Vec<u8> = (0..length).map(|at| at.to_le_bytes()[0]).collect();
            assert!(same(&text, &text.clone()));
            assert!(!same(&text, &[text.as_slice(), b"x"].concat()));
            for at in 0..length {
                let mut other = text.clone();
                other[at] ^= 1;
                assert!(!same(&text, &other), "{length} {at}");
            }
        }
    }
}
