//! What a person is told, in their language.
//!
//! An answer never says that a text is safe: where nothing was found it says so, thanks, and
//! says what to do if it still feels wrong. It never repeats a link, number or word of the
//! text, because none comes in here: an [`Answer`] is made of verdicts, kinds and ids of
//! signals. Where something was found, it names the two or three [`reason`]s that weigh most,
//! what to do now, and how to say that it is too late for that.
//!
//! [`Answer::text`] is for a phone: it stays within [`MOST_SEGMENTS`], and spells letters that
//! would double its price as people do in texts. [`Answer::prose`] is for a page or a mail.
//! The sentences are data, one file for each language in `data/answers/`.

pub mod reason;
mod words;

use unhook_model::{ScamKind, Verdict};

use crate::people::Language;
use crate::segment;
use words::Words;

/// The segments that an answer aims at: what it costs, and what a lock screen shows.
const AIMED_SEGMENTS: usize = 2;

/// The most segments of an answer. Carriers pass on more, but nobody reads them in a hurry.
pub const MOST_SEGMENTS: usize = 3;

/// The most characters of an organization's name: a longer one would push the rest out.
pub const LONGEST_ORGANIZATION: usize = 40;

/// How full an answer may be: how many reasons it names, and whether it has the advice for
/// the kind of scam. Fuller ones first.
const FULL: [(usize, bool); 3] = [(3, true), (2, true), (2, false)];

/// The same where none of [`FULL`] fits what is aimed at.
const LEAN: [(usize, bool); 4] = [(2, true), (2, false), (1, false), (0, false)];

/// Something that a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What was found in the text they passed on.
    Found(Finding),
    /// The same, after they said who had sent it.
    SenderNoted(Finding),
    /// The same, after another part of it came.
    PartJoined(Finding),
    /// What was found, for a stranger: no reasons, so that nobody can try out what passes.
    Coarse(Verdict),
    /// They said that they had given something away, and the security team knows.
    Statement,
    /// The same, of a stranger, for whom there is no security team.
    StrangerStatement,
    /// They said that they had opened the link, called or replied, and no more than that.
    Followed,
    /// They were told something else about a text before.
    Correction(Verdict),
    /// A warning to those whom a campaign has reached, for a person to approve.
    Notice,
    /// What stands above it in a mail.
    NoticeSubject,
    /// Their phone is enrolled now; nobody is named, since a code may come into other hands.
    Joined,
    /// It is not. Why not, nobody is told, so that codes cannot be tried out.
    NotJoined,
    /// What came has no text to look at.
    NeedsText,
    /// How this works.
    Help,
    /// There will be no more texts.
    Stopped,
    /// There will be again.
    Started,
    /// It cannot be looked at now.
    TryLater,
    /// A picture came, and it could not be read.
    PictureUnread,
}

/// What was found in a text, without a word of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// The kind of scam, or of harmless message.
    pub kind: Option<ScamKind>,
    /// The ids of the signals that fired, heaviest first.
    pub signals: Vec<String>,
    /// Whether the security team stands behind the verdict.
    pub is_ruled: bool,
    /// Whether others reported the same.
    pub is_known: bool,
    /// Whether to ask who had sent it.
    pub asks_sender: bool,
}

impl Answer {
    /// It as a text to a phone, within [`MOST_SEGMENTS`].
    #[must_use]
    pub fn text(&self, language: Language, organization: &str) -> String {
        let words = Words::of(language);
        let fitting = |sizes: &[(usize, bool)], most: usize| {
            sizes
                .iter()
                .map(|size| segment::in_gsm(&self.words(words, organization, *size)))
                .find(|text| segment::segments(text) <= most)
        };
        fitting(&FULL, AIMED_SEGMENTS)
            .or_else(|| fitting(&LEAN, MOST_SEGMENTS))
            .unwrap_or_else(|| segment::in_gsm(&self.words(words, organization, (0, false))))
    }

    /// It for a page or a mail, in full.
    #[must_use]
    pub fn prose(&self, language: Language, organization: &str) -> String {
        self.words(Words::of(language), organization, FULL[0])
    }

    fn words(&self, words: &Words, organization: &str, size: (usize, bool)) -> String {
        let dialogue = &words.dialogue;
        let sentence = match self {
            Self::Found(finding) => return finding.words(words, None, size),
            Self::SenderNoted(finding) => {
                return finding.words(words, Some(&dialogue.sender_noted), size);
            }
            Self::PartJoined(finding) => {
                return finding.words(words, Some(&dialogue.part_joined), size);
            }
            Self::Coarse(verdict) => words.coarse.of(*verdict),
            Self::Correction(verdict) => words.correction.of(*verdict),
            Self::Statement => &words.statement.staff,
            Self::StrangerStatement => &words.statement.stranger,
            Self::Followed => &words.statement.followed,
            Self::Notice => &words.notice.text,
            Self::NoticeSubject => &words.notice.subject,
            Self::Joined => &words.enrolment.joined,
            Self::NotJoined => &words.enrolment.not_joined,
            Self::NeedsText => &dialogue.needs_text,
            Self::Help => &dialogue.help,
            Self::Stopped => &dialogue.stopped,
            Self::Started => &dialogue.started,
            Self::TryLater => &dialogue.try_later,
            Self::PictureUnread => &dialogue.picture_unread,
        };
        sentence.replace(words::ORGANIZATION, &bounded(organization))
    }
}

impl Finding {
    fn words(
        &self,
        words: &Words,
        lead: Option<&str>,
        (reasons, is_full): (usize, bool),
    ) -> String {
        let mut sentences: Vec<&str> = Vec::from_iter(lead);
        sentences.push(self.verdict_words(words));
        let why = self.why(words, reasons);
        let advice = &words.advice;
        if self.verdict == Verdict::Benign {
            sentences.push(&advice.benign);
        } else {
            sentences.extend(self.is_known.then_some(words.verdict.known.as_str()));
            sentences.extend(why.as_deref());
            sentences.push(self.advice(words));
            sentences.extend(self.kind.filter(|_| is_full).and_then(|kind| advice.of(kind)));
            sentences.push(&advice.typed);
        }
        sentences.extend(self.asks_sender.then_some(advice.sender.as_str()));
        sentences.join(" ")
    }

    fn verdict_words<'w>(&self, words: &'w Words) -> &'w str {
        let verdict = &words.verdict;
        match (self.verdict, self.is_ruled) {
            (Verdict::Malicious, false) => &verdict.malicious,
            (Verdict::Malicious, true) => &verdict.malicious_ruled,
            (Verdict::Suspicious, false) => &verdict.suspicious,
            (Verdict::Suspicious, true) => &verdict.suspicious_ruled,
            (Verdict::Benign, true) => &verdict.benign_ruled,
            (Verdict::Benign, false) if self.kind == Some(ScamKind::Promotion) => {
                &verdict.promotion
            }
            (Verdict::Benign, false) => &verdict.benign,
        }
    }

    /// What decided. A ruling needs no more reasons than that.
    fn why(&self, words: &Words, most: usize) -> Option<String> {
        if most == 0 || self.is_ruled {
            return None;
        }
        let signals = self.signals.iter().map(String::as_str);
        let reasons = reason::deciding(signals, self.kind, most);
        let clauses: Vec<&str> = reasons.into_iter().map(|reason| words.reason(reason)).collect();
        Some(format!("{} {}.", words.verdict.why, clauses.join("; ")))
    }

    fn advice<'w>(&self, words: &'w Words) -> &'w str {
        match self.verdict {
            Verdict::Malicious => &words.advice.malicious,
            _ => &words.advice.suspicious,
        }
    }
}

/// A name as it was given, cut where it is too long; ours while nobody has said whose it is.
fn bounded(organization: &str) -> String {
    let name: String = organization.trim().chars().take(LONGEST_ORGANIZATION).collect();
    if name.is_empty() { "Unhook".to_owned() } else { name.trim_end().to_owned() }
}

#[cfg(test)]
mod tests;
