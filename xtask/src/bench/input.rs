//! The input that all tools get: texts and names, under `target/bench/`.
//!
//! Real ones where there are any, in the folder that `UNHOOK_DATA` names or in
//! `../shared/data`; else the templates of `corpus/training` and names made from them.
//! Nothing of it leaves `target/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::Value;

use super::brands::Brands;
use crate::project::Project;
use crate::shell;

/// Texts that fast tools get. Slow ones take the first few of them.
const TEXTS: usize = 20_000;

/// Names that fast tools get.
const NAMES: usize = 400_000;

/// Names on which alerts are counted, of which slow tools get some.
const SAMPLE: usize = 4000;

/// Where everything is.
pub(super) struct Input {
    /// Where a peer keeps what it needs, by its name.
    pub(super) folder: PathBuf,
    /// `{"id", "text", "label"}`, one a line.
    pub(super) texts: Vec<Text>,
    pub(super) names: Vec<String>,
    /// Some of the names, evenly out of all: they are in order.
    pub(super) sample: Vec<String>,
    pub(super) brands: Brands,
    /// An `unhook.toml` with the brands.
    pub(super) organization: PathBuf,
    source: &'static str,
}

/// One text.
#[derive(Clone, Serialize)]
pub(super) struct Text {
    pub(super) id: usize,
    pub(super) text: String,
    /// Whether it is a lure.
    pub(super) lure: bool,
}

impl Input {
    pub(super) fn prepare(project: &Project) -> Result<Self> {
        let folder = project.path("target/bench");
        fs::create_dir_all(&folder)?;
        let data = Some(project.data_folder()).filter(|data| data.join("sms").is_dir());
        let (texts, names, brands, source) = match &data {
            Some(data) => (real_texts(data)?, real_names(data)?, Brands::read(data)?, "real data"),
            None => {
                let texts = templates(project)?;
                let names = made_up_names(&texts);
                (texts, names, Brands::made_up(), "templates of corpus/training")
            }
        };
        ensure!(!texts.is_empty() && !names.is_empty(), "there are no {source} to measure with");
        let organization = folder.join("unhook.toml");
        fs::write(&organization, brands.configuration()?)?;
        let sample = spread(&names, SAMPLE);
        Ok(Self { folder, texts, names, sample, brands, organization, source })
    }

    pub(super) fn describe(&self) -> String {
        format!(
            "{} texts, {} names and {} brands, from {}; per second of processor time, \
             start-up apart",
            self.texts.len(),
            self.names.len(),
            self.brands.brands.len(),
            self.source
        )
    }

    /// Writes the first `count` texts as JSON Lines and returns the file.
    pub(super) fn texts_file(&self, count: usize) -> Result<PathBuf> {
        let lines = self.texts.iter().take(count).map(serde_json::to_string);
        let lines = lines.collect::<Result<Vec<_>, _>>()?.join("\n");
        self.file(&format!("texts-{count}.jsonl"), &(lines + "\n"))
    }

    /// Writes the first `count` texts as mails, since mail filters read nothing else, and
    /// returns the mailbox.
    pub(super) fn mailbox(&self, count: usize) -> Result<PathBuf> {
        let mails = self.texts.iter().take(count).map(|text| mail(&text.text));
        let mailbox: String = mails.map(|mail| in_mailbox(&mail)).collect();
        self.file(&format!("texts-{count}.mbox"), &mailbox)
    }

    /// Writes names, one a line, and returns the file.
    pub(super) fn names_file(&self, names: &[String]) -> Result<PathBuf> {
        self.file(&format!("names-{}.txt", names.len()), &(names.join("\n") + "\n"))
    }

    pub(super) fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

/// A text as a mail with nothing else to go by.
pub(super) fn mail(text: &str) -> String {
    format!(
        "From: sender@example.com\nTo: reader@example.com\nSubject: \n\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\n\n{text}"
    )
}

/// A mail as it stands in a mailbox (RFC 4155): without the date, the line above it would not
/// be taken for the border between mails, nor the file for a mailbox.
fn in_mailbox(mail: &str) -> String {
    let quoted = mail.replace("\nFrom ", "\n>From ");
    format!("From sender@example.com Thu Jan  1 00:00:00 1970\n{quoted}\n\n")
}

/// Texts of every source in turn, so that no source is most of them.
fn real_texts(data: &Path) -> Result<Vec<Text>> {
    let mut sources = Vec::new();
    for path in packed(&data.join("sms"), ".jsonl.gz")? {
        let lines = unpacked(&path)?;
        let texts: Vec<(String, bool)> = lines.lines().filter_map(read_line).collect();
        sources.push(texts.into_iter());
    }
    let mut texts = Vec::new();
    while texts.len() < TEXTS {
        let before = texts.len();
        for (text, lure) in sources.iter_mut().filter_map(Iterator::next) {
            texts.push(Text { id: texts.len(), text, lure });
        }
        if texts.len() == before {
            break;
        }
    }
    texts.truncate(TEXTS);
    Ok(texts)
}

fn read_line(line: &str) -> Option<(String, bool)> {
    let line: Value = serde_json::from_str(line).ok()?;
    Some((line["text"].as_str()?.to_owned(), line["label"] == "smishing"))
}

fn real_names(data: &Path) -> Result<Vec<String>> {
    let text = unpacked(&data.join("domains/registered_sample.txt.gz"))?;
    Ok(text.lines().take(NAMES).map(str::to_owned).collect())
}

/// Every so many of some names, so that they come out of the whole.
pub(super) fn spread(names: &[String], count: usize) -> Vec<String> {
    let step = (names.len() / count).max(1);
    names.iter().step_by(step).take(count).cloned().collect()
}

fn packed(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut paths = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(ending) {
            paths.insert(path);
        }
    }
    Ok(paths.into_iter().collect())
}

fn unpacked(path: &Path) -> Result<String> {
    shell::output(Command::new("gzip").arg("-dc").arg(path))
}

/// The template texts as they are, slots and all, repeated to the full number.
fn templates(project: &Project) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    for source in project.sources("corpus/training", "toml")? {
        let file: toml::Table = toml::from_str(&source.text)?;
        let entries = file.get("text").and_then(toml::Value::as_array).into_iter().flatten();
        texts.extend(entries.filter_map(|entry| {
            let lure = entry.get("label")?.as_str()? == "lure";
            Some((entry.get("text")?.as_str()?.to_owned(), lure))
        }));
    }
    let repeated = texts.iter().cycle().take(TEXTS).enumerate();
    Ok(repeated.map(|(id, (text, lure))| Text { id, text: text.clone(), lure: *lure }).collect())
}

/// Names of two words each out of the texts.
fn made_up_names(texts: &[Text]) -> Vec<String> {
    let words = texts.iter().flat_map(|text| text.text.split(|c: char| !c.is_ascii_lowercase()));
    let words: Vec<&str> = words.filter(|word| word.len() > 3).take(NAMES + 1).collect();
    words.windows(2).map(|pair| format!("{}{}.example", pair[0], pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_data_are_read() {
        let line = r#"{"text": "pay", "label": "smishing", "split": "dev"}"#;
        assert_eq!(read_line(line), Some(("pay".to_owned(), true)));
        assert_eq!(read_line(&line.replace("smishing", "ham")), Some(("pay".to_owned(), false)));
        assert_eq!(read_line("{}"), None);
    }

    #[test]
    fn no_text_breaks_the_mailbox() {
        let mailed = in_mailbox(&mail("Hi\nFrom me"));
        assert!(mailed.starts_with("From sender@example.com Thu Jan  1"), "{mailed}");
        assert_eq!(mailed.matches("\nFrom ").count(), 0, "{mailed}");
        assert!(mailed.ends_with("Hi\n>From me\n\n"), "{mailed}");
    }

    #[test]
    fn a_sample_comes_out_of_the_whole() {
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        assert_eq!(spread(&names, 2), ["a", "c"]);
        assert_eq!(spread(&names, 9).len(), 5);
    }

    #[test]
    fn names_are_made_of_words() {
        let text = |text: &str| Text { id: 0, text: text.to_owned(), lure: true };
        assert_eq!(
            made_up_names(&[text("your parcel is held")]),
            ["yourparcel.example", "parcelheld.example"]
        );
    }
}
