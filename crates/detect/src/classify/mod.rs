//! The text model: what the words alone say.
//!
//! A linear model over hashed word and character n-grams with two heads (lure or not,
//! advertising or not) and a small one that tells the kinds of scam apart. Its weights are
//! whole numbers in one byte each, so it is small, quick and the same everywhere, and each
//! word's share of the result can be shown.
//!
//! [`features`] turns words into numbers, [`Model`] reads and writes the file,
//! [`train`] learns it from an iterator of examples. Nothing here touches a file.

mod features;
mod model;
pub mod train;

pub use model::{Model, ModelError, Opinion};
