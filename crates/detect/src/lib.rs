//! The detector: [`assess`] takes a message, the facts looked up for it and what is known
//! for all, and returns an assessment with its reasons.
//!
//! It is pure. No I/O, clock, randomness or environment (its `clippy.toml` bans them):
//! the same input gives the same assessment, so a test, a drill and a retro-hunt are all
//! one call. It does not fail: bad text is not an error, and what could not be looked up
//! is said to be unavailable.
//!
//! The way of a text through it: [`text`] normalises it and finds its links, words and
//! phrases, [`lookalike`] says what the links' hosts imitate, [`signals`] look at all that,
//! [`classify`] reads the words, [`score`] adds the evidence up and [`explain`] puts it
//! into plain words. What is known for all messages is [`knowledge`].

mod assess;
pub mod classify;
pub mod explain;
pub mod knowledge;
pub mod lookalike;
pub mod score;
pub mod signals;
pub mod text;

pub use assess::assess;
pub use knowledge::Knowledge;
