//! What a text to the reporting number is: a command, a statement, the sender of an earlier
//! text, a courtesy, or a text that somebody passed on.
//!
//! Forwarding a text loses everything but its words, so all these arrive alike and only the
//! words tell them apart. Two mistakes matter. A lure taken for something else is not judged:
//! so everything here is short, whole and free of links, and what is in doubt is a text. And a
//! person who says that they typed their password must not be told that nothing was found: so
//! [`statement`] knows the many ways to say so.
//!
//! The words are data, one file for each language in `data/dialogue/`; all languages are
//! understood at once, because nobody knows what a person writes before they do.
//! [`continuation`] says which texts are parts of one, [`language`] what a number's owner
//! probably reads.

mod continuation;
mod join_code;
mod language;
mod sender;
mod statement;
mod words;

use unhook_detect::text::Text;
use unhook_model::Sender;

use crate::people::JoinCode;

pub use continuation::{is_continuation, join};
pub use language::language_of_number;
pub use statement::Stated;
use words::{Whole, fold, whole};

/// What a text to the reporting number is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Utterance {
    /// No more texts, as carriers define it (CTIA Messaging Principles, 5.1.3), in each
    /// language.
    Stop,
    /// Texts again.
    Start,
    /// How does this work?
    Help,
    /// This phone is to become that of whoever the code was made for; without one it was mistyped.
    Join(Option<JoinCode>),
    /// Somebody says what they have done with a lure.
    Statement(Stated),
    /// Who had sent an earlier text.
    Sender(Sender),
    /// Thanks, a yes or a no, a thumb: nothing to look at, and nothing to answer.
    Courtesy,
    /// Nothing but space.
    Blank,
    /// A text that was passed on, as far as can be told.
    Text,
}

/// The most characters of what is not a text that was passed on. People who report what they
/// did are brief, and lures are not.
const LONGEST: usize = 200;

/// Says what a text is. A sender is looked for only when one was asked for.
#[must_use]
pub fn understand(body: &str, waits_for_sender: bool) -> Utterance {
    if body.trim().is_empty() {
        return Utterance::Blank;
    }
    if body.chars().count() > LONGEST {
        return Utterance::Text;
    }
    let folded = fold(body);
    if let Some(command) = whole(&folded) {
        return match command {
            Whole::Stop => Utterance::Stop,
            Whole::Start => Utterance::Start,
            Whole::Help => Utterance::Help,
        };
    }
    if let Some(code) = join_code::find(body) {
        return Utterance::Join(code);
    }
    let text = Text::read(body);
    if let Some(stated) = statement::find(body, &text) {
        return Utterance::Statement(stated);
    }
    if words::is_courtesy(&folded) {
        return Utterance::Courtesy;
    }
    let sender = waits_for_sender.then(|| sender::find(body)).flatten();
    sender.map_or(Utterance::Text, Utterance::Sender)
}

#[cfg(test)]
mod tests;
