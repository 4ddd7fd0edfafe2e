//! Where Unhook keeps things.
//!
//! The journal is on SQLite: [`SqliteJournal`] is [`unhook_app::journal::Journal`] over one
//! file in a folder that one process has to itself. [`SqliteViews`] is what it adds up to, in
//! the shape that readers ask for. Who is who, under which key, and who may do what, is in a
//! [`SqliteVault`] in the same folder, which several processes share. What is large is in
//! files of its own, [`FileBlobs`], sealed with the vault's keys.
//! file in a folder that one process has to itself. Who is who, under which key, and who may
//! do what, is in a [`SqliteVault`] in the same folder, which several processes share. What is
//! large is in files of its own, [`FileBlobs`], sealed with the vault's keys. [`backup`] makes
//! copies of a folder and puts them back.
//!
//! Nothing here decides anything or looks into what it keeps. Start reading at `journal`, then
//! `writer`, where a commit becomes durable; then at `vault`.

pub mod backup;
mod blobs;
mod digest;
mod encoding;
mod error;
mod folder;
mod journal;
mod reader;
mod schema;
mod snapshot;
mod surroundings;
mod vault;
mod views;
mod writer;

pub use blobs::FileBlobs;
pub use digest::digest;
pub use error::{CloseError, KeyError, OpenError, VaultError};
pub use journal::SqliteJournal;
pub use surroundings::SystemSurroundings;
pub use vault::{Listed, SqliteVault};
pub use views::SqliteViews;
