//! Providers' own SDKs as judges: what they sign or verify, we accept, and nothing that differs
//! from it in anything.
//!
//! `cargo xtask test` installs the SDKs and these tests then fail without them. Under a plain
//! `cargo test` on a machine that never ran it, they say so and judge nothing.

#[path = "../twilio/judges.rs"]
mod judges;
mod plivo;
mod probes;
mod slack;
mod teams;
mod telnyx;
mod telnyx_out;
mod vonage;
mod world;
