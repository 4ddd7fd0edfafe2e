//! The engine: what belongs together, and what follows.
//!
//! Reports of near-identical texts, and those that share a domain, a sender's number or a page,
//! are tied into campaigns. Every tie says why it is, and can be taken back. [`Engine::decide`]
//! says what follows from what comes in, as [`Event`]s; [`State::fold`] adds events up, and
//! the same events give the same state for ever. Start at [`decide`].
//!
//! It is pure, as `unhook-detect` is: no I/O, clock, randomness or environment (its
//! `clippy.toml` bans them). Time and ids come in with what is decided about. It judges no
//! text, knows no person, and does nothing about a campaign.

pub mod decide;
pub mod event;
mod groups;
mod index;
mod input;
pub mod near;
pub mod notification;
pub mod protection;
pub mod response;
pub mod sketch;
pub mod snapshot;
pub mod state;

pub use decide::Engine;
pub use event::{Cause, Event, Indicator, Reason, Received, Ruling, SplitNumber, Stage, TieNumber};
pub use groups::Tie;
pub use input::{Input, Refusal};
pub use near::{Near, NearTexts};
pub use protection::{Blockable, Forbidden, Popular, Protected};
pub use sketch::{Similarity, SketchError, TextSketch};
pub use snapshot::SnapshotError;
pub use state::{Campaign, State};
