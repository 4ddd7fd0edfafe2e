//! Texts in and out through Twilio.
//!
//! **In.** Twilio calls a webhook for every text to the reporting number. [`router`] serves it:
//! the signature is checked before anything else counts ([`TwilioWebhook`]), the parameters
//! become a [`Submission`](unhook_app::Submission), and what there is to answer goes back as
//! TwiML, so that an answer needs no second call. Also served is the status callback, by which
//! Twilio says what became of a text that went out ([`TextStatus`]).
//!
//! **Out.** [`TwilioTexter`] stands behind the port `Texter`. Its errors keep apart what was
//! certainly not sent from what nobody knows: a text is never sent twice by guessing.
//!
//! Pictures are listed and never fetched: their addresses come from outside. Whether a text is a
//! lure, a command or a statement is not decided here. `docs/twilio.md` says how to set it up.

mod form;
mod incoming;
mod refusals;
mod router;
mod signature;
mod status;
mod texter;
mod twiml;
mod webhook;

pub use incoming::{IncomingText, Media};
pub use router::{INTAKE_PATH, STATUS_PATH, router};
pub use status::{TextStage, TextStatus};
pub use texter::{TextFrom, TwilioAccount, TwilioTexter};
pub use webhook::{LARGEST_BODY, MOST_PARAMETERS, TwilioCall, TwilioWebhook};

/// What can be wrong with a call or a setting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TwilioError {
    /// Not from Twilio, or not as Twilio sent it.
    #[error("the signature is {0}")]
    Signature(SignatureProblem),
    /// More than Twilio ever sends.
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
    #[error("wrong; are auth token and public URL those that Twilio knows?")]
    Wrong,
    /// The request says it was made in a way that is not known here.
    #[error("made with an algorithm that is not known here")]
    UnknownAlgorithm,
    /// A JSON body has no digest in the URL, so the signature does not cover it.
    #[error("without a digest of the body (bodySHA256)")]
    NoDigest,
}
