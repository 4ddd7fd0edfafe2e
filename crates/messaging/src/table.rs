//! Tables: a header that names the columns, and a record per text.

use crate::columns::Field;
use crate::error::{OpenError, RowError, RowProblem};
use crate::fields::Fields;
use crate::format::delimiter_of;
use crate::records::{MOST_FIELDS, Record, Records};
use crate::rows::{Row, RowId};
use crate::source::Source;

/// A table whose header was read.
pub(crate) struct Table {
    records: Records,
    columns: usize,
    text: usize,
    id: Option<usize>,
    sender: Option<usize>,
    recipient: Option<usize>,
    received: Option<usize>,
    channel: Option<usize>,
}

impl Table {
    /// Reads the header; `None` when there is nothing at all.
    pub(crate) fn open(
        source: &mut Source,
        delimiter: Option<u8>,
        wanted: Option<&str>,
    ) -> Result<Option<Self>, OpenError> {
        let Some(mut header) = first_line(source)? else { return Ok(None) };
        let mut delimiter = delimiter.map(char::from);
        // A spreadsheet's way to say which delimiter it was saved with.
        if let Some(named) = header.strip_prefix("sep=").and_then(|rest| rest.chars().next()) {
            delimiter = Some(named);
            let Some(next) = first_line(source)? else { return Ok(None) };
            header = next;
        }
        let is_text = |name: &str| {
            wanted.map_or_else(|| Field::is_text(name), |wanted| wanted.eq_ignore_ascii_case(name))
        };
        let delimiter =
            delimiter.or_else(|| delimiter_of(&header, is_text).map(char::from)).unwrap_or(',');
        let names = split(&header, delimiter);
        let text = text_column(&names, wanted)?;
        // With one column there is nothing to part, and its texts will hold commas.
        let delimiter = (names.len() > 1).then_some(delimiter);
        Ok(Some(Self {
            records: Records::new(delimiter),
            columns: names.len(),
            text,
            id: Field::Id.position(&names),
            sender: Field::Sender.position(&names),
            recipient: Field::Recipient.position(&names),
            received: Field::Received.position(&names),
            channel: Field::Channel.position(&names),
        }))
    }

    pub(crate) fn next(&mut self, source: &mut Source) -> Option<Result<Row, RowError>> {
        let record = self.records.next(source)?;
        Some(record.and_then(|record| self.row(record)))
    }

    fn row(&self, record: Record) -> Result<Row, RowError> {
        let Record { line, mut fields } = record;
        if fields.len() > self.columns {
            let problem = RowProblem::TooManyFields { fields: fields.len(), columns: self.columns };
            return Err(RowError::at(line, problem));
        }
        let mut take =
            |column: Option<usize>| column.and_then(|at| fields.get_mut(at)).map(std::mem::take);
        let body =
            take(Some(self.text)).ok_or_else(|| RowError::at(line, RowProblem::TooFewFields))?;
        let id = take(self.id).filter(|id| !id.is_empty()).map(RowId::Text);
        let fields = Fields {
            sender: take(self.sender),
            recipient: take(self.recipient),
            received: take(self.received),
            channel: take(self.channel),
        };
        let mut unread = Vec::new();
        let message = fields.message(body, &mut unread);
        Ok(Row { line, id, message, unread })
    }
}

/// The first line that is not blank.
fn first_line(source: &mut Source) -> Result<Option<String>, OpenError> {
    match source.next_filled() {
        None => Ok(None),
        Some(Ok(line)) => Ok(Some(line.text)),
        Some(Err(error)) => match error.problem {
            RowProblem::BreaksOff(error) => Err(OpenError::Read(error)),
            _ => Err(OpenError::Foreign {
                what: "no table: its first line is longer than any header",
                advice: "name its format",
            }),
        },
    }
}

fn split(header: &str, delimiter: char) -> Vec<String> {
    let mut source = Source::new(Box::new(std::io::Cursor::new(header.as_bytes().to_vec())));
    let record = Records::new(Some(delimiter)).next(&mut source);
    let mut names = record.and_then(Result::ok).map_or_else(Vec::new, |record| record.fields);
    names.truncate(MOST_FIELDS);
    names.iter().map(|name| name.trim().to_owned()).collect()
}

fn text_column(names: &[String], wanted: Option<&str>) -> Result<usize, OpenError> {
    let columns = || names.to_vec();
    match wanted {
        Some(wanted) => names
            .iter()
            .position(|name| name == wanted)
            .or_else(|| names.iter().position(|name| name.eq_ignore_ascii_case(wanted)))
            .ok_or_else(|| OpenError::NoSuchColumn {
                wanted: wanted.to_owned(),
                columns: columns(),
            }),
        None => Field::Text
            .position(names)
            .ok_or_else(|| OpenError::NoTextColumn { columns: columns() }),
    }
}
