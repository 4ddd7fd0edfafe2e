//! The words of each language, read from `data/dialogue/` once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use unhook_detect::text::Text;

use super::statement::Grammar;

/// The files.
const FILES: [&str; 5] = [
    include_str!("../../data/dialogue/en.toml"),
    include_str!("../../data/dialogue/es.toml"),
    include_str!("../../data/dialogue/fr.toml"),
    include_str!("../../data/dialogue/de.toml"),
    include_str!("../../data/dialogue/pt.toml"),
];

/// What a message that is nothing else asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Whole {
    Stop,
    Start,
    Help,
}

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WordsFile {
    #[cfg_attr(not(test), expect(dead_code, reason = "names the file when a test finds fault"))]
    language: String,
    stop: Vec<String>,
    start: Vec<String>,
    help: Vec<String>,
    join: Vec<String>,
    courtesies: Vec<String>,
    no_sender: Vec<String>,
    around_sender: Vec<String>,
    statement: StatementFile,
}

/// How statements are written in a file; [`Grammar`] is what becomes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct StatementFile {
    pub(super) gave: Vec<String>,
    pub(super) followed: Vec<String>,
    pub(super) leads: Vec<String>,
    pub(super) negations: Vec<String>,
    pub(super) nothing: Vec<String>,
    pub(super) behind_nothing: Vec<String>,
    pub(super) unless: Vec<String>,
    pub(super) words: BTreeMap<String, Vec<String>>,
}

/// The words of all languages.
pub(super) struct AllWords {
    whole: BTreeMap<String, Whole>,
    joins: BTreeSet<String>,
    courtesies: BTreeSet<String>,
    pub(super) no_senders: BTreeSet<String>,
    pub(super) around_sender: BTreeSet<String>,
    pub(super) grammars: Vec<Grammar>,
}

/// The most words of a courtesy: longer ones say something.
const MOST_COURTESIES: usize = 8;

/// The words of all languages, read once.
pub(super) static ALL: LazyLock<AllWords> = LazyLock::new(|| {
    let mut all = AllWords {
        whole: BTreeMap::new(),
        joins: BTreeSet::new(),
        courtesies: BTreeSet::new(),
        no_senders: BTreeSet::new(),
        around_sender: BTreeSet::new(),
        grammars: Vec::new(),
    };
    for file in FILES {
        let file = toml::from_str(file).expect("a test has read every file that is built in");
        all.add(file);
    }
    all
});

impl AllWords {
    fn add(&mut self, file: WordsFile) {
        for (messages, meaning) in
            [(file.stop, Whole::Stop), (file.start, Whole::Start), (file.help, Whole::Help)]
        {
            self.whole.extend(messages.iter().map(|message| (fold(message), meaning)));
        }
        self.joins.extend(file.join.iter().map(|word| fold(word)));
        self.courtesies.extend(file.courtesies.iter().map(|word| fold(word)));
        self.no_senders.extend(file.no_sender.iter().map(|word| fold(word)));
        self.around_sender.extend(file.around_sender.iter().map(|word| fold(word)));
        self.grammars.push(Grammar::of(&file.statement));
    }
}

/// A text folded: lower case, without accents and punctuation, single spaces, numbers and
/// links masked by tags in upper case.
pub(super) fn fold(body: &str) -> String {
    Text::read(body).words.text().to_owned()
}

/// What a folded message asks for.
pub(super) fn whole(folded: &str) -> Option<Whole> {
    ALL.whole.get(folded).copied()
}

/// Whether a word says that somebody wants to join.
pub(super) fn is_join(word: &str) -> bool {
    ALL.joins.contains(&fold(word))
}

/// Whether a message is nothing but courtesies; so is one without words, like a thumb.
pub(super) fn is_courtesy(folded: &str) -> bool {
    folded.split(' ').count() <= MOST_COURTESIES
        && folded.split(' ').all(|word| word.is_empty() || ALL.courtesies.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_says_everything() {
        for file in FILES {
            let file: WordsFile = toml::from_str(file).unwrap();
            let statement = &file.statement;
            let lists = [
                &file.stop,
                &file.start,
                &file.help,
                &file.join,
                &file.courtesies,
                &file.no_sender,
                &file.around_sender,
                &statement.gave,
                &statement.followed,
                &statement.leads,
                &statement.negations,
                &statement.unless,
            ];
            for list in lists.into_iter().chain(statement.words.values()) {
                assert!(!list.is_empty(), "{}", file.language);
                assert!(list.iter().all(|entry| !entry.trim().is_empty()), "{}", file.language);
            }
            assert!(!Grammar::of(statement).is_empty(), "{}", file.language);
        }
    }

    #[test]
    fn single_words_are_words() {
        // A list of single words is compared word by word: one of two would never match.
        for word in
            ALL.courtesies.iter().chain(&ALL.joins).chain(&ALL.no_senders).chain(&ALL.around_sender)
        {
            assert!(!word.is_empty() && !word.contains(' '), "{word}");
        }
    }
}
