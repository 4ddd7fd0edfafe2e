//! By which name somebody is shown who did something: that of an account, or of a token; and which
//! tokens are whose.

use std::collections::BTreeMap;

use unhook_app::{Grant, Service, ServiceError};
use unhook_model::PersonId;

/// Everybody who ever could do something, by the id that the journal and the audit trail have.
pub(crate) fn names(service: &Service) -> Result<BTreeMap<PersonId, String>, ServiceError> {
    let tokens = service.access().grants()?.into_iter().map(|grant| (grant.by, grant.name));
    let accounts = service.accounts().accounts()?.into_iter().map(|one| (one.id, one.name));
    Ok(tokens.chain(accounts).collect())
}

/// Tokens that are good for something, and who made which.
pub(crate) struct LiveTokens {
    live: Vec<Grant>,
    makers: BTreeMap<PersonId, Option<PersonId>>,
}

impl LiveTokens {
    pub(crate) fn read(service: &Service) -> Result<Self, ServiceError> {
        let (mut live, now) = (service.access().grants()?, service.now());
        live.retain(|grant| grant.is_live(now));
        Ok(Self { live, makers: service.access().makers()? })
    }

    /// Those that somebody made, also by tokens of their own.
    pub(crate) fn of(&self, maker: PersonId) -> impl Iterator<Item = &Grant> {
        self.live.iter().filter(move |grant| is_of(&self.makers, grant.by, maker))
    }
}

/// Whether a token goes back to somebody. No token is made by itself, but a trail is only text.
fn is_of(makers: &BTreeMap<PersonId, Option<PersonId>>, token: PersonId, maker: PersonId) -> bool {
    let before = |id: &PersonId| makers.get(id).copied().flatten();
    std::iter::successors(before(&token), before).take(makers.len()).any(|id| id == maker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_back_to_whoever_made_the_one_that_made_it() {
        let [ada, bo, one, two, three] = [1, 2, 3, 4, 5].map(|b| PersonId::from_bytes([b; 16]));
        let makers = [(one, Some(ada)), (two, Some(one)), (three, None)].into();
        assert!(is_of(&makers, one, ada) && is_of(&makers, two, ada) && is_of(&makers, two, one));
        assert!(!is_of(&makers, three, ada) && !is_of(&makers, two, bo));
        let circle = [(one, Some(two)), (two, Some(one))].into();
        assert!(!is_of(&circle, one, ada));
    }
}
