//! Sign-in, as browsers and their passkeys go through it, and as they must not.

pub(super) mod authenticator;
pub(super) mod browser;
mod ceremonies;
mod oidc;
mod pages;
mod sessions;
mod team;
