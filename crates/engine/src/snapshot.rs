//! An engine as bytes, so that opening a long journal takes no folding of it.
//!
//! A snapshot is a cache that can always be thrown away: the journal alone says what happened.
//! It holds no promise across releases, and [`FORMAT`] changes with what is in it or with what
//! the index learns of events; whoever meets another one folds the journal. It begins with
//! a name, the format and a checksum, so that damage is an error and never a wrong state.
//!
//! It holds what cannot be worked out from the rest: groups, the file of near texts and
//! all other ways to look things up are made again. Start at [`Engine::snapshot`].

pub(crate) mod encoding;

use unhook_detect::text::hashing::mix;

use crate::Engine;
use crate::index::Index;
use crate::state::State;
use encoding::{Bytes, Encode};

/// What is in a snapshot and how. Another number whenever either changes.
pub const FORMAT: u32 = 2;

/// What every snapshot begins with.
const NAME: [u8; 8] = *b"unhk-eng";

/// Why bytes are no snapshot. Whatever it is, the journal still holds everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// They are something else.
    #[error("these bytes are no snapshot of an engine")]
    Foreign,
    /// Another release made it.
    #[error("a snapshot of format {found}, and only format {FORMAT} is known here")]
    Format {
        /// The format that it says it has.
        found: u32,
    },
    /// It is cut short, or bytes of it are not what they were.
    #[error("a damaged snapshot")]
    Damaged,
}

impl Engine {
    /// The engine as bytes; the same for engines that folded the same commits.
    ///
    /// # Panics
    /// When the engine [is ahead](Self::is_ahead): what may never become durable must not be
    /// kept. [Settle](Self::settle) first.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        assert!(!self.is_ahead(), "a snapshot holds nothing that is not durable");
        let mut body = Vec::new();
        self.state.write(&mut body);
        self.index.write(&mut body);
        sealed(&body)
    }

    /// The engine that a snapshot was made of. It goes on from
    /// [`State::position`](crate::State::position) of its state.
    ///
    /// # Errors
    /// When these are not the bytes of a snapshot of this format.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut body = Bytes::new(opened(bytes)?);
        let read = |bytes: &mut Bytes<'_>| Some((State::read(bytes)?, Index::read(bytes)?));
        match read(&mut body) {
            Some((state, index)) if body.is_empty() => Ok(Self::of(state, index)),
            _ => Err(SnapshotError::Damaged),
        }
    }
}

impl State {
    /// The state as bytes, to compare and to hash: the same for states that are equal, and only
    /// for them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }
}

fn sealed(body: &[u8]) -> Vec<u8> {
    let head = [&NAME[..], &FORMAT.to_le_bytes(), &checksum(body).to_le_bytes()];
    [&head.concat(), body].concat()
}

fn opened(bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    let rest = bytes.strip_prefix(&NAME).ok_or(SnapshotError::Foreign)?;
    let (format, rest) = rest.split_first_chunk().ok_or(SnapshotError::Damaged)?;
    let found = u32::from_le_bytes(*format);
    if found != FORMAT {
        return Err(SnapshotError::Format { found });
    }
    let (sum, body) = rest.split_first_chunk().ok_or(SnapshotError::Damaged)?;
    let is_whole = u64::from_le_bytes(*sum) == checksum(body);
    is_whole.then_some(body).ok_or(SnapshotError::Damaged)
}

/// Differs for certain when only one of the words of eight bytes does, since each step can be
/// undone; it is no proof against who means harm, who could change the journal as well.
fn checksum(body: &[u8]) -> u64 {
    let (words, rest) = body.as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
    words.fold(mix(!(body.len() as u64)), |sum, word| mix(sum ^ word).rotate_left(5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Indicator, Received};
    use crate::{Input, TextSketch};
    use proptest::prelude::*;
    use unhook_detect::text::Text;
    use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

    /// Two campaigns, one of which was split, and a harmless text.
    fn engine() -> Engine {
        let mut engine = Engine::default();
        let texts = ["Your parcel 4711 is held at our depot, pay the fee", "Shall we meet at six"];
        for number in 1..=9_u8 {
            let domain = Hostname::parse(&format!("lure-{}.example", number % 4)).unwrap();
            let received = Received {
                report: ReportId::from_bytes([number; 16]),
                at: Timestamp::from_unix_ms(i64::from(number) - 5),
                reporter: (number > 3).then(|| PersonId::from_bytes([number; 16])),
                sketch: TextSketch::of(&Text::read(texts[usize::from(number % 2)])),
                indicators: vec![Indicator::Domain(domain), Indicator::Page("é".to_owned())],
            };
            let verdict = if number % 2 == 0 { Verdict::Malicious } else { Verdict::Benign };
            let fresh = CampaignId::from_bytes([number; 16]);
            take(&mut engine, &Input::Report { received, verdict, fresh });
        }
        let first = engine.state().campaigns().next().expect("there are lures");
        let (campaign, reports) = (first.id(), first.reports().take(1).collect());
        let (fresh, by) = (CampaignId::from_bytes([90; 16]), PersonId::from_bytes([9; 16]));
        take(&mut engine, &Input::Split { campaign, reports, fresh, by });
        engine
    }

    fn take(engine: &mut Engine, input: &Input) -> Vec<Event> {
        let events = engine.decide(input).expect("nothing is refused");
        engine.apply(engine.state().position().map_or(0, |last| last + 1), &events);
        events
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let engine = engine();
        let bytes = engine.snapshot();
        let read = Engine::from_snapshot(&bytes).expect("it was just written");
        assert_eq!(read.state(), engine.state());
        assert_eq!(read.snapshot(), bytes);
        let empty = Engine::default().snapshot();
        assert_eq!(Engine::from_snapshot(&empty).map(|read| read.snapshot()), Ok(empty));
    }

    #[test]
    fn what_is_no_snapshot_says_so() {
        let mut bytes = engine().snapshot();
        let error = |bytes: &[u8]| Engine::from_snapshot(bytes).map(|_| ()).unwrap_err();
        assert_eq!(error(b""), SnapshotError::Foreign);
        assert_eq!(error(b"SQLite format 3"), SnapshotError::Foreign);
        assert_eq!(error(&bytes[..bytes.len() - 1]), SnapshotError::Damaged);
        assert_eq!(error(&[&bytes[..], &[0]].concat()), SnapshotError::Damaged);
        bytes[NAME.len()] += 1;
        assert_eq!(error(&bytes), SnapshotError::Format { found: FORMAT + 1 });
    }

    #[test]
    fn every_byte_counts() {
        let bytes = engine().snapshot();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(Engine::from_snapshot(&damaged).is_err(), "byte {at}");
            assert!(Engine::from_snapshot(&bytes[..at]).is_err(), "{at} bytes");
        }
    }

    #[test]
    #[should_panic(expected = "not durable")]
    fn what_is_not_durable_is_not_kept() {
        let mut engine = engine();
        let (report, verdict) = (ReportId::from_bytes([1; 16]), Verdict::Suspicious);
        engine.fold_ahead(&[Event::Assessed { report, verdict }]);
        let _ = engine.snapshot();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(Engine::from_snapshot(&bytes).is_err());
            // With a head that fits, what comes after it is read.
            let _ = Engine::from_snapshot(&sealed(&bytes));
        }

        /// Even when the checksum was made to fit, which only somebody does who means it.
        #[test]
        fn no_damage_breaks_it(
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = engine().snapshot();
            let mut body = opened(&bytes).expect("it was just sealed").to_vec();
            let cut = &body[..cut.index(body.len())];
            prop_assert!(Engine::from_snapshot(&sealed(cut)).is_err());
            let at = at.index(body.len());
            body[at] = byte;
            if let Ok(mut read) = Engine::from_snapshot(&sealed(&body)) {
                let _ = read.decide(&Input::Tick { now: Timestamp::from_unix_ms(i64::MAX) });
                let (report, verdict) = (ReportId::from_bytes([1; 16]), Verdict::Malicious);
                read.fold_ahead(&[Event::Assessed { report, verdict }]);
                let _ = read.state().to_bytes();
            }
        }
    }
}
