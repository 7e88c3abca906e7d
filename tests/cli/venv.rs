//! Python programs that tests need: virtual environments in the build folder, each made once from its pinned
//! requirements.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

type Made = Arc<OnceLock<PathBuf>>;

/// A Python with the packages of a requirements file, which is named from the repository's root. `needed_by`
/// says who needs it, should there be none: `the independent checks need`.
pub fn python(requirements: &str, needed_by: &str) -> PathBuf {
    static ENVIRONMENTS: OnceLock<Mutex<HashMap<PathBuf, Made>>> = OnceLock::new();
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join(requirements);
    let environment = {
        let all = ENVIRONMENTS.get_or_init(Mutex::default);
        // One that could not be made has failed its test, and shall not fail the others with its lock.
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(requirements.clone()).or_default())
    };
    environment.get_or_init(|| make(&requirements, needed_by)).clone()
}

fn make(requirements: &Path, needed_by: &str) -> PathBuf {
    let text = fs::read(requirements).unwrap();
    let name = format!("python-{}", &blake3::hash(&text).to_hex()[..12]);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let python = folder.join("bin/python");
    // Written last: an environment that was left half made is made again.
    let ready = folder.join("ready");
    if !ready.exists() {
        run("python3", &["-m", "venv", "--clear", folder.to_str().unwrap()], needed_by);
        let requirements = requirements.to_str().unwrap();
        run(python.to_str().unwrap(), &["-m", "pip", "install", "--quiet", "-r", requirements], needed_by);
        fs::write(&ready, "").unwrap();
    }
    python
}

fn run(program: &str, arguments: &[&str], needed_by: &str) {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| {
        panic!("{needed_by} {program} (python3 with venv and pip) on the PATH: {error}")
    });
    assert!(
        output.status.success(),
        "{program} {arguments:?} failed; {needed_by} python3 with venv, pip and a package index: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
