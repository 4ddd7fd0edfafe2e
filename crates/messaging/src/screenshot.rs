//! Screenshots in: the message that a picture of a phone's screen shows.
//!
//! A picture is hostile input, and so is what it says. Its kind is told by its first bytes and
//! never by a name, its size is read from its head before anything unpacks it ([`picture`]),
//! and it is decoded here, by decoders that cannot touch memory that is not theirs. What the
//! reader of letters gets is a plain grey picture that we wrote ([`prepare`]): dark letters on
//! light ground, as large as it reads best.
//!
//! That reader is Tesseract, a program that may be installed or not ([`tesseract`]); it is given
//! no file, no shell and little time. Out of the words that it found and where they stand
//! ([`page`]) comes the message ([`message`]): lines joined, links whole, without the clock, the
//! head with the sender and the bar to type in.
//!
//! Nothing is kept. Photographs of a screen are read as well as they can be; what is made for
//! here is what a phone itself takes.

mod message;
mod page;
mod picture;
mod prepare;
mod tesseract;

pub use message::message_of_table;
pub use picture::{LARGEST_PICTURE, LONGEST_SIDE, MOST_PIXELS};
pub use tesseract::{MOST_AT_ONCE, MOST_WAITING, ScreenProbe, TIME, Tesseract, TesseractError};
