//! Whether bytes are the list that they should be, and what it says.
//!
//! A list that is read wrongly would lift blocks or leave names unprotected without a word. So each
//! has to be whole and to look like what it is; a page that says "try again", the half of a file or another
//! list is none.

use std::borrow::Cow;
use std::io::{Cursor, Read as _};

// It inflates for `zip`, which brings no way to do so.
use flate2 as _;
use serde::Deserialize;
use unhook_model::Hostname;
use zip::ZipArchive;

use super::List;

/// How many of Tranco's names count. A lure in the tail of a million must stay blockable, and anybody gets
/// there with some traffic; into the first ten thousand nobody does within the days of a campaign.
pub const MOST_RANKED: usize = 10_000;

/// The fewest names of a ranking: with less it is none.
const FEWEST_RANKED: usize = 1_000;

/// The longest ranking once unpacked, in bytes: three times Tranco's million.
const LONGEST_RANKING: usize = 64 << 20;

/// The most files in an archive; there is one.
const MOST_FILES: usize = 8;

/// The most names of a warning list, and the fewest of one that is worth having.
const MOST_WARNED: usize = 200_000;
const FEWEST_WARNED: usize = 10;

/// The most rules of the Public Suffix List, and the fewest: it has ten thousand.
const MOST_SUFFIXES: usize = 100_000;
const FEWEST_SUFFIXES: usize = 1_000;

/// Why bytes are not the list that they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// A page of a web site.
    #[error("it is a web page and no list")]
    Page,
    /// It is not whole.
    #[error("it is not whole; fetch it again")]
    Truncated,
    /// It is too long.
    #[error("it has more than {0}; is it the right list?")]
    TooLong(String),
    /// It is too short.
    #[error("it has only {found} names, and not {expected} or more; is it the right list?")]
    TooShort {
        /// How many it has.
        found: usize,
        /// How many it must have.
        expected: usize,
    },
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// What a list says: names, or the rules of the Public Suffix List.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content(pub(super) Vec<String>);

impl Content {
    /// Reads what was published.
    ///
    /// # Errors
    /// Says why it is not this list.
    pub fn read(list: &List, bytes: &[u8]) -> Result<Self, ContentError> {
        let is_page = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
        if is_page {
            return Err(ContentError::Page);
        }
        let lines = match list {
            List::Tranco if bytes.starts_with(b"PK") => ranking(&unpacked(bytes)?),
            List::Tranco => ranking(bytes),
            List::Warning(_) => warning_list(bytes),
            List::PublicSuffixes => suffixes(bytes),
        };
        lines.map(Self)
    }

    /// How many names or rules.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The one table in an archive, to its end, where its checksum is looked at.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, ContentError> {
    let broken = |_| ContentError::Truncated;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MOST_FILES {
        return Err(ContentError::TooLong(format!("{MOST_FILES} files")));
    }
    let is_table = |name: &str| name.to_ascii_lowercase().ends_with(".csv");
    let name = archive.file_names().flatten().find(|name| is_table(name)).map(Cow::into_owned);
    let Some(name) = name else {
        return Err(ContentError::Other("there is no .csv in the archive".to_owned()));
    };
    let file = archive.by_name(&name).map_err(broken)?;
    let mut table = Vec::new();
    let read = file.take(LONGEST_RANKING as u64 + 1).read_to_end(&mut table);
    if table.len() > LONGEST_RANKING {
        return Err(ContentError::TooLong(format!("{} MiB unpacked", LONGEST_RANKING >> 20)));
    }
    read.map(|_| table).map_err(|_| ContentError::Truncated)
}

/// `rank,name` on each line, from the first rank on.
fn ranking(bytes: &[u8]) -> Result<Vec<String>, ContentError> {
    let text = utf8(bytes)?;
    if !text.ends_with('\n') {
        return Err(ContentError::Truncated);
    }
    let mut names = Vec::new();
    for (line, expected) in text.lines().take(MOST_RANKED).zip(1_usize..) {
        let found = line.split_once(',').filter(|(rank, _)| rank.parse() == Ok(expected));
        let Some((_, name)) = found else {
            let why = format!("line {expected} is not `{expected},name`");
            return Err(ContentError::Other(why));
        };
        names.extend(Hostname::parse(name.trim()).ok().map(|name| name.as_str().to_owned()));
    }
    at_least(names, FEWEST_RANKED)
}

#[derive(Deserialize)]
struct WarningFile {
    #[serde(rename = "type")]
    kind: String,
    list: Vec<String>,
}

/// MISP's form. A dot before a name says that all below it is meant, which is so here anyway.
fn warning_list(bytes: &[u8]) -> Result<Vec<String>, ContentError> {
    let file: WarningFile =
        serde_json::from_slice(bytes).map_err(|error| match error.classify() {
            serde_json::error::Category::Eof => ContentError::Truncated,
            _ => ContentError::Other(format!("it is no warning list of MISP: {error}")),
        })?;
    if !matches!(file.kind.as_str(), "hostname" | "string") {
        let why =
            "it is a warning list of something else than names; leave it out of `warning_lists`";
        return Err(ContentError::Other(why.to_owned()));
    }
    if file.list.len() > MOST_WARNED {
        return Err(ContentError::TooLong(format!("{MOST_WARNED} names")));
    }
    let names = file.list.iter().filter_map(|name| {
        let name = name.trim().trim_start_matches("*.").trim_start_matches('.');
        Some(Hostname::parse(name).ok()?.as_str().to_owned())
    });
    at_least(names.collect(), FEWEST_WARNED)
}

/// The form of publicsuffix.org: a rule at the beginning of a line, comments after two slashes.
fn suffixes(bytes: &[u8]) -> Result<Vec<String>, ContentError> {
    const ENDS: [&str; 2] = ["// ===END ICANN DOMAINS===", "// ===END PRIVATE DOMAINS==="];
    let text = utf8(bytes)?;
    if !ENDS.iter().all(|end| text.lines().any(|line| line.trim_end() == *end)) {
        return Err(ContentError::Truncated);
    }
    let rules = text.lines().filter_map(|line| line.split_whitespace().next());
    let rules: Vec<_> =
        rules.filter(|rule| !rule.starts_with("//")).take(MOST_SUFFIXES + 1).collect();
    if rules.len() > MOST_SUFFIXES {
        return Err(ContentError::TooLong(format!("{MOST_SUFFIXES} rules")));
    }
    if let Some(odd) = rules.iter().find(|rule| !is_rule(rule)) {
        let shown: String = odd.escape_debug().take(80).collect();
        return Err(ContentError::Other(format!("`{shown}` is no rule of the list")));
    }
    at_least(rules.into_iter().map(str::to_owned).collect(), FEWEST_SUFFIXES)
}

fn is_rule(rule: &str) -> bool {
    let name = rule.strip_prefix("*.").or_else(|| rule.strip_prefix('!')).unwrap_or(rule);
    // A suffix of one label is no host name by itself.
    Hostname::parse(&format!("x.{name}")).is_ok()
}

fn at_least(names: Vec<String>, expected: usize) -> Result<Vec<String>, ContentError> {
    let found = names.len();
    if found < expected { Err(ContentError::TooShort { found, expected }) } else { Ok(names) }
}

fn utf8(bytes: &[u8]) -> Result<&str, ContentError> {
    std::str::from_utf8(bytes).map_err(|_| ContentError::Other("it is no text in UTF-8".to_owned()))
}
