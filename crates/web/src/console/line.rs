//! A text as one line of a list.

use unhook_app::service::Report;
use unhook_model::Timestamp;

use super::inert::excerpt;
use super::moments::{Moment, moment};
use super::words::Words;

/// How much of a text a line shows, and of its sender, in characters.
const EXCERPT: usize = 110;
const SENDER: usize = 40;

/// A text in one line.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) at: Moment,
    pub(crate) verdict: &'static str,
    pub(crate) verdict_word: String,
    pub(crate) says: String,
    pub(crate) sender: String,
}

impl Line {
    /// Of a report with its text.
    pub(crate) fn of(w: &Words, report: &Report, now: Timestamp) -> Self {
        let content = report.content.as_ref();
        let sender = content.and_then(|content| content.sender.as_deref());
        let erased = || w.report.erased.to_string();
        Self {
            id: report.row.report.to_string(),
            at: moment(w, report.row.at, now),
            verdict: report.row.judged.verdict.name(),
            verdict_word: w.verdict_word(report.row.judged.verdict).to_string(),
            says: content.map_or_else(erased, |content| excerpt(&content.body, EXCERPT)),
            sender: sender.map(|sender| excerpt(sender, SENDER)).unwrap_or_default(),
        }
    }
}
