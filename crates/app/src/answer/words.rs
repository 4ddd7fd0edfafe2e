//! The sentences of each language, read from `data/answers/` once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use unhook_model::{ScamKind, Verdict};

use super::reason::Reason;
use crate::people::Language;

/// What stands in the data for the organization's name.
pub(super) const ORGANIZATION: &str = "{organization}";

/// The files, English first: whoever reads none of these languages is told in English.
pub(super) const FILES: [&str; 5] = [
    include_str!("../../data/answers/en.toml"),
    include_str!("../../data/answers/es.toml"),
    include_str!("../../data/answers/fr.toml"),
    include_str!("../../data/answers/de.toml"),
    include_str!("../../data/answers/pt.toml"),
];

static ALL: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let read = |file| toml::from_str(file).expect("a test has read every file that is built in");
    FILES.iter().map(|file| read(file)).collect()
});

/// The sentences of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) language: String,
    pub(super) verdict: VerdictWords,
    pub(super) reasons: BTreeMap<Reason, String>,
    pub(super) advice: Advice,
    pub(super) coarse: ByVerdict,
    pub(super) correction: ByVerdict,
    pub(super) statement: StatementWords,
    pub(super) notice: NoticeWords,
    pub(super) enrolment: EnrolmentWords,
    pub(super) dialogue: Dialogue,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct VerdictWords {
    pub(super) malicious: String,
    pub(super) suspicious: String,
    pub(super) benign: String,
    pub(super) promotion: String,
    pub(super) malicious_ruled: String,
    pub(super) suspicious_ruled: String,
    pub(super) benign_ruled: String,
    pub(super) known: String,
    pub(super) why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advice {
    pub(super) malicious: String,
    pub(super) suspicious: String,
    pub(super) benign: String,
    workplace: String,
    family: String,
    bank: String,
    official: String,
    code: String,
    install: String,
    money: String,
    pub(super) typed: String,
    pub(super) sender: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ByVerdict {
    malicious: String,
    suspicious: String,
    benign: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatementWords {
    pub(super) staff: String,
    pub(super) stranger: String,
    pub(super) followed: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoticeWords {
    pub(super) subject: String,
    pub(super) text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct EnrolmentWords {
    pub(super) joined: String,
    pub(super) not_joined: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Dialogue {
    pub(super) sender_noted: String,
    pub(super) part_joined: String,
    pub(super) needs_text: String,
    pub(super) help: String,
    pub(super) stopped: String,
    pub(super) started: String,
    pub(super) try_later: String,
    pub(super) picture_unread: String,
}

impl Words {
    /// The sentences of a language, or of English.
    pub(super) fn of(language: Language) -> &'static Self {
        let is_it = |words: &&Self| words.language == language.as_str();
        ALL.iter().find(is_it).unwrap_or(&ALL[0])
    }

    pub(super) fn reason(&self, reason: Reason) -> &str {
        self.reasons.get(&reason).map_or("", String::as_str)
    }
}

impl Advice {
    /// What helps against one kind of scam, beyond leaving it alone.
    pub(super) fn of(&self, kind: ScamKind) -> Option<&str> {
        Some(match kind {
            ScamKind::Workplace => &self.workplace,
            ScamKind::Family => &self.family,
            ScamKind::Bank => &self.bank,
            ScamKind::Delivery
            | ScamKind::Account
            | ScamKind::Government
            | ScamKind::Toll
            | ScamKind::Refund
            | ScamKind::Subscription => &self.official,
            ScamKind::CodeTheft => &self.code,
            ScamKind::Install => &self.install,
            ScamKind::WrongNumber
            | ScamKind::Job
            | ScamKind::Investment
            | ScamKind::Prize
            | ScamKind::Loan
            | ScamKind::Charity
            | ScamKind::Gambling
            | ScamKind::Extortion
            | ScamKind::Payment => &self.money,
            _ => return None,
        })
    }
}

impl ByVerdict {
    pub(super) fn of(&self, verdict: Verdict) -> &str {
        match verdict {
            Verdict::Malicious => &self.malicious,
            Verdict::Suspicious => &self.suspicious,
            Verdict::Benign => &self.benign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_sentence() {
        for file in FILES {
            // A missing or unknown key is an error of the parser; an empty sentence is not.
            let words: Words = toml::from_str(file).unwrap();
            let missing: Vec<_> =
                Reason::ALL.iter().filter(|reason| !words.reasons.contains_key(reason)).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", words.language);
            let table: toml::Table = file.parse().unwrap();
            for section in table.values().filter_map(|section| section.as_table()) {
                for (key, sentence) in section {
                    assert!(!sentence.as_str().unwrap().trim().is_empty(), "{key}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_language_is_answered_in_english() {
        let of = |tag| Words::of(Language::parse(tag).unwrap()).language.as_str();
        assert_eq!(of("de-AT"), "de");
        assert_eq!(of("ja"), "en");
        assert_eq!(ALL[0].language, "en");
    }
}
