//! One line of syslog, as RFC 5424 writes it.
//!
//! What machines read stands in structured data; what people read behind it, as one line of UTF-8. A
//! line that would be too long loses facts from the end, and then the end of its text: never its id.

use unhook_app::Severity;

use crate::notify::told::Told;

/// The enterprise number of our structured data: the one kept for documentation (RFC 5612),
/// since the project has none of its own.
const ENTERPRISE: u32 = 32_473;
/// Bytes kept for the text where facts are many.
const ROOM_FOR_TEXT: usize = 600;
/// Longest value in structured data, in bytes once escaped.
const LONGEST_VALUE: usize = 256;
/// Longest name of a parameter (SD-NAME) and of a kind of message (MSGID).
const LONGEST_NAME: usize = 32;
/// Longest host name (HOSTNAME).
const LONGEST_HOSTNAME: usize = 255;
/// What stands for nothing.
const NIL: &str = "-";

/// Which part of a system speaks (RFC 5424, table 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::notify) struct Facility(u8);

impl Facility {
    /// Security and authorization.
    pub(in crate::notify) const AUTH: Self = Self(4);

    /// Names by code.
    pub(in crate::notify) const NAMES: [&'static str; 24] = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
        "authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2",
        "local3", "local4", "local5", "local6", "local7",
    ];

    /// The facility of this name.
    pub(in crate::notify) fn from_name(name: &str) -> Option<Self> {
        (0..).zip(Self::NAMES).find(|(_, known)| *known == name).map(|(code, _)| Self(code))
    }
}

/// The name of this machine, as lines carry it.
#[derive(Clone, Debug)]
pub(in crate::notify) struct Hostname(String);

impl Hostname {
    /// Printable ASCII without blanks, up to 255 bytes.
    pub(in crate::notify) fn parse(text: &str) -> Option<Self> {
        let fits = (1..=LONGEST_HOSTNAME).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }
}

/// The line, of at most so many bytes.
pub(super) fn line(
    told: &Told,
    facility: Facility,
    hostname: Option<&Hostname>,
    longest: usize,
) -> String {
    let priority = u32::from(facility.0) * 8 + severity(told);
    let host = hostname.map_or(NIL, |name| &name.0);
    let kind = name(told.kind);
    let mut line = format!("<{priority}>1 {} {host} unhook - {kind} [unhook@{ENTERPRISE}", told.at);
    for (name, value) in parameters(told) {
        line.push_str(&parameter(name, value));
    }
    line.push(']');
    push_facts(&mut line, told, longest.saturating_sub(ROOM_FOR_TEXT));
    // The mark says that what follows is UTF-8 (section 6.4).
    line.push_str(" \u{feff}");
    push_text(&mut line, told, longest);
    line
}

/// Numbers of RFC 5424, table 2. What is over is worth a notice, however bad it was.
fn severity(told: &Told) -> u32 {
    match told.severity {
        _ if told.is_resolved => 5,
        Severity::Info => 6,
        Severity::Warning => 4,
        Severity::Critical => 2,
    }
}

fn parameters(told: &Told) -> Vec<(&str, &str)> {
    let mut parameters = vec![
        ("id", told.id.as_str()),
        ("matter", &told.matter),
        ("severity", told.severity.name()),
        ("resolved", if told.is_resolved { "true" } else { "false" }),
        ("organization", &told.organization),
    ];
    parameters.extend(told.campaign.as_deref().map(|campaign| ("campaign", campaign)));
    parameters
}

fn push_facts(line: &mut String, told: &Told, longest: usize) {
    let mut element = format!("[facts@{ENTERPRISE}");
    let empty = element.len();
    for (fact, value) in &told.facts {
        let parameter = parameter(&name(fact), value);
        if line.len() + element.len() + parameter.len() + 1 > longest {
            break;
        }
        element.push_str(&parameter);
    }
    if element.len() > empty {
        line.push_str(&element);
        line.push(']');
    }
}

/// ` NAME="VALUE"`, with the three characters escaped that must be (section 6.3.3).
fn parameter(name: &str, value: &str) -> String {
    let mut written = String::new();
    for letter in value.chars() {
        let escape = if matches!(letter, '"' | '\\' | ']') { "\\" } else { "" };
        if written.len() + escape.len() + letter.len_utf8() > LONGEST_VALUE {
            break;
        }
        written.push_str(escape);
        written.push(letter);
    }
    format!(" {name}=\"{written}\"")
}

/// A name of printable ASCII without the characters that end one.
fn name(text: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_graphic() && !matches!(letter, '=' | ']' | '"');
    let letters = text.chars().map(|letter| if allowed(letter) { letter } else { '-' });
    let name: String = letters.take(LONGEST_NAME).collect();
    if name.is_empty() { NIL.to_owned() } else { name }
}

fn push_text(line: &mut String, told: &Told, longest: usize) {
    let text = told.text.lines().flat_map(|part| [" ", part]);
    for letter in std::iter::once(told.title.as_str()).chain(text).flat_map(str::chars) {
        if line.len() + letter.len_utf8() > longest {
            break;
        }
        line.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_never_cut_within_an_escape() {
        assert_eq!(parameter("a", r#"x"y\z]"#), r#" a="x\"y\\z\]""#);
        let long = parameter("a", &"]".repeat(1_000));
        assert_eq!(long.len(), LONGEST_VALUE + r#" a="""#.len());
        assert!(long.ends_with(r#"\]""#), "{long}");
    }

    #[test]
    fn names_hold_nothing_that_ends_them() {
        assert_eq!(name("first seen=\"]\u{e9}"), "first-seen----");
        assert_eq!(name(""), "-");
        assert_eq!(name(&"n".repeat(100)).len(), LONGEST_NAME);
    }

    #[test]
    fn facilities_have_their_codes() {
        assert_eq!(Facility::from_name("auth"), Some(Facility::AUTH));
        assert_eq!(Facility::from_name("local0"), Some(Facility(16)));
        assert_eq!(Facility::from_name("local8"), None);
    }
}
