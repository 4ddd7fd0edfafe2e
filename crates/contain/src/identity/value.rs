//! What is read of others' JSON: bounded, and nothing where it is something else than expected.

use serde_json::Value;
use unhook_model::Timestamp;

/// The longest text kept of one field, in characters: a user agent has two hundred.
pub(crate) const LONGEST_FIELD: usize = 512;

/// The most entries read of one page; the largest that is asked for has a thousand.
pub(crate) const MOST_ENTRIES: usize = 2_000;

/// A text, cut to a bound and without what no line has.
pub(crate) fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let clean: String = text.chars().filter(|c| !c.is_control()).take(LONGEST_FIELD).collect();
    (!clean.is_empty()).then_some(clean)
}

/// An id: a text that is short and whole, or none.
pub(crate) fn id(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    is_id(text).then(|| text.to_owned())
}

/// Whether a text can be an id at a provider. It becomes one segment of a path, so `.` and `..` are
/// none, and neither is `me`, which providers take for whoever asks.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=LONGEST_FIELD).contains(&text.len())
        && text.chars().all(|c| !c.is_control())
        && ![".", "..", "me"].contains(&text)
}

/// A moment as RFC 3339 writes it.
pub(crate) fn time(value: &Value) -> Option<Timestamp> {
    let at: jiff::Timestamp = value.as_str()?.parse().ok()?;
    Some(Timestamp::from_unix_ms(at.as_millisecond()))
}

/// A moment as RFC 3339 writes it, with milliseconds.
pub(crate) fn written(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_are_read() {
        let at = Timestamp::from_unix_ms(1_658_357_340_120);
        assert_eq!(written(at), "2022-07-20T22:49:00.120Z");
        assert_eq!(time(&written(at).into()), Some(at));
        assert_eq!(time(&"yesterday".into()), None);
        assert_eq!(written(Timestamp::from_unix_ms(i64::MAX)), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn texts_are_bounded_and_plain() {
        assert_eq!(text(&"a\u{1b}[2Jb\n".into()).as_deref(), Some("a[2Jb"));
        assert_eq!(text(&"x".repeat(5_000).into()).map(|text| text.len()), Some(LONGEST_FIELD));
        assert_eq!(text(&7.into()), None);
        assert!(!is_id("me") && !is_id("..") && !is_id("") && is_id("00u1"));
    }
}
