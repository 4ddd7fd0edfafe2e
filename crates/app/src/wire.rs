//! Records as the journal keeps them.
//!
//! The types here are apart from the inner ones on purpose: those may change with every
//! release, these never, since what was written must be read for ever. A change makes a new
//! version beside the old one, and what is read of an old version is turned into what the
//! engine has today. `tests/golden` holds what each release has written.
//!
//! Payloads are JSON: a journal can be read without this program. Nothing personal is in
//! the clear but ids that say nothing by themselves.

mod notification;
mod records;
mod response;
mod v1;

use crate::journal::{EncodedEvent, EventKind};
use crate::record::Record;

/// Why an event cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// It was written by a newer release. Install that one, or a later one.
    #[error("an event `{kind}` of version {version}, which a newer release wrote")]
    Newer {
        /// What kind of event.
        kind: String,
        /// Its version.
        version: u16,
    },
    /// It is not what its kind and version say it is.
    #[error("an event `{kind}` that cannot be read")]
    Damaged {
        /// What kind of event it says it is.
        kind: String,
        /// What is wrong.
        #[source]
        cause: serde_json::Error,
    },
}

/// A record as it is kept.
#[must_use]
pub fn encode(record: &Record) -> EncodedEvent {
    match (record, records::Record::of(record)) {
        (Record::Engine(event), _) => {
            let wire = v1::Event::from(event);
            encoded(wire.kind(), &wire)
        }
        (Record::Response(event), _) => {
            let wire = response::Event::from(event);
            encoded(wire.kind(), &wire)
        }
        (Record::Notification(event), _) => {
            let wire = notification::Event::from(event);
            encoded(wire.kind(), &wire)
        }
        (_, Some(wire)) => encoded(wire.kind(), &wire),
        (_, None) => {
            unreachable!("what the engine's crate defines has forms of its own")
        }
    }
}

fn encoded(kind: &str, wire: &impl serde::Serialize) -> EncodedEvent {
    let kind = EventKind::parse(kind).expect("kinds are short names, which a test proves");
    let payload = serde_json::to_vec(wire).expect("plain values have JSON");
    EncodedEvent { kind, version: 1, payload }
}

/// A record that was kept.
///
/// # Errors
/// When a newer release wrote it, or it is damaged.
pub fn decode(event: &EncodedEvent) -> Result<Record, WireError> {
    let kind = || event.kind.as_str().to_owned();
    if event.version != 1 {
        return Err(WireError::Newer { kind: kind(), version: event.version });
    }
    let damaged = |cause| WireError::Damaged { kind: kind(), cause };
    if records::is_kind(event.kind.as_str()) {
        let wire: records::Record = serde_json::from_slice(&event.payload).map_err(damaged)?;
        return Ok(wire.into());
    }
    if response::is_kind(event.kind.as_str()) {
        let wire: response::Event = serde_json::from_slice(&event.payload).map_err(damaged)?;
        return Ok(Record::Response(wire.into()));
    }
    if notification::is_kind(event.kind.as_str()) {
        let wire: notification::Event = serde_json::from_slice(&event.payload).map_err(damaged)?;
        return Ok(Record::Notification(wire.into()));
    }
    let wire: v1::Event = serde_json::from_slice(&event.payload).map_err(damaged)?;
    Ok(Record::Engine(wire.into()))
}
