//! What any keeper of blobs must do, as tests to run over it and the directory it seals with.

use unhook_model::{PersonId, PhoneNumber, Timestamp};

use super::{BlobError, BlobId, Blobs, LARGEST_BLOB};
use crate::people::{Contact, People};

/// Runs every case over an empty keeper.
///
/// # Panics
/// If it breaks the contract, with what it did.
pub async fn run(blobs: &dyn Blobs, people: &dyn People) {
    let (one, other) = (owner(people, 120).await, owner(people, 121).await);
    what_is_put_is_got(blobs, one);
    ids_tell_owners_and_contents_apart(blobs, one, other);
    the_largest_fits_and_no_larger(blobs, one);
    blobs_go_when_their_time_has_come(blobs, one);
    the_erased_have_no_blobs(blobs, people, other);
}

fn what_is_put_is_got(blobs: &dyn Blobs, owner: PersonId) {
    for content in [&b""[..], b"a picture", &[0; 70_000]] {
        let id = put(blobs, owner, content, 1_000_000);
        assert_eq!(blobs.get(owner, id).expect("get").as_deref(), Some(content));
        assert_eq!(put(blobs, owner, content, 1_000_000), id);
    }
    assert_eq!(blobs.get(owner, BlobId([0xee; 32])).expect("get"), None);
}

fn ids_tell_owners_and_contents_apart(blobs: &dyn Blobs, one: PersonId, other: PersonId) {
    let id = put(blobs, one, b"the same", 1_000_000);
    assert_ne!(put(blobs, other, b"the same", 1_000_000), id);
    assert_ne!(put(blobs, one, b"another", 1_000_000), id);
    assert_eq!(blobs.get(other, id).expect("get"), None, "another's blob was got");
}

fn the_largest_fits_and_no_larger(blobs: &dyn Blobs, owner: PersonId) {
    let mut content = vec![7; LARGEST_BLOB + 1];
    match blobs.put(owner, &content, at(1_000_000)) {
        Err(BlobError::TooLarge { size }) => assert_eq!(size, LARGEST_BLOB + 1),
        other => panic!("too large a blob was taken: {other:?}"),
    }
    content.pop();
    let id = put(blobs, owner, &content, 1_000_000);
    assert!(blobs.get(owner, id).expect("get") == Some(content));
}

fn blobs_go_when_their_time_has_come(blobs: &dyn Blobs, owner: PersonId) {
    let short = put(blobs, owner, b"short", 10);
    let long = put(blobs, owner, b"long", 10);
    assert_eq!(put(blobs, owner, b"long", 20), long);
    // Put again with an earlier end, it still stays until the later.
    assert_eq!(put(blobs, owner, b"long", 5), long);
    assert_eq!(blobs.sweep(at(9)).expect("sweep"), 0);
    assert_eq!(blobs.sweep(at(10)).expect("sweep"), 1);
    assert_eq!(blobs.get(owner, short).expect("get"), None);
    assert_eq!(blobs.get(owner, long).expect("get").as_deref(), Some(&b"long"[..]));
    assert_eq!(blobs.sweep(at(20)).expect("sweep"), 1);
    assert_eq!(blobs.get(owner, long).expect("get"), None);
    assert_eq!(blobs.sweep(at(20)).expect("sweep"), 0);
}

fn the_erased_have_no_blobs(blobs: &dyn Blobs, people: &dyn People, owner: PersonId) {
    let id = put(blobs, owner, b"a picture", 1_000_000);
    assert!(people.erase(owner, at(0)).expect("erase"));
    assert_eq!(blobs.get(owner, id).expect("get"), None);
    match blobs.put(owner, b"a picture", at(1_000_000)) {
        Err(BlobError::Erased) => {}
        other => panic!("an erased person's blob was kept: {other:?}"),
    }
    assert!(blobs.sweep(at(0)).expect("sweep") > 0, "what nobody can read was not swept");
}

async fn owner(people: &dyn People, last: u32) -> PersonId {
    let number = PhoneNumber::parse(&format!("+1201555{last:04}")).expect("a number");
    people.meet(&Contact::Phone(number), at(0)).await.expect("meet").id
}

fn put(blobs: &dyn Blobs, owner: PersonId, content: &[u8], until: i64) -> BlobId {
    blobs.put(owner, content, at(until)).expect("put")
}

fn at(moment: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_658_357_340_000 + moment)
}
