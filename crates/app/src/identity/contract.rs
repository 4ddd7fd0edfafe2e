//! What any identity provider must do, as tests to run over it. How its accounts stand afterwards
//! only those who run it can see.

use std::collections::BTreeSet;

use unhook_model::Timestamp;

use super::{
    Ability, AccountState, Cursor, IdentityError, IdentityProvider, ReadFrom, SignIn, Step,
};

/// Every step there is, with ids that nothing has.
fn steps() -> [Step; 8] {
    let none = || "00none".to_owned();
    [
        Step::EndSessions,
        Step::RevokeTokens,
        // Okta suspends nobody whose password has expired.
        Step::Suspend,
        Step::Unsuspend,
        Step::ExpirePassword,
        Step::RemoveFactor(none()),
        Step::RemoveDevice(none()),
        Step::RemoveAppPassword(none()),
    ]
}

/// Runs every case over an active account with this login. Afterwards everything was done to it that
/// the provider can do, and it is not suspended. `sign_ins` is how many there are.
///
/// # Panics
/// If it breaks the contract, with what it did.
pub async fn run(provider: &dyn IdentityProvider, login: &str, sign_ins: usize) {
    who_is_not_there_is_none(provider).await;
    what_it_can_do_may_be_repeated(provider, login).await;
    what_it_cannot_do_is_refused(provider, login).await;
    an_account_that_is_not_there_is_refused(provider).await;
    if provider.abilities().contains(&Ability::ListAdditions) {
        what_was_added_is_listed(provider, login).await;
    }
    if provider.abilities().contains(&Ability::ReadSignIns) {
        sign_ins_come_page_by_page(provider, sign_ins).await;
        strange_cursors_are_refused(provider).await;
    }
}

async fn id_of(provider: &dyn IdentityProvider, login: &str) -> String {
    provider.find(login).await.expect("it can be asked").expect("the account is there").id
}

async fn who_is_not_there_is_none(provider: &dyn IdentityProvider) {
    let found = provider.find("nobody@acme.example").await;
    if let Ok(Some(found)) = &found {
        // Who only passes messages on knows no accounts.
        assert_eq!(found.state, AccountState::Unknown, "{found:?}");
    } else {
        assert_eq!(found, Ok(None));
    }
}

async fn what_it_can_do_may_be_repeated(provider: &dyn IdentityProvider, login: &str) {
    let id = id_of(provider, login).await;
    for step in steps() {
        if !provider.abilities().contains(&step.ability()) {
            continue;
        }
        let first = provider.perform(&step, &id).await;
        let again = provider.perform(&step, &id).await;
        assert!(first.is_ok(), "{step:?}: {first:?}");
        assert_eq!(first, again, "{step:?} is not safe to repeat");
        if step == Step::Suspend {
            let found = provider.find(login).await.expect("it can be asked");
            assert_eq!(found.map(|account| account.state), Some(AccountState::Suspended));
        }
    }
    let state = provider.find(login).await.expect("it can be asked").map(|found| found.state);
    assert_ne!(state, Some(AccountState::Suspended), "it was let in again");
}

async fn what_it_cannot_do_is_refused(provider: &dyn IdentityProvider, login: &str) {
    let id = id_of(provider, login).await;
    for step in steps() {
        if !provider.abilities().contains(&step.ability()) {
            let result = provider.perform(&step, &id).await;
            assert!(matches!(result, Err(IdentityError::Refused { .. })), "{step:?}: {result:?}");
        }
    }
}

async fn an_account_that_is_not_there_is_refused(provider: &dyn IdentityProvider) {
    // Who only passes messages on knows no accounts.
    if matches!(provider.find("nobody@acme.example").await, Ok(Some(_))) {
        return;
    }
    for step in steps() {
        let result = provider.perform(&step, "00nobody").await;
        assert!(matches!(result, Err(IdentityError::Refused { .. })), "{step:?}: {result:?}");
    }
}

async fn what_was_added_is_listed(provider: &dyn IdentityProvider, login: &str) {
    let id = id_of(provider, login).await;
    let all = provider.since(&id, Timestamp::from_unix_ms(0)).await.expect("it can be asked");
    assert!(all.factors.is_some() || all.devices.is_some() || all.app_passwords.is_some());
    let never = Timestamp::from_unix_ms(4_102_444_800_000);
    let late = provider.since(&id, never).await.expect("it can be asked");
    for added in [late.factors, late.devices, late.app_passwords].into_iter().flatten().flatten() {
        assert_eq!(added.at, None, "{} was not added in 2100", added.id);
    }
    let nobody = provider.since("00nobody", never).await;
    assert!(matches!(nobody, Err(IdentityError::Refused { .. })), "{nobody:?}");
}

/// Everything a provider tells, page by page, and where it ended.
///
/// # Panics
/// When a page cannot be read, or there is no end.
pub async fn read_all(
    provider: &dyn IdentityProvider,
    from: ReadFrom<'_>,
) -> (Vec<SignIn>, Cursor) {
    let mut page = provider.sign_ins(from).await.expect("a page");
    let mut all = std::mem::take(&mut page.sign_ins);
    for _ in 0..10_000 {
        if page.is_end {
            return (all, page.next);
        }
        page = provider.sign_ins(ReadFrom::Cursor(&page.next)).await.expect("a page");
        all.append(&mut page.sign_ins);
    }
    panic!("there is no end of pages");
}

async fn sign_ins_come_page_by_page(provider: &dyn IdentityProvider, expected: usize) {
    let start = ReadFrom::Moment(Timestamp::from_unix_ms(0));
    let (all, end) = read_all(provider, start).await;
    let ids: BTreeSet<&str> = all.iter().map(|sign_in| sign_in.id.as_str()).collect();
    assert_eq!(ids.len(), expected, "of {} entries", all.len());
    // What is kept is a text.
    let kept = Cursor::new(end.as_str()).expect("it is not long");
    let (again, _) = read_all(provider, ReadFrom::Cursor(&kept)).await;
    assert!(again.iter().all(|sign_in| ids.contains(sign_in.id.as_str())), "nothing is new");
}

async fn strange_cursors_are_refused(provider: &dyn IdentityProvider) {
    for strange in ["x", "{}", "https://elsewhere.example/api/v1/logs?after=1", "[[[["] {
        let cursor = Cursor::new(strange).expect("it is short");
        let page = provider.sign_ins(ReadFrom::Cursor(&cursor)).await;
        assert!(matches!(page, Err(IdentityError::Refused { .. })), "{strange}: {page:?}");
    }
}
