//! Whether a segment of a path names one thing among many, or is a word of the API.
//!
//! Nobody has said so, hence only the segment itself can tell. It must have a digit, or be a mail
//! address; then it is an identifier if it is
//!
//! - a number, or several with commas: `1234`, `+491701234567`, `7,12,15`;
//! - hexadecimal, sixteen digits or more, dashes left out: a UUID, an ObjectId, any digest;
//! - a date, a time or an address in numbers: `2026-10-31`, `2026-W44`, `10.0.0.1`;
//! - or if one of its parts, between dashes and dots, is hexadecimal as above, holds five digits
//!   and no more than four letters (`ORD-10423`, `blue-shirt-123456`), or is *mixed*: letters and
//!   digits, or small and capital letters, change places too often for words (`cus_NffrFeUfNV2Hib`,
//!   ULID, KSUID, nanoid, cuid, base64url);
//! - a mail address.
//!
//! What is short stays a word, because versions and names have digits too: `v1`, `oauth2`,
//! `face2face`, `iso8601`, `deadbeef`. So does random text that happens to hold no digit.

/// Hexadecimal digits from which on nobody would have chosen them.
const LONG_HEX: usize = 16;

/// Digits from which on a part counts something: four make a year or the number of a standard.
const MANY_DIGITS: usize = 5;

/// Letters that such a number may have around it, as in `ORD10423`.
const FEW_LETTERS: usize = 4;

/// Characters from which on a text with dashes can be told from words with dashes.
const LONG_MIXED: usize = 20;

/// Whether a segment identifies one thing.
pub(super) fn is_identifier(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    // Most segments are words: they end here.
    if !bytes.iter().any(|byte| byte.is_ascii_digit() || *byte == b'@') {
        return false;
    }
    is_number(bytes) || is_long_hex(bytes) || is_stamp(bytes) || is_mail(segment) || has_identifier(bytes)
}

/// Digits, with a sign in front or commas between.
fn is_number(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(b"+").or_else(|| bytes.strip_prefix(b"-")).unwrap_or(bytes);
    digits.first().is_some_and(u8::is_ascii_digit)
        && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b',')
}

fn is_long_hex(bytes: &[u8]) -> bool {
    if bytes.len() < LONG_HEX {
        return false;
    }
    let bytes = bytes.strip_prefix(b"0x").unwrap_or(bytes);
    let digits = || bytes.iter().filter(|byte| **byte != b'-');
    digits().all(u8::is_ascii_hexdigit)
        && digits().count() >= LONG_HEX
        && bytes.iter().any(u8::is_ascii_digit)
}

/// Digits and what stands between them in dates, times, coordinates and network addresses.
fn is_stamp(bytes: &[u8]) -> bool {
    if !bytes.first().is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-')) {
        return false;
    }
    let mut digits = 0;
    for part in Parts(bytes) {
        for byte in part {
            match byte {
                b'0'..=b'9' => digits += 1,
                // 2026-10-31T12:00:00Z, 2026-W44, 2026-Q4.
                b'T' | b'Z' | b'W' | b'Q' | b':' => {}
                _ => return false,
            }
        }
    }
    digits >= MANY_DIGITS
}

fn is_mail(segment: &str) -> bool {
    let escaped = || if segment.contains('%') { segment.find("%40").map(|at| (at, at + 3)) } else { None };
    let at = segment.find('@').map(|at| (at, at + 1)).or_else(escaped);
    at.is_some_and(|(at, host)| at > 0 && segment[host..].trim_matches('.').contains('.'))
}

/// Whether a part of the segment would be an identifier by itself.
fn has_identifier(bytes: &[u8]) -> bool {
    let mut row = 0;
    let mut whole = Shape::default();
    for part in Parts(bytes) {
        if part.is_empty() {
            continue;
        }
        // Most parts hold no digit; they count only where the whole may be random.
        if bytes.len() < LONG_MIXED && !part.iter().any(u8::is_ascii_digit) {
            row = 0;
            continue;
        }
        let shape = Shape::of(part);
        // `report-2026-10-31`: parts that are numbers count together.
        row = if shape.digits == part.len() { row + shape.digits } else { 0 };
        let numbered = shape.digits >= MANY_DIGITS && shape.letters() <= FEW_LETTERS && shape.others == 0;
        // Behind a prefix as of `cus_`, fewer characters are enough.
        let shortest = if part.len() < bytes.len() && bytes.contains(&b'_') { 14 } else { 16 };
        if row >= MANY_DIGITS || numbered || is_long_hex(part) || shape.is_mixed(shortest) {
            return true;
        }
        whole.add(&shape);
    }
    // Base64url has dashes and underscores of its own.
    whole.length() >= LONG_MIXED && whole.is_three_sorts() && whole.words * 5 > whole.length() * 2
}

/// What a run of characters is made of.
#[derive(Default)]
struct Shape {
    digits: usize,
    small: usize,
    capital: usize,
    /// What is no ASCII letter or digit.
    others: usize,
    /// Changes between letters and digits.
    changes: usize,
    /// Pieces that would be words in camel case: a capital begins one, and so does a digit.
    words: usize,
}

impl Shape {
    fn of(part: &[u8]) -> Shape {
        let mut shape = Shape::default();
        let mut before = None;
        for (at, byte) in part.iter().enumerate() {
            let sort = Sort::of(*byte);
            match sort {
                Sort::Digit => shape.digits += 1,
                Sort::Small => shape.small += 1,
                Sort::Capital => shape.capital += 1,
                Sort::Other => shape.others += 1,
            }
            if let Some(before) = before {
                shape.changes += usize::from((before == Sort::Digit) != (sort == Sort::Digit));
            }
            let begins_word = match (before, sort) {
                (None, _) => true,
                (Some(before), sort) if before == sort => {
                    // The last capital of `HTTPServer` begins the next word.
                    sort == Sort::Capital && part.get(at + 1).is_some_and(u8::is_ascii_lowercase)
                }
                (Some(Sort::Capital), Sort::Small) => false,
                _ => true,
            };
            shape.words += usize::from(begins_word);
            before = Some(sort);
        }
        shape
    }

    fn add(&mut self, other: &Shape) {
        self.digits += other.digits;
        self.small += other.small;
        self.capital += other.capital;
        self.others += other.others;
        self.words += other.words;
    }

    fn letters(&self) -> usize {
        self.small + self.capital
    }

    fn length(&self) -> usize {
        self.digits + self.letters() + self.others
    }

    fn is_three_sorts(&self) -> bool {
        self.digits > 0 && self.small > 0 && self.capital > 0 && self.others == 0
    }

    /// Whether sorts change more often than words would; `shortest` is for those with capitals.
    fn is_mixed(&self, shortest: usize) -> bool {
        let length = self.length();
        let restless = length >= 8 && self.changes >= 4 && length <= 4 * (self.changes + 1);
        // Words are longer than 2.8 characters in the mean, even those of `listS3BucketsByEc2Owner`.
        let jagged = length >= shortest && self.is_three_sorts() && 14 * self.words >= 5 * length;
        self.others == 0 && (restless || jagged)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Digit,
    Small,
    Capital,
    Other,
}

impl Sort {
    fn of(byte: u8) -> Sort {
        match byte {
            b'0'..=b'9' => Sort::Digit,
            b'a'..=b'z' => Sort::Small,
            b'A'..=b'Z' => Sort::Capital,
            _ => Sort::Other,
        }
    }
}

/// The parts of a segment between punctuation and escapes such as `%3A`; some may be empty. A colon
/// parts nothing: what follows one in `42:cancel` is a word of the API.
struct Parts<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().position(|byte| byte.is_ascii_punctuation() && *byte != b':');
        let (part, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = match rest {
            [b'%', one, two, rest @ ..] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => rest,
            [_, rest @ ..] => rest,
            [] => rest,
        };
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_every_common_kind_are_recognised() {
        for segment in [
            // Numbers, and lists of them.
            "7",
            "404",
            "1234567890123456789012345",
            "-5",
            "+491701234567",
            "7,12,15",
            // UUIDs, ObjectIds, digests, addresses of a chain.
            "0b9c7f1e-1f51-4bfa-8b8e-6a5b1d3a8c11",
            "0B9C7F1E-1F51-4BFA-8B8E-6A5B1D3A8C11",
            "54fadb412c4e40cdbaed9335e4c35a9e",
            "507f1f77bcf86cd799439011",
            "356a192b7913b04c54574d18c28d46e6395428ab",
            "0x742d35Cc6634C0532925a3b844Bc454e4438f44e",
            // Dates, times, coordinates, addresses.
            "2026-10-31",
            "2026-10",
            "2026-W44",
            "2026-Q4",
            "31.10.2026",
            "2026-10-31T12:00:00.000Z",
            "2026-10-31T12%3A00%3A00Z",
            "20261031T120000Z",
            "52.5200,13.4050",
            "-33.86,151.20",
            "10.0.0.17",
            // Numbers with a name.
            "ORD-10423",
            "ORD10423",
            "INV-2026-00042",
            "order_100234",
            "blue-shirt-123456",
            "123456-blue-shirt",
            "report-2026-10-31.csv",
            "backup_20261031",
            "0012345X",
            "1Z999AA10123456784",
            "DE89370400440532013000",
            "1HGCM82633A004352",
            // Sizes count as numbers.
            "300x200",
            // Random text: Stripe, ULID, KSUID, nanoid, cuid, cuid2, xid, Firestore, short UUID, ...
            "cus_NffrFeUfNV2Hib",
            "prod_NWjs8kKbJWmuuc",
            "pi_3MtwBwLkdIwHu7ix28a3tqPa",
            "price_1MoBy5LkdIwHu7ixZhnattbh",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "01arz3ndektsv4rrffq69g5fav",
            "0ujtsYcgvSTl8PAuAdqWYSMnLOv",
            "V1StGXR8_Z5jdHi6B-myT",
            "cjld2cjxh0000qzrmn831i7rn",
            "tz4a98xxat96iws9zmbrgj3a",
            "9m4e2mr0ui3e8a215n4g",
            "9vRmnY3QbFPCjd6ZyTxM",
            "dQw4w9WgXcQ",
            "B08N5WRWNW",
            "U024BE7LH",
            "a1b2c3d4e5",
            "8a7b6c5d",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            // Ids of AWS, of Auth0, names of files with a digest.
            "i-0abcd1234ef567890",
            "vpc-0a1b2c3d",
            "sg-903004f8",
            "auth0|5f7c8ec7c33c6c004bbafe82",
            "auth0%7C5f7c8ec7c33c6c004bbafe82",
            "main.9f86d081884c7d65.js",
            "54fadb412c4e40cdbaed9335e4c35a9e.jpg",
            // People.
            "jane@example.com",
            "jane.doe%40example.co.uk",
        ] {
            assert!(is_identifier(segment), "{segment}");
        }
    }

    #[test]
    fn words_of_an_api_stay_even_with_digits() {
        for segment in [
            "",
            "checkout",
            "v1",
            "v2beta1",
            "v1.2.3",
            "1.0",
            "2.1.3",
            "v2026-10",
            "oauth2",
            "face2face",
            "deadbeef",
            "deadbeef42",
            "facade",
            "b2b",
            "2fa",
            "mp3",
            "mp3-to-mp4",
            "s3",
            "ec2-instances",
            "k8s",
            "i18n",
            "ipv4",
            "x509v3",
            "utf8mb4",
            "h264",
            "sha256",
            "sha256rsa2048",
            "base64url",
            "iso8601",
            "iso-8601",
            "rfc2616",
            "covid19",
            "windows10-upgrade-assistant",
            "iphone-15-pro-max-256gb",
            "iPhone-15-Pro-Max",
            "2026-annual-report",
            "top10",
            "top-100",
            "24-7",
            "page-2",
            "us-east-1",
            "ap-southeast-2",
            "getUserById2",
            "getV2Orders",
            "getCustomerOrderHistoryV2",
            "describeEc2InstancesByTag",
            "listS3BucketsByEc2Owner",
            "parseXMLHttpRequest2",
            "base64EncodeString",
            "oauth2-callback",
            "jquery-3.6.0.min.js",
            "openapi.json",
            "swagger-ui.css",
            ".well-known",
            "@scope",
            "@types2",
            "42:cancel",
            "größe2",
            "caf%C3%A9",
            "{id}",
            "{proxy+}",
            "$default",
        ] {
            assert!(!is_identifier(segment), "{segment}");
        }
    }

    #[test]
    fn nothing_is_cut_in_the_middle_of_a_character() {
        for segment in ["%", "%4", "1%", "ü@ü.ü", "@", "1@", "1@.", "%40", "a%40", "é1é2é3é4é5é6"] {
            assert!(matches!(is_identifier(segment), true | false));
        }
        assert!(!is_identifier("a%40") && !is_identifier("1@."));
    }
}
