//! Times as logs write them.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use unhook_model::Timestamp;

/// From here on a number is of milliseconds: seconds reach it in the year 5138.
const LEAST_MILLISECONDS: f64 = 1e11;

/// The largest number of seconds that is a time: the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const NO_ZONE: &str = "the time has no zone: say in `zone` where the clock stands, such as \
    `UTC`, `+02:00` or `Europe/Berlin`";

/// Where the clock stands that a log does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A text that is no zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no zone; write it as `UTC`, `+02:00` or `Europe/Berlin`")]
pub struct NotAZone(String);

impl FromStr for Zone {
    type Err = NotAZone;

    fn from_str(text: &str) -> Result<Self, NotAZone> {
        let error = || NotAZone(text.chars().take(64).collect());
        if text.eq_ignore_ascii_case("utc") {
            return Ok(Self(TimeZone::UTC));
        }
        if let Some(offset) = offset(text) {
            return Ok(Self(TimeZone::fixed(offset)));
        }
        TimeZone::get(text).map(Self).map_err(|_| error())
    }
}

/// `+02:00`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    let (hours, minutes): (i32, i32) = (number(hours)?, number(minutes)?);
    (minutes < 60).then(|| Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok())?
}

/// What times without a zone or a year are read by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock<'a> {
    pub(super) zone: Option<&'a Zone>,
    pub(super) now: Timestamp,
}

impl Clock<'_> {
    /// As RFC 3339 writes it, or the same without a zone.
    pub(super) fn rfc3339(self, text: &str) -> Result<Timestamp, String> {
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Ok(Timestamp::from_unix_ms(at.as_millisecond()));
        }
        match text.trim_end_matches('Z').parse::<DateTime>() {
            Ok(_) if text.ends_with('Z') => Err("no time".to_owned()),
            Ok(civil) => self.civil(civil),
            Err(_) => Err("no time".to_owned()),
        }
    }

    /// `20-Jul-2022 22:49:00.123`.
    pub(super) fn bind(self, date: &str, time: &str) -> Result<Timestamp, String> {
        let read = || {
            let mut parts = date.splitn(3, '-');
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            civil(number(year)?, month, number(day)?, time)
        };
        self.civil(read().ok_or("no time")?)
    }

    /// `Jul 20 22:49:00`, of the last such day.
    pub(super) fn syslog(self, month: &str, day: &str, time: &str) -> Result<Timestamp, String> {
        let now = jiff::Timestamp::from_millisecond(self.now.unix_ms()).map_err(|_| "no time")?;
        let this_year = now.to_zoned(TimeZone::UTC).year();
        let day = number(day).ok_or("no time")?;
        let of = |year| civil(year, month, day, time).map(|civil| self.civil(civil));
        let this = of(this_year).transpose()?;
        let is_past = |at: &Timestamp| at.unix_ms() <= self.now.unix_ms().saturating_add(DAY_MS);
        match this.filter(is_past) {
            Some(at) => Ok(at),
            // The end of February is not every year's.
            None => of(this_year - 1).ok_or("no time")?,
        }
    }

    fn civil(self, civil: DateTime) -> Result<Timestamp, String> {
        let Zone(zone) = self.zone.ok_or(NO_ZONE)?;
        let at = zone.to_timestamp(civil).map_err(|_| "no time")?;
        Ok(Timestamp::from_unix_ms(at.as_millisecond()))
    }
}

/// Seconds or milliseconds since 1970.
pub(super) fn epoch(seconds: f64) -> Result<Timestamp, String> {
    let seconds = if seconds.abs() >= LEAST_MILLISECONDS { seconds / 1_000.0 } else { seconds };
    if !seconds.is_finite() || seconds.abs() > LAST_SECOND {
        return Err("no time".to_owned());
    }
    Ok(Timestamp::from_unix_ms((seconds * 1_000.0).round() as i64))
}

/// Digits and nothing else.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

fn civil(year: i16, month: &str, day: i8, time: &str) -> Option<DateTime> {
    let month = MONTHS.iter().position(|known| known.eq_ignore_ascii_case(month))?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut parts = time.splitn(3, ':').map(number::<i8>);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let milliseconds: i32 = number(fraction.get(..3).unwrap_or("0"))?;
    let month = i8::try_from(month + 1).ok()?;
    DateTime::new(year, month, day, hour, minute, second, milliseconds * 1_000_000).ok()
}
