//! What was looked up and nothing explains outlives the process: kept in the safe now and then and at the end, and read at
//! the start.
//!
//! Nobody waits for it. It is written a page at a time, while logs wait for their turn and no look-up does, and sealed and kept
//! on a thread where a disk holds up nobody. What cannot be kept or read is said and counted, and the service goes on without.
//! After somebody was erased, who looked up what is forgotten as a whole: nobody knows any more which of it was theirs.

use std::sync::Arc;
use std::time::Duration;

use unhook_model::Timestamp;

use super::Exposing;
use crate::journal::Cause;
use crate::ledger::LookBack;
use crate::safe::{Item, Safe, SafeError};
use crate::service::Service;
use crate::service::tally::{Tally, one_more};

/// How often it is kept: a crash forgets no more than the look-ups of this time.
const KEPT_EVERY: Duration = Duration::from_secs(5 * 60);

/// What was kept, without what is over.
pub(in crate::service) fn load(safe: &dyn Safe, now: Timestamp, tally: &Tally) -> LookBack {
    let read = safe.load(Item::LookBack).map_err(Cause::from);
    let read = read.and_then(|bytes| match bytes {
        Some(bytes) => LookBack::decode(&bytes).map_err(Cause::from),
        None => Ok(LookBack::default()),
    });
    let mut look_back = read.unwrap_or_else(|error| {
        one_more(&tally.look_back_failures);
        tracing::error!(%error, "what was looked up before the start is forgotten");
        LookBack::default()
    });
    // Which of what is over were lures, nobody knows yet.
    look_back.sweep(now, |_| true);
    look_back
}

/// Keeps it now and then, until nothing can be decided any more.
pub(in crate::service) async fn keep_now_and_then(service: Arc<Service>) {
    loop {
        tokio::select! {
            () = service.jobs.closed() => return,
            () = tokio::time::sleep(KEPT_EVERY) => {
                service.keep_look_back().await;
                service.keep_holds().await;
            }
        }
    }
}

impl Service {
    /// Keeps it as it is now, and says so if that cannot be.
    pub(in crate::service) async fn keep_look_back(&self) {
        let kept = match self.try_keep_look_back().await {
            Err(SafeError::Erased) => self.keep_nobody().await,
            kept => kept,
        };
        if let Err(error) = kept {
            one_more(&self.tally.look_back_failures);
            tracing::warn!(%error, "what was looked up is not kept for now; a restart forgets it");
        }
    }

    async fn try_keep_look_back(&self) -> Result<(), SafeError> {
        let bytes = self.exposing.written().await;
        let safe = Arc::clone(&self.ports.safe);
        on_a_thread(move || safe.keep(Item::LookBack, &bytes)).await
    }

    /// Forgets who looked up what, and begins anew.
    async fn keep_nobody(&self) -> Result<(), SafeError> {
        tracing::info!("somebody was erased, so it is forgotten who looked up what");
        let safe = Arc::clone(&self.ports.safe);
        on_a_thread(move || safe.load(Item::LookBack)).await?;
        self.exposing.look_back().forget_everybody();
        self.try_keep_look_back().await
    }
}

/// What writes to a disk, where that holds up nobody.
pub(in crate::service) async fn on_a_thread<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, SafeError> + Send + 'static,
) -> Result<T, SafeError> {
    let done = tokio::task::spawn_blocking(act).await;
    done.unwrap_or_else(|error| Err(SafeError::Unavailable(error.into())))
}

impl Exposing {
    /// The look-back as bytes, of one moment: what comes meanwhile waits.
    async fn written(&self) -> Vec<u8> {
        let _turn = self.turn.lock().await;
        let (mut bytes, mut cursor) = (Vec::new(), None);
        loop {
            cursor = self.looked_up().encode_page(cursor.as_ref(), &mut bytes);
            if cursor.is_none() {
                return bytes;
            }
            tokio::task::yield_now().await;
        }
    }
}
