//! Trying a webhook: a call of our own, signed as the provider signs, goes through the very check
//! that the provider's calls go through, and leaves nothing; the same call with another body must
//! be refused.
//!
//! So a probe finds a secret that is none, a clock that is far off and a URL without TLS. Whether the
//! provider was told the same secret and URL, only a text that comes in can show, and the line says
//! so.

use std::sync::Arc;

use unhook_app::{Pending, Probe, ProbeError};

use super::{Provider, ProviderError, SignatureProblem, WebhookCall};

/// A call as the provider would make it.
pub(crate) struct Example {
    /// The path below the public URL.
    pub(crate) path: &'static str,
    /// Its headers.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Its body.
    pub(crate) body: String,
}

/// A webhook that is tried.
pub(crate) struct Rehearsal<P>(P);

/// What tries a webhook.
pub(crate) fn probe<P: Provider + Clone>(provider: &P) -> Arc<dyn Probe> {
    Arc::new(Rehearsal(provider.clone()))
}

impl<P: Provider> Rehearsal<P> {
    fn rehearse(&self) -> Result<String, ProbeError> {
        let (Self(provider), name) = (self, P::NAME);
        let example = provider.example();
        let read = |body: &str| {
            let headers: Vec<(&str, &str)> =
                example.headers.iter().map(|(name, value)| (*name, &**value)).collect();
            let (path, body) = (example.path, body.as_bytes());
            provider.look(&WebhookCall { path, query: None, headers: &headers, body })
        };
        if P::CAN_BE_SIGNED {
            read(&example.body).map_err(|error| {
                ProbeError(format!("a call signed as {name} signs is not let in: {error}"))
            })?;
        }
        match read(&format!("{}0", example.body)) {
            Err(ProviderError::Signature(SignatureProblem::Wrong)) => {}
            _ => return Err(ProbeError(format!("a call that {name} did not sign is let in"))),
        }
        if let Some(url) = provider.public_url().filter(|url| !url.starts_with("https://")) {
            return Err(ProbeError(format!(
                "signatures are checked, but {name} is to call {url} without TLS; put a \
                 certificate or a proxy before it, and write https:// in `public_url`"
            )));
        }
        Ok(self.line(example.path))
    }

    fn line(&self, path: &str) -> String {
        let (Self(provider), name) = (self, P::NAME);
        let found = if P::CAN_BE_SIGNED {
            format!("a call signed as {name} signs is let in, one that was changed is not")
        } else {
            format!("a call that {name} did not sign is refused; only {name} can sign one")
        };
        let address = format!("{}{path}", provider.public_url().unwrap_or("https://…"));
        format!("{found}. If no text comes in, see whether {name} has the same key, and {address}")
    }
}

impl<P: Provider> Probe for Rehearsal<P> {
    fn name(&self) -> &str {
        P::NAME
    }

    fn probe(&self) -> Pending<'_, Result<String, ProbeError>> {
        Box::pin(async { self.rehearse() })
    }
}
