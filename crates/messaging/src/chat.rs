//! Messages that people pass on in a chat: [`slack`] by a shortcut on a message, [`teams`] by
//! writing to an outgoing webhook.
//!
//! Both are verified by themselves, without asking anybody. Neither says who somebody is but by
//! an id of the platform's own: so whoever passes a message on is not known, and gets the coarse
//! answer of a stranger.
//!
//! What they have in common with providers of texts is in [`webhook`](crate::webhook);
//! `docs/intake.md` says how to set them up.

pub mod slack;
pub mod teams;

use unhook_app::{Submission, Way};
use unhook_model::Message;

/// The longest id of a platform's, in bytes; Teams' conversations have a hundred.
const LONGEST_ID: usize = 256;

/// What somebody passed on. The platform's ids of the message make it count once.
fn submission(platform: &str, ids: &[&str], text: String) -> Submission {
    Submission {
        key: Some(ids.iter().fold(platform.to_owned(), |key, id| key + "/" + id)),
        way: Way::Chat,
        from: None,
        to: None,
        message: Message::from_body(text),
        language: None,
        attachments: Vec::new(),
    }
}

/// Whether a text can be an id.
fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Text for a platform that reads `<` and `&` as its own.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
