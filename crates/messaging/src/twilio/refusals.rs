//! Twilio's error codes for texts, in words that hold no number and no text.
//!
//! Twilio's own messages repeat the recipient's number, so none of them is passed on.
//! Source: Twilio, "Error and warning dictionary".

/// Why a text was refused.
pub(super) fn reason(status: u16, code: Option<u32>) -> String {
    let words = match code {
        Some(20003) => "the account's credentials are not accepted",
        Some(20404) => "the account is not there",
        Some(21211 | 21614) => "the recipient's number is not one that can get texts",
        Some(21212 | 21606 | 21659) => "the number it is sent from is not the account's",
        Some(21265) => "the recipient is a short code, which cannot be texted from a number",
        Some(21408) => "texts to this country are not permitted for the account",
        Some(21602) => "the text is empty",
        Some(21604) => "there is no recipient",
        Some(21610) => "the recipient replied STOP",
        Some(21611) => "the queue of the number it is sent from is full",
        Some(21612) => "there is no way from this number to that recipient",
        Some(21617) => "the text is too long",
        Some(21703 | 21704) => "the messaging service has no number to send from",
        Some(30007) => "a carrier filtered it",
        Some(30034) => "the number it is sent from is not registered with the carriers (A2P 10DLC)",
        _ => "Twilio refused it",
    };
    match code {
        Some(code) => format!("{words} ({code})"),
        None => format!("{words} (status {status})"),
    }
}

/// Whether a refusal passes by itself, or once somebody has seen to it: the text is as good
/// then as it is now.
pub(super) fn passes(status: u16, code: Option<u32>) -> bool {
    // 20003: the token was changed. 20429 and 14107: too many at once. 21611: a full queue.
    matches!(status, 401 | 408 | 429) || matches!(code, Some(20003 | 20429 | 14107 | 21611))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_said_in_words() {
        let check = |status, code, expected| assert_eq!(reason(status, code), expected);
        check(400, Some(21610), "the recipient replied STOP (21610)");
        check(400, Some(99999), "Twilio refused it (99999)");
        check(404, None, "Twilio refused it (status 404)");
    }

    #[test]
    fn some_refusals_pass() {
        assert!(passes(429, None) && passes(401, Some(20003)) && passes(400, Some(21611)));
        assert!(!passes(400, Some(21610)) && !passes(404, None));
    }
}
