//! What Unhook does, as use cases, and the ports they need from the outside world.
//!
//! A port is a trait that belongs to the use cases and says what they need in their words;
//! the adapters beside this crate (`store`, `messaging`, `watch`, `contain`) stand behind it
//! with what there is. So nothing here knows SQL, HTTP or a vendor, and every use case can be
//! tried against a stand-in: with the feature `fakes`, each port has one, and a contract
//! suite that the stand-in and the real part both pass.
//!
//! The [`journal`] is the truth, and a [`desk`] decides what goes into it; [`wire`] is how
//! events look there. [`people`] and [`access`] say who is who and who may do what, [`accounts`]
//! who signs in, [`blobs`] holds what is large, [`safe`] what outlives the process and is no event, [`screen`] reads pictures, [`telling`] reaches people, [`mailing`] whoever can take a lure down,
//! [`probe`] says whether a connector works, and [`submission`] is what comes in.
//! [`ledger`] joins what logs say to campaigns.
//! [`drafting`] composes what those are told, and keeps out of it whatever is somebody's.
//! [`dialogue`] says what a text to the reporting number is, [`answer`] what a person is told,
//! and [`segment`] what that costs.

pub mod access;
pub mod accounts;
pub mod answer;
pub mod backoff;
pub mod blobs;
pub mod blocklist;
pub mod coverage;
pub mod covered;
mod customer;
pub mod desk;
pub mod dialogue;
pub mod drafting;
pub mod export;
pub mod hindsight;
pub mod history;
pub mod identity;
pub mod indicators;
pub mod journal;
pub mod ledger;
pub mod mailing;
pub mod people;
pub mod person_export;
pub mod probe;
pub mod record;
pub mod resolving;
pub mod safe;
pub mod screen;
pub mod secret;
pub mod segment;
pub mod service;
pub mod submission;
pub mod surroundings;
pub mod telling;
pub mod views;
pub mod warning;
pub mod wire;

pub use access::{Access, AccessError, AuditEntry, Grant, Scope};
pub use accounts::{Account, Accounts, AccountsError, Role};
pub use answer::{Answer, Finding};
pub use blobs::{BlobError, BlobId, Blobs};
pub use blocklist::Blocklist;
pub use desk::{Desk, DeskError};
pub use dialogue::{Stated, Utterance};
pub use identity::{IdentityError, IdentityProvider};
pub use mailing::{Mail, Mailer};
pub use people::{Contact, Language, Pending, People, PeopleError, Person, Sealed, Standing};
pub use probe::{Probe, ProbeError};
pub use safe::{Safe, SafeError};
pub use screen::{PictureError, ReadPicture, ScreenReader};
pub use secret::Secret;
pub use service::{Service, ServiceError};
pub use submission::{Intake, Submission, Taken, Way};
pub use surroundings::Surroundings;
pub use telling::{Alert, DeliveryError, Notifier, OutgoingId, Receipt, Severity, Texter};
