//! What any directory of people must do, as tests to run over it.
//!
//! [`run`] is all there is. Each case has contacts of its own, so one empty directory serves
//! for all. That keys outlive a crash, and that erasing leaves no byte, is for each
//! directory's own tests.

use unhook_model::{PersonId, PhoneNumber, Timestamp};

use super::{
    Contact, Entry, Imported, JoinCode, Language, MOST_INVITATIONS, MOST_JOINED, People,
    PeopleError, Person, Sealed, Standing,
};

/// 2022-07-20T22:49:00Z.
const NOW: i64 = 1_658_357_340_000;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Runs every case over an empty directory.
///
/// # Panics
/// If the directory breaks the contract, with what it did.
pub async fn run(people: &dyn People) {
    strangers_are_met_once(people).await;
    strangers_who_come_at_once_are_one(people).await;
    what_is_sealed_opens_for_its_owner(people).await;
    nobody_has_a_key_for_each_month(people).await;
    the_directory_says_who_is_enrolled(people).await;
    those_enrolled_are_listed(people).await;
    the_roll_says_how_people_are_enrolled(people).await;
    an_import_made_twice_changes_nothing(people);
    an_import_changes_what_it_says(people).await;
    contacts_belong_to_whoever_had_them_then(people).await;
    contacts_can_be_exchanged(people).await;
    the_first_of_those_who_claim_the_same_counts(people).await;
    a_phone_joins_by_a_code_that_is_good_once(people).await;
    codes_are_good_for_a_time_and_for_those_enrolled(people).await;
    codes_and_phones_of_a_person_are_so_many(people).await;
    what_joined_stays_until_somebody_else_has_it(people).await;
    no_code_takes_what_the_directory_gave(people).await;
    the_erased_are_gone(people).await;
    the_codes_of_the_erased_are_gone(people).await;
    nobody_knows_who_was_never_met(people);
    marks_tell_kinds_and_values_apart(people);
}

async fn those_enrolled_are_listed(people: &dyn People) {
    let before = people.enrolled().expect("enrolled");
    let stranger = meet(people, &phone(160), 0).await;
    let person = enrolled(people, "listed", &[phone(161)]).await;
    let listed = people.enrolled().expect("enrolled");
    let owner = |last| people.owner(&phone(last)).expect("owner");
    assert_eq!((owner(160), owner(161), owner(162)), (Some(stranger.id), Some(person.id), None));
    assert!(listed.is_sorted() && !listed.contains(&stranger.id));
    assert_eq!(listed.len(), before.len() + 1);
    assert_eq!(people.enrolled_count().expect("count"), listed.len());
    assert!(listed.contains(&person.id));
    let former = Entry { standing: Standing::Former, ..entry("listed", &[phone(161)]) };
    people.import(&[former], at(1)).expect("import");
    assert_eq!(people.enrolled().expect("enrolled"), before);
}

async fn the_roll_says_how_people_are_enrolled(people: &dyn People) {
    meet(people, &phone(163), 0).await;
    let reached = enrolled(people, "reached", &[phone(164), mail("reached")]).await;
    let by_mail = enrolled(people, "by-mail", &[mail("by-mail")]).await;
    let code = people.invite(by_mail.id, at(DAY), at(2 * DAY)).expect("invite").expect("a code");
    let one = |person: PersonId| {
        let roll = people.roll(None, usize::MAX).expect("roll");
        let found = roll.iter().find(|one| one.person == person).expect("on the roll");
        (found.phones, found.joined, found.since)
    };
    assert_eq!(one(reached.id), (1, 0, Some(at(0))));
    assert_eq!(one(by_mail.id), (0, 0, None), "a mail address is no phone");
    people.join(&code, &phone(165), at(DAY)).expect("join").expect("joined");
    assert_eq!(one(by_mail.id), (1, 1, Some(at(DAY))));
    let without = Entry { language: Language::parse("de"), ..entry("reached", &[mail("reached")]) };
    people.import(&[without], at(DAY)).expect("import");
    assert_eq!(one(reached.id), (0, 0, None), "a number that went to nobody is none");

    // Page after page, it is those who are enrolled, each once.
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = people.roll(after, 2).expect("roll");
        assert!(page.len() <= 2 && page.iter().all(|one| one.standing.is_enrolled()));
        let Some(last) = page.last() else { break };
        after = Some(last.person);
        listed.extend(page.iter().map(|one| one.person));
    }
    assert_eq!(listed, people.enrolled().expect("enrolled"));
    let roll = people.roll(None, usize::MAX).expect("roll");
    let found = roll.iter().find(|one| one.person == reached.id).expect("on the roll");
    assert_eq!(found.language, Language::parse("de"));
}

async fn strangers_are_met_once(people: &dyn People) {
    for contact in [phone(100), mail("met-once"), Contact::Account("met-once".to_owned())] {
        let person = meet(people, &contact, 0).await;
        assert_eq!(person.standing, Standing::Stranger);
        assert_eq!((person.language, person.names.len()), (None, 0));
        assert_eq!(meet(people, &contact, DAY).await, person);
        // Clocks differ: somebody seen a moment earlier is no other stranger.
        assert_eq!(meet(people, &contact, -DAY).await, person);
        assert_eq!(people.person(person.id).expect("person"), Some(person.clone()));
        let identity = people.identity(person.id).expect("identity").expect("somebody");
        assert_eq!(identity.contacts, [(contact, at(0), None)]);
    }
    let (one, other) = (meet(people, &phone(100), 0).await, meet(people, &phone(101), 0).await);
    assert_ne!(one.id, other.id);
}

async fn strangers_who_come_at_once_are_one(people: &dyn People) {
    let contact = phone(102);
    let mut waiting: Vec<_> = (0..20).map(|_| people.meet(&contact, at(0))).collect();
    let mut met = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(person) => {
                met.push(person.expect("meet").id);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    met.dedup();
    assert_eq!(met.len(), 1, "one contact became several people");
}

async fn what_is_sealed_opens_for_its_owner(people: &dyn People) {
    let (one, other) = (meet(people, &phone(103), 0).await, meet(people, &phone(104), 0).await);
    for content in [&b""[..], b"tap acme-okta.example", &[0xff; 100_000]] {
        let sealed = seal(people, one.id, content);
        assert_eq!(people.unseal(one.id, &sealed).expect("unseal").as_deref(), Some(content));
        if content.len() > 8 {
            let is_there = sealed.0.windows(content.len()).any(|part| part == content);
            assert!(!is_there, "what was sealed can be read");
        }
        let error = people.unseal(other.id, &sealed).expect_err("another's");
        assert!(matches!(error, PeopleError::Broken(_)), "{error:?}");
    }
    let error = people.unseal(one.id, &Sealed(b"no seal".to_vec())).expect_err("no seal");
    assert!(matches!(error, PeopleError::Broken(_)), "{error:?}");
}

async fn nobody_has_a_key_for_each_month(people: &dyn People) {
    let this_month = people.nobody(at(0)).await.expect("nobody");
    assert_eq!(people.nobody(at(60 * 1000)).await.expect("nobody"), this_month);
    let later = people.nobody(at(40 * DAY)).await.expect("nobody");
    assert_ne!(later, this_month);
    let sealed = seal(people, this_month, b"a text");
    assert_eq!(people.unseal(this_month, &sealed).expect("unseal").expect("content"), b"a text");
    let nobody = people.person(this_month).expect("person").expect("somebody");
    assert!(!nobody.standing.is_enrolled());
}

async fn the_directory_says_who_is_enrolled(people: &dyn People) {
    let entry = Entry {
        language: Language::parse("pt"),
        ..entry("enrolled", &[phone(105), mail("enrolled")])
    };
    import(people, &[entry], 0, [1, 0, 0, 0]);
    let person = meet(people, &phone(105), 1).await;
    assert_eq!(meet(people, &mail("enrolled"), 1).await, person);
    assert_eq!(person.standing, Standing::Staff);
    assert_eq!(person.language, Language::parse("pt"));
    assert_eq!(person.names, ["Enrolled Example"]);
    let identity = people.identity(person.id).expect("identity").expect("somebody");
    assert_eq!(identity.names, ["Enrolled Example"]);
    let mut contacts: Vec<_> = identity.contacts.into_iter().map(|(contact, ..)| contact).collect();
    contacts.sort_by_key(|contact| format!("{contact:?}"));
    assert_eq!(contacts, [mail("enrolled"), phone(105)]);
}

fn an_import_made_twice_changes_nothing(people: &dyn People) {
    let entries = [entry("twice-1", &[phone(106)]), entry("twice-2", &[mail("twice"), phone(107)])];
    import(people, &entries, 0, [2, 0, 0, 0]);
    import(people, &entries, 1, [0, 0, 2, 0]);
    import(people, &entries, DAY, [0, 0, 2, 0]);
    import(people, &[], DAY, [0, 0, 0, 0]);
}

async fn an_import_changes_what_it_says(people: &dyn People) {
    let before = entry("changes", &[phone(108), phone(109)]);
    import(people, std::slice::from_ref(&before), 0, [1, 0, 0, 0]);
    let person = meet(people, &phone(108), 1).await;
    let former = Entry { standing: Standing::Former, ..before.clone() };
    import(people, std::slice::from_ref(&former), 2, [0, 1, 0, 0]);
    assert_eq!(meet(people, &phone(108), 3).await.standing, Standing::Former);
    let renamed = Entry { names: vec!["Other Name".to_owned()], ..former };
    import(people, std::slice::from_ref(&renamed), 4, [0, 1, 0, 0]);
    assert_eq!(meet(people, &phone(108), 5).await.names, ["Other Name"]);
    let fewer = Entry { contacts: vec![phone(108)], ..renamed };
    import(people, &[fewer], 6, [0, 1, 0, 0]);
    assert_eq!(meet(people, &phone(108), 7).await.id, person.id);
    assert_ne!(meet(people, &phone(109), 7).await.id, person.id);
    assert_eq!(meet(people, &phone(109), 5).await.id, person.id);
}

async fn contacts_belong_to_whoever_had_them_then(people: &dyn People) {
    let contact = phone(110);
    let stranger = meet(people, &contact, 0).await;
    import(people, &[entry("had-1", std::slice::from_ref(&contact))], 10, [1, 0, 0, 1]);
    let first = meet(people, &contact, 10).await;
    import(people, &[entry("had-2", std::slice::from_ref(&contact))], 20, [1, 0, 0, 1]);
    let second = meet(people, &contact, 20).await;
    for (moment, expected) in [(-1, &stranger), (9, &stranger), (10, &first), (19, &first)] {
        assert_eq!(meet(people, &contact, moment).await.id, expected.id, "at {moment}");
    }
    assert_eq!(meet(people, &contact, 1_000).await.id, second.id);
    let identity = people.identity(first.id).expect("identity").expect("somebody");
    assert_eq!(identity.contacts, [(contact, at(10), Some(at(20)))]);
}

async fn contacts_can_be_exchanged(people: &dyn People) {
    let before = [entry("exchange-1", &[phone(111)]), entry("exchange-2", &[phone(112)])];
    import(people, &before, 0, [2, 0, 0, 0]);
    let (one, other) = (meet(people, &phone(111), 1).await, meet(people, &phone(112), 1).await);
    let after = [entry("exchange-1", &[phone(112)]), entry("exchange-2", &[phone(111)])];
    import(people, &after, 10, [0, 2, 0, 2]);
    assert_eq!(meet(people, &phone(111), 11).await.id, other.id);
    assert_eq!(meet(people, &phone(112), 11).await.id, one.id);
    import(people, &after, 12, [0, 0, 2, 0]);
}

async fn the_first_of_those_who_claim_the_same_counts(people: &dyn People) {
    let entries = [
        entry("claims-1", &[phone(113)]),
        entry("claims-2", &[phone(113), mail("claims")]),
        entry("claims-1", &[phone(114)]),
    ];
    import(people, &entries, 0, [2, 0, 0, 0]);
    import(people, &entries, 1, [0, 0, 2, 0]);
    assert_eq!(meet(people, &phone(113), 2).await.names, ["Claims-1 Example"]);
    assert_eq!(meet(people, &mail("claims"), 2).await.names, ["Claims-2 Example"]);
}

async fn a_phone_joins_by_a_code_that_is_good_once(people: &dyn People) {
    let person = enrolled(people, "joins", &[mail("joins")]).await;
    let (own, other) = (phone(117), phone(118));
    let stranger = meet(people, &own, 1).await;
    let code = invite(people, person.id, 2);
    let read = JoinCode::parse(&code.to_string().to_lowercase());
    assert_eq!(read, Some(code));
    assert_eq!(invited(people, &code, &own, 3), Some((person.id, false)));
    assert_eq!(meet(people, &own, 3).await.id, stranger.id, "looking changes nothing");
    assert_eq!(join(people, &code, &own, 10), Some(person.clone()));
    assert_eq!(meet(people, &own, 10).await, person);
    // What came before stays the stranger's.
    assert_eq!(meet(people, &own, 9).await.id, stranger.id);
    assert_eq!(people.person(stranger.id).expect("person"), Some(stranger));
    let held = people.identity(person.id).expect("identity").expect("somebody").contacts;
    assert!(held.contains(&(own.clone(), at(10), None)), "{held:?}");
    // Again by the same phone it says the same, and nothing is there twice.
    assert_eq!(invited(people, &code, &own, 20), Some((person.id, true)));
    assert_eq!(join(people, &code, &own, 20), Some(person.clone()));
    assert_eq!(people.identity(person.id).expect("identity").expect("somebody").contacts, held);
    assert_eq!(invited(people, &code, &other, 20), None);
    assert_eq!(join(people, &code, &other, 20), None);
    let unknown = JoinCode::from_random([0x5a; 8]);
    assert_eq!(join(people, &unknown, &other, 20), None);
    assert_eq!(meet(people, &other, 21).await.standing, Standing::Stranger);
}

async fn codes_are_good_for_a_time_and_for_those_enrolled(people: &dyn People) {
    let person = enrolled(people, "timely", &[mail("timely")]).await;
    let code = people.invite(person.id, at(0), at(100)).expect("invite").expect("enrolled");
    assert_eq!(invited(people, &code, &phone(119), 100), None);
    assert_eq!(join(people, &code, &phone(119), 100), None);
    assert_eq!(join(people, &code, &phone(119), 99), Some(person.clone()));
    let code = invite(people, person.id, 100);
    let former = Entry { standing: Standing::Former, ..entry("timely", &[mail("timely")]) };
    people.import(&[former], at(101)).expect("import");
    assert_eq!(join(people, &code, &phone(120), 102), None);
    let stranger = meet(people, &phone(120), 103).await;
    for nobody in [person.id, stranger.id, PersonId::from_bytes([0xee; 16])] {
        assert_eq!(people.invite(nobody, at(104), at(DAY)).expect("invite"), None);
    }
}

/// There may be as many codes as phones, so that using up the codes uses up the phones.
const _: () = assert!(MOST_INVITATIONS == MOST_JOINED);

async fn codes_and_phones_of_a_person_are_so_many(people: &dyn People) {
    let person = enrolled(people, "many", &[mail("many")]).await;
    let codes: Vec<JoinCode> =
        (0..=MOST_INVITATIONS).map(|_| invite(people, person.id, 1)).collect();
    assert_eq!(join(people, &codes[0], &phone(121), 2), None, "the oldest gave way");
    for (code, last) in codes[1..].iter().zip(121..) {
        assert_eq!(join(people, code, &phone(last), 2), Some(person.clone()));
    }
    let code = invite(people, person.id, 4);
    assert_eq!(join(people, &code, &phone(130), 4), None, "they have phones enough");
    assert_eq!(join(people, &code, &mail("many"), 4), Some(person), "it is theirs anyway");
}

async fn what_joined_stays_until_somebody_else_has_it(people: &dyn People) {
    let before = entry("stays", &[phone(131)]);
    import(people, std::slice::from_ref(&before), 0, [1, 0, 0, 0]);
    let person = meet(people, &phone(131), 1).await;
    let code = invite(people, person.id, 2);
    assert_eq!(join(people, &code, &phone(132), 2), Some(person.clone()));
    import(people, std::slice::from_ref(&before), 3, [0, 0, 1, 0]);
    let moved = entry("stays", &[phone(133)]);
    import(people, &[moved], 4, [0, 1, 0, 0]);
    assert_eq!(meet(people, &phone(132), 5).await.id, person.id);
    assert_ne!(meet(people, &phone(131), 5).await.id, person.id);
    // It may join somebody else, and the directory may say whose it is.
    let next = enrolled(people, "stays-2", &[mail("stays-2")]).await;
    let again = invite(people, next.id, 6);
    assert_eq!(join(people, &again, &phone(132), 7), Some(next.clone()));
    assert_eq!(join(people, &code, &phone(132), 8), None, "it is theirs no more");
    assert_eq!(meet(people, &phone(132), 6).await.id, person.id);
    import(people, &[entry("stays-3", &[phone(132)])], 9, [1, 0, 0, 1]);
    assert_ne!(meet(people, &phone(132), 10).await.id, next.id);
}

async fn no_code_takes_what_the_directory_gave(people: &dyn People) {
    let holder = enrolled(people, "given", &[phone(134)]).await;
    let other = enrolled(people, "taker", &[mail("taker")]).await;
    let code = invite(people, other.id, 2);
    assert_eq!(invited(people, &code, &phone(134), 3), None);
    assert_eq!(join(people, &code, &phone(134), 3), None);
    assert_eq!(meet(people, &phone(134), 4).await.id, holder.id);
    assert_eq!(join(people, &code, &phone(135), 5), Some(other), "it is good still");
}

async fn the_codes_of_the_erased_are_gone(people: &dyn People) {
    let person = enrolled(people, "forgotten", &[mail("forgotten")]).await;
    let (used, unused) = (invite(people, person.id, 1), invite(people, person.id, 1));
    assert!(join(people, &used, &phone(136), 2).is_some());
    assert!(people.erase(person.id, at(3)).expect("erase"));
    for code in [used, unused] {
        assert_eq!(invited(people, &code, &phone(136), 4), None);
        assert_eq!(join(people, &code, &phone(136), 4), None);
    }
    assert_eq!(meet(people, &phone(136), 5).await.standing, Standing::Stranger);
}

async fn the_erased_are_gone(people: &dyn People) {
    let (contact, entry) = (phone(115), entry("erased", &[phone(115)]));
    import(people, std::slice::from_ref(&entry), 0, [1, 0, 0, 0]);
    let person = meet(people, &contact, 1).await;
    let other = meet(people, &phone(116), 1).await;
    let sealed = seal(people, person.id, b"a text");
    assert!(people.erase(person.id, at(2)).expect("erase"));
    assert!(!people.erase(person.id, at(3)).expect("erase"));
    assert_eq!(people.unseal(person.id, &sealed).expect("unseal"), None);
    assert_eq!(people.seal(person.id, b"a text").expect("seal"), None);
    assert_eq!(people.person(person.id).expect("person"), None);
    assert_eq!(people.identity(person.id).expect("identity"), None);
    assert_eq!(people.person(other.id).expect("person"), Some(other));
    let anew = meet(people, &contact, 4).await;
    assert_ne!(anew.id, person.id);
    assert_eq!(anew.standing, Standing::Stranger);
    import(people, &[entry], 5, [1, 0, 0, 1]);

    let nobody = people.nobody(at(400 * DAY)).await.expect("nobody");
    assert!(people.erase(nobody, at(0)).expect("erase"));
    assert_ne!(people.nobody(at(400 * DAY)).await.expect("nobody"), nobody);
}

fn nobody_knows_who_was_never_met(people: &dyn People) {
    let id = PersonId::from_bytes([0xee; 16]);
    assert_eq!(people.person(id).expect("person"), None);
    assert_eq!(people.identity(id).expect("identity"), None);
    assert_eq!(people.seal(id, b"a text").expect("seal"), None);
    assert_eq!(people.unseal(id, &Sealed(vec![1; 40])).expect("unseal"), None);
    assert!(!people.erase(id, at(0)).expect("erase"));
}

fn marks_tell_kinds_and_values_apart(people: &dyn People) {
    let mark = people.mark("sender", "+12015550123");
    assert_eq!(mark, people.mark("sender", "+12015550123"));
    assert_ne!(mark, people.mark("sender", "+12015550124"));
    assert_ne!(mark, people.mark("key", "+12015550123"));
    assert_ne!(people.mark("ab", "c"), people.mark("a", "bc"));
    assert!(mark.0.len() == 32 && mark.0.bytes().all(|b| b.is_ascii_hexdigit()), "{mark:?}");
}

fn at(moment: i64) -> Timestamp {
    Timestamp::from_unix_ms(NOW + moment)
}

/// A number that is kept free for examples: 555-0100 to 555-0199.
fn phone(last: u32) -> Contact {
    let number = PhoneNumber::parse(&format!("+1201555{last:04}"));
    Contact::Phone(number.expect("a number"))
}

fn mail(name: &str) -> Contact {
    Contact::Mail(format!("{name}@acme.example"))
}

fn entry(key: &str, contacts: &[Contact]) -> Entry {
    let (first, rest) = key.split_at(1);
    Entry {
        key: key.to_owned(),
        names: vec![format!("{}{rest} Example", first.to_uppercase())],
        standing: Standing::Staff,
        language: None,
        contacts: contacts.to_vec(),
    }
}

async fn meet(people: &dyn People, contact: &Contact, moment: i64) -> Person {
    people.meet(contact, at(moment)).await.expect("meet")
}

/// Somebody of the directory with these contacts.
async fn enrolled(people: &dyn People, key: &str, contacts: &[Contact]) -> Person {
    import(people, &[entry(key, contacts)], 0, [1, 0, 0, 0]);
    meet(people, &contacts[0], 1).await
}

/// A code that is good for a day.
fn invite(people: &dyn People, person: PersonId, moment: i64) -> JoinCode {
    let code = people.invite(person, at(moment), at(moment + DAY)).expect("invite");
    code.expect("they are enrolled")
}

fn invited(
    people: &dyn People,
    code: &JoinCode,
    contact: &Contact,
    moment: i64,
) -> Option<(PersonId, bool)> {
    let invited = people.invited(code, contact, at(moment)).expect("invited");
    invited.map(|invited| (invited.person.id, invited.is_used))
}

fn join(people: &dyn People, code: &JoinCode, contact: &Contact, moment: i64) -> Option<Person> {
    people.join(code, contact, at(moment)).expect("join")
}

fn seal(people: &dyn People, owner: PersonId, content: &[u8]) -> Sealed {
    people.seal(owner, content).expect("seal").expect("a key")
}

/// Imports and compares what it says: added, changed, unchanged, moved.
fn import(people: &dyn People, entries: &[Entry], moment: i64, expected: [usize; 4]) {
    let [added, changed, unchanged, moved] = expected;
    let imported = people.import(entries, at(moment)).expect("import");
    assert_eq!(imported, Imported { added, changed, unchanged, moved }, "{entries:?}");
}
