//! What belongs to those who got or reported a text, and must not leave the house.

use std::collections::BTreeSet;

use crate::people::Contact;

/// How many of a number's last digits give it away.
const TELLING_DIGITS: usize = 8;

/// A number with fewer digits is nobody's own.
const SHORTEST_NUMBER: usize = 7;

/// Names, numbers and addresses of people.
#[derive(Clone, Debug, Default)]
pub struct Private {
    /// Whole names of several words, folded.
    names: BTreeSet<String>,
    /// Every word of every name, folded.
    words: BTreeSet<String>,
    /// Digits of numbers.
    numbers: BTreeSet<String>,
    /// Addresses and accounts, folded.
    addresses: BTreeSet<String>,
}

impl Private {
    /// Adds a name that somebody goes by.
    pub fn add_name(&mut self, name: &str) {
        let words: Vec<String> = words(name).map(fold).collect();
        if words.len() > 1 {
            self.names.insert(words.join(" "));
        }
        self.words.extend(words);
    }

    /// Adds what somebody is reached by.
    pub fn add_contact(&mut self, contact: &Contact) {
        match contact {
            Contact::Phone(number) => self.add_number(number.digits()),
            Contact::Mail(address) | Contact::Account(address) => {
                self.addresses.insert(fold(address));
                // What stands before the `@` is often a name.
                let mailbox = address.split('@').next().unwrap_or_default();
                self.words.extend(words(mailbox).map(fold).filter(|word| word.len() > 2));
            }
        }
    }

    /// Adds a number that is somebody's.
    pub fn add_number(&mut self, number: &str) {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= SHORTEST_NUMBER {
            self.numbers.insert(digits);
        }
    }

    /// Whether a word may be of somebody's name.
    #[must_use]
    pub fn has_word(&self, word: &str) -> bool {
        words(word).map(fold).any(|word| self.words.contains(&word))
    }

    /// Whether a sender is one of these people, or may be what one of them calls another.
    #[must_use]
    pub fn is_sender(&self, sender: &str) -> bool {
        self.addresses.contains(&fold(sender)) || self.number_in(sender) || self.has_word(sender)
    }

    /// What of somebody stands in a text and not in the draft that it was made of, in words that do
    /// not repeat it.
    #[must_use]
    pub fn found_in(&self, text: &str, draft: &str) -> Option<&'static str> {
        if self.number_in(text) && !self.number_in(draft) {
            return Some("the number");
        }
        let folded = fold(text);
        let is_new = |what: &str| folded.contains(what) && !fold(draft).contains(what);
        if self
            .addresses
            .iter()
            .any(|address| address.len() > 2 && is_word_in(&folded, address) && is_new(address))
        {
            return Some("the address or account");
        }
        let (spaced, of_draft) = (spaced(text), spaced(draft));
        let has_name = |name: &String| {
            let name = format!(" {name} ");
            spaced.contains(&name) && !of_draft.contains(&name)
        };
        let drafted: BTreeSet<&str> = words(draft).collect();
        // In prose, "may" is a word and "May" perhaps somebody.
        let is_name =
            |word: &str| word.starts_with(char::is_uppercase) && self.words.contains(&fold(word));
        let mut added = words(text).filter(|word| !drafted.contains(word));
        (self.names.iter().any(has_name) || added.any(is_name)).then_some("the name")
    }

    fn number_in(&self, text: &str) -> bool {
        let runs = runs_of_digits(text);
        self.numbers.iter().any(|number| {
            let telling = &number[number.len().saturating_sub(TELLING_DIGITS)..];
            runs.iter().any(|run| run.contains(telling))
        })
    }
}

/// Whether something stands in a text with nothing of a word beside it.
fn is_word_in(text: &str, what: &str) -> bool {
    text.match_indices(what).any(|(at, _)| {
        let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !is_part(text[..at].chars().next_back()) && !is_part(text[at + what.len()..].chars().next())
    })
}

/// The words of a text: runs of letters and digits.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A word as it is compared.
pub(super) fn fold(word: &str) -> String {
    word.to_lowercase()
}

/// The folded words of a text between single spaces.
fn spaced(text: &str) -> String {
    words(text).fold(" ".to_owned(), |spaced, word| spaced + &fold(word) + " ")
}

/// Runs of digits, with whatever people write within a number left out.
pub(super) fn runs_of_digits(text: &str) -> Vec<String> {
    let mut runs = vec![String::new()];
    for c in text.chars() {
        match c.to_digit(10) {
            Some(digit) => {
                runs.last_mut().expect("there is one").extend(char::from_digit(digit, 10))
            }
            None if matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}') => {}
            None => runs.push(String::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}
