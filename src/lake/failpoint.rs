//! Places where a test stops the process, to show that no half of a commit ever counts.
//!
//! `GWCOST_FAILPOINT=NAME` aborts at that place; without it this costs one look at a variable.

use std::sync::OnceLock;

/// Aborts the process, as a power cut would, if this place was named.
pub(crate) fn hit(name: &str) {
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    let named = NAMED.get_or_init(|| std::env::var("GWCOST_FAILPOINT").ok());
    if named.as_deref() == Some(name) {
        std::process::abort();
    }
}
