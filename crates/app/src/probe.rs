//! Trying a connector: the port by which each says whether it works, without anything coming of it.
//!
//! A probe leaves no report, sends nobody anything and costs nothing; so it can be run at any time,
//! and as often as somebody likes. What it found is a line for whoever set the connector up.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;

use std::sync::Arc;

use crate::people::Pending;
use crate::telling::{DeliveryError, Texter};

/// What [`TexterProbe`] is called: it is no product's name, and pages have a word of their own for it.
pub const TEXTS: &str = "texts";

/// What is wrong with a connector, and what to do about it. Never a secret, a number or a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ProbeError(pub String);

/// Tries one connector.
pub trait Probe: Send + Sync {
    /// What it is called: the product's name, unique among all.
    fn name(&self) -> &str;

    /// Tries it, and says in a line what was found.
    ///
    /// # Errors
    /// Says what is wrong, and what to do.
    fn probe(&self) -> Pending<'_, Result<String, ProbeError>>;
}

/// Tries what sends texts: whether the provider takes what it signs in with.
pub struct TexterProbe(pub Arc<dyn Texter>);

impl TexterProbe {
    async fn ask(&self) -> Result<String, ProbeError> {
        match self.0.check().await {
            Ok(account) if account.0.is_empty() => {
                Ok("the provider accepts the credentials; nothing was sent".to_owned())
            }
            Ok(account) => Ok(format!(
                "the provider accepts the credentials of {}; nothing was sent",
                account.0
            )),
            Err(error) => Err(ProbeError(format!("{error}; {}", advice(&error)))),
        }
    }
}

/// What to do about it.
const fn advice(error: &DeliveryError) -> &'static str {
    match error {
        DeliveryError::Refused { .. } => {
            "compare account and secret with those that the provider's portal shows"
        }
        DeliveryError::Later { .. } | DeliveryError::Unknown { .. } => {
            "try again, and if that does not help, see whether this machine reaches the provider"
        }
    }
}

impl Probe for TexterProbe {
    fn name(&self) -> &str {
        TEXTS
    }

    fn probe(&self) -> Pending<'_, Result<String, ProbeError>> {
        Box::pin(self.ask())
    }
}
