//! What a resolver that answers for the organization asks the use cases, and tells them.
//!
//! Every look-up passes the [`Gate`], so nothing here waits: no disk, no network, no lock that is
//! held for long. What staff looked up is a person's data: whoever stands behind this keeps of it
//! what a campaign explains, for as long as the settings say.

use std::net::IpAddr;
use std::sync::Arc;

use unhook_model::Timestamp;

/// Who asked, as far as a resolver can tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Client {
    /// An address. Whose it was, a directory says.
    Address(IpAddr),
    /// A device that asks by a path of its own, by the name it was given.
    Device(Arc<str>),
}

/// What becomes of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gating {
    /// It is answered as upstream answers.
    Pass,
    /// It does not resolve.
    Block {
        /// Where in the name the blocked one begins, in bytes.
        start: usize,
    },
    /// It looks like the organization and is new: it does not resolve for staff, for now.
    Hold,
}

/// One look-up that is worth telling: of a name that does not resolve, or one seldom seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// The name, in lower case, without a dot at its end.
    pub name: Arc<str>,
    /// Who asked.
    pub client: Client,
    /// When.
    pub at: Timestamp,
    /// Whether it did not resolve.
    pub was_blocked: bool,
}

/// What look-ups pass.
pub trait Gate: Send + Sync {
    /// What becomes of a look-up of `name`, in lower case and without a dot at its end.
    fn gating(&self, name: &str) -> Gating;

    /// Hears of look-ups. It may drop some when too many come, and counts those.
    fn looked_up(&self, lookups: Vec<LookedUp>);
}

impl Gate for crate::blocklist::Blocklist {
    fn gating(&self, name: &str) -> Gating {
        self.find(name).map_or(Gating::Pass, |hit| Gating::Block { start: hit.start })
    }

    fn looked_up(&self, _: Vec<LookedUp>) {}
}
