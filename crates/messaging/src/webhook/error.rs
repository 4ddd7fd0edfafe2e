//! What can be wrong with a provider's call, or with the settings for one.

use super::LARGEST_BODY;

/// What can be wrong with a call or a setting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// Not from the provider, or not as it was sent.
    #[error("the signature is {0}")]
    Signature(SignatureProblem),
    /// More than a provider ever sends.
    #[error("the body is larger than {} KiB", LARGEST_BODY >> 10)]
    TooLarge,
    /// A body that did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// A body of another kind.
    #[error("expected a form or JSON, in UTF-8")]
    Unsupported,
    /// A body that cannot be read.
    #[error("the body cannot be read: {0}")]
    Malformed(&'static str),
    /// A parameter that must be there is not.
    #[error("the parameter `{0}` is missing")]
    Missing(&'static str),
    /// A parameter is not what it must be.
    #[error("the parameter `{0}` cannot be used")]
    Unusable(&'static str),
    /// A setting makes no sense.
    #[error("{0}")]
    Setting(&'static str),
    /// The HTTP client cannot be made.
    #[error("no HTTP client can be made")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureProblem {
    /// There is none.
    #[error("missing")]
    Missing,
    /// It is not the one of this request.
    #[error("wrong; are secret and public URL those that the provider knows?")]
    Wrong,
    /// It is of another time.
    #[error("older or newer than five minutes; is the clock right?")]
    Stale,
    /// The request says it was made in a way that is not known here.
    #[error("made with an algorithm that is not known here")]
    UnknownAlgorithm,
    /// It does not cover the body.
    #[error("without a digest of the body")]
    NoDigest,
}
