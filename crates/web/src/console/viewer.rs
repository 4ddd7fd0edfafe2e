//! Who looks at the console.

use unhook_app::Scope;
use unhook_model::PersonId;

/// Somebody signed in, as the gate of sign-in found them; handlers take it from the request's
/// extensions.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// The account, as the journal and the audit trail name it.
    pub(crate) by: PersonId,
    /// Their name, as whoever invited them wrote it.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) scopes: Vec<Scope>,
    /// Whether a passkey was shown a moment ago, as approvals need.
    pub(crate) is_fresh: bool,
    /// How many matters wait for a person, for the way to *Now*.
    pub(crate) waiting: usize,
}

impl Viewer {
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}
