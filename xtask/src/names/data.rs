//! The lists of names, and which of them are not there.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::shell;

/// Real names aimed at employees' sign-in.
const IMITATIONS: &str = "sso_lookalikes.csv";

/// Names of lures sent to the public: with a theme each, and of one service.
const THEMES: &str = "consumer_smishing_infoblox.csv.gz";
const ONE_SERVICE: &str = "consumer_smishing_labhost.txt.gz";

/// A folder of lists.
pub(super) struct Data {
    folder: PathBuf,
    found: Cell<usize>,
    missing: RefCell<BTreeSet<PathBuf>>,
}

/// A name known to imitate a brand.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Imitation {
    pub(super) name: String,
    pub(super) brand: String,
    pub(super) brand_domain: String,
    cluster: String,
}

impl Imitation {
    /// The years it is from, out of the name of its cluster (`somebody-2022-2025`).
    pub(super) fn wave(&self) -> &str {
        self.cluster.find("-20").map_or(self.cluster.as_str(), |at| &self.cluster[at + 1..])
    }
}

/// All waves, in order.
pub(super) fn waves(imitations: &[Imitation]) -> BTreeSet<&str> {
    imitations.iter().map(Imitation::wave).collect()
}

#[derive(Deserialize)]
struct Themed {
    host: String,
    theme: String,
    classification: String,
}

impl Data {
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self { folder, found: Cell::new(0), missing: RefCell::default() }
    }

    /// Known imitations; `None` when their list is not there.
    pub(super) fn imitations(&self) -> Result<Option<Vec<Imitation>>> {
        self.text(IMITATIONS)?.as_deref().map(rows).transpose()
    }

    /// The names of several lists together; `None` when one of them is not there.
    pub(super) fn names(&self, files: &[&str]) -> Result<Option<Vec<String>>> {
        let texts = files.iter().map(|file| self.text(file)).collect::<Result<Vec<_>>>()?;
        let texts: Option<Vec<String>> = texts.into_iter().collect();
        Ok(texts.map(|texts| texts.iter().flat_map(|text| lines(text)).collect()))
    }

    /// Names of lures sent to the public, by theme.
    pub(super) fn themes(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let mut themes: BTreeMap<String, Vec<String>> = match self.text(THEMES)? {
            Some(text) => by_theme(rows(&text)?),
            None => BTreeMap::new(),
        };
        if let Some(text) = self.text(ONE_SERVICE)? {
            themes.insert("banks and others".to_owned(), lines(&text).collect());
        }
        Ok(themes)
    }

    /// Lists that were asked for in vain.
    pub(super) fn missing(&self) -> Vec<PathBuf> {
        self.missing.borrow().iter().cloned().collect()
    }

    pub(super) fn nothing_found(&self) -> bool {
        self.found.get() == 0
    }

    fn text(&self, file: &str) -> Result<Option<String>> {
        let path = self.folder.join(file);
        if !path.is_file() {
            self.missing.borrow_mut().insert(path);
            return Ok(None);
        }
        self.found.set(self.found.get() + 1);
        read(&path).map(Some)
    }
}

fn read(path: &Path) -> Result<String> {
    if path.extension().is_some_and(|ending| ending == "gz") {
        return shell::output(Command::new("gzip").arg("-dc").arg(path));
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn rows<T: for<'d> Deserialize<'d>>(text: &str) -> Result<Vec<T>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().context("a list has other columns")
}

fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}

/// Names by theme, without those that their list itself calls honest.
fn by_theme(rows: Vec<Themed>) -> BTreeMap<String, Vec<String>> {
    let mut themes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.classification != "legitimate") {
        themes.entry(row.theme).or_default().push(row.host);
    }
    themes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imitations_have_a_wave() {
        let text = "name,brand,brand_domain,cluster,form\n\
                    acme-sso.example,Acme,acme.example,somebody-2022-2025,x\n\
                    acme-hr.example,Acme,,nobody,x\n";
        let rows: Vec<Imitation> = rows(text).unwrap();
        assert_eq!(waves(&rows).into_iter().collect::<Vec<_>>(), ["2022-2025", "nobody"]);
        assert!(super::rows::<Imitation>("name\nacme-sso.example\n").is_err());
    }

    #[test]
    fn what_a_list_calls_honest_is_no_lure() {
        let text = "host,theme,classification\na.example,acme_parcel,malicious\n\
                    b.example,acme_parcel,legitimate\nc.example,other,suspicious\n";
        let themes = by_theme(rows(text).unwrap());
        assert_eq!(themes["acme_parcel"], ["a.example"]);
        assert_eq!(themes.len(), 2);
    }

    #[test]
    fn a_list_that_is_not_there_is_named() {
        let data = Data::in_folder(PathBuf::from("nowhere"));
        assert!(data.names(&["a.txt", "b.txt"]).unwrap().is_none());
        assert_eq!(data.missing(), [Path::new("nowhere/a.txt"), Path::new("nowhere/b.txt")]);
        assert!(data.nothing_found());
    }
}
