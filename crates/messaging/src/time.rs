//! Times as files write them.

use jiff::civil::{DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use unhook_model::Timestamp;

/// The first text was sent on 3 December 1992: what lies before is no time of one, but a
/// number of another kind or the clock of an empty field.
const EARLIEST_MS: i64 = 723_340_800_000;

/// The year 2100: what lies behind is a unit mistaken.
const LATEST_MS: i64 = 4_102_444_800_000;

/// Dates, the year first or the month by name or the German way: nothing ambiguous.
const DATES: [&str; 8] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%b %d, %Y",
    "%d %b %Y",
    "%a, %d %b %Y",
    "%a %b %d %Y",
];

/// Dates that some write day first and others month first: read where one reading is left.
const AMBIGUOUS_DATES: [&str; 4] = ["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"];

const TIMES: [&str; 6] =
    ["%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S%.f %z", "%H:%M:%S%.f UTC"];

/// Reads a time: RFC 3339, a Unix time in seconds, milli-, micro- or nanoseconds, or a date
/// with or without a time of day in one of the common forms, in UTC when it does not say.
/// A date that could be read as two different ones is none.
///
/// ```
/// use unhook_messaging::parse_time;
/// let expected = parse_time("2022-07-20T22:49:00Z");
/// assert!(expected.is_some());
/// for same in ["1658357340", "1658357340000", "20/07/2022 22:49", "Jul 20, 2022 10:49:00 PM"] {
///     assert_eq!(parse_time(same), expected, "{same}");
/// }
/// assert_eq!(parse_time("05/07/2022"), None);
/// ```
#[must_use]
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let milliseconds = unix(text)
        .or_else(|| text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond()))
        .or_else(|| civil(text))?;
    (EARLIEST_MS..LATEST_MS).contains(&milliseconds).then(|| Timestamp::from_unix_ms(milliseconds))
}

/// A Unix time; its unit is told by its size. Eight digits are a date instead.
fn unix(text: &str) -> Option<i64> {
    let whole = text.split_once('.').map_or(text, |(whole, fraction)| {
        if fraction.bytes().all(|byte| byte.is_ascii_digit()) { whole } else { text }
    });
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        9..=10 => Some(number * 1000),
        12..=13 => Some(number),
        15..=16 => Some(number / 1000),
        18..=19 => Some(number / 1_000_000),
        _ => None,
    }
}

fn civil(text: &str) -> Option<i64> {
    let (date, time) = split(text);
    let date = parse_date(date)?;
    let Some(time) = time else { return in_utc(date.to_datetime(Time::midnight())) };
    let parsed = TIMES.iter().find_map(|form| BrokenDownTime::parse(form, time).ok())?;
    let moment = in_utc(date.to_datetime(parsed.to_time().ok()?))?;
    let offset = parsed.offset().map_or(0, jiff::tz::Offset::seconds);
    Some(moment - i64::from(offset) * 1000)
}

/// A date, and the time of day behind it when there is one.
fn split(text: &str) -> (&str, Option<&str>) {
    let Some(colon) = text.find(':') else { return (text, None) };
    let hour = text[..colon].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let date = text[..hour].trim_end_matches([' ', ',', 'T']);
    (date, Some(text[hour..].trim()))
}

fn parse_date(text: &str) -> Option<jiff::civil::Date> {
    let parse = |form: &&str| BrokenDownTime::parse(form, text).ok()?.to_date().ok();
    if let Some(date) = DATES.iter().find_map(&parse) {
        return Some(date);
    }
    let mut readings: Vec<_> = AMBIGUOUS_DATES.iter().filter_map(parse).collect();
    readings.dedup();
    if let [only] = readings[..] { Some(only) } else { None }
}

fn in_utc(moment: DateTime) -> Option<i64> {
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_files_write() {
        for text in [
            "2022-07-20T22:49:00Z",
            "2022-07-21T00:49:00+02:00",
            "2022-07-20 22:49:00",
            "2022-07-20 22:49",
            "2022-07-20 22:49:00.000",
            "2022-07-20 22:49:00 UTC",
            "2022-07-20 23:49:00 +0100",
            "2022/07/20 22:49:00",
            "20.07.2022 22:49",
            "20/07/2022 22:49:00",
            "07/20/2022, 10:49 PM",
            "Jul 20, 2022 10:49:00 PM",
            "20 Jul 2022 22:49:00",
            "Wed, 20 Jul 2022 22:49:00 +0000",
            "1658357340",
            "1658357340.25",
            "1658357340000",
            "1658357340000000",
            "1658357340000000000",
        ] {
            let at = parse_time(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(at.unix_ms(), 1_658_357_340_000, "{text}");
        }
        assert_eq!(parse_time("20220720"), parse_time("2022-07-20"));
    }

    #[test]
    fn what_is_no_time_of_a_text() {
        for text in [
            "",
            "nan",
            "inf",
            "1e300",
            "-1",
            "0",
            "44762.95",
            "05/07/2022",
            "2022-13-01",
            "1970-01-01",
            "9999-12-31",
            "yesterday",
            "12:30",
            ":",
            "20/07/2022 25:00",
            "é:1",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
        assert_eq!(parse_time("05/05/2022"), parse_time("2022-05-05"));
    }
}
