//! Which format a file has.

use std::path::Path;

use crate::columns::Field;
use crate::error::OpenError;

/// How a file holds its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One JSON object per line.
    JsonLines,
    /// A header and rows of fields, with a delimiter between them (RFC 4180).
    Table {
        /// The byte between fields; told from the header when `None`.
        delimiter: Option<u8>,
    },
    /// One text per line.
    Lines,
    /// The XML that Android's "SMS Backup & Restore" writes.
    AndroidXml,
}

/// The delimiters that tables are written with, commonest first.
pub(crate) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The first bytes of what no reader here knows: it would only be taken for strange texts.
const FOREIGN: [(&[u8], &str, &str); 6] = [
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, or save its sheet as CSV"),
    (b"BZh", "packed with bzip2", "unpack it first: bzip2 -dc FILE | …"),
    (b"\xfd7zXZ\0", "packed with xz", "unpack it first: xz -dc FILE | …"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"SQLite format 3\0", "a database", "export its messages as CSV or JSON Lines"),
    (b"%PDF-", "a PDF", "save what it holds as one text per line"),
];

impl Format {
    /// The format of this name: `jsonl`, `csv`, `tsv`, `lines`, `xml`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "jsonl" | "ndjson" | "json" => Self::JsonLines,
            "csv" => Self::Table { delimiter: None },
            "tsv" | "tab" => Self::Table { delimiter: Some(b'\t') },
            "lines" | "txt" => Self::Lines,
            "xml" => Self::AndroidXml,
            _ => return None,
        })
    }

    /// The format of a file that begins like this and has this name: the first bytes decide
    /// where they can, then the name, then whether the first line is a table's header.
    #[must_use]
    pub fn detect(beginning: &[u8], name: Option<&Path>) -> Self {
        let text = beginning.trim_ascii_start();
        let is_object =
            text.strip_prefix(b"{").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""));
        if is_object {
            return Self::JsonLines;
        }
        if text.starts_with(b"<?xml") || text.starts_with(b"<smses") {
            return Self::AndroidXml;
        }
        name.and_then(Self::of_name).or_else(|| Self::of_header(text)).unwrap_or(Self::Lines)
    }

    fn of_name(name: &Path) -> Option<Self> {
        let name = name.to_str()?.to_ascii_lowercase();
        let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
        Self::from_name(plain.rsplit_once('.')?.1)
    }

    /// A table, when its first line has several fields and one is named like a column of
    /// texts.
    fn of_header(text: &[u8]) -> Option<Self> {
        let line = String::from_utf8_lossy(text.split(|byte| *byte == b'\n').next()?);
        let delimiter = delimiter_of(&line, Field::is_text)?;
        Some(Self::Table { delimiter: Some(delimiter) })
    }
}

/// The delimiter that parts a header so that there are several names and a text column.
pub(crate) fn delimiter_of(header: &str, is_text: impl Fn(&str) -> bool) -> Option<u8> {
    DELIMITERS.into_iter().find(|delimiter| {
        let mut names = header.split(char::from(*delimiter)).peekable();
        let first = names.next().unwrap_or_default();
        names.peek().is_some()
            && std::iter::once(first).chain(names).any(|name| is_text(unquoted(name)))
    })
}

fn unquoted(name: &str) -> &str {
    name.trim().trim_matches('"')
}

/// Refuses what begins like something that no reader here knows.
pub(crate) fn refuse_foreign(beginning: &[u8]) -> Result<(), OpenError> {
    let array = beginning.trim_ascii_start().strip_prefix(b"[");
    if array.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{\"")) {
        return Err(OpenError::Foreign {
            what: "one JSON array",
            advice: "write one object per line: jq -c '.[]' FILE | …",
        });
    }
    let found = FOREIGN.iter().find(|(magic, ..)| beginning.starts_with(magic));
    found.map_or(Ok(()), |(_, what, advice)| Err(OpenError::Foreign { what, advice }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(beginning: &str, name: &str, expected: Format) {
        assert_eq!(Format::detect(beginning.as_bytes(), Some(Path::new(name))), expected);
    }

    #[test]
    fn bytes_go_before_the_name_and_the_name_before_the_header() {
        const TABLE: Format = Format::Table { delimiter: None };
        check("{\"text\": 1}", "x.csv", Format::JsonLines);
        check(" {\n \"text\": 1}", "-", Format::JsonLines);
        check("{name}, your parcel", "-", Format::Lines);
        check("<?xml version='1.0'?>", "x", Format::AndroidXml);
        check("", "X.JSONL.GZ", Format::JsonLines);
        check("a,b", "x.csv", TABLE);
        check("text,b", "x.txt", Format::Lines);
        check("id;\"Message\"\n", "-", Format::Table { delimiter: Some(b';') });
        check("from\tbody", "x.dat", Format::Table { delimiter: Some(b'\t') });
        check("Hello, your message, sir", "-", Format::Lines);
        check("text", "-", Format::Lines);
    }

    #[test]
    fn what_no_reader_knows_is_refused_with_advice() {
        for beginning in ["PK\u{3}\u{4}…", "SQLite format 3\0", "[{\"text\": 1}]", " [ {\"a\""] {
            assert!(refuse_foreign(beginning.as_bytes()).is_err(), "{beginning}");
        }
        for beginning in ["[Bank] your code", "", "PK", "[1]"] {
            assert!(refuse_foreign(beginning.as_bytes()).is_ok(), "{beginning}");
        }
    }
}
