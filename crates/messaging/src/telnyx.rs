//! Texts in and out through Telnyx.
//!
//! **In.** Telnyx calls a webhook for everything that happens to the texts of a messaging profile.
//! [`router`] serves it: the signature (Ed25519, with Telnyx's public key) is checked before
//! anything else counts ([`TelnyxWebhook`]); a text that came in becomes a
//! [`Submission`](unhook_app::Submission), what became of one that went out is handed on.
//!
//! **Out.** A response to Telnyx holds no answer, so that goes out as a text of its own, through
//! whatever stands behind the port `Texter`: [`TelnyxTexter`] is one. Without any, nobody is
//! answered.
//!
//! What it has in common with other providers is in [`webhook`](crate::webhook); `docs/intake.md`
//! says how to set it up.

mod event;
mod router;
mod texter;
mod webhook;

pub use event::TelnyxEvent;
pub use router::{INTAKE_PATH, router};
pub use texter::{TelnyxAccount, TelnyxTexter};
pub use webhook::TelnyxWebhook;
