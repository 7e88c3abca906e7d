//! Where results go: standard output with its width and colour, and files written whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::CommandError;
use crate::report::Terminal;

/// Writes to standard output; a closed pipe comes back as such.
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CommandError> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(CommandError::Output)
}

/// Whether tables show every column, whatever the width.
static WIDE: AtomicBool = AtomicBool::new(false);

/// Shows every column of tables from now on.
pub fn widen() {
    WIDE.store(true, Ordering::Relaxed);
}

/// What standard output is.
pub fn terminal() -> Terminal {
    let stdout = io::stdout();
    let width = if WIDE.load(Ordering::Relaxed) {
        None
    } else if stdout.is_terminal() {
        terminal_size::terminal_size_of(&stdout).map(|(width, _)| width.0)
    } else {
        // A pipe has no width; COLUMNS says what the reader has.
        std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|width| *width > 0)
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Terminal { width, color: stdout.is_terminal() && !no_color }
}

/// Writes a file aside and renames it, so that nobody reads half of it.
pub fn to_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CommandError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let aside = path.with_file_name(name);
    let written = File::create(&aside).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&aside, path)) {
        drop(fs::remove_file(&aside));
        return Err(CommandError::file(path)(error));
    }
    Ok(())
}

/// Says something to the person at the terminal: on standard error, where no program reads.
pub fn say(text: &str) {
    // A closed standard error leaves nobody to tell.
    drop(writeln!(io::stderr(), "{text}"));
}
