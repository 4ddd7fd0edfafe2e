//! Who is answered by text, and who is not: a report is taken all the same.

use unhook_app::{Contact, Submission, Taken};
use unhook_model::PhoneNumber;

use crate::house::{HARMLESS, House, LURE, MINUTE, text};

fn from(number: &str, key: &str, body: &str) -> Submission {
    let number = PhoneNumber::parse(number).expect("a number");
    Submission { from: Some(Contact::Phone(number)), ..text(1, key, body) }
}

/// What becomes of a text by somebody with this number, given once and once more.
async fn give(house: &House<unhook_app::journal::fake::FakeJournal>, text: Submission) -> Taken {
    let running = house.start().await;
    let taken = running.service.take(text.clone()).await.expect("it is taken");
    let again = running.service.take(text.clone()).await.expect("it is taken");
    assert_eq!((&taken.answer, taken.report), (&again.answer, again.report));
    running.stop().await.expect("it stops");
    // Nor is it answered when it comes again after a restart.
    let running = house.start().await;
    let again = running.service.take(text).await.expect("it is taken");
    assert_eq!(taken.answer.is_some(), again.answer.is_some());
    running.stop().await.expect("it stops");
    taken
}

#[tokio::test(start_paused = true)]
async fn a_stranger_of_our_own_country_is_answered_and_others_are_not() {
    let house = House::new();
    assert!(give(&house, from("+12025550123", "a", LURE)).await.answer.is_some());
    let abroad = give(&house, from("+447700900123", "b", LURE)).await;
    assert!(abroad.answer.is_none() && abroad.report.is_some());
}

#[tokio::test(start_paused = true)]
async fn prefixes_say_where_strangers_are_answered() {
    let mut house = House::new();
    house.settings.texts.allowed_prefixes = vec!["+44".to_owned()];
    assert!(give(&house, from("+447700900123", "a", LURE)).await.answer.is_some());
    assert!(give(&house, from("+12025550123", "b", LURE)).await.answer.is_none());
}

#[tokio::test(start_paused = true)]
async fn whoever_said_stop_is_answered_no_more_until_start() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let say = async |key: &str, body: &str| {
        let taken = running.service.take(text(1, key, body)).await.expect("it is taken");
        if let Some(position) = taken.position {
            assert!(running.service.has_seen(position).await);
        }
        taken
    };
    assert!(say("a", HARMLESS).await.answer.is_some());
    assert!(say("b", "STOP").await.answer.is_some(), "carriers want it confirmed");
    let silent = say("c", LURE).await;
    assert!(silent.answer.is_none() && silent.report.is_some());
    assert!(say("d", "HELP").await.answer.is_some());
    assert!(say("e", "START").await.answer.is_some());
    assert!(say("f", HARMLESS).await.answer.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_day_has_so_many_answers_and_takes_all_reports() {
    let mut house = House::new();
    house.settings.texts.daily_replies = 2;
    house.enroll_all(1..5);
    let running = house.start().await;
    let mut answered = 0;
    for person in 1..5 {
        let taken = running.service.take(text(person, &format!("{person}"), LURE)).await;
        let taken = taken.expect("it is taken");
        assert!(taken.report.is_some());
        answered += u32::from(taken.answer.is_some());
    }
    assert_eq!(answered, 2);
    house.surroundings.pass(24 * 60 * MINUTE);
    let next = running.service.take(text(1, "next day", LURE)).await.expect("it is taken");
    assert!(next.answer.is_some());
}
