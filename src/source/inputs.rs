//! From what was typed to a list of inputs: folders are walked, globs expanded, prefixes of S3 listed,
//! `-` is standard input.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;
use gwcost_core::text::did_you_mean;
use walkdir::{DirEntry, WalkDir};

use super::object::{Object, Remote};
use super::{SourceError, absolute, shown};

/// One unit of input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, by its absolute path.
    File(PathBuf),
    /// An object in S3.
    Object(Object),
}

impl Input {
    /// The name that the lake knows it by.
    pub fn name(&self) -> String {
        match self {
            Input::Stdin => "-".to_owned(),
            Input::File(path) => shown(path),
            Input::Object(object) => object.name(),
        }
    }
}

/// All files and objects that the arguments name, each once, in the order of the arguments and by name inside
/// a folder or glob. Hidden files are left out of folders.
///
/// # Errors
/// [`SourceError`] names the first argument that is nothing.
pub fn expand(arguments: &[String], remote: &mut Remote) -> Result<Vec<Input>, SourceError> {
    let mut seen = HashSet::new();
    let mut inputs = Vec::new();
    let mut add = |input: Input| {
        if seen.insert(input.name()) {
            inputs.push(input);
        }
    };
    for argument in arguments {
        if argument == "-" {
            add(Input::Stdin);
            continue;
        }
        if argument.starts_with("s3://") {
            let objects = remote.objects(argument)?;
            if objects.is_empty() {
                return Err(SourceError::NoObjects { name: argument.clone() });
            }
            objects.into_iter().map(Input::Object).for_each(&mut add);
            continue;
        }
        if let Some((scheme, _)) = argument.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
            return Err(SourceError::Scheme { name: argument.clone(), scheme: scheme.to_owned() });
        }
        let path = Path::new(argument);
        let files = if path.is_dir() {
            walk(path, argument, |_| true)?
        } else if path.exists() {
            vec![path.to_owned()]
        } else if argument.contains(['*', '?', '[', '{']) {
            glob(argument)?
        } else {
            Vec::new()
        };
        if files.is_empty() {
            return Err(SourceError::NotFound { name: argument.clone(), hint: near_file(path) });
        }
        for file in files {
            add(Input::File(absolute(&file)));
        }
    }
    Ok(inputs)
}

fn is_scheme(text: &str) -> bool {
    matches!(text, "s3" | "logs" | "metrics" | "settings" | "http" | "https")
}

fn walk(folder: &Path, typed: &str, keep: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, SourceError> {
    let hidden = |entry: &DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let mut files = Vec::new();
    let walker = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    for entry in walker.filter_entry(|entry| !hidden(entry)) {
        let entry = entry.map_err(|error| {
            let problem = error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"));
            SourceError::io(typed, "cannot list the folder")(problem)
        })?;
        if entry.file_type().is_file() && keep(entry.path()) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn glob(pattern: &str) -> Result<Vec<PathBuf>, SourceError> {
    let matcher = GlobBuilder::new(pattern.strip_prefix("./").unwrap_or(pattern))
        .literal_separator(true)
        .build()
        .map_err(|error| SourceError::Pattern {
            name: pattern.to_owned(),
            problem: error.kind().to_string(),
        })?
        .compile_matcher();
    // The walk starts at the part before the first special character.
    let root: PathBuf = Path::new(pattern)
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']))
        .filter(|part| !matches!(part, Component::CurDir))
        .collect();
    let start = if root.as_os_str().is_empty() { Path::new(".") } else { root.as_path() };
    if !start.is_dir() {
        return Ok(Vec::new());
    }
    walk(start, pattern, |path| matcher.is_match(path.strip_prefix("./").unwrap_or(path)))
}

fn near_file(path: &Path) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = path.file_name() else { return String::new() };
    let Ok(entries) = folder.read_dir() else { return String::new() };
    let names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    did_you_mean(&name.to_string_lossy(), names.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::source::aws::AwsOptions;

    fn nowhere() -> Remote {
        Remote::new(AwsOptions::default(), None)
    }

    #[test]
    fn folders_and_globs_become_files_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("sub")).unwrap();
        for name in ["b.log", "a.log", "sub/c.log", ".hidden", "d.txt"] {
            fs::write(root.join(name), "x\n").unwrap();
        }
        let names = |arguments: &[String]| -> Vec<String> {
            let inputs = expand(arguments, &mut nowhere()).unwrap();
            inputs.iter().map(|input| input.name().replace(&format!("{}/", root.display()), "")).collect()
        };
        let at = |name: &str| format!("{}/{name}", root.display());
        assert_eq!(names(&[at("")]), ["a.log", "b.log", "d.txt", "sub/c.log"]);
        assert_eq!(names(&[at("*.log"), at("a.log"), "-".to_owned()]), ["a.log", "b.log", "-"]);
        assert_eq!(names(&[at("**/*.log")]), ["a.log", "b.log", "sub/c.log"]);
        let error = expand(&[at("a.lgo")], &mut nowhere()).unwrap_err().to_string();
        assert!(error.contains("did you mean \"a.log\"?"), "{error}");
        let error = expand(&["http://x".to_owned()], &mut nowhere()).unwrap_err().to_string();
        assert!(error.contains("cannot read from http:"), "{error}");
        let error = expand(&["s3://b".to_owned()], &mut nowhere()).unwrap_err().to_string();
        assert!(error.contains("bucket"), "{error}");
    }
}
