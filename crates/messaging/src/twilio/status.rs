//! What became of a text that went out, as Twilio's status callback says it.
//!
//! Source: Twilio, "Outbound message status in status callbacks".

use crate::webhook::{Parameters, ProviderError, TextStage, TextStatus};

/// The parameter of the callback's URL that names what we sent. The signature covers it.
pub(super) const ID: &str = "id";

/// How far a text is, by Twilio's name for it.
fn stage(name: &str) -> TextStage {
    match name {
        "accepted" | "scheduled" | "queued" | "sending" => TextStage::Waiting,
        "sent" => TextStage::Sent,
        "delivered" | "read" => TextStage::Delivered,
        "failed" | "undelivered" | "canceled" => TextStage::Failed,
        _ => TextStage::Other,
    }
}

/// Reads a status; which text it is of stands in the query.
pub(super) fn read(
    parameters: &Parameters,
    query: Option<&str>,
) -> Result<TextStatus, ProviderError> {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let id = pairs.filter(|(name, _)| *name == ID).find_map(|(_, value)| value.parse().ok());
    let error_code = parameters.value("ErrorCode")?.filter(|code| !code.is_empty());
    let error_code = error_code.map(str::parse).transpose();
    Ok(TextStatus {
        id,
        receipt: parameters.required("MessageSid")?.to_owned(),
        stage: stage(parameters.required("MessageStatus")?),
        error_code: error_code.map_err(|_| ProviderError::Unusable("ErrorCode"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_app::OutgoingId;

    #[test]
    fn a_status_names_what_was_sent() {
        let id = OutgoingId::from_bytes([7; 16]);
        let parameters =
            [("MessageSid", "SM1"), ("MessageStatus", "undelivered"), ("ErrorCode", "30003")];
        let query = format!("a=b&{ID}={id}");
        let status = read(&parameters.into_iter().collect(), Some(&query)).unwrap();
        let expected = TextStatus {
            id: Some(id),
            receipt: "SM1".to_owned(),
            stage: TextStage::Failed,
            error_code: Some(30003),
        };
        assert_eq!(status, expected);
    }

    #[test]
    fn a_status_without_a_name_is_one_too() {
        let parameters = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("ErrorCode", "")];
        let status = read(&parameters.into_iter().collect(), Some("id=x")).unwrap();
        assert_eq!((status.id, status.stage), (None, TextStage::Delivered));
        assert_eq!(status.error_code, None);
    }

    #[test]
    fn stages_are_known_by_name() {
        let check = |name, expected| assert_eq!(stage(name), expected, "{name}");
        check("queued", TextStage::Waiting);
        check("sent", TextStage::Sent);
        check("read", TextStage::Delivered);
        check("canceled", TextStage::Failed);
        check("partially_delivered", TextStage::Other);
    }
}
