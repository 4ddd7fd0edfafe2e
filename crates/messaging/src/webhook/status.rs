//! What became of a text that went out, as its provider says it later.

use unhook_app::OutgoingId;

/// How far a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextStage {
    /// The provider has it: accepted, scheduled, queued or sending.
    Waiting,
    /// The next carrier has it.
    Sent,
    /// The phone has it.
    Delivered,
    /// It did not arrive and never will.
    Failed,
    /// Something that is not known here.
    Other,
}

impl TextStage {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Other => "other",
        }
    }
}

/// What became of a text that went out. No number and no word of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextStatus {
    /// What we sent, where the status says so: also for one whose receipt got lost.
    pub id: Option<OutgoingId>,
    /// What the provider calls it: the receipt of the text.
    pub receipt: String,
    /// How far it is.
    pub stage: TextStage,
    /// Why it failed, as the provider's number.
    pub error_code: Option<u32>,
}

/// What is done with the status of a text that went out.
pub(crate) type StatusListener = std::sync::Arc<dyn Fn(TextStatus) + Send + Sync>;

/// Logs a status and hands it on.
pub(crate) fn hand_on(status: TextStatus, listener: &StatusListener) {
    let (stage, error_code) = (status.stage.name(), status.error_code);
    tracing::debug!(receipt = status.receipt, stage, error_code, "a text went on");
    listener(status);
}
