//! Texts in through Plivo.
//!
//! Plivo calls a webhook for every text to a number of an application. [`router`] serves it: the
//! signature (V3, with the account's auth token) is checked before anything else counts
//! ([`PlivoWebhook`]), the parameters become a [`Submission`](unhook_app::Submission), and what
//! there is to answer goes back as Plivo's XML, so that an answer needs no second call.
//!
//! What it has in common with other providers is in [`webhook`](crate::webhook); `docs/intake.md`
//! says how to set it up.

mod incoming;
mod router;
mod signature;
mod webhook;

pub use incoming::PlivoText;
pub use router::{INTAKE_PATH, router};
pub use webhook::PlivoWebhook;
