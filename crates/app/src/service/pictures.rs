//! Pictures without words: read, so that a screenshot is judged as the text that it shows.

use unhook_model::Message;

use super::{Service, ServiceError};
use crate::screen::{PictureError, ReadPicture};
use crate::submission::{Attachment, Submission};

/// The most pictures of one report that are read: a long text needs two screens, and each costs
/// about a second.
const MOST_READ: usize = 3;

impl Service {
    /// What a picture of a screen says; nothing is kept of it.
    ///
    /// # Errors
    /// Says what to send instead, or whether the same again may succeed.
    pub async fn read_picture(&self, picture: &[u8]) -> Result<ReadPicture, PictureError> {
        match &self.ports.screen_reader {
            Some(reader) => reader.read(picture).await,
            None => Err(PictureError::NoReader),
        }
    }

    /// The message of a submission that has pictures and no words: what the pictures say, the
    /// first that can be read saying who sent it.
    pub(super) async fn message_of_pictures(
        &self,
        submission: &Submission,
    ) -> Result<Message, PictureError> {
        let mut texts = Vec::new();
        let mut sender = submission.message.sender.clone();
        let mut failure = None;
        for picture in submission.attachments.iter().filter(|one| is_picture(one)).take(MOST_READ) {
            match self.read_picture(&picture.bytes).await {
                Ok(read) => {
                    texts.push(read.text);
                    sender = sender.or(read.sender);
                }
                // The same again may read it: what is judged must not depend on a moment.
                Err(error @ (PictureError::Busy | PictureError::Unavailable(_))) => {
                    return Err(error);
                }
                Err(error) => failure = Some(error),
            }
        }
        if texts.is_empty() {
            return Err(failure.unwrap_or(PictureError::NoText));
        }
        Ok(Message { sender, body: texts.join("\n\n"), ..submission.message.clone() })
    }
}

/// Whether there are pictures to read in place of words.
pub(super) fn is_only_pictures(submission: &Submission) -> bool {
    submission.message.body.trim().is_empty() && submission.attachments.iter().any(is_picture)
}

fn is_picture(attachment: &Attachment) -> bool {
    attachment.content_type.starts_with("image/")
}

impl From<PictureError> for ServiceError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::Busy | PictureError::Unavailable(_) => Self::Unread(error),
            error => Self::Invalid(error.to_string()),
        }
    }
}
