//! From a value's text to its type, and whether a text can be a value of a class at all.

use super::variable::Class;

/// A bare `-`; also what a rewriting step in between may have made of it.
#[inline]
pub(super) fn is_unset(text: &str) -> bool {
    matches!(text, "-" | "" | "\"-\"")
}

/// Whether a text can be what a variable of this class rendered to, `-` included.
pub(super) fn fits(class: Class, text: &str) -> bool {
    if text == "-" {
        return true;
    }
    let bytes = text.as_bytes();
    match class {
        Class::Free | Class::RouteKey => true,
        Class::Token => !bytes.iter().any(|byte| {
            byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\\' | b',' | b'|' | b';' | b'<' | b'>')
        }),
        Class::Caller => !bytes.iter().any(|byte| byte.is_ascii_whitespace() || *byte == b'"'),
        Class::Host => bytes.iter().all(|byte| {
            byte.is_ascii_graphic()
                && !matches!(byte, b'"' | b'\\' | b'/' | b',' | b'\'' | b'<' | b'>' | b'=')
        }),
        Class::Path => is_path(bytes),
        Class::Integer | Class::EpochMs => parse_integer(text).is_some(),
        Class::ClfTime => parse_clf_time(text).is_some(),
        Class::QuotedFree => bytes.len() >= 2 && bytes[0] == b'"' && bytes[bytes.len() - 1] == b'"',
    }
}

fn is_path(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'/') && !bytes.iter().any(u8::is_ascii_whitespace)
}

/// A decimal integer without separators or a plus sign.
#[inline]
pub(super) fn parse_integer(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if digits.len() == bytes.len() { value } else { -value })
}

/// `17/Oct/2026:10:05:03 +0000` as milliseconds of Unix time.
pub fn parse_clf_time(text: &str) -> Option<i64> {
    let bytes: &[u8; 26] = text.as_bytes().try_into().ok()?;
    let separators = [(2, b'/'), (6, b'/'), (11, b':'), (14, b':'), (17, b':'), (20, b' ')];
    if separators.iter().any(|(at, byte)| bytes[*at] != *byte) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .try_fold(0i64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
    };
    let month = match &bytes[3..6] {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let (day, year) = (number(0..2)?, number(7..11)?);
    let (hour, minute, second) = (number(12..14)?, number(15..17)?, number(18..20)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=days_in_month).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = number(22..24)? * 60 + number(24..26)?;
    let offset = match bytes[21] {
        b'+' => offset,
        b'-' => -offset,
        _ => return None,
    };
    let seconds =
        days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60;
    Some(seconds * 1000)
}

/// Days from 1970-01-01 in the Gregorian calendar, for years from 0 on.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Counting years from March puts the leap day at the end of the year.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn clf_times_are_read_to_the_second() {
        assert_eq!(parse_clf_time("17/Oct/2026:10:05:03 +0000"), Some(1_792_231_503_000));
        assert_eq!(parse_clf_time("17/Oct/2026:12:05:03 +0200"), Some(1_792_231_503_000));
        assert_eq!(parse_clf_time("29/Feb/2024:00:00:00 +0000"), Some(1_709_164_800_000));
        for text in [
            "29/Feb/2026:00:00:00 +0000",
            "17/oct/2026:10:05:03 +0000",
            "17/Oct/2026:24:05:03 +0000",
            "17/Oct/2026:10:05:03",
            "17/Oct/2026 10:05:03 +0000",
            "7/Oct/2026:10:05:03 +00000",
        ] {
            assert_eq!(parse_clf_time(text), None, "{text}");
        }
    }

    #[test]
    fn integers_are_plain() {
        assert_eq!(parse_integer("0"), Some(0));
        assert_eq!(parse_integer("-12"), Some(-12));
        for text in ["", "-", "+1", "1.0", "1e3", " 1", "9999999999999999999"] {
            assert_eq!(parse_integer(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn clf_times_agree_with_a_calendar(seconds in 0i64..4_102_444_800) {
            let zoned = jiff::Timestamp::from_second(seconds).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
            let text = zoned.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string();
            prop_assert_eq!(parse_clf_time(&text), Some(seconds * 1000));
        }
    }
}
