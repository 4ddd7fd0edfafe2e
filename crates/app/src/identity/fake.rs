//! An identity provider for tests, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use unhook_model::Timestamp;

use super::{
    Ability, AccountState, Added, Additions, Cursor, FoundAccount, IdentityError, IdentityProvider,
    Page, Performed, ProviderKind, ReadFrom, SignIn, Step,
};
use crate::people::Pending;

/// How many sign-ins it gives at once.
const PAGE: usize = 2;

/// Someone's account there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeAccount {
    /// What its owner signs in as.
    pub login: String,
    /// Open sessions.
    pub sessions: usize,
    /// Tokens that applications hold.
    pub tokens: usize,
    /// Whether the password must be changed.
    pub is_expired: bool,
    /// Whether nobody gets in.
    pub is_suspended: bool,
    /// Second factors: id and when.
    pub factors: Vec<(String, i64)>,
    /// Devices: id and when.
    pub devices: Vec<(String, i64)>,
    /// Passwords of applications: id and when.
    pub app_passwords: Vec<(String, i64)>,
}

#[derive(Debug, Default)]
struct State {
    accounts: BTreeMap<String, FakeAccount>,
    sign_ins: Vec<SignIn>,
    failures: Vec<IdentityError>,
}

/// The provider.
#[derive(Debug, Default)]
pub struct FakeIdentityProvider {
    state: Mutex<State>,
}

impl FakeIdentityProvider {
    /// One without accounts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an account under an id.
    pub fn add(&self, id: &str, account: FakeAccount) {
        self.state().accounts.insert(id.to_owned(), account);
    }

    /// Adds a sign-in.
    pub fn sign_in(&self, sign_in: SignIn) {
        self.state().sign_ins.push(sign_in);
    }

    /// Has the next call fail so. One whose outcome is unknown is done all the same.
    pub fn fail_next(&self, error: IdentityError) {
        self.state().failures.push(error);
    }

    /// How an account stands.
    #[must_use]
    pub fn account(&self, id: &str) -> Option<FakeAccount> {
        self.state().accounts.get(id).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing fails while it holds this")
    }

    fn do_step(&self, step: &Step, id: &str) -> Result<Performed, IdentityError> {
        let mut state = self.state();
        let failure = state.failures.pop();
        if let Some(error) = &failure
            && !matches!(error, IdentityError::Unknown { .. })
        {
            return Err(error.clone());
        }
        let account = state.accounts.get_mut(id).ok_or(IdentityError::no_account("fake"))?;
        match step {
            Step::EndSessions => account.sessions = 0,
            Step::RevokeTokens => account.tokens = 0,
            Step::ExpirePassword => account.is_expired = true,
            Step::Suspend => account.is_suspended = true,
            Step::Unsuspend => account.is_suspended = false,
            Step::RemoveFactor(gone) => account.factors.retain(|(id, _)| id != gone),
            Step::RemoveDevice(gone) => account.devices.retain(|(id, _)| id != gone),
            Step::RemoveAppPassword(gone) => account.app_passwords.retain(|(id, _)| id != gone),
        }
        failure.map_or(Ok(Performed::Done), Err)
    }

    fn look(&self, login: &str) -> Result<Option<FoundAccount>, IdentityError> {
        let mut state = self.state();
        if let Some(error) = state.failures.pop() {
            return Err(error);
        }
        let found = state.accounts.iter().find(|(_, account)| account.login == login);
        Ok(found.map(|(id, account)| FoundAccount {
            id: id.clone(),
            login: account.login.clone(),
            state: match (account.is_suspended, account.is_expired) {
                (true, _) => AccountState::Suspended,
                (false, true) => AccountState::PasswordExpired,
                _ => AccountState::Active,
            },
        }))
    }

    fn additions(&self, id: &str, moment: Timestamp) -> Result<Additions, IdentityError> {
        let state = self.state();
        let account = state.accounts.get(id).ok_or(IdentityError::no_account("fake"))?;
        let since = |all: &[(String, i64)]| {
            let late = all.iter().filter(|(_, at)| *at >= moment.unix_ms());
            Some(late.map(|(id, at)| added(id, *at)).collect())
        };
        Ok(Additions {
            factors: since(&account.factors),
            devices: since(&account.devices),
            app_passwords: since(&account.app_passwords),
        })
    }

    fn read(&self, from: ReadFrom<'_>) -> Result<Page, IdentityError> {
        let mut state = self.state();
        if let Some(error) = state.failures.pop() {
            return Err(error);
        }
        let start = match from {
            ReadFrom::Moment(moment) => {
                state.sign_ins.iter().take_while(|sign_in| sign_in.at < moment).count()
            }
            ReadFrom::Cursor(cursor) => {
                cursor.as_str().parse().map_err(|_| IdentityError::Refused {
                    why: "this is none of the fake's cursors; begin at a moment".to_owned(),
                })?
            }
        };
        let sign_ins: Vec<SignIn> = state.sign_ins.iter().skip(start).take(PAGE).cloned().collect();
        let end = start + sign_ins.len();
        let next = Cursor::new(end.to_string()).expect("a number is short");
        Ok(Page { is_end: end >= state.sign_ins.len(), sign_ins, passed_over: 0, next })
    }
}

fn added(id: &str, at: i64) -> Added {
    Added { id: id.to_owned(), what: id.to_owned(), at: Some(Timestamp::from_unix_ms(at)) }
}

impl IdentityProvider for FakeIdentityProvider {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Okta
    }

    fn abilities(&self) -> &'static [Ability] {
        &[
            Ability::EndSessions,
            Ability::RevokeTokens,
            Ability::ExpirePassword,
            Ability::Suspend,
            Ability::Unsuspend,
            Ability::RemoveFactor,
            Ability::RemoveDevice,
            Ability::RemoveAppPassword,
            Ability::ListAdditions,
            Ability::ReadSignIns,
        ]
    }

    fn find<'a>(
        &'a self,
        login: &'a str,
    ) -> Pending<'a, Result<Option<FoundAccount>, IdentityError>> {
        Box::pin(async move { self.look(login) })
    }

    fn perform<'a>(
        &'a self,
        step: &'a Step,
        account: &'a str,
    ) -> Pending<'a, Result<Performed, IdentityError>> {
        Box::pin(async move { self.do_step(step, account) })
    }

    fn since<'a>(
        &'a self,
        account: &'a str,
        moment: Timestamp,
    ) -> Pending<'a, Result<Additions, IdentityError>> {
        Box::pin(async move { self.additions(account, moment) })
    }

    fn sign_ins<'a>(&'a self, from: ReadFrom<'a>) -> Pending<'a, Result<Page, IdentityError>> {
        Box::pin(async move { self.read(from) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Device, Network, SignInOutcome};
    use super::*;

    fn sign_in(number: i64) -> SignIn {
        SignIn {
            id: number.to_string(),
            account: Some("u1".to_owned()),
            login: "sam@acme.example".to_owned(),
            at: Timestamp::from_unix_ms(1_658_357_340_000 + number),
            event: "sign-in".to_owned(),
            outcome: SignInOutcome::Success,
            address: None,
            network: Network::default(),
            device: Device::default(),
            session: None,
        }
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let provider = FakeIdentityProvider::new();
        let account = FakeAccount {
            login: "sam@acme.example".to_owned(),
            sessions: 2,
            factors: vec![("old".to_owned(), 5), ("new".to_owned(), 20)],
            ..FakeAccount::default()
        };
        provider.add("u1", account);
        for number in 0..5 {
            provider.sign_in(sign_in(number));
        }
        super::super::contract::run(&provider, "sam@acme.example", 5).await;
        let account = provider.account("u1").unwrap();
        assert_eq!((account.sessions, account.is_suspended), (0, false));
    }

    #[tokio::test]
    async fn what_nobody_knows_is_done_all_the_same() {
        let provider = FakeIdentityProvider::new();
        provider.add("u1", FakeAccount { sessions: 2, ..FakeAccount::default() });
        provider.fail_next(IdentityError::Unknown { why: "cut off".to_owned() });
        assert!(provider.perform(&Step::EndSessions, "u1").await.is_err());
        assert_eq!(provider.account("u1").unwrap().sessions, 0);
    }
}
