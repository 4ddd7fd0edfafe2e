//! Pictures of a screen: the port that reads the text in one.
//!
//! People pass a lure on as a picture more often than as words. What stands behind this port
//! reads it once, keeps nothing, and says who the picture shows as the sender where it shows
//! that. A picture is hostile input: whoever reads it bounds it before looking into it.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;

use unhook_model::Sender;

use crate::journal::Cause;
use crate::people::Pending;

/// The text of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadPicture {
    /// What the message in it says; never blank.
    pub text: String,
    /// Whom it shows as the sender, where that is a number, a short code, a sender id or an
    /// address; a name out of somebody's contacts is none.
    pub sender: Option<Sender>,
    /// How sure the reader is of the words, in the mean, from 0 to 100.
    pub confidence: u8,
}

/// Why there is no text of a picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Nothing that reads pictures is there.
    #[error(
        "pictures are not read here, since no reader is installed; pass on the words of the \
         message (operators: install `tesseract-ocr`)"
    )]
    NoReader,
    /// It is something else than a picture that is read; says what to send instead.
    #[error("{0}")]
    NotAPicture(String),
    /// It is too large to be looked into; says what to send instead.
    #[error("{0}")]
    TooLarge(String),
    /// Nothing in it can be read.
    #[error("no text was found in the picture; send a sharper one, or pass on the words")]
    NoText,
    /// Reading it takes too long. It would the next time.
    #[error("reading the picture takes too long; cut it to the message, or pass on the words")]
    TooSlow,
    /// Others are being read. Later it may succeed.
    #[error("too many pictures are being read; try again")]
    Busy,
    /// The reader fails. The same again may succeed.
    #[error("the reader of pictures does not work for now; try again, or pass on the words")]
    Unavailable(#[source] Cause),
}

/// Reads what stands in pictures of a screen.
pub trait ScreenReader: Send + Sync {
    /// Reads one picture, whose kind is told by its bytes alone.
    ///
    /// # Errors
    /// Says what to send instead, or whether the same again may succeed.
    fn read<'a>(&'a self, picture: &'a [u8]) -> Pending<'a, Result<ReadPicture, PictureError>>;
}
