//! What came with a text: pictures, and mails as they were. Kept as evidence under the key of
//! whoever passed it on, and removed when its time is over.

use std::sync::Arc;
use std::time::Duration;

use unhook_model::{PersonId, Timestamp};

use super::{Service, ServiceError};
use crate::blobs::BlobError;
use crate::record::Attached;
use crate::submission::Attachment;

/// The most kept with one text: a phone shares ten pictures, and the mail itself.
const MOST_ATTACHMENTS: usize = 11;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Service {
    /// Keeps what came with a text, durably, before the report that names it.
    pub(super) async fn keep_attachments(
        &self,
        owner: PersonId,
        attachments: Vec<Attachment>,
        now: Timestamp,
    ) -> Result<Vec<Attached>, ServiceError> {
        if attachments.is_empty() {
            return Ok(Vec::new());
        }
        let until = now.plus(DAY.saturating_mul(self.settings.attachment_days));
        let blobs = Arc::clone(&self.ports.blobs);
        let kept = tokio::task::spawn_blocking(move || {
            let some = attachments.into_iter().take(MOST_ATTACHMENTS);
            let kept = some.map(|attachment| {
                let blob = blobs.put(owner, &attachment.bytes, until)?.to_string();
                let Attachment { name, content_type, .. } = attachment;
                Ok(Attached { blob, name, content_type })
            });
            kept.collect::<Result<Vec<_>, BlobError>>()
        });
        let kept = kept.await.map_err(|error| ServiceError::Broken(error.into()))?;
        kept.map_err(ServiceError::from)
    }

    /// Removes what has been kept for its time.
    pub(super) async fn sweep(&self) -> Result<(), ServiceError> {
        let (blobs, now) = (Arc::clone(&self.ports.blobs), self.now());
        let swept = tokio::task::spawn_blocking(move || blobs.sweep(now)).await;
        let swept = swept.map_err(|error| ServiceError::Broken(error.into()))??;
        if swept > 0 {
            tracing::info!(swept, "pictures and mails whose time was over are removed");
        }
        Ok(())
    }
}

impl From<BlobError> for ServiceError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::TooLarge { .. } => Self::Invalid(error.to_string()),
            BlobError::People(error) => error.into(),
            error => Self::Unavailable(error.into()),
        }
    }
}
