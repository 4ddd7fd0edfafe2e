//! Text within XML.

use std::fmt::Write as _;

/// Escapes a character; one that XML 1.0 (section 2.2) has no place for becomes a blank.
pub(crate) fn push_escaped(xml: &mut String, character: char) {
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
