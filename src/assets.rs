//! The files of `pricing/`, `queries/` and `templates/`: embedded, and replaced by a whole file of
//! the same name in the folder of `--assets` or, after it, in `$GWCOST_HOME`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gwcost_core::text::did_you_mean;
use include_dir::{Dir, include_dir};

static PRICING: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/pricing");
static QUERIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/queries");
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A folder of assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// Rate cards and billing rules.
    Pricing,
    /// SQL.
    Queries,
    /// Pages of the report.
    Templates,
}

impl Folder {
    /// Every folder.
    pub const ALL: [Folder; 3] = [Folder::Pricing, Folder::Queries, Folder::Templates];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Folder::Pricing => "pricing",
            Folder::Queries => "queries",
            Folder::Templates => "templates",
        }
    }

    fn embedded(self) -> &'static Dir<'static> {
        match self {
            Folder::Pricing => &PRICING,
            Folder::Queries => &QUERIES,
            Folder::Templates => &TEMPLATES,
        }
    }

    /// The endings of files that belong into it; others are an editor's or a reader's.
    fn takes(self, name: &str) -> bool {
        let endings: &[&str] = match self {
            Folder::Pricing => &[".toml"],
            Folder::Queries => &[".sql"],
            Folder::Templates => &[".html", ".md", ".svg", ".txt", ".json"],
        };
        !name.starts_with('.') && endings.iter().any(|ending| name.ends_with(ending))
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its folder.
    pub folder: &'static str,
    /// Its name in the folder.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The user's file that replaced the embedded one, or was added.
    pub replaced_by: Option<PathBuf>,
    /// It says something else than the embedded one.
    pub changed: bool,
}

impl Asset {
    /// What the output calls it: its name, or the user's file.
    pub fn origin(&self) -> String {
        self.replaced_by
            .as_ref()
            .filter(|_| self.changed)
            .map_or_else(|| self.name.clone(), |path| path.display().to_string())
    }
}

/// An asset that is not there or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// No such file.
    #[error("no asset {name:?}: `gwcost assets list` shows what there is{hint}")]
    Unknown {
        /// What was typed.
        name: String,
        /// The nearest one.
        hint: String,
    },
    /// A user's file or folder that cannot be used.
    #[error("asset {}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// An embedded file that is no text, which is a bug.
    #[error("asset {0} is not UTF-8")]
    Text(String),
}

/// Where assets are looked up.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// Folders that hold `pricing/`, `queries/`, `templates/`; the first that has a file wins.
    roots: Vec<PathBuf>,
}

impl Assets {
    /// Looks into `flag` first, then into `home`, then at what is embedded.
    ///
    /// # Errors
    /// [`AssetError::Io`] when the folder that was asked for is none.
    pub fn new(flag: Option<&Path>, home: Option<&Path>) -> Result<Assets, AssetError> {
        if let Some(path) = flag.filter(|path| !path.is_dir()) {
            let source = io::Error::new(io::ErrorKind::NotFound, "no such folder");
            return Err(AssetError::Io { path: path.to_owned(), source });
        }
        Ok(Assets { roots: flag.into_iter().chain(home).map(Path::to_owned).collect() })
    }

    /// All files of a folder by name, replaced ones included.
    ///
    /// # Errors
    /// [`AssetError`] when a user's file cannot be read.
    pub fn all(&self, folder: Folder) -> Result<Vec<Asset>, AssetError> {
        let mut assets = Vec::new();
        for file in folder.embedded().files() {
            let name = file.path().to_string_lossy().into_owned();
            let text = file.contents_utf8().ok_or_else(|| AssetError::Text(name.clone()))?.to_owned();
            if folder.takes(&name) {
                let replaced_by = None;
                assets.push(Asset { folder: folder.name(), name, text, replaced_by, changed: false });
            }
        }
        // The last root has the least say, so it comes first.
        for root in self.roots.iter().rev() {
            let path = root.join(folder.name());
            if !path.is_dir() {
                continue;
            }
            let failed = |path: &Path| {
                let path = path.to_owned();
                move |source| AssetError::Io { path, source }
            };
            for entry in fs::read_dir(&path).map_err(failed(&path))? {
                let file = entry.map_err(failed(&path))?.path();
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if !folder.takes(&name) || !file.is_file() {
                    continue;
                }
                let text = fs::read_to_string(&file).map_err(failed(&file))?;
                assets.retain(|asset| asset.name != name);
                let embedded = folder.embedded().get_file(&name).and_then(|file| file.contents_utf8());
                let changed = embedded != Some(text.as_str());
                assets.push(Asset { folder: folder.name(), name, text, replaced_by: Some(file), changed });
            }
        }
        assets.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(assets)
    }

    /// One file by `folder/name`, or by its name alone.
    ///
    /// # Errors
    /// [`AssetError::Unknown`] offers the nearest name.
    pub fn find(&self, typed: &str) -> Result<Asset, AssetError> {
        let mut names = Vec::new();
        for folder in Folder::ALL {
            for asset in self.all(folder)? {
                let full = format!("{}/{}", asset.folder, asset.name);
                if typed == full || typed == asset.name {
                    return Ok(asset);
                }
                names.push(full);
                names.push(asset.name);
            }
        }
        let hint = did_you_mean(typed, names.iter().map(String::as_str));
        Err(AssetError::Unknown { name: typed.to_owned(), hint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_same_name_replaces_and_the_flag_wins() {
        let (flag, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (root, text) in [(&flag, "flag"), (&home, "home")] {
            fs::create_dir(root.path().join("queries")).unwrap();
            fs::write(root.path().join("queries/usage.sql"), text).unwrap();
        }
        fs::write(home.path().join("queries/latency.sql"), "home").unwrap();
        fs::write(home.path().join("queries/notes.txt~"), "no").unwrap();
        let assets = Assets::new(Some(flag.path()), Some(home.path())).unwrap();
        assert_eq!(assets.find("usage.sql").unwrap().text, "flag");
        assert_eq!(assets.find("queries/latency.sql").unwrap().text, "home");
        assert!(assets.find("integration-latency.sql").unwrap().replaced_by.is_none());
        let error = assets.find("useage.sql").unwrap_err().to_string();
        assert!(error.contains("did you mean \"usage.sql\"?"), "{error}");
        assert!(Assets::new(Some(Path::new("/nowhere/at/all")), None).is_err());
    }
}
