//! Exit codes: an interface for scripts. The README lists the same ones.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done. A reader that closed the pipe early is no error.
    Done = 0,
    /// A bug of gwcost or a failure of the disk.
    Failure = 1,
    /// The command line or a configuration file is wrong.
    Usage = 2,
    /// An input cannot be used: no lake, a damaged file, content that is known in another reading.
    Input = 3,
    /// Some usage has no price, and `--strict` was given.
    Unpriced = 4,
    /// AWS refused: no credentials, or no permission.
    Refused = 5,
    /// A gate failed: `check`, or what was asked for with `--fail-below` or `--fail`.
    Gate = 10,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
