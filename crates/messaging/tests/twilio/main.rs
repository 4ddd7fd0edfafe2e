//! Twilio's own SDKs as judges: what they sign, we accept, and what our stand-in of the API
//! says to them, it says to us.
//!
//! `cargo xtask test` installs the SDKs and these tests then fail without them. Under a plain
//! `cargo test` on a machine that never ran it, they say so and judge nothing.

mod api;
mod incoming;
mod judges;
mod media;
mod outgoing;
mod signatures;

use judges::Judge;

const PYTHON: Judge = Judge { name: "twilio-python", script: "twilio/judge" };
const NODE: Judge = Judge { name: "twilio-node", script: "twilio/judge" };
const BOTH: [Judge; 2] = [PYTHON, NODE];
