//! A text written to an outgoing webhook in Microsoft Teams: "@Unhook" and what is to be looked
//! at.
//!
//! Teams calls the webhook with the message as JSON; [`router`] serves it. The signature
//! (HMAC-SHA256 over the body, by the token that Teams showed once) is checked before anything
//! else counts ([`TeamsWebhook`]). The answer goes back in the response, for which Teams waits
//! five seconds, and everybody in the channel sees it. A messaging extension would be seen by one
//! person alone, but is verified only by asking Microsoft for keys.

mod router;
mod webhook;

pub use router::{INTAKE_PATH, router};
pub use webhook::TeamsWebhook;
