//! What the webhooks of all providers have in common.
//!
//! A [`Desk`] stands behind every path: it bounds a call, has its signature checked before
//! anything else counts, counts and logs what is not let in without a word of it, hands a text to
//! the port `Intake`, and says of what is not durable that it must come again. What a provider
//! signs with, calls its parameters and takes as an answer is in a module of its own
//! (`twilio`, `telnyx`, `plivo`, `vonage`, `slack`, `teams`).
//!
//! | outcome | answer | why |
//! | --- | --- | --- |
//! | taken | 200, as the provider reads it | the answer to the person is in it, or follows |
//! | too many from one sender | 200, and no answer | a flood learns nothing and costs nothing |
//! | not from the provider | 403 | counted, logged, nothing kept |
//! | cannot be read | 400, 408, 413 or 415 | the same again would be no better |
//! | not durable | 503, `Retry-After` | the provider tries again |

mod answering;
mod call;
mod desk;
mod error;
mod form;
mod incoming;
mod kind;
mod probe;
mod signature;
mod status;
mod url;
mod xml;

pub use call::WebhookCall;
pub use error::{ProviderError, SignatureProblem};
pub use incoming::{IncomingText, Media};
pub use status::{TextStage, TextStatus};

pub(crate) use answering::{Answering, number_of};
pub(crate) use desk::{Desk, Provider};
pub(crate) use form::Parameters;
pub(crate) use incoming::{MOST_MEDIA, dialled, key};
pub(crate) use kind::{FORM, JSON, Kind};
pub(crate) use probe::{Example, probe};
pub(crate) use signature::{
    Hmac, check_time, digest_of, hexadecimal, hexadecimal_of, is_digest, seconds,
};
pub(crate) use status::{StatusListener, hand_on};
pub(crate) use url::public_url;
pub(crate) use xml::response;

/// The largest body that is read, in bytes. A text of ten parts has a few KiB with all that a
/// provider says about it.
pub const LARGEST_BODY: usize = 64 << 10;

/// The most parameters a form may have; Twilio sends about thirty and three for each picture.
pub const MOST_PARAMETERS: usize = 256;
