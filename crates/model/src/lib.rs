//! The words of smishing defence, as types.
//!
//! A [`Message`] comes in, is judged with what is known ([`Facts`], the
//! [`Organization`] it concerns) and becomes an [`Assessment`]: a [`Verdict`], a
//! [`Probability`] and the [`Evidence`] that adds up to it.
//!
//! This crate holds nouns only. It does no I/O, knows no file format and decides
//! nothing: a value that exists has been parsed once and is well-formed from then on.
//! Start reading at [`message`], then [`assessment`].

pub mod assessment;
pub mod brand;
pub mod facts;
pub mod host;
pub mod id;
pub mod link;
pub mod message;
pub mod organization;
pub mod span;
pub mod time;

pub use assessment::{
    Assessment, Evidence, LogOdds, Note, Probability, ScamKind, SignalId, Verdict,
};
pub use brand::{Brand, Sector};
pub use facts::{Fact, Facts, HostFacts, PageResemblance, Reputation};
pub use host::{HostError, Hostname};
pub use id::{ActionId, CampaignId, IdError, PersonId, ReportId};
pub use link::{Disguise, Imitation, Link, LinkKind, LookalikeKind, LookalikeLevel};
pub use message::{Channel, Message, PhoneNumber, Sender};
pub use organization::Organization;
pub use span::Span;
pub use time::Timestamp;
