//! How the events of a commit are written: one after the other, each as the length of its
//! kind (one byte), the kind, the version (two bytes), the length of the payload (four bytes)
//! and the payload; numbers begin with the most significant byte. The same events give the
//! same bytes, so commits can be compared as they are written.
//!
//! What a payload means is nothing to this. If the shape ever has to change, the schema's
//! version says so.

use unhook_app::journal::{EncodedEvent, EventKind};

/// Why bytes are no events: the file is damaged.
#[derive(Debug, thiserror::Error)]
#[error("the events of a commit cannot be read")]
pub(crate) struct Damaged;

/// Writes events. The commit must be no larger than the journal's bound.
pub(crate) fn encode(events: &[EncodedEvent]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(events.iter().map(|e| e.payload.len() + 32).sum());
    for event in events {
        let kind = event.kind.as_str();
        bytes.push(u8::try_from(kind.len()).expect("a kind has at most 64 bytes"));
        bytes.extend_from_slice(kind.as_bytes());
        bytes.extend_from_slice(&event.version.to_be_bytes());
        let length = u32::try_from(event.payload.len()).expect("a commit has at most 512 KiB");
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&event.payload);
    }
    bytes
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode(mut bytes: &[u8]) -> Result<Vec<EncodedEvent>, Damaged> {
    let mut events = Vec::new();
    while !bytes.is_empty() {
        let (event, rest) = decode_one(bytes).ok_or(Damaged)?;
        events.push(event);
        bytes = rest;
    }
    Ok(events)
}

fn decode_one(bytes: &[u8]) -> Option<(EncodedEvent, &[u8])> {
    let (length, bytes) = bytes.split_first()?;
    let (kind, bytes) = bytes.split_at_checked(usize::from(*length))?;
    let (version, bytes) = bytes.split_first_chunk()?;
    let (length, bytes) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (payload, rest) = bytes.split_at_checked(length)?;
    let kind = EventKind::parse(str::from_utf8(kind).ok()?).ok()?;
    let version = u16::from_be_bytes(*version);
    Some((EncodedEvent { kind, version, payload: payload.to_vec() }, rest))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn events() -> impl Strategy<Value = Vec<EncodedEvent>> {
        let event = ("[a-z0-9][a-z0-9._-]{0,63}", any::<u16>(), vec(any::<u8>(), 0..300));
        let event = event.prop_map(|(kind, version, payload)| EncodedEvent {
            kind: EventKind::parse(&kind).unwrap(),
            version,
            payload,
        });
        vec(event, 0..6)
    }

    proptest! {
        #[test]
        fn events_are_read_as_written(events in events()) {
            prop_assert_eq!(decode(&encode(&events)).unwrap(), events);
        }

        #[test]
        fn cut_off_events_are_damaged(events in events(), cut in 1_usize..4) {
            let bytes = encode(&events);
            prop_assume!(!bytes.is_empty());
            let rest = &bytes[..bytes.len().saturating_sub(cut)];
            prop_assert!(rest.is_empty() || decode(rest).as_ref().ok() != Some(&events));
        }

        #[test]
        fn any_bytes_are_events_or_damaged(bytes in vec(any::<u8>(), 0..200)) {
            if let Ok(events) = decode(&bytes) {
                prop_assert_eq!(encode(&events), bytes);
            }
        }
    }

    #[test]
    fn the_shape_is_this() {
        let kind = EventKind::parse("seen").unwrap();
        let event = EncodedEvent { kind, version: 258, payload: b"xy".to_vec() };
        assert_eq!(encode(&[event]), b"\x04seen\x01\x02\x00\x00\x00\x02xy");
    }
}
