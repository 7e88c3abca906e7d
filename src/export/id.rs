//! Keys of the star: a hash of the names, so that the same endpoint has the same key in every export.

/// 16 hexadecimal digits of what identifies a row of a dimension; `None` is not the empty text.
pub fn key<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        match part {
            None => hasher.update(&[0]),
            Some(text) => {
                hasher.update(&[1]).update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes())
            }
        };
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_hold_and_tell_apart() {
        assert_eq!(key([Some("a"), None]), key([Some("a"), None]));
        let different =
            [key([Some("a"), None]), key([Some("a"), Some("")]), key([Some("a\u{0}")]), key([Some("a")])];
        let unique: std::collections::BTreeSet<_> = different.iter().collect();
        assert_eq!(unique.len(), different.len());
        assert_eq!(different[0].len(), 16);
    }
}
