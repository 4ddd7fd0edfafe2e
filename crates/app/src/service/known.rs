//! What is known of the organization, swapped whole when somebody changes it.

use std::sync::{Arc, PoisonError, RwLock};

use unhook_detect::Knowledge;

/// What texts are judged with, and in whose name people are answered.
#[derive(Clone, Debug)]
pub struct Known {
    /// The organization, its brands, the model.
    pub knowledge: Arc<Knowledge>,
    /// What judges, in a few words: a digest of code, model and knowledge.
    pub judge: String,
    /// What the organization is called in answers.
    pub organization: String,
}

/// Where it is kept: read for every text, and nearly never changed.
#[derive(Debug)]
pub(super) struct Shelved(RwLock<Arc<Known>>);

impl Shelved {
    pub(super) fn new(known: Known) -> Self {
        Self(RwLock::new(Arc::new(known)))
    }

    pub(super) fn now(&self) -> Arc<Known> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn swap(&self, known: Known) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }
}
