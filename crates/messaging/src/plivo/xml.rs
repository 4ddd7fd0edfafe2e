//! Answers in Plivo's XML.

use crate::webhook::push_escaped;

/// The longest answer, in characters: Plivo takes no longer text.
const LONGEST_ANSWER: usize = 1600;

/// A response that sends this from one number to another, or nothing.
pub(super) fn response(answer: Option<&str>, from: &str, to: &str) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    match answer.filter(|answer| !answer.is_empty()) {
        None => xml.push_str("<Response/>"),
        Some(answer) => {
            xml.push_str("<Response><Message src=\"");
            from.chars().for_each(|c| push_escaped(&mut xml, c));
            xml.push_str("\" dst=\"");
            to.chars().for_each(|c| push_escaped(&mut xml, c));
            xml.push_str("\" type=\"sms\">");
            answer.chars().take(LONGEST_ANSWER).for_each(|c| push_escaped(&mut xml, c));
            xml.push_str("</Message></Response>");
        }
    }
    xml
}
