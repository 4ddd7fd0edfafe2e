//! The zone's serial, and which state of the list each stands for.
//!
//! It counts tenths of seconds since 1970, in the arithmetic of RFC 1982. A serial in seconds would
//! run ahead of the clock while there is more than a change a second, and then go back when the
//! server starts anew: resolvers would take nothing until the clock had caught up. Changes that come
//! within [`SPACING`] share one, so this one stays behind the clock whatever happens, and nothing
//! needs to be kept: a restart and a restored backup go forward by themselves.

use std::collections::VecDeque;
use std::time::Duration;

use domain::base::Serial;
use unhook_app::blocklist::{MOST_CHANGES, Revision};
use unhook_model::Timestamp;

/// How far apart serials are, at least, and so what is told of changes that do not end.
pub const SPACING: Duration = Duration::from_millis(100);

/// How many are remembered: each stands for a change or several.
const MOST_SERIALS: usize = MOST_CHANGES;

/// Serials that were given out, oldest first; never none.
#[derive(Debug)]
pub(super) struct Serials {
    given: VecDeque<(Serial, Revision)>,
}

impl Serials {
    pub(super) fn new(revision: Revision, now: Timestamp) -> Self {
        Self { given: VecDeque::from([(of(now), revision)]) }
    }

    /// The latest, and what it stands for.
    pub(super) fn latest(&self) -> (Serial, Revision) {
        *self.given.back().expect("there is always one")
    }

    /// The serial of a state that is the latest or newer.
    pub(super) fn give(&mut self, revision: Revision, now: Timestamp) -> Serial {
        let (last, known) = self.latest();
        if revision <= known {
            return last;
        }
        let serial = if of(now) > last { of(now) } else { last.add(1) };
        self.given.push_back((serial, revision));
        if self.given.len() > MOST_SERIALS {
            self.given.pop_front();
        }
        serial
    }

    /// What a serial stood for, if that is remembered.
    pub(super) fn revision(&self, serial: Serial) -> Option<Revision> {
        self.given.iter().rev().find(|(given, _)| *given == serial).map(|(_, revision)| *revision)
    }
}

fn of(now: Timestamp) -> Serial {
    // What does not fit goes round, as serials do.
    Serial(now.unix_ms().div_euclid(SPACING.as_millis() as i64) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moment before tenths of seconds have gone round for the fourth time.
    const ROUND: i64 = 5 * (1 << 32) * 100;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    #[test]
    fn a_serial_goes_forward_whatever_the_clock_does() {
        let mut serials = Serials::new(Revision(7), at(1_784_000_000_000));
        let begun = serials.latest().0;
        assert_eq!(serials.give(Revision(7), at(1_784_000_009_000)), begun, "nothing changed");
        let mut last = begun;
        for (revision, ms) in [(8, 9_000), (9, 9_000), (10, 0), (12, 9_400)] {
            let serial = serials.give(Revision(revision), at(1_784_000_000_000 + ms));
            assert!(serial > last, "{revision}");
            assert_eq!(serials.revision(serial), Some(Revision(revision)));
            last = serial;
        }
        assert_eq!(last, of(at(1_784_000_009_400)), "it is the clock again");
        assert_eq!(serials.revision(last.add(1)), None);
    }

    #[test]
    fn it_goes_round_and_so_forward() {
        let mut serials = Serials::new(Revision(0), at(ROUND - 100));
        let before = serials.latest().0;
        let after = serials.give(Revision(1), at(ROUND));
        assert_eq!((before.0, after.0), (u32::MAX, 0));
        assert!(after > before);
    }

    #[test]
    fn a_server_that_begins_anew_is_ahead_of_what_it_was() {
        let begun = 1_784_000_000_000;
        let mut serials = Serials::new(Revision(0), at(begun));
        let changes = 1..=5_000;
        // One change each time that it may be told.
        let ended = begun + 100 * 5_000;
        let last = changes.map(|n| serials.give(Revision(n), at(begun + 100 * n as i64))).last();
        assert!(Serials::new(Revision(0), at(ended + 100)).latest().0 > last.unwrap());
        assert_eq!(serials.given.len(), MOST_SERIALS, "bounded");
    }
}
