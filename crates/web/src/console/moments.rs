//! Moments and spans of time as people read them, and how a way out stands.

use std::time::Duration;

use unhook_app::record::OutgoingState;
use unhook_app::service::Connector;
use unhook_model::Timestamp;

use super::words::Words;
use crate::time;

/// A moment, for a `time` element.
pub(crate) struct Moment {
    /// As machines read it.
    pub(crate) iso: String,
    /// How long ago it was.
    pub(crate) says: String,
}

/// A moment, as long ago.
pub(crate) fn moment(w: &Words, at: Timestamp, now: Timestamp) -> Moment {
    let minutes = now.since(at).as_secs() / 60;
    let says = match minutes {
        0 => w.ago.now.to_string(),
        1..60 => w.ago.minutes.of(minutes),
        60..1_440 => w.ago.hours.of(minutes / 60),
        _ => w.ago.days.of(minutes / 1_440),
    };
    Moment { iso: time::write(at), says }
}

/// A moment to the minute, in UTC: `2022-07-20 22:49`.
pub(crate) fn exact(at: Timestamp) -> String {
    let iso = time::write(at);
    iso.get(..16).unwrap_or(&iso).replacen('T', " ", 1)
}

/// The time of day to the minute, in UTC.
pub(crate) fn clock(at: Timestamp) -> String {
    exact(at).get(11..).unwrap_or_default().to_owned()
}

/// A span of time in its largest unit.
pub(crate) fn short(span: Duration) -> String {
    match span.as_millis() {
        milliseconds @ 0..1_000 => format!("{milliseconds} ms"),
        milliseconds @ 1_000..60_000 => format!("{:.1} s", milliseconds as f64 / 1_000.0),
        milliseconds @ 60_000..3_600_000 => format!("{} min", milliseconds / 60_000),
        milliseconds => format!("{} h", milliseconds / 3_600_000),
    }
}

/// How a way out stands: a class of the sheet and a few words.
pub(crate) fn connector(
    w: &Words,
    connector: &Connector,
    now: Timestamp,
) -> (&'static str, String) {
    let c = &w.connector;
    match connector.last {
        None => ("plain", c.unused.to_string()),
        Some((OutgoingState::Delivered, at)) => ("good", c.delivered.with(moment(w, at, now).says)),
        Some((OutgoingState::Waiting, _)) => ("suspicious", c.waiting.to_string()),
        Some((OutgoingState::Failed, _)) => ("malicious", c.failed.to_string()),
        Some((OutgoingState::Unknown, _)) => ("suspicious", c.unknown.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_moments_read_well() {
        assert_eq!(short(Duration::from_millis(7)), "7 ms");
        assert_eq!(short(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(short(Duration::from_secs(61)), "1 min");
        assert_eq!(short(Duration::from_secs(7_300)), "2 h");
        let at = Timestamp::from_unix_ms(1_658_357_340_123);
        assert_eq!((exact(at), clock(at)), ("2022-07-20 22:49".to_owned(), "22:49".to_owned()));
        let w = &super::super::words::all()[0];
        let says = |seconds| moment(w, at, at.plus(Duration::from_secs(seconds))).says;
        assert_eq!((says(5), says(65)), ("just now".to_owned(), "1 minute ago".to_owned()));
        assert_eq!(
            (says(7_200), says(90_000 * 2)),
            ("2 hours ago".to_owned(), "2 days ago".to_owned())
        );
    }
}
