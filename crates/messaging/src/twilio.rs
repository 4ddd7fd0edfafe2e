//! Texts in and out through Twilio.
//!
//! **In.** Twilio calls a webhook for every text to the reporting number. [`router`] serves it:
//! the signature is checked before anything else counts ([`TwilioWebhook`]), the parameters
//! become a [`Submission`](unhook_app::Submission), and what there is to answer goes back as
//! TwiML, so that an answer needs no second call. Also served is the status callback, by which
//! Twilio says what became of a text that went out ([`TextStatus`](crate::webhook::TextStatus)).
//!
//! **Out.** [`TwilioTexter`] stands behind the port `Texter`. Its errors keep apart what was
//! certainly not sent from what nobody knows: a text is never sent twice by guessing.
//!
//! What it has in common with other providers is in [`webhook`](crate::webhook).
//!
//! Pictures are listed, and fetched for those alone who ask for it ([`TwilioMedia`]): their addresses
//! come from outside. Whether a text is a
//! lure, a command or a statement is not decided here. `docs/twilio.md` says how to set it up.

mod incoming;
mod media;
mod refusals;
mod router;
mod signature;
mod status;
mod texter;
mod webhook;

pub use media::TwilioMedia;
pub use router::{INTAKE_PATH, STATUS_PATH, router};
pub use texter::{TwilioAccount, TwilioTexter};
pub use webhook::TwilioWebhook;
