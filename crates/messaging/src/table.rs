//! Tables of delimited fields (RFC 4180), read line by line so that a bad row costs one
//! row.

use std::io;

use crate::rows::{Fields, LONGEST_ROW, Lines, Row, RowError};

/// The most columns a table may have.
const MOST_COLUMNS: usize = 256;

const TEXT: [&str; 10] = [
    "text",
    "body",
    "message",
    "sms",
    "content",
    "msg",
    "message_body",
    "v2",
    "mainText",
    "raw_text",
];
const SENDER: [&str; 6] = ["sender", "from", "address", "number", "originator", "phone"];
const RECIPIENT: [&str; 3] = ["recipient", "to", "destination"];
const RECEIVED: [&str; 6] = ["received_at", "date", "time", "timestamp", "received", "datetime"];

/// Whether a column of this name holds texts.
pub(crate) fn is_text_column(name: &str) -> bool {
    is_among(name, &TEXT)
}

fn is_among(name: &str, names: &[&str]) -> bool {
    let name = name.trim().trim_matches('"');
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// A table whose header was read.
pub(crate) struct Table {
    delimiter: u8,
    columns: usize,
    text: usize,
    id: Option<usize>,
    sender: Option<usize>,
    recipient: Option<usize>,
    received: Option<usize>,
    channel: Option<usize>,
}

impl Table {
    pub(crate) fn open(lines: &mut Lines, delimiter: u8, wanted: Option<&str>) -> io::Result<Self> {
        let header = match lines.next_filled() {
            None => String::new(),
            Some(Ok(line)) => line,
            Some(Err(error)) => return Err(invalid(error.to_string())),
        };
        let names = fields(&header, delimiter).unwrap_or_default();
        let find = |known: &[&str]| names.iter().position(|name| is_among(name, known));
        let text = match wanted {
            Some(wanted) => names.iter().position(|name| name.trim() == wanted),
            None => find(&TEXT),
        };
        let text = text.ok_or_else(|| {
            let columns = names.join(", ");
            invalid(match wanted {
                Some(wanted) => format!("there is no column `{wanted}`; the columns are: {columns}"),
                None => format!("no column looks like the text; name it with --text-column, the columns are: {columns}"),
            })
        })?;
        Ok(Self {
            delimiter,
            columns: names.len(),
            text,
            id: find(&["id"]),
            sender: find(&SENDER),
            recipient: find(&RECIPIENT),
            received: find(&RECEIVED),
            channel: find(&["channel"]),
        })
    }

    pub(crate) fn next(&self, lines: &mut Lines) -> Option<Result<Row, RowError>> {
        let mut record = match lines.next_filled()? {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        let begun = lines.number;
        // A quoted field may hold line breaks: read on while a quote is open.
        while record.bytes().filter(|b| *b == b'"').count() % 2 == 1 {
            match lines.next_until(b'\n') {
                Some(Ok(line)) if record.len() + line.len() < LONGEST_ROW => {
                    record.push('\n');
                    record.push_str(line.trim_end_matches(['\r', '\n']));
                }
                _ => {
                    return Some(Err(RowError::at(
                        begun,
                        "a quote is opened and never closed; write a quote inside quotes twice",
                    )));
                }
            }
        }
        Some(self.row(begun, &record))
    }

    fn row(&self, line: u64, record: &str) -> Result<Row, RowError> {
        let mut fields =
            fields(record, self.delimiter).map_err(|problem| RowError::at(line, problem))?;
        if fields.len() > self.columns {
            let problem = format!(
                "{} fields in {} columns; quote a text that holds the delimiter",
                fields.len(),
                self.columns
            );
            return Err(RowError::at(line, problem));
        }
        let mut take =
            |column: Option<usize>| column.and_then(|at| fields.get_mut(at)).map(std::mem::take);
        let body = take(Some(self.text))
            .ok_or_else(|| RowError::at(line, "the row ends before its text"))?;
        let id = take(self.id);
        let values = Fields {
            sender: take(self.sender),
            recipient: take(self.recipient),
            received: None,
            channel: take(self.channel),
        };
        // A date in a form of its own is no reason to lose the text.
        let received = take(self.received);
        let mut message = values.message(line, body)?;
        let dated = Fields { received, ..Fields::default() }.message(line, String::new());
        message.received_at = dated.ok().and_then(|dated| dated.received_at);
        Ok(Row { line, id, message })
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// The fields of one record.
fn fields(record: &str, delimiter: u8) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(record.as_bytes());
    let fields = match reader.records().next() {
        None => Vec::new(),
        Some(Err(error)) => return Err(format!("cannot be read as fields: {error}")),
        Some(Ok(fields)) => fields.iter().take(MOST_COLUMNS + 1).map(str::to_owned).collect(),
    };
    if fields.len() > MOST_COLUMNS {
        return Err(format!("more than {MOST_COLUMNS} fields; is this a table?"));
    }
    Ok(fields)
}
