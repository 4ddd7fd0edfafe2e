//! The engine: what belongs together.
//!
//! So far it knows the first level of a campaign, texts that are nearly identical:
//! [`sketch`] makes a few bytes of a text that nearly identical texts mostly share, and
//! [`near`] finds the most similar of a hundred thousand earlier ones by them. Shared
//! domains, senders and times are other levels, and not here yet.
//!
//! It is pure, as `unhook-detect` is: no I/O, clock, randomness or environment (its
//! `clippy.toml` bans them). The same texts in the same order give the same answers.

pub mod near;
pub mod sketch;

pub use near::{Near, NearTexts};
pub use sketch::{Similarity, SketchError, TextSketch};
