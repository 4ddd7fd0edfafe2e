//! Records of delimited fields (RFC 4180), out of lines.
//!
//! A quoted field may run over lines. The `csv` crate, as every reader that follows the
//! grammar, takes a quote that is never closed for a field that goes on to the end of the
//! file, and holds it. Here a bad record costs that record only: when its quote turns out
//! not to be one, the lines behind it are read again as records of their own.

use std::collections::VecDeque;

use crate::error::{RowError, RowProblem};
use crate::source::{LONGEST_ROW, Line, Source};

/// The most lines one record may run over: a text has fewer.
const MOST_LINES: usize = 4096;

/// The most fields kept of a record.
pub(crate) const MOST_FIELDS: usize = 256;

/// Records of one source.
pub(crate) struct Records {
    /// `None` when there is one field per record, whatever it holds.
    delimiter: Option<char>,
    /// Lines looked at and given back.
    given_back: VecDeque<Result<Held, RowError>>,
}

/// One record.
pub(crate) struct Record {
    /// The line it begins on.
    pub(crate) line: u64,
    pub(crate) fields: Vec<String>,
}

/// A line that may have been looked at before.
struct Held {
    line: Line,
    /// Whether it is known that a quote opened here is not closed on a later line. So no line
    /// is looked at more than a few times, whatever the quotes.
    stands_alone: bool,
}

impl Records {
    pub(crate) fn new(delimiter: Option<char>) -> Self {
        Self { delimiter, given_back: VecDeque::new() }
    }

    /// The next record that is not a blank line.
    pub(crate) fn next(&mut self, source: &mut Source) -> Option<Result<Record, RowError>> {
        loop {
            match self.next_line(source)? {
                Ok(held) if held.line.text.trim().is_empty() => {}
                Ok(held) => return Some(self.record(held, source)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn next_line(&mut self, source: &mut Source) -> Option<Result<Held, RowError>> {
        self.given_back.pop_front().or_else(|| {
            let line = source.next_line()?;
            Some(line.map(|line| Held { line, stands_alone: false }))
        })
    }

    fn record(&mut self, first: Held, source: &mut Source) -> Result<Record, RowError> {
        let line = first.line.number;
        let mut splitter = Splitter::new(self.delimiter);
        let mut state = splitter.take(&first.line.text);
        let mut behind = Vec::new();
        let mut size = first.line.text.len();
        while state == State::Open && !first.stands_alone {
            let Some(next) = self.next_line(source) else { break };
            if let Ok(held) = &next {
                size += held.line.text.len();
                if size <= LONGEST_ROW && behind.len() < MOST_LINES {
                    state = splitter.take(&held.line.text);
                }
            }
            let goes_on = next.is_ok() && size <= LONGEST_ROW && behind.len() < MOST_LINES;
            behind.push(next);
            if !goes_on {
                break;
            }
        }
        if state == State::Whole {
            return Ok(Record { line, fields: splitter.fields });
        }
        self.give_back(behind, state);
        Err(RowError::at(line, RowProblem::OpenQuote))
    }

    /// Gives back the lines behind a quote that is none. All stand alone, but for the last
    /// where its own quote showed that the first was none.
    fn give_back(&mut self, mut behind: Vec<Result<Held, RowError>>, state: State) {
        let open =
            if state == State::Misplaced { behind.len().saturating_sub(1) } else { behind.len() };
        behind.iter_mut().take(open).flatten().for_each(|held| held.stands_alone = true);
        behind.into_iter().rev().for_each(|line| self.given_back.push_front(line));
    }
}

/// How a record stands after a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It ended with the line.
    Whole,
    /// A quote is open.
    Open,
    /// Something follows a quote that was to close a field of an earlier line.
    Misplaced,
}

/// Splits lines into the fields of one record.
struct Splitter {
    delimiter: Option<char>,
    fields: Vec<String>,
    place: Place,
    lines: usize,
}

enum Place {
    /// Before the first character of a field.
    Start,
    Plain,
    Quoted,
    /// Behind a quote within a quoted field: the end of it, or the first of two.
    Quote,
}

impl Splitter {
    fn new(delimiter: Option<char>) -> Self {
        Self { delimiter, fields: vec![String::new()], place: Place::Start, lines: 0 }
    }

    fn take(&mut self, line: &str) -> State {
        self.lines += 1;
        if self.lines > 1 {
            self.push('\n');
        }
        for c in line.chars() {
            self.place = match self.place {
                Place::Start if c == '"' => Place::Quoted,
                Place::Start | Place::Plain | Place::Quote if Some(c) == self.delimiter => {
                    self.next_field();
                    Place::Start
                }
                Place::Quoted if c == '"' => Place::Quote,
                Place::Quote if c == '"' => self.push_in('"', Place::Quoted),
                Place::Quote if self.lines > 1 => return State::Misplaced,
                Place::Quoted => self.push_in(c, Place::Quoted),
                Place::Start | Place::Plain | Place::Quote => self.push_in(c, Place::Plain),
            };
        }
        if matches!(self.place, Place::Quoted) { State::Open } else { State::Whole }
    }

    fn push(&mut self, c: char) {
        if let Some(field) = self.fields.last_mut() {
            field.push(c);
        }
    }

    fn push_in(&mut self, c: char, place: Place) -> Place {
        self.push(c);
        place
    }

    /// Begins a field; behind [`MOST_FIELDS`] all go into one.
    fn next_field(&mut self) {
        if self.fields.len() <= MOST_FIELDS {
            self.fields.push(String::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn records(text: &str) -> Vec<Result<Record, RowError>> {
        let mut source = Source::new(Box::new(std::io::Cursor::new(text.as_bytes().to_vec())));
        let mut records = Records::new(Some(','));
        std::iter::from_fn(|| records.next(&mut source)).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let shown: Vec<String> = records(text)
            .into_iter()
            .map(|record| match record {
                Ok(record) => format!("{}:{}", record.line, record.fields.join("|")),
                Err(error) => format!("{}!", error.line),
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn fields_may_be_quoted_and_run_over_lines() {
        check("a,\"b, \"\"c\"\"\"\r\n\"d\ne\",\n\n,", &["1:a|b, \"c\"", "2:d\ne|", "5:|"]);
        check("5\" screen,b\"c\n\"a\"b,c", &["1:5\" screen|b\"c", "2:ab|c"]);
    }

    #[test]
    fn a_stray_quote_costs_its_own_record() {
        check("1,\"a\n2,b\n3,\"c\",d\n4,e", &["1!", "2:2|b", "3:3|c|d", "4:4|e"]);
        check("1,\"a\n2,b\n3,c", &["1!", "2:2|b", "3:3|c"]);
        check("1,\"a\n2,\"b\nc\"\n3,d", &["1!", "2:2|b\nc", "4:3|d"]);
    }

    #[test]
    fn no_quotes_make_it_slow_or_large() {
        // Each of these lines leaves a quote open, whether one was open before it or not.
        let text = "a\",\"b\n".repeat(40_000);
        let (mut good, mut bad) = (0, 0);
        for record in records(&text) {
            if record.is_ok() { good += 1 } else { bad += 1 }
        }
        assert_eq!((good, bad), (0, 40_000));
        let wide = records(&",".repeat(10_000));
        assert_eq!(wide[0].as_ref().unwrap().fields.len(), MOST_FIELDS + 1);
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(
            rows in prop::collection::vec(prop::collection::vec("[a-c\",\n é]{0,6}", 2..4), 0..6),
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<Vec<String>> =
                records(&text).into_iter().map(|record| record.unwrap().fields).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn every_line_is_part_of_one_record(text in "[ab\",\n]{0,200}") {
            let lines: Vec<u64> = records(&text)
                .iter()
                .map(|record| record.as_ref().map_or_else(|error| error.line, |record| record.line))
                .collect();
            prop_assert!(lines.is_sorted_by(|a, b| a < b), "{lines:?}");
            prop_assert!(lines.len() <= text.lines().count());
        }
    }
}
