//! Events as the journal keeps them.
//!
//! The types here are apart from the engine's on purpose: those may change with every
//! release, these never, since what was written must be read for ever. A change makes a new
//! version beside the old one, and what is read of an old version is turned into what the
//! engine has today. `tests/golden` holds what each release has written.
//!
//! Payloads are JSON: a journal can be read without this program. Nothing personal is in
//! them but ids that say nothing by themselves.

mod v1;

use unhook_engine::Event;

use crate::journal::{EncodedEvent, EventKind};

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

/// An event as it is kept.
#[must_use]
pub fn encode(event: &Event) -> EncodedEvent {
    let wire = v1::Event::from(event);
    let kind = EventKind::parse(wire.kind()).expect("kinds are short names, which a test proves");
    let payload = serde_json::to_vec(&wire).expect("plain values have JSON");
    EncodedEvent { kind, version: 1, payload }
}

/// An event that was kept.
///
/// # Errors
/// When a newer release wrote it, or it is damaged.
pub fn decode(event: &EncodedEvent) -> Result<Event, WireError> {
    let kind = || event.kind.as_str().to_owned();
    if event.version != 1 {
        return Err(WireError::Newer { kind: kind(), version: event.version });
    }
    let damaged = |cause| WireError::Damaged { kind: kind(), cause };
    let wire: v1::Event = serde_json::from_slice(&event.payload).map_err(damaged)?;
    Ok(wire.into())
}
