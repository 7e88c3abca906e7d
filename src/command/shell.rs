//! `gwcost completions` and `gwcost man`: made from what can be typed, so that they cannot differ from it.

use std::fs;

use clap::CommandFactory;

use super::CommandError;
use super::output::to_stdout;
use crate::cli::{Cli, CompletionsArgs, ManArgs};
use crate::exit::Exit;

/// Runs `gwcost completions`.
pub fn completions(arguments: &CompletionsArgs) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "gwcost", &mut script);
    to_stdout(|out| out.write_all(&script))?;
    Ok(Exit::Done)
}

/// Runs `gwcost man`.
pub fn man(arguments: &ManArgs) -> Result<Exit, CommandError> {
    let Some(folder) = &arguments.output else {
        let page = clap_mangen::Man::new(Cli::command());
        to_stdout(|out| page.render(&mut &mut *out))?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(folder).map_err(CommandError::file(folder))?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(CommandError::file(folder))?;
    to_stdout(|out| writeln!(out, "{}", folder.display()))?;
    Ok(Exit::Done)
}
