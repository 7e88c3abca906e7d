//! A progress bar on a terminal, silence elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ingest::Progress;
use crate::report::count;

/// Bytes of input, lines a second and time left.
pub struct Bar {
    bar: ProgressBar,
    lines: AtomicU64,
    started: Instant,
}

impl Bar {
    /// A bar for so many stored bytes; of unknown length when an input is a pipe.
    pub fn new(bytes: Option<u64>) -> Bar {
        let (bar, template) = match bytes {
            Some(bytes) => (
                ProgressBar::new(bytes),
                "{wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {msg}  {eta} left",
            ),
            None => (ProgressBar::new_spinner(), "{spinner} {bytes}  {bytes_per_sec}  {msg}  {elapsed}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        bar.set_draw_target(target);
        Bar { bar, lines: AtomicU64::new(0), started: Instant::now() }
    }
}

impl Progress for Bar {
    fn advance(&self, stored: u64, lines: &[u8]) {
        if self.bar.is_hidden() {
            return;
        }
        let more = memchr::memchr_iter(b'\n', lines).count() as u64;
        let lines = self.lines.fetch_add(more, Ordering::Relaxed) + more;
        let milliseconds = self.started.elapsed().as_millis().max(1);
        let rate = u128::from(lines) * 1000 / milliseconds;
        self.bar.set_message(format!("{} rows/s", count(u64::try_from(rate).unwrap_or(u64::MAX))));
        self.bar.inc(stored);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
