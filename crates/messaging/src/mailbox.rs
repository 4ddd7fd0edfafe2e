//! One mail handed to the use cases, whichever way it got here, and what that means for whoever
//! handed it in: it is taken, it never will be, or it should come again.

use unhook_app::submission::{Attachment, Intake, Submission};
use unhook_app::{ServiceError, Taken};

use crate::mail::{MailIn, read_mail};

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is durable, or had come before.
    Taken,
    /// The same again would be refused again.
    Refused(String),
    /// The same again may be taken; others may be taken now.
    Later(String),
    /// Nothing can be taken for now.
    Away(String),
}

impl MailIn {
    /// What the mail hands in: its text, and as evidence its pictures and itself.
    #[must_use]
    pub fn into_submission(self, bytes: Vec<u8>) -> Submission {
        let pictures = self.pictures.into_iter().map(|picture| Attachment {
            name: picture.name,
            content_type: picture.content_type,
            bytes: picture.bytes,
        });
        let whole =
            Attachment { name: String::new(), content_type: "message/rfc822".to_owned(), bytes };
        Submission { attachments: pictures.chain([whole]).collect(), ..self.submission }
    }
}

/// Hands a mail in. One without a `Message-ID` is known again by its bytes.
pub(crate) async fn hand_in(intake: &dyn Intake, bytes: Vec<u8>) -> Outcome {
    let read = tokio::task::spawn_blocking(move || {
        read_mail(&bytes).map(|mail| {
            let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
            let mut submission = mail.into_submission(bytes);
            submission.key.get_or_insert_with(|| hex(digest.as_ref()));
            submission
        })
    });
    let submission = match read.await {
        Ok(Ok(submission)) => submission,
        Ok(Err(error)) => return Outcome::Refused(error.to_string()),
        Err(_) => return Outcome::Refused("it cannot be read".to_owned()),
    };
    match intake.take(submission).await {
        Ok(Taken { .. }) => Outcome::Taken,
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Refused(_))) => {
            Outcome::Refused(error.to_string())
        }
        // Of these one sender is the cause, and must not hold up everybody's.
        Err(error @ (ServiceError::TooMany { .. } | ServiceError::Unread(_))) => {
            Outcome::Later(error.to_string())
        }
        Err(error) => Outcome::Away(error.to_string()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;

    use unhook_app::Pending;
    use unhook_app::screen::PictureError;

    use super::*;

    /// Takes what it is given, or says what a test wants it to say.
    #[derive(Default)]
    pub(crate) struct FakeIntake {
        pub(crate) taken: Mutex<Vec<Submission>>,
        pub(crate) next: Mutex<Vec<ServiceError>>,
        /// Who passes on too much.
        pub(crate) flooding: Option<&'static str>,
    }

    impl FakeIntake {
        pub(crate) fn bodies(&self) -> Vec<String> {
            let taken = self.taken.lock().unwrap();
            taken.iter().map(|submission| submission.message.body.clone()).collect()
        }

        pub(crate) fn fail_next(&self, error: ServiceError) {
            self.next.lock().unwrap().push(error);
        }
    }

    impl Intake for FakeIntake {
        fn take(&self, submission: Submission) -> Pending<'_, Result<Taken, ServiceError>> {
            Box::pin(async move {
                if let Some(error) = self.next.lock().unwrap().pop() {
                    return Err(error);
                }
                let from = format!("{:?}", submission.from);
                if self.flooding.is_some_and(|somebody| from.contains(somebody)) {
                    return Err(ServiceError::TooMany { seconds: 60 });
                }
                let mut taken = self.taken.lock().unwrap();
                let is_repeated = taken.iter().any(|known| known.key == submission.key);
                if !is_repeated {
                    taken.push(submission);
                }
                Ok(Taken { report: None, verdict: None, is_repeated, answer: None, position: None })
            })
        }
    }

    #[tokio::test]
    async fn a_mail_is_taken_with_itself_and_a_key() {
        let intake = FakeIntake::default();
        let mail = b"From: kim@acme.example\n\ntap here\n".to_vec();
        assert_eq!(hand_in(&intake, mail.clone()).await, Outcome::Taken);
        assert_eq!(hand_in(&intake, mail.clone()).await, Outcome::Taken);
        let taken = intake.taken.lock().unwrap();
        assert_eq!(taken.len(), 1, "without an id, its bytes tell it");
        assert_eq!(taken[0].attachments[0].bytes, mail);
    }

    #[tokio::test]
    async fn what_cannot_be_taken_is_refused_or_comes_again() {
        let intake = FakeIntake::default();
        assert!(matches!(hand_in(&intake, b"no mail".to_vec()).await, Outcome::Refused(_)));
        let mail = b"From: kim@acme.example\n\ntap here\n".to_vec();
        intake.fail_next(ServiceError::Unavailable("a test".into()));
        assert!(matches!(hand_in(&intake, mail.clone()).await, Outcome::Away(_)));
        intake.fail_next(ServiceError::Unread(PictureError::Busy));
        assert!(matches!(hand_in(&intake, mail.clone()).await, Outcome::Later(_)));
        intake.fail_next(ServiceError::TooMany { seconds: 60 });
        assert!(matches!(hand_in(&intake, mail.clone()).await, Outcome::Later(_)));
        intake.fail_next(ServiceError::Invalid("none".to_owned()));
        assert!(matches!(hand_in(&intake, mail).await, Outcome::Refused(_)));
    }
}
