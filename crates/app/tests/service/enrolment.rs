//! Phones of their own join people by a code that is texted from them.

use unhook_app::people::{Entry, JoinCode};
use unhook_app::{Access as _, Answer, Contact, Language, ServiceError, Standing, Submission};
use unhook_engine::Engine;
use unhook_model::{PersonId, PhoneNumber};

use crate::house::{ANN, HARMLESS, House, LURE, MINUTE, phone, take, text};

/// Days in milliseconds.
const DAY: i64 = 24 * 60 * MINUTE;

type World = House<unhook_app::journal::fake::FakeJournal>;

/// Who has a number now.
async fn holder(house: &World, last: u32) -> (PersonId, Standing) {
    let now = unhook_app::Surroundings::now(&*house.surroundings);
    let person = house.people.meet(&phone(last), now).await.expect("meet");
    (person.id, person.standing)
}

/// A code for whoever has a number.
async fn invite(house: &World, service: &unhook_app::Service, last: u32) -> JoinCode {
    let (person, _) = holder(house, last).await;
    service.invite(person, ANN).expect("it is made").expect("they are enrolled").code
}

fn says(answer: &Answer, language: &str) -> Option<String> {
    let language = Language::parse(language).expect("a language");
    Some(answer.text(language, "Acme"))
}

/// What the audit trail says was done, oldest first.
fn trail(house: &World) -> Vec<(String, String)> {
    let trail = house.access.trail(None, 100).expect("the trail");
    trail.into_iter().rev().map(|(_, entry)| (entry.action, entry.subject)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_phone_of_their_own_joins_and_counts_as_theirs() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let before = take(&running.service, 50, "a", HARMLESS).await;
    let (stranger, _) = holder(&house, 50).await;
    let code = invite(&house, &running.service, 1).await;
    let (person, _) = holder(&house, 1).await;
    let joined = take(&running.service, 50, "b", &format!("join {code}")).await;
    assert_eq!((joined.report, joined.verdict), (None, None));
    assert_eq!(joined.answer, says(&Answer::Joined, "en"));
    assert_eq!(holder(&house, 50).await, (person, Standing::Staff));
    // What they pass on is a member of staff's now; what came before stays the stranger's.
    let lure = take(&running.service, 50, "c", LURE).await;
    let report = |taken: &unhook_app::Taken| running.service.report(taken.report.unwrap());
    assert_eq!(report(&lure).unwrap().unwrap().row.reporter, Some(person));
    assert_eq!(report(&before).unwrap().unwrap().row.owner, stranger);
    let person = person.to_string();
    let expected = [("enrolment-made", person.as_str()), ("phone-joined", &person)];
    assert_eq!(trail(&house), expected.map(|(what, whom)| (what.to_owned(), whom.to_owned())));
    let made = house.access.trail(None, 100).unwrap().pop().unwrap().1;
    assert_eq!(made.by, Some(ANN));
}

#[tokio::test(start_paused = true)]
async fn what_does_nothing_is_answered_alike() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    let used = invite(&house, &running.service, 1).await;
    let late = invite(&house, &running.service, 2).await;
    take(&running.service, 50, "a", &format!("JOIN {used}")).await;
    let not_joined = says(&Answer::NotJoined, "en");
    let unknown = JoinCode::from_random([7; 8]);
    let check = async |from: u32, key: &str, body: &str| {
        let (before, _) = holder(&house, from).await;
        let taken = take(&running.service, from, key, body).await;
        assert_eq!((taken.answer, taken.report), (not_joined.clone(), None), "{body}");
        assert_eq!(holder(&house, from).await.0, before, "{body}");
    };
    check(51, "used", &format!("JOIN {used}")).await;
    check(51, "unknown", &format!("JOIN {unknown}")).await;
    check(51, "mistyped", "JOIN 7K3M-Q9TX-10H").await;
    check(3, "the directory's number", &format!("JOIN {late}")).await;
    house.surroundings.pass(7 * DAY);
    check(51, "late", &format!("JOIN {late}")).await;
    assert_eq!(trail(&house).iter().filter(|(what, _)| what == "phone-joined").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_tries_codes_so_often_an_hour() {
    let mut house = House::new();
    house.settings.stranger_hourly = 3;
    house.enroll(1);
    let running = house.start().await;
    let code = invite(&house, &running.service, 1).await;
    let unknown = JoinCode::from_random([7; 8]);
    for number in 0..3 {
        take(&running.service, 50, &number.to_string(), &format!("JOIN {unknown}")).await;
    }
    let good = text(50, "good", &format!("JOIN {code}"));
    let error = running.service.take(good.clone()).await.unwrap_err();
    assert!(matches!(error, ServiceError::TooMany { .. }), "{error}");
    assert_eq!(holder(&house, 50).await.1, Standing::Stranger);
    house.surroundings.pass(60 * MINUTE);
    assert_eq!(running.service.take(good).await.unwrap().answer, says(&Answer::Joined, "en"));
}

#[tokio::test(start_paused = true)]
async fn a_join_that_is_delivered_again_gets_the_same_answer() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let code = invite(&house, &running.service, 1).await;
    let body = format!("JOIN {code}");
    let first = take(&running.service, 50, "a", &body).await;
    let again = take(&running.service, 50, "a", &body).await;
    assert_eq!((again.answer, again.is_repeated), (first.answer.clone(), true));
    running.stop().await.unwrap();
    // Another process has forgotten the delivery, and finds the phone where it is.
    let running = house.start().await;
    assert_eq!(take(&running.service, 50, "a", &body).await.answer, first.answer);
    let (person, _) = holder(&house, 1).await;
    let identity = house.people.identity(person).unwrap().unwrap();
    assert_eq!(identity.contacts.len(), 2, "{identity:?}");
    assert_eq!(trail(&house).iter().filter(|(what, _)| what == "phone-joined").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_came_to_two_phones_at_once_joins_one() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let code = invite(&house, &running.service, 1).await;
    let body = format!("JOIN {code}");
    let (one, other) = tokio::join!(
        running.service.take(text(50, "a", &body)),
        running.service.take(text(51, "b", &body)),
    );
    let joined = says(&Answer::Joined, "en");
    let answers = [one.unwrap().answer, other.unwrap().answer];
    assert_eq!(answers.iter().filter(|answer| **answer == joined).count(), 1, "{answers:?}");
    assert_eq!(trail(&house).iter().filter(|(what, _)| what == "phone-joined").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_was_erased_is_joined_by_nobody() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let code = invite(&house, &running.service, 1).await;
    let (person, _) = holder(&house, 1).await;
    let now = unhook_app::Surroundings::now(&*house.surroundings);
    assert!(house.people.erase(person, now).unwrap());
    let taken = take(&running.service, 50, "a", &format!("JOIN {code}")).await;
    assert_eq!(taken.answer, says(&Answer::NotJoined, "en"));
    assert_eq!(running.service.invite(person, ANN).unwrap(), None);
    assert_eq!(trail(&house).len(), 1, "nothing was done for somebody who is not there");
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_in_the_language_of_whoever_joined_and_goes_abroad() {
    let house = House::new();
    let entry = Entry {
        key: "1".to_owned(),
        names: Vec::new(),
        standing: Standing::Staff,
        language: Language::parse("de"),
        contacts: vec![phone(1)],
    };
    house.people.import(&[entry], unhook_app::Surroundings::now(&*house.surroundings)).unwrap();
    let running = house.start().await;
    let code = invite(&house, &running.service, 1).await;
    let abroad = |key: &str, code: JoinCode| {
        let number = PhoneNumber::parse("+447700900123").expect("a number");
        let from = Some(Contact::Phone(number));
        Submission { from, ..text(1, key, &format!("JOIN {code}")) }
    };
    // A stranger abroad is not texted; somebody enrolled is.
    let unknown = JoinCode::from_random([7; 8]);
    assert_eq!(running.service.take(abroad("a", unknown)).await.unwrap().answer, None);
    let joined = running.service.take(abroad("b", code)).await.unwrap();
    assert_eq!(joined.answer, says(&Answer::Joined, "de"));
}

#[tokio::test(start_paused = true)]
async fn stop_and_help_are_what_they_were() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let code = invite(&house, &running.service, 1).await;
    take(&running.service, 50, "a", "STOP").await;
    let joined = take(&running.service, 50, "b", &format!("JOIN {code}")).await;
    assert_eq!(joined.answer, says(&Answer::Joined, "en"));
    assert_eq!(take(&running.service, 50, "c", "HELP").await.answer, says(&Answer::Help, "en"));
    assert_eq!(take(&running.service, 50, "d", "STOP").await.answer, says(&Answer::Stopped, "en"));
    assert_eq!(take(&running.service, 50, "e", HARMLESS).await.answer, None);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_recorded_is_not_done() {
    let house = House::new();
    house.enroll(1);
    let running = house.try_start(Engine::default()).await.unwrap();
    let code = invite(&house, &running.service, 1).await;
    house.access.set_unavailable(true);
    let join = text(50, "a", &format!("JOIN {code}"));
    let error = running.service.take(join.clone()).await.unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error}");
    assert_eq!(holder(&house, 50).await.1, Standing::Stranger);
    let (person, _) = holder(&house, 1).await;
    assert!(running.service.invite(person, ANN).is_err());
    house.access.set_unavailable(false);
    assert_eq!(running.service.take(join).await.unwrap().answer, says(&Answer::Joined, "en"));
}

#[tokio::test(start_paused = true)]
async fn the_roll_goes_from_page_to_page_and_says_who_stopped() {
    let house = House::new();
    for number in 1..=7 {
        house.enroll(number);
    }
    let by_mail = |key: &str| Entry {
        key: key.to_owned(),
        names: Vec::new(),
        standing: Standing::Family,
        language: None,
        contacts: vec![Contact::Mail(format!("{key}@acme.example"))],
    };
    let now = unhook_app::Surroundings::now(&*house.surroundings);
    house.people.import(&[by_mail("kim"), by_mail("lee")], now).unwrap();
    let running = house.start().await;
    take(&running.service, 2, "a", "STOP").await;
    let pages = |only_without_phone, limit| {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let roll = running.service.roll(after, only_without_phone, limit).unwrap();
            pages.push(roll.people.len());
            after = roll.next;
            if after.is_none() {
                return pages;
            }
        }
    };
    assert_eq!(pages(false, 4), [4, 4, 1]);
    assert_eq!(pages(false, 3), [3, 3, 3], "no empty page behind the last");
    assert_eq!(pages(false, 50), [9]);
    assert_eq!(pages(true, 1).iter().sum::<usize>(), 2);
    let roll = running.service.roll(None, false, 50).unwrap();
    let stopped: Vec<_> = roll.people.iter().filter(|(_, is_stopped)| *is_stopped).collect();
    assert_eq!(stopped.len(), 1);
    assert_eq!(stopped[0].0.person, holder(&house, 2).await.0);
}
