//! Accounts in memory, which can be told to be out of reach.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use unhook_model::{PersonId, Timestamp};

use super::{
    Account, Accounts, AccountsError, MOST_ACCOUNTS, MOST_PASSKEYS, MOST_SEARCHES, MOST_SESSIONS,
    NewPasskey, Passkey, Proof, Purpose, Removal, Role, SESSION_MS, SavedSearch, Session, Subject,
    later,
};

/// Accounts in memory. Their codes and sessions can be guessed.
#[derive(Debug, Default)]
pub struct FakeAccounts(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    accounts: Vec<Account>,
    codes: Vec<Code>,
    /// Whose, the handle, and the rest.
    passkeys: Vec<(PersonId, Vec<u8>, Passkey)>,
    subjects: Vec<(PersonId, String, String)>,
    sessions: Vec<(String, Session)>,
    searches: BTreeMap<(PersonId, String), String>,
    made: u64,
    is_unavailable: bool,
}

#[derive(Debug)]
struct Code {
    code: String,
    account: PersonId,
    purpose: Purpose,
    until: Timestamp,
}

impl FakeAccounts {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everything fail from now on, or work again.
    pub fn set_unavailable(&self, is_unavailable: bool) {
        self.lock().is_unavailable = is_unavailable;
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, AccountsError> {
        let state = self.lock();
        if state.is_unavailable {
            return Err(AccountsError("a test said so".into()));
        }
        Ok(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn id(&mut self) -> PersonId {
        PersonId::from_bytes((0x71_u128 << 72 | u128::from(self.number())).to_be_bytes())
    }

    fn secret(&mut self) -> String {
        format!("FAKE{:039}", self.number())
    }

    fn account(&mut self, id: PersonId) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.id == id)
    }

    /// Whether somebody enabled administers beside an account, or it does not itself.
    fn has_another_admin(&self, id: PersonId) -> bool {
        let mut admins = self
            .accounts
            .iter()
            .filter(|account| account.role == Role::Admin && account.disabled_at.is_none());
        let is_one = admins.clone().any(|account| account.id == id);
        !is_one || admins.any(|account| account.id != id)
    }

    fn shown(&self, id: PersonId) -> Option<Account> {
        let account = self.accounts.iter().find(|account| account.id == id)?;
        let passkeys = self.passkeys.iter().filter(|(whose, ..)| *whose == id).count();
        let is_bound = self.subjects.iter().any(|(whose, ..)| *whose == id);
        Some(Account { passkeys, is_bound, ..account.clone() })
    }

    fn enabled(&self, id: PersonId) -> Option<Account> {
        self.shown(id).filter(|account| account.disabled_at.is_none())
    }

    fn behind(&self, code: &str, purpose: Purpose, at: Timestamp) -> Option<Account> {
        let found = self.codes.iter().find(|known| known.code == code);
        let found = found.filter(|known| known.purpose == purpose && at < known.until)?;
        self.enabled(found.account)
    }

    fn add(&mut self, name: &str, role: Role, at: Timestamp) -> Option<PersonId> {
        if self.accounts.len() >= MOST_ACCOUNTS {
            return None;
        }
        let id = self.id();
        self.accounts.push(Account {
            id,
            name: name.to_owned(),
            role,
            made_at: at,
            disabled_at: None,
            passkeys: 0,
            is_bound: false,
        });
        Some(id)
    }

    fn add_passkey(&mut self, whose: PersonId, passkey: NewPasskey<'_>, at: Timestamp) -> bool {
        let is_known = self.passkeys.iter().any(|(_, handle, _)| handle == passkey.handle);
        let room = self.enabled(whose).is_some_and(|account| account.passkeys < MOST_PASSKEYS);
        if is_known || !room {
            return false;
        }
        let kept = Passkey {
            number: self.number(),
            label: passkey.label.to_owned(),
            credential: passkey.credential.to_owned(),
            made_at: at,
            used_at: None,
        };
        self.passkeys.push((whose, passkey.handle.to_owned(), kept));
        true
    }

    fn bound(&self, subject: Subject<'_>) -> Option<PersonId> {
        let mut all = self.subjects.iter();
        let found = all.find(|(_, i, s)| i == subject.issuer && s == subject.subject);
        found.map(|(whose, ..)| *whose)
    }

    fn bind(&mut self, whose: PersonId, subject: Subject<'_>) {
        self.subjects.retain(|(known, ..)| *known != whose);
        self.subjects.push((whose, subject.issuer.to_owned(), subject.subject.to_owned()));
    }

    fn passkey(&mut self, account: PersonId, number: u64) -> Option<&mut Passkey> {
        let mut all = self.passkeys.iter_mut();
        let found = all.find(|(whose, _, key)| *whose == account && key.number == number);
        found.map(|(.., passkey)| passkey)
    }
}

impl Accounts for FakeAccounts {
    fn add(&self, name: &str, role: Role, at: Timestamp) -> Result<Option<Account>, AccountsError> {
        let mut state = self.state()?;
        Ok(state.add(name, role, at).and_then(|id| state.shown(id)))
    }

    fn account(&self, id: PersonId) -> Result<Option<Account>, AccountsError> {
        Ok(self.state()?.shown(id))
    }

    fn accounts(&self) -> Result<Vec<Account>, AccountsError> {
        let state = self.state()?;
        Ok(state.accounts.iter().filter_map(|account| state.shown(account.id)).collect())
    }

    fn set_role(&self, id: PersonId, role: Role) -> Result<bool, AccountsError> {
        let mut state = self.state()?;
        if role != Role::Admin && !state.has_another_admin(id) {
            return Ok(false);
        }
        Ok(state.account(id).map(|account| account.role = role).is_some())
    }

    fn set_disabled(&self, id: PersonId, at: Option<Timestamp>) -> Result<bool, AccountsError> {
        let mut state = self.state()?;
        if at.is_some() && !state.has_another_admin(id) {
            return Ok(false);
        }
        if at.is_some() {
            state.sessions.retain(|(_, session)| session.account != id);
            state.codes.retain(|code| code.account != id);
        }
        Ok(state.account(id).map(|account| account.disabled_at = at).is_some())
    }

    fn issue(
        &self,
        account: PersonId,
        purpose: Purpose,
        until: Timestamp,
    ) -> Result<Option<String>, AccountsError> {
        let mut state = self.state()?;
        if state.enabled(account).is_none() {
            return Ok(None);
        }
        let code = state.secret();
        state.codes.retain(|known| known.account != account || known.purpose != purpose);
        state.codes.push(Code { code: code.clone(), account, purpose, until });
        Ok(Some(code))
    }

    fn behind(
        &self,
        code: &str,
        purpose: Purpose,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        Ok(self.state()?.behind(code, purpose, at))
    }

    fn redeem(
        &self,
        code: &str,
        purpose: Purpose,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        let mut state = self.state()?;
        let found = state.behind(code, purpose, at);
        if found.is_some() {
            state.codes.retain(|known| known.code != code);
        }
        Ok(found)
    }

    fn join_passkey(
        &self,
        code: &str,
        passkey: NewPasskey<'_>,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        let mut state = self.state()?;
        let Some(found) = state.behind(code, Purpose::Join, at) else { return Ok(None) };
        if !state.add_passkey(found.id, passkey, at) {
            return Ok(None);
        }
        state.codes.retain(|known| known.code != code);
        Ok(state.shown(found.id))
    }

    fn bind(
        &self,
        code: &str,
        subject: Subject<'_>,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        let mut state = self.state()?;
        let Some(found) = state.behind(code, Purpose::Join, at) else { return Ok(None) };
        if state.bound(subject).is_some_and(|whose| whose != found.id) {
            return Ok(None);
        }
        state.bind(found.id, subject);
        state.codes.retain(|known| known.code != code);
        Ok(state.shown(found.id))
    }

    fn provision(
        &self,
        subject: Subject<'_>,
        name: &str,
        role: Role,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        let mut state = self.state()?;
        if state.bound(subject).is_some() {
            return Ok(None);
        }
        let Some(id) = state.add(name, role, at) else { return Ok(None) };
        state.bind(id, subject);
        Ok(state.shown(id))
    }

    fn bound(&self, subject: Subject<'_>) -> Result<Option<Account>, AccountsError> {
        let state = self.state()?;
        Ok(state.bound(subject).and_then(|id| state.shown(id)))
    }

    fn passkeys(&self, account: PersonId) -> Result<Vec<Passkey>, AccountsError> {
        let state = self.state()?;
        let own = state.passkeys.iter().filter(|(whose, ..)| *whose == account);
        Ok(own.map(|(.., passkey)| passkey.clone()).collect())
    }

    fn add_passkey(
        &self,
        account: PersonId,
        passkey: NewPasskey<'_>,
        at: Timestamp,
    ) -> Result<bool, AccountsError> {
        Ok(self.state()?.add_passkey(account, passkey, at))
    }

    fn show_passkey(
        &self,
        account: PersonId,
        before: &Passkey,
        credential: &[u8],
        at: Timestamp,
    ) -> Result<bool, AccountsError> {
        let mut state = self.state()?;
        let found = state.passkey(account, before.number);
        let found = found.filter(|passkey| {
            passkey.credential == before.credential && passkey.used_at == before.used_at
        });
        let shown = found.map(|passkey| {
            passkey.credential = credential.to_owned();
            passkey.used_at = Some(at);
        });
        Ok(shown.is_some())
    }

    fn name_passkey(
        &self,
        account: PersonId,
        number: u64,
        label: &str,
    ) -> Result<bool, AccountsError> {
        let mut state = self.state()?;
        let found = state.passkey(account, number);
        Ok(found.map(|passkey| passkey.label = label.to_owned()).is_some())
    }

    fn remove_passkey(&self, account: PersonId, number: u64) -> Result<Removal, AccountsError> {
        let mut state = self.state()?;
        if state.passkey(account, number).is_none() {
            return Ok(Removal::Unknown);
        }
        if state.shown(account).is_none_or(|account| account.passkeys < 2) {
            return Ok(Removal::IsLast);
        }
        state.passkeys.retain(|(.., passkey)| passkey.number != number);
        Ok(Removal::Done)
    }

    fn clear_passkeys(&self, account: PersonId) -> Result<usize, AccountsError> {
        let mut state = self.state()?;
        let before = state.passkeys.len();
        state.passkeys.retain(|(whose, ..)| *whose != account);
        state.subjects.retain(|(whose, ..)| *whose != account);
        Ok(before - state.passkeys.len())
    }

    fn begin(
        &self,
        account: PersonId,
        proof: Proof,
        browser: &str,
        at: Timestamp,
    ) -> Result<Option<(String, Session)>, AccountsError> {
        let mut state = self.state()?;
        if state.enabled(account).is_none() {
            return Ok(None);
        }
        let session = Session {
            id: state.id(),
            account,
            proof,
            browser: browser.to_owned(),
            made_at: at,
            seen_at: at,
            expires_at: later(at, SESSION_MS),
            shown_at: (proof == Proof::Passkey).then_some(at),
        };
        let secret = state.secret();
        state.sessions.push((secret.clone(), session.clone()));
        let own = state.sessions.iter().filter(|(_, session)| session.account == account);
        let surplus = own.count().saturating_sub(MOST_SESSIONS);
        let mut passed = 0;
        state.sessions.retain(|(_, session)| {
            passed += usize::from(session.account == account);
            session.account != account || passed > surplus
        });
        Ok(Some((secret, session)))
    }

    fn session(
        &self,
        secret: &str,
        at: Timestamp,
    ) -> Result<Option<(Session, Account)>, AccountsError> {
        let state = self.state()?;
        let mut all = state.sessions.iter();
        let found = all.find(|(known, session)| known == secret && session.is_live(at));
        let Some((_, session)) = found else { return Ok(None) };
        Ok(state.enabled(session.account).map(|account| (session.clone(), account)))
    }

    fn touch(&self, session: PersonId, at: Timestamp) -> Result<(), AccountsError> {
        let mut state = self.state()?;
        let found = state.sessions.iter_mut().find(|(_, known)| known.id == session);
        if let Some((_, session)) = found {
            session.seen_at = session.seen_at.max(at);
        }
        Ok(())
    }

    fn sessions(&self, account: PersonId, at: Timestamp) -> Result<Vec<Session>, AccountsError> {
        let state = self.state()?;
        let all = state.sessions.iter().map(|(_, session)| session);
        let live = all.filter(|session| session.account == account && session.is_live(at));
        let mut live: Vec<Session> = live.cloned().collect();
        live.sort_by_key(|session| std::cmp::Reverse((session.seen_at, session.id)));
        Ok(live)
    }

    fn freshen(&self, session: PersonId, at: Timestamp) -> Result<bool, AccountsError> {
        let mut state = self.state()?;
        let found = state.sessions.iter_mut().find(|(_, known)| known.id == session);
        Ok(found.map(|(_, session)| session.shown_at = Some(at)).is_some())
    }

    fn end(&self, account: PersonId, session: Option<PersonId>) -> Result<usize, AccountsError> {
        let mut state = self.state()?;
        let before = state.sessions.len();
        state.sessions.retain(|(_, known)| {
            known.account != account || session.is_some_and(|session| known.id != session)
        });
        Ok(before - state.sessions.len())
    }

    fn searches(&self, account: PersonId) -> Result<Vec<SavedSearch>, AccountsError> {
        let state = self.state()?;
        let own = state.searches.iter().filter(|((whose, _), _)| *whose == account);
        let search = |((_, name), query): (&(PersonId, String), &String)| SavedSearch {
            name: name.clone(),
            query: query.clone(),
        };
        Ok(own.map(search).collect())
    }

    fn keep_search(&self, account: PersonId, search: &SavedSearch) -> Result<bool, AccountsError> {
        let mut state = self.state()?;
        let own = state.searches.keys().filter(|(whose, _)| *whose == account).count();
        let key = (account, search.name.clone());
        let has_room = own < MOST_SEARCHES || state.searches.contains_key(&key);
        if !has_room || state.shown(account).is_none() {
            return Ok(false);
        }
        state.searches.insert(key, search.query.clone());
        Ok(true)
    }

    fn forget_search(&self, account: PersonId, name: &str) -> Result<bool, AccountsError> {
        Ok(self.state()?.searches.remove(&(account, name.to_owned())).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        super::super::contract::run(&FakeAccounts::new());
    }

    #[test]
    fn it_can_be_out_of_reach() {
        let accounts = FakeAccounts::new();
        accounts.set_unavailable(true);
        assert!(accounts.accounts().is_err());
    }
}
