//! The checkout: where it is and which files it holds.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result};

/// Folders that hold nothing anybody wrote.
const PASSED_OVER: [&str; 5] = ["target", ".git", "fuzz/target", "fuzz/artifacts", "fuzz/coverage"];

/// A checkout of the project.
pub(crate) struct Project {
    root: PathBuf,
}

/// A file somebody wrote, with its path from the root, `/` between folders.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Project {
    /// The checkout this tool was built from.
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask lies in a folder of the checkout")?;
        Ok(Self { root: root.to_owned() })
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where real data for measuring lies, if anywhere: never in the checkout.
    pub(crate) fn data_folder(&self) -> PathBuf {
        let named = env::var_os("UNHOOK_DATA").map(PathBuf::from);
        named.unwrap_or_else(|| self.path("../shared/data"))
    }

    pub(crate) fn read(&self, relative: &str) -> Result<String> {
        fs::read_to_string(self.path(relative)).with_context(|| format!("cannot read {relative}"))
    }

    /// A file's text, or nothing when there is no such file.
    pub(crate) fn read_if_there(&self, relative: &str) -> Result<Option<String>> {
        if self.path(relative).exists() { self.read(relative).map(Some) } else { Ok(None) }
    }

    /// Writes a file, and the folder it lies in.
    pub(crate) fn write(&self, relative: &str, text: &str) -> Result<()> {
        let path = self.path(relative);
        let folder = path.parent().context("a file lies in a folder")?;
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.with_context(|| format!("cannot write {relative}"))
    }

    /// Paths of all files below a folder (the whole checkout when empty) whose names end
    /// in `.extension`, in order. A folder that is not there holds none.
    pub(crate) fn paths(&self, folder: &str, extension: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        self.collect(folder, &mut found)?;
        let ending = format!(".{extension}");
        found.retain(|path| path.ends_with(&ending));
        found.sort();
        Ok(found)
    }

    /// The same files with their text.
    pub(crate) fn sources(&self, folder: &str, extension: &str) -> Result<Vec<Source>> {
        self.paths(folder, extension)?
            .into_iter()
            .map(|path| Ok(Source { text: self.read(&path)?, path }))
            .collect()
    }

    /// Names of the folders in a folder, in order.
    pub(crate) fn folders(&self, folder: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.path(folder)).with_context(|| format!("no {folder}/"))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    fn collect(&self, folder: &str, found: &mut Vec<String>) -> Result<()> {
        if PASSED_OVER.contains(&folder) || !self.path(folder).is_dir() {
            return Ok(());
        }
        for entry in fs::read_dir(self.path(folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_dir() {
                self.collect(&path, found)?;
            } else {
                found.push(path);
            }
        }
        Ok(())
    }
}
