//! What was typed to be read, sorted by what reads it.

use super::super::CommandError;
use super::ask::Ask;
use crate::cli::IngestArgs;

/// Everything that one run reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Files, folders, globs, `-`, prefixes of S3.
    pub files: Vec<String>,
    /// Names or ARNs of log groups.
    pub groups: Vec<String>,
    /// What API Gateway is configured as.
    pub settings: bool,
    /// What CloudWatch counted.
    pub metrics: bool,
    /// The log groups that the settings name.
    pub discover: bool,
}

impl Asked {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// [`CommandError`] for flags that go with something else than what is asked for.
    pub fn of(arguments: &IngestArgs) -> Result<Asked, CommandError> {
        let discover = arguments.discover;
        let mut asked = Asked { settings: discover, metrics: discover, discover, ..Asked::default() };
        for input in &arguments.inputs {
            match Ask::of(input) {
                Ask::Files(input) => asked.files.push(input),
                Ask::LogGroup(input) => asked.groups.push(input),
                Ask::Settings(input) if input == "settings:" => asked.settings = true,
                Ask::Metrics(input) if input == "metrics:" => asked.metrics = true,
                Ask::Settings(input) | Ask::Metrics(input) => return Err(without_more(&input)),
            }
        }
        let flags = &arguments.settings;
        if flags.save_settings.is_some() && !asked.settings {
            return Err(usage("--save-settings says where settings go to: add the input settings:"));
        }
        let to_output = flags.save_settings.as_deref().is_some_and(|path| path.as_os_str() == "-");
        if to_output && !asked.is_of_settings_alone() {
            return Err(usage(
                "--save-settings -: standard output takes one document: name a file, or read settings: alone",
            ));
        }
        if flags.settings.is_some() && !(asked.settings && asked.is_of_settings_alone()) {
            return Err(usage(
                "--settings reads a saved file instead of asking AWS: it goes with settings: and no other input",
            ));
        }
        Ok(asked)
    }

    /// Whether nothing but settings is asked for.
    pub fn is_of_settings_alone(&self) -> bool {
        self.files.is_empty() && self.groups.is_empty() && !self.metrics && !self.discover
    }

    /// Whether lines of logs are read.
    pub fn has_logs(&self) -> bool {
        self.discover || !self.files.is_empty() || !self.groups.is_empty()
    }
}

fn usage(problem: &str) -> CommandError {
    CommandError::Usage(problem.to_owned())
}

fn without_more(input: &str) -> CommandError {
    let scheme = input.split_once(':').map_or(input, |(scheme, _)| scheme);
    CommandError::Usage(format!(
        "{input}: nothing can follow {scheme}: because all stages of an account and region are read; \
         --profile, --role-arn and --aws-region say of which"
    ))
}
