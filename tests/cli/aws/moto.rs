//! A real server of AWS's protocols on loopback: `moto[server]` from PyPI, pinned, in a virtual environment of
//! its own.
//!
//! It stands in for API Gateway (both control planes), CloudWatch Logs and STS. It is not faithful in paging,
//! in the order of FilterLogEvents, in metrics and in usage: those are tested with recorded answers.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::venv;

/// The account that the server says it is.
pub const ACCOUNT: &str = "123456789012";

/// How long it may take to listen; it usually takes a second.
const PATIENCE: Duration = Duration::from_secs(90);

/// Ends with its standard input, which the system closes however the test ends. Port 0 is any free one.
const PROGRAM: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(['-H', '127.0.0.1', '-p', '0'])
";

/// A running server with a state of its own; it stops when it is dropped.
pub struct Moto {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Moto {
    /// Starts with nothing in it.
    pub fn start() -> Moto {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let python = venv::python("tests/aws/requirements.txt", "the tests against moto need");
        let child = Command::new(python)
            .args(["-c", PROGRAM])
            .current_dir(folder.path())
            // Nothing of the user's own AWS.
            .env_clear()
            .env("HOME", folder.path())
            .env("MOTO_ACCOUNT_ID", ACCOUNT)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        // Dropped, and with it the child, when it does not come up.
        let mut moto = Moto { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), _folder: folder };
        let begun = Instant::now();
        loop {
            let said = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
            if let Some(address) = address(&said) {
                moto.address = address;
                return moto;
            }
            if let Some(status) = moto.child.try_wait().unwrap() {
                panic!("moto ended ({status}) before it listened: {said}");
            }
            assert!(begun.elapsed() < PATIENCE, "moto does not listen after {PATIENCE:?}: {said}");
            sleep(Duration::from_millis(20));
        }
    }

    /// For `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The address in ` * Running on http://127.0.0.1:40123`, once its line has ended.
fn address(said: &str) -> Option<SocketAddr> {
    let (_, rest) = said.split_once("Running on http://")?;
    let (address, _) = rest.split_once('\n')?;
    address.trim().parse().ok()
}
