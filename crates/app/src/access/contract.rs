//! What any keeper of tokens and of the audit trail must do, as tests to run over it.

use unhook_model::{PersonId, Timestamp};

use super::{Access, AuditEntry, Grant, Scope, TOKEN_MADE};

/// Runs every case over an empty keeper.
///
/// # Panics
/// If it breaks the contract, with what it did.
pub fn run(access: &dyn Access) {
    a_token_is_known_by_its_bearer_alone(access);
    a_token_ends_when_it_expires_or_is_revoked(access);
    the_trail_grows_and_is_read_newest_first(access);
    the_trail_says_who_made_a_token(access);
}

fn the_trail_says_who_made_a_token(access: &dyn Access) {
    assert!(access.makers().expect("makers").is_empty());
    let [one, other, maker] = [0xa1, 0xa2, 0xa3].map(|byte| PersonId::from_bytes([byte; 16]));
    let line = |action: &str, subject: String, by| AuditEntry {
        at: at(9),
        by,
        action: action.to_owned(),
        subject,
        reason: None,
    };
    for entry in [
        line(TOKEN_MADE, one.to_string(), Some(maker)),
        line(TOKEN_MADE, other.to_string(), None),
        line("token-revoked", maker.to_string(), Some(one)),
        line(TOKEN_MADE, "no id".to_owned(), Some(maker)),
    ] {
        access.record(&entry).expect("record");
    }
    let makers: Vec<_> = access.makers().expect("makers").into_iter().collect();
    assert_eq!(makers, [(one, Some(maker)), (other, None)]);
}

fn a_token_is_known_by_its_bearer_alone(access: &dyn Access) {
    assert!(access.grants().expect("grants").is_empty());
    let scopes = [Scope::Read, Scope::Intake, Scope::Read];
    let (bearer, grant) = access.make("a gateway", &scopes, at(0), None).expect("make");
    assert!(bearer.starts_with("unhook_") && bearer.len() >= 40, "{bearer}");
    assert_eq!(grant.scopes, [Scope::Intake, Scope::Read]);
    assert_eq!((grant.name.as_str(), grant.made_at), ("a gateway", at(0)));
    assert_eq!(find(access, &bearer), Some(grant.clone()));
    assert_eq!(access.grants().expect("grants"), std::slice::from_ref(&grant));
    let (other, other_grant) = access.make("a gateway", &scopes, at(1), None).expect("make");
    assert!(other != bearer && other_grant.by != grant.by);
    for wrong in ["", "unhook_", &bearer[..bearer.len() - 1], &bearer.to_lowercase()] {
        assert_eq!(find(access, wrong), None, "{wrong}");
    }
    assert!(grant.allows(Scope::Read) && !grant.allows(Scope::Admin));
}

fn a_token_ends_when_it_expires_or_is_revoked(access: &dyn Access) {
    let (bearer, grant) = access.make("ends", &[Scope::Read], at(0), Some(at(10))).expect("make");
    let found = find(access, &bearer).expect("a grant");
    assert!(found.is_live(at(9)) && !found.is_live(at(10)));
    assert!(access.revoke(grant.by, at(5)).expect("revoke"));
    assert!(!access.revoke(grant.by, at(6)).expect("revoke"));
    let found = find(access, &bearer).expect("a grant");
    assert_eq!(found.revoked_at, Some(at(5)));
    assert!(!found.is_live(at(5)));
    assert!(!access.revoke(PersonId::from_bytes([0xee; 16]), at(5)).expect("revoke"));
}

fn the_trail_grows_and_is_read_newest_first(access: &dyn Access) {
    let entries: Vec<AuditEntry> = (0..5).map(entry).collect();
    for entry in &entries {
        access.record(entry).expect("record");
    }
    let all = access.trail(None, usize::MAX).expect("trail");
    let newest: Vec<_> = all.iter().map(|(_, entry)| entry.clone()).collect();
    assert!(newest.iter().eq(entries.iter().rev()), "{newest:?}");
    assert!(all.is_sorted_by(|(one, _), (next, _)| one > next), "{all:?}");
    let page = access.trail(None, 2).expect("trail");
    assert_eq!(page, all[..2]);
    let next = access.trail(Some(page[1].0), 2).expect("trail");
    assert_eq!(next, all[2..4]);
    assert_eq!(access.trail(Some(all[4].0), 2).expect("trail"), []);
    let about = |subject| access.trail_about(subject).expect("trail");
    assert_eq!(about("subject"), entries, "each names it among others");
    assert_eq!(about("3"), entries[3..4].to_vec());
    assert_eq!(about("subj"), []);
}

fn entry(number: u8) -> AuditEntry {
    AuditEntry {
        at: at(i64::from(number)),
        by: number.is_multiple_of(2).then(|| PersonId::from_bytes([number; 16])),
        action: "person-revealed".to_owned(),
        subject: format!("subject {number}"),
        reason: number.is_multiple_of(3).then(|| "they asked".to_owned()),
    }
}

fn find(access: &dyn Access, bearer: &str) -> Option<Grant> {
    access.grant(bearer).expect("grant")
}

fn at(moment: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_658_357_340_000 + moment)
}
