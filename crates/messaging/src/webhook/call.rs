//! One call, as it came; no HTTP here, so that a fuzzer can drive what reads it.

use super::{LARGEST_BODY, ProviderError, SignatureProblem};

/// A call of a webhook, as it came.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebhookCall<'a> {
    /// The path below the public URL, with its first `/`.
    pub path: &'a str,
    /// The query as it came, nothing decoded.
    pub query: Option<&'a str>,
    /// Headers that there were once and in ASCII, their names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl<'a> WebhookCall<'a> {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The header that a signature needs; of a call without it nothing else is looked at.
    pub(crate) fn signed_by(&self, name: &str) -> Result<&'a str, ProviderError> {
        self.header(name)
            .filter(|value| !value.is_empty())
            .ok_or(ProviderError::Signature(SignatureProblem::Missing))
    }

    /// The body, if it is no larger than it may be.
    pub(crate) fn bounded(&self) -> Result<&'a [u8], ProviderError> {
        if self.body.len() > LARGEST_BODY {
            return Err(ProviderError::TooLarge);
        }
        Ok(self.body)
    }
}
