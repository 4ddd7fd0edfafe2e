//! Compiles the TOML under `data/` into the plain tables that the detector reads at start:
//! parsing a megabyte of TOML at every start would cost more than assessing ten thousand
//! texts. A mistake in the data stops the build and names the file and entry.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a build script reads and writes files and talks to cargo; the library does not"
)]

#[expect(unreachable_pub, reason = "the library, which has this file too, makes it public")]
#[path = "src/text/hashing.rs"]
mod hashing;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BrandFile {
    brand: Vec<BrandEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BrandEntry {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    abbreviations: Vec<String>,
    sector: String,
    countries: Vec<String>,
    languages: Vec<String>,
    domains: Vec<String>,
    #[serde(default)]
    senders: Vec<String>,
    #[serde(default)]
    ordinary_word: bool,
}

fn main() {
    println!("cargo::rerun-if-changed=data");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    let brands = brands(Path::new("data/brands"));
    let phrases = phrases(Path::new("data/phrases"));
    write(&out.join("brands.tsv"), &brands);
    write(&out.join("phrases.tsv"), &phrases);
    lexicon(&out, &brands, &phrases);
}

fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

/// The TOML files of a folder, in order of name.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|e| panic!("cannot read {}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|e| panic!("cannot read {}: {e}", path.display()));
            (path, text)
        })
        .collect()
}

/// One line a brand: its fields between tabs, lists joined by `|`.
fn brands(folder: &Path) -> String {
    let mut table = String::new();
    let mut names = BTreeSet::new();
    for (path, text) in files(folder) {
        let file: BrandFile =
            toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for brand in file.brand {
            assert!(
                names.insert(brand.name.clone()),
                "{}: brand {} stands twice",
                path.display(),
                brand.name
            );
            assert!(
                !brand.domains.is_empty(),
                "{}: brand {} has no domain",
                path.display(),
                brand.name
            );
            let lists = [
                brand.aliases,
                brand.abbreviations,
                brand.countries,
                brand.languages,
                brand.domains,
                brand.senders,
            ]
            .map(|list| list.join("|"));
            let ordinary = if brand.ordinary_word { "1" } else { "" };
            writeln!(table, "{}\t{}\t{}\t{ordinary}", brand.name, brand.sector, lists.join("\t"))
                .expect("writing to a string succeeds");
        }
    }
    table
}

/// One line a category: its name and its phrases, between tabs.
fn phrases(folder: &Path) -> String {
    let mut categories: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in files(folder) {
        let table: toml::Table =
            toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for (category, value) in table.iter().filter(|(key, _)| *key != "language") {
            let phrases =
                value.get("phrases").and_then(toml::Value::as_array).unwrap_or_else(|| {
                    panic!("{}: [{category}] needs a list `phrases`", path.display())
                });
            for phrase in phrases {
                let phrase = phrase.as_str().unwrap_or_else(|| {
                    panic!("{}: [{category}] holds something that is no text", path.display())
                });
                // Numbers are masked in texts: a phrase of digits alone would match any number.
                assert!(
                    phrase.contains(char::is_alphabetic),
                    "{}: [{category}] `{phrase}` has no letter, and would match every number",
                    path.display()
                );
                categories.entry(category.clone()).or_default().insert(phrase.to_owned());
            }
        }
    }
    let lines = categories.into_iter().map(|(category, phrases)| {
        let phrases: Vec<String> = phrases.into_iter().collect();
        format!("{category}\t{}\n", phrases.join("\t"))
    });
    lines.collect()
}

/// The tables of `src/text/lexicon.rs`: words of phrases and brand names, which lures
/// disguise, and common words beside them, which are known but no disguise.
fn lexicon(out: &Path, brands: &str, phrases: &str) {
    let names = brands.lines().filter_map(|line| line.split('\t').next());
    let phrases = phrases.lines().flat_map(|line| line.split('\t').skip(1));
    let disguised: BTreeSet<String> = names.chain(phrases).flat_map(plain_words).collect();
    let tokens = Path::new("data/names/common-tokens.txt");
    let tokens = fs::read_to_string(tokens)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", tokens.display()));
    let common = tokens.lines().filter(|line| !line.starts_with('#'));
    let common = common.filter_map(|line| line.split(' ').next()).flat_map(plain_words);
    let known: BTreeSet<String> = disguised.iter().cloned().chain(common).collect();
    let mut words = String::new();
    let mut by_letters = Vec::new();
    for word in &disguised {
        if let Some(letters) = hashing::hash_of_letters(word) {
            by_letters.push((letters, words.len() as u32 + 1));
            words += &format!("{word}\n");
        }
    }
    let known = known.iter().map(|word| hashing::hash(word)).map(|hash| (hash, hash as u32));
    write(&out.join("words.txt"), words);
    write(&out.join("words-by-letters.bin"), open_table(&by_letters));
    write(&out.join("known-words.bin"), open_table(&known.collect::<Vec<_>>()));
}

/// The words of a text that are plain Latin letters once their accents are taken away, of
/// lengths whose letters may be swapped.
fn plain_words(text: &str) -> Vec<String> {
    let bare: String = text.nfd().filter(|c| !is_combining_mark(*c)).collect();
    let words = bare.split(|c: char| !c.is_alphabetic());
    words
        .filter(|word| word.bytes().all(|b| b.is_ascii_alphabetic()))
        .filter(|word| hashing::SWAPPABLE.contains(&word.len()))
        .map(str::to_ascii_lowercase)
        .collect()
}

/// An open hash table, at most half full: entries of four bytes, an empty one is zero.
fn open_table(entries: &[(u64, u32)]) -> Vec<u8> {
    let mut table = vec![0; (entries.len() * 2).next_power_of_two()];
    for (hash, entry) in entries {
        let mut at = (hash >> 32) as usize & (table.len() - 1);
        while table[at] != 0 {
            at = (at + 1) & (table.len() - 1);
        }
        table[at] = *entry;
    }
    table.into_iter().flat_map(u32::to_le_bytes).collect()
}
