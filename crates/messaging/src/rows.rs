//! One message per row, whatever the format.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use serde::Deserialize;
use unhook_model::{Channel, Message, PhoneNumber, Sender, Timestamp};

use crate::table::Table;
use crate::{Format, android, decompress};

/// The longest row read, in bytes: a text of any channel is far below it. A longer one is
/// an error of its own and is passed over without being held.
pub const LONGEST_ROW: usize = 1 << 20;

/// How much of a file is looked at to tell its format, in bytes.
const BEGINNING: usize = 4096;

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The format; found out when `None`.
    pub format: Option<Format>,
    /// The column that holds the text, by name; found out when `None`.
    pub text_column: Option<String>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its id as given.
    pub id: Option<String>,
    /// Its message.
    pub message: Message,
}

/// A row that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RowError {
    /// The line it begins on, from 1.
    pub line: u64,
    /// What is wrong, and what to do.
    pub problem: String,
    /// Whether nothing can follow it.
    pub is_final: bool,
}

impl RowError {
    pub(crate) fn at(line: u64, problem: impl Into<String>) -> Self {
        Self { line, problem: problem.into(), is_final: false }
    }
}

/// The rows of one source.
pub struct Rows {
    lines: Lines,
    reader: Reader,
    done: bool,
}

enum Reader {
    JsonLines,
    Lines,
    Table(Table),
    Android(android::Backup),
}

/// Opens a source.
///
/// # Errors
/// When its beginning cannot be read, or a table has no column of texts.
pub fn open(
    source: impl Read + Send + 'static,
    name: Option<&Path>,
    options: &ReadOptions,
) -> std::io::Result<Rows> {
    let mut source = decompress(source)?;
    let mut beginning = Vec::with_capacity(BEGINNING);
    source.by_ref().take(BEGINNING as u64).read_to_end(&mut beginning)?;
    if beginning.starts_with(b"\xef\xbb\xbf") {
        beginning.drain(..3);
    }
    let whole: Box<dyn Read + Send> = Box::new(Cursor::new(beginning.clone()).chain(source));
    let reader = BufReader::with_capacity(1 << 16, whole);
    let format = options.format.unwrap_or_else(|| Format::detect(&beginning, name));
    let mut lines = Lines { reader, number: 0, buffer: Vec::new() };
    let reader = match format {
        Format::JsonLines => Reader::JsonLines,
        Format::Lines => Reader::Lines,
        Format::AndroidXml => Reader::Android(android::Backup::default()),
        Format::Table { delimiter } => {
            Reader::Table(Table::open(&mut lines, delimiter, options.text_column.as_deref())?)
        }
    };
    Ok(Rows { lines, reader, done: false })
}

impl Iterator for Rows {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let row = match &mut self.reader {
            Reader::JsonLines => {
                self.lines.next_filled()?.and_then(|line| json_row(self.lines.number, &line))
            }
            Reader::Lines => self.lines.next_filled()?.map(|text| Row {
                line: self.lines.number,
                id: None,
                message: Message::from_body(text),
            }),
            Reader::Table(table) => table.next(&mut self.lines)?,
            Reader::Android(backup) => backup.next(&mut self.lines)?,
        };
        self.done = row.as_ref().is_err_and(|error| error.is_final);
        Some(row)
    }
}

/// Bounded lines of a stream.
pub(crate) struct Lines {
    reader: BufReader<Box<dyn Read + Send>>,
    pub(crate) number: u64,
    buffer: Vec<u8>,
}

impl Lines {
    /// The next line that is not blank; bytes that are no UTF-8 are replaced.
    pub(crate) fn next_filled(&mut self) -> Option<Result<String, RowError>> {
        loop {
            match self.next_until(b'\n')? {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => return Some(Ok(line.trim_end_matches(['\r', '\n']).to_owned())),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The text up to and with the next `end`.
    pub(crate) fn next_until(&mut self, end: u8) -> Option<Result<String, RowError>> {
        self.buffer.clear();
        let limit = LONGEST_ROW as u64 + 1;
        let read = self.reader.by_ref().take(limit).read_until(end, &mut self.buffer);
        let begun = self.number + 1;
        self.number += if end == b'\n' {
            1
        } else {
            self.buffer.iter().filter(|b| **b == b'\n').count() as u64
        };
        match read {
            Ok(0) => None,
            Ok(count) if count > LONGEST_ROW => Some(Err(self.skip_rest(begun, end))),
            Ok(_) => Some(Ok(String::from_utf8_lossy(&self.buffer).into_owned())),
            Err(error) => {
                let problem = format!("the input breaks off here: {error}");
                Some(Err(RowError { line: begun, problem, is_final: true }))
            }
        }
    }

    /// Passes over the rest of a line that is too long, without holding it.
    fn skip_rest(&mut self, line: u64, end: u8) -> RowError {
        loop {
            let Ok(buffer) = self.reader.fill_buf() else { break };
            let found = buffer.iter().position(|b| *b == end);
            let used = found.map_or(buffer.len(), |at| at + 1);
            let empty = buffer.is_empty();
            self.reader.consume(used);
            if found.is_some() || empty {
                break;
            }
        }
        RowError::at(line, "longer than 1 MiB, passed over; is it one text?")
    }
}

/// What a JSON row may carry; other keys are passed over.
#[derive(Deserialize)]
struct JsonRow {
    id: Option<serde_json::Value>,
    #[serde(alias = "body", alias = "message")]
    text: Option<String>,
    sender: Option<String>,
    recipient: Option<String>,
    received_at: Option<serde_json::Value>,
    channel: Option<String>,
}

fn json_row(line: u64, text: &str) -> Result<Row, RowError> {
    let row: JsonRow = serde_json::from_str(text).map_err(|error| {
        RowError::at(line, format!("expected one JSON object per line: {error}"))
    })?;
    let body =
        row.text.ok_or_else(|| RowError::at(line, "no text: expected a string under `text`"))?;
    let id = row.id.map(|id| match id {
        serde_json::Value::String(id) => id,
        other => other.to_string(),
    });
    let received = row
        .received_at
        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let fields =
        Fields { sender: row.sender, recipient: row.recipient, received, channel: row.channel };
    Ok(Row { line, id, message: fields.message(line, body)? })
}

/// The fields of a message as a file has them.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) sender: Option<String>,
    pub(crate) recipient: Option<String>,
    pub(crate) received: Option<String>,
    pub(crate) channel: Option<String>,
}

impl Fields {
    pub(crate) fn message(self, line: u64, body: String) -> Result<Message, RowError> {
        let received_at =
            match self.received.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
                None => None,
                Some(text) => Some(moment(text).ok_or_else(|| {
                    RowError::at(
                        line,
                        format!(
                            "`{}` is no time: expected RFC 3339 or a Unix time",
                            shortened(text)
                        ),
                    )
                })?),
            };
        Ok(Message {
            channel: self
                .channel
                .and_then(|name| Channel::from_name(&name.to_lowercase()))
                .unwrap_or_default(),
            sender: self.sender.as_deref().and_then(Sender::parse),
            recipient: self.recipient.as_deref().and_then(PhoneNumber::parse),
            body,
            received_at,
        })
    }
}

/// A time as files write it: RFC 3339, a date, or a Unix time in seconds or milliseconds.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<f64>() {
        let milliseconds = if number.abs() < 1e11 { number * 1000.0 } else { number };
        return Some(Timestamp::from_unix_ms(milliseconds as i64));
    }
    let stamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let date: jiff::civil::DateTime = text.parse().ok()?;
        Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(Timestamp::from_unix_ms(stamp.as_millisecond()))
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8], name: &str) -> Vec<Result<Row, RowError>> {
        let source = std::io::Cursor::new(bytes.to_vec());
        open(source, Some(Path::new(name)), &ReadOptions::default()).unwrap().collect()
    }

    #[track_caller]
    fn check(bytes: &[u8], name: &str, expected: &[&str]) {
        let texts: Vec<String> = read(bytes, name)
            .into_iter()
            .map(|row| row.map_or_else(|error| format!("! {error}"), |row| row.message.body))
            .collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn json_lines() {
        let rows = read(
            b"{\"id\": 7, \"text\": \"hi\", \"sender\": \"28777\", \"received_at\": 1658357340}\n",
            "x.jsonl",
        );
        let row = rows[0].as_ref().unwrap();
        assert_eq!(row.id.as_deref(), Some("7"));
        assert_eq!(row.message.sender, Some(Sender::ShortCode("28777".into())));
        assert_eq!(row.message.received_at, Some(Timestamp::from_unix_ms(1_658_357_340_000)));
    }

    #[test]
    fn a_bad_row_is_one_error_with_its_line() {
        let rows =
            read(b"{\"text\": \"a\"}\nnot json\n\n{\"text\": 3}\n{\"text\": \"b\"}", "x.jsonl");
        let lines: Vec<u64> =
            rows.iter().filter_map(|row| row.as_ref().err()).map(|e| e.line).collect();
        assert_eq!((rows.len(), lines), (4, vec![2, 4]));
    }

    #[test]
    fn plain_lines_and_byte_order_marks() {
        check(b"\xef\xbb\xbfone\r\n\ntwo", "x.txt", &["one", "two"]);
        check(b"", "x.txt", &[]);
    }

    #[test]
    fn tables() {
        check(b"id,text,sender\n1,\"a, \"\"b\"\"\nc\",x\n2,d,y\n", "x.csv", &["a, \"b\"\nc", "d"]);
        check(b"sender;Message\nx;hello\n", "", &["hello"]);
        check(b"from\tbody\nx\thello\n", "x.tsv", &["hello"]);
        check(b"a,b\n1,2\n", "x.txt", &["a,b", "1,2"]);
    }

    #[test]
    fn android_backups() {
        let xml = "<?xml version='1.0'?>\n<smses count=\"2\">\n<sms address=\"28777\" date=\"1658357340000\" body=\"a &amp; b &#55357;&#56832;\" />\n<mms address=\"+12015550123\"><parts><part ct=\"text/plain\" text=\"c\"/></parts></mms>\n</smses>";
        check(xml.as_bytes(), "x.xml", &["a & b \u{1f600}", "c"]);
    }

    #[test]
    fn compressed_files() {
        use std::io::Write as _;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"one\ntwo\n").unwrap();
        check(&gzip.finish().unwrap(), "x.txt.gz", &["one", "two"]);
        let zstd = ruzstd::encoding::compress_to_vec(
            &b"one\n"[..],
            ruzstd::encoding::CompressionLevel::Fastest,
        );
        check(&zstd, "x.txt.zst", &["one"]);
    }

    #[test]
    fn a_row_without_end_is_passed_over() {
        let mut bytes = vec![b'x'; LONGEST_ROW + 10];
        bytes.extend_from_slice(b"\nshort\n");
        let rows = read(&bytes, "x.txt");
        assert!(rows[0].is_err() && rows[1].as_ref().unwrap().message.body == "short");
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_format_end(bytes in proptest::collection::vec(any::<u8>(), 0..300), name in "x\\.(jsonl|csv|tsv|txt|xml)") {
            let source = std::io::Cursor::new(bytes);
            if let Ok(rows) = open(source, Some(Path::new(&name)), &ReadOptions::default()) {
                prop_assert!(rows.count() < 400);
            }
        }
    }
}
