//! Files of texts that somebody looks into without reporting them: an export of a phone, judged
//! row by row, of which nothing is kept.

use unhook_model::{Assessment, Message};

use crate::service::Service;

/// What an adapter read out of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// Its texts, in order, each with the line it begins on.
    pub rows: Vec<(u64, Message)>,
    /// Lines that could not be read, and why; the first of them.
    pub unread: Vec<(u64, String)>,
    /// How many lines could not be read.
    pub unread_count: usize,
    /// Whether there was more than is read of one file.
    pub is_cut: bool,
}

/// A text of a file, and what the detector says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedRow {
    /// The line it begins on, from 1.
    pub line: u64,
    /// The text.
    pub message: Message,
    /// What is said of it.
    pub assessment: Assessment,
}

impl Service {
    /// Judges the texts of a file with what is known now; nothing is kept. It takes some ten
    /// microseconds a text, so it belongs where waiting holds up nobody.
    ///
    /// Texts that are longer than any text are moved to those that could not be read.
    pub fn check_export(&self, export: &mut Export) -> Vec<CheckedRow> {
        let mut checked = Vec::with_capacity(export.rows.len());
        for (line, message) in std::mem::take(&mut export.rows) {
            match self.check(&message) {
                Ok(assessment) => checked.push(CheckedRow { line, message, assessment }),
                Err(error) => {
                    export.unread_count += 1;
                    export.unread.push((line, error.to_string()));
                }
            }
        }
        checked
    }
}
