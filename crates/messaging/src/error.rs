//! What can be wrong with a file, and with a row of it.

use std::io;

use crate::rows::RowId;
use crate::source::LONGEST_ROW;

/// Why a source cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Its beginning cannot be read.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// It is of a kind that no reader here knows.
    #[error("this is {what}; {advice}")]
    Foreign {
        /// What it is.
        what: &'static str,
        /// What to do about it.
        advice: &'static str,
    },
    /// A table has no column whose name says that it holds the texts.
    #[error("no column looks like the text; the columns are: {}", .columns.join(", "))]
    NoTextColumn {
        /// The columns it has.
        columns: Vec<String>,
    },
    /// A table lacks the column that was asked for.
    #[error("there is no column `{wanted}`; the columns are: {}", .columns.join(", "))]
    NoSuchColumn {
        /// The column asked for.
        wanted: String,
        /// The columns it has.
        columns: Vec<String>,
    },
    /// A column was asked for where there are none.
    #[error("there is no column `{wanted}` in this: it has no columns")]
    NoColumns {
        /// The column asked for.
        wanted: String,
    },
}

/// A row that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RowError {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its id, where that could be read.
    pub id: Option<RowId>,
    /// What is wrong.
    pub problem: RowProblem,
}

/// What is wrong with a row, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// The row is longer than any text.
    #[error("longer than {} KiB, passed over; is it one text?", LONGEST_ROW >> 10)]
    TooLong,
    /// A line of JSON Lines is no JSON object.
    #[error("expected one JSON object per line: {0}")]
    NotJson(String),
    /// A key stands twice, and nobody can say which of the two is meant.
    #[error("the key `{0}` stands twice")]
    KeyTwice(String),
    /// There is no text in it.
    #[error("no text: expected a string under `{0}`")]
    NoText(String),
    /// A quoted field never ends.
    #[error("a quote is opened and never closed; write a quote inside quotes twice")]
    OpenQuote,
    /// There are more fields than columns.
    #[error("{fields} fields in {columns} columns; quote a text that holds the delimiter")]
    TooManyFields {
        /// How many fields there are.
        fields: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// The row ends before its text.
    #[error("the row ends before its text")]
    TooFewFields,
    /// An `<sms>` of a backup cannot be read.
    #[error("an <sms> without a readable `body`")]
    NoBody,
    /// The XML is something else.
    #[error("<{0}> is no backup of texts: expected <smses>, as SMS Backup & Restore writes it")]
    NoBackup(String),
    /// The input ends where it should not: a damaged archive, a failing disk.
    #[error("the input breaks off here: {0}")]
    BreaksOff(io::Error),
}

impl RowError {
    pub(crate) fn at(line: u64, problem: RowProblem) -> Self {
        Self { line, id: None, problem }
    }

    /// Whether nothing can follow it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.problem, RowProblem::BreaksOff(_) | RowProblem::NoBackup(_))
    }
}
