//! Names that no other process has: of a writer, and of a lock on this machine.

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher;

/// A name that nobody else has, of 20 letters.
pub(super) fn unique() -> String {
    // Each state has keys from the system's source of chance.
    let chance: Vec<u64> = (0..4).map(|round: u64| RandomState::new().hash_one(round)).collect();
    let mut hash = blake3::Hasher::new();
    for number in chance {
        hash.update(&number.to_le_bytes());
    }
    hash.update(&std::process::id().to_le_bytes());
    hash.finalize().to_hex()[..20].to_owned()
}

/// A lock on a file, named so that a copy of the file, on this machine or another, has another name. `None`
/// where the system does not tell: then nobody can know that a holder has died, and time must show it.
pub(super) fn lock_name(lock: &File) -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let data = lock.metadata().ok()?;
        Some(format!("{} {} {}", boot.trim(), data.dev(), data.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (lock, boot);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_given_twice() {
        assert_ne!(unique(), unique());
        let (one, other) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        assert_eq!(lock_name(&one), lock_name(&one));
        assert!(lock_name(&one).is_none() || lock_name(&one) != lock_name(&other));
    }
}
