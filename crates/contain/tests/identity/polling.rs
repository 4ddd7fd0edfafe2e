//! Sign-ins of Okta are read into the ledger over real connections, whatever goes wrong between two
//! pages: nothing is missing then, and nothing counts twice. What time passes is the test's own.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use unhook_app::IdentityProvider;
use unhook_app::identity::Bookmarks as _;
use unhook_app::service::Ladder;
use unhook_contain::identity::okta::{Okta, OktaCredential, OktaSettings};
use unhook_model::Timestamp;

use crate::house::{House, caught, health, ladder, pass, sessions, sign_ins, until};
use crate::matrix::{LURE, SIGN_INS};
use crate::okta::{by_key, by_token};
use crate::okta_api;
use crate::server::{BUSY, Fault, Server};

const LOG: &str = "/api/v1/logs";

struct World {
    house: House,
    stand_in: Arc<okta_api::Okta>,
    server: Server,
    okta: Arc<dyn IdentityProvider>,
}

async fn world(credential: OktaCredential) -> World {
    let (house, stand_in) = (House::new(), okta_api::Okta::new());
    let server = Server::new(|base| stand_in.router(base)).await;
    let (name, url) = ("okta".to_owned(), server.http.clone());
    let settings = OktaSettings { name, url, credential, authorities: None };
    let okta = Okta::new(settings, house.surroundings.clone()).expect("the settings are sound");
    World { house, stand_in, server, okta: Arc::new(okta) }
}

#[tokio::test(start_paused = true)]
async fn every_page_is_read_once_whatever_breaks_between_them() {
    let world = world(by_token()).await;
    let faults = [Fault::HalfDone, Fault::Lost, Fault::Unauthorized, Fault::Busy];
    let faults = faults.iter().flat_map(|fault| [None, Some(*fault)]);
    world.server.plan_at(LOG, faults.collect());
    let running = world.house.start(vec![world.okta]).await;
    let campaign = caught(&running.service).await;
    until("it fails", || !health(&running.service).is_well).await;
    until("all of it is read", || sign_ins(&running.service) == SIGN_INS).await;
    until("all went wrong", || world.server.has_happened()).await;
    until("it is well again", || health(&running.service).is_well).await;
    assert_eq!(sessions(&running.service, campaign), 1);
    // Nor is anything read again while nothing comes.
    let (commits, before) = (world.house.commits(), ladder(&running.service, campaign));
    pass(Duration::from_secs(600)).await;
    assert_eq!(sign_ins(&running.service), SIGN_INS);
    assert_eq!(ladder(&running.service, campaign), before);
    assert_eq!(world.house.commits(), commits);
    running.stop().await.expect("it ends");
}

#[tokio::test(start_paused = true)]
async fn okta_is_left_alone_for_as_long_as_it_asks() {
    let world = world(by_token()).await;
    world.server.plan_at(LOG, vec![None, Some(Fault::Busy)]);
    let begun = Instant::now();
    let running = world.house.start(vec![world.okta]).await;
    until("all of it is read", || sign_ins(&running.service) == SIGN_INS).await;
    assert!(world.server.has_happened());
    assert!(begun.elapsed() >= Duration::from_secs(BUSY), "{:?}", begun.elapsed());
    running.stop().await.expect("it ends");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_between_two_pages_is_asked_for_anew() {
    let world = world(by_key()).await;
    world.server.plan_at(LOG, vec![None, Some(Fault::Unauthorized)]);
    let running = world.house.start(vec![world.okta]).await;
    let campaign = caught(&running.service).await;
    until("all of it is read", || sign_ins(&running.service) == SIGN_INS).await;
    assert!(health(&running.service).is_well, "nobody had to hear of it");
    assert_eq!(world.stand_in.issuer.count(), 2);
    assert_eq!(sessions(&running.service, campaign), 1);
    running.stop().await.expect("it ends");
}

/// What a ledger is that nothing went wrong with.
async fn unbroken() -> Ladder {
    let world = world(by_token()).await;
    let running = world.house.start(vec![world.okta]).await;
    let campaign = caught(&running.service).await;
    until("all of it is read", || sign_ins(&running.service) == SIGN_INS).await;
    ladder(&running.service, campaign)
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_two_pages_leaves_the_same_ledger() {
    let world = world(by_token()).await;
    // The page is taken, and then nothing comes.
    let lost = std::iter::repeat_n(Some(Fault::Lost), 1_000);
    world.server.plan_at(LOG, std::iter::once(None).chain(lost).collect());
    let running = world.house.start(vec![Arc::clone(&world.okta)]).await;
    let campaign = caught(&running.service).await;
    until("a page is read", || sign_ins(&running.service) > 0).await;
    assert_eq!(sessions(&running.service, campaign), 0);
    // Nothing is written down on the way out.
    drop(running);
    let kept = world.house.bookmarks.read_until("okta").expect("it is read");
    assert_eq!(kept, Some(Timestamp::from_unix_ms(LURE)));

    world.server.plan_at(LOG, Vec::new());
    for start in ["after the crash", "once more"] {
        let running = world.house.start(vec![Arc::clone(&world.okta)]).await;
        until(start, || sign_ins(&running.service) == SIGN_INS).await;
        assert_eq!(ladder(&running.service, campaign), unbroken().await, "{start}");
        drop(running);
    }
}
