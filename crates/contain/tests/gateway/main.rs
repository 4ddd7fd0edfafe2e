//! Cloudflare Gateway behind a stand-in that was written from the published API. Cloudflare's own SDK
//! is set upon it first, so that it is honest, and then ours. What counts is what is in the list at the end.
//!
//! `cargo xtask test` installs the SDK and these tests then fail without it. Under a plain
//! `cargo test` on a machine that never ran it, they say so and judge nothing.

mod cloudflare_api;
#[path = "../identity/judges.rs"]
mod judges;
#[path = "../identity/server.rs"]
#[expect(dead_code, reason = "what else is shared is used there")]
mod server;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::json;
use unhook_app::Blocklist;
use unhook_app::backoff::{FAILURES_TO_OPEN, FIRST_PAUSE};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_contain::gateway::{
    Gateway, GatewaySettings, LOOK_AGAIN, MARK, MOST_CHANGED, MOST_REFUSED, Next, USUAL_ITEMS,
};
use unhook_detect::Knowledge;
use unhook_engine::{Blockable, Protected};
use unhook_model::{Hostname, Timestamp};

use cloudflare_api::{ACCOUNT, Cloudflare, LIST, TOKEN, UNTAKEN};
use server::{BUSY, Fault, Server};

static PROTECTED: LazyLock<Protected> =
    LazyLock::new(|| Protected::new(Arc::new(Knowledge::builtin()), Arc::default()));

fn host(name: &str) -> Hostname {
    Hostname::parse(name).expect("it is a name")
}

fn proven(names: &[&str]) -> Vec<Blockable> {
    names.iter().map(|name| PROTECTED.permit(&host(name)).expect("nobody's")).collect()
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("name-{number:04}.test")).collect()
}

struct World {
    cloudflare: Arc<Cloudflare>,
    server: Server,
    blocklist: Arc<Blocklist>,
    clock: Arc<TestSurroundings>,
    folder: tempfile::TempDir,
    settings: GatewaySettings,
}

impl World {
    async fn new() -> Self {
        let cloudflare = Arc::new(Cloudflare::default());
        let server = Server::new(|_| cloudflare.router()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let settings = GatewaySettings {
            name: "gateway".to_owned(),
            account_id: ACCOUNT.to_owned(),
            list_id: LIST.to_owned(),
            token_file: folder.path().join("token"),
            most_items: USUAL_ITEMS,
            takes_over: false,
            url: server.http.parse().expect("it is an address"),
        };
        let clock = Arc::new(TestSurroundings::new(Timestamp::from_unix_ms(1_658_357_340_000), 7));
        let world = Self { cloudflare, server, blocklist: Arc::default(), clock, folder, settings };
        world.write_token(TOKEN);
        world
    }

    fn token_file(&self) -> PathBuf {
        self.folder.path().join("token")
    }

    fn write_token(&self, token: &str) {
        std::fs::write(self.token_file(), token).expect("it can be written");
    }

    /// Begins, as after a restart.
    fn gateway(&self) -> Gateway {
        let (blocklist, clock) = (Arc::clone(&self.blocklist), Arc::clone(&self.clock));
        Gateway::new(self.settings.clone(), blocklist, clock).expect("the settings are sound")
    }

    fn block(&self, names: &[&str]) {
        self.blocklist.change(proven(names), &[]);
    }

    fn lift(&self, name: &str) {
        self.blocklist.change(Vec::new(), &[host(name)]);
    }

    /// What is blocked, by name.
    fn blocked(&self) -> Vec<String> {
        let mut names: Vec<String> = self.blocklist.whole().names().map(str::to_owned).collect();
        names.sort_unstable();
        names
    }

    fn let_pass(&self, wait: Duration) {
        self.clock.pass(i64::try_from(wait.as_millis()).expect("it is short") + 1);
    }

    /// As often as it takes, waiting as it says.
    async fn settle(&self, gateway: &mut Gateway) {
        for _ in 0..20 {
            match gateway.attempt().await {
                Next::Change => return,
                Next::After(wait) => self.let_pass(wait),
            }
        }
        panic!("it never settles: {:?}", gateway.reading().now());
    }
}

#[tokio::test]
async fn the_sdk_takes_the_stand_in_for_cloudflare() {
    let world = World::new().await;
    world.cloudflare.put("old.test", None);
    let question = json!({
        "url": format!("{}/client/v4", world.server.http), "token": TOKEN, "account": ACCOUNT,
        "list": LIST, "append": many(8), "untaken": UNTAKEN,
    });
    let said = judges::ask("cloudflare", "../gateway/judge_cloudflare", question).await;
    let Some(said) = said else { return };
    assert_eq!(said["before"], json!(["old.test"]));
    assert_eq!(said["after"], json!(many(8)));
    assert_eq!(said["description"], "from the SDK");
    assert_eq!((&said["count"], &said["type"]), (&json!(8), &json!("DOMAIN")));
    assert_eq!(said["untaken"], 400);
    assert_eq!(said["twice"], 400);
    assert_eq!(said["missing"], 404);
    assert_eq!(said["stranger"], 403);
    assert_eq!(world.cloudflare.values(), many(8));
}

#[tokio::test]
async fn the_list_is_what_is_blocked() {
    let world = World::new().await;
    let mut gateway = world.gateway();
    let names = many(2 * MOST_CHANGED + 50);
    world.block(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(gateway.attempt().await, Next::Change);
    assert_eq!(world.cloudflare.values(), names);
    assert!(world.cloudflare.entries().iter().all(|(_, mark)| mark.as_deref() == Some(MARK)));
    world.lift("name-0007.test");
    world.block(&["evil.test"]);
    assert_eq!(gateway.attempt().await, Next::Change);
    assert_eq!(world.cloudflare.values(), world.blocked());
    let status = gateway.reading().now();
    assert_eq!((status.items, status.behind_since, status.error), (names.len(), None, None));
}

#[tokio::test]
async fn whatever_goes_wrong_the_list_ends_right() {
    for fault in [Fault::Busy, Fault::HalfDone, Fault::Lost] {
        // The look, the addition, the removal.
        for (is_look, is_removal) in [(true, false), (false, false), (false, true)] {
            let world = World::new().await;
            world.block(&["first.test", "second.test"]);
            let mut gateway = world.gateway();
            world.settle(&mut gateway).await;
            if is_removal {
                world.lift("first.test");
            } else {
                world.block(&["third.test"]);
            }
            if is_look {
                gateway = world.gateway();
            }
            world.server.plan(is_look, fault);
            let next = gateway.attempt().await;
            assert!(world.server.has_happened(), "{fault:?}");
            let Next::After(wait) = next else { panic!("{fault:?} went unnoticed") };
            let asked = fault == Fault::Busy && wait < Duration::from_secs(BUSY);
            assert!(!asked, "{wait:?} is sooner than it was asked for");
            let status = gateway.reading().now();
            assert!(status.behind_since.is_some() && status.error.is_some(), "{status:?}");
            world.let_pass(wait);
            world.settle(&mut gateway).await;
            assert_eq!(world.cloudflare.values(), world.blocked(), "{fault:?} {is_look}");
            assert_eq!(gateway.reading().now().error, None);
        }
    }
}

#[tokio::test]
async fn a_change_that_was_half_done_is_completed() {
    let world = World::new().await;
    let mut gateway = world.gateway();
    let names = many(9);
    world.block(&names.iter().map(String::as_str).collect::<Vec<_>>());
    world.cloudflare.do_the_next_by_half();
    assert!(matches!(gateway.attempt().await, Next::After(_)));
    assert_eq!(world.cloudflare.values().len(), 4);
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), names);
}

#[tokio::test]
async fn a_new_token_counts_without_a_restart() {
    let world = World::new().await;
    let mut gateway = world.gateway();
    world.block(&["first.test"]);
    world.settle(&mut gateway).await;
    world.cloudflare.accept("another-token");
    world.block(&["second.test"]);
    let Next::After(wait) = gateway.attempt().await else { panic!("it has no token") };
    let error = gateway.reading().now().error.expect("it says why");
    assert!(error.contains("403 (code 10000)") && error.contains("docs/gateway.md"), "{error}");
    assert!(!error.contains(TOKEN));
    assert_eq!(world.cloudflare.values(), ["first.test"]);
    world.let_pass(wait);
    world.write_token("another-token");
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), ["first.test", "second.test"]);
}

#[tokio::test]
async fn a_restart_in_the_middle_ends_in_the_same_list() {
    let world = World::new().await;
    let names = many(MOST_CHANGED + 5);
    world.block(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut gateway = world.gateway();
    // The second of two changes is the one that fails.
    world.cloudflare.refuse_changes_after(1);
    assert!(matches!(gateway.attempt().await, Next::After(_)));
    assert_eq!(world.cloudflare.values().len(), MOST_CHANGED);
    drop(gateway);
    world.cloudflare.refuse_changes_after(usize::MAX);
    world.lift(&names[0]);
    world.lift(&names[104]);
    world.settle(&mut world.gateway()).await;
    assert_eq!(world.cloudflare.values(), world.blocked());
}

#[tokio::test]
async fn a_list_of_somebody_else_is_not_written_to() {
    let world = World::new().await;
    world.cloudflare.put("partner.test", Some("allowed"));
    world.block(&["evil.test"]);
    let mut gateway = world.gateway();
    assert!(matches!(gateway.attempt().await, Next::After(_)));
    assert_eq!(world.cloudflare.values(), ["partner.test"]);
    let error = gateway.reading().now().error.expect("it says why");
    assert!(error.contains("takes_over = true"), "{error}");
    world.let_pass(LOOK_AGAIN);
    let taking = GatewaySettings { takes_over: true, ..world.settings.clone() };
    let (blocklist, clock) = (Arc::clone(&world.blocklist), Arc::clone(&world.clock));
    let mut gateway = Gateway::new(taking, blocklist, clock).expect("the settings are sound");
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), ["evil.test"]);
}

#[tokio::test]
async fn what_somebody_puts_into_our_list_stays_and_is_said() {
    let world = World::new().await;
    world.block(&["evil.test"]);
    world.settle(&mut world.gateway()).await;
    world.cloudflare.put("By-Hand.test", None);
    let mut gateway = world.gateway();
    world.settle(&mut gateway).await;
    assert_eq!(gateway.reading().now().foreign, 1);
    world.lift("evil.test");
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), ["By-Hand.test"]);
}

#[tokio::test]
async fn what_somebody_removes_comes_back() {
    let world = World::new().await;
    world.block(&["evil.test", "other.test"]);
    let mut gateway = world.gateway();
    world.settle(&mut gateway).await;
    world.cloudflare.take("evil.test");
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), ["other.test"], "it is not read at every turn");
    world.let_pass(LOOK_AGAIN);
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), ["evil.test", "other.test"]);
}

#[tokio::test]
async fn the_newest_blocks_win_where_there_is_no_room_for_all() {
    let mut world = World::new().await;
    world.settings.most_items = 3;
    world.cloudflare.hold_no_more_than(3);
    for name in ["a.test", "b.test", "c.test", "d.test"] {
        world.block(&[name]);
    }
    let mut gateway = world.gateway();
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), ["b.test", "c.test", "d.test"]);
    assert_eq!(gateway.reading().now().left_out, 1);
    world.block(&["e.test"]);
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), ["c.test", "d.test", "e.test"]);
    world.lift("d.test");
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), ["b.test", "c.test", "e.test"]);
    world.lift("a.test");
    world.settle(&mut gateway).await;
    assert_eq!(gateway.reading().now().left_out, 0);
}

#[tokio::test]
async fn one_name_that_is_not_taken_keeps_no_other_out() {
    let world = World::new().await;
    let names = many(30);
    let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
    all.insert(17, UNTAKEN);
    world.block(&all);
    let mut gateway = world.gateway();
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), names);
    assert_eq!(gateway.reading().now().refused, 1);
    let before = world.cloudflare.requests();
    world.block(&["evil.test"]);
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.requests() - before, 1, "it is not tried each time");
}

#[tokio::test]
async fn a_list_that_takes_nothing_is_not_tried_name_by_name() {
    let world = World::new().await;
    world.cloudflare.hold_no_more_than(0);
    let names = many(USUAL_ITEMS);
    world.block(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut gateway = world.gateway();
    assert!(matches!(gateway.attempt().await, Next::After(_)));
    assert!(world.cloudflare.requests() < 8 * MOST_REFUSED, "{}", world.cloudflare.requests());
    assert!(gateway.reading().now().error.is_some());
}

#[tokio::test]
async fn a_gateway_that_is_away_is_left_alone_for_a_while() {
    let world = World::new().await;
    let mut gateway = world.gateway();
    let mut last = Duration::ZERO;
    for _ in 0..FAILURES_TO_OPEN {
        world.server.plan(true, Fault::Lost);
        let Next::After(wait) = gateway.attempt().await else { panic!("it was away") };
        last = wait;
        if wait < FIRST_PAUSE {
            world.let_pass(wait);
        }
    }
    assert!(last >= FIRST_PAUSE);
    let before = world.cloudflare.requests();
    assert!(matches!(gateway.attempt().await, Next::After(_)));
    assert_eq!(world.cloudflare.requests(), before);
    world.let_pass(last);
    assert_eq!(gateway.attempt().await, Next::Change);
}

#[tokio::test]
async fn a_list_that_changes_while_it_is_read_is_read_again() {
    let world = World::new().await;
    world.block(&["evil.test"]);
    world.settle(&mut world.gateway()).await;
    world.cloudflare.claim_more();
    let mut gateway = world.gateway();
    assert!(matches!(gateway.attempt().await, Next::After(_)));
    world.settle(&mut gateway).await;
    assert_eq!(world.cloudflare.values(), ["evil.test"]);
}

#[tokio::test]
async fn blocks_and_undos_are_followed() {
    let world = World::new().await;
    let gateway = world.gateway();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(gateway.run(async move { drop(stopped.await) }));
    world.block(&["evil.test"]);
    world.cloudflare.becomes(&["evil.test"]).await;
    world.lift("evil.test");
    world.cloudflare.becomes(&[]).await;
    drop(stop);
    running.await.expect("it ends");
}
