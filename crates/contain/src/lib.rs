//! What cuts a campaign off: names that stop resolving for the organization, sessions that end,
//! and the logs that say how far it got.
//!
//! Nothing here decides to act. What does not resolve says [`unhook_app::Blocklist`]; what is to be
//! done at an identity provider, an action that somebody or a playbook approved.
//!
//! [`dns`] answers the look-ups of clients, [`warning`] tells people why a name does not open, and
//! [`rpz`] gives what is blocked to resolvers that the organization has already; [`gateway`] keeps lists
//! of it at others' gateways; [`identity`] ends sessions and says who signed in; [`logs`] reads what
//! others wrote down; [`lists`] fetches what must go on resolving.

mod address;
pub mod dns;
pub mod gateway;
pub mod identity;
pub mod lists;
pub mod logs;
pub mod network;
pub mod rpz;
pub mod warning;

pub use address::{Address, AddressError};
pub use network::Network;
