//! A progress bar on a terminal, silence elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ingest::Progress;
use crate::report::{bytes, count};

/// Bytes of input, lines a second and time left.
pub struct Bar {
    bar: ProgressBar,
    lines: AtomicU64,
    /// Of log events.
    bytes: AtomicU64,
    started: Instant,
}

impl Bar {
    /// A bar for hours of log groups, as many as will be expected: how much they hold is not known.
    pub fn of_hours() -> Bar {
        Bar::with(ProgressBar::new(0), "{wide_bar} {pos}/{len} hours  {msg}  {eta} left")
    }

    /// A bar for so many stored bytes; of unknown length when an input is a pipe.
    pub fn new(bytes: Option<u64>) -> Bar {
        let (bar, template) = match bytes {
            Some(bytes) => (
                ProgressBar::new(bytes),
                "{wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {msg}  {eta} left",
            ),
            None => (ProgressBar::new_spinner(), "{spinner} {bytes}  {bytes_per_sec}  {msg}  {elapsed}"),
        };
        Bar::with(bar, template)
    }

    fn with(bar: ProgressBar, template: &str) -> Bar {
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        bar.set_draw_target(target);
        Bar { bar, lines: AtomicU64::new(0), bytes: AtomicU64::new(0), started: Instant::now() }
    }

    /// Counts lines; the answer is how many there were in a second.
    fn rate(&self, more: u64) -> String {
        let lines = self.lines.fetch_add(more, Ordering::Relaxed) + more;
        let milliseconds = self.started.elapsed().as_millis().max(1);
        let rate = u128::from(lines) * 1000 / milliseconds;
        format!("{} rows/s", count(u64::try_from(rate).unwrap_or(u64::MAX)))
    }
}

impl Progress for Bar {
    fn advance(&self, stored: u64, lines: &[u8]) {
        if self.bar.is_hidden() {
            return;
        }
        let rate = self.rate(memchr::memchr_iter(b'\n', lines).count() as u64);
        self.bar.set_message(rate);
        self.bar.inc(stored);
    }

    fn events(&self, more: u64, events: u64) {
        let held = self.bytes.fetch_add(more, Ordering::Relaxed) + more;
        let rate = self.rate(events);
        self.bar.set_message(format!("{}  {rate}", bytes(held)));
    }

    fn expect_hours(&self, hours: u64) {
        self.bar.inc_length(hours);
    }

    fn hour(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
