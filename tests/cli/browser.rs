//! A Chromium for the tests: the one that is there, or one that Debian's package manager brings.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A Chromium; `None`, with a sentence on standard error, where there is none and none can be had.
pub fn chromium() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(find).clone()
}

#[expect(clippy::print_stderr, reason = "a test that was left out has to say so")]
fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("GWCOST_CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let found = on_path().or_else(|| {
        // Only where it can be done without a question: in a container, as root.
        for arguments in
            [&["update", "-qq"][..], &["install", "-y", "-qq", "--no-install-recommends", "chromium"]]
        {
            let ran =
                Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output();
            if !ran.is_ok_and(|ran| ran.status.success()) {
                return None;
            }
        }
        on_path()
    });
    if found.is_none() {
        eprintln!(
            "NOT TESTED: pages were not opened in a browser, because no Chromium is on the PATH and apt-get could not \
             install one; name one with GWCOST_CHROMIUM"
        );
    }
    found
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}
