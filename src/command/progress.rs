//! A progress bar on a terminal, silence elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ingest::Progress;

/// Bytes of input, rate and time left.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar for so many stored bytes; of unknown length when an input is a pipe.
    pub fn new(bytes: Option<u64>) -> Bar {
        let bar = match bytes {
            Some(bytes) => ProgressBar::new(bytes),
            None => ProgressBar::new_spinner(),
        };
        let template = if bytes.is_some() {
            "{wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left"
        } else {
            "{spinner} {bytes}  {bytes_per_sec}  {elapsed}"
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
        Bar(bar)
    }
}

impl Progress for Bar {
    fn advance(&self, stored: u64, _lines: u64) {
        self.0.inc(stored);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
