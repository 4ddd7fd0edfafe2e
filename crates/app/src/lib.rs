//! What Unhook does, as use cases, and the ports they need from the outside world.
//!
//! A port is a trait that belongs to the use cases and says what they need in their words;
//! the adapters beside this crate (`store`, `messaging`, `watch`, `contain`) stand behind it
//! with what there is. So nothing here knows SQL, HTTP or a vendor, and every use case can be
//! tried against a stand-in: with the feature `fakes`, each port has one, and a contract
//! suite that the stand-in and the real part both pass.
//!
//! There is one port so far, the [`journal`], and one use case: a [`desk`] decides about what
//! comes in, and what it decides outlives it. [`wire`] is how events look in the journal.

pub mod desk;
pub mod journal;
pub mod wire;

pub use desk::{Desk, DeskError};
