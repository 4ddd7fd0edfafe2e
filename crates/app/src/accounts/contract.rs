//! What any keeper of accounts must do, as tests to run over it.

use unhook_model::{PersonId, Timestamp};

use super::{
    Account, Accounts, IDLE_MS, MOST_PASSKEYS, MOST_SEARCHES, MOST_SESSIONS, NewPasskey, Proof,
    Purpose, Removal, Role, SESSION_MS, SavedSearch, Subject, later,
};

/// Runs every case over an empty keeper.
///
/// # Panics
/// If it breaks the contract, with what it did.
pub fn run(accounts: &dyn Accounts) {
    an_account_is_found_as_it_was_made(accounts);
    a_code_is_good_once_in_time_and_for_its_purpose(accounts);
    a_newer_code_ends_the_older_one(accounts);
    a_passkey_joins_by_a_code(accounts);
    a_passkey_is_shown_once_from_each_state(accounts);
    the_last_passkey_stays(accounts);
    a_subject_is_bound_to_one_account(accounts);
    a_session_ends_in_time_and_when_it_is_idle(accounts);
    sessions_are_listed_ended_and_bounded(accounts);
    a_disabled_account_lets_nobody_in(accounts);
    somebody_administers_always(accounts);
    searches_are_kept_by_name_and_bounded(accounts);
}

fn an_account_is_found_as_it_was_made(accounts: &dyn Accounts) {
    assert!(accounts.accounts().expect("accounts").is_empty());
    let ana = add(accounts, "Ana Łódź", Role::Analyst);
    assert_eq!((ana.name.as_str(), ana.role, ana.made_at), ("Ana Łódź", Role::Analyst, at(0)));
    assert_eq!((ana.disabled_at, ana.passkeys, ana.is_bound), (None, 0, false));
    let bo = add(accounts, "Bo", Role::Viewer);
    assert_ne!(ana.id, bo.id);
    assert_eq!(accounts.accounts().expect("accounts"), [ana.clone(), bo.clone()]);
    assert!(accounts.set_role(bo.id, Role::Auditor).expect("set_role"));
    assert_eq!(look(accounts, bo.id).role, Role::Auditor);
    assert_eq!(look(accounts, ana.id), ana);
    assert!(!accounts.set_role(nobody(), Role::Admin).expect("set_role"));
    assert_eq!(accounts.account(nobody()).expect("account"), None);
}

fn a_code_is_good_once_in_time_and_for_its_purpose(accounts: &dyn Accounts) {
    let ana = add(accounts, "codes", Role::Viewer);
    let code = issue(accounts, ana.id, Purpose::Join, 10);
    assert!(code.len() >= 40, "{code}");
    let behind = |code: &str, purpose, moment| {
        accounts.behind(code, purpose, at(moment)).expect("behind").map(|account| account.id)
    };
    assert_eq!(behind(&code, Purpose::Join, 9), Some(ana.id));
    assert_eq!(behind(&code, Purpose::Join, 10), None);
    assert_eq!(behind(&code, Purpose::Enter, 9), None);
    for wrong in ["", "a", &code[1..], &code.to_lowercase()] {
        assert_eq!(behind(wrong, Purpose::Join, 9), None, "{wrong}");
    }
    let redeem = |purpose, moment| accounts.redeem(&code, purpose, at(moment)).expect("redeem");
    assert_eq!(redeem(Purpose::Enter, 9), None);
    assert_eq!(redeem(Purpose::Join, 10), None);
    assert_eq!(redeem(Purpose::Join, 9).map(|account| account.id), Some(ana.id));
    assert_eq!(redeem(Purpose::Join, 9), None);
    assert_eq!(behind(&code, Purpose::Join, 9), None);
    assert_eq!(accounts.issue(nobody(), Purpose::Join, at(10)).expect("issue"), None);
}

fn a_newer_code_ends_the_older_one(accounts: &dyn Accounts) {
    let ana = add(accounts, "codes again", Role::Viewer);
    let enter = issue(accounts, ana.id, Purpose::Enter, 10);
    let older = issue(accounts, ana.id, Purpose::Join, 10);
    let newer = issue(accounts, ana.id, Purpose::Join, 10);
    let is_good =
        |code: &str, purpose| accounts.behind(code, purpose, at(1)).expect("behind").is_some();
    assert!(!is_good(&older, Purpose::Join));
    assert!(is_good(&newer, Purpose::Join) && is_good(&enter, Purpose::Enter));
}

fn a_passkey_joins_by_a_code(accounts: &dyn Accounts) {
    let ana = add(accounts, "joins", Role::Viewer);
    let code = issue(accounts, ana.id, Purpose::Join, 10);
    let key = passkey(b"joins 1");
    let join =
        |code: &str, key, moment| accounts.join_passkey(code, key, at(moment)).expect("join");
    assert_eq!(join(&code, key, 10), None, "too late");
    assert_eq!(join("no code", key, 1), None);
    let joined = join(&code, key, 1).expect("an account");
    assert_eq!((joined.id, joined.passkeys), (ana.id, 1));
    assert_eq!(join(&code, passkey(b"joins 2"), 1), None, "used");
    let kept = accounts.passkeys(ana.id).expect("passkeys");
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].label.as_str(), kept[0].credential.as_slice()), ("Łaptop", &b"public"[..]));
    assert_eq!((kept[0].made_at, kept[0].used_at), (at(1), None));
    let bo = add(accounts, "joins too", Role::Viewer);
    let code = issue(accounts, bo.id, Purpose::Join, 10);
    assert_eq!(join(&code, key, 1), None, "somebody's already");
    assert!(accounts.behind(&code, Purpose::Join, at(1)).expect("behind").is_some());
    for number in 1..MOST_PASSKEYS {
        let handle = format!("joins many {number}");
        assert!(add_passkey(accounts, ana.id, handle.as_bytes()), "{number}");
    }
    assert!(!add_passkey(accounts, ana.id, b"joins one too many"));
    assert!(!add_passkey(accounts, nobody(), b"joins nobody"));
    assert_eq!(look(accounts, ana.id).passkeys, MOST_PASSKEYS);
}

fn a_passkey_is_shown_once_from_each_state(accounts: &dyn Accounts) {
    let ana = add(accounts, "shows", Role::Viewer);
    assert!(add_passkey(accounts, ana.id, b"shows 1"));
    let first = accounts.passkeys(ana.id).expect("passkeys").remove(0);
    let show = |before, credential: &[u8], moment| {
        accounts.show_passkey(ana.id, before, credential, at(moment)).expect("show")
    };
    assert!(show(&first, b"counter 1", 5));
    assert!(!show(&first, b"counter 1", 6), "from a state that has passed");
    let second = accounts.passkeys(ana.id).expect("passkeys").remove(0);
    assert_eq!(second.credential, b"counter 1");
    assert_eq!(second.used_at, Some(at(5)));
    assert_eq!(second.label, first.label);
    let bo = add(accounts, "shows not", Role::Viewer);
    assert!(!accounts.show_passkey(bo.id, &second, b"2", at(7)).expect("show"));
}

fn the_last_passkey_stays(accounts: &dyn Accounts) {
    let ana = add(accounts, "loses", Role::Viewer);
    assert!(add_passkey(accounts, ana.id, b"loses 1") && add_passkey(accounts, ana.id, b"loses 2"));
    let keys = accounts.passkeys(ana.id).expect("passkeys");
    let bo = add(accounts, "takes", Role::Viewer);
    let remove = |whose: &Account, number| {
        accounts.remove_passkey(whose.id, number).expect("remove_passkey")
    };
    assert_eq!(remove(&bo, keys[0].number), Removal::Unknown);
    assert!(!accounts.name_passkey(bo.id, keys[0].number, "mine").expect("name_passkey"));
    assert!(accounts.name_passkey(ana.id, keys[0].number, "old phone").expect("name_passkey"));
    assert_eq!(accounts.passkeys(ana.id).expect("passkeys")[0].label, "old phone");
    assert_eq!(remove(&ana, keys[0].number), Removal::Done);
    assert_eq!(remove(&ana, keys[0].number), Removal::Unknown);
    assert_eq!(remove(&ana, keys[1].number), Removal::IsLast);
    assert_eq!(accounts.clear_passkeys(ana.id).expect("clear_passkeys"), 1);
    assert_eq!(look(accounts, ana.id).passkeys, 0);
    assert!(add_passkey(accounts, ana.id, b"loses 1"), "its handle is free again");
}

fn a_subject_is_bound_to_one_account(accounts: &dyn Accounts) {
    let ana = add(accounts, "binds", Role::Viewer);
    let code = issue(accounts, ana.id, Purpose::Join, 10);
    let subject = Subject { issuer: "https://id.example", subject: "248289" };
    let other = Subject { issuer: "https://id.example/", ..subject };
    let bind =
        |code: &str, subject, moment| accounts.bind(code, subject, at(moment)).expect("bind");
    let bound = |subject| accounts.bound(subject).expect("bound").map(|account| account.id);
    assert_eq!(bind("no code", subject, 1), None);
    assert_eq!(bind(&code, subject, 10), None);
    assert_eq!(bound(subject), None);
    assert!(bind(&code, subject, 1).expect("an account").is_bound);
    assert_eq!((bound(subject), bound(other)), (Some(ana.id), None));
    let bo = add(accounts, "binds too", Role::Viewer);
    let code = issue(accounts, bo.id, Purpose::Join, 10);
    assert_eq!(bind(&code, subject, 1), None, "somebody else's");
    assert_eq!(bind(&code, other, 1).map(|account| account.id), Some(bo.id));
    let provision =
        |subject| accounts.provision(subject, "Cy", Role::Viewer, at(2)).expect("provision");
    assert_eq!(provision(subject), None);
    let fresh = Subject { subject: "999", ..subject };
    let cy = provision(fresh).expect("an account");
    assert_eq!((bound(fresh), cy.is_bound, cy.name.as_str()), (Some(cy.id), true, "Cy"));
    accounts.clear_passkeys(ana.id).expect("clear_passkeys");
    assert_eq!(bound(subject), None);
}

fn a_session_ends_in_time_and_when_it_is_idle(accounts: &dyn Accounts) {
    let ana = add(accounts, "sits", Role::Approver);
    let begin = |proof| {
        accounts.begin(ana.id, proof, "Firefox on Linux", at(0)).expect("begin").expect("a session")
    };
    let find = |secret: &str, moment| accounts.session(secret, at(moment)).expect("session");
    let (secret, session) = begin(Proof::Passkey);
    assert!(secret.len() >= 40 && session.is_fresh(at(1)), "{session:?}");
    let (found, account) = find(&secret, 1).expect("a session");
    assert_eq!((found.id, found.browser.as_str()), (session.id, "Firefox on Linux"));
    assert_eq!((found.proof, account), (Proof::Passkey, ana.clone()));
    for wrong in ["", &secret[1..], &secret.to_lowercase(), &session.id.to_string()] {
        assert!(find(wrong, 1).is_none(), "{wrong}");
    }
    let mut moment = 0;
    while moment + IDLE_MS - 1 < SESSION_MS {
        moment += IDLE_MS - 1;
        assert!(find(&secret, moment).is_some(), "{moment}");
        accounts.touch(session.id, at(moment)).expect("touch");
    }
    accounts.touch(session.id, at(0)).expect("touch");
    assert!(find(&secret, SESSION_MS - 1).is_some());
    assert!(find(&secret, SESSION_MS).is_none());
    let (idle, _) = begin(Proof::Oidc);
    assert!(!find(&idle, IDLE_MS - 1).expect("a session").0.is_fresh(at(1)));
    assert!(find(&idle, IDLE_MS).is_none(), "looking keeps it not alive");
    accounts.touch(nobody(), at(1)).expect("touch");
    let (secret, session) = begin(Proof::Oidc);
    assert!(accounts.freshen(session.id, at(5)).expect("freshen"));
    let (found, _) = find(&secret, 6).expect("a session");
    assert!(found.is_fresh(at(6)) && !found.is_fresh(at(4)) && !found.is_fresh(at(5 + 300_000)));
    assert!(!accounts.freshen(nobody(), at(5)).expect("freshen"));
    assert!(accounts.begin(nobody(), Proof::Link, "", at(0)).expect("begin").is_none());
}

fn sessions_are_listed_ended_and_bounded(accounts: &dyn Accounts) {
    let ana = add(accounts, "lists", Role::Viewer);
    let begun: Vec<_> = (0..4)
        .map(|moment| {
            let begun = accounts.begin(ana.id, Proof::Passkey, "", at(moment)).expect("begin");
            begun.expect("a session")
        })
        .collect();
    let list = |moment| -> Vec<PersonId> {
        let sessions = accounts.sessions(ana.id, at(moment)).expect("sessions");
        sessions.into_iter().map(|session| session.id).collect()
    };
    let ids: Vec<PersonId> = begun.iter().rev().map(|(_, session)| session.id).collect();
    assert_eq!(list(5), ids);
    let bo = add(accounts, "lists not", Role::Viewer);
    assert_eq!(accounts.end(bo.id, Some(ids[0])).expect("end"), 0);
    assert_eq!(accounts.end(ana.id, Some(ids[0])).expect("end"), 1);
    assert!(accounts.session(&begun[3].0, at(5)).expect("session").is_none());
    assert!(accounts.session(&begun[2].0, at(5)).expect("session").is_some());
    assert_eq!(accounts.end(ana.id, None).expect("end"), 3);
    assert_eq!(list(5), []);
    for moment in 0..=MOST_SESSIONS as i64 {
        accounts.begin(ana.id, Proof::Passkey, "", at(moment)).expect("begin");
    }
    let kept = accounts.sessions(ana.id, at(100)).expect("sessions");
    assert_eq!(kept.len(), MOST_SESSIONS);
    assert_eq!(kept.last().expect("one").made_at, at(1), "the oldest has ended");
}

fn somebody_administers_always(accounts: &dyn Accounts) {
    let one = add(accounts, "one admin", Role::Admin);
    let other = add(accounts, "other admin", Role::Admin);
    let everybody = accounts.accounts().expect("accounts");
    for account in everybody.iter().filter(|account| account.role == Role::Admin) {
        if account.id != one.id && account.id != other.id {
            assert!(accounts.set_role(account.id, Role::Viewer).expect("set_role"));
        }
    }
    assert!(accounts.set_role(one.id, Role::Viewer).expect("set_role"));
    assert!(!accounts.set_role(other.id, Role::Viewer).expect("set_role"));
    assert!(!accounts.set_disabled(other.id, Some(at(1))).expect("disable"));
    assert_eq!(look(accounts, other.id), other);
    assert!(accounts.set_role(one.id, Role::Admin).expect("set_role"));
    assert!(accounts.set_disabled(other.id, Some(at(1))).expect("disable"));
    assert!(!accounts.set_disabled(one.id, Some(at(1))).expect("disable"), "one is left");
}

fn a_disabled_account_lets_nobody_in(accounts: &dyn Accounts) {
    let ana = add(accounts, "leaves", Role::Analyst);
    let code = issue(accounts, ana.id, Purpose::Join, 10);
    let (secret, _) =
        accounts.begin(ana.id, Proof::Passkey, "", at(0)).expect("begin").expect("a session");
    assert!(accounts.set_disabled(ana.id, Some(at(1))).expect("disable"));
    assert_eq!(look(accounts, ana.id).disabled_at, Some(at(1)));
    let is_in = || accounts.session(&secret, at(2)).expect("session").is_some();
    assert!(!is_in());
    assert!(accounts.join_passkey(&code, passkey(b"leaves"), at(2)).expect("join").is_none());
    assert!(accounts.issue(ana.id, Purpose::Enter, at(10)).expect("issue").is_none());
    assert!(accounts.begin(ana.id, Proof::Passkey, "", at(2)).expect("begin").is_none());
    assert!(accounts.set_disabled(ana.id, None).expect("enable"));
    assert!(!is_in(), "what ended stays ended");
    assert!(accounts.behind(&code, Purpose::Join, at(2)).expect("behind").is_none());
    assert!(accounts.begin(ana.id, Proof::Passkey, "", at(2)).expect("begin").is_some());
    assert!(!accounts.set_disabled(nobody(), None).expect("enable"));
}

fn searches_are_kept_by_name_and_bounded(accounts: &dyn Accounts) {
    let ana = add(accounts, "seeks", Role::Viewer);
    let bo = add(accounts, "seeks too", Role::Viewer);
    let search = |name: &str, query: &str| SavedSearch { name: name.into(), query: query.into() };
    let keep = |search: &SavedSearch| accounts.keep_search(ana.id, search).expect("keep_search");
    assert!(keep(&search("parcels", "kind:parcel")) && keep(&search("banks", "kind:bank")));
    assert!(keep(&search("parcels", "kind:parcel is:new")));
    let kept = accounts.searches(ana.id).expect("searches");
    assert_eq!(kept, [search("banks", "kind:bank"), search("parcels", "kind:parcel is:new")]);
    assert_eq!(accounts.searches(bo.id).expect("searches"), []);
    assert!(!accounts.forget_search(bo.id, "banks").expect("forget_search"));
    assert!(accounts.forget_search(ana.id, "banks").expect("forget_search"));
    assert!(!accounts.forget_search(ana.id, "banks").expect("forget_search"));
    for number in 1..MOST_SEARCHES {
        assert!(keep(&search(&format!("n{number}"), "x")));
    }
    assert!(!keep(&search("one too many", "x")) && keep(&search("parcels", "y")));
    assert!(!accounts.keep_search(nobody(), &search("a", "b")).expect("keep_search"));
}

fn add(accounts: &dyn Accounts, name: &str, role: Role) -> Account {
    accounts.add(name, role, at(0)).expect("add").expect("room")
}

fn look(accounts: &dyn Accounts, id: PersonId) -> Account {
    accounts.account(id).expect("account").expect("an account")
}

fn issue(accounts: &dyn Accounts, id: PersonId, purpose: Purpose, until: i64) -> String {
    accounts.issue(id, purpose, at(until)).expect("issue").expect("a code")
}

fn passkey(handle: &[u8]) -> NewPasskey<'_> {
    NewPasskey { handle, label: "Łaptop", credential: b"public" }
}

fn add_passkey(accounts: &dyn Accounts, account: PersonId, handle: &[u8]) -> bool {
    accounts.add_passkey(account, passkey(handle), at(1)).expect("add_passkey")
}

fn nobody() -> PersonId {
    PersonId::from_bytes([0xee; 16])
}

fn at(moment: i64) -> Timestamp {
    later(Timestamp::from_unix_ms(1_658_357_340_000), moment)
}
