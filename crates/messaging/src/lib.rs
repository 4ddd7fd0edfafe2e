//! Texts in and out.
//!
//! [`twilio`], [`telnyx`], [`plivo`] and [`vonage`] bring texts in by [`webhook`], and the first two
//! send answers; [`chat`] takes what is passed on in Slack and Teams; [`read_mail`] reads a mail that
//! somebody forwarded, and [`SmtpMailer`] sends what was approved. The rest of this crate are readers for the files people have texts in.
//!
//! [`open`] takes any stream of bytes, unpacks gzip and zstd, turns UTF-16 into UTF-8, finds
//! out the [`Format`] and gives [`Rows`]: one message per row, in order. Everything streams:
//! memory stays within a few rows of [`LONGEST_ROW`] and the decompressor's window. A row
//! that cannot be read is one [`RowError`] with its line number, and reading goes on behind
//! it; only the end of the input itself is final.
//!
//! What is worth reading in a row is its text. A sender, time or channel that makes no sense
//! is passed over and said to be so ([`Unread`]); it costs nobody the verdict.
//!
//! Nothing here judges a text. Start reading at [`rows`](open), then one format: `json`,
//! `table` (over `records`), `android` (over `tags`).

mod android;
pub mod chat;
mod columns;
mod encoding;
mod error;
mod fields;
mod format;
mod json;
mod mail;
mod mailbox;
mod maildir;
mod mailer;
pub mod notify;
pub mod plivo;
mod problem;
mod records;
mod rows;
pub mod screenshot;
pub mod smtp;
mod source;
mod table;
mod tags;
pub mod telnyx;
mod texting;
mod time;
pub mod twilio;
mod unpack;
mod upload;
pub mod vonage;
pub mod webhook;

pub use error::{OpenError, RowError, RowProblem};
pub use fields::Unread;
pub use format::Format;
pub use mail::{
    LARGEST_MAIL, MOST_LINES, MOST_PARTS, MOST_PICTURES, MailError, MailIn, Picture, read_mail,
};
pub use maildir::{Maildir, MaildirError, MaildirProbe, REFUSED};
pub use mailer::{MailSettings, MailTls, MailerError, SmtpMailer};
pub use rows::{ReadOptions, Row, RowId, Rows, open};
pub use source::LONGEST_ROW;
pub use texting::TextFrom;
pub use time::parse_time;
pub use unhook_app::Secret;
pub use unpack::decompress;
pub use upload::{LARGEST_UPLOAD, MOST_ROWS, MOST_UNPACKED, UploadError, read_upload};
