//! A reader for tests: its pictures hold their text as it is.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use unhook_model::Sender;

use super::{PictureError, ReadPicture, ScreenReader};
use crate::people::Pending;

/// What its pictures begin with.
const HEAD: &str = "a picture of ";

/// Reads pictures that [`FakeScreenReader::picture`] made.
#[derive(Debug, Default)]
pub struct FakeScreenReader {
    is_busy: AtomicBool,
    count: AtomicUsize,
}

impl FakeScreenReader {
    /// A reader that works.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A picture that shows a text, and its sender.
    #[must_use]
    pub fn picture(sender: &str, text: &str) -> Vec<u8> {
        format!("{HEAD}{}\n{sender}\n{text}", text.len()).into_bytes()
    }

    /// Lets everything have to wait from now on, or not any more.
    pub fn set_busy(&self, is_busy: bool) {
        self.is_busy.store(is_busy, Ordering::SeqCst);
    }

    /// How many pictures it has read.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    fn look(&self, picture: &[u8]) -> Result<ReadPicture, PictureError> {
        if self.is_busy.load(Ordering::SeqCst) {
            return Err(PictureError::Busy);
        }
        let none = || PictureError::NotAPicture("no picture; send a PNG".to_owned());
        let (length, sender, text) = std::str::from_utf8(picture)
            .ok()
            .and_then(|text| text.strip_prefix(HEAD))
            .and_then(|rest| rest.split_once('\n'))
            .and_then(|(length, rest)| rest.split_once('\n').map(|(s, t)| (length, s, t)))
            .ok_or_else(none)?;
        if length.parse() != Ok(text.len()) {
            return Err(none());
        }
        if text.trim().is_empty() {
            return Err(PictureError::NoText);
        }
        self.count.fetch_add(1, Ordering::SeqCst);
        Ok(ReadPicture { text: text.to_owned(), sender: Sender::parse(sender), confidence: 90 })
    }
}

impl ScreenReader for FakeScreenReader {
    fn read<'a>(&'a self, picture: &'a [u8]) -> Pending<'a, Result<ReadPicture, PictureError>> {
        Box::pin(async { self.look(picture) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let reader = FakeScreenReader::new();
        let picture =
            FakeScreenReader::picture("+12015550123", "tap acme-okta.example, or else it ends");
        super::super::contract::run(&reader, &picture, "tap acme-okta.example, or else it ends")
            .await;
    }

    #[tokio::test]
    async fn it_can_be_busy() {
        let reader = FakeScreenReader::new();
        reader.set_busy(true);
        let picture = FakeScreenReader::picture("", "tap here");
        assert!(matches!(reader.read(&picture).await, Err(PictureError::Busy)));
        reader.set_busy(false);
        assert!(reader.read(&picture).await.is_ok());
    }
}
