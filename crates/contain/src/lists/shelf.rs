//! The lists that are in use, in a folder of the data folder, one file each.
//!
//! A file says by itself where it came from and when, so it is replaced as a whole or not at all: it is
//! written beside and then renamed. How many names it has stands at its head; one that has others was
//! damaged and does not count.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use ring::digest;
use unhook_engine::Popular;
use unhook_model::Timestamp;

use super::{Content, List};

/// The first line of each file; another version is not read.
const HEAD: &str = "# unhook list 1";

/// The largest file that is read: the longest warning list, each name as long as names can be, has less.
const LARGEST_FILE: u64 = 64 << 20;

/// Why a list was not kept. The one before is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShelfError {
    /// It has lost more than half of what the one before had.
    #[error(
        "it has {found} names, and the one in use has {before}; if that is right, remove {} first",
        .file.display()
    )]
    Shrunk {
        /// How many it has.
        found: usize,
        /// How many the one in use has.
        before: usize,
        /// The file in use.
        file: PathBuf,
    },
    /// The folder cannot be written.
    #[error("{} cannot be written", .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// One list in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it is called.
    pub name: String,
    /// Where it came from.
    pub source: String,
    /// When it was read.
    pub fetched: Timestamp,
    /// The SHA-256 of what was published, in hexadecimal digits.
    pub sha256: String,
    /// How many names or rules.
    pub count: usize,
    text: String,
}

/// The folder with the lists.
#[derive(Clone, Debug)]
pub struct Shelf(PathBuf);

impl Shelf {
    /// That of a data folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self(data.join("lists"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.txt"))
    }

    /// Puts a list in the place of the one before; `published` is what it was read from.
    ///
    /// # Errors
    /// Says why the one before stays.
    pub fn keep(
        &self,
        list: &List,
        content: &Content,
        source: &str,
        published: &[u8],
        now: Timestamp,
    ) -> Result<Kept, ShelfError> {
        let (name, found) = (list.name(), content.len());
        let file = self.file(&name);
        if let Ok(Some(Kept { count: before, .. })) = read(&file, &name)
            && found < before / 2
        {
            return Err(ShelfError::Shrunk { found, before, file });
        }
        let sha256 = hex(digest::digest(&digest::SHA256, published).as_ref());
        let source: String = source.chars().filter(|c| !c.is_control()).collect();
        let ms = now.unix_ms();
        let mut text = format!(
            "{HEAD}\n# source: {source}\n# fetched: {ms}\n# sha256: {sha256}\n# names: {found}\n"
        );
        content.0.iter().for_each(|line| {
            text.push_str(line);
            text.push('\n');
        });
        write(&self.0, &file, &text).map_err(|source| ShelfError::Write { file, source })?;
        Ok(Kept { name, source, fetched: now, sha256, count: found, text })
    }

    /// Removes those warning lists that are not among these any more.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn drop_others(&self, lists: &[List]) -> Result<(), ShelfError> {
        for name in self.names() {
            if !lists.iter().any(|list| list.name() == name) {
                let file = self.file(&name);
                std::fs::remove_file(&file).map_err(|source| ShelfError::Write { file, source })?;
            }
        }
        Ok(())
    }

    /// The lists in use, by name; with each file that does not count, why.
    #[must_use]
    pub fn lists(&self) -> (Vec<Kept>, Vec<String>) {
        let (mut lists, mut problems) = (Vec::new(), Vec::new());
        for name in self.names() {
            let file = self.file(&name);
            match read(&file, &name) {
                Ok(kept) => lists.extend(kept),
                Err(why) => problems.push(format!("{}: {why}", file.display())),
            }
        }
        (lists, problems)
    }

    /// The names of what lies there, in order.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_suffix(".txt").map(str::to_owned)
        });
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

/// What these lists protect together.
#[must_use]
pub fn popular(lists: &[Kept]) -> Popular {
    let mut popular = Popular::default();
    for list in lists {
        if list.name == List::PublicSuffixes.name() {
            popular.add_suffixes(&list.text);
        } else {
            popular.add(&list.text);
        }
    }
    popular
}

/// A file of ours; nothing, where there is none.
fn read(file: &Path, name: &str) -> Result<Option<Kept>, String> {
    let mut text = String::new();
    let opened = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|error| error.to_string())?,
    };
    let read = opened.take(LARGEST_FILE).read_to_string(&mut text);
    read.map_err(|error| error.to_string())?;
    let damaged = || "it is damaged, or of another version; run `unhook lists update`".to_owned();
    parse(text, name).map(Some).ok_or_else(damaged)
}

fn parse(text: String, name: &str) -> Option<Kept> {
    let mut lines = text.lines();
    if lines.next() != Some(HEAD) {
        return None;
    }
    let mut field = |key: &str| lines.next()?.strip_prefix(key).map(str::to_owned);
    let source = field("# source: ")?;
    let fetched = Timestamp::from_unix_ms(field("# fetched: ")?.parse().ok()?);
    let sha256 = field("# sha256: ")?;
    let count: usize = field("# names: ")?.parse().ok()?;
    let is_whole = text.ends_with('\n') && lines.count() == count;
    let name = name.to_owned();
    is_whole.then_some(Kept { name, source, fetched, sha256, count, text })
}

/// Writes beside and renames, so that it is there whole or not at all after a loss of power.
fn write(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let beside = file.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let mut new = options.open(&beside)?;
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    std::fs::rename(&beside, file)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
