//! Parse, run, say what went wrong, exit.

use std::process::ExitCode;

use clap::Parser;
use gwcost::cli::Cli;
use gwcost::exit::Exit;
use gwcost::{command, logging};

#[expect(clippy::print_stderr, reason = "the one place where errors are printed")]
fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way as well and go to standard output.
            let wrong = error.use_stderr();
            drop(error.print());
            return if wrong { Exit::Usage } else { Exit::Done }.into();
        }
    };
    logging::start(cli.global.verbose);
    match command::run(cli) {
        Ok(exit) => exit.into(),
        Err(error) if error.is_closed_pipe() => Exit::Done.into(),
        Err(error) => {
            eprintln!("error: {error}");
            error.exit().into()
        }
    }
}
