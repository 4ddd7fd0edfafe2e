//! Answers in TwiML, Twilio's XML for what to do with a text.

use crate::webhook::push_escaped;

/// The longest answer, in characters: Twilio refuses longer ones (error 21617), and then the
/// person would get none at all.
const LONGEST_ANSWER: usize = 1600;

/// A response that sends this back, or nothing.
pub(super) fn response(answer: Option<&str>) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    match answer.filter(|answer| !answer.is_empty()) {
        None => xml.push_str("<Response/>"),
        Some(answer) => {
            xml.push_str("<Response><Message>");
            answer.chars().take(LONGEST_ANSWER).for_each(|c| push_escaped(&mut xml, c));
            xml.push_str("</Message></Response>");
        }
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader of XML makes of a response.
    fn read(xml: &str) -> Vec<String> {
        use quick_xml::events::Event;
        let mut reader = quick_xml::Reader::from_str(xml);
        let mut messages = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) if tag.name().as_ref() == b"Message" => {
                    messages.push(String::new());
                }
                Event::Text(text) => {
                    messages.last_mut().unwrap().push_str(&text.decode().unwrap());
                }
                Event::GeneralRef(reference) => {
                    let text = match reference.resolve_char_ref().unwrap() {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(
                            &reference.decode().unwrap(),
                        )
                        .unwrap()
                        .to_owned(),
                    };
                    messages.last_mut().unwrap().push_str(&text);
                }
                Event::Eof => return messages,
                _ => {}
            }
        }
    }

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let check = |answer: &str, expected: &str| {
            assert_eq!(read(&response(Some(answer))), [expected], "{answer}");
        };
        check("<b>\"Do not\" tap & 'log in' </Message>", "<b>\"Do not\" tap & 'log in' </Message>");
        check("line\r\nline\u{0}\u{1b} 🎣", "line\r\nline   🎣");
        check(&"ä".repeat(1700), &"ä".repeat(1600));
    }

    #[test]
    fn nothing_to_say_is_an_empty_response() {
        assert_eq!(read(&response(None)), [""; 0]);
        assert_eq!(response(Some("")), response(None));
        assert!(response(None).ends_with("<Response/>"));
    }
}
