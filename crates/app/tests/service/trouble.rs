//! When the journal or the views cannot be reached: nobody takes silence for an acknowledgement,
//! nothing that was acknowledged is lost, and all is well again by itself.

use std::sync::Arc;
use std::time::Duration;

use unhook_app::ServiceError;
use unhook_app::journal::fake::{AppendFault, FakeJournal};
use unhook_app::journal::{Commit, CommitId};
use unhook_app::people::fake::FakePeople;
use unhook_app::record::Record;
use unhook_app::views::fake::FakeViews;
use unhook_app::wire;
use unhook_model::{PersonId, Timestamp};

use crate::house::{HARMLESS, House, LURE, insist, rounds, take, text, until};

fn strange(number: u8) -> Commit {
    let matter = format!("matter {number}");
    let record = Record::Reviewed {
        matter,
        by: PersonId::from_bytes([9; 16]),
        at: Timestamp::from_unix_ms(1),
    };
    Commit { id: CommitId::from_bytes([number; 16]), events: vec![wire::encode(&record)] }
}

#[tokio::test(start_paused = true)]
async fn while_the_journal_is_away_callers_hear_so_at_once() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    take(&running.service, 1, "a", LURE).await;
    rounds().await;
    (1..40).for_each(|nth| house.journal.fail_append(nth, AppendFault::Unavailable));
    for key in ["b", "c", "d"] {
        let began = tokio::time::Instant::now();
        let error = running.service.take(text(2, key, HARMLESS)).await.unwrap_err();
        assert!(matches!(error, ServiceError::Unavailable(_)), "{error}");
        assert!(began.elapsed() < Duration::from_secs(1));
    }
    let troubles = running.service.health().troubles;
    assert!(troubles.len() == 1 && troubles[0].starts_with("journal: "), "{troubles:?}");
    // What was taken can be read meanwhile.
    assert_eq!(running.service.campaigns(None, None, 10).unwrap().len(), 1);
    until("all is well again", || running.service.health().troubles.is_empty()).await;
    let taken = insist(&running.service, text(2, "b", HARMLESS)).await;
    assert!(running.service.has_seen(taken.position.unwrap()).await);
    assert!(running.service.report(taken.report.unwrap()).unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_conflict_after_an_outage_is_got_over() {
    // First it is away, and when it is back, somebody else was faster.
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    house.journal.fail_append(1, AppendFault::Unavailable);
    house.journal.fail_append(2, AppendFault::Overtaken(strange(1)));
    assert!(running.service.take(text(1, "a", LURE)).await.is_err());
    until("all is well again", || running.service.health().troubles.is_empty()).await;
    let taken = insist(&running.service, text(1, "a", LURE)).await;
    assert!(running.service.has_seen(taken.position.unwrap()).await);
    assert!(running.service.report(taken.report.unwrap()).unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_cannot_be_read_is_got_over() {
    let house = House::new();
    house.enroll_all(1..3);
    let running = house.start().await;
    take(&running.service, 1, "a", LURE).await;
    rounds().await;
    house.journal.fail_append(1, AppendFault::Overtaken(strange(1)));
    (1..4).for_each(|nth| house.journal.fail_read(nth));
    assert!(running.service.take(text(2, "b", LURE)).await.is_err());
    // Readers see what there was, and not an engine that knows nothing.
    assert_eq!(running.service.campaigns(None, None, 10).unwrap().len(), 1);
    until("all is well again", || running.service.health().troubles.is_empty()).await;
    insist(&running.service, text(2, "b", LURE)).await;
    let campaigns = running.service.campaigns(None, None, 10).unwrap();
    assert_eq!((campaigns.len(), campaigns[0].message_count), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn who_is_overtaken_every_time_may_come_again() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    for nth in 1..=16 {
        house.journal.fail_append(nth, AppendFault::Overtaken(strange(nth as u8)));
    }
    let error = running.service.take(text(1, "a", LURE)).await.unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error}");
    until("all is well again", || running.service.health().troubles.is_empty()).await;
    insist(&running.service, text(1, "a", LURE)).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_views_are_away_texts_are_taken_all_the_same() {
    let views = Arc::new(FakeViews::new());
    let house =
        House::with(FakeJournal::new(7), Arc::clone(&views) as _, Arc::new(FakePeople::new()));
    house.enroll_all(1..4);
    let running = house.start().await;
    views.set_stuck(true);
    let taken = running.service.take(text(1, "a", LURE)).await.unwrap();
    assert!(!running.service.has_seen(taken.position.unwrap()).await);
    let again = running.service.take(text(1, "a", LURE)).await.unwrap();
    assert_eq!((again.report, again.is_repeated), (taken.report, true));
    until("health says so", || running.service.health().troubles.len() == 1).await;
    views.set_stuck(false);
    until("the views catch up", || running.service.position() >= taken.position).await;
    assert_eq!(running.service.health().troubles, [""; 0]);
    assert!(running.service.report(taken.report.unwrap()).unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn views_of_another_journal_are_made_anew() {
    let views = Arc::new(FakeViews::new());
    let people: Arc<FakePeople> = Arc::default();
    let house = House::with(FakeJournal::new(7), Arc::clone(&views) as _, Arc::clone(&people) as _);
    house.enroll(1);
    let running = house.start().await;
    for key in ["a", "b", "c"] {
        take(&running.service, 1, key, HARMLESS).await;
    }
    running.stop().await.unwrap();
    // A journal from before these.
    let house = House::with(FakeJournal::new(8), Arc::clone(&views) as _, people);
    let running = house.start().await;
    let all = unhook_app::views::ReportFilter { verdict: None, before: None, limit: 10 };
    assert_eq!(running.service.reports(&all).unwrap(), []);
    let taken = take(&running.service, 1, "d", LURE).await;
    assert!(running.service.report(taken.report.unwrap()).unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn all_that_was_read_again_is_seen() {
    // A journal gives entries again, also older ones last; reads must not fall behind by it.
    for seed in 0..40 {
        let house = House::over(FakeJournal::new(seed));
        for number in 1..6 {
            house.append(strange(number)).await;
        }
        let running = house.start().await;
        let last = house.journal.contents(&crate::house::partition()).last().unwrap().0;
        assert_eq!(running.service.position(), Some(last), "seed {seed}");
    }
}
