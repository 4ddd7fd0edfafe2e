//! Which format a file has.

use std::path::Path;

/// How a file holds its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One JSON object per line.
    JsonLines,
    /// Rows of fields with this delimiter (RFC 4180).
    Table {
        /// The byte between fields.
        delimiter: u8,
    },
    /// One text per line.
    Lines,
    /// The XML that Android's "SMS Backup & Restore" writes.
    AndroidXml,
}

impl Format {
    /// The format of this name: `jsonl`, `csv`, `tsv`, `lines`, `xml`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "jsonl" | "ndjson" | "json" => Self::JsonLines,
            "csv" => Self::Table { delimiter: b',' },
            "tsv" => Self::Table { delimiter: b'\t' },
            "lines" | "txt" => Self::Lines,
            "xml" => Self::AndroidXml,
            _ => return None,
        })
    }

    /// The format of a file that begins like this and has this name: the first bytes decide
    /// where they can, then the name, then whether the first line has a table's header.
    #[must_use]
    pub fn detect(beginning: &[u8], name: Option<&Path>) -> Self {
        let text = beginning.trim_ascii_start();
        if text.starts_with(b"{\"") || text.starts_with(b"{ \"") {
            return Self::JsonLines;
        }
        if text.starts_with(b"<?xml") || text.starts_with(b"<smses") {
            return Self::AndroidXml;
        }
        name.and_then(Self::of_name).or_else(|| Self::of_header(text)).unwrap_or(Self::Lines)
    }

    fn of_name(name: &Path) -> Option<Self> {
        let name = name.to_str()?;
        let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
        Self::from_name(&plain.rsplit_once('.')?.1.to_ascii_lowercase())
    }

    fn of_header(text: &[u8]) -> Option<Self> {
        let line = text.split(|b| *b == b'\n').next()?;
        b",;\t|".iter().copied().find_map(|delimiter| {
            let mut fields = line.split(|b| *b == delimiter);
            let known = fields.clone().count() > 1
                && fields
                    .any(|field| crate::table::is_text_column(&String::from_utf8_lossy(field)));
            known.then_some(Self::Table { delimiter })
        })
    }
}
