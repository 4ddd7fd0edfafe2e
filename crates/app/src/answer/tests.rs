//! What every answer must hold to, in every language.

use super::reason::Reason;
use super::*;
use crate::dialogue::{Stated, Utterance, understand};
use crate::segment::{Alphabet, segments};

const VERDICTS: [Verdict; 3] = [Verdict::Benign, Verdict::Suspicious, Verdict::Malicious];

fn languages() -> Vec<Language> {
    let language = |file: &str| {
        let table: toml::Table = file.parse().unwrap();
        Language::parse(table["language"].as_str().unwrap()).unwrap()
    };
    words::FILES.iter().map(|file| language(file)).collect()
}

fn finding(verdict: Verdict, kind: Option<ScamKind>, signals: &[&str]) -> Finding {
    Finding {
        verdict,
        kind,
        signals: signals.iter().map(|id| (*id).to_owned()).collect(),
        is_ruled: false,
        is_known: false,
        asks_sender: false,
    }
}

/// A kind for each advice that there is, and those of which the verdict speaks.
const KINDS: [ScamKind; 9] = [
    ScamKind::Workplace,
    ScamKind::Family,
    ScamKind::Bank,
    ScamKind::Toll,
    ScamKind::CodeTheft,
    ScamKind::Install,
    ScamKind::Payment,
    ScamKind::Promotion,
    ScamKind::Other,
];

/// How many signals on the next finding begins: each names other reasons, and a few do.
const NEXT: usize = 17;

/// Findings of every verdict and kind, with many reasons.
fn findings() -> Vec<Finding> {
    let signals: Vec<&str> =
        unhook_detect::signals::ALL.iter().map(|signal| signal.id.as_str()).collect();
    let mut all = Vec::new();
    for kind in KINDS.map(Some).into_iter().chain([None]) {
        for verdict in VERDICTS {
            for from in (0..signals.len()).step_by(NEXT) {
                for flags in [[false; 3], [true, false, false], [false, true, true], [true; 3]] {
                    let [is_ruled, is_known, asks_sender] = flags;
                    let found = finding(verdict, kind, &signals[from..]);
                    all.push(Finding { is_ruled, is_known, asks_sender, ..found });
                }
            }
        }
    }
    all
}

/// Every answer there is.
fn answers() -> Vec<Answer> {
    let mut all = vec![
        Answer::Statement,
        Answer::StrangerStatement,
        Answer::Followed,
        Answer::Joined,
        Answer::NotJoined,
        Answer::NeedsText,
        Answer::Help,
        Answer::Stopped,
        Answer::Started,
        Answer::TryLater,
        Answer::PictureUnread,
    ];
    all.extend(VERDICTS.map(Answer::Coarse));
    all.extend(VERDICTS.map(Answer::Correction));
    for found in findings() {
        all.push(Answer::Found(found.clone()));
        all.push(Answer::SenderNoted(found.clone()));
        all.push(Answer::PartJoined(found));
    }
    all
}

fn english(answer: &Answer) -> String {
    answer.text(Language::ENGLISH, "Acme")
}

#[test]
fn a_lure_is_named_with_reasons_and_what_to_do() {
    let signals = ["text-model", "lookalike-domain", "organization-impersonation", "urgency"];
    let found = finding(Verdict::Malicious, Some(ScamKind::Workplace), &signals);
    assert_eq!(
        english(&Answer::Found(found)),
        "This looks like a scam. Why: its link imitates a known name; it poses as your workplace; \
         it tries to rush you. Do not tap, reply or call. Sign in only the way you always do. \
         Already typed or tapped something? Answer \"I typed\" and we will help."
    );
}

#[test]
fn nothing_found_is_said_kindly_and_without_reasons() {
    let found = finding(Verdict::Benign, None, &["urgency", "known-link"]);
    assert_eq!(
        english(&Answer::Found(found)),
        "We found nothing suspicious in this text. Thank you for checking: it is always right to \
         ask. If it still feels wrong, do not tap it: ask the sender in a way you already know, \
         or your security team."
    );
}

#[test]
fn a_ruling_speaks_for_itself() {
    let found = finding(Verdict::Malicious, None, &["urgency"]);
    let text = english(&Answer::Found(Finding { is_ruled: true, is_known: true, ..found }));
    assert!(text.starts_with("Your security team says: this is a scam. Others reported it too."));
    assert!(!text.contains("rush"), "{text}");
}

#[test]
fn a_stranger_learns_no_reasons() {
    for language in languages() {
        let words = Words::of(language);
        for verdict in VERDICTS {
            let text = Answer::Coarse(verdict).prose(language, "Acme");
            for reason in Reason::ALL {
                assert!(!text.contains(words.reason(reason)), "{text}");
            }
        }
    }
}

#[test]
fn every_answer_is_few_segments_in_the_alphabet_of_phones() {
    let answers = answers();
    let (mut aimed, mut most) = (0, 0);
    for language in languages() {
        for answer in &answers {
            let text = answer.text(language, "Acme & Sons");
            let count = segments(&text);
            assert_eq!(Alphabet::of(&text), Alphabet::Gsm, "{text}");
            assert!(count <= MOST_SEGMENTS, "{language}: {count} segments: {text}");
            aimed += usize::from(count <= AIMED_SEGMENTS);
            most += 1;
        }
    }
    assert!(aimed * 2 > most, "only {aimed} of {most} answers are as short as they should be");
}

#[test]
fn every_answer_on_a_text_names_two_reasons_where_there_are_two() {
    for language in languages() {
        let words = Words::of(language);
        for found in findings().into_iter().filter(|found| !found.is_ruled) {
            let signals = || found.signals.iter().map(String::as_str);
            let reasons = reason::deciding(signals(), found.kind, 2);
            if found.verdict != Verdict::Malicious {
                continue;
            }
            let text = Answer::Found(found.clone()).text(language, "Acme");
            for reason in reasons {
                assert!(text.contains(&segment::in_gsm(words.reason(reason))), "{text}");
            }
        }
    }
}

#[test]
fn none_ever_says_safe() {
    const SAFE: [&str; 12] = [
        "safe",
        "harmless",
        "genuine",
        "seguro ",
        "legítim",
        "inofensiv",
        "sans danger",
        "fiable",
        "unbedenklich",
        "harmlos",
        "confiável",
        "sicher ",
    ];
    for language in languages() {
        for answer in answers() {
            let text = answer.prose(language, "Acme").to_lowercase();
            for word in SAFE {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
    }
}

#[test]
fn what_it_asks_people_to_answer_is_understood() {
    for language in languages() {
        let typed = &Words::of(language).advice.typed;
        let quoted: Vec<&str> = typed.split('"').collect();
        assert_eq!(quoted.len(), 3, "{typed}");
        assert_eq!(understand(quoted[1], true), Utterance::Statement(Stated::Gave), "{typed}");
    }
}

#[test]
fn the_organization_is_named_where_carriers_ask_for_it() {
    for language in languages() {
        for answer in [Answer::Help, Answer::Stopped, Answer::Started, Answer::Joined] {
            let text = answer.text(language, &"Ж".repeat(200));
            let name = "Ж".repeat(LONGEST_ORGANIZATION);
            assert!(text.starts_with(&name) && !text.contains(&format!("{name}Ж")), "{text}");
            assert!(!text.contains('{'), "{text}");
        }
        assert!(Answer::Help.text(language, "Acme").contains("STOP"));
        assert!(Answer::Joined.text(language, "Acme").contains("STOP"));
        assert!(Answer::Stopped.text(language, "Acme").contains("START"));
    }
}
