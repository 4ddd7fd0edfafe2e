//! Streams in the safe, so that what a receiver was not told yet outlives a restart.
//!
//! One record, kept whole at each change. It holds what receivers want to see as `Authorization`. Whom an event is
//! about is sealed once more, under that person's key: when they are erased, nobody can read it any more, in whichever copy,
//! and the event goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use unhook_app::journal::Cause;
use unhook_app::people::owner_of_login;
use unhook_app::safe::{Item, Safe};
use unhook_app::{People, PeopleError, SafeError, Sealed};
use unhook_model::{PersonId, Timestamp};

use super::streams::Streams;

/// Where streams are kept.
#[derive(Clone)]
pub struct Keeper {
    /// What holds them.
    pub safe: Arc<dyn Safe>,
    /// Whose keys seal whom events are about.
    pub people: Arc<dyn People>,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keeper(…)")
    }
}

/// Whom an event is about, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KeptSubject {
    /// A stream, which is nobody.
    Stream(String),
    /// Somebody, by an id that says nothing, and sealed.
    Person { id: String, sealed: String },
}

impl KeptSubject {
    fn owner(&self) -> Option<PersonId> {
        match self {
            Self::Stream(_) => None,
            Self::Person { id, .. } => id.parse().ok(),
        }
    }
}

impl Keeper {
    /// What was kept; nothing, where nothing was yet. What is about somebody who was erased meanwhile is gone.
    pub(super) fn load(&self) -> Result<Streams, Cause> {
        let Some(bytes) = self.safe.load(Item::SignalStreams)? else {
            return Ok(Streams::default());
        };
        let mut streams: Streams = serde_json::from_slice(&bytes)?;
        streams.try_retain(|event| match self.open(&event.kept)? {
            Some(subject) => {
                event.subject = subject;
                Ok(true)
            }
            None => Ok::<_, Cause>(false),
        })?;
        Ok(streams)
    }

    /// Keeps them, so that they are there after a loss of power.
    pub(super) fn save(&self, streams: &Streams) -> Result<(), SafeError> {
        let bytes = serde_json::to_vec(streams).map_err(|e| SafeError::Unavailable(e.into()))?;
        self.safe.keep(Item::SignalStreams, &bytes)
    }

    /// Seals whom an event is about; `None` when they were erased at this very moment. Who signs in as nobody known is
    /// sealed with what nobody in particular passed on.
    pub(super) async fn seal(
        &self,
        subject: &str,
        now: Timestamp,
    ) -> Result<Option<KeptSubject>, PeopleError> {
        let owner = match owner_of_login(&*self.people, subject)? {
            Some(owner) => owner,
            None => self.people.nobody(now).await?,
        };
        let sealed = self.people.seal(owner, subject.as_bytes())?;
        Ok(sealed.map(|Sealed(bytes)| KeptSubject::Person {
            id: owner.to_string(),
            sealed: BASE64_STANDARD_NO_PAD.encode(bytes),
        }))
    }

    fn open(&self, kept: &KeptSubject) -> Result<Option<String>, Cause> {
        let (id, sealed) = match kept {
            KeptSubject::Stream(id) => return Ok(Some(id.clone())),
            KeptSubject::Person { id, sealed } => (id, sealed),
        };
        let owner = id.parse().map_err(|_| Cause::from("a stream names nobody's id"))?;
        let sealed = Sealed(BASE64_STANDARD_NO_PAD.decode(sealed)?);
        let opened = self.people.unseal(owner, &sealed)?;
        Ok(opened.map(String::from_utf8).transpose()?)
    }

    /// Whom events are about that were erased since.
    pub(super) fn erased(&self, streams: &Streams) -> Result<BTreeSet<PersonId>, PeopleError> {
        let owners: BTreeSet<PersonId> =
            streams.events().filter_map(|event| event.kept.owner()).collect();
        let mut erased = BTreeSet::new();
        for owner in owners {
            if self.people.person(owner)?.is_none() {
                erased.insert(owner);
            }
        }
        Ok(erased)
    }

    /// Whether an event is about one of these.
    pub(super) fn is_about(kept: &KeptSubject, people: &BTreeSet<PersonId>) -> bool {
        kept.owner().is_some_and(|owner| people.contains(&owner))
    }
}
