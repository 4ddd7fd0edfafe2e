//! One message per row, whatever the format.

use std::io::{Cursor, Read};
use std::path::Path;

use unhook_model::Message;

use crate::android::Backup;
use crate::error::{OpenError, RowError};
use crate::fields::Unread;
use crate::format::{Format, refuse_foreign};
use crate::source::Source;
use crate::table::Table;
use crate::{encoding, json, unpack};

/// How much of a file is looked at to tell its format, in bytes.
const BEGINNING: usize = 4096;

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The format; found out when `None`.
    pub format: Option<Format>,
    /// The column or key that holds the text, by name; found out when `None`.
    pub text_column: Option<String>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its id as given.
    pub id: Option<RowId>,
    /// Its message.
    pub message: Message,
    /// What of it made no sense and was passed over.
    pub unread: Vec<Unread>,
}

/// What a row calls itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RowId {
    /// A text.
    Text(String),
    /// A number, digit by digit as it was written.
    Number(String),
}

/// The rows of one source.
pub struct Rows {
    source: Source,
    reader: Reader,
    text_column: Option<String>,
    done: bool,
}

enum Reader {
    Empty,
    JsonLines,
    Lines,
    Table(Table),
    Android(Backup),
}

/// Opens a source; `name` helps to tell its format.
///
/// # Errors
/// When nothing of it can be read, it is of a kind that no reader knows, or a table has no
/// column of texts.
///
/// ```
/// use unhook_messaging::{ReadOptions, open};
/// let source = &b"id,text\n1,hello\n"[..];
/// let mut rows = open(source, None, &ReadOptions::default()).unwrap();
/// assert_eq!(rows.next().unwrap().unwrap().message.body, "hello");
/// ```
pub fn open(
    source: impl Read + Send + 'static,
    name: Option<&Path>,
    options: &ReadOptions,
) -> Result<Rows, OpenError> {
    open_plain(unpack::decompress(source)?, name, options)
}

/// Opens what is not packed, or not any more.
pub(crate) fn open_plain(
    source: Box<dyn Read + Send>,
    name: Option<&Path>,
    options: &ReadOptions,
) -> Result<Rows, OpenError> {
    let (beginning, stream) = begin(encoding::utf8(source)?)?;
    refuse_foreign(&beginning)?;
    let mut source = Source::new(stream);
    let wanted = options.text_column.as_deref();
    let format =
        options.format.unwrap_or_else(|| match (Format::detect(&beginning, name), wanted) {
            // Who names a column says that it is a table.
            (Format::Lines, Some(_)) => Format::Table { delimiter: None },
            (format, _) => format,
        });
    let reader = match format {
        Format::JsonLines => Reader::JsonLines,
        Format::Table { delimiter } => {
            Table::open(&mut source, delimiter, wanted)?.map_or(Reader::Empty, Reader::Table)
        }
        Format::Lines | Format::AndroidXml if wanted.is_some() => {
            return Err(OpenError::NoColumns { wanted: wanted.unwrap_or_default().to_owned() });
        }
        Format::Lines => Reader::Lines,
        Format::AndroidXml => Reader::Android(Backup::default()),
    };
    Ok(Rows { source, reader, text_column: options.text_column.clone(), done: false })
}

/// The beginning of a stream, and the whole stream again. It waits for one line, not for
/// more: a pipe may have no more to say yet.
fn begin(mut stream: Box<dyn Read + Send>) -> Result<(Vec<u8>, Box<dyn Read + Send>), OpenError> {
    let mut beginning = vec![0; BEGINNING];
    let mut filled = 0;
    let mut failure = None;
    while filled < BEGINNING && !beginning[..filled].trim_ascii_start().contains(&b'\n') {
        match stream.read(&mut beginning[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if filled == 0 => return Err(error.into()),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    beginning.truncate(filled);
    let start = Cursor::new(beginning.clone());
    let whole: Box<dyn Read + Send> = match failure {
        None => Box::new(start.chain(stream)),
        Some(error) => Box::new(start.chain(Failing(Some(error)))),
    };
    Ok((beginning, whole))
}

/// A stream that fails where another did.
struct Failing(Option<std::io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

impl Rows {
    /// Whether the next row may have to be waited for: nothing is read ahead.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        self.source.reader.buffer().is_empty()
    }
}

impl Iterator for Rows {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let row = match &mut self.reader {
            Reader::Empty => return None,
            Reader::JsonLines => self
                .source
                .next_filled()?
                .and_then(|line| json::row(&line, self.text_column.as_deref())),
            Reader::Lines => self.source.next_filled()?.map(|line| Row {
                line: line.number,
                id: None,
                message: Message::from_body(line.text),
                unread: Vec::new(),
            }),
            Reader::Table(table) => table.next(&mut self.source)?,
            Reader::Android(backup) => backup.next(&mut self.source)?,
        };
        self.done = row.as_ref().is_err_and(RowError::is_final);
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::RowProblem;
    use proptest::prelude::*;

    fn read_with(bytes: &[u8], name: &str, options: &ReadOptions) -> Vec<Result<Row, RowError>> {
        let rows = open(Cursor::new(bytes.to_vec()), Some(Path::new(name)), options);
        rows.unwrap().take(1000).collect()
    }

    fn read(bytes: &[u8], name: &str) -> Vec<Result<Row, RowError>> {
        read_with(bytes, name, &ReadOptions::default())
    }

    #[track_caller]
    fn check(bytes: &[u8], name: &str, expected: &[&str]) {
        let texts: Vec<String> = read(bytes, name)
            .into_iter()
            .map(|row| row.map_or_else(|error| format!("! {error}"), |row| row.message.body))
            .collect();
        assert_eq!(texts, expected);
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], name: &str, column: Option<&str>, expected: &str) {
        let options = ReadOptions { text_column: column.map(str::to_owned), format: None };
        let error = open(Cursor::new(bytes.to_vec()), Some(Path::new(name)), &options).err();
        assert_eq!(error.unwrap().to_string(), expected);
    }

    #[test]
    fn json_lines() {
        let bytes = b"{\"text\": \"a\"}\nnot json\n\n{\"text\": 3}\r\n{\"text\": \"b\"}";
        check(
            bytes,
            "x.jsonl",
            &[
                "a",
                "! line 2: expected one JSON object per line: expected ident at column 2",
                "! line 4: no text: expected a string under `text`",
                "b",
            ],
        );
    }

    #[test]
    fn plain_lines() {
        check(b"\xef\xbb\xbfone\r\n\ntwo", "x.txt", &["one", "two"]);
        check(b"a\xff\0b", "-", &["a\u{fffd}\0b"]);
        check(b"\xff\xfea\0\n\0b\0", "-", &["a", "b"]);
    }

    #[test]
    fn nothing_is_no_rows_in_any_format() {
        for name in ["x.jsonl", "x.csv", "x.tsv", "x.txt", "x.xml", "-"] {
            check(b"", name, &[]);
            check(b"\xef\xbb\xbf\n \n", name, &[]);
        }
        check(b"text\n", "x.csv", &[]);
    }

    #[test]
    fn tables() {
        check(b"id,text,sender\n1,\"a, \"\"b\"\"\nc\",x\n2,d,y\n", "x.csv", &["a, \"b\"\nc", "d"]);
        check(b"sender;Message\nx;hello, you\n", "x.csv", &["hello, you"]);
        check(b"sep=;\r\nsender;Message\r\nx;hello\r\n", "x.csv", &["hello"]);
        check(b"from\tbody\nx\thello\n", "x.tsv", &["hello"]);
        check(b"\xef\xbb\xbfMessage Body|Date\nhello|\n", "-", &["hello"]);
        check(b"text\nhello, you\n", "x.csv", &["hello, you"]);
        check(b"a,b\n1,2\n", "x.txt", &["a,b", "1,2"]);
        check(
            b"id,text\n1\n2,a,b\n3,c\n",
            "x.csv",
            &[
                "! line 2: the row ends before its text",
                "! line 3: 3 fields in 2 columns; quote a text that holds the delimiter",
                "c",
            ],
        );
    }

    #[test]
    fn fields_of_a_table() {
        let bytes = b"ID,SMS,From,To,Received At,Channel\n7,hi,28777,+12015550123,20/07/2022 22:49,rcs\n,hi,,me,05/07/2022,\n";
        let rows = read(bytes, "x.csv");
        let row = rows[0].as_ref().unwrap();
        assert_eq!(row.id, Some(RowId::Text("7".into())));
        assert_eq!(row.message.sender, unhook_model::Sender::parse("28777"));
        assert_eq!(row.message.received_at.map(|at| at.unix_ms()), Some(1_658_357_340_000));
        assert_eq!(row.message.channel, unhook_model::Channel::Rcs);
        let row = rows[1].as_ref().unwrap();
        let unread: Vec<&str> = row.unread.iter().map(|unread| unread.field).collect();
        assert_eq!((row.id.as_ref(), unread), (None, vec!["recipient", "received_at"]));
    }

    #[test]
    fn a_column_may_be_named() {
        let options = ReadOptions { text_column: Some("words".into()), format: None };
        let texts = |bytes: &[u8], name: &str| -> Vec<String> {
            read_with(bytes, name, &options)
                .into_iter()
                .map(|row| row.unwrap().message.body)
                .collect()
        };
        assert_eq!(texts(b"text;Words\na;b\n", "x.csv"), ["b"]);
        assert_eq!(texts(b"text\twords\na\tb\n", "-"), ["b"]);
        assert_eq!(texts(b"{\"text\": \"a\", \"words\": \"b\"}", "-"), ["b"]);
        check_refused(
            b"a,text\n",
            "x.csv",
            Some("words"),
            "there is no column `words`; the columns are: a, text",
        );
        check_refused(
            b"a,b\n",
            "x.csv",
            None,
            "no column looks like the text; the columns are: a, b",
        );
        check_refused(
            b"<smses>",
            "x.xml",
            Some("body"),
            "there is no column `body` in this: it has no columns",
        );
    }

    #[test]
    fn compressed_files() {
        use std::io::Write as _;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"\xef\xbb\xbfone\ntwo\n").unwrap();
        let gzip = gzip.finish().unwrap();
        check(&gzip, "x.txt.gz", &["one", "two"]);
        let rows = read(&gzip[..gzip.len() - 4], "x.txt.gz");
        assert!(rows[..2].iter().all(Result::is_ok) && rows.len() == 3, "{rows:?}");
        assert!(matches!(
            &rows[2],
            Err(RowError { line: 3, problem: RowProblem::BreaksOff(_), .. })
        ));
    }

    #[test]
    fn a_pipe_is_not_waited_for_beyond_a_row() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut writer, b"{\"text\": \"a\"}\n").unwrap();
        let mut rows = open(reader, None, &ReadOptions::default()).unwrap();
        assert_eq!(rows.next().unwrap().unwrap().message.body, "a");
        assert!(rows.may_wait());
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_format_end(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            name in "x\\.(jsonl|csv|tsv|txt|xml)",
        ) {
            if let Ok(rows) = open(Cursor::new(bytes), Some(Path::new(&name)), &ReadOptions::default()) {
                prop_assert!(rows.take(400).count() < 400);
            }
        }

        #[test]
        fn anything_like_a_format_ends(
            bytes in "(text,id\n|\\{\"text\":|<sms |body=|[\"'<>/&#;,{}:a\n\r=1é]){0,40}",
            name in "x\\.(jsonl|csv|tsv|txt|xml)",
        ) {
            if let Ok(rows) = open(Cursor::new(bytes), Some(Path::new(&name)), &ReadOptions::default()) {
                prop_assert!(rows.take(400).count() < 400);
            }
        }

        #[test]
        fn a_text_is_read_back_from_every_format(text in "[ -~é😀\n\t]{0,60}[a-z]") {
            let json = serde_json::json!({ "text": &text }).to_string();
            let csv = format!("id,text\n1,\"{}\"\n", text.replace('"', "\"\""));
            let escaped: String = text.encode_utf16().map(|unit| format!("&#{unit};")).collect();
            let xml = format!("<smses><sms type=\"1\" body=\"{escaped}\"/></smses>");
            for (bytes, name) in [(json, "x.jsonl"), (csv, "x.csv"), (xml, "x.xml")] {
                let rows = read(bytes.as_bytes(), name);
                prop_assert_eq!(rows.len(), 1);
                prop_assert_eq!(&rows[0].as_ref().unwrap().message.body, &text, "{}", name);
            }
        }
    }
}
