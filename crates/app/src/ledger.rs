//! The exposure ledger: how far a campaign got with whom, joined from what logs say.
//!
//! [`Observed`] is a line of any log, in the few kinds that matter: a name was looked up or opened,
//! somebody signed in, a session touched data, an address was somebody's for a while. [`Ledger::take`]
//! puts them together and says what that changes. What it knows is a function of what it was given
//! and not of the order: logs come late, twice and the wrong way round, and the ledger is the same. Only
//! beyond its bounds that does not hold, and it counts what it left out. It remembers a month (`window`).
//!
//! It knows what was observed, and nothing else: an address that two people had at the same time is
//! nobody's, and who was not seen anywhere is *not observable*, which is not "did not visit". It is
//! memory: what it said stands in the journal, what it was given does not.
//!
//! Start reading at [`Ledger`] in `join`; `signature` has the rule of 2022, `habits` what was
//! somebody's before, `returns` how an actor is known who comes back, `leases` who had which
//! address, `look_back` what was looked up before anybody knew that it mattered, `seen` of whom logs told at all.

mod habits;
mod join;
mod known;
mod leases;
mod look_back;
mod lures;
mod observed;
mod returns;
mod seen;
mod signature;
mod watched;
mod window;

use unhook_model::PersonId;

use crate::resolving::Client;

pub use habits::MOST_HABITS;
pub(crate) use join::SIGN_IN;
pub use join::{Changes, Ledger, Objects};
pub use known::{MOST_OBJECTS, MOST_OF_CLIENT, MOST_OF_PERSON};
pub use leases::{LONGEST_OPEN_LEASE, MOST_LEASES, MOST_LEASES_OF_CLIENT};
pub use look_back::{Cursor, DamagedLookBack, LOOK_BACK, LookBack, MOST_LOOKED_BACK, MOST_OF_NAME};
pub use observed::{Access, By, Holder, Lease, LogKind, LogReader, Observed, ReadLog, Touch, Via};
pub use returns::{Eviction, Returned, WATCHED_AFTER};
pub use seen::{MOST_SEEN, Sight};
pub use signature::{CLOCK_SKEW, SESSION_LASTS, SIGN_IN_WITHIN};
pub use watched::{MOST_WATCHED, Watched};
pub use window::{KEPT_FOR, MOST_ACCESSES, MOST_SIGN_INS, MOST_TOUCHES};

/// Who is who, as far as a log needs it.
pub trait Accounts {
    /// Whose an account is: a name at an identity provider, or a mail address.
    fn person(&self, account: &str) -> Option<PersonId>;

    /// What stands for a client that must be recognised and not read.
    fn mark(&self, client: &Client) -> String;
}
