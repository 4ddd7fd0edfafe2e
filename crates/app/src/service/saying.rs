//! The words that go back, and what they follow from.

use unhook_model::{ReportId, ScamKind, Verdict};

use super::Service;
use crate::answer::{Answer, Finding};
use crate::journal::Position;
use crate::people::Language;
use crate::record::Judged;
use crate::submission::{Taken, Way};

/// What became of a report at the desk.
pub(super) struct Decided {
    pub(super) verdict: Verdict,
    pub(super) is_ruled: bool,
    /// Whether others passed on the same.
    pub(super) is_known: bool,
}

impl Service {
    /// An answer as a text to a phone.
    pub(super) fn words(&self, answer: &Answer, language: Language) -> String {
        answer.text(language, &self.known().organization)
    }

    /// An answer in full, for a page or a mail.
    pub(super) fn prose(&self, answer: &Answer, language: Language) -> String {
        answer.prose(language, &self.known().organization)
    }

    /// An answer in the form that suits the way it goes.
    pub(super) fn by_way(&self, answer: &Answer, way: Way, language: Language) -> String {
        match way {
            Way::Text => self.words(answer, language),
            Way::Api | Way::Form | Way::Mail | Way::Chat => self.prose(answer, language),
        }
    }
}

pub(super) fn said(
    report: Option<ReportId>,
    verdict: Option<Verdict>,
    answer: String,
    position: Option<Position>,
) -> Taken {
    Taken { report, verdict, is_repeated: false, answer: Some(answer), position }
}

/// What is answered to a report: strangers get a coarse answer, so that nobody can try out
/// lures on it.
pub(super) fn found(
    judged: &Judged,
    decided: &Decided,
    is_trusted: bool,
    asks_sender: bool,
) -> Answer {
    if is_trusted {
        Answer::Found(finding(judged, decided, asks_sender))
    } else {
        Answer::Coarse(decided.verdict)
    }
}

pub(super) fn finding(judged: &Judged, decided: &Decided, asks_sender: bool) -> Finding {
    Finding {
        verdict: decided.verdict,
        kind: judged.kind.as_deref().and_then(ScamKind::from_name),
        signals: judged.signals.clone(),
        is_ruled: decided.is_ruled,
        is_known: decided.is_known,
        asks_sender,
    }
}
