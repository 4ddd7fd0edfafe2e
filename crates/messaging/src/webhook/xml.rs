//! Answers in XML: TwiML, Twilio's for what to do with a text, and Plivo's, which was made after it.

use std::fmt::Write as _;

/// The longest answer, in characters: neither provider takes a longer one (Twilio's error 21617),
/// and then the person would get none at all.
const LONGEST_ANSWER: usize = 1600;

/// A response that sends this back in a message with these attributes, or nothing.
pub(crate) fn response(answer: Option<&str>, attributes: &[(&str, &str)]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    let Some(answer) = answer.filter(|answer| !answer.is_empty()) else {
        return xml + "<Response/>";
    };
    xml.push_str("<Response><Message");
    for (name, value) in attributes {
        xml.extend([" ", name, "=\""]);
        value.chars().for_each(|c| push_escaped(&mut xml, c));
        xml.push('"');
    }
    xml.push('>');
    answer.chars().take(LONGEST_ANSWER).for_each(|c| push_escaped(&mut xml, c));
    xml + "</Message></Response>"
}

/// Escapes a character; one that XML 1.0 (section 2.2) has no place for becomes a blank.
fn push_escaped(xml: &mut String, character: char) {
    match character {
        '&' => xml.push_str("&amp;"),
        '<' => xml.push_str("&lt;"),
        '>' => xml.push_str("&gt;"),
        '"' => xml.push_str("&quot;"),
        '\'' => xml.push_str("&apos;"),
        // A bare carriage return would be read as a line feed.
        '\r' => write!(xml, "&#{};", u32::from(character)).expect("a string takes everything"),
        '\t' | '\n' => xml.push(character),
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => xml.push(' '),
        other => xml.push(other),
    }
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
            assert_eq!(read(&response(Some(answer), &[])), [expected], "{answer}");
        };
        check("<b>\"Do not\" tap & 'log in' </Message>", "<b>\"Do not\" tap & 'log in' </Message>");
        check("line\r\nline\u{0}\u{1b} 🎣", "line\r\nline   🎣");
        let xml = response(Some("a"), &[("src", "\"1\""), ("type", "sms")]);
        assert!(xml.contains("<Message src=\"&quot;1&quot;\" type=\"sms\">a<"), "{xml}");
        check(&"ä".repeat(1700), &"ä".repeat(1600));
    }

    #[test]
    fn nothing_to_say_is_an_empty_response() {
        assert_eq!(read(&response(None, &[])), [""; 0]);
        assert_eq!(response(Some(""), &[]), response(None, &[]));
        assert!(response(None, &[]).ends_with("<Response/>"));
    }
}
