//! An alert made ready to be told: every text cleaned of what moves a cursor, reorders a line
//! or begins a new one, and cut to a length that every receiver takes.
//!
//! Escaping is left to each way, since each receiver reads differently.

use jiff::Timestamp;
use unhook_app::{Alert, Severity};

/// Longest title, in characters: more is no line.
pub(super) const LONGEST_TITLE: usize = 200;
/// Longest text, in characters: a few sentences, and below the 3,000 of a section in Slack.
pub(super) const LONGEST_TEXT: usize = 2_000;
/// Most facts: as many as a section of Slack has fields.
pub(super) const MOST_FACTS: usize = 10;
/// Longest name of a fact, in characters.
const LONGEST_FACT_NAME: usize = 40;
/// Longest value of a fact, in characters: ten of them and a text, in letters of four bytes, stay
/// below the 28 KB that Teams takes.
const LONGEST_FACT: usize = 200;
/// Longest name of the organization, in characters.
const LONGEST_ORGANIZATION: usize = 100;
/// Longest name of a matter, in bytes: PagerDuty takes 255 characters.
const LONGEST_MATTER: usize = 128;

/// The end of 9998, in milliseconds since 1970.
const LATEST: i64 = 253_370_764_799_999;

/// An alert, ready to be told.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) severity: Severity,
    /// Of printable ASCII, and as good a key as the alert's own.
    pub(super) matter: String,
    pub(super) is_resolved: bool,
    /// One line, never empty.
    pub(super) title: String,
    /// A few lines, or none.
    pub(super) text: String,
    pub(super) facts: Vec<(String, String)>,
    pub(super) campaign: Option<String>,
    /// By RFC 3339, in UTC, with milliseconds.
    pub(super) at: String,
    pub(super) organization: String,
}

impl Told {
    pub(super) fn of(alert: &Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            kind: alert.kind,
            severity: alert.severity,
            matter: matter(&alert.matter),
            is_resolved: alert.is_resolved,
            title: or(one_line(&alert.title, LONGEST_TITLE), alert.kind),
            text: lines(&alert.text, LONGEST_TEXT),
            facts: alert.facts.iter().take(MOST_FACTS).map(fact).collect(),
            campaign: alert.campaign.map(|campaign| campaign.to_string()),
            at: rfc3339(alert.at.unix_ms()),
            organization: or(one_line(&alert.organization, LONGEST_ORGANIZATION), "unhook"),
        }
    }

    /// What stands before the title where nothing else shows how urgent it is.
    pub(super) fn standing(&self) -> &'static str {
        match self.severity {
            _ if self.is_resolved => "Resolved",
            Severity::Info => "Info",
            Severity::Warning => "Warning",
            Severity::Critical => "Critical",
        }
    }

    /// Where the alert comes from, for the last line of a message.
    pub(super) fn origin(&self) -> String {
        format!("{} · {} · {} · {}", self.organization, self.kind, self.at, self.id)
    }
}

fn fact((name, value): &(&'static str, String)) -> (String, String) {
    (one_line(name, LONGEST_FACT_NAME), or(one_line(value, LONGEST_FACT), "–"))
}

fn or(text: String, instead: &str) -> String {
    if text.is_empty() { instead.to_owned() } else { text }
}

/// The matter itself where every receiver takes it as a key, else its digest: cutting it
/// short could make two matters one.
fn matter(text: &str) -> String {
    let is_a_key = !text.is_empty()
        && text.len() <= LONGEST_MATTER
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_a_key {
        return text.to_owned();
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Times that RFC 3339 cannot write become the nearest that it can.
fn rfc3339(milliseconds: i64) -> String {
    let time = Timestamp::from_millisecond(milliseconds.clamp(0, LATEST)).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A text as one line of at most so many characters.
pub(super) fn one_line(text: &str, most: usize) -> String {
    cut(text.chars().filter_map(|letter| plain(letter, ' ')), most).trim().to_owned()
}

/// A text as lines, of at most so many characters in all.
fn lines(text: &str, most: usize) -> String {
    cut(text.chars().filter_map(|letter| plain(letter, '\n')), most).trim().to_owned()
}

/// A character as it may be shown: a line break as told, other control characters as a
/// blank, and nothing of those that are invisible or turn the direction of a line.
fn plain(letter: char, line_break: char) -> Option<char> {
    match letter {
        '\r' => None,
        '\n' | '\u{2028}' | '\u{2029}' => Some(line_break),
        _ if letter.is_control() => Some(' '),
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => None,
        '\u{e0000}'..='\u{e007f}' => None,
        _ => Some(letter),
    }
}

fn cut(letters: impl Iterator<Item = char>, most: usize) -> String {
    let mut kept = String::new();
    for (at, letter) in letters.enumerate() {
        if at == most {
            kept.pop();
            kept.push('…');
            break;
        }
        kept.push(letter);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_within_its_length() {
        assert_eq!(one_line(" Parcel\r\nfee\u{7}\u{202e}due ", 40), "Parcel fee due");
        assert_eq!(one_line(&"é".repeat(10_000), 5), "éééé…");
        assert_eq!(one_line("exact", 5), "exact");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines("one\r\ntwo\u{2028}three\u{0}", 40), "one\ntwo\nthree");
    }

    #[test]
    fn a_matter_that_is_no_key_becomes_one_and_stays_its_own() {
        assert_eq!(matter("campaign/0190"), "campaign/0190");
        let long = "m".repeat(500);
        let longer = "m".repeat(501);
        assert_eq!(matter(&long).len(), 64);
        assert_ne!(matter(&long), matter(&longer));
        assert_ne!(matter("a b"), matter("a\nb"));
    }

    #[test]
    fn times_of_any_size_are_written() {
        assert_eq!(rfc3339(1_614_265_330_007), "2021-02-25T15:02:10.007Z");
        assert_eq!(rfc3339(i64::MAX), "9998-12-31T23:59:59.999Z");
        assert_eq!(rfc3339(i64::MIN), "1970-01-01T00:00:00.000Z");
    }
}
