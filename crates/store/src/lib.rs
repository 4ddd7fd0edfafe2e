//! Where Unhook keeps things.
//!
//! There is the journal, on SQLite: [`SqliteJournal`] is [`unhook_app::journal::Journal`]
//! over one file in a folder that one process has to itself.
//!
//! Nothing here decides anything or looks into what it keeps. Start reading at `journal`, then
//! `writer`, where a commit becomes durable.

mod encoding;
mod error;
mod folder;
mod journal;
mod reader;
mod schema;
mod writer;

pub use error::{CloseError, OpenError};
pub use journal::SqliteJournal;
