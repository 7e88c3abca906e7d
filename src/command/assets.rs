//! `gwcost assets`: what is embedded, and what replaces it.

use std::fs;

use super::CommandError;
use super::context::Context;
use super::output::to_stdout;
use crate::assets::{Assets, Folder};
use crate::cli::{AssetsArgs, AssetsCommand};
use crate::exit::Exit;

/// Runs `gwcost assets`.
pub fn run(context: &Context, arguments: &AssetsArgs) -> Result<Exit, CommandError> {
    match &arguments.command {
        AssetsCommand::List => {
            let mut text = String::new();
            for folder in Folder::ALL {
                for asset in context.assets.all(folder)? {
                    let origin = asset
                        .replaced_by
                        .map_or_else(|| "embedded".to_owned(), |path| path.display().to_string());
                    text.push_str(&format!("{}/{}\t{origin}\n", asset.folder, asset.name));
                }
            }
            to_stdout(|out| out.write_all(text.as_bytes()))?;
        }
        AssetsCommand::Show { name } => {
            let asset = context.assets.find(name)?;
            to_stdout(|out| out.write_all(asset.text.as_bytes()))?;
        }
        AssetsCommand::Export { dir } => {
            let (mut written, mut kept) = (0, 0);
            for folder in Folder::ALL {
                let target = dir.join(folder.name());
                fs::create_dir_all(&target).map_err(CommandError::file(&target))?;
                for asset in Assets::default().all(folder)? {
                    let path = target.join(&asset.name);
                    if path.exists() {
                        kept += 1;
                        continue;
                    }
                    fs::write(&path, asset.text).map_err(CommandError::file(&path))?;
                    written += 1;
                }
            }
            let text = format!("{written} files written to {}, {kept} left as they were\n", dir.display());
            to_stdout(|out| out.write_all(text.as_bytes()))?;
        }
    }
    Ok(Exit::Done)
}
