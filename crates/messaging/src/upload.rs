//! An uploaded file of texts: the readers of [`open`](crate::open) over bytes that a stranger sent.
//!
//! What a phone exports comes as it is, packed with gzip or zstd, or alone in a zip archive. An
//! archive is looked into only as far as it must be: one file of texts, unpacked within
//! [`MOST_UNPACKED`] bytes; nothing is written to a disk, and no archive within it is opened.

use std::io::{Cursor, Read};
use std::path::Path;

use unhook_app::export::Export;
use zip::ZipArchive;

use crate::error::OpenError;
use crate::rows::{ReadOptions, open_plain};

/// The largest file that is read, packed or not, in bytes: the texts of many years.
pub const LARGEST_UPLOAD: usize = 32 << 20;

/// The most bytes that a packed file may become.
pub const MOST_UNPACKED: u64 = 128 << 20;

/// The most texts that are read of one file; a person has some thousands.
pub const MOST_ROWS: usize = 20_000;

/// The most bytes of texts that are held of one file.
const MOST_HELD: usize = 32 << 20;

/// The most files of an archive; an export has one, and perhaps its pictures.
const MOST_ENTRIES: usize = 1_000;

/// The most mistakes that are told one by one.
const MOST_UNREAD: usize = 20;

/// How files of texts end.
const ENDINGS: [&str; 7] = [".xml", ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson"];

/// Why an uploaded file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// More than the texts of many years.
    #[error("larger than {} MiB; upload the texts alone, without pictures", LARGEST_UPLOAD >> 20)]
    TooLarge,
    /// There is nothing in it.
    #[error("the file is empty; export the texts again")]
    Empty,
    /// None of the readers knows it.
    #[error(transparent)]
    Unreadable(#[from] OpenError),
    /// The archive is damaged, or packed in a way that is not read.
    #[error("the archive cannot be unpacked; upload the file in it as it is")]
    BrokenArchive,
    /// An archive with more files than an export has.
    #[error("an archive of more than {MOST_ENTRIES} files; upload the one that holds the texts")]
    TooManyEntries,
    /// An archive that is a spreadsheet or a document.
    #[error("this is a spreadsheet or a document; save its sheet as CSV and upload that")]
    Office,
    /// An archive with no file of texts.
    #[error("no file of texts in the archive; expected one that ends in {}", ENDINGS.join(", "))]
    NoTexts,
    /// An archive with several.
    #[error("{0} files of texts in the archive; upload one at a time")]
    SeveralTexts(usize),
}

/// Reads an uploaded file; its name helps to tell its format, and is used for nothing else.
///
/// # Errors
/// When nothing of it can be read. A line that cannot be read is counted, and reading goes on.
///
/// ```
/// use unhook_messaging::read_upload;
/// let export = read_upload("texts.csv", b"from,text\n28777,hello\n".to_vec()).unwrap();
/// assert_eq!(export.rows[0].1.body, "hello");
/// assert!(read_upload("texts.csv", Vec::new()).is_err());
/// ```
pub fn read_upload(name: &str, bytes: Vec<u8>) -> Result<Export, UploadError> {
    if bytes.len() > LARGEST_UPLOAD {
        return Err(UploadError::TooLarge);
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(UploadError::Empty);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        let (name, texts) = texts_of_archive(bytes)?;
        return rows_of(&name, texts);
    }
    rows_of(name, bytes)
}

/// The one file of texts of an archive, with its name.
fn texts_of_archive(bytes: Vec<u8>) -> Result<(String, Vec<u8>), UploadError> {
    // Before the list of files is read, which takes memory for each.
    let entries = bytes.windows(4).filter(|window| *window == b"PK\x01\x02").count();
    if entries > MOST_ENTRIES {
        return Err(UploadError::TooManyEntries);
    }
    let broken = |_| UploadError::BrokenArchive;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let names = archive.file_names().map(|name| name.map(|name| name.into_owned()));
    let names: Vec<String> = names.collect::<Result<_, _>>().map_err(broken)?;
    if names.iter().any(|name| name == "[Content_Types].xml" || name == "mimetype") {
        return Err(UploadError::Office);
    }
    let is_texts = |name: &&String| {
        let lower = name.to_ascii_lowercase();
        // What a Mac adds beside each file.
        !name.starts_with("__MACOSX/") && ENDINGS.iter().any(|ending| lower.ends_with(ending))
    };
    let texts: Vec<&String> = names.iter().filter(is_texts).collect();
    let name = match texts[..] {
        [one] => one.clone(),
        [] => return Err(UploadError::NoTexts),
        _ => return Err(UploadError::SeveralTexts(texts.len())),
    };
    let entry = archive.by_name(&name).map_err(broken)?;
    let mut unpacked = Vec::new();
    let read = entry.take(LARGEST_UPLOAD as u64 + 1).read_to_end(&mut unpacked);
    read.map_err(|_| UploadError::BrokenArchive)?;
    if unpacked.len() > LARGEST_UPLOAD {
        return Err(UploadError::TooLarge);
    }
    if unpacked.iter().all(u8::is_ascii_whitespace) {
        return Err(UploadError::Empty);
    }
    Ok((name, unpacked))
}

fn rows_of(name: &str, bytes: Vec<u8>) -> Result<Export, UploadError> {
    let unpacked = crate::unpack::decompress(Cursor::new(bytes)).map_err(OpenError::from)?;
    // Packed twice, it is no text: only so there is one bound.
    let bounded = Box::new(Bounded { unpacked, left: MOST_UNPACKED });
    let rows = open_plain(bounded, Some(Path::new(name)), &ReadOptions::default())?;
    let mut export = Export::default();
    let mut held = 0;
    for row in rows {
        if export.rows.len() >= MOST_ROWS || export.unread_count >= MOST_ROWS || held > MOST_HELD {
            export.is_cut = true;
            break;
        }
        match row {
            Ok(row) => {
                held += row.message.body.len();
                export.rows.push((row.line, row.message));
            }
            Err(error) => {
                export.unread_count += 1;
                if export.unread.len() < MOST_UNREAD {
                    export.unread.push((error.line, error.problem.to_string()));
                }
            }
        }
    }
    Ok(export)
}

/// A stream that fails where it becomes too long, so that the end is no surprise to anybody.
struct Bounded {
    unpacked: Box<dyn Read + Send>,
    left: u64,
}

impl Read for Bounded {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            let most = MOST_UNPACKED >> 20;
            let why = format!("it unpacks to more than {most} MiB; upload it in parts");
            return Err(std::io::Error::other(why));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        let read = self.unpacked.read(&mut out[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    const TABLE: &[u8] =
        b"from,text\n28777,your code is 4821\n+12015550123,tap acme-okta.example\n";

    #[track_caller]
    fn check(name: &str, bytes: Vec<u8>) {
        let export = read_upload(name, bytes).unwrap();
        let bodies: Vec<&str> = export.rows.iter().map(|(_, text)| text.body.as_str()).collect();
        assert_eq!(bodies, ["your code is 4821", "tap acme-okta.example"]);
        assert_eq!((export.rows[0].0, export.unread_count, export.is_cut), (2, 0, false));
    }

    #[track_caller]
    fn refused(bytes: Vec<u8>, part: &str) {
        let error = read_upload("texts", bytes).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }

    #[test]
    fn a_file_of_texts_is_read_however_it_is_packed() {
        check("texts.csv", TABLE.to_vec());
        check("texts.csv.gz", gzip(TABLE));
        check("x.zip", archive(&[("backup/texts.csv", TABLE), ("backup/IMG_1.png", b"\x89PNG")]));
        check("x.zip", archive(&[("texts.csv", TABLE), ("__MACOSX/._texts.csv", b"x")]));
    }

    #[test]
    fn what_is_no_file_of_texts_is_told_so() {
        refused(Vec::new(), "empty");
        refused(b" \r\n".to_vec(), "empty");
        refused(b"%PDF-1.7".to_vec(), "a PDF");
        refused(b"PK\x03\x04 and nothing".to_vec(), "cannot be unpacked");
        refused(archive(&[("a.png", b"x")]), "no file of texts");
        refused(archive(&[("a.csv", TABLE), ("b.csv", TABLE)]), "2 files of texts");
        refused(
            archive(&[("[Content_Types].xml", b"<x/>"), ("xl/a.xml", b"<x/>")]),
            "save its sheet",
        );
        refused(archive(&[("a.csv", b"")]), "empty");
        let inner = archive(&[("a.csv", TABLE)]);
        refused(archive(&[("a.csv", &inner)]), "a zip archive");
        let cut = archive(&[("a.csv", TABLE)]);
        refused(cut[..cut.len() - 30].to_vec(), "cannot be unpacked");
    }

    #[test]
    fn bombs_are_not_unpacked() {
        refused(vec![b'x'; LARGEST_UPLOAD + 1], "larger than 32 MiB");
        let zeros = vec![b'0'; LARGEST_UPLOAD + 1];
        refused(archive(&[("a.csv", &zeros)]), "larger than 32 MiB");
        let many: Vec<String> = (0..=MOST_ENTRIES).map(|number| format!("{number}.csv")).collect();
        let files: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
        refused(archive(&files), "more than 1000 files");
        // A line without end, a gigabyte if it were unpacked.
        let mut packed = Vec::new();
        let part = gzip(&vec![b'0'; 16 << 20]);
        (0..64).for_each(|_| packed.extend_from_slice(&part));
        let export = read_upload("texts.txt", packed).unwrap();
        assert_eq!((export.rows.len(), export.unread_count), (0, 2));
        assert!(export.unread[1].1.contains("more than 128 MiB"), "{:?}", export.unread);
        let twice = gzip(&gzip(TABLE));
        assert!(read_upload("a.csv", twice).is_err());
    }

    #[test]
    fn a_file_of_more_texts_than_somebody_has_is_cut() {
        let export = read_upload("a.txt", b"hello\n".repeat(MOST_ROWS + 1)).unwrap();
        assert!(export.rows.len() == MOST_ROWS && export.is_cut);
        let wrong = read_upload("a.jsonl", b"{\"text\": 1}\n".repeat(50)).unwrap();
        assert_eq!((wrong.unread.len(), wrong.unread_count), (MOST_UNREAD, 50));
    }
}
