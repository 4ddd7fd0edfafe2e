//! Moments as JSON writes them (RFC 3339).

use unhook_model::Timestamp;

/// A moment as text, in UTC, to the millisecond where it has any.
pub(crate) fn write(at: Timestamp) -> String {
    // Out of what can be written is only what nothing of ours ever makes.
    jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or_default().to_string()
}

/// A moment for people, in UTC, to the minute.
pub(crate) fn moment(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A moment of RFC 3339, with its offset; `None` for anything else.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_unix_ms(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        for text in ["2022-07-20T22:49:00Z", "2022-07-20T22:49:00.25Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(read(text).map(write).as_deref(), Some(text));
        }
        assert_eq!(read("2022-07-21T00:49:00+02:00"), read("2022-07-20T22:49:00Z"));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "yesterday", "2022-07-20", "2022-07-20T22:49:00", "1658357340"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
