//! Texts in: readers for the files people have texts in.
//!
//! [`open`] takes any stream of bytes, unpacks gzip and zstd, finds out the [`Format`] and
//! gives [`Rows`]: one message per row, in order. Everything streams; memory stays within
//! [`LONGEST_ROW`] and the decompressor's window. A row that cannot be read is one
//! [`RowError`] with its line number, and reading goes on behind it.
//!
//! Nothing here judges a text.

mod android;
mod format;
mod rows;
mod table;
mod unpack;

pub use format::Format;
pub use rows::{LONGEST_ROW, ReadOptions, Row, RowError, Rows, open};
pub use unpack::decompress;
