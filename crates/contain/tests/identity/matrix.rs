//! What goes wrong between us and a provider, at each step, over any stand-in. What counts is how the
//! person's account stands at the end, not which calls were made.

use std::collections::BTreeSet;
use std::time::Duration;

use unhook_app::identity::contract::read_all;
use unhook_app::identity::{Ability, Cursor, IdentityError, IdentityProvider, ReadFrom, Step};
use unhook_model::Timestamp;

use crate::server::{BUSY, Fault, Server};

/// Who the attack is on.
pub(crate) const SAM: &str = "sam@acme.example";

/// When the lure came; some things were added an hour before, some ten minutes after.
pub(crate) const LURE: i64 = 1_658_357_340_000;

/// How many sign-ins there are, in several pages.
pub(crate) const SIGN_INS: usize = 5;

/// What a stand-in must be able to tell and do, beside its API.
pub(crate) trait StandIn: Send + Sync {
    /// Sam's account as the actor has it: signed in, with things added.
    fn reset(&self);
    /// Whether Sam's account stands as a step says.
    fn holds(&self, step: &Step) -> bool;
    /// Takes every access token back.
    fn expire_tokens(&self);
    /// Whatever was added to Sam's account after the lure, as steps that remove it.
    fn additions(&self) -> Vec<Step>;
}

/// Everything.
pub(crate) async fn run(provider: &dyn IdentityProvider, server: &Server, stand_in: &dyn StandIn) {
    stand_in.reset();
    unhook_app::identity::contract::run(provider, SAM, SIGN_INS).await;
    steps_are_done(provider, stand_in).await;
    for step in steps(provider, stand_in) {
        busy_is_later_and_nothing_is_done(provider, server, stand_in, &step).await;
        for fault in [Fault::HalfDone, Fault::Lost] {
            what_nobody_knows_is_done_again(provider, server, stand_in, &step, fault).await;
        }
    }
    what_was_added_goes(provider, stand_in).await;
    looks_that_fail_come_later(provider, server).await;
    if provider.abilities().contains(&Ability::ReadSignIns) {
        pages_go_on_after_faults(provider, server, stand_in).await;
    }
}

/// Every step that this provider can do, in an order in which all of them can be done.
fn steps(provider: &dyn IdentityProvider, stand_in: &dyn StandIn) -> Vec<Step> {
    let mut steps = vec![
        Step::EndSessions,
        Step::RevokeTokens,
        Step::Suspend,
        Step::Unsuspend,
        Step::ExpirePassword,
    ];
    steps.retain(|step| provider.abilities().contains(&step.ability()));
    steps.extend(stand_in.additions());
    steps
}

async fn id(provider: &dyn IdentityProvider) -> String {
    provider.find(SAM).await.expect("it can be asked").expect("Sam is there").id
}

/// Brings the account to where a step changes something.
async fn before(provider: &dyn IdentityProvider, stand_in: &dyn StandIn, step: &Step) {
    stand_in.reset();
    if *step == Step::Unsuspend {
        provider.perform(&Step::Suspend, &id(provider).await).await.expect("it can be suspended");
    }
    assert!(!stand_in.holds(step), "{step:?} would change nothing");
}

async fn steps_are_done(provider: &dyn IdentityProvider, stand_in: &dyn StandIn) {
    for step in steps(provider, stand_in) {
        before(provider, stand_in, &step).await;
        stand_in.expire_tokens();
        let result = provider.perform(&step, &id(provider).await).await;
        assert!(result.is_ok(), "{step:?}: {result:?}");
        assert!(stand_in.holds(&step), "{step:?} left the account as it was");
    }
}

async fn busy_is_later_and_nothing_is_done(
    provider: &dyn IdentityProvider,
    server: &Server,
    stand_in: &dyn StandIn,
    step: &Step,
) {
    before(provider, stand_in, step).await;
    let id = id(provider).await;
    server.plan(false, Fault::Busy);
    let result = provider.perform(step, &id).await;
    let asked = Some(Duration::from_secs(BUSY));
    assert!(
        matches!(&result, Err(IdentityError::Later { after, .. }) if *after == asked),
        "{step:?}: {result:?}"
    );
    assert!(!stand_in.holds(step), "{step:?} was done and said not to be");
    provider.perform(step, &id).await.expect("later");
    assert!(stand_in.holds(step), "{step:?}");
}

async fn what_nobody_knows_is_done_again(
    provider: &dyn IdentityProvider,
    server: &Server,
    stand_in: &dyn StandIn,
    step: &Step,
    fault: Fault,
) {
    before(provider, stand_in, step).await;
    let id = id(provider).await;
    server.plan(false, fault);
    let result = provider.perform(step, &id).await;
    assert!(server.has_happened(), "{step:?} changed nothing");
    assert!(matches!(result, Err(IdentityError::Unknown { .. })), "{step:?} {fault:?}: {result:?}");
    let again = provider.perform(step, &id).await;
    assert!(again.is_ok(), "{step:?} {fault:?}: {again:?}");
    assert!(stand_in.holds(step), "{step:?} {fault:?}");
}

async fn what_was_added_goes(provider: &dyn IdentityProvider, stand_in: &dyn StandIn) {
    if !provider.abilities().contains(&Ability::ListAdditions) {
        return;
    }
    stand_in.reset();
    let id = id(provider).await;
    let lure = Timestamp::from_unix_ms(LURE);
    let found = provider.since(&id, lure).await.expect("it can be asked");
    let factors = found.factors.into_iter().flatten();
    let devices = found.devices.into_iter().flatten();
    let passwords = found.app_passwords.into_iter().flatten();
    // What has no time is for a person to look at.
    let found: BTreeSet<Step> = factors
        .filter(|added| added.at.is_some())
        .map(|added| Step::RemoveFactor(added.id))
        .chain(devices.map(|added| Step::RemoveDevice(added.id)))
        .chain(passwords.map(|added| Step::RemoveAppPassword(added.id)))
        .collect();
    let expected = stand_in.additions();
    assert_eq!(found, expected.iter().cloned().collect());
    for step in &expected {
        provider.perform(step, &id).await.expect("it is removed");
    }
    assert!(expected.iter().all(|step| stand_in.holds(step)));
    let rest = provider.since(&id, lure).await.expect("it can be asked");
    let rest = [rest.factors, rest.devices, rest.app_passwords];
    assert!(rest.into_iter().flatten().flatten().all(|added| added.at.is_none()));
}

async fn looks_that_fail_come_later(provider: &dyn IdentityProvider, server: &Server) {
    for fault in [Fault::Busy, Fault::HalfDone, Fault::Lost] {
        server.plan(true, fault);
        let found = provider.find(SAM).await;
        assert!(matches!(found, Err(IdentityError::Later { .. })), "{fault:?}: {found:?}");
    }
    assert!(provider.find(SAM).await.expect("it can be asked").is_some());
}

async fn pages_go_on_after_faults(
    provider: &dyn IdentityProvider,
    server: &Server,
    stand_in: &dyn StandIn,
) {
    let first = provider.sign_ins(ReadFrom::Moment(Timestamp::from_unix_ms(0))).await;
    let first = first.expect("a page");
    assert!(!first.is_end, "there are several pages");
    for fault in [Fault::Busy, Fault::HalfDone, Fault::Lost] {
        server.plan(true, fault);
        let page = provider.sign_ins(ReadFrom::Cursor(&first.next)).await;
        assert!(matches!(page, Err(IdentityError::Later { .. })), "{fault:?}: {page:?}");
    }
    stand_in.expire_tokens();
    // A process that starts again has no more than the text.
    let kept = Cursor::new(first.next.as_str()).expect("it is short");
    let (rest, _) = read_all(provider, ReadFrom::Cursor(&kept)).await;
    let ids: BTreeSet<String> =
        first.sign_ins.into_iter().chain(rest).map(|sign_in| sign_in.id).collect();
    assert_eq!(ids.len(), SIGN_INS);
}
