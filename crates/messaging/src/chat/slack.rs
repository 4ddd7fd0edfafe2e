//! A shortcut on a message in Slack: "Report to Unhook".
//!
//! Slack calls the app's request URL with a form whose `payload` is JSON; [`router`] serves it.
//! The signature (`v0`, HMAC-SHA256 over time and body) is checked before anything else counts
//! ([`SlackWebhook`]). Slack wants a response within three seconds and shows nothing of it; so the
//! answer goes to the `response_url` of the call, which is signed with it and lies at Slack, and
//! only whoever used the shortcut sees it.

mod reply;
mod router;
mod text;
mod webhook;

pub use router::{INTAKE_PATH, router};
pub use text::plain;
pub use webhook::{SlackReport, SlackWebhook};
