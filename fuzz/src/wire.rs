//! Drives the reader of what the journal holds.
//!
//! Holds: what is read of a record is written again so that it reads as the same record, and
//! under the kind that it was read from; what a newer release wrote is never read.

use unhook_app::journal::{EncodedEvent, EventKind};
use unhook_app::wire::{WireError, decode, encode};

/// The first line is the kind, a byte the version, the rest the payload.
pub fn run(data: &[u8]) {
    let Some((kind, rest)) = data.iter().position(|b| *b == b'\n').map(|at| data.split_at(at))
    else {
        return;
    };
    let Ok(Ok(kind)) = std::str::from_utf8(kind).map(EventKind::parse) else { return };
    let [_, version, payload @ ..] = rest else { return };
    let version = u16::from(version - version.min(&b'0'));
    let event = EncodedEvent { kind: kind.clone(), version, payload: payload.to_vec() };
    match decode(&event) {
        Ok(record) => {
            assert_eq!(version, 1);
            let again = encode(&record);
            assert_eq!(decode(&again).expect("what we write we read"), record);
        }
        Err(WireError::Newer { .. }) => assert_ne!(version, 1),
        Err(_) => {}
    }
}
