//! What became of a text that went out, as Twilio's status callback says it.
//!
//! Source: Twilio, "Outbound message status in status callbacks".

use unhook_app::OutgoingId;
use unhook_model::ReportId;

use super::TwilioError;
use super::form::Parameters;

/// The parameter of the callback's URL that names what we sent. The signature covers it.
pub(super) const ID: &str = "id";

/// How far a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextStage {
    /// Twilio has it: accepted, scheduled, queued or sending.
    Waiting,
    /// The next carrier has it.
    Sent,
    /// The phone has it.
    Delivered,
    /// It did not arrive and never will: failed, undelivered or canceled.
    Failed,
    /// Something that is not known here.
    Other,
}

impl TextStage {
    fn from_name(name: &str) -> Self {
        match name {
            "accepted" | "scheduled" | "queued" | "sending" => Self::Waiting,
            "sent" => Self::Sent,
            "delivered" | "read" => Self::Delivered,
            "failed" | "undelivered" | "canceled" => Self::Failed,
            _ => Self::Other,
        }
    }

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
    /// What we sent, where its URL says so: also for one whose receipt got lost.
    pub id: Option<OutgoingId>,
    /// What Twilio calls it: the receipt of the text.
    pub message_sid: String,
    /// How far it is.
    pub stage: TextStage,
    /// Why it failed, as Twilio's number.
    pub error_code: Option<u32>,
}

impl TextStatus {
    pub(super) fn read(parameters: &Parameters, query: Option<&str>) -> Result<Self, TwilioError> {
        let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        let id = pairs.filter(|(name, _)| *name == ID).find_map(|(_, value)| value.parse().ok());
        let error_code = parameters.value("ErrorCode")?.filter(|code| !code.is_empty());
        let error_code = error_code.map(str::parse).transpose();
        Ok(Self {
            id: id.map(|id: ReportId| OutgoingId::from_bytes(id.to_bytes())),
            message_sid: parameters.required("MessageSid")?.to_owned(),
            stage: TextStage::from_name(parameters.required("MessageStatus")?),
            error_code: error_code.map_err(|_| TwilioError::Unusable("ErrorCode"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_names_what_was_sent() {
        let id = OutgoingId::from_bytes([7; 16]);
        let parameters =
            [("MessageSid", "SM1"), ("MessageStatus", "undelivered"), ("ErrorCode", "30003")];
        let query = format!("a=b&{ID}={id}");
        let status = TextStatus::read(&parameters.into_iter().collect(), Some(&query)).unwrap();
        let expected = TextStatus {
            id: Some(id),
            message_sid: "SM1".to_owned(),
            stage: TextStage::Failed,
            error_code: Some(30003),
        };
        assert_eq!(status, expected);
    }

    #[test]
    fn a_status_without_a_name_is_one_too() {
        let parameters = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("ErrorCode", "")];
        let status = TextStatus::read(&parameters.into_iter().collect(), Some("id=x")).unwrap();
        assert_eq!((status.id, status.stage), (None, TextStage::Delivered));
        assert_eq!(status.error_code, None);
    }

    #[test]
    fn stages_are_known_by_name() {
        let check = |name, expected| assert_eq!(TextStage::from_name(name), expected, "{name}");
        check("queued", TextStage::Waiting);
        check("sent", TextStage::Sent);
        check("read", TextStage::Delivered);
        check("canceled", TextStage::Failed);
        check("partially_delivered", TextStage::Other);
    }
}
