//! What comes in: a text that somebody passed on, by whichever way.

use unhook_model::{Message, PhoneNumber, ReportId, Verdict};

use crate::journal::Position;
use crate::people::{Contact, Language, Pending};
use crate::service::{Service, ServiceError};

/// The way by which something came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// A text to the reporting number.
    Text,
    /// The JSON API.
    Api,
    /// The public web form.
    Form,
    /// A forwarded mail.
    Mail,
    /// A message passed on in a chat, such as Slack.
    Chat,
}

impl Way {
    /// Every way with its name.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Text, "text"),
        (Self::Api, "api"),
        (Self::Form, "form"),
        (Self::Mail, "mail"),
        (Self::Chat, "chat"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The way of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(way, _)| *way)
    }
}

/// Something that was passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// What makes it the same when it comes again: the provider's id of the message, the mail's
    /// id, a client's idempotency key. Unique within the way.
    pub key: Option<String>,
    /// How it came.
    pub way: Way,
    /// Who passed it on, as far as the way proves it.
    pub from: Option<Contact>,
    /// Our number that it came to.
    pub to: Option<PhoneNumber>,
    /// The text itself. For [`Way::Text`] the body is all there is: forwarding loses the
    /// sender, and the body may also be an answer, a command or a statement.
    pub message: Message,
    /// What the reporter reads, where the way says so.
    pub language: Option<Language>,
    /// What came with it: pictures, the mail as it was. Kept as evidence, for a time.
    pub attachments: Vec<Attachment>,
}

/// Something that came with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What its sender calls it; empty when it has no name.
    pub name: String,
    /// Its media type, in lower case, as its sender says: `image/png`.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The report that it became or belongs to; none for a command.
    pub report: Option<ReportId>,
    /// What is said of it; none for a command.
    pub verdict: Option<Verdict>,
    /// Whether it had come before.
    pub is_repeated: bool,
    /// What to tell the person, in their language; `None` when nothing is to be said.
    pub answer: Option<String>,
    /// Where it stands in the journal: a read that names it sees it.
    pub position: Option<Position>,
}

/// Takes what is passed on: [`Service`], as the adapters see it that bring texts in, so that
/// each can be tried without the rest.
pub trait Intake: Send + Sync + 'static {
    /// See [`Service::take`].
    fn take(&self, submission: Submission) -> Pending<'_, Result<Taken, ServiceError>>;
}

impl Intake for Service {
    fn take(&self, submission: Submission) -> Pending<'_, Result<Taken, ServiceError>> {
        Box::pin(Self::take(self, submission))
    }
}
