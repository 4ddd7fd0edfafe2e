//! Texts in through Vonage's Messages API.
//!
//! Vonage calls a webhook for every message to an application. [`router`] serves it: the signed
//! webhook's token (a JWT by HMAC-SHA256 with the account's signature secret, which is what
//! Vonage's SDK verifies) and the body's hash in it are checked before anything else counts
//! ([`VonageWebhook`]), and the message becomes a [`Submission`](unhook_app::Submission).
//!
//! The older SMS API, with its `sig` among the parameters, is not taken: it signs with MD5 unless
//! told otherwise, and one number may be switched to the Messages API at any time.
//!
//! A response to Vonage holds no answer, so that goes out as a text of its own, through whatever
//! stands behind the port `Texter`; without any, nobody is answered.
//!
//! What it has in common with other providers is in [`webhook`](crate::webhook); `docs/intake.md`
//! says how to set it up.

mod incoming;
mod router;
mod token;
mod webhook;

pub use router::{INTAKE_PATH, router};
pub use webhook::VonageWebhook;
