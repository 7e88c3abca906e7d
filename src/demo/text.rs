//! Values as text, appended to the caller's buffer.
//!
//! Ten million requests of twenty values each leave no room for a `String` per value or for the
//! formatting machinery, so digits, dates and ids are written byte by byte.

use super::rng::mix;

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Appends a text if there is one, and tells whether there was.
pub(super) fn text(out: &mut Vec<u8>, value: impl Into<Option<&'static str>>) -> bool {
    value.into().map(|value| push_text(out, value)).is_some()
}

/// The same for a number.
pub(super) fn number(out: &mut Vec<u8>, value: impl Into<Option<u64>>) -> bool {
    value.into().map(|value| push_number(out, value)).is_some()
}

/// The same for a number that may be negative.
pub(super) fn signed(out: &mut Vec<u8>, value: impl Into<Option<i64>>) -> bool {
    value.into().map(|value| push_signed(out, value)).is_some()
}

/// The same for a UUID, given as its seed.
pub(super) fn uuid(out: &mut Vec<u8>, seed: impl Into<Option<u64>>) -> bool {
    seed.into().map(|seed| push_uuid(out, seed)).is_some()
}

/// The same for a short id, given as its seed.
pub(super) fn short_id(out: &mut Vec<u8>, seed: impl Into<Option<u64>>) -> bool {
    seed.into().map(|seed| push_short_id(out, seed)).is_some()
}

/// Appends text as it is.
pub(super) fn push_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a number in decimal.
pub(super) fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// Appends a number that may be negative.
pub(super) fn push_signed(out: &mut Vec<u8>, number: i64) {
    if number < 0 {
        out.push(b'-');
    }
    push_number(out, number.unsigned_abs());
}

/// Appends the lowest `digits` hexadecimal digits, leading zeros included.
pub(super) fn push_hex(out: &mut Vec<u8>, bits: u64, digits: u32) {
    for place in (0..digits).rev() {
        out.push(HEX[(bits >> (4 * place) & 15) as usize]);
    }
}

/// Appends a hexadecimal number without leading zeros, as a group of an IPv6 address.
pub(super) fn push_group(out: &mut Vec<u8>, group: u64) {
    let digits = (64 - group.leading_zeros()).div_ceil(4).max(1);
    push_hex(out, group, digits);
}

/// Appends the lowest digits of a number in base 36, as the ids that API Gateway gives out.
pub(super) fn push_base36(out: &mut Vec<u8>, mut number: u64, digits: u32) {
    for _ in 0..digits {
        out.push(BASE36[(number % 36) as usize]);
        number /= 36;
    }
}

/// Appends the random UUID (version 4) that a seed stands for.
pub(super) fn push_uuid(out: &mut Vec<u8>, seed: u64) {
    let high = mix(seed ^ 0x5555_5555_5555_5555);
    let low = mix(seed ^ 0x3333_3333_3333_3333);
    push_hex(out, high >> 32, 8);
    out.push(b'-');
    push_hex(out, high >> 16, 4);
    out.extend_from_slice(b"-4");
    push_hex(out, high, 3);
    out.push(b'-');
    push_hex(out, 0x8000 | (low >> 48 & 0x3fff), 4);
    out.push(b'-');
    push_hex(out, low, 12);
}

/// Appends API Gateway's short id: 15 characters and an equals sign.
///
/// Eleven characters hold all 64 bits of the seed, so different seeds never share an id.
pub(super) fn push_short_id(out: &mut Vec<u8>, seed: u64) {
    let mut bits = mix(seed);
    for _ in 0..11 {
        out.push(BASE64[(bits & 63) as usize]);
        bits >>= 6;
    }
    let mut filler = mix(seed ^ 0x5555_5555_5555_5555);
    for _ in 0..4 {
        out.push(BASE64[(filler & 63) as usize]);
        filler >>= 6;
    }
    out.push(b'=');
}

/// Appends UTC epoch milliseconds as `dd/MMM/yyyy:HH:mm:ss +0000`.
pub(super) fn push_log_time(out: &mut Vec<u8>, time_ms: i64) {
    let seconds = time_ms.div_euclid(1_000);
    let (year, month, day) = civil_date(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400).unsigned_abs();
    push_padded(out, day);
    out.push(b'/');
    push_text(out, MONTHS[month as usize]);
    out.push(b'/');
    push_signed(out, year);
    for part in [second / 3_600, second / 60 % 60, second % 60] {
        out.push(b':');
        push_padded(out, part);
    }
    push_text(out, " +0000");
}

fn push_padded(out: &mut Vec<u8>, number: u64) {
    out.push(b'0' + (number / 10 % 10) as u8);
    out.push(b'0' + (number % 10) as u8);
}

/// Year, month from 0 and day from 1 of a number of days since 1970-01-01 (proleptic Gregorian).
///
/// Years are counted from March, which puts the leap day last and makes month lengths a formula.
fn civil_date(days: i64) -> (i64, u64, u64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12;
    let year = year_of_era + era * 400 + i64::from(month < 2);
    (year, month.unsigned_abs(), day.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_time(time_ms: i64) -> String {
        let mut out = Vec::new();
        push_log_time(&mut out, time_ms);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn dates() {
        assert_eq!(log_time(0), "01/Jan/1970:00:00:00 +0000");
        assert_eq!(log_time(951_782_400_000), "29/Feb/2000:00:00:00 +0000");
        assert_eq!(log_time(1_792_454_400_008), "20/Oct/2026:00:00:00 +0000");
        assert_eq!(log_time(1_798_761_599_999), "31/Dec/2026:23:59:59 +0000");
        assert_eq!(log_time(-1), "31/Dec/1969:23:59:59 +0000");
    }

    #[test]
    fn numbers_and_ids() {
        let mut out = Vec::new();
        push_signed(&mut out, -120);
        push_number(&mut out, u64::MAX);
        push_group(&mut out, 0xa0f);
        assert_eq!(out, b"-12018446744073709551615a0f");
        out.clear();
        push_uuid(&mut out, 7);
        assert_eq!(out.len(), 36);
        assert_eq!(out[14], b'4');
        assert!(b"89ab".contains(&out[19]));
        out.clear();
        push_short_id(&mut out, 7);
        assert_eq!(out.len(), 16);
    }
}
