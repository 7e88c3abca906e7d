//! Written aside, then swapped: a reader sees a partition's old file or its new one, each of them whole.
//!
//! A partition is one file, and renaming replaces a file at once. All files of an export are complete in
//! `_staging/` before the first is renamed; `_staging/PREPARED` lists them, so that an export that was stopped
//! between two renames is taken to its end by the next one. One that was stopped before is forgotten.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::column::Table;
use super::error::ExportError;
use super::rows::Rows;
use crate::lake::{TableFile, failpoint};

/// The name of a partition's only file.
const FILE: &str = "data.parquet";

/// An export in the making.
#[derive(Debug)]
pub struct Aside {
    root: PathBuf,
    /// Held as long as this export is in the making.
    _lock: File,
    /// Files below the root, as they will be named.
    files: Vec<String>,
}

impl Aside {
    /// Begins in a folder, which is made if it is not there, and finishes what an earlier export left.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn begin(root: &Path) -> Result<Aside, ExportError> {
        fs::create_dir_all(root).map_err(ExportError::io(root))?;
        let path = root.join("_lock");
        let lock = File::create(&path).map_err(ExportError::io(&path))?;
        if lock.try_lock().is_err() {
            return Err(ExportError::Busy(root.to_owned()));
        }
        let aside = Aside { root: root.to_owned(), _lock: lock, files: Vec::new() };
        aside.recover()?;
        Ok(aside)
    }

    fn staging(&self) -> PathBuf {
        self.root.join("_staging")
    }

    fn prepared(&self) -> PathBuf {
        self.staging().join("PREPARED")
    }

    fn recover(&self) -> Result<(), ExportError> {
        let path = self.prepared();
        if path.exists() {
            let problem = |error: &dyn std::fmt::Display| ExportError::Prepared {
                path: path.clone(),
                problem: error.to_string(),
            };
            let bytes = fs::read(&path).map_err(ExportError::io(&path))?;
            let files: Vec<String> = serde_json::from_slice(&bytes).map_err(|error| problem(&error))?;
            let is_ours = |file: &String| !file.split('/').any(|part| part.is_empty() || part == "..");
            if !files.iter().all(is_ours) {
                return Err(problem(&"it names files outside of the folder"));
            }
            self.swap(&files)?;
        }
        self.clear()
    }

    fn clear(&self) -> Result<(), ExportError> {
        let staging = self.staging();
        match fs::remove_dir_all(&staging) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(ExportError::io(&staging)(error))
            }
            _ => Ok(()),
        }
    }

    /// Starts the file of a table's partition; it must be closed before [`Aside::swap_in`].
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn file(&mut self, table: &Table, month: &str) -> Result<TableFile, ExportError> {
        let name = format!("{}/month={month}/{FILE}", table.name);
        let path = self.staging().join(&name);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(ExportError::io(folder))?;
        // A month that is read anew, because its files went away meanwhile, is written again.
        if !self.files.contains(&name) {
            self.files.push(name);
        }
        Ok(TableFile::create(&path, table.schema(), &table.facts())?)
    }

    /// Writes all rows of a partition. A partition without rows has a file as well.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn write(&mut self, rows: &Rows, month: &str) -> Result<(), ExportError> {
        let mut file = self.file(rows.table, month)?;
        file.write(&rows.batch()?)?;
        file.close()?;
        failpoint("export-file");
        Ok(())
    }

    /// Swaps everything in.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn swap_in(self) -> Result<Vec<String>, ExportError> {
        failpoint("export-before-prepared");
        let prepared = self.prepared();
        let part = prepared.with_extension("part");
        let list = serde_json::to_vec(&self.files).unwrap_or_default();
        let written = File::create(&part).and_then(|mut file| {
            file.write_all(&list)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&part, &prepared)).map_err(ExportError::io(&prepared))?;
        failpoint("export-prepared");
        self.swap(&self.files)?;
        failpoint("export-swapped");
        self.clear()?;
        Ok(self.files)
    }

    /// Renames what is still aside.
    fn swap(&self, files: &[String]) -> Result<(), ExportError> {
        for file in files {
            let (from, to) = (self.staging().join(file), self.root.join(file));
            if !from.exists() {
                continue;
            }
            let folder = to.parent().unwrap_or(&self.root);
            fs::create_dir_all(folder).map_err(ExportError::io(folder))?;
            fs::rename(&from, &to).map_err(ExportError::io(&to))?;
            sync(folder)?;
            failpoint("export-renamed");
        }
        Ok(())
    }
}

fn sync(folder: &Path) -> Result<(), ExportError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(ExportError::io(folder))
}
