//! By which name somebody is shown who did something: that of an account, or of a token.

use std::collections::BTreeMap;

use unhook_app::{Service, ServiceError};
use unhook_model::PersonId;

/// Everybody who ever could do something, by the id that the journal and the audit trail have.
pub(crate) fn names(service: &Service) -> Result<BTreeMap<PersonId, String>, ServiceError> {
    let tokens = service.access().grants()?.into_iter().map(|grant| (grant.by, grant.name));
    let accounts = service.accounts().accounts()?.into_iter().map(|one| (one.id, one.name));
    Ok(tokens.chain(accounts).collect())
}
